//! Feed-forward networks of spiking layers: what they are made of, their parameters, and the values a chip would be given.

use crate::coding::BiasSpike;
use crate::error::{LearnError, require, same_size};
use crate::gradient::NeuronModel;
use crate::gradient::delay::{DelayKind, Positivity};
use crate::matrix::Matrix;
use crate::random::{Purpose, Stream};
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of initial values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

/// The weights a chip can hold: whole numbers `round(per_unit * w)` up to `+-limit`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeightGrid {
    /// Steps per unit of weight.
    pub per_unit: f64,
    /// Largest magnitude in steps.
    pub limit: i8,
}

impl WeightGrid {
    /// 30 steps per unit, 6 bits and sign (JulianGoeltz/fastAndDeep v1.0.0: src/py/hx_settings.yaml).
    pub const PUBLISHED: Self = Self { per_unit: 30.0, limit: 63 };

    /// Value for the chip. Halves round to even, as in the published code.
    #[must_use]
    pub fn steps(&self, weight: f64) -> i8 {
        let limit = f64::from(self.limit);
        (weight * self.per_unit).round_ties_even().clamp(-limit, limit) as i8
    }

    /// Weight that the chip then has.
    #[must_use]
    pub fn rounded(&self, weight: f64) -> f64 {
        f64::from(self.steps(weight)) / self.per_unit
    }

    /// The nearest weight in range.
    #[must_use]
    pub fn clipped(&self, weight: f64) -> f64 {
        let limit = f64::from(self.limit) / self.per_unit;
        weight.clamp(-limit, limit)
    }
}

/// Trainable delays in front of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DelaySpec {
    /// What a delay is shared by.
    pub kind: DelayKind,
    /// Initial values of the free parameters.
    pub initial: Normal,
    /// How a parameter becomes a delay.
    pub positivity: Positivity,
}

/// One layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LayerSpec {
    /// Number of neurons.
    pub neurons: usize,
    /// Number of lines (synapse rows) that carry each source.
    pub copies: usize,
    /// Bias spike, if any.
    pub bias: Option<BiasSpike>,
    /// Initial weights.
    pub initial: Normal,
    /// Delays, if any.
    pub delays: Option<DelaySpec>,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// Number of input sources.
    pub inputs: usize,
    /// Nominal neuron.
    pub model: NeuronModel,
    /// Resolution and range of the weights; none for full precision.
    pub grid: Option<WeightGrid>,
    /// Layers from the first hidden one to the output.
    pub layers: Vec<LayerSpec>,
}

impl NetworkSpec {
    /// Number of sources of a layer.
    #[must_use]
    pub fn sources(&self, layer: usize) -> usize {
        if layer == 0 { self.inputs } else { self.layers[layer - 1].neurons }
    }

    /// Number of input lines of a layer: the rows of its weight matrix.
    #[must_use]
    pub fn lines(&self, layer: usize) -> usize {
        let spec = &self.layers[layer];
        self.sources(layer) * spec.copies + spec.bias.map_or(0, |b| b.copies)
    }

    /// Number of delays of a layer.
    #[must_use]
    pub fn delays(&self, layer: usize) -> usize {
        let spec = &self.layers[layer];
        spec.delays.map_or(0, |d| d.kind.count(self.sources(layer), spec.neurons))
    }

    /// Number of trainable parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        (0..self.layers.len()).map(|l| self.lines(l) * self.layers[l].neurons + self.delays(l)).sum()
    }

    fn check(&self) -> Result<(), LearnError> {
        let at_least_one = |name, count: usize| require(name, count as f64, count > 0, "at least 1");
        at_least_one("number of layers", self.layers.len())?;
        at_least_one("number of inputs", self.inputs)?;
        require("threshold c", self.model.c, self.model.c > 0.0 && self.model.c.is_finite(), "above 0")?;
        for layer in &self.layers {
            at_least_one("number of neurons of a layer", layer.neurons)?;
            at_least_one("copies of a source", layer.copies)?;
        }
        match self.grid {
            Some(g) => require("steps per unit of weight", g.per_unit, g.per_unit > 0.0, "above 0"),
            None => Ok(()),
        }
    }
}

