//! Bringing up a setup: the initialisation program of the chip's software for chip v3 on a cube board, and what the host
//! expects of its answers (electronicvisions haldls: src/stadls/vx/v3/init_generator.cpp, include/haldls/vx/constants.h).

use super::board::CubeBoard;
use super::cycles::Cycles;
use super::program::{Barrier, ProgramBuilder};
use super::registers::WriteRegisters;
use super::responses::Responses;
use super::ticket::{JtagTicket, TicketError};
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    ADPLLOnDLS, CommonSynramConfigOnDLS, PhyConfigChipOnDLS, PhyConfigFPGAOnDLS,
};
use hx_isa::regmap::register::{
    ADPLL, CADCOffsetSRAMTimingConfig, CapMemSRAMTimingConfig, CommonPhyConfigChip, CommonPhyConfigFPGA,
    CommonSynramConfig, EventRecordingConfig, InstructionTimeoutConfig, JTAGClockScaler, JTAGIdCode,
    NeuronBackendSRAMTimingConfig, NeuronSRAMTimingConfig, PLLClockOutputBlock, PhyConfigChip, PhyConfigFPGA,
    ReferenceGeneratorConfig, SynapseDriverSRAMTimingConfig, SystimeSyncBase,
};
use hx_isa::regmap::{Coordinate, Frame, OmnibusRegister};
use thiserror::Error;

/// How long the reset line is held.
const CHIP_RESET_HIGH: Cycles = Cycles(10);
/// Pause after the reset line is released.
const CHIP_RESET_LOW: Cycles = Cycles(100);
/// Time after the reset until PLL, PHYs and Omnibus have settled.
const PLL_AND_OMNIBUS_SETTLING: Cycles = Cycles::from_us(100);
/// How long the reset of the CapMem reference is held.
const REFERENCE_GENERATOR_RESET: Cycles = Cycles(1_000);
/// Chip version this driver is for.
const CHIP_VERSION: u32 = 3;
/// High-speed links between FPGA and chip.
const LINKS: usize = PhyConfigChipOnDLS::SIZE;

/// Why a setup did not come up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InitError {
    /// Not a chip this driver knows, or no chip.
    #[error("JTAG identification 0x{id:08x} is not that of a chip of version {CHIP_VERSION}")]
    Chip {
        /// The identification read.
        id: u32,
    },
    /// A link did not come up once, without errors.
    #[error(
        "high-speed link {phy} reported {ups} times that it is up and {errors} errors; one and none are expected"
    )]
    Link {
        /// Number of the PHY.
        phy: u8,
        /// How often it came up.
        ups: usize,
        /// How many of its notifications have error bits.
        errors: usize,
    },
    /// The answers are those of another program.
    #[error(transparent)]
    Ticket(#[from] TicketError),
}

/// The initialisation of a setup; the fields hold what can be chosen, the default is what the chip's software does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemInit {
    /// Longest stall of an instruction.
    pub instruction_timeout: Frame<InstructionTimeoutConfig>,
    /// Power and reference settings of the board.
    pub board: CubeBoard,
    /// JTAG clock.
    pub jtag_clock: Frame<JTAGClockScaler>,
    /// Phase-locked loops.
    pub adplls: [Frame<ADPLL>; ADPLLOnDLS::SIZE],
    /// Clocks of serialisers, PHYs, processors and MADC.
    pub clock_outputs: Frame<PLLClockOutputBlock>,
    /// Start value of the systime.
    pub systime_base: Frame<SystimeSyncBase>,
    /// Whether spikes and samples are sent to the host from now on.
    pub record_events: bool,
    /// Reference currents of the CapMem.
    pub reference_generator: Frame<ReferenceGeneratorConfig>,
    /// Timing of the two synapse arrays, which the hardware database knows per chip.
    pub synram: [Frame<CommonSynramConfig>; CommonSynramConfigOnDLS::SIZE],
}

impl Default for SystemInit {
    fn default() -> SystemInit {
        SystemInit {
            instruction_timeout: Frame::default(),
            board: CubeBoard::default(),
            jtag_clock: Frame::default(),
            adplls: [Frame::default(); ADPLLOnDLS::SIZE],
            clock_outputs: Frame::default(),
            systime_base: Frame::default(),
            record_events: true,
            reference_generator: Frame::default(),
            synram: [Frame::default(); CommonSynramConfigOnDLS::SIZE],
        }
    }
}

/// What the initialisation program reads.
#[derive(Debug, Clone, Copy)]
pub struct InitTickets {
    chip_id: JtagTicket,
}

/// What is known of a setup that came up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitReport {
    /// Identification of the chip.
    pub chip_id: Frame<JTAGIdCode>,
}

