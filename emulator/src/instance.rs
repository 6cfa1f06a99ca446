//! Which chip a command works on.

use hx_chip::chip::{Amplifiers, ChipConfig, Fidelity};
use hx_host::link::udp::UdpTarget;

/// A chip instance and the realisation of its noise, as the flags of every verb choose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Instance {
    /// `--seed`: picks everything random beside the chip itself: data, initial weights, temporal noise.
    pub seed: u64,
    /// `--chip-seed`: picks the fixed-pattern mismatch.
    pub chip_seed: u64,
    /// `--ideal`: neither mismatch nor noise.
    pub ideal: bool,
    /// Amplifiers of the neurons: what an experiment asks for, no flag.
    pub amplifiers: Amplifiers,
    /// `--connect`: where the chip is served; nothing for one in this process.
    pub served: Option<UdpTarget>,
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
            amplifiers: self.amplifiers,
            ..ChipConfig::default()
        }
    }
}
