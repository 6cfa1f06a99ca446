//! A processor of an otherwise idle chip: the program is loaded the way a host loads it, and runs with everything of the chip
//! around it.

use super::machine::{Machine, drain};

use hx_chip::chip::{Chip, ChipConfig, Watchers};
use hx_chip::external::{DRAM_BASE, MEMORY_BASE};
use hx_chip::ppu::ports::SRAM_END;
use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::{BusDelays, Observer, Ppu, Stop};
use hx_chip::time::Time;
use hx_host::driver::Hemisphere;
use hx_host::driver::processor::memory_address;
use hx_isa::elf::{EXTERNAL_DRAM_SIZE, EXTERNAL_SIZE, Memory, Program};
use hx_isa::field;
use hx_isa::regmap::coordinate::PPUControlRegisterOnDLS;
use hx_isa::regmap::register::PPUControlRegister;
use hx_isa::regmap::{Frame, OmnibusRegister};

const ALL_BYTES: u8 = 0xf;

/// A chip of which one processor runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OnChip {
    chip: Chip,
    hemisphere: Hemisphere,
    /// Shown for the core once it has put itself into reset.
    in_reset: Ppu,
}

/// A byte of memory as tools see it: the core's own, or an external one by its Omnibus word address.
enum Place {
    Own(u32),
    External(u32),
}

/// Where tools find an address. Above 0x8000_0000 that is what instruction fetch sees: the external memories, not the bus.
fn place(address: u32) -> Option<Place> {
    let external = |first: u32, size: u32, base: u32| {
        let offset = address.wrapping_sub(first);
        (offset < size).then(|| Place::External(base + offset / 4))
    };
    if address < SRAM_END {
        return Some(Place::Own(address / 4));
    }
    external(0x4000_0000, EXTERNAL_SIZE, MEMORY_BASE)
        .or_else(|| external(0x8000_0000, EXTERNAL_SIZE, MEMORY_BASE))
        .or_else(|| external(0x5000_0000, EXTERNAL_DRAM_SIZE, DRAM_BASE))
        .or_else(|| external(0x9000_0000, EXTERNAL_DRAM_SIZE, DRAM_BASE))
}

fn shift(address: u32) -> u32 {
    24 - 8 * (address % 4)
}

impl OnChip {
    /// Loads a program into the memories of a fresh chip; the processor is still held in reset. The symbol `ppu`, where there is
    /// one of four bytes, is set to the number of the processor, as the host software does.
    #[must_use]
    pub fn load(config: ChipConfig, hemisphere: Hemisphere, program: &Program) -> OnChip {
        let mut machine = OnChip {
            chip: Chip::new(config),
            hemisphere,
            in_reset: Ppu::new(BusDelays::default(), DecodeOptions::default()),
        };
        for segment in &program.segments {
            let base = match segment.memory {
                Memory::Sram => 0,
                Memory::External => 0x4000_0000,
                Memory::ExternalDram => 0x5000_0000,
            };
            for (address, byte) in (base + segment.offset..).zip(&segment.bytes) {
                machine.poke(address, *byte);
            }
        }
        if let Some(symbol) = program.symbol("ppu").filter(|symbol| symbol.size == 4) {
            machine.poke(symbol.value.wrapping_add(3), hemisphere.index() as u8);
        }
        machine
    }

    /// Releases the processor.
    pub fn start(&mut self) {
        let released = Frame::<PPUControlRegister>::zero().with(field!(PPUControlRegister.inhibit_reset), 1);
        let at = PPUControlRegisterOnDLS::from_enum(self.hemisphere.index()).unwrap_or_default();
        self.chip.write(Time::ZERO, PPUControlRegister::address(at, 0), released.words()[0], ALL_BYTES);
    }

    /// The chip.
    #[must_use]
    pub fn chip(&self) -> &Chip {
        &self.chip
    }

    fn word(&mut self, place: &Place) -> u32 {
        match *place {
            Place::Own(word) => {
                self.chip.processor_memory(self.hemisphere.index()).map_or(0, |memory| memory.word(word))
            }
            Place::External(address) => {
                let now = self.chip.now();
                self.chip.external(now).read(address)
            }
        }
    }
}

impl Machine for OnChip {
    fn ppu(&self) -> &Ppu {
        self.chip.processor(self.hemisphere.index()).unwrap_or(&self.in_reset)
    }

    fn ppu_mut(&mut self) -> Option<&mut Ppu> {
        self.chip.processor_mut(self.hemisphere.index())
    }

    fn run(&mut self, until_cycle: u64, observer: &mut dyn Observer) -> Stop {
        let hemisphere = self.hemisphere.index();
        if self.chip.processor(hemisphere).is_none() {
            // It has written its own control register and will not come back by itself.
            return Stop::Sleep { cycle: 0 };
        }
        let last = self.chip.processor_time(hemisphere, until_cycle.saturating_sub(1));
        let mut watchers = Watchers::default();
        watchers.observers[hemisphere] = Some(observer);
        match self.chip.advance_watched(last, &mut watchers) {
            Some(broke) => broke.address.map_or(Stop::Ended, |address| Stop::Break { address }),
            None => match self.ppu().asleep_since() {
                Some(cycle) => Stop::Sleep { cycle },
                None => Stop::Limit,
            },
        }
    }

    fn peek(&mut self, address: u32) -> Option<u8> {
        let word = self.word(&place(address)?);
        Some((word >> shift(address)) as u8)
    }

    fn poke(&mut self, address: u32, value: u8) -> bool {
        let Some(place) = place(address) else { return false };
        let (mask, data) = (0xff << shift(address), u32::from(value) << shift(address));
        let now = self.chip.now();
        match place {
            Place::Own(word) => {
                let enables = 1 << (3 - address % 4);
                self.chip.write(now, memory_address(self.hemisphere, word as usize), data, enables);
            }
            Place::External(address) => self.chip.external(now).write(address, data, mask),
        }
        true
    }

    fn read_bus(&mut self, address: u32) -> Option<u32> {
        let now = self.chip.now();
        Some(self.chip.read(now, address))
    }

    fn settled(&self) -> OnChip {
        let mut copy = self.clone();
        drain(&mut copy);
        copy
    }
}
