//! Tutorial 10: neurons as logic gates. A spike is true. Two inputs of four sources each excite a neuron: strongly enough that
//! either fires it (OR), or so that it takes both (AND). For NOT a helper fires the neuron in every presentation and the input
//! inhibits it.

use super::lab::pictures::remark;
use super::lab::{Lab, Protocol, Recording, Snippet, Source, in_range};
use super::network::{Network, Population, madc_of_cadc, usual_targets};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::colour::ColourScale;
use crate::plot::matrix::{Matrices, Matrix, matrices};
use crate::plot::recording::{Recording as Picture, SpikeGroup, Trace, recording};
use serde::{Deserialize, Serialize};

/// Three gates.
pub struct LogicGates;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogicGatesConfig {
    /// Neurons of each gate.
    pub neurons_per_gate: usize,
    /// Sources of each input.
    pub sources_per_input: usize,
    /// Weight of every synapse of the OR gates.
    pub or_weight: u8,
    /// Weight of every synapse of the AND gates.
    pub and_weight: u8,
    /// Weight with which the helper excites and the input inhibits the NOT gates.
    pub not_weight: u8,
    /// How often the truth tables are measured.
    pub repetitions: usize,
    /// Time between presentations, us.
    pub spacing_us: f64,
}

impl Default for LogicGatesConfig {
    fn default() -> LogicGatesConfig {
        LogicGatesConfig {
            neurons_per_gate: 16,
            sources_per_input: 4,
            or_weight: 63,
            and_weight: 27,
            not_weight: 58,
            repetitions: 10,
            spacing_us: 120.0,
        }
    }
}

/// What a gate makes of its two inputs.
type Truth = fn(bool, bool) -> bool;

/// The gates: name, and what they make of the two inputs.
const GATES: [(&str, Truth); 3] = [("OR", |a, b| a || b), ("AND", |a, b| a && b), ("NOT A", |a, _| !a)];
/// The rows of a truth table.
const ROWS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];
/// From the beginning of a presentation to its spikes, us.
const ONSET_US: f64 = 10.0;
/// Share of right answers that a gate must give.
const RELIABLE: f64 = 0.99;

impl LogicGatesConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("neurons_per_gate", self.neurons_per_gate as f64, 1.0, 40.0)?;
        in_range("sources_per_input", self.sources_per_input as f64, 1.0, 16.0)?;
        in_range("or_weight", self.or_weight.into(), 0.0, 63.0)?;
        in_range("and_weight", self.and_weight.into(), 0.0, 63.0)?;
        in_range("not_weight", self.not_weight.into(), 0.0, 63.0)?;
        in_range("repetitions", self.repetitions as f64, 1.0, 1000.0)?;
        in_range("spacing_us", self.spacing_us, 2.0 * ONSET_US, 10_000.0)
    }
}

impl Experiment for LogicGates {
    const NAME: &'static str = "tutorial-10";
    const ALIASES: &'static [&'static str] = &["logic-gates"];
    const SUMMARY: &'static str = "OR, AND and NOT by neurons: truth tables of several neurons for each gate";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: gs_06-logik-operationen";
    type Config = LogicGatesConfig;

    fn adjust(_: &mut LogicGatesConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &LogicGatesConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let circuit = Circuit::new(config, context)?;
        let mut lab = Lab::new(context)?;
        let tables = lab.record(&circuit.network.board, &circuit.protocol(config, config.repetitions))?;
        // One membrane at a time reaches the converter.
        let once = circuit.protocol(config, 1);
        let runs = circuit
            .gates
            .iter()
            .map(|gate| (circuit.network.board.clone(), once.clone().membrane_of(gate.neurons[0])));
        let traces = lab.record_all(&runs.collect::<Vec<_>>())?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        tables.add_to(&mut report.bits);
        traces.iter().for_each(|trace| trace.add_to(&mut report.bits));
        let answers = Answers::of(config, &circuit, &tables);
        answers.tell(&mut report);
        let text =
            format!("{} neurons a gate, {} presentations", config.neurons_per_gate, config.repetitions);
        report.add_text("truth_tables.svg", answers.picture(remark(&text, &context.instance)));
        let remark = remark("the first neuron of each gate", &context.instance);
        report.add_text("membranes.svg", membranes(config, &circuit, &traces, remark));
        Ok(report)
    }
}

/// The gates on a board.
struct Circuit {
    network: Network,
    /// Sources of input A, input B and the helper.
    inputs: [Vec<Source>; 3],
    /// Neurons by gate, in the order of [`GATES`].
    gates: [Population; 3],
}

impl Circuit {
    fn new(config: &LogicGatesConfig, context: &mut Context<'_>) -> Result<Circuit, ExperimentError> {
        let mut network = Network::calibrated(&usual_targets(), context)?;
        let [or, and, not] = [(); 3].map(|()| network.population(config.neurons_per_gate));
        let gates = [or?, and?, not?];
        let [a, b, helper] = [(); 3].map(|()| network.inputs(config.sources_per_input));
        let inputs = [a?, b?, helper?];
        for input in &inputs[..2] {
            network.all_to_all(input, &gates[0].neurons, config.or_weight.into())?;
            network.all_to_all(input, &gates[1].neurons, config.and_weight.into())?;
        }
        network.all_to_all(&inputs[2], &gates[2].neurons, config.not_weight.into())?;
        network.all_to_all(&inputs[0], &gates[2].neurons, -i32::from(config.not_weight))?;
        Ok(Circuit { network, inputs, gates })
    }

