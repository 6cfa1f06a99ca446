//! A network of two dense layers with the chip's resolution: activations of five bits, weights of six and a sign, results of eight
//! (electronicvisions hxtorch: nn.Linear, nn.ConvertingReLU). Gradients are those of the linear model of products.

use super::super::multiplier::{MAX_ACTIVATION, RESULT_RANGE};
use hx_chip::random::{extend, uniform};
use hx_learn::optimiser::Adam;
use libm::exp;

/// Largest weight.
const MAX_WEIGHT: f64 = 63.0;
/// Results are halved on their way to activations: a shift by one.
const SHIFT: f64 = 0.5;

/// A matrix of weights in steps of the chip, finer than the chip while it is trained.
#[derive(Debug, Clone)]
pub struct Dense {
    outputs: usize,
    /// By input, then output.
    values: Vec<f64>,
}

impl Dense {
    /// Weights drawn evenly from both sides of zero.
    pub fn random(inputs: usize, outputs: usize, largest: f64, key: u64) -> Dense {
        let draw = |index: usize| largest * (2.0 * uniform(extend(key, index as u64)) - 1.0);
        Dense { outputs, values: (0..inputs * outputs).map(draw).collect() }
    }

    /// How many there are.
    pub fn weights(&self) -> usize {
        self.values.len()
    }

    /// The weights by input, then output.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// A weight as the chip has it.
    pub fn steps(&self, input: usize, output: usize) -> i8 {
        self.values[input * self.outputs + output].round() as i8
    }

    fn products(&self, inputs: &[u8]) -> Vec<f64> {
        let mut sums = vec![0.0; self.outputs];
        for (input, &activation) in inputs.iter().enumerate().filter(|(_, activation)| **activation > 0) {
            for (output, sum) in sums.iter_mut().enumerate() {
                *sum += f64::from(activation) * f64::from(self.steps(input, output));
            }
        }
        sums
    }

    /// One step against a gradient.
    pub fn step(&mut self, gradient: &[f64], adam: &mut Adam, rate: f64) {
        adam.step(&mut self.values, gradient, rate);
        self.values.iter_mut().for_each(|weight| *weight = weight.clamp(-MAX_WEIGHT, MAX_WEIGHT));
    }
}

/// What a forward pass left behind, by sample.
#[derive(Debug, Clone)]
pub struct Tape {
    /// Activations of the inputs.
    pub inputs: Vec<Vec<u8>>,
    /// Results of the first layer, counts.
    pub sums: Vec<Vec<f64>>,
    /// Activations of the hidden units.
    pub hidden: Vec<Vec<u8>>,
    /// Results of the second layer, counts.
    pub outputs: Vec<Vec<f64>>,
}

impl Tape {
    /// The class of the largest output of every sample.
    pub fn decisions(&self) -> Vec<usize> {
        let largest = |outputs: &Vec<f64>| {
            (0..outputs.len()).max_by(|&a, &b| outputs[a].total_cmp(&outputs[b])).unwrap_or(0)
        };
        self.outputs.iter().map(largest).collect()
    }

    /// Share of samples whose decision is their label.
    pub fn accuracy(&self, labels: &[u8]) -> f64 {
        let right = self.decisions().iter().zip(labels).filter(|(d, l)| **d == usize::from(**l)).count();
        right as f64 / labels.len().max(1) as f64
    }
}

/// Activations from results: negative ones vanish, others are halved.
pub fn activations(results: &[f64]) -> Vec<u8> {
    let activation = |result: &f64| (SHIFT * result.floor()).clamp(0.0, MAX_ACTIVATION.into()) as u8;
    results.iter().map(activation).collect()
}

/// The linear model of products: `gain * sends * sum(x w)` and noise.
#[derive(Debug, Clone, Copy)]
pub struct ModelOfProducts {
    /// Counts per activation and weight.
    pub gain: f64,
    /// Standard deviation of a result, counts.
    pub noise: f64,
    /// How often the layers send.
    pub sends: [usize; 2],
    /// How many results of the second layer are averaged.
    pub average: usize,
}

impl ModelOfProducts {
    fn gain_of(&self, layer: usize) -> f64 {
        self.gain * self.sends[layer] as f64
    }

    /// The forward pass of the model; `gaussian` gives the normal deviate of a number.
    pub fn forward(&self, layers: &[Dense; 2], inputs: &[Vec<u8>], gaussian: impl Fn(u64) -> f64) -> Tape {
        let mut deviates = (0u64..).map(gaussian);
        let mut results = |layer: usize, inputs: &[u8], noise: f64| -> Vec<f64> {
            let ideal = layers[layer].products(inputs);
            let noisy = ideal.iter().zip(&mut deviates).map(|(p, z)| self.gain_of(layer) * p + noise * z);
            noisy.map(|count| count.clamp(RESULT_RANGE.0, RESULT_RANGE.1)).collect()
        };
        let mut tape =
            Tape { inputs: inputs.to_vec(), sums: Vec::new(), hidden: Vec::new(), outputs: Vec::new() };
        for inputs in inputs {
            let sums: Vec<f64> = results(0, inputs, self.noise).iter().map(|count| count.floor()).collect();
            let hidden = activations(&sums);
            tape.outputs.push(results(1, &hidden, self.noise / (self.average as f64).sqrt()));
            tape.sums.push(sums);
            tape.hidden.push(hidden);
        }
        tape
    }
}

