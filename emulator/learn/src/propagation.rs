//! A batch through a whole network, forwards and backwards. Samples are independent; they are worked on in chunks of fixed size,
//! in parallel, and the chunks' sums are added in their order, so that no bit depends on the number of threads.

use crate::error::{LearnError, same_size};
use crate::gradient::TauRatio;
use crate::gradient::closed_form::{ClosedForm, Instant};
use crate::gradient::delay::{DelayKind, PairDelays};
use crate::gradient::double_tau::DoubleTau;
use crate::gradient::equal_tau::EqualTau;
use crate::gradient::layer::{self, LayerSums, SampleView, Scratch, Shared};
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::network::Network;
use crate::spikes::{LayerObservation, Observed, SpikeTimes};
use rayon::prelude::*;

/// Samples worked on by one task. Part of the results' definition (it fixes the order of summation): do not change.
const CHUNK: usize = 8;

/// Products of rows and neurons below which waking another thread costs more than it saves (measured: about 60 us).
const WORTH_A_THREAD: usize = 150_000;

/// Runs `work` on every chunk of `0..samples`, in parallel if the whole is large enough; results in the order of the chunks.
fn map_chunks<T: Send>(samples: usize, cost: usize, work: impl Fn(&[usize]) -> T + Sync + Send) -> Vec<T> {
    let samples: Vec<usize> = (0..samples).collect();
    if samples.len() * cost < WORTH_A_THREAD {
        samples.chunks(CHUNK).map(work).collect()
    } else {
        samples.par_chunks(CHUNK).map(work).collect()
    }
}

/// One layer as the loops want it: copies of a source merged into one row unless they arrive apart.
struct Wiring<M> {
    weights: Matrix,
    bias: Option<f64>,
    sources: usize,
    rows_per_source: usize,
    copies: usize,
    axonal: Vec<f64>,
    dendritic: Vec<f64>,
    pairs: Option<PairDelays<M>>,
}

impl<M: ClosedForm> Wiring<M> {
    fn new(network: &Network, layer: usize, apart: bool) -> Self {
        let spec = &network.spec().layers[layer];
        let sources = network.spec().sources(layer);
        let rows_per_source = if apart { spec.copies } else { 1 };
        let copies = spec.copies / rows_per_source;
        let mut wiring = Self {
            weights: merged_weights(network, layer, sources * rows_per_source, copies),
            bias: spec.bias.map(|b| b.time),
            sources,
            rows_per_source,
            copies,
            axonal: Vec::new(),
            dendritic: Vec::new(),
            pairs: None,
        };
        match spec.delays.map(|d| d.kind) {
            None => {}
            Some(DelayKind::Axonal) => wiring.axonal = network.delays(layer),
            Some(DelayKind::Dendritic) => wiring.dendritic = network.delays(layer),
            Some(DelayKind::Synaptic) => {
                wiring.pairs = Some(PairDelays::new(wiring.pair_matrix(&network.delays(layer))));
            }
        }
        wiring
    }

    fn rows(&self) -> usize {
        self.sources * self.rows_per_source
    }

    fn pair_matrix(&self, delays: &[f64]) -> Matrix {
        let neurons = self.weights.columns();
        let mut matrix = Matrix::zeros(self.weights.rows(), neurons);
        for row in 0..self.rows() {
            let source = row / self.rows_per_source;
            matrix.row_mut(row).copy_from_slice(&delays[source * neurons..(source + 1) * neurons]);
        }
        matrix
    }

    fn instants(&self, arrivals: &[f64], out: &mut Vec<Instant>) {
        layer::instants::<M>(arrivals.iter().copied().chain(self.bias), out);
    }

    fn forward(&self, rows: &[Instant], c: &[f64], spikes: &mut [f64]) {
        match &self.pairs {
            Some(pairs) => layer::forward::<M, _>(&self.weights, pairs, rows, c, spikes),
            None => layer::forward::<M, _>(&self.weights, &Shared, rows, c, spikes),
        }
        for (spike, delay) in spikes.iter_mut().zip(&self.dendritic) {
            *spike += delay;
        }
    }

    fn sums(&self) -> LayerSums {
        let (rows, neurons) = (self.weights.rows(), self.weights.columns());
        LayerSums {
            weights: Matrix::zeros(rows, neurons),
            pair_delays: if self.pairs.is_some() { Matrix::zeros(rows, neurons) } else { Matrix::default() },
            neuron_delays: vec![0.0; self.dendritic.len()],
            source_delays: vec![0.0; self.axonal.len()],
        }
    }

