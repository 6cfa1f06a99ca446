//! Writing and reading typed register frames, wherever they go: into a playback program or into a configuration.

use super::program::{Poll, ProgramBuilder};
use super::ticket::Ticket;
use hx_isa::field;
use hx_isa::regmap::register::PollingOmnibusBlockConfig;
use hx_isa::regmap::{Bits, Container, Frame, OmnibusRegister, position};

/// Something that takes register writes in order.
///
/// ```
/// use hx_host::driver::{Configuration, ProgramBuilder, WriteRegisters};
/// use hx_isa::field;
/// use hx_isa::regmap::register::{CrossbarNode, NeuronReset};
/// use hx_isa::regmap::Frame;
///
/// let node = Frame::<CrossbarNode>::default().with(field!(CrossbarNode.target), 1);
/// Configuration::new().write_all(&node);
/// ProgramBuilder::new().write(Default::default(), &node);
/// ProgramBuilder::new().write(Default::default(), &Frame::<NeuronReset>::zero());
/// ```
///
/// A command is no configuration:
/// ```compile_fail
/// use hx_host::driver::{Configuration, WriteRegisters};
/// use hx_isa::regmap::Frame;
/// use hx_isa::regmap::register::NeuronReset;
///
/// Configuration::new().write(Default::default(), &Frame::<NeuronReset>::zero());
/// ```
pub trait WriteRegisters {
    /// Whether only registers that hold state may be written; writing a command register then does not compile.
    const STATE_ONLY: bool = false;

    /// Writes one Omnibus word.
    fn write_word(&mut self, address: u32, word: u32);

    /// Writes one container, its words in the order the chip needs.
    #[inline]
    fn write<C: OmnibusRegister>(&mut self, at: C::Coordinate, frame: &Frame<C>) {
        const {
            assert!(
                !has_byte_instances(C::CONTAINER),
                "single bytes are written with ProgramBuilder::write_bytes"
            );
            assert!(
                !(Self::STATE_ONLY && is_command(C::INDEX)),
                "a command register holds no state to configure"
            );
        }
        for (address, word) in frame.writes(at) {
            self.write_word(address, word);
        }
    }
}

impl WriteRegisters for ProgramBuilder {
    #[inline]
    fn write_word(&mut self, address: u32, word: u32) {
        self.write_bytes(address, word, 15);
    }
}

impl ProgramBuilder {
    /// Reads one container, its words in ascending order.
    pub fn read<C: OmnibusRegister>(&mut self, at: C::Coordinate) -> Ticket<C> {
        let first = self.requests.omnibus;
        for word in 0..C::CONTAINER.words as usize {
            self.read_word(C::address(at, word));
        }
        Ticket::new(first)
    }

    /// Stalls until `condition` holds: writes the polling registers, waits for the Omnibus and polls.
    pub fn poll(&mut self, condition: Poll) {
        let registers = Frame::<PollingOmnibusBlockConfig>::zero()
            .with(field!(PollingOmnibusBlockConfig.address), condition.address)
            .with(field!(PollingOmnibusBlockConfig.target), condition.target)
            .with(field!(PollingOmnibusBlockConfig.mask), condition.mask);
        self.write(Default::default(), &registers);
        self.barrier(super::Barrier::OMNIBUS);
        self.poll_message(condition.until);
    }
}

/// Registers whose write is an action; what was written last says nothing about the chip.
const COMMANDS: [usize; 11] = [
    position("NeuronReset"),
    position("NeuronResetQuad"),
    position("BlockPostPulse"),
    position("SpikeCounterReset"),
    position("CorrelationReset"),
    position("PADIEvent"),
    position("MADCControl"),
    position("VectorGeneratorTrigger"),
    position("VectorGeneratorFIFOWord"),
    position("SPIPort"),
    position("I2CPort"),
];

/// Whether the container number `index` of the register map takes commands instead of holding state.
#[must_use]
pub const fn is_command(index: usize) -> bool {
    let mut i = 0;
    while i < COMMANDS.len() {
        if COMMANDS[i] == index {
            return true;
        }
        i += 1;
    }
    false
}

const fn has_byte_instances(container: &Container) -> bool {
    matches!(container.fields[0].bits, Bits::ByteOfAddress)
}
