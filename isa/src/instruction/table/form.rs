//! Short constructors for the rows of the table: one per form, and what a row may add to it.

use super::super::{Form, Operand, Operation, Row, Support, Traits, Unit};

/// The opcode bits of a form: primary opcode, extended opcode, and which bits the decoder looks at.
const fn row(
    form: Form,
    mask: u32,
    pattern: u32,
    mnemonic: &'static str,
    operation: Operation,
    operands: &'static [Operand],
) -> Row {
    Row {
        operation,
        mnemonic,
        form,
        mask,
        pattern,
        operands,
        unit: Unit::FixedPoint,
        traits: Traits::empty(),
        support: Support::Implemented,
        note: "",
    }
}

/// Declares the constructor of a form that is told apart by its primary opcode alone, or by an extended opcode.
macro_rules! form {
    ($(#[$doc:meta])* $name:ident, $form:ident, $mask:literal, |$opcode:ident| $pattern:expr) => {
        $(#[$doc])*
        pub(super) const fn $name(
            $opcode: u32,
            mnemonic: &'static str,
            operation: Operation,
            operands: &'static [Operand],
        ) -> Row {
            row(Form::$form, $mask, $pattern, mnemonic, operation, operands)
        }
    };
}

form!(/** Immediate, by primary opcode. */ d, D, 0xfc00_0000, |opcode| opcode << 26);
form!(/** Rotate, by primary opcode. */ m, M, 0xfc00_0000, |opcode| opcode << 26);
form!(/** Branch, by primary opcode. */ i, I, 0xfc00_0000, |opcode| opcode << 26);
form!(/** Conditional branch, by primary opcode. */ b, B, 0xfc00_0000, |opcode| opcode << 26);
form!(/** System call, by primary opcode. */ sc, Sc, 0xfc00_0002, |opcode| opcode << 26 | 2);
form!(/** Under primary opcode 19. */ xl, Xl, 0xfc00_07fe, |extended| 19 << 26 | extended << 1);
form!(/** Under primary opcode 31. */ x, X, 0xfc00_07fe, |extended| 31 << 26 | extended << 1);
form!(/** Under primary opcode 31. */ xfx, Xfx, 0xfc00_07fe, |extended| 31 << 26 | extended << 1);
form!(/** Under primary opcode 31, 9-bit extended opcode. */ xo, Xo, 0xfc00_03fe, |extended| 31 << 26 | extended << 1);
form!(/** Under primary opcode 31, 5-bit extended opcode. */ a, A, 0xfc00_003e, |extended| 31 << 26 | extended << 1);

/// Vector instruction, under primary opcode 4.
pub(super) const fn fxv(
    extended: u32,
    mnemonic: &'static str,
    operation: Operation,
    operands: &'static [Operand],
) -> Row {
    row(Form::Fxv, 0xfc00_07fc, 4 << 26 | extended << 2, mnemonic, operation, operands).on(Unit::Vector)
}

impl Row {
    /// Executed by this unit.
    pub(super) const fn on(self, unit: Unit) -> Row {
        Row { unit, ..self }
    }

    /// With these traits.
    pub(super) const fn with(mut self, traits: &[Traits]) -> Row {
        let mut index = 0;
        while index < traits.len() {
            self.traits = self.traits.union(traits[index]);
            index += 1;
        }
        self
    }

    /// With a remark.
    pub(super) const fn note(self, note: &'static str) -> Row {
        Row { note, ..self }
    }

    /// Not executed by this processor.
    pub(super) const fn absent(self, note: &'static str) -> Row {
        Row { support: Support::Absent, note, ..self }
    }

    /// Decoded without a unit behind it.
    pub(super) const fn configured_out(self, note: &'static str) -> Row {
        Row { support: Support::ConfiguredOut, note, ..self }
    }

    /// Of an earlier chip.
    pub(super) const fn removed(self, note: &'static str) -> Row {
        Row { support: Support::Removed, note, ..self }
    }

    /// Further bits the decoder looks at, and what they are.
    pub(super) const fn exact(self, bits: u32, mask: u32) -> Row {
        Row { mask: self.mask | mask, pattern: self.pattern | bits, ..self }
    }

    /// The variant that sets CR field 0.
    pub(super) const fn recording(self) -> Row {
        self.exact(1, 1).with(&[Traits::RECORD])
    }

    /// The variant that sets OV and SO.
    pub(super) const fn overflowing(self) -> Row {
        self.exact(0x400, 0x400).with(&[Traits::OVERFLOW])
    }
}

/// A row and its `.` variant.
macro_rules! record {
    ($form:ident($opcode:literal, $name:expr, $($rest:expr),*) $($tail:tt)*) => {
        [
            $form($opcode, $name, $($rest),*).exact(0, 1) $($tail)*,
            $form($opcode, concat!($name, "."), $($rest),*).recording() $($tail)*,
        ]
    };
}

/// A row and its `.`, `o` and `o.` variants.
macro_rules! overflow {
    ($form:ident($opcode:literal, $name:literal, $($rest:expr),*) $($tail:tt)*) => {
        [
            $form($opcode, $name, $($rest),*).exact(0, 0x401) $($tail)*,
            $form($opcode, concat!($name, "."), $($rest),*).exact(0, 0x400).recording() $($tail)*,
            $form($opcode, concat!($name, "o"), $($rest),*).exact(0, 1).overflowing() $($tail)*,
            $form($opcode, concat!($name, "o."), $($rest),*).overflowing().recording() $($tail)*,
        ]
    };
}

/// A branch and its linking, absolute, and linking absolute variants.
macro_rules! targets {
    ($form:ident($opcode:literal, $name:literal, $($rest:expr),*) $($tail:tt)*) => {
        [
            $form($opcode, $name, $($rest),*).on(Unit::Branch).exact(0, 3) $($tail)*,
            $form($opcode, concat!($name, "l"), $($rest),*).on(Unit::Branch).exact(1, 3).with(&[T::LINK]) $($tail)*,
            $form($opcode, concat!($name, "a"), $($rest),*).on(Unit::Branch).exact(2, 3).with(&[T::ABSOLUTE]) $($tail)*,
            $form($opcode, concat!($name, "la"), $($rest),*).on(Unit::Branch).exact(3, 3)
                .with(&[T::LINK, T::ABSOLUTE]) $($tail)*,
        ]
    };
}

pub(super) use {overflow, record, targets};
