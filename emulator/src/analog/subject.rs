//! From names and numbers to circuits: which model is meant, whether every value is possible, and what that is in terms of the
//! chip's neuron.

use super::description::{Description, Input, Kind, Parameters, Place, Value};
use super::neuron::{Action, Column, MOST_STEPS, NeuronTask, Spiking};
use super::parameter::{COMPARTMENT, CORRELATION, Domain, Fallback, NEURON, PLASTICITY, ParameterRow, SOMA};
use super::rule::{CorrelationTask, PlasticityTask};
use crate::input::InputError;
use hx_chip::neuron::circuit::{
    Adaptation, Circuit, Coba, Exponential, Ota, Pause, Pulse, ResetDrive, SynapticInput,
};
use hx_chip::neuron::group::{Accuracy, Bridge, GroupSetup, Member, MemberState};
use hx_isa::regmap::search::nearest;

/// Compartments that a neuron may have.
const MOST_COMPARTMENTS: usize = 256;
/// Largest magnitude of any number; what is meant is far below.
const LARGEST: f64 = 1e9;
/// Largest potential, V, well within the bounds that the integrator sets to membranes without rails.
const LARGEST_V: f64 = 50.0;

/// The kinds of circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// One membrane.
    Neuron,
    /// Several joined membranes.
    Compartments,
    /// A correlation sensor.
    Correlation,
    /// Short-term plasticity of a driver.
    Plasticity,
}

/// A circuit ready to run.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A neuron of one or several compartments.
    Neuron(Box<NeuronTask>),
    /// A correlation sensor.
    Correlation(CorrelationTask),
    /// Short-term plasticity of a driver.
    Plasticity(PlasticityTask),
}

/// Which model the parameters present are of.
#[must_use]
pub fn family(parameters: &Parameters) -> Family {
    let has = |known: &dyn Fn(&str) -> bool| parameters.values.keys().any(|name| known(name));
    let of = |rows: &'static [ParameterRow]| move |name: &str| rows.iter().any(|row| row.name == name);
    if has(&|name| name == "n_compartments" || name.starts_with("comp") || name.starts_with("g_ic")) {
        Family::Compartments
    } else if has(&of(CORRELATION.rows)) {
        Family::Correlation
    } else if has(&of(PLASTICITY.rows)) {
        Family::Plasticity
    } else {
        Family::Neuron
    }
}

/// Makes every circuit of a description.
///
/// # Errors
/// At the parameter or input that is wrong.
pub fn build(description: &Description) -> Result<Vec<Subject>, InputError> {
    let several = description.circuits.len() > 1;
    let mut subjects = Vec::with_capacity(description.circuits.len());
    for (index, parameters) in description.circuits.iter().enumerate() {
        let mut inputs = [&description.inputs[..], &parameters.inputs[..]].concat();
        inputs.sort_by(|a, b| a.t_us.total_cmp(&b.t_us));
        let context = Context { file: &description.file, parameters, inputs, index, several };
        subjects.push(match family(parameters) {
            Family::Neuron => Subject::Neuron(Box::new(neuron(&context, description)?)),
            Family::Compartments => Subject::Neuron(Box::new(compartments(&context, description)?)),
            Family::Correlation => Subject::Correlation(correlation(&context)?),
            Family::Plasticity => Subject::Plasticity(plasticity(&context)?),
        });
    }
    let neurons = subjects.iter().filter(|subject| matches!(subject, Subject::Neuron(_))).count();
    if neurons != 0 && neurons != subjects.len() || neurons == 0 && subjects.len() > 1 {
        let message = "sensors and drivers stand alone in a file; neurons may be several";
        return Err(description.circuits[1].place.error(&description.file, message));
    }
    Ok(subjects)
}

/// One circuit's description.
struct Context<'a> {
    file: &'a str,
    parameters: &'a Parameters,
    inputs: Vec<Input>,
    /// Index among the circuits of the file.
    index: usize,
    several: bool,
}

impl Context<'_> {
    fn error(&self, place: Place, message: impl std::fmt::Display) -> InputError {
        let message = message.to_string();
        if place.line == 0 {
            return InputError::File { file: self.file.to_owned(), message };
        }
        place.error(self.file, message)
    }

    /// Refuses names that no table has.
    fn known(&self, names: &[String]) -> Result<(), InputError> {
        let unknown = self.parameters.values.iter().find(|(name, _)| !names.contains(name));
        let Some((name, (_, place))) = unknown else { return Ok(()) };
        let near = nearest(name, names.iter().cloned());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Err(self.error(*place, format!("unknown parameter `{name}`{near}")))
    }

    /// A table to look up, with a prefix before its names.
    fn table<'b>(&'b self, rows: &'static [ParameterRow], prefix: &str) -> Table<'b> {
        Table { context: self, rows, prefix: prefix.to_owned() }
    }
}

