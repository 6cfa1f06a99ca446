//! A reservation station: instructions of one unit, executed in order (electronicvisions/nux
//! `src/rtl/processor/vector_reservation_station.sv`).

use serde::{Deserialize, Serialize};

use super::class::{Entry, NONE, WAITS_CONDITION, WAITS_FIRST, WAITS_SECOND};
use crate::ppu::queue::Queue;

/// What the station does with the oldest instruction not yet handed to its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Waits for one whose operands are there.
    #[default]
    Idle,
    /// Asks the register file for the first operand.
    First,
    /// Asks for the second.
    Second,
    /// Has everything and waits for the unit.
    Execute,
}

/// What a station reports about one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing others care about.
    Nothing,
    /// The last operand arrived.
    Operands(Entry),
    /// Handed over to the unit, which sees it as valid in the next cycle.
    HandedOver(Entry),
}

/// At most `N` instructions, from dispatch to retirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Station<const N: usize> {
    entries: Queue<Entry, N>,
    /// How many of the entries, from the oldest, the unit already has.
    handed_over: u8,
    phase: Phase,
}

impl<const N: usize> Station<N> {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.is_full()
    }

    /// The next to retire.
    pub(super) fn oldest(&self) -> Option<&Entry> {
        self.entries.first()
    }

    /// The last one given to the unit.
    pub(super) fn last_handed_over(&self) -> Option<&Entry> {
        self.entries.as_slice().get(usize::from(self.handed_over.checked_sub(1)?))
    }

    fn current(&self) -> Option<&Entry> {
        self.entries.as_slice().get(usize::from(self.handed_over))
    }

    /// Those not yet given to the unit.
    fn waiting(&self) -> &[Entry] {
        self.entries.as_slice().get(usize::from(self.handed_over)..).unwrap_or_default()
    }

    /// Whether a read of `register` is still to be granted.
    pub(super) fn will_read(&self, register: u8) -> bool {
        self.waiting().iter().enumerate().any(|(position, entry)| {
            let done = if position == 0 { self.phase } else { Phase::Idle };
            let first = matches!(done, Phase::Idle | Phase::First) && entry.first() == register;
            let second = done != Phase::Execute && entry.second() == register;
            first || second
        })
    }

    /// Whether a reader of the condition register has not started.
    pub(super) fn will_read_condition(&self) -> bool {
        self.waiting().iter().any(|entry| entry.reads_condition())
    }

    /// The register whose read is requested; the first operand only while the unit is ready.
    pub(super) fn read_request(&self, ready: bool) -> Option<u8> {
        match self.phase {
            Phase::First if ready => self.current().map(|entry| entry.first()),
            Phase::Second => self.current().map(|entry| entry.second()),
            _ => None,
        }
    }

    /// One clock of the execution side.
    pub(super) fn step(&mut self, ready: bool, stalled: bool, read_granted: bool) -> Progress {
        let Some(&entry) = self.current() else { return Progress::Nothing };
        match self.phase {
            Phase::Idle if ready && !stalled && entry.is_complete() => {
                self.phase = if entry.first() == NONE { Phase::Execute } else { Phase::First };
            }
            Phase::First if read_granted && entry.second() != NONE => self.phase = Phase::Second,
            Phase::First | Phase::Second if read_granted => {
                self.phase = Phase::Execute;
                return Progress::Operands(entry);
            }
            Phase::Execute if ready && !stalled => {
                self.phase = Phase::Idle;
                self.handed_over += 1;
                return Progress::HandedOver(entry);
            }
            _ => {}
        }
        Progress::Nothing
    }

    /// Takes the oldest entry out.
    pub(super) fn retire(&mut self) -> Option<Entry> {
        self.handed_over = self.handed_over.saturating_sub(1);
        self.entries.pop()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Operands in `register` are there from the next cycle on.
    pub(super) fn wake_register(&mut self, register: u8) {
        for entry in self.entries.as_mut_slice().iter_mut().filter(|entry| !entry.is_complete()) {
            if entry.first() == register {
                entry.stop_waiting(WAITS_FIRST);
            }
            if entry.second() == register {
                entry.stop_waiting(WAITS_SECOND);
            }
        }
    }

    /// The condition register is there from the next cycle on.
    pub(super) fn wake_condition(&mut self) {
        self.entries.as_mut_slice().iter_mut().for_each(|entry| entry.stop_waiting(WAITS_CONDITION));
    }
}