    fn backward(
        &self,
        view: &SampleView<'_>,
        scratch: &mut Scratch,
        sums: &mut LayerSums,
        row_errors: &mut [f64],
    ) {
        match &self.pairs {
            Some(pairs) => layer::backward::<M, _>(&self.weights, pairs, view, scratch, sums, row_errors),
            None => layer::backward::<M, _>(&self.weights, &Shared, view, scratch, sums, row_errors),
        }
    }
}

/// Weights as used, those of lines that share their spike times summed: rows x neurons, the bias as the last row.
fn merged_weights(network: &Network, layer: usize, rows: usize, copies: usize) -> Matrix {
    let weights = &network.layers[layer].weights;
    let has_bias = network.spec().layers[layer].bias.is_some();
    let mut merged = Matrix::zeros(rows + usize::from(has_bias), weights.columns());
    for line in 0..weights.rows() {
        let row = (line / copies).min(rows);
        for (sum, &w) in merged.row_mut(row).iter_mut().zip(weights.row(line)) {
            *sum += network.used_weight(w);
        }
    }
    merged
}

fn wirings<M: ClosedForm>(network: &Network, apart: &[bool]) -> Vec<Wiring<M>> {
    apart.iter().enumerate().map(|(l, &apart)| Wiring::new(network, l, apart)).collect()
}

/// Number of synapses that one sample passes in the backward direction.
fn cost<M>(wirings: &[Wiring<M>]) -> usize {
    wirings.iter().map(|w| w.weights.values().len()).sum()
}

/// Disturbance of a forward pass: called with (layer, sample) and the times of that sample.
pub(crate) trait Disturbance: Sync {
    /// True if arrivals of the copies of a source are disturbed one by one.
    fn arrivals_apart(&self) -> bool;
    /// Changes the arrivals at a layer.
    fn arrivals(&self, layer: usize, sample: usize, times: &mut [f64]);
    /// Changes the spikes of a layer.
    fn spikes(&self, layer: usize, sample: usize, times: &mut [f64]);
}

/// Forward pass of a batch; `c[layer][neuron]` are the thresholds.
pub(crate) fn forward(
    network: &Network,
    c: &[Vec<f64>],
    inputs: &SpikeTimes,
    disturbance: &impl Disturbance,
) -> Result<Observed, LearnError> {
    network.check_shapes()?;
    same_size("inputs of the network", network.spec().inputs, inputs.neurons())?;
    same_size("layers with thresholds", network.layers.len(), c.len())?;
    for (c, spec) in c.iter().zip(&network.spec().layers) {
        same_size("thresholds of a layer", spec.neurons, c.len())?;
    }
    Ok(match network.spec().model.tau {
        TauRatio::Equal => forward_batch::<EqualTau>(network, c, inputs, disturbance),
        TauRatio::Double => forward_batch::<DoubleTau>(network, c, inputs, disturbance),
    })
}

fn forward_batch<M: ClosedForm + Sync + Send>(
    network: &Network,
    c: &[Vec<f64>],
    inputs: &SpikeTimes,
    disturbance: &impl Disturbance,
) -> Observed {
    let apart = vec![disturbance.arrivals_apart(); network.layers.len()];
    let wirings = wirings::<M>(network, &apart);
    let chunks = map_chunks(inputs.samples(), 8 * cost(&wirings), |chunk| {
        forward_chunk(&wirings, c, inputs, chunk, disturbance)
    });
    let mut layers = empty_observation(&wirings);
    for chunk in &chunks {
        for (layer, part) in layers.iter_mut().zip(chunk) {
            layer.arrivals.extend(&part.arrivals);
            layer.spikes.extend(&part.spikes);
        }
    }
    Observed { layers }
}

fn empty_observation<M: ClosedForm>(wirings: &[Wiring<M>]) -> Vec<LayerObservation> {
    let empty = |w: &Wiring<M>| LayerObservation {
        arrivals: SpikeTimes::silent(0, w.rows()),
        spikes: SpikeTimes::silent(0, w.weights.columns()),
    };
    wirings.iter().map(empty).collect()
}

