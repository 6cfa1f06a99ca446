//! What the scheduler needs to know about an instruction word: registers read and written, latency, unit
//! (electronicvisions/nux `src/rtl/processor/predecode.sv`, groups of operations from `src/m4/ops.m4`).
//!
//! The hardware decodes leniently: reserved bits do not matter, and every word gets some answer. So this works on the word and not
//! on the table of instructions, which does not say how an undecoded word behaves.

use serde::{Deserialize, Serialize};

use crate::ppu::scalar::{SprKind, spr_kind};
pub use hx_isa::instruction::Unit;

/// "No register" where a register number is expected.
pub(in crate::ppu) const NONE: u8 = 0xff;

/// How an instruction behaves in the scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timing {
    /// General registers read, [`NONE`] where not.
    pub(super) reads: [u8; 3],
    /// General register written, or [`NONE`].
    pub(super) writes: u8,
    /// Cycles from issue to the cycle before write-back.
    pub(super) latency: u8,
    /// The register is written when the memory answers and not after `latency`.
    pub(super) is_load: bool,
    /// Condition register fields read, bit i for field i.
    pub(super) reads_condition: u8,
    /// Condition register fields written.
    pub(super) writes_condition: u8,
    /// Registers of [`Single`] read.
    pub(super) reads_single: u8,
    /// Registers of [`Single`] written.
    pub(super) writes_single: u8,
    /// Special purpose registers read, by number, 0 for none (there is no register 0).
    pub(super) reads_special: [u16; 2],
    /// Special purpose register written, 0 for none.
    pub(super) writes_special: u16,
    /// Writes XER, which holds back everything behind it.
    pub(super) writes_xer: bool,
    /// Where it goes.
    pub(super) unit: Unit,
    /// What else the scheduler does with it.
    pub(super) kind: Kind,
}

/// What the scheduler does with an instruction apart from issuing it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    /// Nothing.
    #[default]
    Plain,
    /// Takes its turn and vanishes.
    Nop,
    /// Takes its turn, vanishes, and waits for everything before it.
    Sync,
    /// Issues and holds back everything behind it until the pipelines are empty.
    Synchronising,
    /// Stops the core.
    Halt,
    /// A branch: counted as on its way for as long as a result.
    Branch,
}

/// Registers of which there is one, as bits of a set.
pub(super) struct Single;

impl Single {
    pub(super) const CTR: u8 = 1;
    pub(super) const LNK: u8 = 2;
    pub(super) const MSR: u8 = 4;
}

/// The word the hardware puts where it has no instruction.
pub(super) const NOP: u32 = 0x6000_0000;

const MULTIPLY_LATENCY: u8 = 4;
const LOAD_STORE_LATENCY: u8 = 3;
const ADDRESS_LATENCY: u8 = 2;
const LOAD_UPDATE_LATENCY: u8 = 4;

impl Timing {
    /// Behaviour of the `slot`-th issue of `word`.
    pub fn new(word: u32, slot: u8) -> Self {
        let mut timing = Self::plain();
        match word >> 26 {
            16 | 18 => timing.branch(word),
            19 => timing.condition_or_branch(word),
            31 => timing.extended(word, slot),
            4 => timing.vector(word),
            opcode => timing.immediate(opcode, word, slot),
        }
        timing
    }

    const fn plain() -> Self {
        Self {
            reads: [NONE; 3],
            writes: NONE,
            latency: 1,
            is_load: false,
            reads_condition: 0,
            writes_condition: 0,
            reads_single: 0,
            writes_single: 0,
            reads_special: [0; 2],
            writes_special: 0,
            writes_xer: false,
            unit: Unit::FixedPoint,
            kind: Kind::Plain,
        }
    }

    /// Issue slots of `word` after the first.
    pub(super) fn more_slots(word: u32) -> u8 {
        match (word >> 26, extended_opcode(word)) {
            (33 | 35 | 41 | 43, _) | (31, 55 | 119 | 311 | 375) => 1,
            (46 | 47, _) => 31 - rt(word),
            _ => 0,
        }
    }
}

/// What an instruction writes with a fixed latency.
impl Timing {
    /// Whether there is any such thing. A division is written by the divider.
    pub fn has_fixed_result(&self) -> bool {
        let any = self.writes != NONE || self.writes_condition != 0 || self.writes_single != 0;
        self.unit != Unit::Divide && (any || self.writes_xer || self.writes_special != 0)
    }

    /// Where it goes.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Whether it is a branch.
    pub fn is_branch(&self) -> bool {
        self.kind == Kind::Branch
    }

    /// Whether it reads or writes a special purpose register.
    pub fn moves_special(&self) -> bool {
        self.reads_special[0] != 0 || self.writes_special != 0
    }

