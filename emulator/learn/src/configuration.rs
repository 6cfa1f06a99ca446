//! The published Yin-Yang configurations, as data: those of Goeltz, Kriener et al. 2021 (JulianGoeltz/fastAndDeep v1.0.0:
//! experiment_configs) and those of DelGrad 2025 (JulianGoeltz/fastAndDeep: experiment_configs).

use crate::coding::{BiasSpike, TimeCode};
use crate::gradient::delay::{DelayKind, Positivity};
use crate::gradient::{NeuronModel, TauRatio};
use crate::loss::Loss;
use crate::network::{DelaySpec, LayerSpec, NetworkSpec, Normal, WeightGrid};
use crate::optimiser::StepLr;
use crate::training::TrainingSpec;
use serde::{Deserialize, Serialize};

/// Everything that defines a training beside data and seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// How features become spike times.
    pub code: TimeCode,
    /// The network.
    pub network: NetworkSpec,
    /// The schedule.
    pub training: TrainingSpec,
}

const SCHEDULE: StepLr = StepLr { gamma: 0.95, every: 20 };
const BIAS_TIME: f64 = 0.9;

fn layer(neurons: usize, copies: usize, bias_copies: usize, initial: (f64, f64)) -> LayerSpec {
    let bias = (bias_copies > 0).then_some(BiasSpike { time: BIAS_TIME, copies: bias_copies });
    let (mean, deviation) = initial;
    LayerSpec { neurons, copies, bias, initial: Normal { mean, deviation }, delays: None }
}

fn training(batch: usize, epochs: u32, rate: f64, loss: Loss, allowed_missing: [f64; 2]) -> TrainingSpec {
    TrainingSpec {
        batch,
        epochs,
        weight_rate: rate,
        delay_rate: rate,
        schedule: SCHEDULE,
        loss,
        max_dw_norm: Some(0.2),
        allowed_missing: allowed_missing.to_vec(),
        bump_start: 0.0005,
    }
}

/// "YY sim" of 2021: 4(+1)-120(+1)-3 in full precision, 300 epochs (test accuracy of the stored run 96.0 %).
#[must_use]
pub fn yin_yang_simulation() -> Configuration {
    Configuration {
        code: TimeCode::PUBLISHED,
        network: NetworkSpec {
            inputs: 4,
            model: NeuronModel { tau: TauRatio::Equal, c: 1.0 },
            grid: None,
            layers: vec![layer(120, 1, 1, (1.5, 0.8)), layer(3, 1, 1, (0.5, 0.8))],
        },
        training: training(150, 300, 0.005, Loss::PUBLISHED_TTFS, [0.3, 0.0]),
    }
}

/// "YY chip" of 2021: every input and the bias on 5 rows, 120 hidden neurons, 3 outputs, 6-bit weights, 200 epochs. The threshold
/// is the one the published backward pass assumes (leak 0.70, threshold 1.08, conductance 4).
#[must_use]
pub fn yin_yang_chip() -> Configuration {
    Configuration {
        code: TimeCode::PUBLISHED,
        network: NetworkSpec {
            inputs: 4,
            model: NeuronModel { tau: TauRatio::Equal, c: 1.52 },
            grid: Some(WeightGrid::PUBLISHED),
            layers: vec![layer(120, 5, 5, (0.100, 0.12)), layer(3, 1, 0, (0.075, 0.15))],
        },
        training: training(40, 200, 0.002, Loss::PUBLISHED_TTFS, [0.3, 0.05]),
    }
}

/// The chip configuration with initial weights that are spread more widely, which is not published; everything else as published.
/// The hidden neurons then differ from the start, and 40 epochs give more than 200 from the published values do (software twin, 3 %
/// threshold spread: 95.3 % against 93.7 %; see `tests/software_training.rs`).
#[must_use]
pub fn yin_yang_chip_wide() -> Configuration {
    let mut configuration = yin_yang_chip();
    configuration.network.layers[0].initial = Normal { mean: 0.45, deviation: 0.8 };
    configuration.network.layers[1].initial = Normal { mean: 0.3, deviation: 0.8 };
    configuration
}

/// The software configurations of DelGrad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DelGrad {
    /// Weights only.
    W,
    /// Axonal delays.
    Wa,
    /// Dendritic delays.
    Wd,
    /// Synaptic delays.
    Ws,
    /// Synaptic delays, 5 hidden neurons.
    H5Ws,
}

fn with_delays(mut spec: LayerSpec, kind: DelayKind, deviation: f64, positivity: Positivity) -> LayerSpec {
    spec.delays = Some(DelaySpec { kind, initial: Normal { mean: 0.0, deviation }, positivity });
    spec
}

/// A software configuration of DelGrad: 4-30-3 (or 4-5-3), `tau_m = 2 tau_s`, 300 epochs.
#[must_use]
pub fn delgrad(which: DelGrad) -> Configuration {
    let (kind, initial, rate, delay_rate) = match which {
        DelGrad::W => (None, (0.5, 1.0), 0.02, 0.0),
        DelGrad::Wa => (Some(DelayKind::Axonal), (1.0, 1.0), 0.005, 0.005),
        DelGrad::Wd => (Some(DelayKind::Dendritic), (1.0, 1.0), 0.01, 0.003),
        DelGrad::Ws => (Some(DelayKind::Synaptic), (1.0, 1.0), 0.01, 0.003),
        DelGrad::H5Ws => (Some(DelayKind::Synaptic), (1.0, 1.0), 0.015, 0.01),
    };
    let hidden = if which == DelGrad::H5Ws { 5 } else { 30 };
    let rule = Positivity::Sigmoid { shift: 0.0, scale: 1.0 };
    let delayed = |spec| kind.map_or(spec, |k| with_delays(spec, k, 0.25, rule));
    let layers = vec![delayed(layer(hidden, 1, 0, initial)), delayed(layer(3, 1, 0, initial))];
    Configuration {
        code: TimeCode::PUBLISHED,
        network: NetworkSpec {
            inputs: 4,
            model: NeuronModel { tau: TauRatio::Double, c: 0.5 },
            grid: None,
            layers,
        },
        training: TrainingSpec {
            delay_rate,
            ..training(150, 300, rate, Loss::ShiftInvariant { delta: 0.2 }, [0.3, 0.0])
        },
    }
}

/// The hardware-aware simulation of DelGrad: inputs on 5 rows, 30 hidden neurons, 6-bit weights, axonal delays of 2 to 3.5 `tau_s`
/// if `delays`; 300 epochs. Its noise is [`crate::software::Substrate::hardware_aware`].
#[must_use]
pub fn hardware_aware(delays: bool) -> Configuration {
    let rule = Positivity::Sigmoid { shift: 2.0, scale: 1.5 };
    let delayed = |spec| if delays { with_delays(spec, DelayKind::Axonal, 0.5, rule) } else { spec };
    let layers = vec![delayed(layer(30, 5, 0, (1.0, 0.12))), delayed(layer(3, 1, 0, (0.075, 0.15)))];
    Configuration {
        code: TimeCode::PUBLISHED,
        network: NetworkSpec {
            inputs: 4,
            model: NeuronModel { tau: TauRatio::Equal, c: 2.6 },
            grid: Some(WeightGrid::PUBLISHED),
            layers,
        },
        training: training(40, 300, 0.002, Loss::ShiftInvariant { delta: 0.3 }, [0.05, 0.05]),
    }
}