/// Trainable values of one layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerParameters {
    /// Weights, input line x neuron, in full precision. Lines are ordered source-major (copies of a source are neighbours), the
    /// bias spike's lines come last: the order of [`crate::coding::lines`].
    pub weights: Matrix,
    /// Free parameters of the delays: per source, per neuron, or source-major per pair.
    pub delays: Vec<f64>,
}

/// A network with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    spec: NetworkSpec,
    /// Parameters of the layers.
    pub layers: Vec<LayerParameters>,
}

impl Network {
    /// Draws initial parameters. The same seed gives the same values on every machine.
    pub fn initialise(spec: NetworkSpec, seed: u64) -> Result<Self, LearnError> {
        spec.check()?;
        let layers = (0..spec.layers.len()).map(|l| initial_parameters(&spec, l, seed)).collect();
        let mut network = Self { spec, layers };
        network.rectify();
        Ok(network)
    }

    /// Checks that the parameters have the shapes that the specification calls for: a network read from a file may not.
    pub(crate) fn check_shapes(&self) -> Result<(), LearnError> {
        self.spec.check()?;
        same_size("layers with parameters", self.spec.layers.len(), self.layers.len())?;
        for (l, layer) in self.layers.iter().enumerate() {
            let (lines, neurons) = (self.spec.lines(l), self.spec.layers[l].neurons);
            same_size("lines of a weight matrix", lines, layer.weights.rows())?;
            same_size("neurons of a weight matrix", neurons, layer.weights.columns())?;
            same_size("weights of a layer", lines * neurons, layer.weights.values().len())?;
            same_size("delays of a layer", self.spec.delays(l), layer.delays.len())?;
        }
        Ok(())
    }

    /// What the network is made of.
    #[must_use]
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Weights of a layer for the chip, input line x neuron, row after row; none without a weight grid.
    #[must_use]
    pub fn chip_weights(&self, layer: usize) -> Option<Vec<i8>> {
        let grid = self.spec.grid?;
        Some(self.layers[layer].weights.values().iter().map(|&w| grid.steps(w)).collect())
    }

    /// A weight as forward and backward pass use it.
    #[must_use]
    pub fn used_weight(&self, weight: f64) -> f64 {
        self.spec.grid.map_or(weight, |g| g.rounded(weight))
    }

    /// Delays of a layer in `tau_s`; empty if it has none.
    #[must_use]
    pub fn delays(&self, layer: usize) -> Vec<f64> {
        let Some(spec) = self.spec.layers[layer].delays else { return Vec::new() };
        self.layers[layer].delays.iter().map(|&p| spec.positivity.delay(p)).collect()
    }

    /// Brings all parameters into their ranges: weights into that of the chip, delays above zero.
    pub fn rectify(&mut self) {
        for (spec, parameters) in self.spec.layers.iter().zip(&mut self.layers) {
            if let Some(grid) = self.spec.grid {
                parameters.weights.values_mut().iter_mut().for_each(|w| *w = grid.clipped(*w));
            }
            if let Some(delays) = spec.delays {
                delays.positivity.rectify(&mut parameters.delays);
            }
        }
    }
}

fn draw(stream: &mut Stream, normal: Normal, count: usize) -> Vec<f64> {
    (0..count).map(|_| normal.mean + normal.deviation * stream.gaussian()).collect()
}

