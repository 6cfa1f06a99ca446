//! The FPGA's own side of the Omnibus (bit 31 of the address set): plain registers and memories are stored as written, masked
//! by the register table; status registers are computed from the state of the executor. The memories of the processors belong to
//! the device: an access to them is ordered with all others by the time at which it would reach the chip.

use super::device::Device;
use super::executor::Executor;
use super::link::Link;
use hx_chip::external::{SparseMemory, is_external};
use hx_chip::omnibus::enabled_bits;
use hx_isa::field;
use hx_isa::regmap::{CONTAINERS, Located, container, locate, position};
use serde::{Deserialize, Serialize};

/// Bit that selects the FPGA's side of the Omnibus.
pub const FPGA_SIDE: u32 = 1 << 31;

/// Registers whose value after power-up is their configuration default; all others come up as zero.
const PRESET: [&str; 3] = ["ExecutorControl", "InstructionTimeoutConfig", "FPGASystimeSyncNumRetries"];

const fn address_of(name: &str, word: u32) -> u32 {
    match container(name).address(0, word) {
        Some(address) => address,
        None => panic!("not on the Omnibus"),
    }
}

const EVENT_RECORDING: u32 = address_of("EventRecordingConfig", 0);
const INSTRUCTION_TIMEOUT: u32 = address_of("InstructionTimeoutConfig", 0);
const POLLING: [u32; 3] = [
    address_of("PollingOmnibusBlockConfig", 0),
    address_of("PollingOmnibusBlockConfig", 1),
    address_of("PollingOmnibusBlockConfig", 2),
];
/// Chip address of the PHY enables.
pub(super) const COMMON_PHY_CHIP: u32 = address_of("CommonPhyConfigChip", 0);

/// What the polling block compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// Omnibus address that is read.
    pub address: u32,
    /// Value waited for.
    pub target: u32,
    /// Bits compared.
    pub mask: u32,
}

/// The stored words of the FPGA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registers {
    words: SparseMemory,
}

impl Default for Registers {
    /// State after power-up.
    fn default() -> Self {
        let mut words = SparseMemory::default();
        for preset in CONTAINERS.iter().filter(|container| PRESET.contains(&container.name)) {
            if let (Some(address), [value]) = (preset.address(0, 0), preset.default_words().as_slice()) {
                words.write(address, *value, u32::MAX);
            }
        }
        Self { words }
    }
}

impl Registers {
    /// Whether events from the chip are sent to the host.
    #[must_use]
    pub fn event_recording(&self) -> bool {
        self.words.read(EVENT_RECORDING) & 1 == 1
    }

    /// Cycles for which a message may stall.
    #[must_use]
    pub fn instruction_timeout(&self) -> u64 {
        u64::from(self.words.read(INSTRUCTION_TIMEOUT))
    }

    /// Settings of the polling block.
    #[must_use]
    pub fn polling(&self) -> Polling {
        let [address, target, mask] = POLLING.map(|address| self.words.read(address));
        Polling { address, target, mask }
    }

    /// The stored word, whatever the access rights.
    #[must_use]
    pub fn stored(&self, address: u32) -> u32 {
        self.words.read(address)
    }
}

const RECORDING: usize = position("EventRecordingConfig");
const PHY_ENABLE: usize = position("CommonPhyConfigFPGA");
const PHY_STATUS: usize = position("PhyStatus");
const ARQ_STATUS: usize = position("HicannARQStatus");
const DEVICE_DNA: usize = position("FPGADeviceDNA");
const TIMER: usize = position("TimerReadout");
const ROUND_TRIP: usize = position("FPGASystimeSyncLastRTT");
const CHIP_SYSTIME: usize = position("FPGASystimeSyncLastAsicSystime");
const SYNC_ACTIVE: usize = position("FPGASystimeSyncActiveState");
const GLOBAL_SYSTIME: usize = position("EventSwitchGlobalSystime");
const I2C: usize = position("I2CPort");
const SPI: usize = position("SPIPort");

/// Word `word` of a value kept in two registers, the high one first.
fn high_first(value: u64, word: u8) -> u32 {
    if word == 0 { (value >> 32) as u32 } else { value as u32 }
}

impl<D: Device> Executor<D> {
    /// Reads an FPGA address in this cycle.
    pub(super) fn read_fpga(&mut self, cycle: u64, address: u32) -> u32 {
        if is_external(address) {
            let at = self.reach_chip(cycle);
            return self.device.external(at).read(address);
        }
        match locate(address) {
            Some(located) => self.read_register(cycle, address, &located),
            None => {
                self.statistics.unmapped_fpga_accesses += 1;
                0
            }
        }
    }

    fn read_register(&self, cycle: u64, address: u32, located: &Located) -> u32 {
        match located.index {
            PHY_STATUS => self.phy_status(cycle, located.instance as usize, located.word),
            ARQ_STATUS => self.arq_status(located.word),
            DEVICE_DNA => high_first(self.config.device_dna, located.word),
            TIMER => self.timer.value(cycle),
            ROUND_TRIP => high_first(self.link_round_trip(), located.word),
            CHIP_SYSTIME => high_first(self.systime.last_chip_systime, located.word),
            SYNC_ACTIVE => u32::from(self.systime.idle_at() > cycle),
            GLOBAL_SYSTIME => high_first(self.systime.at(cycle), located.word),
            // The board's devices answer zero and acknowledge (bit 31 clear).
            I2C => 0,
            _ => self.registers.stored(address) & located.container.read_mask(located.word.into()),
        }
    }

    /// Round-trip time that a synchronisation measures, in cycles.
    fn link_round_trip(&self) -> u64 {
        match self.systime.idle_at() {
            0 => 0,
            _ => self.config.to_chip_latency_cycles + self.config.from_chip_latency_cycles,
        }
    }

    fn phy_status(&self, cycle: u64, phy: usize, word: u8) -> u32 {
        match word {
            1 => self.link.online_cycles(phy, cycle),
            3 => Link::share(self.link.sent, phy),
            4 => Link::share(self.link.received, phy),
            // The emulated links make no errors and drop no words.
            _ => 0,
        }
    }

    fn arq_status(&self, word: u8) -> u32 {
        // Nothing is ever sent twice, so words on the link equal words handed over.
        if matches!(word, 0 | 1) { self.link.arq.writes } else { self.link.arq.reads }
    }

    /// A byte for a device of the board.
    fn write_spi(&mut self, client: usize, word: u32) {
        let byte = field!(SPIPort.data).get(&[word]) as u8;
        if self.board.transfer(client, byte, field!(SPIPort.stop).is_set(&[word])) {
            let at = self.reach_chip(self.cycle);
            self.device.board(at, self.board.voltages());
        }
    }

    /// Writes an FPGA address in this cycle.
    pub(super) fn write_fpga(&mut self, address: u32, data: u32, byte_enables: u8, out: &mut Vec<u64>) {
        let mask = enabled_bits(byte_enables);
        if is_external(address) {
            let at = self.reach_chip(self.cycle);
            return self.device.external(at).write(address, data, mask);
        }
        let Some(located) = locate(address) else {
            self.statistics.unmapped_fpga_accesses += 1;
            return;
        };
        if located.index == RECORDING {
            // Events that arrived so far still fall under the old setting.
            self.flush(self.cycle, out);
        }
        let writable = located.container.write_mask(located.word.into());
        self.registers.words.write(address, data, mask & writable);
        if located.index == SPI {
            self.write_spi(located.instance as usize, data & mask & writable);
        }
        if located.index == PHY_ENABLE {
            let phys = self.registers.stored(address) as u8;
            self.enable_fpga_phys(phys);
        }
    }
}
