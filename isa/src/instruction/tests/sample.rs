//! Random operands.

use super::super::{Mnemonic, Operand};

/// A reproducible source of operands.
pub(super) struct Samples(u64);

impl Samples {
    pub(super) fn new(seed: u64) -> Samples {
        Samples(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A value that fits the operand: an extreme one, a small one, or any.
    fn value(&mut self, operand: Operand) -> i64 {
        let field = operand.field();
        if operand == Operand::Mask {
            return i64::from(0xffff_0000_u32.rotate_left(self.next() as u32));
        }
        let steps = ((field.high - field.low) / field.scale + 1) as u64;
        let any = field.low + (self.next() % steps) as i64 * field.scale;
        match self.next() % 8 {
            0 => field.low,
            1 => field.high,
            2 => field.low.max(0),
            _ => any,
        }
    }

    /// This many words of one form.
    pub(super) fn words(&mut self, form: Mnemonic, count: usize) -> Vec<u32> {
        let words = std::iter::repeat_with(|| {
            let arguments: Vec<i64> = form.operands().iter().map(|operand| self.value(*operand)).collect();
            form.encode(&arguments)
        });
        words.take(10_000).filter_map(Result::ok).take(count).collect()
    }
}
