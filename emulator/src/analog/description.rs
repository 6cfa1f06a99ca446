//! What a file says, before it is understood: names, numbers and their places.

use crate::input::InputError;
use std::collections::BTreeMap;
use std::fmt;

/// A place in a file, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    /// An error at this place.
    #[must_use]
    pub fn error(self, file: &str, message: impl fmt::Display) -> InputError {
        let Place { line, column } = self;
        InputError::Place { file: file.to_owned(), line, column, message: message.to_string() }
    }
}

/// The value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// `None`: not used.
    Absent,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Absent => f.write_str("None"),
        }
    }
}

/// The parameters of one circuit under the names of the vectors' headers (`C`, `comp0.gl`, `g_ic[0,1]`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    /// Where the circuit is described.
    pub place: Place,
    /// Values with their places.
    pub values: BTreeMap<String, (Value, Place)>,
    /// What happens to this circuit alone, in the order of time.
    pub inputs: Vec<Input>,
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The excitatory current jumps: of every neuron, or of one compartment.
    Excitatory(Option<usize>),
    /// The inhibitory current jumps.
    Inhibitory(Option<usize>),
    /// The constant membrane current has this value from now on.
    Constant(Option<usize>),
    /// An event at a synapse.
    Pre,
    /// A spike of its neuron.
    Post,
    /// An event at a synapse driver.
    Event,
}

impl Kind {
    /// The kinds by name, those that may carry the number of a compartment first.
    const NAMES: [&str; 6] = ["exc", "inh", "I_const", "pre", "post", "event"];

    /// From its name, such as `exc` or `exc3`.
    ///
    /// # Errors
    /// A sentence when there is no such kind.
    pub fn parse(text: &str) -> Result<Kind, String> {
        let number = |rest: &str| match rest {
            "" => Ok(None),
            digits => digits.parse::<usize>().map(Some),
        };
        for (name, make) in [
            ("exc", Kind::Excitatory as fn(Option<usize>) -> Kind),
            ("inh", Kind::Inhibitory),
            ("I_const", Kind::Constant),
        ] {
            if let Some(Ok(index)) = text.strip_prefix(name).map(number) {
                return Ok(make(index));
            }
        }
        match text {
            "pre" => Ok(Kind::Pre),
            "post" => Ok(Kind::Post),
            "event" => Ok(Kind::Event),
            _ => Err(format!("unknown kind of input `{text}`; there are {}", Kind::NAMES.join(", "))),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, index) = match self {
            Kind::Excitatory(index) => ("exc", *index),
            Kind::Inhibitory(index) => ("inh", *index),
            Kind::Constant(index) => ("I_const", *index),
            Kind::Pre => ("pre", None),
            Kind::Post => ("post", None),
            Kind::Event => ("event", None),
        };
        f.write_str(name)?;
        index.map_or(Ok(()), |index| write!(f, "{index}"))
    }
}

/// Something that happens to the circuits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    /// When, us.
    pub t_us: f64,
    /// What.
    pub kind: Kind,
    /// How much, uA; without meaning for events.
    pub value: f64,
    /// Where it stands.
    pub place: Place,
}

/// Circuits, inputs and the instants that are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Description {
    /// Name of the file, for messages.
    pub file: String,
    /// The circuits.
    pub circuits: Vec<Parameters>,
    /// What happens to all of them, in the order of time.
    pub inputs: Vec<Input>,
    /// When samples are taken, us, in the order of time.
    pub instants_us: Vec<f64>,
    /// How long it all lasts, us.
    pub duration_us: f64,
    /// Columns that are wanted after the instant, if the file names them.
    pub columns: Option<Vec<String>>,
}

/// Checks inputs and puts them in the order of time; those of one kind must be so already.
///
/// # Errors
/// At the first input that is not finite, negative in time or earlier than its predecessor of the same kind.
pub(super) fn sort_inputs(file: &str, inputs: &mut [Input]) -> Result<(), InputError> {
    let mut latest: BTreeMap<Kind, f64> = BTreeMap::new();
    for input in &*inputs {
        let at = |message: String| Err(input.place.error(file, message));
        if !input.t_us.is_finite() || input.t_us < 0.0 {
            return at(format!("an input at {} us; times are finite and not negative", input.t_us));
        }
        if !input.value.is_finite() {
            return at(format!("an input of {} uA; values are finite", input.value));
        }
        let before = latest.insert(input.kind, input.t_us).unwrap_or(0.0);
        if input.t_us < before {
            return at(format!(
                "`{}` at {} us follows one at {before} us: the times of a kind must not decrease",
                input.kind, input.t_us
            ));
        }
    }
    inputs.sort_by(|a, b| a.t_us.total_cmp(&b.t_us));
    Ok(())
}