    /// The truth table, row by row, again and again.
    fn protocol(&self, config: &LogicGatesConfig, repetitions: usize) -> Protocol {
        let snippet = |&(a, b): &(bool, bool)| {
            let active = self.inputs.iter().zip([a, b, true]).filter(|(_, active)| *active);
            let spikes = active.flat_map(|(sources, _)| sources).map(|&source| (ONSET_US, source));
            Snippet::with_spikes(config.spacing_us, spikes.collect())
        };
        Protocol::new((0..repetitions).flat_map(|_| &ROWS).map(snippet).collect())
    }
}

/// Share of presentations in which each neuron fired, by gate, row of the truth table and neuron.
struct Answers {
    shares: [[Vec<f64>; 4]; 3],
}

impl Answers {
    fn of(config: &LogicGatesConfig, circuit: &Circuit, recorded: &Recording) -> Answers {
        let share = |gate: usize, row: usize| {
            let fired = |neuron| {
                let spikes = recorded.spikes_of(neuron);
                let mut presented: Vec<usize> = spikes
                    .iter()
                    .map(|us| (us / config.spacing_us) as usize)
                    .filter(|at| at % ROWS.len() == row)
                    .collect();
                presented.dedup();
                presented.len() as f64 / config.repetitions as f64
            };
            circuit.gates[gate].neurons.iter().map(|&neuron| fired(neuron)).collect()
        };
        Answers { shares: [0, 1, 2].map(|gate| [0, 1, 2, 3].map(|row| share(gate, row))) }
    }

    fn tell(&self, report: &mut Report) {
        let mut rows = Vec::new();
        for (gate, ((name, truth), table)) in GATES.iter().zip(&self.shares).enumerate() {
            let (mut right, mut count) = (0.0, 0.0);
            let mut line = format!("{name:<6}");
            for (&(a, b), shares) in ROWS.iter().zip(table) {
                let fired = shares.iter().sum::<f64>() / shares.len() as f64;
                right +=
                    shares.iter().map(|share| if truth(a, b) { *share } else { 1.0 - share }).sum::<f64>();
                count += shares.len() as f64;
                line += &format!("  {}{} -> {:>5.1} %", u8::from(a), u8::from(b), 100.0 * fired);
                rows.push([gate as f64, a.into(), b.into(), fired]);
            }
            report.lines.push(line);
            report
                .figures
                .insert(format!("{}_right", name.to_lowercase().replace(' ', "_")), (right / count).into());
            report.checks.push(Check::at_least(&format!("{name}: right answers"), right / count, RELIABLE));
        }
        report.add_text("truth_tables.csv", csv(["gate", "a", "b", "fired"], rows));
    }

    fn picture(&self, remark: String) -> String {
        let matrix = |((name, truth), table): (&(&str, Truth), &[Vec<f64>; 4])| {
            let wanted: Vec<&str> = ROWS.iter().map(|&(a, b)| if truth(a, b) { "1" } else { "0" }).collect();
            Matrix {
                name: format!("{name}: should be {} from above", wanted.join(", ")),
                row_label: "A B = 00, 01, 10, 11".into(),
                column_label: "neuron".into(),
                columns: table[0].len(),
                values: table.concat(),
            }
        };
        matrices(&Matrices {
            title: "Truth tables of neurons".into(),
            remark,
            value_label: "share of presentations with a spike".into(),
            scale: ColourScale::Sequential { lo: 0.0, hi: 1.0 },
            matrices: GATES.iter().zip(&self.shares).map(matrix).collect(),
        })
    }
}

fn membranes(config: &LogicGatesConfig, circuit: &Circuit, traces: &[Recording], remark: String) -> String {
    let mut inputs = SpikeGroup { name: "A, B, helper".into(), neurons: 3, spikes: Vec::new() };
    for (row, (a, b)) in ROWS.into_iter().enumerate() {
        let active = [a, b, true].into_iter().enumerate().filter(|(_, active)| *active);
        let at = ONSET_US + config.spacing_us * row as f64;
        inputs.spikes.extend(active.map(|(input, _)| (at, input)));
    }
    let trace = |((name, _), (gate, recorded)): (&(&str, _), (&Population, &Recording))| Trace {
        label: format!("{name} / MADC code"),
        samples: recorded.samples.clone(),
        levels: vec![(madc_of_cadc(usual_targets().threshold), "threshold".into())],
        spikes_us: recorded.spikes_of(gate.neurons[0]),
    };
    recording(&Picture {
        title: "Neurons as gates: A B = 00, 01, 10, 11".into(),
        remark,
        range_us: (0.0, config.spacing_us * ROWS.len() as f64),
        groups: vec![inputs],
        traces: GATES.iter().zip(circuit.gates.iter().zip(traces)).map(trace).collect(),
    })
}