/// Values of the parameters of one table.
struct Table<'a> {
    context: &'a Context<'a>,
    rows: &'static [ParameterRow],
    prefix: String,
}

impl Table<'_> {
    fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.rows.iter().map(|row| format!("{}{}", self.prefix, row.name))
    }

    /// Where a parameter stands, or its circuit.
    fn place(&self, name: &str) -> Place {
        let given = self.context.parameters.values.get(&format!("{}{name}", self.prefix));
        given.map_or(self.context.parameters.place, |given| given.1)
    }

    fn error(&self, name: &str, message: impl std::fmt::Display) -> InputError {
        self.context.error(self.place(name), message)
    }

    /// A parameter, checked; what was not given is as the table says.
    fn value(&self, name: &str) -> Result<Value, InputError> {
        let full = format!("{}{name}", self.prefix);
        let Some(row) = self.rows.iter().find(|row| row.name == name) else {
            return Err(self.error(name, format!("`{full}` is no parameter")));
        };
        let Some(&(value, place)) = self.context.parameters.values.get(&full) else {
            return match row.fallback {
                Fallback::Number(number) => Ok(Value::Number(number)),
                Fallback::Flag(flag) => Ok(Value::Flag(flag)),
                Fallback::As(other) => self.value(other),
                Fallback::Absent => Ok(Value::Absent),
                Fallback::Required => Err(self.error(name, format!("`{full}` is missing"))),
            };
        };
        match wrong(row, value) {
            None => Ok(value),
            Some(rule) => Err(self.context.error(place, format!("`{full}` is {value}; it must be {rule}"))),
        }
    }

    fn number(&self, name: &str) -> Result<f64, InputError> {
        match self.value(name)? {
            Value::Number(number) => Ok(number),
            other => {
                Err(self.error(name, format!("`{}{name}` is {other}; it must be a number", self.prefix)))
            }
        }
    }

    fn flag(&self, name: &str) -> Result<bool, InputError> {
        Ok(self.value(name)? == Value::Flag(true))
    }

    fn optional(&self, name: &str) -> Result<Option<f64>, InputError> {
        match self.value(name)? {
            Value::Number(number) => Ok(Some(number)),
            Value::Flag(_) | Value::Absent => Ok(None),
        }
    }
}

/// What a value must be, if it is not.
fn wrong(row: &ParameterRow, value: Value) -> Option<&'static str> {
    let number = match value {
        Value::Number(number) => Some(number),
        Value::Flag(_) | Value::Absent => None,
    };
    let bounded = |rule: &'static str, fits: &dyn Fn(f64) -> bool| match number {
        None => Some("a number"),
        Some(number) if !number.is_finite() => Some("finite"),
        Some(number) if row.unit == "V" && number.abs() > LARGEST_V => Some("within 50 V"),
        Some(number) if number.abs() > LARGEST => Some("within 1e9"),
        Some(number) => (!fits(number)).then_some(rule),
    };
    match row.domain {
        Domain::Any => bounded("", &|_| true),
        // Smaller than this is no size of anything, and its reciprocal is no number.
        Domain::Positive => bounded("above zero", &|x| x > 1e-12),
        Domain::NotNegative => bounded("zero or above", &|x| x >= 0.0),
        Domain::Share => bounded("from 0 to 1", &|x| (0.0..=1.0).contains(&x)),
        Domain::PositiveOrNone if value == Value::Absent => None,
        Domain::PositiveOrNone => bounded("above zero or None", &|x| x > 0.0),
        Domain::Flag => (!matches!(value, Value::Flag(_))).then_some("true or false"),
        Domain::Index => bounded("a whole number from zero on", &|x| x >= 0.0 && x.fract() == 0.0),
    }
}

