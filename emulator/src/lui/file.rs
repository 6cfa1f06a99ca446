//! Network files: boards with their knobs, wires, sources, what is turned when, and what is expected, as RON. Units are in the
//! names; everything but name, boards and duration may be left out.

use hx_lui::Sign;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A network and an experiment with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// What it is called by; names the output directory.
    pub name: String,
    /// Title of pictures and of the list.
    #[serde(default)]
    pub title: String,
    /// What there is to see.
    #[serde(default)]
    pub about: String,
    /// The boards.
    pub boards: Vec<BoardEntry>,
    /// From a board to an input of a board: `("A", "B.1")`.
    #[serde(default)]
    pub wires: Vec<(String, String)>,
    /// Sources of pulses: a key, a sensor, a micro-controller.
    #[serde(default)]
    pub pulses: Vec<PulseSource>,
    /// Sources of current into membranes.
    #[serde(default)]
    pub currents: Vec<CurrentSource>,
    /// Knobs that are turned while it runs.
    #[serde(default)]
    pub turns: Vec<TurnEntry>,
    /// How long it runs, s.
    pub duration_s: f64,
    /// Time between two samples of the traces, s.
    #[serde(default = "sample_s")]
    pub sample_s: f64,
    /// Potentiometers and capacitors are off by up to 20 %, as out of the bag; `--chip-seed` picks the bag.
    #[serde(default)]
    pub tolerances: bool,
    /// The part of the run in the pictures, s; everything if left out.
    #[serde(default)]
    pub shown_s: Option<(f64, f64)>,
    /// What is examined.
    #[serde(default)]
    pub checks: Vec<Expectation>,
    /// Quantities over each other.
    #[serde(default)]
    pub charts: Vec<Chart>,
}

fn sample_s() -> f64 {
    0.002
}

/// One board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BoardEntry {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// Leak potential, V.
    pub v_leak_v: f64,
    /// Leak resistor, kohm: membrane time constant 22 ms per kohm.
    pub r_leak_kohm: f64,
    /// Synaptic resistor, kohm: synaptic time constant 10 ms per kohm.
    pub r_syn_kohm: f64,
    /// Weight resistors of the three inputs, kohm: small is strong.
    pub weights_kohm: [f64; 3],
    /// Switches of the three inputs.
    pub signs: [Sign; 3],
    /// Battery, V.
    pub vdd_v: f64,
    /// Components soldered in with other values, by designator, in F and ohm.
    pub parts: BTreeMap<String, f64>,
}

impl Default for BoardEntry {
    fn default() -> Self {
        BoardEntry {
            name: String::new(),
            v_leak_v: 0.0,
            r_leak_kohm: 50.0,
            r_syn_kohm: 22.0,
            weights_kohm: [22.0; 3],
            signs: [Sign::Excitatory; 3],
            vdd_v: 2.4,
            parts: BTreeMap::new(),
        }
    }
}

/// A source of pulses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PulseSource {
    /// Its name.
    pub name: String,
    /// Inputs it is wired to: `["A.1"]`.
    pub to: Vec<String>,
    /// When pulses begin, s.
    #[serde(default)]
    pub at_s: Vec<f64>,
    /// And regularly: from, period, before, s.
    #[serde(default)]
    pub every_s: Option<(f64, f64, f64)>,
    /// How long a pulse lasts, s.
    #[serde(default = "width_s")]
    pub width_s: f64,
    /// How high it is, V.
    #[serde(default = "level_v")]
    pub level_v: f64,
}

fn width_s() -> f64 {
    0.015
}

fn level_v() -> f64 {
    3.3
}

/// A source of current.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrentSource {
    /// Board whose membrane it feeds.
    pub board: String,
    /// From when on (s) it feeds how much (uA).
    pub steps: Vec<(f64, f64)>,
}

/// A knob that is turned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnEntry {
    /// When, s.
    pub at_s: f64,
    /// On which board.
    pub board: String,
    /// Which, and where to.
    pub to: Knob,
}

/// A knob and its new position; called as in [`BoardEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// Leak potential.
    VLeakV(f64),
    /// Leak resistor.
    RLeakKohm(f64),
    /// Synaptic resistor.
    RSynKohm(f64),
    /// Weight of an input, 1 to 3.
    WeightKohm(usize, f64),
    /// Switch of an input, 1 to 3.
    Sign(usize, Sign),
    /// Battery.
    VddV(f64),
    /// No knob: the membrane is put on a voltage with a wire, for a moment.
    MembraneV(f64),
}

/// Something to measure. Boards by name; times in s since switch-on, always from and to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Number of spikes.
    Spikes(String, f64, f64),
    /// Time of the first spike, counted from the beginning of the window, s.
    FirstSpikeS(String, f64, f64),
    /// Mean time between spikes, s.
    PeriodS(String, f64, f64),
    /// One over that, 0 with fewer than two spikes, Hz.
    RateHz(String, f64, f64),
    /// Mean width of the output pulses that begin in the window, s.
    PulseWidthS(String, f64, f64),
    /// Highest sample of the membrane, V.
    PeakV(String, f64, f64),
    /// Its time, counted from the beginning of the window, s.
    PeakAfterS(String, f64, f64),
    /// Lowest sample of the membrane, V.
    TroughV(String, f64, f64),
    /// Highest of the synaptic node, V.
    SynapsePeakV(String, f64, f64),
    /// Lowest of the synaptic node, V.
    SynapseTroughV(String, f64, f64),
    /// Most LEDs of the bar that are lit together.
    Leds(String, f64, f64),
    /// Which boards fire, in order, separated by spaces.
    Firing(f64, f64),
}

/// What is expected of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// A value and how far off it may be, in the unit of the measurement.
    Within(f64, f64),
    /// A value and how far off it may be, in percent of it.
    Percent(f64, f64),
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// Exactly this.
    Exactly(f64),
    /// For `firing`: exactly this.
    Order(String),
    /// For `period_s`, `rate_hz` and `pulse_width_s`: the closed form for the components and knobs of the board at the beginning of
    /// the window, and how far off it may be, in percent.
    Formula(f64),
}

/// Something examined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What for.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// What it should be.
    pub is: Bound,
}

/// A picture of quantities over each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Name of its file, without extension.
    pub name: String,
    /// Title.
    pub title: String,
    /// Horizontal axis, with unit.
    pub x: String,
    /// Vertical axis, with unit.
    pub y: String,
    /// The lines.
    pub series: Vec<ChartSeries>,
}

/// A line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartSeries {
    /// Its name.
    pub name: String,
    /// Its points.
    pub points: Points,
}

/// Points of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Points {
    /// From elsewhere.
    Given(Vec<(f64, f64)>),
    /// Place on the horizontal axis, and what is measured there.
    Measured(Vec<(f64, Measure)>),
    /// The closed forms of measurements, as in [`Bound::Formula`].
    Formula(Vec<(f64, Measure)>),
}

impl NetworkFile {
    /// The whole file as RON.
    ///
    /// # Errors
    /// When it holds something that RON cannot write.
    pub fn to_ron(&self) -> Result<String, ron::Error> {
        let style = ron::ser::PrettyConfig::new().struct_names(false);
        Ok(ron::ser::to_string_pretty(self, style)? + "\n")
    }
}