fn forward_chunk<M: ClosedForm>(
    wirings: &[Wiring<M>],
    c: &[Vec<f64>],
    inputs: &SpikeTimes,
    samples: &[usize],
    disturbance: &impl Disturbance,
) -> Vec<LayerObservation> {
    let mut layers = empty_observation(wirings);
    let mut rows = Vec::new();
    for &sample in samples {
        let mut times = inputs.sample(sample).to_vec();
        for (l, wiring) in wirings.iter().enumerate() {
            times.iter_mut().zip(&wiring.axonal).for_each(|(t, d)| *t += d);
            let mut arrivals: Vec<f64> =
                times.iter().flat_map(|&t| std::iter::repeat_n(t, wiring.rows_per_source)).collect();
            disturbance.arrivals(l, sample, &mut arrivals);
            wiring.instants(&arrivals, &mut rows);
            let mut spikes = vec![0.0; wiring.weights.columns()];
            wiring.forward(&rows, &c[l], &mut spikes);
            disturbance.spikes(l, sample, &mut spikes);
            layers[l].arrivals.extend_sample(&arrivals);
            layers[l].spikes.extend_sample(&spikes);
            times = spikes;
        }
    }
    layers
}

/// Gradient of one layer's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerGradient {
    /// dL/dw, input line x neuron.
    pub weights: Matrix,
    /// dL/dp of the free parameters of the delays.
    pub delays: Vec<f64>,
}

/// Mean loss of a batch and its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchGradient {
    /// Mean loss.
    pub loss: f64,
    /// One entry per layer.
    pub layers: Vec<LayerGradient>,
}

/// Gradient of the mean loss of a batch from the spike times that were observed, computed or measured: the causal set of a neuron
/// are the arrivals before its observed spike, and the observed times stand in the derivatives, so that deviations of the
/// substrate enter them. Neurons that the nominal model keeps silent contribute nothing.
pub fn batch_gradient(
    network: &Network,
    observed: &Observed,
    labels: &[u8],
    loss: &Loss,
    max_dw_norm: Option<f64>,
) -> Result<BatchGradient, LearnError> {
    let apart = check(network, observed, labels)?;
    let task = Task { network, observed, labels, loss, max_dw_norm };
    Ok(match network.spec().model.tau {
        TauRatio::Equal => backward_batch::<EqualTau>(&task, &apart),
        TauRatio::Double => backward_batch::<DoubleTau>(&task, &apart),
    })
}

/// Checks that an observation fits a network; tells for each layer whether the copies of its sources were observed apart.
pub(crate) fn check(network: &Network, observed: &Observed, labels: &[u8]) -> Result<Vec<bool>, LearnError> {
    network.check_shapes()?;
    let spec = network.spec();
    same_size("layers of an observation", spec.layers.len(), observed.layers.len())?;
    let mut apart = Vec::new();
    for (l, (layer, seen)) in spec.layers.iter().zip(&observed.layers).enumerate() {
        same_size("spikes of a layer", layer.neurons, seen.spikes.neurons())?;
        same_size("samples of a layer's spikes", labels.len(), seen.spikes.samples())?;
        same_size("samples of a layer's arrivals", labels.len(), seen.arrivals.samples())?;
        let (merged, single) = (spec.sources(l), spec.sources(l) * layer.copies);
        apart.push(layer.copies > 1 && seen.arrivals.neurons() == single);
        let expected = if apart[l] { single } else { merged };
        same_size("arrivals of a layer", expected, seen.arrivals.neurons())?;
    }
    let outputs = spec.layers.last().map_or(0, |l| l.neurons);
    match labels.iter().position(|&label| usize::from(label) >= outputs) {
        Some(sample) => Err(LearnError::Label { sample, label: labels[sample], outputs }),
        None => Ok(apart),
    }
}

struct Task<'a> {
    network: &'a Network,
    observed: &'a Observed,
    labels: &'a [u8],
    loss: &'a Loss,
    max_dw_norm: Option<f64>,
}

struct Sums {
    loss: f64,
    layers: Vec<LayerSums>,
}

fn backward_batch<M: ClosedForm + Sync + Send>(task: &Task<'_>, apart: &[bool]) -> BatchGradient {
    let wirings = wirings::<M>(task.network, apart);
    let chunks = map_chunks(task.labels.len(), cost(&wirings), |chunk| backward_chunk(&wirings, task, chunk));
    let mut total = Sums { loss: 0.0, layers: wirings.iter().map(Wiring::sums).collect() };
    for chunk in &chunks {
        total.loss += chunk.loss;
        total.layers.iter_mut().zip(&chunk.layers).for_each(|(sum, part)| sum.add(part));
    }
    let spread = |(l, sums)| spread_gradient(task.network, l, &wirings[l], sums);
    BatchGradient {
        loss: total.loss / task.labels.len().max(1) as f64,
        layers: total.layers.iter().enumerate().map(spread).collect(),
    }
}

