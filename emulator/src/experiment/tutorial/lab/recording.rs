//! What happens to a board, and what was recorded of it. All times are us of chip time since the first snippet began; a host
//! spike's time is that of its passing the crossbar.

use super::Source;
use crate::bits::Bits;
use crate::plot::Point;
use hx_host::driver::madc::ReadoutSource;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

/// A stretch of chip time. Snippets follow each other without a gap; the chip keeps its state.
#[derive(Debug, Clone, Default)]
pub struct Snippet {
    /// Its length, us.
    pub duration_us: f64,
    /// Host spikes: time since the snippet began in us, and source.
    pub spikes: Vec<(f64, Source)>,
    /// The board from its beginning on; without one it stays as it was. Only switches and weights may differ, for analog
    /// parameters change too slowly.
    pub board: Option<super::Board>,
}

impl Snippet {
    /// A stretch of time in which nothing is done.
    #[must_use]
    pub fn quiet(duration_us: f64) -> Snippet {
        Snippet { duration_us, ..Snippet::default() }
    }

    /// A stretch of time with these host spikes.
    #[must_use]
    pub fn with_spikes(duration_us: f64, spikes: Vec<(f64, Source)>) -> Snippet {
        Snippet { duration_us, spikes, board: None }
    }
}

/// Snippets and what to record of them. Before the first one all neurons are held in reset, released and left alone for
/// `lead_us`.
#[derive(Debug, Clone, Default)]
pub struct Protocol {
    /// From the release of the neurons to the first snippet, us.
    pub lead_us: f64,
    /// What happens, one after another.
    pub snippets: Vec<Snippet>,
    /// The neuron and quantity that the MADC samples, 29.4 times a us.
    pub madc: Option<(AtomicNeuronOnDLS, ReadoutSource)>,
    /// When all columns of the CADC are read, us; a reading takes about 16 us.
    pub cadc_us: Vec<f64>,
}

impl Protocol {
    /// Snippets after the usual lead of 100 us, spikes recorded.
    #[must_use]
    pub fn new(snippets: Vec<Snippet>) -> Protocol {
        Protocol { lead_us: 100.0, snippets, ..Protocol::default() }
    }

    /// With this lead, us.
    #[must_use]
    pub fn after(self, lead_us: f64) -> Protocol {
        Protocol { lead_us, ..self }
    }

    /// With the membrane of a neuron recorded by the MADC.
    #[must_use]
    pub fn membrane_of(self, neuron: AtomicNeuronOnDLS) -> Protocol {
        self.madc_of(neuron, ReadoutSource::Membrane)
    }

    /// With a quantity of a neuron recorded by the MADC.
    #[must_use]
    pub fn madc_of(self, neuron: AtomicNeuronOnDLS, source: ReadoutSource) -> Protocol {
        Protocol { madc: Some((neuron, source)), ..self }
    }

    /// With readings of the CADC at these times.
    #[must_use]
    pub fn cadc_at(self, cadc_us: Vec<f64>) -> Protocol {
        Protocol { cadc_us, ..self }
    }

    /// Length of all snippets, us.
    #[must_use]
    pub fn duration_us(&self) -> f64 {
        self.snippets.iter().map(|snippet| snippet.duration_us).sum()
    }
}

/// A spike of a neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// The neuron.
    pub neuron: AtomicNeuronOnDLS,
    /// When, us.
    pub us: f64,
}

/// A reading of all CADC columns.
#[derive(Debug, Clone, PartialEq)]
pub struct CadcFrame {
    /// When it was started, us.
    pub us: f64,
    /// Mean of both channels of every column, by neuron.
    pub codes: Vec<f64>,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recording {
    /// Spikes of all neurons that send, in the order of time.
    pub spikes: Vec<Spike>,
    /// Samples of the MADC: time in us, code.
    pub samples: Vec<Point>,
    /// Readings of the CADC.
    pub cadc: Vec<CadcFrame>,
    /// Beginnings of the snippets and the end of the last, us.
    pub boundaries_us: Vec<f64>,
}

impl Recording {
    /// Spike times of a neuron, us.
    #[must_use]
    pub fn spikes_of(&self, neuron: AtomicNeuronOnDLS) -> Vec<f64> {
        self.spikes.iter().filter(|spike| spike.neuron == neuron).map(|spike| spike.us).collect()
    }

    /// Rate of a neuron over the whole recording, in kHz of chip time, which are Hz of the model.
    #[must_use]
    pub fn rate_khz(&self, neuron: AtomicNeuronOnDLS) -> f64 {
        let span = self.boundaries_us.last().copied().unwrap_or(0.0);
        1e3 * self.spikes_of(neuron).len() as f64 / span
    }

    /// Samples of the MADC between two times.
    #[must_use]
    pub fn samples_in(&self, from_us: f64, to_us: f64) -> &[Point] {
        let index = |us: f64| self.samples.partition_point(|sample| sample.0 < us);
        self.samples.get(index(from_us)..index(to_us)).unwrap_or(&[])
    }

    /// Mean MADC code between two times; NaN without a sample.
    #[must_use]
    pub fn mean_in(&self, from_us: f64, to_us: f64) -> f64 {
        let samples = self.samples_in(from_us, to_us);
        samples.iter().map(|sample| sample.1).sum::<f64>() / samples.len() as f64
    }

    /// Smallest and largest MADC code between two times, each the mean of a window of `width_us`, so that noise does not
    /// decide; NaN without a sample.
    #[must_use]
    pub fn extremes_in(&self, from_us: f64, to_us: f64, width_us: f64) -> (f64, f64) {
        let windows = ((to_us - from_us) / width_us).max(1.0) as usize;
        let mean = |index: usize| {
            let from = from_us + width_us * index as f64;
            self.mean_in(from, from + width_us)
        };
        let means = (0..windows).map(mean).filter(|mean| mean.is_finite());
        means.fold((f64::NAN, f64::NAN), |(low, high), mean| (mean.min(low), mean.max(high)))
    }

    /// Takes all that was recorded into a fingerprint.
    pub fn add_to(&self, bits: &mut Bits) {
        bits.integers(self.spikes.iter().map(|spike| spike.neuron.to_enum() as u64));
        bits.floats(&self.spikes.iter().map(|spike| spike.us).collect::<Vec<_>>());
        bits.floats(&self.samples.iter().flat_map(|sample| [sample.0, sample.1]).collect::<Vec<_>>());
        self.cadc.iter().for_each(|frame| bits.floats(&frame.codes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_samples() {
        let samples = (0..100).map(|index| (f64::from(index) * 0.1, f64::from(index % 10))).collect();
        let recording = Recording { samples, boundaries_us: vec![0.0, 10.0], ..Recording::default() };
        assert_eq!(recording.samples_in(0.95, 2.05).len(), 11);
        assert!((recording.mean_in(0.95, 1.95) - 4.5).abs() < 1e-12);
        let (low, high) = recording.extremes_in(0.0, 10.0, 0.35);
        assert!(low < 2.0 && high > 7.0, "{low} {high}");
        assert!(recording.mean_in(20.0, 30.0).is_nan());
    }
}