fn neuron(context: &Context<'_>, description: &Description) -> Result<NeuronTask, InputError> {
    let of = context.table(NEURON.rows, "");
    context.known(&of.names().collect::<Vec<_>>())?;
    // All values are checked, also those that the switches leave unused.
    for row in NEURON.rows {
        of.value(row.name)?;
    }
    let spiking = of.flag("spiking")?.then(|| spiking_of(&of)).transpose()?;
    let adapts = of.flag("adapt")?;
    let adaptation = if adapts { Some(adaptation_of(&of)?) } else { None };
    let fastest_per_us = of.number("gl")?.max(of.optional("greset")?.unwrap_or(0.0)) / of.number("C")?;
    can_end(&of, fastest_per_us, description)?;
    if adapts {
        can_end(&of, 1.0 / of.number("tauw")?, description)?;
    }
    let circuit = Circuit {
        c_pf: of.number("C")?,
        leak: Ota::small_signal(of.number("gl")?),
        v_leak_v: of.number("El")?,
        reset: match of.optional("greset")? {
            Some(g_us) => ResetDrive::Amplifier { ota: Ota::small_signal(g_us), v_v: of.number("Vr")? },
            None => ResetDrive::Clamp { v_v: of.number("Vr")? },
        },
        inputs: inputs_of(&of)?,
        exponential: if of.flag("exp")? {
            Some(Exponential {
                g_us: of.number("gexp")?,
                delta_t_v: of.number("DT")?,
                v_t_v: of.number("VT")?,
                limit_ua: f64::INFINITY,
            })
        } else {
            None
        },
        adaptation,
        pause: Pause::Exponential,
        ..Circuit::default()
    };
    let actions = actions(context, 1)?;
    let has = |k: usize| {
        actions.iter().any(|(_, action)| matches!(action, Action::Jump { line, .. } if *line == k))
    };
    let all = [
        ("V", Column::Membrane(0), true),
        ("s_exc", Column::Line(0, 0), has(0)),
        ("s_inh", Column::Line(0, 1), has(1)),
        ("w", Column::Adaptation(0), adapts),
    ];
    let wanted = description.columns.as_ref().filter(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|name| all.iter().any(|column| column.0 == name))
    });
    let columns = all.iter().filter(|column| match wanted {
        Some(wanted) => wanted.iter().any(|name| name == column.0),
        None => column.2,
    });
    Ok(NeuronTask {
        index: context.index,
        setup: GroupSetup::single(circuit, Default::default(), Accuracy::EXACT),
        start: vec![MemberState::at_rest(circuit.c_pf, of.number("V0")?, of.number("w0")?)],
        spiking,
        actions: actions.clone(),
        columns: columns.map(|column| (column.0.to_owned(), column.1)).collect(),
    })
}

/// Refuses rates (1/us) that need more steps for the duration than anybody waits for.
fn can_end(of: &Table<'_>, rate_per_us: f64, description: &Description) -> Result<(), InputError> {
    if rate_per_us * description.duration_us <= MOST_STEPS as f64 {
        return Ok(());
    }
    let Description { duration_us, .. } = description;
    let tau_us = 1.0 / rate_per_us;
    let message = format!(
        "a time constant of {tau_us:.3e} us is too short for a run of {duration_us} us: more than {MOST_STEPS} steps"
    );
    Err(of.error("C", message))
}

fn spiking_of(of: &Table<'_>) -> Result<Spiking, InputError> {
    let [tref_us, thold_us] = [of.number("tref")?, of.number("thold")?];
    if thold_us > tref_us {
        let message = format!("`thold` is {thold_us} us, longer than `tref` with {tref_us} us");
        return Err(of.error("thold", message));
    }
    let spiking = Spiking { member: 0, threshold_v: of.number("Vth")?, tref_us, thold_us };
    if tref_us == 0.0 {
        if of.optional("greset")?.is_some() {
            return Err(of.error("tref", "`tref` is 0, which leaves `greset` no time to reset the membrane"));
        }
        let endless = "`tref` is 0 and `Vr` is not below `Vth`: the neuron would fire without end";
        endless_if(of.number("Vr")? >= spiking.threshold_v, of, endless)?;
    }
    Ok(spiking)
}

fn endless_if(endless: bool, of: &Table<'_>, message: &str) -> Result<(), InputError> {
    if endless { Err(of.error("tref", message)) } else { Ok(()) }
}

/// Currents take the place of voltages on lines and adaptation node: their conductance onto the membrane is 1 uS.
fn adaptation_of(of: &Table<'_>) -> Result<Adaptation, InputError> {
    Ok(Adaptation {
        c_pf: of.number("tauw")?,
        g_tau_us: 1.0,
        g_a_us: of.number("a")?,
        v_leak_v: of.number("Ew")?,
        v_ref_v: 0.0,
        g_w_us: 1.0,
        pulse: Pulse::Jump { dv_v: of.number("b")? },
        in_reset: false,
    })
}

