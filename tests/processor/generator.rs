//! Random scalar instructions on which this core and the Power ISA agree.
//!
//! Where they do not, the instruction is not made, or is thrown away when its operands turn out to matter ([`Rejection`]).

use hx_chip::ppu::ports::byte_enable_mask;
use hx_chip::ppu::scalar::{DecodeOptions, Decoded, Effect, Registers, Store, Timers, execute};
use hx_isa::instruction::{INSTRUCTIONS, Operand, Operation, Row, Support, Traits, Unit, encode};

/// Words of the memory that sequences may access.
pub const MEMORY_WORDS: usize = 1024;

/// The memory that sequences may access.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Its first address.
    pub base: u32,
    pub words: Vec<u32>,
}

impl Memory {
    /// Random content.
    pub fn random(base: u32, random: &mut Random) -> Memory {
        Memory { base, words: (0..MEMORY_WORDS).map(|_| random.operand()).collect() }
    }

    fn index(&self, address: u32) -> Option<usize> {
        let index = (address.wrapping_sub(self.base) / 4) as usize;
        (index < self.words.len()).then_some(index)
    }

    /// Carry out a store that [`step`] accepted.
    pub fn store(&mut self, store: &Store) {
        let index = self.index(store.address).expect("checked when the instruction was accepted");
        let mask = byte_enable_mask(store.enables());
        self.words[index] = self.words[index] & !mask | store.word();
    }
}

/// Registers to start from: pointers into `memory` and offsets as the instructions want them, the rest random.
pub fn random_registers(random: &mut Random, memory: &Memory) -> Registers {
    let mut registers =
        Registers { cr: random.word(), xer: random.word() & 0xE000_0000, ..Registers::default() };
    registers.gpr = std::array::from_fn(|_| random.operand());
    for pointer in 28..32 {
        registers.gpr[pointer] = memory.base + 0x400 + 4 * random.below(512);
    }
    for offset in 25..28 {
        registers.gpr[offset] = 4 * random.below(16);
    }
    registers.ctr = random.pick(&[0, 1, 1, 2, 3, u32::MAX]);
    registers.lr = random.operand();
    registers
}

/// A small generator (xorshift64*): the same sequences on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(limit)) >> 32) as u32
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// An operand: an extreme, a small number, a single bit or anything.
    pub fn operand(&mut self) -> u32 {
        match self.below(8) {
            0 => self.pick(&[0, 1, u32::MAX, 0x8000_0000, 0x7FFF_FFFF, 0x8000, 0xFFFF_8000]),
            1 | 2 => self.below(33),
            3 => self.below(33).wrapping_neg(),
            4 => 1 << self.below(32),
            _ => self.word(),
        }
    }
}

/// Why an instruction is not compared in the state in which it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// `slw`, `srw`, `sraw` by 32 or more: 0 or the sign in Power, modulo 32 here.
    LongShift,
    /// Division by zero, or 0x80000000 / -1: undefined in Power.
    Division,
    /// A write of bits of XER that this core does not have.
    XerBits,
    /// `mfocrf` into a register with unselected bits set: undefined in Power, kept here.
    KeptBits,
    /// Misaligned, or outside the memory: an interrupt here, a crash there.
    Access,
    /// `lmw` that loads its own base: an invalid form in Power.
    LoadedBase,
    /// A trap.
    Trap,
    /// A branch that leaves the rest of the sequence.
    Target,
}

/// What the instruction did.
pub struct Step {
    pub registers: Registers,
    pub stores: Vec<Store>,
    /// Address of the next instruction.
    pub next: u32,
}

/// Execute `word` on copies; `limit` is the last address a branch may go to.
pub fn step(before: &Registers, memory: &Memory, word: u32, pc: u32, limit: u32) -> Result<Step, Rejection> {
    let decoded = Decoded::new(word, &DecodeOptions { lha_zero_extend: false });
    check_operands(before, &decoded)?;
    let mut done = Step { registers: *before, stores: Vec::new(), next: pc + 4 };
    for part in 0..decoded.slots {
        match execute(&mut done.registers, &mut Timers::default(), &decoded, pc, part, 0) {
            Effect::Load(load) => {
                let index = memory.index(load.address).ok_or(Rejection::Access)?;
                load.complete(&mut done.registers, memory.words[index]);
            }
            Effect::Store(store) => {
                memory.index(store.address).ok_or(Rejection::Access)?;
                done.stores.push(store);
            }
            Effect::Misaligned { .. } => return Err(Rejection::Access),
            Effect::Trap => return Err(Rejection::Trap),
            Effect::Branch { taken: true, target } => done.next = target,
            _ => {}
        }
    }
    if done.next <= pc || done.next > limit {
        return Err(Rejection::Target);
    }
    Ok(done)
}

