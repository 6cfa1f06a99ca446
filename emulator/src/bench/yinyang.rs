//! The Yin-Yang network on a calibrated chip: inference alone, and a training epoch with the chip in the loop. Everything is
//! included: playback streams, routing, spikes back, decoding; for training also the gradient and the weight writes.

use super::{Pass, Setting, Work, Workload};
use crate::bits::Bits;
use crate::experiment::yin_yang::{History, InTheLoop, Prepared, Sets, YinYangConfig, prepare};
use crate::experiment::{ExperimentError, Silent};
use hx_chip::time::Time;

/// Inference.
pub const INFERENCE: Workload = Workload {
    name: "yinyang-inference",
    unit: "samples/s",
    detail: "4(x5)-120-3 Yin-Yang network on a calibrated chip, 1000 test samples of 180 us, playback and decoding included",
    parallel: true,
    goal: 50_000.0,
    floor: 100.0,
    prepare: |setting| start(setting, false),
    peer: None,
};

/// Training.
pub const TRAINING: Workload = Workload {
    name: "yinyang-training",
    unit: "samples/s",
    detail: "one epoch of 5000 samples in batches of 40, gradient and weight writes included",
    parallel: true,
    goal: 10_000.0,
    floor: 50.0,
    prepare: |setting| start(setting, true),
    peer: None,
};

struct YinYangPass {
    prepared: Option<Prepared>,
    config: YinYangConfig,
    sets: Sets,
    seed: u64,
    trains: bool,
}

fn start(setting: &Setting, trains: bool) -> Result<Box<dyn Pass>, ExperimentError> {
    let config = YinYangConfig::default();
    let mut prepared = prepare(&config, &setting.instance, &mut Silent)?;
    prepared.network.write_weights(&prepared.trainer.network).map_err(ExperimentError::driver)?;
    let sets = config.sets();
    Ok(Box::new(YinYangPass { prepared: Some(prepared), config, sets, seed: setting.instance.seed, trains }))
}

impl Pass for YinYangPass {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        let Some(prepared) = self.prepared.take() else {
            return Err(ExperimentError::Failed("an earlier pass failed".to_owned()));
        };
        let mut silent = Silent;
        let mut running = InTheLoop {
            network: prepared.network,
            trainer: prepared.trainer,
            code: self.config.learning.code,
            seed: self.seed,
            bits: Bits::new(),
            observer: &mut silent,
        };
        let set = if self.trains { &self.sets.train } else { &self.sets.test };
        if self.trains {
            running.epoch(set, &mut History::default()).map_err(ExperimentError::driver)?;
        } else {
            running.evaluate(set).map_err(ExperimentError::driver)?;
        }
        let window_us = self.config.timing.window_tau * self.config.timing.tau_us;
        let chip_time = Time::from_us_f64(window_us * set.len() as f64);
        self.prepared = Some(Prepared {
            network: running.network,
            trainer: running.trainer,
            calibrated_neurons: prepared.calibrated_neurons,
        });
        Ok(Work { amount: set.len() as f64, chip_time })
    }
}