fn inputs_of(of: &Table<'_>) -> Result<[SynapticInput; 2], InputError> {
    let coba = of.flag("coba")?;
    let reference_v = of.number("Eref")?;
    let input = |tau: &str, reversal: &str, sign: f64| {
        let distance = sign * (of.number(reversal)? - reference_v);
        if coba && distance == 0.0 {
            let message = format!("`{reversal}` equals `Eref`: the input would be infinitely strong");
            return Err(of.error(reversal, message));
        }
        let modulation =
            Coba { gain_per_v: 1.0 / distance, limit: f64::INFINITY, reference_v, floored: false };
        Ok(SynapticInput {
            tau_us: of.number(tau)?,
            gm: Ota::small_signal(1.0),
            offset_v: 0.0,
            coba: coba.then_some(modulation),
        })
    };
    Ok([input("taue", "Ee", 1.0)?, input("taui", "Ei", -1.0)?])
}

/// What the inputs do to a circuit with this many members.
fn actions(context: &Context<'_>, members: usize) -> Result<Vec<(f64, Action)>, InputError> {
    let mut actions = Vec::with_capacity(context.inputs.len());
    for input in &context.inputs {
        let (index, action) = match input.kind {
            Kind::Excitatory(index) => (index, Action::Jump { member: 0, line: 0, ua: input.value }),
            Kind::Inhibitory(index) => (index, Action::Jump { member: 0, line: 1, ua: input.value }),
            Kind::Constant(index) => (index, Action::Constant { member: 0, ua: input.value }),
            Kind::Pre | Kind::Post | Kind::Event => {
                let message = format!("neurons take no input `{}`; they take exc, inh, I_const", input.kind);
                return Err(context.error(input.place, message));
            }
        };
        let member = match index {
            None if members == 1 => 0,
            None => {
                let message = format!("`{0}` needs the number of a compartment, such as `{0}0`", input.kind);
                return Err(context.error(input.place, message));
            }
            // A neuron of one compartment goes by its own number among several.
            Some(index) if members == 1 && context.several => {
                if index == context.index {
                    0
                } else {
                    continue;
                }
            }
            Some(index) if index < members => index,
            Some(index) => {
                let message = format!("there is no compartment {index}; there are {members}");
                return Err(context.error(input.place, message));
            }
        };
        actions.push((input.t_us, action.at(member)));
    }
    Ok(actions)
}

fn compartments(context: &Context<'_>, description: &Description) -> Result<NeuronTask, InputError> {
    let parameters = context.parameters;
    let count = match parameters.values.get("n_compartments") {
        Some(&(Value::Number(n), place)) => {
            if n.fract() != 0.0 || !(1.0..=MOST_COMPARTMENTS as f64).contains(&n) {
                let message = format!("{n} compartments; there are 1..{MOST_COMPARTMENTS}");
                return Err(context.error(place, message));
            }
            n as usize
        }
        Some((other, place)) => return Err(context.error(*place, format!("{other} is no number"))),
        None => return Err(context.error(parameters.place, "`n_compartments` is missing")),
    };
    let mut names: Vec<String> = context.table(SOMA.rows, "soma.").names().collect();
    names.extend(["n_compartments".to_owned(), "T".to_owned()]);
    names.extend(parameters.values.keys().filter(|name| name.starts_with("g_ic[")).cloned());
    let tables: Vec<Table<'_>> =
        (0..count).map(|i| context.table(COMPARTMENT.rows, &format!("comp{i}."))).collect();
    names.extend(tables.iter().flat_map(Table::names));
    context.known(&names)?;
    let soma = soma_of(context, count)?;
    let reset_v = soma.map_or(0.0, |soma| soma.1);
    let circuits: Vec<Circuit> = tables.iter().map(|of| body(of, reset_v)).collect::<Result<_, _>>()?;
    let bridges = bridges(context, count)?;
    for (c, (of, circuit)) in tables.iter().zip(&circuits).enumerate() {
        let joined = bridges.iter().filter(|bridge| bridge.between.contains(&(c as u16)));
        let g_us = circuit.leak.g_us + joined.map(|bridge| bridge.ota.g_us).sum::<f64>();
        can_end(of, g_us / circuit.c_pf, description)?;
    }
    let member = |(c, circuit): (usize, &Circuit)| Member { circuit: *circuit, compartment: c as u16 };
    let setup = GroupSetup {
        members: circuits.iter().enumerate().map(member).collect(),
        compartments: count as u16,
        lines: Vec::new(),
        bridges,
        noise: Vec::new(),
        accuracy: Accuracy::EXACT,
    };
    let start = circuits.iter().map(|circuit| MemberState::at_rest(circuit.c_pf, circuit.v_leak_v, 0.0));
    Ok(NeuronTask {
        index: context.index,
        setup,
        start: start.collect(),
        spiking: soma.map(|soma| soma.0),
        actions: actions(context, count)?,
        columns: (0..count).map(|i| (format!("V{i}"), Column::Membrane(i))).collect(),
    })
}

