//! What each instruction does to registers, accumulator and condition register.

use hx_isa::instruction::Operation as Op;

use super::arithmetic::{
    fraction8, fraction16, left8, left16, product8, product16, saturating_sum16, upper_fraction16, upper8,
    upper16,
};
use super::instruction::VectorInstruction;
use super::lanes::{byte_sums, bytes2, bytes3, half_sums, halves2, halves3, merge, merge_sums};
use super::state::{Accumulator, Relation, VectorState};
use super::{Vector, permute};

impl VectorState {
    /// Executes everything but loads and stores, which do nothing here. `scalar` is the content of general-purpose register RA, for
    /// splats.
    pub fn execute(&mut self, instruction: &VectorInstruction, scalar: u32) {
        let (a, b) = (self.register(instruction.first), self.register(instruction.second));
        let (acc, shift, by) = (&self.accumulator, instruction.condition, instruction.shift());
        match instruction.operation {
            Op::FxvAddbm => self.put(instruction, bytes2(a, b, i8::wrapping_add)),
            Op::FxvAddhm => self.put(instruction, halves2(a, b, i16::wrapping_add)),
            Op::FxvSubbm => self.put(instruction, bytes2(a, b, i8::wrapping_sub)),
            Op::FxvSubhm => self.put(instruction, halves2(a, b, i16::wrapping_sub)),
            Op::FxvMulbm => self.put(instruction, bytes2(a, b, i8::wrapping_mul)),
            Op::FxvMulhm => self.put(instruction, halves2(a, b, i16::wrapping_mul)),
            Op::FxvAddbfs => self.put(instruction, bytes2(a, b, i8::saturating_add)),
            Op::FxvAddhfs => self.put(instruction, halves2(a, b, i16::saturating_add)),
            Op::FxvSubbfs => self.put(instruction, bytes2(a, b, i8::saturating_sub)),
            Op::FxvSubhfs => self.put(instruction, halves2(a, b, i16::saturating_sub)),
            Op::FxvMulbfs => {
                self.put(instruction, bytes2(a, b, |a, b| upper8(fraction8(a.into(), b.into())) as i8))
            }
            Op::FxvMulhfs => self.put(instruction, halves2(a, b, upper_fraction16)),
            Op::FxvMabm => self.put(instruction, bytes3(a, b, acc, |a, b, s| product8(a, b).wrapping_add(s))),
            Op::FxvMahm => {
                self.put(instruction, halves3(a, b, acc, |a, b, s| a.wrapping_mul(b).wrapping_add(s as i16)))
            }
            Op::FxvMabfs => {
                self.put(instruction, bytes3(a, b, acc, |a, b, s| upper8(fraction8(a, b).saturating_add(s))))
            }
            Op::FxvMahfs => self.put(
                instruction,
                halves3(a, b, acc, |a, b, s| upper16(saturating_sum16(fraction16(a, b), s))),
            ),
            Op::FxvAddacbm => self.put(instruction, bytes3(a, a, acc, |a, _, s| a.wrapping_add(s))),
            Op::FxvAddachm => self.put(instruction, halves3(a, a, acc, |a, _, s| a.wrapping_add(s as i16))),
            Op::FxvAddacbfs => {
                self.put(instruction, bytes3(a, a, acc, |a, _, s| upper8(left8(a).saturating_add(s))))
            }
            Op::FxvAddachfs => {
                self.put(instruction, halves3(a, a, acc, |a, _, s| a.saturating_add(upper16(s))))
            }
            Op::FxvMatacbm => {
                self.accumulate(instruction, byte_sums(a, b, acc, |a, b, s| product8(a, b).wrapping_add(s)))
            }
            Op::FxvMatachm => {
                self.accumulate(instruction, half_sums(a, b, acc, |a, b, s| product16(a, b).wrapping_add(s)))
            }
            Op::FxvMatacbfs => self
                .accumulate(instruction, byte_sums(a, b, acc, |a, b, s| fraction8(a, b).saturating_add(s))),
            Op::FxvMatachfs => self.accumulate(
                instruction,
                half_sums(a, b, acc, |a, b, s| saturating_sum16(fraction16(a, b), s)),
            ),
            Op::FxvMultacbm => self.accumulate(instruction, byte_sums(a, b, acc, |a, b, _| product8(a, b))),
            Op::FxvMultachm => self.accumulate(instruction, half_sums(a, b, acc, |a, b, _| product16(a, b))),
            Op::FxvMultacbfs => self.accumulate(instruction, byte_sums(a, b, acc, |a, b, _| fraction8(a, b))),
            Op::FxvMultachfs => {
                self.accumulate(instruction, half_sums(a, b, acc, |a, b, _| fraction16(a, b)))
            }
            Op::FxvAddactacb => {
                self.accumulate(instruction, byte_sums(a, a, acc, |a, _, s| a.wrapping_add(s)))
            }
            Op::FxvAddactachm => {
                self.accumulate(instruction, half_sums(a, a, acc, |a, _, s| i32::from(a).wrapping_add(s)))
            }
            Op::FxvAddactacbf => {
                self.accumulate(instruction, byte_sums(a, a, acc, |a, _, s| left8(a).saturating_add(s)))
            }
            Op::FxvAddactachf => {
                self.accumulate(instruction, half_sums(a, a, acc, |a, _, s| saturating_sum16(left16(a), s)))
            }
            Op::FxvAddtacb => self.accumulate(instruction, byte_sums(a, b, acc, |a, b, _| a + b)),
            Op::FxvAddtachm => {
                self.accumulate(instruction, half_sums(a, b, acc, |a, b, _| i32::from(a) + i32::from(b)))
            }
            Op::FxvMtacb => self.accumulate(instruction, byte_sums(a, a, acc, |a, _, _| a)),
            Op::FxvMtach => self.accumulate(instruction, half_sums(a, a, acc, |a, _, _| a.into())),
            Op::FxvMtacbf => self.accumulate(instruction, byte_sums(a, a, acc, |a, _, _| left8(a))),
            Op::FxvMtachf => self.accumulate(instruction, half_sums(a, a, acc, |a, _, _| left16(a))),
            Op::FxvCmpb => self.condition = permute::compare_bytes(a),
            Op::FxvCmph => self.condition = permute::compare_halves(a),
            Op::FxvSel => *self.register_mut(instruction.target) = self.selected(instruction),
            Op::FxvShb => *self.register_mut(instruction.target) = permute::shift_bytes(a, by),
            Op::FxvShh => *self.register_mut(instruction.target) = permute::shift_halves(a, by),
            Op::FxvSplatb => *self.register_mut(instruction.target) = permute::splat_byte(scalar),
            Op::FxvSplath => *self.register_mut(instruction.target) = permute::splat_half(scalar),
            Op::FxvPckbu => *self.register_mut(instruction.target) = permute::pack_upper(a, b, shift),
            Op::FxvPckbl => *self.register_mut(instruction.target) = permute::pack_lower(a, b, shift),
            Op::FxvUpckbl => *self.register_mut(instruction.target) = permute::unpack::<0>(a, b, shift),
            Op::FxvUpckbr => *self.register_mut(instruction.target) = permute::unpack::<8>(a, b, shift),
            _ => {}
        }
    }

    /// Writes a result where the condition holds.
    #[inline(always)]
    fn put(&mut self, instruction: &VectorInstruction, result: Vector) {
        let target = usize::from(instruction.target) % 32;
        self.registers[target] = match Relation::from_field(instruction.condition) {
            None => result,
            Some(relation) => merge(self.condition.lanes(relation), &self.registers[target], &result),
        };
    }

    /// Saves sums where the condition holds.
    #[inline(always)]
    fn accumulate(&mut self, instruction: &VectorInstruction, sums: Accumulator) {
        match Relation::from_field(instruction.condition) {
            None => self.accumulator = sums,
            Some(relation) => merge_sums(self.condition.lanes(relation), &sums, &mut self.accumulator),
        }
    }

    #[inline(always)]
    fn selected(&self, instruction: &VectorInstruction) -> Vector {
        let (a, b) = (self.register(instruction.first), self.register(instruction.second));
        match Relation::from_field(instruction.condition) {
            None => *b,
            Some(relation) => merge(self.condition.lanes(relation), a, b),
        }
    }
}