    /// Whether this slot makes an access of the scalar memory port.
    pub fn accesses_memory(&self) -> bool {
        self.unit == Unit::LoadStore && (self.is_load || self.reads[2] != NONE)
    }

    /// Cycles from issue to the cycle before write-back.
    pub fn latency(&self) -> u8 {
        self.latency
    }

    /// The general register.
    pub fn general_result(&self) -> Option<u8> {
        (self.writes != NONE && !self.is_load).then_some(self.writes)
    }

    /// The fields of the condition register, bit i for field i.
    pub fn condition_results(&self) -> u8 {
        self.writes_condition
    }

    /// Whether XER is written.
    pub fn writes_xer(&self) -> bool {
        self.writes_xer
    }

    /// Whether CTR, LR, MSR are written.
    pub fn single_results(&self) -> [bool; 3] {
        [Single::CTR, Single::LNK, Single::MSR].map(|register| self.writes_single & register != 0)
    }

    /// The special purpose register, unless it is a timer: the timers are written even when write-back is off.
    pub fn plain_special(&self) -> Option<u16> {
        (self.writes_special != 0 && spr_kind(self.writes_special) == SprKind::Plain)
            .then_some(self.writes_special)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::plain()
    }
}

/// Primary opcodes with an immediate.
impl Timing {
    fn immediate(&mut self, opcode: u32, word: u32, slot: u8) {
        match opcode {
            3 => self.trap(word, false),
            7 => self.multiply(word, false),
            8 | 12 | 13 => self.carrying_immediate(opcode, word),
            10 | 11 => self.compare(word, false),
            14 | 15 => self.arithmetic([base(word), NONE], rt(word)),
            20 | 21 | 23 => self.rotate(opcode, word),
            24..=29 => self.logical_immediate(opcode, word),
            32..=35 | 40..=43 => self.load(word, opcode & 1 == 1, NONE, slot),
            36..=39 | 44 | 45 => self.store(word, opcode & 1 == 1, NONE),
            46 | 47 => self.multiple(opcode == 46, word, slot),
            _ => {}
        }
    }

    fn arithmetic(&mut self, sources: [u8; 2], destination: u8) {
        self.reads = [sources[0], sources[1], NONE];
        self.writes = destination;
    }

    fn carrying_immediate(&mut self, opcode: u32, word: u32) {
        self.arithmetic([ra(word), NONE], rt(word));
        self.writes_xer = true;
        self.writes_condition = (opcode == 13) as u8;
    }

    fn trap(&mut self, word: u32, indexed: bool) {
        self.reads = [ra(word), if indexed { rb(word) } else { NONE }, NONE];
        self.unit = Unit::Branch;
        self.kind = Kind::Synchronising;
    }

    fn multiply(&mut self, word: u32, indexed: bool) {
        self.arithmetic([ra(word), if indexed { rb(word) } else { NONE }], rt(word));
        self.unit = Unit::Multiply;
        self.latency = MULTIPLY_LATENCY;
    }

    fn compare(&mut self, word: u32, indexed: bool) {
        self.reads = [ra(word), if indexed { rb(word) } else { NONE }, NONE];
        self.writes_condition = 1 << (rt(word) >> 2);
    }

    /// Logical and rotate instructions have their source where others have their destination.
    fn rotate(&mut self, opcode: u32, word: u32) {
        let amount = if opcode == 23 { rb(word) } else { NONE };
        let inserted_into = if opcode == 20 { ra(word) } else { NONE };
        self.reads = [rt(word), amount, inserted_into];
        self.writes = ra(word);
        self.writes_condition = (word & 1) as u8;
    }

    fn logical_immediate(&mut self, opcode: u32, word: u32) {
        self.arithmetic([rt(word), NONE], ra(word));
        self.writes_condition = (opcode >= 28) as u8;
        if word == NOP {
            self.kind = Kind::Nop;
        }
    }
}

/// Loads and stores.
impl Timing {
    fn load(&mut self, word: u32, update: bool, index: u8, slot: u8) {
        self.unit = Unit::LoadStore;
        self.is_load = true;
        self.latency = LOAD_STORE_LATENCY;
        self.writes = rt(word);
        self.reads = [base(word), index, NONE];
        if update {
            self.load_with_update(word, index, slot);
        }
    }

    /// Issues twice: the load, then the new base.
    fn load_with_update(&mut self, word: u32, index: u8, slot: u8) {
        if slot == 0 {
            self.reads = [ra(word), index, NONE];
            self.latency = LOAD_UPDATE_LATENCY;
        } else {
            self.reads = [NONE; 3];
            self.writes = ra(word);
            self.is_load = false;
            self.latency = ADDRESS_LATENCY;
        }
    }

