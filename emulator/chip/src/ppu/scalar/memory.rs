//! Loads and stores: addresses, alignment, and the place of the bytes in the words of the bus.

use super::decoded::Decoded;
use super::execute::Effect;
use super::registers::Registers;
use serde::{Deserialize, Serialize};

/// Size of a scalar access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Width {
    /// One byte, at any address.
    Byte,
    /// Two bytes inside one word: at offset 0, 1 or 2.
    Half,
    /// Four bytes at a multiple of four.
    Word,
}

impl Width {
    /// Number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Width::Byte => 1,
            Width::Half => 2,
            Width::Word => 4,
        }
    }

    /// Does an access at `address` stay inside one word? Otherwise it raises the alignment interrupt.
    #[must_use]
    pub const fn fits(self, address: u32) -> bool {
        (address & 3) + self.bytes() <= 4
    }

    /// Distance of the least significant bit of the data from that of the word.
    const fn shift(self, address: u32) -> u32 {
        (4 - self.bytes()).wrapping_sub(address & 3).wrapping_mul(8) & 31
    }

    /// The data's bits, at the least significant end.
    pub const fn mask(self) -> u32 {
        u32::MAX >> (32 - 8 * self.bytes())
    }
}

/// A load on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Load {
    /// Byte address; the bus sees it without its low two bits.
    pub address: u32,
    /// Size.
    pub width: Width,
    /// Sign-extend.
    pub algebraic: bool,
    /// Destination, 0..31.
    pub register: u8,
}

impl Load {
    /// What goes to the register when the bus returns `word`.
    #[inline]
    #[must_use]
    pub const fn value(&self, word: u32) -> u32 {
        let data = (word >> self.width.shift(self.address)) & self.width.mask();
        if self.algebraic { data as u16 as i16 as u32 } else { data }
    }

    /// The bus returned `word`: write the register.
    #[inline]
    pub fn complete(&self, registers: &mut Registers, word: u32) {
        registers.gpr[usize::from(self.register & 31)] = self.value(word);
    }
}

/// A store on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Store {
    /// Byte address; the bus sees it without its low two bits.
    pub address: u32,
    /// Size.
    pub width: Width,
    /// The whole register; its low bytes are stored.
    pub value: u32,
}

impl Store {
    /// The word on the bus, with the data where it belongs.
    #[inline]
    #[must_use]
    pub const fn word(&self) -> u32 {
        (self.value & self.width.mask()) << self.width.shift(self.address)
    }

    /// Which bytes of the word are written: bit 3 the most significant (lowest address), bit 0 the least significant.
    #[inline]
    #[must_use]
    pub const fn enables(&self) -> u8 {
        let first = 0xF0 >> self.width.bytes() & 0xF; // as many ones as bytes, from bit 3 down
        (first >> (self.address & 3)) as u8
    }
}

/// RA, or 0 when the field is 0.
#[inline]
pub(super) const fn base_or_zero(registers: &Registers, d: &Decoded) -> u32 {
    let register = registers.gpr[(d.ra & 31) as usize];
    if d.ra == 0 { 0 } else { register }
}

/// Effective address of a load or store in slot `part`. The core adds RA|0 for updates as well, and reads it anew for every
/// register of `lmw` and `stmw`.
#[inline]
const fn effective_address(registers: &Registers, d: &Decoded, part: u8) -> u32 {
    let offset = if d.is_indexed() { registers.gpr[(d.rb & 31) as usize] } else { d.immediate };
    base_or_zero(registers, d).wrapping_add(offset).wrapping_add(4 * part as u32)
}

/// A load without update.
#[inline]
pub(super) fn load(registers: &Registers, d: &Decoded, width: Width, algebraic: bool) -> Effect {
    let address = effective_address(registers, d, 0);
    if !width.fits(address) {
        return Effect::Misaligned { address };
    }
    Effect::Load(Load { address, width, algebraic, register: d.rt })
}

