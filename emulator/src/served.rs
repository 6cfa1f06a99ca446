//! Chips that are served on the network: what they are, what a client may choose about them, and what it is told.

use crate::setup::identifier;
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_chip::omnibus::Diagnostics;
use hx_chip::time::Time;
use hx_host::driver::Configuration;
use hx_host::link::udp::Emulation;

/// A chip instance on the network.
#[derive(Debug, Clone)]
pub struct ServedChip {
    config: ChipConfig,
    /// Words that are on the chip when it is switched on.
    initial: Option<Configuration>,
}

impl ServedChip {
    /// The chip of this configuration, on which these words are when it is switched on.
    #[must_use]
    pub fn new(config: ChipConfig, initial: Option<Configuration>) -> ServedChip {
        ServedChip { config, initial }
    }

    /// The configuration a client asks for, if it is that of this chip: the realisation of the noise and how exactly amplifiers
    /// are followed are no property of an instance.
    fn chosen(&self, settings: &str) -> Result<ChipConfig, String> {
        if settings.is_empty() {
            return Ok(self.config.clone());
        }
        let asked = config_of_text(settings)?;
        let ChipConfig { noise_seed, amplifiers, .. } = asked;
        let mut own = ChipConfig { noise_seed, amplifiers, ..self.config.clone() };
        if own.mismatch == Fidelity::Ideal {
            // Nothing deviates, so any seed means the same chip.
            own.chip_seed = asked.chip_seed;
        }
        if own == asked {
            return Ok(own);
        }
        let (served, asked) = (identifier(&self.config), identifier(&asked));
        Err(match served == asked {
            true => format!("{served} is served with other constants of the model"),
            false => format!("{served} is served here, not {asked}; choose it by --chip-seed or --ideal"),
        })
    }
}

/// A configuration as a served setup and its client exchange it.
///
/// # Errors
/// When the text is none.
pub fn config_of_text(text: &str) -> Result<ChipConfig, String> {
    ron::from_str(text).map_err(|error| format!("chip configuration {error}"))
}

/// The text of a configuration, or of what a chip noted.
#[must_use]
pub fn text_of<T: serde::Serialize>(value: &T) -> String {
    // Plain data with names: RON writes all of it.
    ron::to_string(value).unwrap_or_default()
}

/// What a served chip noted.
///
/// # Errors
/// When the text is none.
pub fn diagnostics_of_text(text: &str) -> Result<Diagnostics, String> {
    ron::from_str(text).map_err(|error| format!("diagnostics {error}"))
}

impl Emulation for ServedChip {
    type Device = Chip;

    fn power_up(&mut self, settings: &str) -> Result<Chip, String> {
        let mut chip = Chip::new(self.chosen(settings)?);
        for (address, word) in self.initial.iter().flat_map(Configuration::words) {
            if address >> 31 == 0 {
                chip.write(Time::ZERO, address, word, 15);
            }
        }
        Ok(chip)
    }

    fn describe(&self) -> String {
        text_of(&self.config)
    }

    fn report(&self, chip: &Chip) -> String {
        text_of(chip.diagnostics())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_choose_the_noise_and_not_the_chip() {
        let mut served = ServedChip::new(ChipConfig::with_seed(3), None);
        let other_noise = ChipConfig { noise_seed: 8, ..ChipConfig::with_seed(3) };
        assert_eq!(served.chosen(&text_of(&other_noise)).unwrap(), other_noise);
        assert_eq!(served.chosen("").unwrap(), ChipConfig::with_seed(3));
        let error = served.power_up(&text_of(&ChipConfig::with_seed(4))).err().unwrap();
        assert!(error.starts_with("hxemu-chip-3 is served here, not hxemu-chip-4"), "{error}");
        assert!(served.power_up("(chip_sed: 3)").is_err());
        assert_eq!(config_of_text(&served.describe()).unwrap(), ChipConfig::with_seed(3));
        assert_eq!(diagnostics_of_text(&text_of(&Diagnostics::default())).unwrap(), Diagnostics::default());
    }
}