    fn store(&mut self, word: u32, update: bool, index: u8) {
        self.unit = Unit::LoadStore;
        self.latency = LOAD_STORE_LATENCY;
        self.reads = [base(word), index, rt(word)];
        if update {
            self.writes = ra(word);
            self.latency = ADDRESS_LATENCY;
        }
    }

    fn multiple(&mut self, is_load: bool, word: u32, slot: u8) {
        let register = (rt(word) + slot) & 31;
        self.unit = Unit::LoadStore;
        self.latency = LOAD_STORE_LATENCY;
        self.is_load = is_load;
        self.reads = [base(word), NONE, if is_load { NONE } else { register }];
        self.writes = if is_load { register } else { NONE };
    }
}

/// Branches and the condition register.
impl Timing {
    fn branch(&mut self, word: u32) {
        self.unit = Unit::Branch;
        self.kind = Kind::Branch;
        self.writes_single = if word & 1 == 1 { Single::LNK } else { 0 };
        if word >> 26 == 16 {
            self.conditional_branch(word);
        }
    }

    fn conditional_branch(&mut self, word: u32) {
        let options = rt(word);
        if options & 0b10000 == 0 {
            self.reads_condition = 1 << (ra(word) >> 2);
        }
        if options & 0b00100 == 0 {
            self.reads_single |= Single::CTR;
            self.writes_single |= Single::CTR;
        }
    }

    fn condition_or_branch(&mut self, word: u32) {
        match extended_opcode(word) {
            16 => self.branch_to_link(word),
            528 => self.branch_to_count(word),
            50 => self.return_from_interrupt([26, 27]),
            51 => self.return_from_interrupt([58, 59]),
            38 => self.return_from_interrupt([570, 571]),
            0 => self.condition(word, 1 << (ra(word) >> 2)),
            33 | 129 | 193 | 225 | 257 | 289 | 417 | 449 => self.condition_logic(word),
            _ => {}
        }
    }

    fn branch_to_link(&mut self, word: u32) {
        self.branch(word);
        self.conditional_branch(word);
        self.reads_single |= Single::LNK;
    }

    /// The counter is read but, whatever the word says, not counted.
    fn branch_to_count(&mut self, word: u32) {
        self.branch(word);
        self.conditional_branch(word);
        self.reads_single |= Single::CTR;
        self.writes_single &= !Single::CTR;
    }

    fn return_from_interrupt(&mut self, registers: [u16; 2]) {
        self.unit = Unit::Branch;
        self.kind = Kind::Branch;
        self.reads_special = registers;
    }

    fn condition(&mut self, word: u32, reads: u8) {
        self.reads_condition = reads;
        self.writes_condition = 1 << (rt(word) >> 2);
    }

    fn condition_logic(&mut self, word: u32) {
        let fields = [ra(word), rb(word), rt(word)].map(|bit| 1 << (bit >> 2));
        self.condition(word, fields[0] | fields[1] | fields[2]);
    }
}

/// Primary opcode 31.
impl Timing {
    fn extended(&mut self, word: u32, slot: u8) {
        let code = extended_opcode(word);
        self.writes_condition = extended_writes_condition(code, word);
        self.writes_xer = extended_writes_xer(code, word);
        match code {
            4 => self.trap(word, true),
            0 | 32 => self.compare(word, true),
            23 | 87 | 279 | 343 => self.load(word, false, rb(word), slot),
            55 | 119 | 311 | 375 => self.load(word, true, rb(word), slot),
            151 | 215 | 407 => self.store(word, false, rb(word)),
            183 | 247 | 439 => self.store(word, true, rb(word)),
            24 | 536 | 792 | 28 | 60 | 124 | 284 | 316 | 412 | 444 | 476 => {
                self.logical([rt(word), rb(word)], word)
            }
            26 | 122 | 154 | 824 | 922 | 954 => self.logical([rt(word), NONE], word),
            62 => self.wait(word),
            598 => self.kind = Kind::Sync,
            19 | 144 | 339 | 467 | 83 | 146 => self.system(code, word),
            _ => self.extended_arithmetic(code & 0x1ff, word),
        }
    }

    fn logical(&mut self, sources: [u8; 2], word: u32) {
        self.arithmetic(sources, ra(word));
    }

    fn wait(&mut self, word: u32) {
        if rt(word) & 3 == 0 {
            self.kind = Kind::Halt;
        }
    }

    fn extended_arithmetic(&mut self, code: u32, word: u32) {
        match code {
            11 | 75 | 235 => self.multiply(word, true),
            459 | 491 => {
                self.arithmetic([ra(word), rb(word)], rt(word));
                self.unit = Unit::Divide;
            }
            // All of these wait for RB, also those that do not use it.
            8 | 10 | 40 | 136 | 138 | 200 | 202 | 232 | 234 | 266 => {
                self.arithmetic([ra(word), rb(word)], rt(word))
            }
            104 => self.arithmetic([ra(word), NONE], rt(word)),
            _ => {}
        }
    }

