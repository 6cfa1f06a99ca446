//! One instruction, one issue slot: the table of what each operation does to the registers.

use super::arithmetic as arith;
use super::branch;
use super::decoded::Decoded;
use super::logic;
use super::memory::{self, Load, Store, Width, base_or_zero};
use super::registers::Registers;
use super::system;
use super::timers::Timers;
use hx_isa::instruction::Operation;

/// What an instruction leaves to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: go on with the next slot or instruction.
    Next,
    /// The instruction was a branch.
    Branch {
        /// Go to `target`, otherwise on.
        taken: bool,
        /// Byte address, valid also when not taken.
        target: u32,
    },
    /// Read memory and write a register: [`Load::complete`].
    Load(Load),
    /// Write memory: [`Store::word`], [`Store::enables`].
    Store(Store),
    /// An access that does not fit into one word. No register was changed; the alignment interrupt is due. The second slot of
    /// a load with update must not be executed.
    Misaligned {
        /// Byte address of the access.
        address: u32,
    },
    /// The condition of a trap instruction was met: the program interrupt is due.
    Trap,
    /// A trap instruction that did not trap, or `sync`: nothing issues behind it before the pipelines are empty.
    Synchronise,
    /// `mtmsr`: as [`Effect::Synchronise`], and interrupts may now be enabled or disabled.
    MachineState,
    /// A timer was written: [`Timers::next_event`] may have changed.
    TimerWritten,
    /// Sleep once everything is done.
    Wait,
    /// An interrupt is over; the machine state is restored.
    ReturnFromInterrupt {
        /// Byte address to go on at.
        target: u32,
    },
    /// The instruction belongs to the vector unit.
    Vector {
        /// What it takes from the scalar registers, now: the address of a memory or parallel access, else the content of RA
        /// (the value of a splat; its RA field 0 means r0).
        operand: u32,
    },
}

