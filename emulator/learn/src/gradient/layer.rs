//! Both directions of one layer for one sample. Rows are the distinct input lines (copies of a source share their spike time, so
//! their weights are summed into one row), columns the neurons; the inner loops run over a row's contiguous weights.

use super::causal::{Arrival, search};
use super::closed_form::{ClosedForm, Instant};
use crate::matrix::Matrix;

/// How a spike of a row reaches a neuron: unchanged, or with a delay of its own.
pub trait Incoming {
    /// True if the arrival depends on the neuron.
    const PER_PAIR: bool;

    /// Arrival at `neuron` of a spike that left `row` at `at`.
    fn arrive(&self, row: usize, neuron: usize, at: Instant) -> Instant;
}

/// All neurons see a row's spike at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Shared;

impl Incoming for Shared {
    const PER_PAIR: bool = false;

    #[inline(always)]
    fn arrive(&self, _row: usize, _neuron: usize, at: Instant) -> Instant {
        at
    }
}

/// Times of a sample's rows with their basis functions, computed once for all neurons. A missing spike has the basis 0.
pub fn instants<M: ClosedForm>(times: impl Iterator<Item = f64>, out: &mut Vec<Instant>) {
    out.clear();
    out.extend(times.map(|time| {
        let [f, g] = if time.is_finite() { M::basis(time) } else { [0.0; 2] };
        Instant { time: if time.is_finite() { time } else { f64::INFINITY }, f, g }
    }));
}

/// First spike times of all neurons: `c[j]` is the threshold of neuron `j`.
pub fn forward<M: ClosedForm, I: Incoming>(
    weights: &Matrix,
    incoming: &I,
    rows: &[Instant],
    c: &[f64],
    spikes: &mut [f64],
) {
    let mut order: Vec<usize> = (0..rows.len()).filter(|&r| rows[r].time.is_finite()).collect();
    order.sort_by(|&a, &b| rows[a].time.total_cmp(&rows[b].time));
    for (j, spike) in spikes.iter_mut().enumerate() {
        let arrival = |r: usize| Arrival { at: incoming.arrive(r, j, rows[r]), weight: weights.at(r, j) };
        *spike = if I::PER_PAIR {
            let mut arrivals: Vec<Arrival> = order.iter().map(|&r| arrival(r)).collect();
            arrivals.sort_by(|a, b| a.at.time.total_cmp(&b.at.time));
            search::<M>(arrivals.into_iter(), c[j])
        } else {
            search::<M>(order.iter().map(|&r| arrival(r)), c[j])
        };
    }
}

/// Factors of the derivatives, one entry per neuron, already multiplied with the neuron's error.
#[derive(Debug, Clone, Default)]
struct Factors {
    weight: [Vec<f64>; 2],
    time: [Vec<f64>; 2],
}

/// Working memory of [`backward`], kept between samples.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    sums: [Vec<f64>; 2],
    factors: Factors,
    largest: Vec<f64>,
}

impl Scratch {
    fn reset(&mut self, neurons: usize) {
        let Factors { weight, time } = &mut self.factors;
        for array in self.sums.iter_mut().chain(weight).chain(time).chain([&mut self.largest]) {
            array.clear();
            array.resize(neurons, 0.0);
        }
    }
}

/// What the backward pass of one sample reads.
#[derive(Debug, Clone, Copy)]
pub struct SampleView<'a> {
    /// Rows that arrived.
    pub rows: &'a [Instant],
    /// Spike times of the neurons.
    pub spikes: &'a [f64],
    /// dL/dt of those spikes.
    pub errors: &'a [f64],
    /// Nominal threshold.
    pub c: f64,
    /// Largest allowed |dL/dw| of a neuron in this sample; beyond it, the neuron's weights get no gradient.
    pub max_dw_norm: Option<f64>,
}

/// Where the gradient of a layer is summed over samples. Empty parts are not computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LayerSums {
    /// dL/dw, rows x neurons.
    pub weights: Matrix,
    /// dL/dd of pair delays, rows x neurons, or empty.
    pub pair_delays: Matrix,
    /// dL/dd of delays per neuron, or empty.
    pub neuron_delays: Vec<f64>,
    /// dL/dd of delays per source, or empty; summed by the caller, who knows which rows belong to a source.
    pub source_delays: Vec<f64>,
}

impl LayerSums {
    /// Adds the sums of further samples.
    pub fn add(&mut self, other: &Self) {
        self.weights.add(&other.weights);
        self.pair_delays.add(&other.pair_delays);
        self.neuron_delays.iter_mut().zip(&other.neuron_delays).for_each(|(a, b)| *a += b);
        self.source_delays.iter_mut().zip(&other.source_delays).for_each(|(a, b)| *a += b);
    }
}

/// Adds the gradient of one sample to `sums` and writes dL/dt of the rows into `row_errors` (if not empty).
pub fn backward<M: ClosedForm, I: Incoming>(
    weights: &Matrix,
    incoming: &I,
    view: &SampleView<'_>,
    scratch: &mut Scratch,
    sums: &mut LayerSums,
    row_errors: &mut [f64],
) {
    scratch.reset(weights.columns());
    causal_sums(weights, incoming, view, scratch);
    sensitivities::<M>(view, scratch);
    for (delay, ([f, g], [tf, tg])) in
        sums.neuron_delays.iter_mut().zip(zip2(&scratch.sums).zip(zip2(&scratch.factors.time)))
    {
        *delay += tf * f + tg * g;
    }
    if !row_errors.is_empty() || sums.pair_delays.rows() > 0 {
        time_gradient(weights, incoming, view, &scratch.factors, sums, row_errors);
    }
    if let Some(limit) = view.max_dw_norm {
        chop(incoming, view, scratch, limit);
    }
    weight_gradient(incoming, view, &scratch.factors, &mut sums.weights);
}

