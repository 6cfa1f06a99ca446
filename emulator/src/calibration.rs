//! Calibrations of chip instances, measured once and kept in a cache.
//!
//! A calibration is a function of instance and targets alone: it is measured on a setup of its own, with noise of its own, so
//! that results do not depend on whether it came from the cache. Files lie in `$HXEMU_CACHE`, else `$XDG_CACHE_HOME/hxemu`, else
//! `~/.cache/hxemu`; without any of them nothing is kept. A file that cannot be used is measured anew.

use crate::bits::Bits;
use crate::experiment::{ExperimentError, Observer, Progress};
use crate::instance::Instance;
use crate::setup::in_process;
use crate::store::write_file;
use crate::version::VERSION;
use hx_calib::{CALIBRATION_VERSION, Calibration, Targets};
use hx_chip::chip::ChipConfig;
use std::path::PathBuf;

/// The calibration of an instance to targets, from the cache if it is there.
///
/// # Errors
/// When the targets cannot be met or the setup fails.
pub fn calibrated(
    instance: &Instance,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    let config = instance_config(instance);
    let file = cache_file(&config, targets);
    if let Some(calibration) = file.as_ref().and_then(|file| read(file, targets, observer)) {
        return Ok(calibration);
    }
    let calibration = measure(config, targets, observer)?;
    if let (Some(file), Ok(text)) = (file, calibration.to_text()) {
        let made = file.parent().is_none_or(|directory| std::fs::create_dir_all(directory).is_ok());
        if !made || write_file(&file, text.as_bytes()).is_err() {
            observer.remark(&format!("the calibration could not be kept in {}", file.display()));
        }
    }
    Ok(calibration)
}

/// Measures a calibration, whatever the cache holds.
///
/// # Errors
/// When the targets cannot be met or the setup fails.
pub fn measure(
    config: ChipConfig,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    targets.check().map_err(|error| ExperimentError::Config(error.to_string()))?;
    let mut session = in_process(config)?;
    let mut progress = |step: hx_calib::Progress| {
        observer.progress(&Progress {
            label: "calibration",
            done: step.done as u64,
            total: step.total as u64,
            ..Progress::default()
        });
    };
    hx_calib::calibrate(&mut session, targets, &mut progress).map_err(ExperimentError::driver)
}

/// The chip a calibration is measured on: the instance with noise that does not depend on the experiment's seed.
#[must_use]
pub fn instance_config(instance: &Instance) -> ChipConfig {
    Instance { seed: 0, ..*instance }.chip_config()
}

fn cache_file(config: &ChipConfig, targets: &Targets) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let directory = variable("HXEMU_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("hxemu")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/hxemu")))?;
    let mut key = Bits::new();
    key.bytes(VERSION.as_bytes());
    key.integer(u64::from(CALIBRATION_VERSION));
    key.bytes(ron::to_string(config).ok()?.as_bytes());
    key.bytes(ron::to_string(targets).ok()?.as_bytes());
    Some(directory.join(format!("calibration-{key}.ron")))
}

/// A calibration from the cache; nothing if there is none, or none that can be used.
fn read(file: &std::path::Path, targets: &Targets, observer: &mut dyn Observer) -> Option<Calibration> {
    let text = std::fs::read_to_string(file).ok()?;
    match Calibration::from_text(&text) {
        Ok(calibration) if calibration.targets == *targets => Some(calibration),
        Ok(_) => None,
        Err(error) => {
            observer.remark(&format!("{}: {error}; the chip is calibrated anew", file.display()));
            None
        }
    }
}