/// A load with update: slot 0 loads, slot 1 writes the address to the base.
#[inline]
pub(super) fn load_update(
    registers: &mut Registers,
    d: &Decoded,
    part: u8,
    width: Width,
    algebraic: bool,
) -> Effect {
    if part != 0 {
        registers.gpr[usize::from(d.ra & 31)] = registers.update_address;
        return Effect::Next;
    }
    registers.update_address = effective_address(registers, d, 0);
    load(registers, d, width, algebraic)
}

/// A store without update.
#[inline]
pub(super) fn store(registers: &Registers, d: &Decoded, width: Width) -> Effect {
    let address = effective_address(registers, d, 0);
    if !width.fits(address) {
        return Effect::Misaligned { address };
    }
    Effect::Store(Store { address, width, value: registers.gpr[usize::from(d.rt & 31)] })
}

/// A store with update, in one slot. A misaligned one changes nothing.
#[inline]
pub(super) fn store_update(registers: &mut Registers, d: &Decoded, width: Width) -> Effect {
    let effect = store(registers, d, width);
    if let Effect::Store(store) = effect {
        registers.gpr[usize::from(d.ra & 31)] = store.address;
    }
    effect
}

/// Slot `part` of `lmw`.
#[inline]
pub(super) fn load_multiple(registers: &Registers, d: &Decoded, part: u8) -> Effect {
    let address = effective_address(registers, d, part);
    if !Width::Word.fits(address) {
        return Effect::Misaligned { address };
    }
    Effect::Load(Load { address, width: Width::Word, algebraic: false, register: (d.rt + part) & 31 })
}

/// Slot `part` of `stmw`.
#[inline]
pub(super) fn store_multiple(registers: &Registers, d: &Decoded, part: u8) -> Effect {
    let address = effective_address(registers, d, part);
    if !Width::Word.fits(address) {
        return Effect::Misaligned { address };
    }
    let value = registers.gpr[usize::from((d.rt + part) & 31)];
    Effect::Store(Store { address, width: Width::Word, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_is_about_words() {
        let legal = |width: Width| (0..4).map(|offset| width.fits(0x1000 + offset)).collect::<Vec<_>>();
        assert_eq!(legal(Width::Byte), [true; 4]);
        assert_eq!(legal(Width::Half), [true, true, true, false], "offset 1 works");
        assert_eq!(legal(Width::Word), [true, false, false, false]);
    }

    #[test]
    fn loads_pick_big_endian_bytes() {
        let value =
            |address, width, algebraic| Load { address, width, algebraic, register: 3 }.value(0x1182_F384);
        assert_eq!(
            (0..4).map(|at| value(at, Width::Byte, false)).collect::<Vec<_>>(),
            [0x11, 0x82, 0xF3, 0x84]
        );
        assert_eq!(
            (0..3).map(|at| value(at, Width::Half, false)).collect::<Vec<_>>(),
            [0x1182, 0x82F3, 0xF384]
        );
        assert_eq!(value(2, Width::Half, true), 0xFFFF_F384);
        assert_eq!(value(0, Width::Half, true), 0x1182);
        assert_eq!(value(0, Width::Word, false), 0x1182_F384);
    }

    #[test]
    fn stores_place_bytes_and_enables() {
        let store = |address, width| Store { address, width, value: 0xAABB_CCDD };
        let bytes = (0..4).map(|at| (store(at, Width::Byte).word(), store(at, Width::Byte).enables()));
        assert!(bytes.eq([(0xDD00_0000, 8), (0x00DD_0000, 4), (0x0000_DD00, 2), (0x0000_00DD, 1)]));
        let halves = (0..3).map(|at| (store(at, Width::Half).word(), store(at, Width::Half).enables()));
        assert!(halves.eq([(0xCCDD_0000, 12), (0x00CC_DD00, 6), (0x0000_CCDD, 3)]));
        assert_eq!((store(8, Width::Word).word(), store(8, Width::Word).enables()), (0xAABB_CCDD, 15));
    }
}
