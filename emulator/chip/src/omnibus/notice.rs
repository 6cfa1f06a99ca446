//! Features of the chip whose registers store and read back but which have no effect in the emulator yet. Asking for one is
//! recorded once per feature in [`Diagnostics`](super::Diagnostics), so that nobody mistakes silence for a result. A feature that
//! gets a model loses its row here.

use super::layout::Slot;
use super::synram::{ColumnSwitch, Synram};
use hx_isa::field;
use hx_isa::regmap::Value;

/// One feature and what asks for it.
pub(super) struct Notice {
    /// Its name, as a user would look for it.
    pub(super) feature: &'static str,
    /// Register values other than zero.
    values: &'static [Value],
    /// Closed column switches.
    switches: &'static [ColumnSwitch],
}

const NONE: Notice = Notice { feature: "", values: &[], switches: &[] };

/// The features.
pub(super) const NOTICES: &[Notice] = &[
    Notice {
        feature: "readout of synapse drivers (SynapseDriverConfig.enable_readout)",
        values: &[field!(SynapseDriverConfig.enable_readout)],
        ..NONE
    },
    Notice {
        feature: "fires from the right neighbour (NeuronBackendConfig.connect_fire_from_right), broken on this revision",
        values: &[field!(NeuronBackendConfig.connect_fire_from_right)],
        ..NONE
    },
    Notice {
        feature: "stimulus current (CurrentDAC.enable_current, NeuronConfig.enable_unbuffered_access)",
        values: &[field!(CurrentDAC.enable_current), field!(NeuronConfig.enable_unbuffered_access)],
        ..NONE
    },
    Notice {
        feature: "clock self test (PLLSelfTest.clock_enable)",
        values: &[field!(PLLSelfTest.clock_enable)],
        ..NONE
    },
];

/// Bits of a word of a container that ask for some feature when set.
pub(super) fn mask(container: usize, word: usize) -> u32 {
    NOTICES.iter().map(|notice| notice.mask(container, word)).fold(0, |all, bits| all | bits)
}

/// Features that a register word with this content asks for.
pub(super) fn of_word(slot: Slot, content: u32) -> impl Iterator<Item = usize> {
    which(move |notice| content & notice.mask(slot.container(), slot.word()) != 0)
}

/// Features that the switches of a quad of columns ask for.
pub(super) fn of_columns(synram: &Synram, quad: u8) -> impl Iterator<Item = usize> {
    which(move |notice| notice.switches.iter().any(|&switch| synram.any_switch(switch, quad)))
}

fn which(asks: impl Fn(&Notice) -> bool) -> impl Iterator<Item = usize> {
    NOTICES.iter().enumerate().filter(move |(_, notice)| asks(notice)).map(|(number, _)| number)
}

impl Notice {
    fn mask(&self, container: usize, word: usize) -> u32 {
        let here = self.values.iter().filter(|value| value.container_index() == container);
        here.map(|value| value.word_mask(word)).fold(0, |all, bits| all | bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quiet_at_reset_and_by_default() {
        for value in NOTICES.iter().flat_map(|notice| notice.values) {
            assert_eq!(value.default(), 0, "{}", value.name());
            let words = vec![0; usize::from(value.container().words)];
            assert_eq!(value.get(&words), 0, "{} is not stored inverted", value.name());
        }
    }

    #[test]
    fn every_row_has_a_name_and_a_cause() {
        for notice in NOTICES {
            assert!(!notice.feature.is_empty());
            assert!(!notice.values.is_empty() || !notice.switches.is_empty());
        }
    }
}