fn initial_parameters(spec: &NetworkSpec, layer: usize, seed: u64) -> LayerParameters {
    let LayerSpec { neurons, initial, delays, .. } = spec.layers[layer];
    let mut weights = Matrix::zeros(spec.lines(layer), neurons);
    let mut stream = Stream::new(seed, Purpose::Weights, layer as u64);
    weights.values_mut().copy_from_slice(&draw(&mut stream, initial, spec.lines(layer) * neurons));
    let mut stream = Stream::new(seed, Purpose::Delays, layer as u64);
    let delays = delays.map_or_else(Vec::new, |d| draw(&mut stream, d.initial, spec.delays(layer)));
    LayerParameters { weights, delays }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{DelGrad, delgrad, yin_yang_chip, yin_yang_simulation};

    #[test]
    fn parameter_counts_are_the_published_ones() {
        assert_eq!(yin_yang_simulation().network.parameters(), 963);
        assert_eq!(yin_yang_chip().network.parameters(), 25 * 120 + 120 * 3);
        let counts = [DelGrad::W, DelGrad::Wa, DelGrad::Wd, DelGrad::Ws, DelGrad::H5Ws];
        assert_eq!(counts.map(|c| delgrad(c).network.parameters()), [210, 244, 243, 420, 70]);
    }

    #[test]
    fn weights_round_and_clip_as_on_the_chip() {
        let grid = WeightGrid::PUBLISHED;
        assert_eq!([0.0, 0.016, 0.017, -0.05, 2.2, -9.0].map(|w| grid.steps(w)), [0, 0, 1, -2, 63, -63]);
        assert_eq!(grid.rounded(1.02), 31.0 / 30.0);
        assert_eq!(grid.clipped(-2.5), -2.1);
        assert_eq!(grid.clipped(0.3), 0.3);
    }

    #[test]
    fn initial_weights_follow_their_distribution_and_seed() {
        let spec = yin_yang_chip().network;
        let network = Network::initialise(spec.clone(), 3).unwrap();
        let w = network.layers[0].weights.values();
        assert_eq!(w.len(), 3000);
        let mean = w.iter().sum::<f64>() / 3000.0;
        let variance = w.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3000.0;
        assert!((mean - 0.1).abs() < 0.01 && (variance.sqrt() - 0.12).abs() < 0.006, "{mean} {variance}");
        assert_eq!(network, Network::initialise(spec.clone(), 3).unwrap());
        assert_ne!(network, Network::initialise(spec, 4).unwrap());
        assert_eq!(network.chip_weights(0).unwrap()[7], WeightGrid::PUBLISHED.steps(w[7]));
    }

    #[test]
    fn delays_lie_in_their_range() {
        let network = Network::initialise(delgrad(DelGrad::Wa).network, 0).unwrap();
        assert_eq!(network.delays(0).len(), 4);
        assert!(network.delays(1).iter().all(|&d| d > 0.0 && d < 1.0));
        assert!(Network::initialise(yin_yang_chip().network, 0).unwrap().delays(0).is_empty());
    }

    #[test]
    fn parameters_of_another_shape_are_refused() {
        let network = Network::initialise(delgrad(DelGrad::Ws).network, 0).unwrap();
        assert_eq!(network.check_shapes(), Ok(()));
        let mut other = network.clone();
        other.layers[0].weights = Matrix::zeros(5, 30);
        let shape = |what, expected, found| Err(LearnError::Shape { what, expected, found });
        assert_eq!(other.check_shapes(), shape("lines of a weight matrix", 4, 5));
        let mut other = network;
        other.layers[1].delays.pop();
        assert_eq!(other.check_shapes(), shape("delays of a layer", 90, 89));
    }

    #[test]
    fn impossible_networks_are_refused() {
        let mut spec = yin_yang_chip().network;
        spec.layers[0].copies = 0;
        assert!(matches!(Network::initialise(spec.clone(), 0), Err(LearnError::Parameter { .. })));
        spec.layers[0].copies = 5;
        spec.model.c = f64::NAN;
        assert!(Network::initialise(spec.clone(), 0).is_err());
        spec.layers.clear();
        assert!(Network::initialise(spec, 0).is_err());
    }
}
