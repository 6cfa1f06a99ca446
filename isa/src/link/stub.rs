//! Stubs for calls that do not reach: external code is out of range of a branch in SRAM and the other way round.
//!
//! As GNU ld does, the call goes to four instructions behind the calling section, which load the address into r12 and
//! jump through CTR; the called function may change both anyway.

use super::place::Placement;
use super::steps::Addresses;
use super::{Object, Relocation, RelocationKind};

/// A far target and where its stub lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stub {
    /// The symbol in the calling object.
    pub symbol: Option<usize>,
    pub addend: i64,
    pub address: u32,
}

impl Stub {
    /// Bytes of a stub.
    pub(super) const SIZE: u32 = 16;

    /// `lis 12,target@ha; addi 12,12,target@l; mtctr 12; bctr`
    pub(super) fn code(target: u32) -> [u32; 4] {
        let adjusted = target.wrapping_add(0x8000) >> 16;
        [0x3d80_0000 | adjusted, 0x398c_0000 | (target & 0xffff), 0x7d89_03a6, 0x4e80_0420]
    }
}

/// The addend that counts: that of `PLTREL24` only says how position-independent code finds its tables.
pub(super) fn effective_addend(relocation: &Relocation) -> i64 {
    if relocation.kind == RelocationKind::PltRel24 { 0 } else { relocation.addend }
}

/// Adds the stubs that are missing with the present addresses; says whether there were any.
pub(super) fn add_missing(placement: &mut Placement, objects: &[Object], addresses: &Addresses) -> bool {
    let mut added = false;
    for output in &mut placement.outputs {
        for piece in &mut output.pieces {
            let object = &objects[piece.object];
            for relocation in &object.sections[piece.section].relocations {
                let place = piece.address.wrapping_add(relocation.offset);
                let addend = effective_addend(relocation);
                let Some(value) = addresses.value(piece.object, relocation.symbol) else { continue };
                let distance = i64::from((i64::from(value) + addend) as u32) - i64::from(place);
                if !is_far(relocation.kind, distance) {
                    continue;
                }
                let stub = Stub { symbol: relocation.symbol, addend, address: 0 };
                let known = piece.stubs.iter().any(|old| (old.symbol, old.addend) == (stub.symbol, addend));
                if !known {
                    piece.stubs.push(stub);
                    added = true;
                }
            }
        }
    }
    added
}

/// Whether a call over this distance needs a stub. Distances wrap at 32 bits.
pub(super) fn is_far(kind: RelocationKind, distance: i64) -> bool {
    let wrapped = i64::from(distance as u32 as i32);
    kind.is_long_branch() && wrapped % 4 == 0 && kind.check(wrapped).is_err()
}
