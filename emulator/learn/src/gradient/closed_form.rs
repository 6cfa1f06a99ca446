//! What the two solvable ratios of time constants have in common. With the basis functions `f`, `g` of an input time and the
//! sums `F = sum w f(t_i)`, `G = sum w g(t_i)` over the inputs so far, membrane, first crossing and derivatives are functions
//! of `(F, G, c)` alone.

use serde::{Deserialize, Serialize};

/// Ratio of membrane to synaptic time constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TauRatio {
    /// `tau_m = tau_s`.
    Equal,
    /// `tau_m = 2 tau_s`.
    Double,
}

/// The nominal neuron: all that the derivatives know of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NeuronModel {
    /// Ratio of the time constants.
    pub tau: TauRatio,
    /// `c = g (theta - E_l)`: distance from leak to threshold times leak conductance, in units of weight.
    pub c: f64,
}

/// An instant between two inputs, with the basis functions there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    /// Time in `tau_s`; infinity after the last input.
    pub time: f64,
    /// First basis function.
    pub f: f64,
    /// Second basis function.
    pub g: f64,
}

/// Derivatives of a spike time as linear functions of the basis of each causal input `i`:
/// `dt/dw_i = weight[0] f_i + weight[1] g_i` and `dt/dt_i = w_i (time[0] f_i + time[1] g_i)`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sensitivity {
    /// Factors for the derivative by a weight.
    pub weight: [f64; 2],
    /// Factors for the derivative by an input time.
    pub time: [f64; 2],
}

impl Sensitivity {
    /// All factors times `error` where `spiked`, else 0. A select, not a branch, so that loops vectorise.
    #[inline(always)]
    pub(crate) fn scaled(self, error: f64, spiked: bool) -> Self {
        let pick = |x: f64| if spiked { x * error } else { 0.0 };
        Self { weight: self.weight.map(pick), time: self.time.map(pick) }
    }
}

/// The functions of one ratio of time constants. Times in `tau_s`.
pub trait ClosedForm {
    /// `(f, g)` of an input time.
    fn basis(time: f64) -> [f64; 2];

    /// `(f, g)` of an input at `delayed` whose basis before a delay was `basis`; `factor` is `delay_factor` of that delay.
    fn delayed(basis: [f64; 2], factor: [f64; 2], delayed: f64) -> [f64; 2];

    /// Factors by which a delay changes the basis.
    fn delay_factor(delay: f64) -> [f64; 2];

    /// `g u` at an instant.
    fn membrane(sums: [f64; 2], at: Instant) -> f64;

    /// First upward crossing of `c` between two instants without input between them, if there is one.
    fn crossing(sums: [f64; 2], c: f64, from: Instant, to: Instant) -> Option<f64>;

    /// Derivatives at the spike time `time`, which is either the crossing or a measured value; 0 if the model has no upward
    /// crossing for these sums at all.
    fn sensitivity(sums: [f64; 2], c: f64, time: f64) -> Sensitivity;
}
