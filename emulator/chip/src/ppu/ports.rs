//! Everything outside the core: its memory, the buses with their delays, the pins, and who may watch it.

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::pipeline::Unit;
use super::stall::Stall;
use super::vector::{ByteMask, Vector};

/// Words of the SRAM (16 KiB; haldls `PPUMemoryWordOnPPU`).
pub const SRAM_WORDS: usize = 4096;

/// First byte address that is not SRAM; from here to [`SRAM_ALIAS_END`] the SRAM repeats.
pub const SRAM_END: u32 = 0x4000;

/// First byte address outside the (repeating) SRAM.
pub const SRAM_ALIAS_END: u32 = 0x4000_0000;

/// The core's own memory: 4096 words, byte address 4i is the most significant byte of word i.
///
/// Words that were fetched as instructions can be watched, so that whoever keeps decoded forms learns about changes, also those
/// the host makes. Two memories are equal when their words are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sram {
    words: Vec<u32>,
    #[serde(skip, default = "no_words_watched")]
    watched: Vec<u64>,
    #[serde(skip)]
    changed: Vec<u16>,
    /// Who watches; 0 for nobody.
    #[serde(skip)]
    watcher: u64,
}

impl Clone for Sram {
    /// A copy is watched by nobody.
    fn clone(&self) -> Self {
        Self { words: self.words.clone(), ..Self::default() }
    }
}

fn no_words_watched() -> Vec<u64> {
    vec![0; SRAM_WORDS / 64]
}

impl Default for Sram {
    fn default() -> Self {
        Self { words: vec![0; SRAM_WORDS], watched: no_words_watched(), changed: Vec::new(), watcher: 0 }
    }
}

impl PartialEq for Sram {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Sram {}

impl Sram {
    /// All words in order.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// Word `index`, modulo the size of the memory.
    #[inline]
    pub fn word(&self, index: u32) -> u32 {
        self.words[index as usize % SRAM_WORDS]
    }

    /// Writes word `index`, modulo the size of the memory.
    #[inline]
    pub fn set_word(&mut self, index: u32, word: u32) {
        let index = index as usize % SRAM_WORDS;
        if (self.watched[index / 64] >> (index % 64)) & 1 == 1 {
            self.note_change(index, word);
        }
        self.words[index] = word;
    }

    /// Writes the bytes of word `index` that `enables` selects: bit 3 the most significant byte (lowest address), bit 0 the
    /// least significant.
    #[inline]
    pub fn set_bytes(&mut self, index: u32, enables: u8, word: u32) {
        if enables == 0b1111 {
            return self.set_word(index, word);
        }
        let mask = byte_enable_mask(enables);
        self.set_word(index, (self.word(index) & !mask) | (word & mask));
    }

    /// Copies `words` to the place from word `index` on.
    pub fn load(&mut self, index: u32, words: &[u32]) {
        for (at, &word) in (index..).zip(words) {
            self.set_word(at, word);
        }
    }

    /// Forgets all watched words and begins to watch for somebody new, whose number is returned.
    pub fn start_watching(&mut self) -> u64 {
        self.watched.fill(0);
        self.changed.clear();
        self.watcher += 1;
        self.watcher
    }

    /// Who watches; 0 for nobody.
    pub fn watcher(&self) -> u64 {
        self.watcher
    }

    /// Asks for changes of word `index` to be noted, once.
    pub fn watch(&mut self, index: u32) {
        let index = index as usize % SRAM_WORDS;
        self.watched[index / 64] |= 1 << (index % 64);
    }

    /// Whether a watched word changed since [`Sram::take_changed`] was last called.
    #[inline]
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The watched words that changed since the last call, in the order of the writes. They are no longer watched.
    pub fn take_changed(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.changed)
    }

    #[cold]
    fn note_change(&mut self, index: usize, word: u32) {
        if self.words[index] != word {
            self.watched[index / 64] &= !(1 << (index % 64));
            self.changed.push(index as u16);
        }
    }
}

