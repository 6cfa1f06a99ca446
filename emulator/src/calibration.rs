//! Calibrations of chip instances, measured once and kept in a cache.
//!
//! A calibration is a function of instance and targets alone: it is measured on a setup of its own, with noise of its own, so
//! that results do not depend on whether it came from the cache. Files lie in `$HXEMU_CACHE`, else `$XDG_CACHE_HOME/hxemu`, else
//! `~/.cache/hxemu`; without any of them nothing is kept. A file that cannot be used is measured anew, with a warning.

use crate::bits::Bits;
use crate::experiment::{ExperimentError, Observer, Progress};
use crate::instance::Instance;
use crate::setup::{identifier, open};
use crate::store::write_file;
use crate::version::VERSION;
use hx_calib::{CALIBRATION_VERSION, Calibration, CalibrationError, Targets, calibrate};
use hx_chip::chip::ChipConfig;
use hx_host::driver::Session;
use hx_host::setup::Setup;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The calibration of an instance to targets, from the cache if it is there.
///
/// # Errors
/// When the targets cannot be met or the setup fails. That nothing can be kept is only remarked.
pub fn calibrated(
    instance: &Instance,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    calibrated_in(cache_directory(|name| std::env::var_os(name)), instance, targets, observer)
}

fn calibrated_in(
    directory: Option<PathBuf>,
    instance: &Instance,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    let config = instance_config(instance);
    let file = directory.map(|directory| directory.join(file_name(&config, targets)));
    if let Some(kept) = file.as_deref().and_then(|file| read(file, &config, targets, observer)) {
        return Ok(kept);
    }
    let calibration = measure(&mut open(config, instance.served)?, targets, observer)?;
    if let Some(file) = file {
        keep(&file, &calibration, observer);
    }
    Ok(calibration)
}

/// Measures a calibration, whatever the cache holds.
///
/// # Errors
/// When the targets cannot be met or the setup fails.
pub fn measure<S: Setup>(
    session: &mut Session<S>,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    let calibration = calibrate(session, targets, &mut |step| {
        let (done, total) = (step.done as u64, step.total as u64);
        observer.progress(&Progress { label: "calibration", done, total, ..Progress::default() });
    });
    Ok(calibration?)
}

impl From<CalibrationError> for ExperimentError {
    fn from(error: CalibrationError) -> ExperimentError {
        match error {
            CalibrationError::Targets(error) => ExperimentError::Config(error.to_string()),
            CalibrationError::Driver(error) => ExperimentError::Driver(error),
            error => ExperimentError::driver(error),
        }
    }
}

/// The chip a calibration is measured on: the instance with noise that does not depend on the experiment's seed.
#[must_use]
pub fn instance_config(instance: &Instance) -> ChipConfig {
    Instance { seed: 0, ..*instance }.chip_config()
}

/// The first directory that the environment names.
fn cache_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let named = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("HXEMU_CACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("hxemu")))
        .or_else(|| Some(named("HOME")?.join(".cache/hxemu")))
}

/// Name of the file for a chip and targets. Debug text names every field and value of both.
fn file_name(config: &ChipConfig, targets: &Targets) -> String {
    let mut key = Bits::new();
    key.bytes(VERSION.as_bytes());
    key.integer(CALIBRATION_VERSION.into());
    key.bytes(identifier(config).as_bytes());
    key.bytes(format!("{config:?}").as_bytes());
    key.bytes(format!("{targets:?}").as_bytes());
    format!("calibration-{key}.ron")
}

/// A calibration from the cache; nothing if there is none, or none that can be used.
fn read(
    file: &Path,
    config: &ChipConfig,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Option<Calibration> {
    let unusable = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
        Ok(text) => match Calibration::from_text(&text) {
            Ok(kept) if kept.identifier == identifier(config) && kept.targets == *targets => {
                return Some(kept);
            }
            Ok(_) => "it is that of another chip or of other targets".to_owned(),
            Err(error) => error.to_string(),
        },
    };
    observer.warn(&format!("{}: {unusable}; the chip is calibrated anew", file.display()));
    None
}