/// The departures from Power that depend on operands.
fn check_operands(registers: &Registers, d: &Decoded) -> Result<(), Rejection> {
    let gpr = |field: u8| registers.gpr[usize::from(field)];
    let (a, b, t) = (gpr(d.ra), gpr(d.rb), gpr(d.rt));
    let rejection = match d.operation {
        Some(Operation::Slw | Operation::Srw | Operation::Sraw) if b & 32 != 0 => Rejection::LongShift,
        Some(Operation::Divw | Operation::Divwu) if b == 0 => Rejection::Division,
        Some(Operation::Divw) if a == 0x8000_0000 && b == u32::MAX => Rejection::Division,
        Some(Operation::Mtspr) if d.immediate == 1 && t & 0x1FFF_FFFF != 0 => Rejection::XerBits,
        Some(Operation::Lmw) if d.ra >= d.rt => Rejection::LoadedBase,
        Some(Operation::Mfocrf) if t & !d.immediate != 0 => Rejection::KeptBits,
        _ => return Ok(()),
    };
    Err(rejection)
}

/// Rows that are compared: scalar ones, without those that user mode does not have (`rfi` and its like, `mtmsr`, `mfmsr`,
/// `wait`) and those that the 32-bit processors of qemu do not have (`popcntb`, `prtyw`).
pub fn compared() -> Vec<&'static Row> {
    const EXCLUDED: [Operation; 8] = [
        Operation::Rfi,
        Operation::Rfci,
        Operation::Rfmci,
        Operation::Mtmsr,
        Operation::Mfmsr,
        Operation::Wait,
        Operation::Popcntb,
        Operation::Prtyw,
    ];
    let scalar = |row: &&Row| row.support == Support::Implemented && row.unit != Unit::Vector;
    INSTRUCTIONS.iter().filter(scalar).filter(|row| !EXCLUDED.contains(&row.operation)).collect()
}

/// Registers by what random instructions use them for. r1 points to the record of the sequence and is left alone.
fn any_destination(random: &mut Random) -> i64 {
    i64::from(random.pick(&[0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24]))
}

/// Pointers into the memory: only instructions with update change them.
fn pointer(random: &mut Random) -> i64 {
    i64::from(28 + random.below(4))
}

/// Small offsets, never changed.
fn offset(random: &mut Random) -> i64 {
    i64::from(25 + random.below(3))
}

/// Displacements that suit the width of `row` most of the time.
fn displacement(random: &mut Random, row: &Row) -> i64 {
    let word = matches!(row.operation, Operation::Lwz | Operation::Lwzu | Operation::Stw | Operation::Stwu);
    let bytes = i64::from(random.below(128)) - 64;
    if word || row.is(Traits::UPDATE) || row.is(Traits::MULTIPLE) { bytes & !3 } else { bytes }
}

/// A random value for `operand`; `left` is the number of instructions that a branch may skip.
fn value(random: &mut Random, row: &Row, operand: Operand, pc: u32, left: u32) -> i64 {
    let accesses = row.unit == Unit::LoadStore;
    let logical = row.operands[0] == Operand::Ra;
    let forward = 4 * i64::from(1 + random.below(left.max(1)));
    match operand {
        Operand::Rt => any_destination(random),
        Operand::Ra if logical => any_destination(random),
        Operand::Base | Operand::BaseOrZero => pointer(random),
        Operand::Ra | Operand::RaOrZero if accesses => pointer(random),
        Operand::Rb if accesses => offset(random),
        Operand::D => displacement(random, row),
        Operand::Li | Operand::Bd if row.is(Traits::ABSOLUTE) => absolute(row, pc, forward),
        Operand::Li | Operand::Bd => forward,
        Operand::Bo if row.operation == Operation::Bcctr => i64::from(random.below(32) | 4),
        Operand::Spr => i64::from(random.pick(&[1, 8, 9])),
        Operand::Fxm if matches!(row.operation, Operation::Mfocrf | Operation::Mtocrf) => {
            1 << random.below(8)
        }
        Operand::Si if random.below(2) == 0 => i64::from(random.operand() as i16),
        other => anything(random, other),
    }
}