/// The pairs of two arrays.
fn zip2(arrays: &[Vec<f64>; 2]) -> impl Iterator<Item = [f64; 2]> {
    arrays[0].iter().zip(&arrays[1]).map(|(&a, &b)| [a, b])
}

/// `F` and `G` of every neuron over the rows that arrived before its spike.
#[inline]
fn causal_sums<I: Incoming>(weights: &Matrix, incoming: &I, view: &SampleView<'_>, scratch: &mut Scratch) {
    let neurons = view.spikes.len();
    let [sum_f, sum_g] = &mut scratch.sums;
    let (sum_f, sum_g) = (&mut sum_f[..neurons], &mut sum_g[..neurons]);
    for (r, &row) in view.rows.iter().enumerate() {
        let w = &weights.row(r)[..neurons];
        for j in 0..neurons {
            let at = incoming.arrive(r, j, row);
            let causal = if at.time < view.spikes[j] { w[j] } else { 0.0 };
            sum_f[j] += causal * at.f;
            sum_g[j] += causal * at.g;
        }
    }
}

/// Factors of every neuron, 0 for one without spike.
#[inline]
fn sensitivities<M: ClosedForm>(view: &SampleView<'_>, scratch: &mut Scratch) {
    let neurons = view.spikes.len();
    let errors = &view.errors[..neurons];
    let [sum_f, sum_g] = &scratch.sums;
    let (sum_f, sum_g) = (&sum_f[..neurons], &sum_g[..neurons]);
    let Factors { weight: [wf, wg], time: [tf, tg] } = &mut scratch.factors;
    let (wf, wg) = (&mut wf[..neurons], &mut wg[..neurons]);
    let (tf, tg) = (&mut tf[..neurons], &mut tg[..neurons]);
    for j in 0..neurons {
        let spike = view.spikes[j];
        let s = M::sensitivity([sum_f[j], sum_g[j]], view.c, spike).scaled(errors[j], spike < f64::INFINITY);
        [wf[j], wg[j]] = s.weight;
        [tf[j], tg[j]] = s.time;
    }
}

/// Errors of the rows and gradients of pair delays: `dt/dt_i` of every causal pair.
#[inline]
fn time_gradient<I: Incoming>(
    weights: &Matrix,
    incoming: &I,
    view: &SampleView<'_>,
    factors: &Factors,
    sums: &mut LayerSums,
    row_errors: &mut [f64],
) {
    let neurons = view.spikes.len();
    let [tf, tg] = &factors.time;
    let (tf, tg) = (&tf[..neurons], &tg[..neurons]);
    for (r, &row) in view.rows.iter().enumerate() {
        let w = &weights.row(r)[..neurons];
        let mut total = 0.0;
        for j in 0..neurons {
            let at = incoming.arrive(r, j, row);
            let causal = if at.time < view.spikes[j] { w[j] } else { 0.0 };
            let error = causal * (tf[j] * at.f + tg[j] * at.g);
            total += error;
            if I::PER_PAIR {
                sums.pair_delays.row_mut(r)[j] += error;
            }
        }
        if let Some(slot) = row_errors.get_mut(r) {
            *slot = total;
        }
    }
}

/// Zeroes the weight factors of neurons whose largest weight gradient exceeds `limit`: they barely reached the threshold, where
/// the derivative diverges (JulianGoeltz/fastAndDeep: src/utils.py, max_dw_norm).
#[inline]
fn chop<I: Incoming>(incoming: &I, view: &SampleView<'_>, scratch: &mut Scratch, limit: f64) {
    let neurons = view.spikes.len();
    let [wf, wg] = &mut scratch.factors.weight;
    let (wf, wg) = (&mut wf[..neurons], &mut wg[..neurons]);
    let largest = &mut scratch.largest[..neurons];
    for (r, &row) in view.rows.iter().enumerate() {
        for j in 0..neurons {
            let at = incoming.arrive(r, j, row);
            let dw = (wf[j] * at.f + wg[j] * at.g).abs();
            let dw = if at.time < view.spikes[j] { dw } else { 0.0 };
            largest[j] = if dw > largest[j] { dw } else { largest[j] };
        }
    }
    for j in 0..neurons {
        let keep = largest[j] <= limit;
        wf[j] = if keep { wf[j] } else { 0.0 };
        wg[j] = if keep { wg[j] } else { 0.0 };
    }
}

#[inline]
fn weight_gradient<I: Incoming>(incoming: &I, view: &SampleView<'_>, factors: &Factors, out: &mut Matrix) {
    let neurons = view.spikes.len();
    let [wf, wg] = &factors.weight;
    let (wf, wg) = (&wf[..neurons], &wg[..neurons]);
    for (r, &row) in view.rows.iter().enumerate() {
        let out = &mut out.row_mut(r)[..neurons];
        for j in 0..neurons {
            let at = incoming.arrive(r, j, row);
            let dw = wf[j] * at.f + wg[j] * at.g;
            out[j] += if at.time < view.spikes[j] { dw } else { 0.0 };
        }
    }
}
