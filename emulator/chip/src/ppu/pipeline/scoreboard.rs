//! Results on their way, per kind of register (electronicvisions/nux `src/rtl/processor/{inst_track,result_shiftreg,lookup_cache}.sv`).
//!
//! Each kind of register has a shift register of write-backs: what issues with latency l enters at place l, and what stands at
//! place 0 is written in this cycle. General registers have a set of pending ones besides, because a load does not know its
//! latency.

use serde::{Deserialize, Serialize};

use super::timing::{Kind, NONE, Single, Timing};
use crate::ppu::stall::Stall;

/// Places of the shift registers: the longest latency is 4.
const PLACES: usize = 5;

/// What is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Scoreboard {
    /// General registers with an outstanding write, bit n for register n.
    pending: u32,
    /// General register write-backs, [`NONE`] for none.
    general: [u8; PLACES],
    /// Condition register write-backs as sets of fields.
    condition: [u8; PLACES],
    /// XER write-backs, bit p for place p.
    xer: u8,
    /// Registers of [`Single`], bit p of entry n for place p of register n, and branches.
    single: [u8; 4],
    /// Special purpose registers by number, 0 for none. All have latency 1.
    special: [u16; 2],
}

impl Default for Scoreboard {
    fn default() -> Self {
        Self {
            pending: 0,
            general: [NONE; PLACES],
            condition: [0; PLACES],
            xer: 0,
            single: [0; 4],
            special: [0; 2],
        }
    }
}

/// Entry of [`Scoreboard::single`] that counts branches.
const BRANCHES: usize = 3;

impl Scoreboard {
    /// Whether a fixed-latency result has the write port of the general registers in this cycle.
    pub(super) fn writes_general(&self) -> bool {
        self.general[0] != NONE
    }

    /// Nothing with a known latency and no load is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.pending == 0
            && self.general == [NONE; PLACES]
            && self.condition == [0; PLACES]
            && self.xer == 0
            && self.single == [0; 4]
            && self.special == [0; 2]
    }

    /// Whether `next` may issue in this cycle; `loaded` is the register a load writes in it, or [`NONE`].
    pub(super) fn admits(&self, next: &Timing, loaded: u8) -> bool {
        self.xer == 0
            && self.general_admits(next, loaded)
            && self.condition_admits(next)
            && self.single_admits(next)
            && self.special_admits(next)
    }

    /// What keeps `next` from issuing, if something does.
    pub(super) fn waits_for(&self, next: &Timing, loaded: u8) -> Option<Stall> {
        let wanted =
            next.reads.iter().fold(register_bit(next.writes), |set, &register| set | register_bit(register));
        let reasons = [
            (self.xer != 0, Stall::Exception),
            (wanted & self.still_pending(loaded) != 0, Stall::Operand),
            (!self.general_admits(next, loaded), Stall::WritePort),
            (!self.condition_admits(next), Stall::Condition),
            (!self.single_admits(next) || !self.special_admits(next), Stall::Special),
        ];
        reasons.into_iter().find(|reason| reason.0).map(|reason| reason.1)
    }

    /// A register whose value is known at the end of this cycle is no longer pending.
    fn still_pending(&self, loaded: u8) -> u32 {
        self.pending & !register_bit(self.general[1]) & !register_bit(loaded)
    }

    fn general_admits(&self, next: &Timing, loaded: u8) -> bool {
        let wanted =
            next.reads.iter().fold(register_bit(next.writes), |set, &register| set | register_bit(register));
        let slot_is_free = next.writes == NONE || self.place(next.latency + 1) == NONE;
        wanted & self.still_pending(loaded) == 0 && slot_is_free
    }

    fn place(&self, place: u8) -> u8 {
        self.general.get(usize::from(place)).copied().unwrap_or(NONE)
    }

    /// A reader waits for the fields it reads. A writer waits for a write in the same slot, and for later ones unless it writes
    /// exactly the other fields: the hardware compares per field whether both do the same.
    fn condition_admits(&self, next: &Timing) -> bool {
        let unwritten = self.condition[1..].iter().fold(0, |set, &fields| set | fields);
        if next.reads_condition & unwritten != 0 {
            return false;
        }
        let later = self.condition.iter().skip(usize::from(next.latency) + 1);
        let conflict = |(distance, &fields): (usize, &u8)| {
            fields != 0 && (distance == 0 || fields ^ next.writes_condition != 0xff)
        };
        next.writes_condition == 0 || !later.enumerate().any(conflict)
    }

    fn single_admits(&self, next: &Timing) -> bool {
        (0..BRANCHES)
            .all(|register| next.reads_single >> register & 1 == 0 || self.single[register] & !1 == 0)
    }

    fn special_admits(&self, next: &Timing) -> bool {
        self.special[1] == 0 || !next.reads_special.contains(&self.special[1])
    }

    /// One clock, in which `issued` leaves the scheduler and `loaded` is written by a load.
    pub(super) fn step(&mut self, issued: Option<&Timing>, loaded: u8) {
        self.pending = self.still_pending(loaded);
        shift(&mut self.general, NONE);
        shift(&mut self.condition, 0);
        self.xer >>= 1;
        self.single.iter_mut().for_each(|places| *places >>= 1);
        shift(&mut self.special, 0);
        if let Some(timing) = issued {
            self.insert(timing);
        }
    }

    fn insert(&mut self, timing: &Timing) {
        let place = usize::from(timing.latency) % PLACES;
        self.pending |= register_bit(timing.writes);
        if timing.writes != NONE && !timing.is_load {
            self.general[place] = timing.writes;
        }
        if timing.writes_condition != 0 {
            self.condition[place] = timing.writes_condition;
        }
        self.xer |= u8::from(timing.writes_xer) << place;
        for register in 0..BRANCHES {
            self.single[register] |= (timing.writes_single >> register & 1) << place;
        }
        self.single[BRANCHES] |= u8::from(timing.kind == Kind::Branch) << place;
        if timing.writes_special != 0 {
            self.special[1] = timing.writes_special;
        }
    }
}

const _: () = assert!(Single::CTR | Single::LNK | Single::MSR == (1 << BRANCHES) - 1);

fn shift<T: Copy, const N: usize>(places: &mut [T; N], empty: T) {
    places.copy_within(1.., 0);
    places[N - 1] = empty;
}

fn register_bit(register: u8) -> u32 {
    if register == NONE { 0 } else { 1 << (register & 31) }
}