/// Any value that `operand` can have.
fn anything(random: &mut Random, operand: Operand) -> i64 {
    let field = operand.field();
    let steps = ((field.high - field.low) / field.scale) as u64;
    field.low + field.scale * ((u64::from(random.word()) * (steps + 1)) >> 32) as i64
}

/// An absolute target. The 14 bits of `bca` do not reach the program, so it is compared only when not taken.
fn absolute(row: &Row, pc: u32, forward: i64) -> i64 {
    if row.operation == Operation::B { i64::from(pc) + forward } else { 0x100 }
}

/// One candidate: an instruction, and one before it that makes it comparable where it seldom is by chance.
pub fn candidate(random: &mut Random, rows: &[&Row], pc: u32, left: u32) -> Vec<u32> {
    let row = random.pick(rows);
    let before = prepares(row) && left > 1;
    let at = if before { pc + 4 } else { pc };
    let values: Vec<i64> = row
        .operands
        .iter()
        .map(|&operand| value(random, row, operand, at, left - u32::from(before)))
        .collect();
    if row.operation == Operation::Lmw && before {
        return load_multiple(random, row);
    }
    let word = encode(row, &values).expect("values are in range");
    let mut words = vec![word];
    if before && let Some(preparation) = preparation(row, word) {
        words.insert(0, preparation);
    }
    words
}

/// The instruction that makes `word` comparable: clears the target of `mfocrf`, the bits that XER does not have, or those of
/// a shift amount beyond 31.
fn preparation(row: &Row, word: u32) -> Option<u32> {
    let (target, amount) = (Operand::Rt.get(word), Operand::Rb.get(word));
    let free = |register: &i64| (2..25).contains(register);
    match row.operation {
        Operation::Mfocrf => Some(encoded("addi", &[target, 0, 0])),
        Operation::Mtspr if Operand::Spr.get(word) == 1 => {
            Some(target).filter(free).map(|r| encoded("rlwinm", &[r, r, 0, 0, 2]))
        }
        Operation::Slw | Operation::Srw | Operation::Sraw => {
            Some(amount).filter(free).map(|r| encoded("rlwinm", &[r, r, 0, 27, 31]))
        }
        _ => None,
    }
}

/// Is one of these worth a preparation?
fn prepares(row: &Row) -> bool {
    use Operation::{Lmw, Mfocrf, Mtspr, Slw, Sraw, Srw};
    matches!(row.operation, Lmw | Mfocrf | Mtspr | Slw | Sraw | Srw)
}

/// `lmw` of any number of registers, behind a copy of a pointer to a register that it does not load.
fn load_multiple(random: &mut Random, row: &Row) -> Vec<u32> {
    let base = 2 + random.below(23);
    let first = base + 1 + random.below(31 - base);
    let place = 4 * i64::from(random.below(64)) - 128;
    let load = encode(row, &[i64::from(first), place, i64::from(base)]).expect("values are in range");
    vec![encoded("addi", &[i64::from(base), pointer(random), 0]), load]
}

/// The word of `mnemonic` with these operands.
pub fn encoded(mnemonic: &str, values: &[i64]) -> u32 {
    let row = INSTRUCTIONS.iter().find(|row| row.mnemonic == mnemonic).expect("a mnemonic of the table");
    encode(row, values).unwrap_or_else(|error| panic!("{mnemonic} {values:?}: {error}"))
}

/// Does `word` write a pointer, so that it must be the last of its sequence?
pub fn ends_sequence(word: u32) -> bool {
    let decoded = Decoded::new(word, &DecodeOptions::default());
    decoded.operation == Some(Operation::Lmw)
}