fn keep(file: &Path, calibration: &Calibration, observer: &mut dyn Observer) {
    let kept = || -> Result<(), String> {
        let text = calibration.to_text().map_err(|error| error.to_string())?;
        let directory = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        write_file(file, text.as_bytes()).map_err(|error| error.to_string())
    };
    if let Err(message) = kept() {
        observer.remark(&format!("the calibration is not kept: {message}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Silent;
    use std::collections::BTreeMap;

    /// Remembers warnings.
    #[derive(Default)]
    struct Listening(Vec<String>);

    impl Observer for Listening {
        fn progress(&mut self, _: &Progress) {}
        fn remark(&mut self, text: &str) {
            self.0.push(text.to_owned());
        }
        fn warn(&mut self, text: &str) {
            self.0.push(text.to_owned());
        }
    }

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("hxemu-cache-{name}-{}", std::process::id()))
    }

    #[test]
    fn the_environment_names_the_directory() {
        let with = |set: &[(&str, &str)]| {
            let set: BTreeMap<_, _> = set.iter().copied().collect();
            cache_directory(|name| set.get(name).map(OsString::from))
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("HOME", "/h")]), Some("/h/.cache/hxemu".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]), Some("/x/hxemu".into()));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "")]), Some("/h/.cache/hxemu".into()));
        assert_eq!(with(&[("HXEMU_CACHE", "/c"), ("XDG_CACHE_HOME", "/x")]), Some("/c".into()));
    }

    #[test]
    fn files_differ_with_all_they_depend_on() {
        let targets = Targets::default();
        let faster = Targets { tau_mem_us: 5.0, ..Targets::default() };
        let names = [
            file_name(&ChipConfig::with_seed(0), &targets),
            file_name(&ChipConfig::with_seed(1), &targets),
            file_name(&ChipConfig::ideal(), &targets),
            file_name(&ChipConfig::with_seed(0), &faster),
        ];
        let mut distinct = names.to_vec();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn a_damaged_file_is_replaced() {
        let directory = scratch("damaged");
        let (instance, targets) = (Instance { chip_seed: 1, ..Instance::default() }, Targets::default());
        let get = |seed, observer: &mut dyn Observer| {
            calibrated_in(Some(directory.clone()), &Instance { seed, ..instance }, &targets, observer)
                .unwrap()
        };
        let measured = get(3, &mut Silent);
        let file = directory.join(file_name(&ChipConfig::with_seed(1), &targets));
        let text = fs::read_to_string(&file).unwrap();
        let mut listening = Listening::default();
        assert_eq!(get(4, &mut listening), measured, "the seed of an experiment does not matter");
        assert_eq!(listening.0, Vec::<String>::new());
        fs::write(&file, &text[..text.len() / 3]).unwrap();
        assert_eq!(get(3, &mut listening), measured);
        assert_eq!(listening.0.len(), 1);
        assert!(listening.0[0].ends_with("; the chip is calibrated anew"), "{}", listening.0[0]);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn without_a_place_nothing_is_kept() {
        let ideal = Instance { ideal: true, ..Instance::default() };
        let get = |directory, observer: &mut dyn Observer| {
            calibrated_in(directory, &ideal, &Targets::default(), observer).unwrap()
        };
        let measured = get(None, &mut Silent);
        assert!(measured.missed.is_empty());
        // A directory below a file cannot be made.
        let file = scratch("file");
        fs::write(&file, b"").unwrap();
        let mut listening = Listening::default();
        assert_eq!(get(Some(file.join("below")), &mut listening), measured);
        assert!(listening.0.iter().any(|text| text.contains("is not kept")), "{:?}", listening.0);
        fs::remove_file(file).unwrap();
    }

    #[test]
    fn impossible_targets_are_a_wrong_configuration() {
        let targets = Targets { leak: 0.0, ..Targets::default() };
        let error = calibrated_in(None, &Instance::default(), &targets, &mut Silent).unwrap_err();
        assert!(matches!(error, ExperimentError::Config(_)), "{error}");
    }
}
