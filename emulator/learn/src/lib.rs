//! Learning with first spike times: data sets, spike coding, exact derivatives of spike times by weights, input times and
//! delays, losses, optimisers and the training step that software and in-the-loop training share. Knows no chip: it is given
//! spike times and returns weights.
//!
//! Units: every time is in synaptic time constants `tau_s` (6 us on the chip), every weight in the model's own unit
//! (`WeightGrid` turns it into the chip's integers), a missing spike is `f64::INFINITY`. The network model is that of
//! Goeltz, Kriener et al., Nat. Mach. Intell. 3 (2021), with the delays of Goeltz et al., Nat. Commun. 16 (2025).
//! Start reading at [`training`], which joins the other modules; [`gradient`] holds the closed forms.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod coding;
pub mod configuration;
pub mod data;
pub mod error;
mod exponential;
pub mod gradient;
pub mod loss;
pub mod matrix;
pub mod network;
pub mod optimiser;
mod propagation;
mod random;
pub mod safeguards;
pub mod software;
pub mod spikes;
pub mod training;

pub use configuration::Configuration;
pub use error::LearnError;
pub use loss::Loss;
pub use matrix::Matrix;
pub use network::{Network, NetworkSpec};
pub use propagation::{BatchGradient, LayerGradient, batch_gradient};
pub use spikes::{Observed, SpikeTimes};
pub use training::{StepReport, Trainer, TrainingSpec};