    fn system(&mut self, code: u32, word: u32) {
        match code {
            19 => self.move_from_condition(word),
            144 => self.reads[0] = rt(word),
            339 => self.move_from_special(word),
            467 => self.move_to_special(word),
            83 => {
                self.writes = rt(word);
                self.reads_single = Single::MSR;
            }
            _ => {
                self.reads[2] = rt(word);
                self.writes_single = Single::MSR;
                self.kind = Kind::Synchronising;
            }
        }
    }

    fn move_from_condition(&mut self, word: u32) {
        self.reads[2] = rt(word);
        self.writes = rt(word);
        self.reads_condition = if word & 0x0010_0000 != 0 { field_mask(word) } else { 0xff };
    }

    fn move_from_special(&mut self, word: u32) {
        let number = special(word);
        self.writes = rt(word);
        self.reads_special[0] = number;
        self.reads_single = single(number);
    }

    fn move_to_special(&mut self, word: u32) {
        let number = special(word);
        self.reads[0] = rt(word);
        self.writes_special = number;
        self.writes_single = single(number);
    }
}

/// Primary opcode 4.
impl Timing {
    fn vector(&mut self, word: u32) {
        let code = (word >> 2) & 0x1ff;
        if !is_vector(code) {
            return;
        }
        self.unit = Unit::Vector;
        match code {
            236 | 252 | 492 | 508 => self.reads = [base(word), rb(word), NONE],
            268 | 269 => self.reads[0] = base(word),
            _ => {}
        }
    }
}

/// Whether the 9-bit extended opcode under primary opcode 4 is a vector instruction.
fn is_vector(code: u32) -> bool {
    const CODES: [u16; 53] = [
        12, 13, 14, 15, 28, 29, 30, 31, 44, 45, 60, 61, 76, 77, 92, 93, 108, 109, 124, 125, 236, 239, 252,
        255, 268, 269, 271, 287, 300, 301, 316, 317, 319, 332, 333, 348, 349, 364, 365, 380, 381, 396, 397,
        412, 413, 428, 429, 460, 461, 476, 477, 492, 508,
    ];
    CODES.binary_search(&(code as u16)).is_ok()
}

/// Of primary opcode 31, everything not listed takes its lowest bit as a wish for CR0, undecoded words too.
fn extended_writes_condition(code: u32, word: u32) -> u8 {
    match code {
        144 => field_mask(word),
        122 | 154 | 19 | 62 | 146 | 83 | 4 => 0,
        23 | 279 | 87 | 55 | 311 | 119 | 343 | 375 | 151 | 407 | 215 | 183 | 439 | 247 | 310 | 438 => 0,
        _ => (word & 1) as u8,
    }
}

/// Of primary opcode 31, everything not listed takes its OE bit as a wish for OV, undecoded words too.
fn extended_writes_xer(code: u32, word: u32) -> bool {
    let carries =
        matches!(code & 0x1ff, 10 | 8 | 138 | 234 | 202 | 136 | 200 | 232) || matches!(code, 824 | 792);
    let overflow = match code {
        28 | 60 | 444 | 412 | 316 | 476 | 124 | 284 | 954 | 922 | 24 | 536 | 824 | 792 => false,
        23 | 279 | 87 | 151 | 407 | 215 | 183 | 439 | 62 => false,
        _ if matches!(code & 0x1ff, 75 | 11) => false,
        _ => word & 0x400 != 0,
    };
    carries || overflow || (code == 467 && special(word) == 1)
}

/// Registers of [`Single`] that are also special purpose registers.
fn single(number: u16) -> u8 {
    match number {
        8 => Single::LNK,
        9 => Single::CTR,
        _ => 0,
    }
}

/// FXM with bit i for field i.
fn field_mask(word: u32) -> u8 {
    ((word >> 12) as u8).reverse_bits()
}

fn special(word: u32) -> u16 {
    let field = word >> 11;
    ((field >> 5 & 31) | (field & 31) << 5) as u16
}

fn extended_opcode(word: u32) -> u32 {
    word >> 1 & 0x3ff
}

fn rt(word: u32) -> u8 {
    (word >> 21 & 31) as u8
}

fn ra(word: u32) -> u8 {
    (word >> 16 & 31) as u8
}

fn rb(word: u32) -> u8 {
    (word >> 11 & 31) as u8
}

/// RA where 0 stands for the value zero.
fn base(word: u32) -> u8 {
    match ra(word) {
        0 => NONE,
        register => register,
    }
}
