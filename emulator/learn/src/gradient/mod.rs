//! First spike times of a leaky integrate-and-fire neuron with exponential synaptic currents, and their exact derivatives.
//!
//! With input spikes `t_i` and weights `w_i` the membrane is `g u(t) = sum w_i k(t - t_i)`, and the neuron spikes when it
//! first reaches `c = g (theta - E_l)`. For `tau_m = tau_s` and `tau_m = 2 tau_s` the kernel `k` separates into two basis
//! functions of `t_i`, so that two running sums over the inputs hold all there is to know, and the crossing has a closed form
//! (Goeltz, Kriener et al. 2021; Goeltz et al. 2025). [`closed_form`] states what the two cases have in common, [`causal`]
//! searches the inputs that come before the spike, [`layer`] does both directions for a layer and [`delay`] adds delays.

pub mod causal;
pub mod closed_form;
pub mod delay;
pub mod double_tau;
pub mod equal_tau;
pub mod lambert_w;
pub mod layer;

pub use causal::{first_spike, neuron_derivatives};
pub use closed_form::{NeuronModel, TauRatio};