/// The 32-bit mask of four byte enables, bit 3 standing for the most significant byte.
#[inline]
pub fn byte_enable_mask(enables: u8) -> u32 {
    let e = enables as u32;
    let bit = |shift: u32| (e >> shift) & 1;
    (bit(3) * 0xff00_0000) | (bit(2) * 0xff_0000) | (bit(1) * 0xff00) | (bit(0) * 0xff)
}

/// The four ways out of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Port {
    /// Scalar loads and stores.
    Data,
    /// `fxvlax` and `fxvstax`, one word at a time.
    Vector,
    /// `fxvinx` and `fxvoutx`, a whole vector at a time.
    Parallel,
    /// Instruction words.
    Fetch,
}

/// How long an access takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Delay {
    /// Cycles for which the request is presented before the cycle in which it is accepted.
    pub accept: u16,
    /// Cycles from acceptance to the response, at least 1.
    pub response: u16,
}

impl Delay {
    /// The SRAM's: accepted at once, answered in the next cycle.
    pub const SRAM: Self = Self { accept: 0, response: 1 };
}

/// Delays of the buses and who shares a port: what the integration of the core into a chip decides.
///
/// The default is the chip's: accepted at once, answered in the next cycle, one SRAM port used by scalar accesses before vector
/// accesses before instruction fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusDelays {
    /// Scalar loads and stores.
    pub data: Delay,
    /// Vector loads and stores.
    pub vector: Delay,
    /// The parallel bus.
    pub parallel: Delay,
    /// Response latency of instruction fetch, which counts only behind the instruction cache.
    pub fetch_response: u16,
    /// Scalar and vector accesses to the SRAM share one port, scalar first.
    pub shared: bool,
    /// Instruction fetch uses that port too, last.
    pub shared_fetch: bool,
    /// Instructions of the SRAM pass through the instruction cache.
    pub icache: bool,
}

impl Default for BusDelays {
    fn default() -> Self {
        Self { shared: true, shared_fetch: true, ..Self::INDEPENDENT }
    }
}

impl BusDelays {
    /// Every port on its own, accepted at once, answered in the next cycle; instruction fetch never waits.
    pub const INDEPENDENT: Self = Self {
        data: Delay::SRAM,
        vector: Delay::SRAM,
        parallel: Delay::SRAM,
        fetch_response: 1,
        shared: false,
        shared_fetch: false,
        icache: false,
    };
}

/// Everything outside the core. Addresses of [`Port::Data`], [`Port::Vector`] and [`Port::Fetch`] are byte addresses, of
/// [`Port::Parallel`] vector addresses. `cycle` counts clocks of the core.
pub trait Ports {
    /// The core's own memory, through which the scalar unit, the vector unit and instruction fetch all go.
    fn sram(&mut self) -> &mut Sram;

    /// How long an access outside the SRAM takes whose request is first presented in `cycle`.
    fn delay(&self, cycle: u64, port: Port, address: u32, write: bool) -> Delay;

    /// Whether an access reaches something that others can change or see. The core stops before such an access until the
    /// caller of `run` allows it.
    fn is_shared(&self, port: Port, address: u32) -> bool;

    /// Reads the word at a word-aligned address outside the SRAM for a scalar load.
    fn load(&mut self, cycle: u64, address: u32) -> u32;

    /// Writes bytes of the word at a word-aligned address outside the SRAM for a scalar store; enables as in [`Sram::set_bytes`].
    fn store(&mut self, cycle: u64, address: u32, enables: u8, word: u32);

    /// Reads one word outside the SRAM for `fxvlax`.
    fn vector_load(&mut self, cycle: u64, address: u32) -> u32;

    /// Writes one word outside the SRAM for `fxvstax`.
    fn vector_store(&mut self, cycle: u64, address: u32, word: u32);

