//! Calibrations that were measured before: one file per chip and targets, found again by a fingerprint of all they depend on.
//!
//! A calibration is always measured on a chip of its own, fresh from its configuration and with noise seed 0, so that what an
//! experiment finds does not depend on whether the file was there. A file that cannot be used is measured anew, with a remark.

use crate::bits::Bits;
use crate::experiment::{ExperimentError, Observer, Progress};
use crate::setup::{identifier, in_process};
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

/// Where calibrations are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationCache {
    /// None: nothing is kept.
    directory: Option<PathBuf>,
}

impl CalibrationCache {
    /// In this directory; with none, nothing is kept.
    #[must_use]
    pub fn at(directory: Option<PathBuf>) -> CalibrationCache {
        CalibrationCache { directory }
    }

    /// In `$HXEMU_CACHE`, else `$XDG_CACHE_HOME/hxemu`, else `$HOME/.cache/hxemu`.
    #[must_use]
    pub fn from_environment() -> CalibrationCache {
        CalibrationCache::at(directory_among(|name| std::env::var_os(name)))
    }

    /// The calibration of a chip to these targets, read or else measured and kept.
    ///
    /// # Errors
    /// When the targets cannot be met by any chip, or the measurement fails. That nothing can be kept is only remarked.
    pub fn calibration(
        &self,
        chip: &ChipConfig,
        targets: &Targets,
        observer: &mut dyn Observer,
    ) -> Result<Calibration, ExperimentError> {
        let chip = ChipConfig { noise_seed: 0, ..chip.clone() };
        let file = self.directory.as_ref().map(|directory| directory.join(file_name(&chip, targets)));
        if let Some(kept) = file.as_deref().and_then(|file| read(file, &chip, targets, observer)) {
            return Ok(kept);
        }
        let calibration = measure(&mut in_process(chip)?, targets, observer)?;
        if let Some(file) = file {
            keep(&file, &calibration, observer);
        }
        Ok(calibration)
    }
}

/// Calibrates a chip and shows how far it is.
///
/// # Errors
/// When the targets cannot be met by any chip, or the setup does not do its part.
pub fn measure<S: Setup>(
    session: &mut Session<S>,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Result<Calibration, ExperimentError> {
    let calibration = calibrate(session, targets, &mut |progress| {
        let (done, total) = (progress.done as u64, progress.total as u64);
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

/// The first directory that the environment names.
fn directory_among(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let named = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("HXEMU_CACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("hxemu")))
        .or_else(|| Some(named("HOME")?.join(".cache/hxemu")))
}

/// Name of the file for a chip and targets. Debug text names every field and value of both.
fn file_name(chip: &ChipConfig, targets: &Targets) -> String {
    let mut key = Bits::new();
    key.bytes(VERSION.as_bytes());
    key.integer(CALIBRATION_VERSION.into());
    key.bytes(identifier(chip).as_bytes());
    key.bytes(format!("{chip:?}").as_bytes());
    key.bytes(format!("{targets:?}").as_bytes());
    format!("calibration-{key}.ron")
}

/// A kept calibration, if there is one that can be used.
fn read(
    file: &Path,
    chip: &ChipConfig,
    targets: &Targets,
    observer: &mut dyn Observer,
) -> Option<Calibration> {
    let unusable = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
        Ok(text) => match Calibration::from_text(&text) {
            Ok(kept) if kept.identifier == identifier(chip) && kept.targets == *targets => return Some(kept),
            Ok(_) => "it is that of another chip or of other targets".to_owned(),
            Err(error) => error.to_string(),
        },
    };
    observer.warn(&format!("{}: {unusable}; calibrating anew", file.display()));
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
            directory_among(|name| set.get(name).map(OsString::from))
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
        let cache = CalibrationCache::at(Some(directory.clone()));
        let (chip, targets) = (ChipConfig { noise_seed: 3, ..ChipConfig::with_seed(1) }, Targets::default());
        let measured = cache.calibration(&chip, &targets, &mut Silent).unwrap();
        let file = directory.join(file_name(&ChipConfig::with_seed(1), &targets));
        let text = fs::read_to_string(&file).unwrap();
        let mut listening = Listening::default();
        assert_eq!(cache.calibration(&chip, &targets, &mut listening).unwrap(), measured);
        assert_eq!(listening.0, Vec::<String>::new());
        fs::write(&file, &text[..text.len() / 3]).unwrap();
        assert_eq!(cache.calibration(&chip, &targets, &mut listening).unwrap(), measured);
        assert_eq!(listening.0.len(), 1);
        assert!(listening.0[0].ends_with("; calibrating anew"), "{}", listening.0[0]);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn without_a_place_nothing_is_kept() {
        let chip = ChipConfig::ideal();
        let nowhere = CalibrationCache::at(None);
        let measured = nowhere.calibration(&chip, &Targets::default(), &mut Silent).unwrap();
        assert!(measured.missed.is_empty());
        // A directory below a file cannot be made.
        let file = scratch("file");
        fs::write(&file, b"").unwrap();
        let mut listening = Listening::default();
        let blocked = CalibrationCache::at(Some(file.join("below")));
        assert_eq!(blocked.calibration(&chip, &Targets::default(), &mut listening).unwrap(), measured);
        assert!(listening.0.iter().any(|text| text.contains("is not kept")), "{:?}", listening.0);
        fs::remove_file(file).unwrap();
    }

    #[test]
    fn impossible_targets_are_a_wrong_configuration() {
        let targets = Targets { leak: 0.0, ..Targets::default() };
        let error =
            CalibrationCache::at(None).calibration(&ChipConfig::ideal(), &targets, &mut Silent).unwrap_err();
        assert!(matches!(error, ExperimentError::Config(_)), "{error}");
    }
}
