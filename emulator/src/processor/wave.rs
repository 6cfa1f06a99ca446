//! The instruction trace as a waveform: program counter and word of what issues, and the registers as they change.

use super::recorder::Follower;
use hx_chip::ppu::ports::Issue;
use hx_chip::ppu::{Effect, EffectKind, SpecialRegister};
use hx_trace::waveform::{Scope, Signal, Waveform, WaveformError};
use std::path::Path;

/// Signals before the general registers.
const PC: usize = 0;
const WORD: usize = 1;
const UNIT: usize = 2;
const SPECIAL: usize = 3;
const GENERAL: usize = SPECIAL + SpecialRegister::ALL.len();
const VECTOR: usize = GENERAL + 32;

/// Writes a waveform as the instructions issue.
pub struct Wave {
    file: Waveform,
    period_ps: u64,
    error: Option<WaveformError>,
}

fn signal(name: impl Into<String>, width: u32) -> Signal {
    Signal { name: name.into(), width }
}

fn scopes() -> Vec<Scope> {
    let mut core = vec![signal("pc", 32), signal("word", 32), signal("unit", 3)];
    core.extend(SpecialRegister::ALL.iter().map(|register| signal(register.name(), 32)));
    let general = (0..32).map(|number| signal(format!("r{number}"), 32)).collect();
    let vectors = (0..32).map(|number| signal(format!("v{number}"), 1024)).collect();
    [("issue", core), ("general", general), ("vector", vectors)]
        .map(|(name, signals)| Scope { name: name.to_owned(), signals })
        .into()
}

impl Wave {
    /// Makes the file; its name decides between VCD and FST. `period_ps` is that of the core's clock.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, program: &str, period_ps: u64) -> Result<Wave, WaveformError> {
        let mut file = Waveform::create(path, program, &scopes())?;
        for register in 0..GENERAL + 64 {
            file.change(0, register, &[0])?;
        }
        Ok(Wave { file, period_ps, error: None })
    }

    /// Completes the file.
    ///
    /// # Errors
    /// The first error of the whole waveform.
    pub fn finish(self) -> Result<(), WaveformError> {
        match self.error {
            Some(error) => Err(error),
            None => self.file.finish(),
        }
    }

    fn change(&mut self, cycle: u64, signal: usize, value: &[u8]) {
        if self.error.is_none() {
            self.error = self.file.change(cycle * self.period_ps, signal, value).err();
        }
    }
}

impl Follower for Wave {
    fn issue(&mut self, issue: &Issue) {
        self.change(issue.cycle, PC, &issue.address.to_be_bytes());
        self.change(issue.cycle, WORD, &issue.word.to_be_bytes());
        self.change(issue.cycle, UNIT, &[issue.unit as u8]);
    }

    fn effect(&mut self, effect: &Effect) {
        match &effect.kind {
            EffectKind::General { register, value } => {
                self.change(effect.cycle, GENERAL + usize::from(*register), &value.to_be_bytes());
            }
            EffectKind::Special { register, value } => {
                self.change(effect.cycle, SPECIAL + *register as usize, &value.to_be_bytes());
            }
            EffectKind::Vector { register, value } => {
                self.change(effect.cycle, VECTOR + usize::from(*register), value.bytes());
            }
            _ => {}
        }
    }

    fn wants_effects(&self) -> bool {
        true
    }
}
