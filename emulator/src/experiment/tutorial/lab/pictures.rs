//! Pictures the tutorials have in common, as arguments of the plots that draw them.

use super::{Recording, chip_name};
use crate::instance::Instance;
use crate::plot::Point;
use crate::plot::comparison::Compared;
use crate::plot::curves::Series;
use crate::plot::recording::{SpikeGroup, Trace};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

/// The remark under a title: what is particular, then which chip.
#[must_use]
pub fn remark(text: &str, instance: &Instance) -> String {
    format!("{text} · {}", chip_name(instance))
}

/// The recorded samples of the MADC as a trace, with levels to compare with.
#[must_use]
pub fn madc_trace(label: &str, recording: &Recording, levels: &[(f64, &str)]) -> Trace {
    Trace {
        label: format!("{label} / MADC code"),
        samples: recording.samples.clone(),
        levels: levels.iter().map(|&(value, name)| (value, name.to_owned())).collect(),
        spikes_us: Vec::new(),
    }
}

/// Spikes of some neurons, one row each.
#[must_use]
pub fn spike_group(name: &str, neurons: &[AtomicNeuronOnDLS], recording: &Recording) -> SpikeGroup {
    let row = |neuron| neurons.iter().position(|&other| other == neuron);
    let spikes = recording.spikes.iter().filter_map(|spike| Some((spike.us, row(spike.neuron)?)));
    SpikeGroup { name: name.to_owned(), neurons: neurons.len(), spikes: spikes.collect() }
}

/// A line of a picture of curves.
#[must_use]
pub fn series(name: &str, points: &[Point]) -> Series {
    Series { name: name.to_owned(), points: points.to_vec() }
}

/// Measured points beside a function of their x.
#[must_use]
pub fn beside(name: &str, points: &[Point], expected: impl Fn(f64) -> f64) -> Compared {
    let ends = (points.first().map_or(0.0, |point| point.0), points.last().map_or(0.0, |point| point.0));
    let expected = function("", ends, expected).points;
    Compared { name: name.to_owned(), points: points.to_vec(), expected, spread: Vec::new() }
}

/// A function over a range, for reference curves.
#[must_use]
pub fn function(name: &str, (low, high): Point, f: impl Fn(f64) -> f64) -> Series {
    const POINTS: u32 = 160;
    let point = |index: u32| {
        let x = low + (high - low) * f64::from(index) / f64::from(POINTS);
        (x, f(x))
    };
    Series { name: name.to_owned(), points: (0..=POINTS).map(point).collect() }
}