fn backward_chunk<M: ClosedForm>(wirings: &[Wiring<M>], task: &Task<'_>, samples: &[usize]) -> Sums {
    let mut sums = Sums { loss: 0.0, layers: wirings.iter().map(Wiring::sums).collect() };
    let (mut scratch, mut rows) = (Scratch::default(), Vec::new());
    let (mut errors, mut row_errors) = (Vec::new(), Vec::new());
    for &sample in samples {
        output_errors(task, sample, &mut errors, &mut sums.loss);
        for (l, wiring) in wirings.iter().enumerate().rev() {
            let seen = &task.observed.layers[l];
            wiring.instants(seen.arrivals.sample(sample), &mut rows);
            let spikes = before_dendrite(seen.spikes.sample(sample), &wiring.dendritic);
            let c = task.network.spec().model.c;
            let view = SampleView {
                rows: &rows,
                spikes: &spikes,
                errors: &errors,
                c,
                max_dw_norm: task.max_dw_norm,
            };
            let wanted = if l > 0 || !wiring.axonal.is_empty() { wiring.rows() } else { 0 };
            row_errors.clear();
            row_errors.resize(wanted, 0.0);
            wiring.backward(&view, &mut scratch, &mut sums.layers[l], &mut row_errors);
            errors.clear();
            errors.extend(row_errors.chunks(wiring.rows_per_source).map(|c| c.iter().sum::<f64>()));
            sums.layers[l].source_delays.iter_mut().zip(&errors).for_each(|(d, e)| *d += e);
        }
    }
    sums
}

/// dL/dt of the output spikes of a sample, divided by the size of the batch.
fn output_errors(task: &Task<'_>, sample: usize, errors: &mut Vec<f64>, loss: &mut f64) {
    let times = task.observed.layers[task.observed.layers.len() - 1].spikes.sample(sample);
    errors.clear();
    errors.resize(times.len(), 0.0);
    *loss += task.loss.evaluate(times, usize::from(task.labels[sample]), errors);
    let share = 1.0 / task.labels.len() as f64;
    errors.iter_mut().for_each(|e| *e *= share);
}

/// Spike times without the neurons' own delays: a delay of everything that arrives is a delay of the spike.
fn before_dendrite<'a>(spikes: &'a [f64], delays: &[f64]) -> std::borrow::Cow<'a, [f64]> {
    if delays.is_empty() {
        return spikes.into();
    }
    spikes.iter().zip(delays).map(|(t, d)| t - d).collect::<Vec<_>>().into()
}

/// From rows back to input lines, and from delays back to their parameters.
fn spread_gradient<M: ClosedForm>(
    network: &Network,
    layer: usize,
    wiring: &Wiring<M>,
    sums: &LayerSums,
) -> LayerGradient {
    let parameters = &network.layers[layer];
    let mut weights = Matrix::zeros(parameters.weights.rows(), parameters.weights.columns());
    for line in 0..weights.rows() {
        let row = (line / wiring.copies).min(wiring.rows());
        weights.row_mut(line).copy_from_slice(sums.weights.row(row));
    }
    let by_delay = delay_gradient(wiring, sums);
    let slope = |p: f64| network.spec().layers[layer].delays.map_or(0.0, |d| d.positivity.slope(p));
    let delays = by_delay.iter().zip(&parameters.delays).map(|(g, &p)| g * slope(p)).collect();
    LayerGradient { weights, delays }
}

fn delay_gradient<M: ClosedForm>(wiring: &Wiring<M>, sums: &LayerSums) -> Vec<f64> {
    if wiring.pairs.is_none() {
        return [sums.source_delays.as_slice(), &sums.neuron_delays].concat();
    }
    let neurons = wiring.weights.columns();
    let mut out = vec![0.0; wiring.sources * neurons];
    for row in 0..wiring.rows() {
        let source = row / wiring.rows_per_source;
        let target = &mut out[source * neurons..(source + 1) * neurons];
        target.iter_mut().zip(sums.pair_delays.row(row)).for_each(|(o, g)| *o += g);
    }
    out
}
