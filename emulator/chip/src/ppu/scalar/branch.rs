//! Branches and returns from interrupts.

use super::decoded::Decoded;
use super::execute::Effect;
use super::registers::{Registers, SaveRestore};

/// BO bit: the condition does not matter.
const ANY_CONDITION: u8 = 0x10;
/// BO bit: the value that the condition bit must have.
const WANTED: u8 = 0x08;
/// BO bit: the count does not matter and is not decremented.
const ANY_COUNT: u8 = 0x04;
/// BO bit: branch when the decremented count is zero, not when it is something else.
const COUNT_ZERO: u8 = 0x02;

/// Is the condition bit as BO wants it?
#[inline]
const fn condition_met(registers: &Registers, d: &Decoded) -> bool {
    d.rt & ANY_CONDITION != 0 || registers.cr_bit(d.ra) == (d.rt & WANTED != 0)
}

/// Is the count, were it decremented, as BO wants it?
#[inline]
const fn count_met(registers: &Registers, d: &Decoded) -> bool {
    d.rt & ANY_COUNT != 0 || (registers.ctr == 1) == (d.rt & COUNT_ZERO != 0)
}

/// Decrement the count if BO says so.
#[inline]
const fn count(registers: &mut Registers, d: &Decoded) {
    if d.rt & ANY_COUNT == 0 {
        registers.ctr = registers.ctr.wrapping_sub(1);
    }
}

/// Save the address of the next instruction, taken or not.
#[inline]
const fn link(registers: &mut Registers, d: &Decoded, pc: u32) {
    if d.links() {
        registers.lr = pc.wrapping_add(4);
    }
}

/// Target of a branch whose displacement is in the word.
#[inline]
const fn target(d: &Decoded, pc: u32) -> u32 {
    if d.is_absolute() { d.immediate } else { pc.wrapping_add(d.immediate) }
}

/// `b` and its like.
#[inline]
pub(super) fn always(registers: &mut Registers, d: &Decoded, pc: u32) -> Effect {
    link(registers, d, pc);
    Effect::Branch { taken: true, target: target(d, pc) }
}

/// `bc` and its like.
#[inline(always)]
pub(super) fn conditional(registers: &mut Registers, d: &Decoded, pc: u32) -> Effect {
    let taken = condition_met(registers, d) && count_met(registers, d);
    count(registers, d);
    link(registers, d, pc);
    Effect::Branch { taken, target: target(d, pc) }
}

/// `bclr`: to the link register as it was before this branch.
#[inline]
pub(super) fn to_link(registers: &mut Registers, d: &Decoded, pc: u32) -> Effect {
    let taken = condition_met(registers, d) && count_met(registers, d);
    let target = registers.lr & !3;
    count(registers, d);
    link(registers, d, pc);
    Effect::Branch { taken, target }
}

/// `bcctr`: to the count register, which is tested but never written, whatever BO says.
#[inline]
pub(super) fn to_count(registers: &mut Registers, d: &Decoded, pc: u32) -> Effect {
    let taken = condition_met(registers, d) && count_met(registers, d);
    link(registers, d, pc);
    Effect::Branch { taken, target: registers.ctr & !3 }
}

/// `rfi`, `rfci`, `rfmci`: back to what was saved.
#[inline]
pub(super) fn back(registers: &mut Registers, saved: impl Fn(&Registers) -> SaveRestore) -> Effect {
    let saved = saved(registers);
    Effect::ReturnFromInterrupt { target: registers.leave_interrupt(saved) }
}
