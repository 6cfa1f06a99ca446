//! Which chip a command works on, and how it comes to be in this process.

use crate::version::VERSION;
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::setup::SetupError;

/// A chip instance and the realisation of its noise, as the flags of every verb choose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Instance {
    /// `--seed`: picks the temporal noise.
    pub seed: u64,
    /// `--chip-seed`: picks the fixed-pattern mismatch.
    pub chip_seed: u64,
    /// `--ideal`: neither of them.
    pub ideal: bool,
}

impl Instance {
    /// The configuration of the chip.
    #[must_use]
    pub fn chip_config(&self) -> ChipConfig {
        let fidelity = if self.ideal { Fidelity::Ideal } else { Fidelity::Real };
        ChipConfig {
            chip_seed: self.chip_seed,
            noise_seed: self.seed,
            mismatch: fidelity,
            noise: fidelity,
            ..ChipConfig::default()
        }
    }

    /// Names what a calibration depends on: the instance and the model, not the noise.
    #[must_use]
    pub fn identifier(&self) -> String {
        let chip = if self.ideal { "ideal".to_owned() } else { self.chip_seed.to_string() };
        format!("hxemu-{VERSION}-chip-{chip}")
    }

    /// A fresh chip with its FPGA, in this process.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn setup(&self) -> Result<MemoryLink<Chip>, SetupError> {
        let chip = Chip::new(self.chip_config());
        MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), chip, self.identifier())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideal_chips_share_a_calibration_and_others_do_not() {
        let instance = |chip_seed, ideal| Instance { seed: 1, chip_seed, ideal };
        assert_eq!(instance(1, true).identifier(), instance(2, true).identifier());
        assert_ne!(instance(1, false).identifier(), instance(2, false).identifier());
        assert_eq!(instance(1, false).identifier(), Instance { seed: 2, ..instance(1, false) }.identifier());
        assert_ne!(instance(1, false).identifier(), instance(1, true).identifier());
    }
}