fn body(of: &Table<'_>, reset_v: f64) -> Result<Circuit, InputError> {
    let tau_us = of.number("taus")?;
    let input = SynapticInput { tau_us, gm: Ota::small_signal(1.0), offset_v: 0.0, coba: None };
    Ok(Circuit {
        c_pf: of.number("C")?,
        leak: Ota::small_signal(of.number("gl")?),
        v_leak_v: of.number("El")?,
        reset: ResetDrive::Clamp { v_v: reset_v },
        inputs: [input; 2],
        ..Circuit::default()
    })
}

/// The spiking compartment and its reset potential, if there is one.
fn soma_of(context: &Context<'_>, count: usize) -> Result<Option<(Spiking, f64)>, InputError> {
    if !context.parameters.values.keys().any(|name| name.starts_with("soma.")) {
        return Ok(None);
    }
    let of = context.table(SOMA.rows, "soma.");
    let member = of.number("i")? as usize;
    if member >= count {
        return Err(of.error("i", format!("there is no compartment {member}; there are {count}")));
    }
    let [threshold_v, reset_v, tref_us] = [of.number("Vth")?, of.number("Vr")?, of.number("tref")?];
    let endless = "`soma.tref` is 0 and `soma.Vr` is not below `soma.Vth`: it would fire without end";
    endless_if(tref_us == 0.0 && reset_v >= threshold_v, &of, endless)?;
    Ok(Some((Spiking { member, threshold_v, tref_us, thold_us: 0.0 }, reset_v)))
}

/// The conductances `g_ic[i,j]`.
fn bridges(context: &Context<'_>, count: usize) -> Result<Vec<Bridge>, InputError> {
    let mut bridges = Vec::new();
    for (name, (value, place)) in &context.parameters.values {
        let Some(indices) = name.strip_prefix("g_ic[").and_then(|rest| rest.strip_suffix(']')) else {
            continue;
        };
        let ends: Vec<usize> = indices.split(',').filter_map(|index| index.trim().parse().ok()).collect();
        let [a, b] = ends[..] else {
            return Err(context.error(*place, format!("`{name}` wants two compartments: g_ic[0,1]")));
        };
        if a >= count || b >= count || a == b {
            return Err(context.error(*place, format!("`{name}` joins no two of {count} compartments")));
        }
        match *value {
            Value::Number(g_us) if (0.0..=LARGEST).contains(&g_us) => {
                bridges.push(Bridge { between: [a as u16, b as u16], ota: Ota::small_signal(g_us) });
            }
            other => {
                let message = format!("`{name}` is {other}; it must be zero or above");
                return Err(context.error(*place, message));
            }
        }
    }
    Ok(bridges)
}

fn correlation(context: &Context<'_>) -> Result<CorrelationTask, InputError> {
    let of = context.table(CORRELATION.rows, "");
    context.known(&of.names().collect::<Vec<_>>())?;
    let mut events = Vec::with_capacity(context.inputs.len());
    for input in &context.inputs {
        match input.kind {
            Kind::Pre => events.push((input.t_us, false)),
            Kind::Post => events.push((input.t_us, true)),
            other => {
                let message = format!("correlation sensors take no input `{other}`; they take pre, post");
                return Err(context.error(input.place, message));
            }
        }
    }
    Ok(CorrelationTask {
        eta: [of.number("eta_causal")?, of.number("eta_acausal")?],
        tau_us: [of.number("tau_causal_us")?, of.number("tau_acausal_us")?],
        a_max: of.number("a_max")?,
        events,
    })
}

fn plasticity(context: &Context<'_>) -> Result<PlasticityTask, InputError> {
    let of = context.table(PLASTICITY.rows, "");
    context.known(&of.names().collect::<Vec<_>>())?;
    let stranger = context.inputs.iter().find(|input| input.kind != Kind::Event);
    if let Some(input) = stranger {
        let message = format!("synapse drivers take no input `{}`; they take event", input.kind);
        return Err(context.error(input.place, message));
    }
    Ok(PlasticityTask {
        utilization: of.number("U")?,
        tau_rec_us: of.number("tau_rec_us")?,
        v_recover_lsb: of.number("v_recover_lsb")?,
        v_charge_lsb: of.number("v_charge_lsb")?,
        v_full_lsb: of.number("v_full_pulse_lsb")?,
        v_span_lsb: of.number("v_span_lsb")?,
        events: context.inputs.iter().map(|input| input.t_us).collect(),
    })
}
