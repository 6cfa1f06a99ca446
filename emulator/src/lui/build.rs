//! From a network file to a bench that can run: names are resolved, ranges checked, changes put in order of time.

use super::file::{BoardEntry, Knob, NetworkFile, PulseSource};
use super::place::{Place, error};
use crate::input::{InputError, SourceText};
use hx_lui::knobs::TERMINALS;
use hx_lui::network::{Action, BoardSetup, Change, MOST_WIRES, Wire};
use hx_lui::{Knobs, Network, Part, Parts, Time, Turn};

/// Supply of a board, V: from what its comparators need to what its op-amps stand with a fresh cell.
const VDD_V: (f64, f64) = (2.0, 3.6);
/// Largest current of a source, uA: a hundredth of an ampere is far beyond what the board is for.
const CURRENT_UA: f64 = 10_000.0;
/// Longest run, s, and most samples of one.
const LONGEST_S: f64 = 3600.0;
const MOST_SAMPLES: f64 = 1e6;
/// Shortest pulse, s.
const SHORTEST_PULSE_S: f64 = 1e-6;
/// Most pulses of a source.
const MOST_PULSES: f64 = 1e5;
/// Most boards: a class set, several times over.
const MOST_BOARDS: usize = 256;

/// A file with everything resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Bench {
    /// The boards as wired, not yet touched.
    pub network: Network,
    /// What happens from outside, in order of time.
    pub changes: Vec<Change>,
    /// Names of the boards.
    pub names: Vec<String>,
}

impl Bench {
    /// Number of the board of this name.
    #[must_use]
    pub fn board(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }
}

/// Resolves a file; `bag` draws component tolerances.
///
/// # Errors
/// At the place of the first thing that cannot be.
pub fn build(source: &SourceText, file: &NetworkFile, bag: Option<u64>) -> Result<Bench, InputError> {
    let builder = Builder { source, file, bag };
    builder.check_run()?;
    let names = builder.names()?;
    let setups = builder.setups()?;
    let wires = builder.wires(&names)?;
    let network = Network::new(&setups, &wires)
        .map_err(|cause| error(source, Place::TopKey("wires"), cause.to_string()))?;
    let changes = builder.changes(&names, &wires)?;
    Ok(Bench { network, changes, names })
}

struct Builder<'a> {
    source: &'a SourceText,
    file: &'a NetworkFile,
    bag: Option<u64>,
}

