//! The trace memory: answers wait there for the link to the host. When it is full the executor stalls before the next message
//! that will be answered, and events are lost. Levels follow from virtual time alone.

use serde::{Deserialize, Serialize};

/// Words kept free for answers to messages that were issued before it was full: reads in flight with their times.
const RESERVE: u64 = 256;
/// Most stalls that a timeout notification can tell.
const MAX_STALLS: u8 = 96;

/// Size and speed of the trace memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TraceConfig {
    /// Capacity in 64-bit words. Default 4 194 304, as much as the playback memory (electronicvisions fisch:
    /// include/fisch/vx/constants.h; grenade: src/grenade/vx/execution/detail/execution_instance_executor.cpp).
    pub words: u64,
    /// FPGA cycles that the link takes per word; default 8, a gigabit per second.
    pub cycles_per_word: u64,
}

impl Default for TraceConfig {
    fn default() -> Self {
        Self { words: 1 << 22, cycles_per_word: 8 }
    }
}

/// State of the trace memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Cycle in which the last word in it will have been sent.
    empty_at: u64,
    /// Stalls since the last timeout notification.
    stalls: u8,
}

impl Trace {
    /// Words in it, those under way included.
    #[must_use]
    pub fn level(&self, config: &TraceConfig, cycle: u64) -> u64 {
        self.empty_at.saturating_sub(cycle).div_ceil(config.cycles_per_word.max(1))
    }

    /// Whether an event finds no place.
    #[must_use]
    pub fn is_full(&self, config: &TraceConfig, cycle: u64) -> bool {
        self.level(config, cycle) >= limit(config)
    }

    /// Cycle from which a message that will be answered may be issued.
    #[must_use]
    pub fn free_at(&self, config: &TraceConfig, cycle: u64) -> u64 {
        match self.level(config, cycle).checked_sub(limit(config)) {
            // With one word less than the limit there is room.
            Some(excess) => cycle + (excess + 1) * config.cycles_per_word.max(1),
            None => cycle,
        }
    }

    /// Enters words.
    pub fn enter(&mut self, config: &TraceConfig, cycle: u64, words: u64) {
        self.empty_at = self.empty_at.max(cycle) + words * config.cycles_per_word.max(1);
    }

    /// Counts a stall, up to what a notification can tell.
    pub fn count_stall(&mut self) {
        self.stalls = (self.stalls + 1).min(MAX_STALLS);
    }

    /// Stalls since the last call.
    pub fn take_stalls(&mut self) -> u8 {
        std::mem::take(&mut self.stalls)
    }
}

fn limit(config: &TraceConfig) -> u64 {
    config.words.saturating_sub(RESERVE).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fills_and_drains() {
        let config = TraceConfig { words: RESERVE + 10, cycles_per_word: 8 };
        let mut trace = Trace::default();
        assert_eq!((trace.level(&config, 0), trace.free_at(&config, 0)), (0, 0));
        trace.enter(&config, 0, 12);
        assert_eq!(trace.level(&config, 0), 12);
        assert!(trace.is_full(&config, 16) && !trace.is_full(&config, 24));
        assert_eq!(trace.free_at(&config, 0), 24);
        assert_eq!(trace.free_at(&config, 24), 24);
        assert_eq!(trace.level(&config, 96), 0);
    }

    #[test]
    fn stalls_are_told_once_and_fit_the_message() {
        let mut trace = Trace::default();
        (0..200).for_each(|_| trace.count_stall());
        assert_eq!((trace.take_stalls(), trace.take_stalls()), (96, 0));
    }
}