/// Execute slot `part` (from 0) of the instruction `d` at byte address `pc`, issued in `cycle`.
#[inline(always)]
pub fn execute(
    registers: &mut Registers,
    timers: &mut Timers,
    d: &Decoded,
    pc: u32,
    part: u8,
    cycle: u64,
) -> Effect {
    use Operation as Op;
    let r = registers;
    let ra = r.gpr[usize::from(d.ra & 31)];
    let rb = r.gpr[usize::from(d.rb & 31)];
    let rs = r.gpr[usize::from(d.rt & 31)];
    let immediate = d.immediate;
    let carry = arith::carry(r);
    let Some(operation) = d.operation else {
        arith::undecoded(r, d, ra, rb);
        return Effect::Next;
    };
    match operation {
        Op::Addi | Op::Addis => r.gpr[usize::from(d.rt & 31)] = base_or_zero(r, d).wrapping_add(immediate),
        Op::Addic => arith::sum::<true>(r, d, ra, immediate, 0),
        Op::Subfic => arith::sum::<true>(r, d, !ra, immediate, 1),
        Op::Add => arith::sum::<false>(r, d, ra, rb, 0),
        Op::Addc => arith::sum::<true>(r, d, ra, rb, 0),
        Op::Adde => arith::sum::<true>(r, d, ra, rb, carry),
        Op::Addme => arith::sum::<true>(r, d, ra, u32::MAX, carry),
        Op::Addze => arith::sum::<true>(r, d, ra, 0, carry),
        Op::Subf => arith::sum::<false>(r, d, !ra, rb, 1),
        Op::Subfc => arith::sum::<true>(r, d, !ra, rb, 1),
        Op::Subfe => arith::sum::<true>(r, d, !ra, rb, carry),
        Op::Subfme => arith::sum::<true>(r, d, !ra, u32::MAX, carry),
        Op::Subfze => arith::sum::<true>(r, d, !ra, 0, carry),
        Op::Neg => arith::sum::<false>(r, d, !ra, 0, 1),
        Op::Mulli => arith::multiply_low(r, d, ra, immediate),
        Op::Mullw => arith::multiply_low(r, d, ra, rb),
        Op::Mulhw => arith::multiply_high_signed(r, d, ra, rb),
        Op::Mulhwu => arith::multiply_high_unsigned(r, d, ra, rb),
        Op::Divw => arith::divide_signed(r, d, ra, rb),
        Op::Divwu => arith::divide_unsigned(r, d, ra, rb),
        Op::Cmpwi => arith::compare_signed(r, d, ra, immediate),
        Op::Cmpw => arith::compare_signed(r, d, ra, rb),
        Op::Cmplwi => arith::compare_unsigned(r, d, ra, immediate),
        Op::Cmplw => arith::compare_unsigned(r, d, ra, rb),

        Op::Andi | Op::Andis => logic::put(r, d, rs & immediate),
        Op::Ori | Op::Oris => logic::put(r, d, rs | immediate),
        Op::Xori | Op::Xoris => logic::put(r, d, rs ^ immediate),
        Op::And => logic::put(r, d, rs & rb),
        Op::Andc => logic::put(r, d, rs & !rb),
        Op::Or => logic::put(r, d, rs | rb),
        Op::Orc => logic::put(r, d, rs | !rb),
        Op::Xor => logic::put(r, d, rs ^ rb),
        Op::Nand => logic::put(r, d, !(rs & rb)),
        Op::Nor => logic::put(r, d, !(rs | rb)),
        Op::Eqv => logic::put(r, d, !(rs ^ rb)),
        Op::Extsb => logic::put(r, d, rs as u8 as i8 as u32),
        Op::Extsh => logic::put(r, d, rs as u16 as i16 as u32),
        Op::Cntlzw => logic::count_leading_zeros(r, d, rs),
        Op::Popcntb => logic::put(r, d, logic::population_of_bytes(rs)),
        Op::Prtyw => logic::put(r, d, logic::parity(rs)),
        Op::Rlwinm => logic::rotate_and(r, d, rs, u32::from(d.rb)),
        Op::Rlwnm => logic::rotate_and(r, d, rs, rb),
        Op::Rlwimi => logic::rotate_insert(r, d, rs),
        Op::Slw => logic::put(r, d, rs << (rb & 31)),
        Op::Srw => logic::put(r, d, rs >> (rb & 31)),
        Op::Sraw => logic::shift_right_algebraic(r, d, rs, rb),
        Op::Srawi => logic::shift_right_algebraic(r, d, rs, u32::from(d.rb)),

        Op::Lwz
        | Op::Lwzx
        | Op::Lbz
        | Op::Lbzx
        | Op::Lhz
        | Op::Lhzx
        | Op::Lha
        | Op::Lhax
        | Op::Lwzu
        | Op::Lwzux
        | Op::Lbzu
        | Op::Lbzux
        | Op::Lhzu
        | Op::Lhzux
        | Op::Lhau
        | Op::Lhaux
        | Op::Stw
        | Op::Stwx
        | Op::Stb
        | Op::Stbx
        | Op::Sth
        | Op::Sthx
        | Op::Stwu
        | Op::Stwux
        | Op::Stbu
        | Op::Stbux
        | Op::Sthu
        | Op::Sthux
        | Op::Lmw
        | Op::Stmw => {
            return access(r, d, part);
        }
        Op::B | Op::Bc | Op::Bclr | Op::Bcctr | Op::Rfi | Op::Rfci | Op::Rfmci => return jump(r, d, pc),

        Op::Mcrf => system::move_field(r, d),
        Op::Crand => system::combine_bits(r, d, |a, b| a & b),
        Op::Crandc => system::combine_bits(r, d, |a, b| a & !b),
        Op::Cror => system::combine_bits(r, d, |a, b| a | b),
        Op::Crorc => system::combine_bits(r, d, |a, b| a | !b),
        Op::Crxor => system::combine_bits(r, d, |a, b| a ^ b),
        Op::Creqv => system::combine_bits(r, d, |a, b| !(a ^ b)),
        Op::Crnand => system::combine_bits(r, d, |a, b| !(a & b)),
        Op::Crnor => system::combine_bits(r, d, |a, b| !(a | b)),
        Op::Mfcr => r.gpr[usize::from(d.rt & 31)] = r.cr,
        Op::Mfocrf => system::from_cr_fields(r, d),
        Op::Mtcrf | Op::Mtocrf => system::to_cr_fields(r, d),
        Op::Mfspr => system::from_spr(r, timers, d, cycle),
        Op::Mtspr => return system::to_spr(r, timers, d, cycle),
        Op::Mfmsr => r.gpr[usize::from(d.rt & 31)] = r.msr,
        Op::Mtmsr => {
            r.set_msr(rs);
            return Effect::MachineState;
        }
        Op::Tw => return system::trap(d, ra, rb),
        Op::Twi => return system::trap(d, ra, immediate),
        Op::Sync => return Effect::Synchronise,
        Op::Wait => return Effect::Wait,

        _ => return Effect::Vector { operand: vector_operand(r, d) },
    }
    Effect::Next
}