impl Builder<'_> {
    fn fail<T>(&self, place: Place<'_>, message: String) -> Result<T, InputError> {
        Err(error(self.source, place, message))
    }

    /// A number within its range; NaN is in none.
    fn range(&self, place: Place<'_>, what: &str, value: f64, range: (f64, f64)) -> Result<f64, InputError> {
        if value >= range.0 && value <= range.1 {
            return Ok(value);
        }
        self.fail(place, format!("{what} is {value}, which is not in {} to {}", range.0, range.1))
    }

    fn check_run(&self) -> Result<(), InputError> {
        let NetworkFile { duration_s, sample_s, shown_s, .. } = self.file;
        self.range(Place::TopKey("duration_s"), "duration_s", *duration_s, (1e-3, LONGEST_S))?;
        self.range(Place::TopKey("sample_s"), "sample_s", *sample_s, (1e-6, 1.0))?;
        if duration_s / sample_s * self.file.boards.len() as f64 > MOST_SAMPLES {
            let message = format!("more than {MOST_SAMPLES:.0} samples: raise sample_s or lower duration_s");
            return self.fail(Place::TopKey("sample_s"), message);
        }
        match shown_s {
            Some((from, to)) if !(*from >= 0.0 && from < to && to <= duration_s) => {
                self.fail(Place::TopKey("shown_s"), format!("shown_s {from} to {to} is no part of the run"))
            }
            _ => Ok(()),
        }
    }

    fn names(&self) -> Result<Vec<String>, InputError> {
        let boards = &self.file.boards;
        if boards.is_empty() || boards.len() > MOST_BOARDS {
            let message = format!("{} boards, where 1 to {MOST_BOARDS} are possible", boards.len());
            return self.fail(Place::TopKey("boards"), message);
        }
        let mut names: Vec<String> = Vec::new();
        for BoardEntry { name, .. } in boards {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || !name.chars().all(plain) {
                let message = format!("board `{name}`: a name is made of letters, digits, `-` and `_`");
                return self.fail(Place::Name(name), message);
            }
            if names.contains(name) {
                return self.fail(Place::LastName(name), format!("there are two boards `{name}`"));
            }
            names.push(name.clone());
        }
        Ok(names)
    }

    fn setups(&self) -> Result<Vec<BoardSetup>, InputError> {
        let setup = |(index, entry): (usize, &BoardEntry)| {
            let labelled = self.parts(entry)?;
            let knobs = self.knobs(entry, &labelled)?;
            let parts = match self.bag {
                Some(bag) => labelled.drawn(bag, index as u64),
                None => labelled,
            };
            Ok(BoardSetup { parts, knobs, vdd_v: entry.vdd_v })
        };
        self.file.boards.iter().enumerate().map(setup).collect()
    }

    /// Components as labelled.
    fn parts(&self, entry: &BoardEntry) -> Result<Parts, InputError> {
        let mut parts = Parts::default();
        for (name, &value) in &entry.parts {
            let place = Place::Key(&entry.name, name);
            let Some(part) = Part::named(name) else {
                return self.fail(place, format!("board `{}`: there is no part `{name}`", entry.name));
            };
            let nominal = part.row().value;
            let what = format!("board `{}`: {name} in {}", entry.name, part.row().unit.symbol());
            parts.replace(part, self.range(place, &what, value, (nominal * 1e-3, nominal * 1e3))?);
        }
        Ok(parts)
    }

    fn knobs(&self, entry: &BoardEntry, parts: &Parts) -> Result<Knobs, InputError> {
        let name = &entry.name;
        self.range(Place::Key(name, "vdd_v"), &format!("board `{name}`: vdd_v"), entry.vdd_v, VDD_V)?;
        let setting = Setting { board: name, key: true, vdd_v: entry.vdd_v, parts };
        let mut knobs = Knobs { sign: entry.signs, ..Knobs::default() };
        let weights = (0..TERMINALS).map(|input| Knob::WeightKohm(input + 1, entry.weights_kohm[input]));
        let pots = [
            Knob::VLeakV(entry.v_leak_v),
            Knob::RLeakKohm(entry.r_leak_kohm),
            Knob::RSynKohm(entry.r_syn_kohm),
        ];
        for knob in pots.into_iter().chain(weights) {
            if let Action::Turn(turn) = self.action(&setting, knob)? {
                knobs.turn(turn);
            }
        }
        Ok(knobs)
    }

    /// A knob's position as the board understands it.
    fn action(&self, setting: &Setting<'_>, knob: Knob) -> Result<Action, InputError> {
        let Setting { board, vdd_v, parts, .. } = setting;
        let (key, value) = named(knob);
        let place = if setting.key { Place::Key(board, key) } else { Place::TopKey("turns") };
        let check = |range| self.range(place, &format!("board `{board}`: {key}"), value, range);
        let share = |part| {
            let track_kohm = parts.get(part) * 1e-3;
            check((0.0, track_kohm)).map(|value| value / track_kohm)
        };
        let input = |number: usize| match number {
            1..=TERMINALS => Ok(number - 1),
            _ => self.fail(place, format!("board `{board}`: there is no input {number}, only 1, 2 and 3")),
        };
        let turn = match knob {
            Knob::VLeakV(_) => Turn::Leak(check((0.0, *vdd_v))? / vdd_v),
            Knob::RLeakKohm(_) => Turn::RLeak(share(Part::Rv6)?),
            Knob::RSynKohm(_) => Turn::RSyn(share(Part::Rv4)?),
            Knob::WeightKohm(number, _) => {
                let input = input(number)?;
                Turn::Weight(input, share([Part::Rv1, Part::Rv2, Part::Rv3][input])?)
            }
            Knob::Sign(number, sign) => Turn::Sign(input(number)?, sign),
            Knob::VddV(_) => Turn::Supply(check(VDD_V)?),
            Knob::MembraneV(_) => return Ok(Action::Membrane(check((0.0, *vdd_v))?)),
        };
        Ok(Action::Turn(turn))
    }

    fn wires(&self, names: &[String]) -> Result<Vec<Wire>, InputError> {
        let mut wires: Vec<Wire> = Vec::new();
        for (from, to) in &self.file.wires {
            let source = self.board(names, from)?;
            let (board, input) = self.input(names, to)?;
            if wires.iter().any(|wire| (wire.to, wire.input) == (board, input)) {
                return self.fail(Place::LastName(to), format!("two wires end on the input `{to}`"));
            }
            if wires.iter().filter(|wire| wire.from == source).count() == MOST_WIRES {
                let message = format!("more than {MOST_WIRES} wires leave board `{from}`");
                return self.fail(Place::LastName(from), message);
            }
            wires.push(Wire { from: source, to: board, input });
        }
        Ok(wires)
    }

    fn board(&self, names: &[String], name: &str) -> Result<usize, InputError> {
        match names.iter().position(|other| other == name) {
            Some(board) => Ok(board),
            None => self.fail(Place::Name(name), format!("there is no board `{name}`")),
        }
    }

    /// `A.2`: board and input.
    fn input(&self, names: &[String], text: &str) -> Result<(usize, usize), InputError> {
        let number = |digit: &str| (1..=TERMINALS).find(|number| number.to_string() == digit);
        let Some((name, digit)) = text.rsplit_once('.') else {
            let message = format!("`{text}` is no input; inputs are written like `A.1`");
            return self.fail(Place::Name(text), message);
        };
        let Some(board) = names.iter().position(|other| other == name) else {
            return self.fail(Place::Name(text), format!("there is no board `{name}`"));
        };
        match number(digit) {
            Some(number) => Ok((board, number - 1)),
            None => {
                let message = format!("board `{name}` has no input `{digit}`, only 1, 2 and 3");
                self.fail(Place::Name(text), message)
            }
        }
    }

    fn changes(&self, names: &[String], wires: &[Wire]) -> Result<Vec<Change>, InputError> {
        let mut changes = self.pulses(names, wires)?;
        for source in &self.file.currents {
            let board = self.board(names, &source.board)?;
            for &(at_s, current_ua) in &source.steps {
                let at = self.time(Place::TopKey("currents"), at_s)?;
                let range = (-CURRENT_UA, CURRENT_UA);
                let current_ua =
                    self.range(Place::TopKey("currents"), "a current in uA", current_ua, range)?;
                changes.push(Change { at, board, action: Action::Current(current_ua * 1e-6) });
            }
        }
        changes.extend(self.turns(names)?);
        changes.sort_by_key(|change| change.at);
        Ok(changes)
    }

    fn turns(&self, names: &[String]) -> Result<Vec<Change>, InputError> {
        let mut changes = Vec::new();
        let mut vdd_v: Vec<f64> = self.file.boards.iter().map(|entry| entry.vdd_v).collect();
        let mut entries: Vec<_> = self.file.turns.iter().collect();
        entries.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        for entry in entries {
            let board = self.board(names, &entry.board)?;
            let at = self.time(Place::TopKey("turns"), entry.at_s)?;
            let parts = self.parts(&self.file.boards[board])?;
            let setting = Setting { board: &entry.board, key: false, vdd_v: vdd_v[board], parts: &parts };
            let action = self.action(&setting, entry.to)?;
            if let Knob::VddV(supply_v) = entry.to {
                vdd_v[board] = supply_v;
            }
            changes.push(Change { at, board, action });
        }
        Ok(changes)
    }

    fn time(&self, place: Place<'_>, at_s: f64) -> Result<Time, InputError> {
        self.range(place, "a time in s", at_s, (0.0, self.file.duration_s)).map(Time::from_s)
    }

    fn pulses(&self, names: &[String], wires: &[Wire]) -> Result<Vec<Change>, InputError> {
        let mut taken: Vec<(usize, usize)> = wires.iter().map(|wire| (wire.to, wire.input)).collect();
        let mut changes = Vec::new();
        for source in &self.file.pulses {
            let edges = self.edges(source)?;
            for to in &source.to {
                let target = self.input(names, to)?;
                if taken.contains(&target) {
                    return self.fail(Place::LastName(to), format!("two wires end on the input `{to}`"));
                }
                taken.push(target);
                changes.extend(edges.iter().map(|&(at, volts)| Change {
                    at,
                    board: target.0,
                    action: Action::Input(target.1, volts),
                }));
            }
        }
        Ok(changes)
    }

    /// The edges of a source: times and voltages.
    fn edges(&self, source: &PulseSource) -> Result<Vec<(Time, f64)>, InputError> {
        let name = &source.name;
        let at = |key| Place::Key(name, key);
        let what = |key: &str| format!("source `{name}`: {key}");
        let highest_v = Part::InputMost.row().value;
        self.range(at("level_v"), &what("level_v"), source.level_v, (0.0, highest_v))?;
        let longest = (SHORTEST_PULSE_S, self.file.duration_s);
        self.range(at("width_s"), &what("width_s"), source.width_s, longest)?;
        let mut begins = source.at_s.clone();
        if let Some((from_s, period_s, before_s)) = source.every_s {
            self.range(at("every_s"), &what("every_s"), from_s, (0.0, self.file.duration_s))?;
            self.range(at("every_s"), &what("the period"), period_s, (source.width_s, LONGEST_S))?;
            self.range(at("every_s"), &what("the end"), before_s, (from_s, LONGEST_S))?;
            let end_s = before_s.min(self.file.duration_s);
            if (end_s - from_s) / period_s > MOST_PULSES {
                return self.fail(at("every_s"), format!("source `{name}`: more than {MOST_PULSES} pulses"));
            }
            let regular = (0..).map(|index| from_s + f64::from(index) * period_s);
            begins.extend(regular.take_while(|&begin| begin < end_s));
        }
        for &begin in &begins {
            self.time(at("at_s"), begin)?;
        }
        begins.sort_by(f64::total_cmp);
        if begins.windows(2).any(|pair| pair[1] - pair[0] < source.width_s * (1.0 - 1e-9)) {
            return self.fail(Place::Name(name), format!("source `{name}`: its pulses overlap"));
        }
        let pulse =
            |begin: f64| [(Time::from_s(begin), source.level_v), (Time::from_s(begin + source.width_s), 0.0)];
        // Of two pulses without a gap, the first must end before the second begins.
        let mut edges: Vec<(Time, f64)> = begins.into_iter().flat_map(pulse).collect();
        edges.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Ok(edges)
    }
}

/// Which board's knob is meant, and how its position is to be read.
struct Setting<'a> {
    board: &'a str,
    /// The position stands in the board's own entry.
    key: bool,
    vdd_v: f64,
    parts: &'a Parts,
}

/// Name of a knob in a file, and its position.
fn named(knob: Knob) -> (&'static str, f64) {
    match knob {
        Knob::VLeakV(value) => ("v_leak_v", value),
        Knob::RLeakKohm(value) => ("r_leak_kohm", value),
        Knob::RSynKohm(value) => ("r_syn_kohm", value),
        Knob::WeightKohm(_, value) => ("weights_kohm", value),
        Knob::Sign(..) => ("signs", 0.0),
        Knob::VddV(value) => ("vdd_v", value),
        Knob::MembraneV(value) => ("membrane_v", value),
    }
}