    /// Reads a vector for `fxvinx`.
    fn parallel_read(&mut self, cycle: u64, address: u32, enables: ByteMask) -> Vector;

    /// Whether what the last read of a vector at an address gave was not there yet, so that [`Ports::late_read`] has to be asked
    /// when the vector is written to its register.
    fn is_late(&self, address: u32) -> bool {
        let _ = address;
        false
    }

    /// The vector that [`Ports::parallel_read`] could not give yet.
    fn late_read(&mut self, cycle: u64, address: u32) -> Vector {
        let _ = (cycle, address);
        Vector::ZERO
    }

    /// Writes the enabled bytes of a vector for `fxvoutx`.
    fn parallel_write(&mut self, cycle: u64, address: u32, enables: ByteMask, data: &Vector);

    /// The instruction word at a word-aligned address outside the SRAM.
    fn fetch(&mut self, address: u32) -> u32;

    /// The input pins (SPR GIN), which stay as they are during one call of `run`.
    fn pins(&self) -> u32;
}

/// Why `run` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// The clock stands at the limit.
    Limit,
    /// In the cycle at which the clock stands, the core would make an access that is not yet allowed.
    Shared {
        /// That cycle.
        cycle: u64,
    },
    /// The core sleeps in `wait` and nothing known will wake it before the limit.
    ///
    /// The clock stands at the limit, or at `cycle` if the limit is `u64::MAX`.
    Sleep {
        /// First cycle of sleep.
        cycle: u64,
    },
    /// The observer asked to stop before the instruction that issues in this cycle.
    Break {
        /// Byte address of the instruction.
        address: u32,
    },
    /// The observer asked to stop after what it was told in the last cycle.
    Ended,
}

/// What the core reports while it runs. Everything has an empty default; `()` watches nothing and costs nothing.
pub trait Observer {
    /// Whether [`Observer::issue`] and [`Observer::breaks_at`] are to be called. Answered once per run.
    fn watches_issue(&self) -> bool {
        true
    }

    /// Whether the run is to stop before the instruction at this byte address issues.
    fn breaks_at(&mut self, _address: u32) -> bool {
        false
    }

    /// An instruction slot left the scheduler.
    fn issue(&mut self, _issue: &Issue) {}

    /// Nothing left the scheduler in a cycle.
    fn stall(&mut self, _cycle: u64, _stall: Stall) {}

    /// Something happened that a program rarely means.
    fn notice(&mut self, _notice: &Notice) {}

    /// Whether [`Observer::effect`] is to be called. Answered once per run, and only if issues are watched.
    fn watches_effects(&self) -> bool {
        false
    }

    /// An instruction changed a register or touched memory.
    fn effect(&mut self, _effect: &Effect) {}

    /// Whether the run is to end after this cycle; asked in cycles with a notice or an effect.
    fn ends_run(&self) -> bool {
        false
    }
}

impl Observer for () {
    fn watches_issue(&self) -> bool {
        false
    }
}

impl<O: Observer + ?Sized> Observer for &mut O {
    fn watches_issue(&self) -> bool {
        (**self).watches_issue()
    }

    fn breaks_at(&mut self, address: u32) -> bool {
        (**self).breaks_at(address)
    }

    fn issue(&mut self, issue: &Issue) {
        (**self).issue(issue);
    }

    fn stall(&mut self, cycle: u64, stall: Stall) {
        (**self).stall(cycle, stall);
    }

    fn notice(&mut self, notice: &Notice) {
        (**self).notice(notice);
    }

    fn watches_effects(&self) -> bool {
        (**self).watches_effects()
    }

    fn effect(&mut self, effect: &Effect) {
        (**self).effect(effect);
    }

    fn ends_run(&self) -> bool {
        (**self).ends_run()
    }
}

/// One issue slot. `lmw`, `stmw` and loads with update have several; `nop` and `sync` have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Clock of the core.
    pub cycle: u64,
    /// Byte address of the instruction.
    pub address: u32,
    /// The instruction word.
    pub word: u32,
    /// Number of this slot within the instruction, from 0.
    pub slot: u8,
    /// Where it went.
    pub unit: Unit,
}

