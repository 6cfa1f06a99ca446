//! What happened on the bus without effect: accesses to addresses where nothing is (registers answer 0 and ignore writes; what
//! the hardware answers is not public), writes to read-only words, and requests for features that are not modelled yet. Counted
//! here, to be reported once by whoever has a user to talk to.

use super::notice::NOTICES;
use crate::chip::ProcessorDiagnostics;
use serde::{Deserialize, Serialize};

/// Distinct unmapped addresses that are remembered; later ones only count.
const REMEMBERED: usize = 16;

/// Accesses to one unmapped address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmappedAddress {
    /// Word address.
    pub address: u32,
    /// Reads of it.
    pub reads: u64,
    /// Writes to it.
    pub writes: u64,
}

/// The counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diagnostics {
    /// Reads of unmapped addresses.
    pub unmapped_reads: u64,
    /// Writes to unmapped addresses.
    pub unmapped_writes: u64,
    /// Writes to words that can only be read.
    pub read_only_writes: u64,
    /// The first distinct unmapped addresses, in order of appearance.
    pub first_unmapped: Vec<UnmappedAddress>,
    /// What programs of the processors did that they rarely mean to do.
    pub processors: ProcessorDiagnostics,
    /// The largest membrane of so many shorted neurons that it was hardly meant: its first neuron (AtomicNeuron enumeration) and
    /// their number.
    pub shorted: Option<(u16, usize)>,
    /// How often each feature of the list in `notice.rs` was asked for, by position.
    not_modelled: Vec<u64>,
}

impl Diagnostics {
    /// Whether nothing happened that a user should hear of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Diagnostics::default()
    }

    /// Features that were asked for and are not modelled, with the number of writes that did.
    pub fn features_not_modelled(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let asked = NOTICES.iter().zip(&self.not_modelled).filter(|(_, count)| **count > 0);
        asked.map(|(notice, &count)| (notice.feature, count))
    }

    /// Adds what another chip of the same setup (a clone that ran a sample) counted.
    pub fn absorb(&mut self, other: &Diagnostics) {
        self.unmapped_reads += other.unmapped_reads;
        self.unmapped_writes += other.unmapped_writes;
        self.read_only_writes += other.read_only_writes;
        for seen in &other.first_unmapped {
            if let Some(own) = self.remembered(seen.address) {
                own.reads += seen.reads;
                own.writes += seen.writes;
            }
        }
        self.processors.absorb(&other.processors);
        if let Some((first, count)) = other.shorted {
            self.note_shorted(first, count);
        }
        for (number, count) in other.not_modelled.iter().enumerate() {
            *self.counter(number) += count;
        }
    }

    /// Many neurons were shorted to one membrane.
    #[cold]
    pub(crate) fn note_shorted(&mut self, first: u16, count: usize) {
        if self.shorted.is_none_or(|(_, largest)| count > largest) {
            self.shorted = Some((first, count));
        }
    }

    #[cold]
    pub(super) fn unmapped_read(&mut self, address: u32) {
        self.unmapped_reads += 1;
        if let Some(seen) = self.remembered(address) {
            seen.reads += 1;
        }
    }

    #[cold]
    pub(super) fn unmapped_write(&mut self, address: u32) {
        self.unmapped_writes += 1;
        if let Some(seen) = self.remembered(address) {
            seen.writes += 1;
        }
    }

    #[cold]
    pub(super) fn not_modelled(&mut self, number: usize) {
        *self.counter(number) += 1;
    }

    fn counter(&mut self, number: usize) -> &mut u64 {
        if self.not_modelled.len() <= number {
            self.not_modelled.resize(number + 1, 0);
        }
        &mut self.not_modelled[number]
    }

    /// The entry of an address, made if there is room for it.
    fn remembered(&mut self, address: u32) -> Option<&mut UnmappedAddress> {
        let known = self.first_unmapped.iter().position(|seen| seen.address == address);
        let position = known.unwrap_or(self.first_unmapped.len());
        if known.is_none() && position < REMEMBERED {
            self.first_unmapped.push(UnmappedAddress { address, reads: 0, writes: 0 });
        }
        self.first_unmapped.get_mut(position)
    }
}