impl SystemInit {
    /// Appends the initialisation to a program.
    pub fn append_to(&self, builder: &mut ProgramBuilder) -> InitTickets {
        builder.write(Default::default(), &self.instruction_timeout);
        self.board.append_to(builder);
        reset_chip(builder);
        self.start_clocks(builder);
        start_links(builder);
        self.start_systime(builder);
        record_events(builder, self.record_events);
        self.start_references(builder);
        self.time_memories(builder);
        let chip_id = builder.jtag_id();
        builder.barrier(Barrier::JTAG);
        InitTickets { chip_id }
    }

    /// Clocks over JTAG, then the PHYs of both sides and the wait for all of them.
    fn start_clocks(&self, builder: &mut ProgramBuilder) {
        builder.jtag_clock(&self.jtag_clock);
        builder.jtag_reset();
        let adpll_words = self.adplls.iter().flat_map(|adpll| adpll.words());
        for (register, &word) in adpll_words.chain(self.clock_outputs.words()).enumerate() {
            builder.jtag_write_pll(register as u8, word);
        }
        for at in PhyConfigFPGAOnDLS::all() {
            builder.write(at, &Frame::<PhyConfigFPGA>::default());
        }
        for at in PhyConfigChipOnDLS::all() {
            builder.jtag_write_phy(at, &Frame::<PhyConfigChip>::default());
        }
        builder.block_until(PLL_AND_OMNIBUS_SETTLING);
    }

    fn start_systime(&self, builder: &mut ProgramBuilder) {
        builder.write(Default::default(), &self.systime_base);
        builder.barrier(Barrier::OMNIBUS);
        builder.synchronise_systime();
    }

    fn start_references(&self, builder: &mut ProgramBuilder) {
        let enable_reset = field!(ReferenceGeneratorConfig.enable_reset);
        builder.write(Default::default(), &self.reference_generator.with(enable_reset, 1));
        builder.barrier(Barrier::OMNIBUS);
        builder.wait(REFERENCE_GENERATOR_RESET);
        builder.write(Default::default(), &self.reference_generator.with(enable_reset, 0));
    }

    fn time_memories(&self, builder: &mut ProgramBuilder) {
        write_defaults::<CapMemSRAMTimingConfig>(builder);
        write_defaults::<CADCOffsetSRAMTimingConfig>(builder);
        write_defaults::<SynapseDriverSRAMTimingConfig>(builder);
        write_defaults::<NeuronSRAMTimingConfig>(builder);
        write_defaults::<NeuronBackendSRAMTimingConfig>(builder);
        for (at, frame) in CommonSynramConfigOnDLS::all().zip(&self.synram) {
            builder.write(at, frame);
        }
        builder.barrier(Barrier::OMNIBUS);
    }
}

impl InitTickets {
    /// Whether everything came up: the right chip, and every link once and without errors.
    ///
    /// # Errors
    /// At the first thing that did not.
    pub fn check(&self, responses: &Responses) -> Result<InitReport, InitError> {
        let id = responses.get(&self.chip_id)?.value as u32;
        let chip_id = Frame::<JTAGIdCode>::from_array([id]);
        if chip_id.get(field!(JTAGIdCode.version)) != CHIP_VERSION {
            return Err(InitError::Chip { id });
        }
        for phy in 0..LINKS as u8 {
            let of_phy = || responses.link_notifications.iter().filter(|n| n.value.phy() == phy);
            let ups = of_phy().filter(|n| n.value.is_up()).count();
            let errors = of_phy().filter(|n| n.value.has_error()).count();
            if (ups, errors) != (1, 0) {
                return Err(InitError::Link { phy, ups, errors });
            }
        }
        Ok(InitReport { chip_id })
    }
}

/// Puts the chip to its reset state: all registers zero, processors held in reset.
pub fn reset_chip(builder: &mut ProgramBuilder) {
    builder.reset_chip(true);
    builder.wait(CHIP_RESET_HIGH);
    builder.reset_chip(false);
    builder.wait(CHIP_RESET_LOW);
}

/// Switches the forwarding of spikes and MADC samples to the host.
pub fn record_events(target: &mut impl WriteRegisters, enable: bool) {
    let switch = field!(EventRecordingConfig.enable_event_recording);
    target.write(Default::default(), &Frame::<EventRecordingConfig>::zero().with(switch, u32::from(enable)));
}

/// Enables the links of both sides; the FPGA notifies the host of each that comes up.
fn start_links(builder: &mut ProgramBuilder) {
    builder.write(Default::default(), &Frame::<CommonPhyConfigFPGA>::default());
    for (address, word) in Frame::<CommonPhyConfigChip>::default().writes(Default::default()) {
        builder.jtag_write_word(address, word);
    }
}

fn write_defaults<C: OmnibusRegister>(builder: &mut ProgramBuilder) {
    for at in <C::Coordinate as Coordinate>::all() {
        builder.write(at, &Frame::<C>::default());
    }
}