/// An event worth a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Clock of the core.
    pub cycle: u64,
    /// Byte address of the instruction.
    pub address: u32,
    /// The instruction word.
    pub word: u32,
    /// What happened.
    pub kind: NoticeKind,
}

/// Kinds of [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeKind {
    /// The word is no instruction of this core; it does nothing.
    Undecoded,
    /// A misaligned access raised the alignment interrupt.
    Alignment {
        /// Byte address of the access.
        target: u32,
    },
    /// A trap instruction raised the program interrupt.
    Trap,
    /// `mfspr` or `mtspr` named a register that does not exist.
    UnknownSpr {
        /// Its number.
        number: u16,
    },
    /// An access between the end of the SRAM and 0x4000_0000, where the SRAM repeats.
    SramAlias {
        /// Byte address of the access.
        target: u32,
    },
    /// A negative displacement or immediate that the core does not sign-extend (`lha`, `lhau`, `twi`).
    ZeroExtended,
}

/// Plain memories with fixed delays: what a program needs that runs on the core alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BareMemory {
    /// The core's memory.
    pub sram: Sram,
    /// Vectors behind the parallel bus; an address never written reads as zero.
    pub parallel: std::collections::BTreeMap<u32, Vector>,
    /// Words outside the SRAM by byte address; an address never written reads as zero.
    pub outside: std::collections::BTreeMap<u32, u32>,
    /// The delays of everything.
    pub delays: BusDelays,
    /// Input pins.
    pub pins: u32,
}

impl BareMemory {
    /// Empty memories with these delays.
    pub fn new(delays: BusDelays) -> Self {
        Self { delays, ..Self::default() }
    }

    fn word(&self, address: u32) -> u32 {
        self.outside.get(&address).copied().unwrap_or(0)
    }
}

impl Ports for BareMemory {
    fn sram(&mut self) -> &mut Sram {
        &mut self.sram
    }

    fn delay(&self, _cycle: u64, port: Port, _address: u32, _write: bool) -> Delay {
        match port {
            Port::Data => self.delays.data,
            Port::Vector => self.delays.vector,
            Port::Parallel => self.delays.parallel,
            Port::Fetch => Delay { accept: 0, response: self.delays.fetch_response },
        }
    }

    fn is_shared(&self, _port: Port, _address: u32) -> bool {
        false
    }

    fn load(&mut self, _cycle: u64, address: u32) -> u32 {
        self.word(address)
    }

    fn store(&mut self, _cycle: u64, address: u32, enables: u8, word: u32) {
        let mask = byte_enable_mask(enables);
        self.outside.insert(address, (self.word(address) & !mask) | (word & mask));
    }

    fn vector_load(&mut self, _cycle: u64, address: u32) -> u32 {
        self.word(address)
    }

    fn vector_store(&mut self, _cycle: u64, address: u32, word: u32) {
        self.outside.insert(address, word);
    }

    fn parallel_read(&mut self, _cycle: u64, address: u32, _enables: ByteMask) -> Vector {
        self.parallel.get(&address).copied().unwrap_or(Vector::ZERO)
    }

    fn parallel_write(&mut self, _cycle: u64, address: u32, enables: ByteMask, data: &Vector) {
        let stored = self.parallel.entry(address).or_insert(Vector::ZERO);
        if enables == ByteMask::ALL {
            *stored = *data;
            return;
        }
        let lanes = stored.bytes_mut().iter_mut().zip(data.bytes()).enumerate();
        for (lane, (old, &new)) in lanes {
            if enables.enables(lane) {
                *old = new;
            }
        }
    }

    fn fetch(&mut self, address: u32) -> u32 {
        self.word(address)
    }

    fn pins(&self) -> u32 {
        self.pins
    }
}
