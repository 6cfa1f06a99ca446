//! From the raw words of the event network's registers to the values its blocks work with. The field positions are those of the
//! register table; this file only says which field is which value.

use super::background::BackgroundConfig;
use super::crossbar_config::{CrossbarConfig, NodeConfig, OutputConfig};
use super::padi::{PadiBusConfig, PadiEvent, PadiTrigger};
use super::topology::NODES;
use hx_isa::{field, fields};

impl NodeConfig {
    /// From the word of a `CrossbarNode`.
    #[must_use]
    pub fn from_word(word: u32) -> NodeConfig {
        let words = [word];
        NodeConfig {
            mask: field!(CrossbarNode.mask).get(&words) as u16,
            target: field!(CrossbarNode.target).get(&words) as u16,
            enable_drop_counter: field!(CrossbarNode.enable_drop_counter).is_set(&words),
        }
    }
}

impl OutputConfig {
    /// From the word of `CrossbarOutputConfig`.
    #[must_use]
    pub fn from_word(word: u32) -> OutputConfig {
        OutputConfig {
            enable_slow: field!(CrossbarOutputConfig.enable_slow).get(&[word]) as u8,
            enable_event_counter: field!(CrossbarOutputConfig.enable_event_counter).get(&[word]) as u16,
        }
    }
}

impl CrossbarConfig {
    /// From the words of all nodes in node order (missing ones as after reset), of the output configuration, and the PADI bus
    /// configurations of the top and bottom hemisphere.
    #[must_use]
    pub fn from_words(nodes: &[u32], outputs: u32, padi: [PadiBusConfig; 2]) -> CrossbarConfig {
        let mut configs = [NodeConfig::PASS_ALL; NODES];
        configs.iter_mut().zip(nodes).for_each(|(config, &word)| *config = NodeConfig::from_word(word));
        let enable_spl1 = padi[0].enable_spl1 | padi[1].enable_spl1 << 4;
        CrossbarConfig::new(&configs, OutputConfig::from_word(outputs), enable_spl1)
    }
}

impl BackgroundConfig {
    /// From the three words of a `BackgroundSpikeSource`.
    #[must_use]
    pub fn from_words(words: &[u32; 3]) -> BackgroundConfig {
        BackgroundConfig {
            enable: field!(BackgroundSpikeSource.enable).is_set(words),
            enable_random: field!(BackgroundSpikeSource.enable_random).is_set(words),
            period: field!(BackgroundSpikeSource.period).get(words) as u16,
            seed: field!(BackgroundSpikeSource.seed).get(words),
            mask: field!(BackgroundSpikeSource.mask).get(words) as u8,
            rate: field!(BackgroundSpikeSource.rate).get(words) as u8,
            neuron_label: field!(BackgroundSpikeSource.neuron_label).get(words) as u16,
        }
    }
}

impl PadiTrigger {
    /// From the word written to `PADIEvent`.
    #[must_use]
    pub fn from_word(word: u32) -> PadiTrigger {
        let words = [word];
        PadiTrigger {
            buses: field!(PADIEvent.fire_bus).get(&words) as u8,
            event: PadiEvent {
                row_select: field!(PADIEvent.row_select_address).get(&words) as u8,
                synapse_label: field!(PADIEvent.event_address).get(&words) as u8,
            },
        }
    }
}

impl PadiBusConfig {
    /// From the word of `CommonPADIBusConfig`.
    #[must_use]
    pub fn from_word(word: u32) -> PadiBusConfig {
        let words = [word];
        let extensions = fields!(CommonPADIBusConfig.dacen_pulse_extension; 4);
        PadiBusConfig {
            enable_spl1: field!(CommonPADIBusConfig.enable_spl1).get(&words) as u8,
            enable_extended_timing: field!(CommonPADIBusConfig.enable_extended_timing).get(&words) as u8,
            dacen_pulse_extension: extensions.map(|value| value.get(&words) as u8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_word_holds_mask_target_and_counter() {
        let node = NodeConfig::from_word(0x8000_0000 | 0x2abc << 16 | 0x3def);
        assert_eq!(node, NodeConfig { mask: 0x3def, target: 0x2abc, enable_drop_counter: true });
        assert_eq!(NodeConfig::from_word(0), NodeConfig::PASS_ALL);
        assert_eq!(NodeConfig::from_word(1 << 16), NodeConfig::DROP_ALL);
    }

    #[test]
    fn all_zero_words_are_the_reset_state_of_the_crossbar() {
        assert_eq!(
            CrossbarConfig::from_words(&[0; NODES], 0, [PadiBusConfig::default(); 2]),
            CrossbarConfig::default()
        );
    }

    #[test]
    fn output_bits_are_split_as_documented() {
        let outputs = OutputConfig::from_word(0b1010_0000_0001_0110);
        assert_eq!(outputs, OutputConfig { enable_slow: 0b0110, enable_event_counter: 0b1010_0000_0001 });
    }

    #[test]
    fn background_words_hold_all_settings() {
        let config =
            BackgroundConfig::from_words(&[0x1234_0003, 0xdead_beef, 0x2345 << 16 | 0x67 << 8 | 0x89]);
        let expected = BackgroundConfig {
            enable: true,
            enable_random: true,
            period: 0x1234,
            seed: 0xdead_beef,
            mask: 0x89,
            rate: 0x67,
            neuron_label: 0x2345,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn a_padi_trigger_names_buses_row_select_and_label() {
        // Bits 3:0 buses, 21:16 synapse label, 26:22 row select.
        let trigger = PadiTrigger::from_word(0b1_0101 << 22 | 0b11_0010 << 16 | 0b1001);
        assert_eq!(trigger.buses, 0b1001);
        assert_eq!(trigger.event, PadiEvent { row_select: 0b1_0101, synapse_label: 0b11_0010 });
    }

    #[test]
    fn padi_bus_word_is_split_per_bus() {
        let config = PadiBusConfig::from_word(0xf21e_00a5);
        assert_eq!((config.enable_spl1, config.enable_extended_timing), (5, 10));
        assert_eq!(config.dacen_pulse_extension, [14, 1, 2, 15]);
    }

    #[test]
    fn bottom_buses_are_outputs_4_to_7() {
        let padi = [PadiBusConfig::from_word(0b0011), PadiBusConfig::from_word(0b1000)];
        let mut expected = CrossbarConfig::default();
        expected.set_enable_spl1(0b1000_0011);
        assert_eq!(CrossbarConfig::from_words(&[], 0, padi), expected);
    }
}