/// What a vector instruction takes from the scalar registers; see [`Effect::Vector`].
#[inline]
pub fn vector_operand(r: &Registers, d: &Decoded) -> u32 {
    if d.is_indexed() {
        base_or_zero(r, d).wrapping_add(r.gpr[usize::from(d.rb & 31)])
    } else {
        r.gpr[usize::from(d.ra & 31)]
    }
}

/// The part of [`execute`] for loads and stores.
#[inline]
pub fn access(r: &mut Registers, d: &Decoded, part: u8) -> Effect {
    use Operation as Op;
    let Some(operation) = d.operation else { return Effect::Next };
    match operation {
        Op::Lwz | Op::Lwzx => memory::load(r, d, Width::Word, false),
        Op::Lbz | Op::Lbzx => memory::load(r, d, Width::Byte, false),
        Op::Lhz | Op::Lhzx => memory::load(r, d, Width::Half, false),
        Op::Lha | Op::Lhax => memory::load(r, d, Width::Half, true),
        Op::Lwzu | Op::Lwzux => memory::load_update(r, d, part, Width::Word, false),
        Op::Lbzu | Op::Lbzux => memory::load_update(r, d, part, Width::Byte, false),
        Op::Lhzu | Op::Lhzux => memory::load_update(r, d, part, Width::Half, false),
        Op::Lhau | Op::Lhaux => memory::load_update(r, d, part, Width::Half, true),
        Op::Stw | Op::Stwx => memory::store(r, d, Width::Word),
        Op::Stb | Op::Stbx => memory::store(r, d, Width::Byte),
        Op::Sth | Op::Sthx => memory::store(r, d, Width::Half),
        Op::Stwu | Op::Stwux => memory::store_update(r, d, Width::Word),
        Op::Stbu | Op::Stbux => memory::store_update(r, d, Width::Byte),
        Op::Sthu | Op::Sthux => memory::store_update(r, d, Width::Half),
        Op::Lmw => memory::load_multiple(r, d, part),
        Op::Stmw => memory::store_multiple(r, d, part),
        _ => Effect::Next,
    }
}

/// The part of [`execute`] for branches and returns from interrupts.
#[inline(always)]
pub fn jump(r: &mut Registers, d: &Decoded, pc: u32) -> Effect {
    use Operation as Op;
    let Some(operation) = d.operation else { return Effect::Next };
    match operation {
        Op::B => branch::always(r, d, pc),
        Op::Bc => branch::conditional(r, d, pc),
        Op::Bclr => branch::to_link(r, d, pc),
        Op::Bcctr => branch::to_count(r, d, pc),
        Op::Rfi => branch::back(r, |r| r.base),
        Op::Rfci => branch::back(r, |r| r.critical),
        Op::Rfmci => branch::back(r, |r| r.machine_check),
        _ => Effect::Next,
    }
}