/// Mean cross entropy of a forward pass (`softness`: counts for a factor of e), and its gradients by the weights of both
/// layers.
pub fn gradients(
    model: &ModelOfProducts,
    layers: &[Dense; 2],
    tape: &Tape,
    labels: &[u8],
    softness: f64,
) -> (f64, [Vec<f64>; 2]) {
    let mut gradients = [0, 1].map(|layer: usize| vec![0.0; layers[layer].weights()]);
    let share = 1.0 / labels.len().max(1) as f64;
    let mut loss = 0.0;
    for (sample, &label) in labels.iter().enumerate() {
        let (own, errors) = cross_entropy(&tape.outputs[sample], label.into(), softness);
        loss += share * own;
        let back = errors.iter().map(|error| share * model.gain_of(1) * error).collect::<Vec<_>>();
        let mut hidden_errors = vec![0.0; layers[0].outputs];
        for (unit, &activation) in tape.hidden[sample].iter().enumerate() {
            for (class, error) in back.iter().enumerate() {
                let place = unit * layers[1].outputs + class;
                gradients[1][place] += f64::from(activation) * error;
                hidden_errors[unit] += layers[1].values[place] * error;
            }
        }
        for (unit, error) in hidden_errors.iter().enumerate() {
            let linear = (0.0..f64::from(MAX_ACTIVATION) / SHIFT).contains(&tape.sums[sample][unit]);
            let error = if linear { SHIFT * model.gain_of(0) * error } else { 0.0 };
            for (input, &activation) in tape.inputs[sample].iter().enumerate() {
                gradients[0][input * layers[0].outputs + unit] += f64::from(activation) * error;
            }
        }
    }
    (loss, gradients)
}

/// Cross entropy of outputs, `softness` counts for a factor of e, and its gradient by them.
fn cross_entropy(outputs: &[f64], label: usize, softness: f64) -> (f64, Vec<f64>) {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = outputs.iter().map(|output| exp((output - largest) / softness)).collect();
    let total: f64 = shares.iter().sum();
    let error =
        |(class, share): (usize, &f64)| (share / total - if class == label { 1.0 } else { 0.0 }) / softness;
    let loss = libm::log(total) - (outputs[label] - largest) / softness;
    (loss, shares.iter().enumerate().map(error).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: ModelOfProducts = ModelOfProducts { gain: 0.002, noise: 0.0, sends: [20, 4], average: 1 };

    #[test]
    fn activations_are_half_the_positive_results() {
        assert_eq!(activations(&[-5.0, 0.0, 1.0, 2.9, 40.0, 127.0]), [0, 0, 0, 1, 20, 31]);
    }

    #[test]
    fn errors_are_the_derivatives_of_the_loss() {
        let outputs = [1.0, -0.5, 0.25];
        let (loss, errors) = cross_entropy(&outputs, 2, 2.0);
        for class in 0..3 {
            let mut moved = outputs;
            moved[class] += 1e-6;
            let slope = (cross_entropy(&moved, 2, 2.0).0 - loss) / 1e-6;
            assert!((slope - errors[class]).abs() < 1e-5, "{class}: {slope} {}", errors[class]);
        }
    }

    #[test]
    fn a_step_against_the_gradient_lowers_the_loss() {
        let mut layers = [Dense::random(4, 16, 35.0, 1), Dense::random(16, 3, 18.0, 2)];
        let inputs: Vec<Vec<u8>> = (0..30u8).map(|i| vec![i, 31 - i, (7 * i) % 32, 10]).collect();
        let labels: Vec<u8> = (0..30u8).map(|i| i / 10).collect();
        let mut adam = [0, 1].map(|layer: usize| Adam::new(layers[layer].weights()));
        let mut losses = Vec::new();
        for _ in 0..40 {
            let tape = MODEL.forward(&layers, &inputs, |_| 0.0);
            let (loss, gradients) = gradients(&MODEL, &layers, &tape, &labels, 4.0);
            losses.push(loss);
            for layer in 0..2 {
                layers[layer].step(&gradients[layer], &mut adam[layer], 1.0);
            }
        }
        assert!(losses[39] < 0.5 * losses[0], "{losses:?}");
        assert!(layers[0].values().iter().all(|weight| weight.abs() <= 63.0));
    }
}
