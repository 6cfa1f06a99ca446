//! Time base, decrementer and fixed interval timer as functions of the absolute cycle.
//!
//! Nothing is counted cycle by cycle: the state holds the registers of one cycle and is carried forward when somebody looks.
//! "The value in cycle `c`" is what the flip-flops hold during `c`. An `mfspr` issued in `i` returns the value in `i + 1`; an
//! `mtspr` issued in `i` acts at the end of `i + 2`, so its value is there in `i + 3`. Rules of one step are those of
//! electronicvisions/nux: src/rtl/processor/timer_unit.sv.

use serde::{Deserialize, Serialize};

/// TSR bit DIS: the decrementer reached 0.
pub const TSR_DIS: u32 = 0x0800_0000;
/// TSR bit FIS: the fixed interval passed.
pub const TSR_FIS: u32 = 0x0400_0000;
/// TCR bit DIE: DIS requests an interrupt.
pub const TCR_DIE: u32 = 0x0400_0000;
/// TCR bit FIE: FIS requests an interrupt.
pub const TCR_FIE: u32 = 0x0080_0000;
/// TCR bit ARE: the decrementer goes on with DECAR instead of stopping at 0.
pub const TCR_ARE: u32 = 0x0040_0000;

/// Cycles from the issue of an `mfspr` to the cycle whose value it returns.
const READ_DELAY: u64 = 1;
/// Cycles from the issue of an `mtspr` to the first cycle with the new value.
const WRITE_DELAY: u64 = 3;

/// A register of the timer unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// TBL: low word of the time base.
    BaseLower,
    /// TBU: high word of the time base.
    BaseUpper,
    /// DEC: the decrementer.
    Decrementer,
    /// DECAR: what the decrementer is reloaded with.
    Reload,
    /// TSR: events that happened; writing a 1 clears.
    Status,
    /// TCR: control.
    Control,
}

/// An `mtspr` on its way: `value` is in `timer` in the first cycle `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Write {
    at: u64,
    timer: Timer,
    value: u32,
}

/// The timer unit. `Default` is the state in cycle 0, the first after reset: everything 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Timers {
    /// The cycle that the fields below describe.
    now: u64,
    time_base: u64,
    decrementer: u32,
    reload: u32,
    status: u32,
    control: u32,
    /// Writes not yet done, in order of `at`, `None` behind. At most three can be on their way, one per cycle.
    pending: [Option<Write>; 4],
}

/// Which timer interrupts are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimerRequests {
    /// TSR.DIS and TCR.DIE.
    pub decrementer: bool,
    /// TSR.FIS and TCR.FIE.
    pub fixed_interval: bool,
}

impl TimerRequests {
    /// Does any of them wait? (This wakes a sleeping core, whatever MSR.EE says.)
    #[must_use]
    pub const fn any(self) -> bool {
        self.decrementer || self.fixed_interval
    }
}

impl Timers {
    /// The state after a reset whose first cycle is `cycle`: the time base is 0 in it.
    #[must_use]
    pub fn reset_at(cycle: u64) -> Timers {
        Timers { now: cycle, ..Timers::default() }
    }

    /// Carry the state forward to `cycle`. Going back is not possible and does nothing.
    pub fn advance(&mut self, cycle: u64) {
        while let Some(write) = self.pending[0].filter(|write| write.at <= cycle) {
            self.count(write.at.saturating_sub(self.now + 1));
            self.apply(write);
            self.pending.rotate_left(1);
            self.pending[3] = None;
        }
        self.count(cycle.saturating_sub(self.now));
    }

    /// Value of `timer` in `cycle` (not before the cycle of the last `advance`).
    #[must_use]
    pub fn value(&self, timer: Timer, cycle: u64) -> u32 {
        let mut then = *self;
        then.advance(cycle);
        match timer {
            Timer::BaseLower => then.time_base as u32,
            Timer::BaseUpper => (then.time_base >> 32) as u32,
            Timer::Decrementer => then.decrementer,
            Timer::Reload => then.reload,
            Timer::Status => then.status,
            Timer::Control => then.control,
        }
    }

    /// What an `mfspr` of `timer` issued in `cycle` returns.
    #[must_use]
    pub fn issue_read(&self, timer: Timer, cycle: u64) -> u32 {
        self.value(timer, cycle + READ_DELAY)
    }

    /// An `mtspr` to `timer` issues in `cycle`.
    pub fn issue_write(&mut self, timer: Timer, value: u32, cycle: u64) {
        self.advance(cycle);
        if let Some(last) = self.pending[3] {
            self.advance(last.at); // only when more than one write per cycle is reported
        }
        let last = self.pending.iter().flatten().last().map_or(self.now, |write| write.at);
        let at = (cycle + WRITE_DELAY).max(last + 1);
        if let Some(free) = self.pending.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(Write { at, timer, value });
        }
    }

    /// Interrupts requested in `cycle`.
    #[must_use]
    pub fn requests(&self, cycle: u64) -> TimerRequests {
        let mut then = *self;
        then.advance(cycle);
        then.requests_now()
    }

    /// The first cycle after `cycle` in which [`Timers::requests`] may differ from what it is in `cycle` without further
    /// writes by the program; `None` when it never will. May be early, is never late.
    #[must_use]
    pub fn next_event(&self, cycle: u64) -> Option<u64> {
        let mut then = *self;
        then.advance(cycle);
        let requests = then.requests_now();
        let write = then.pending[0].map(|write| write.at);
        let decrementer = (then.control & TCR_DIE != 0 && !requests.decrementer && then.decrementer != 0)
            .then(|| then.now + u64::from(then.decrementer));
        let fixed = (then.control & TCR_FIE != 0 && !requests.fixed_interval)
            .then(|| then.now + then.steps_to_fixed_interval());
        [write, decrementer, fixed].into_iter().flatten().min()
    }

    const fn requests_now(&self) -> TimerRequests {
        TimerRequests {
            decrementer: self.status & TSR_DIS != 0 && self.control & TCR_DIE != 0,
            fixed_interval: self.status & TSR_FIS != 0 && self.control & TCR_FIE != 0,
        }
    }

    /// The bit of TBL (0 the least significant) whose rise is the fixed interval event: 8, 12, 16 or 20 by TCR.FP.
    const fn fixed_interval_bit(&self) -> u32 {
        8 + 4 * ((self.control >> 24) & 3)
    }

    /// Steps until that bit rises by counting.
    const fn steps_to_fixed_interval(&self) -> u64 {
        let half = 1u64 << self.fixed_interval_bit();
        let steps = half.wrapping_sub(self.time_base) & (2 * half - 1);
        if steps == 0 { 2 * half } else { steps }
    }

    /// Count `steps` cycles without a write.
    fn count(&mut self, steps: u64) {
        if steps >= self.steps_to_fixed_interval() {
            self.status |= TSR_FIS;
        }
        self.time_base = self.time_base.wrapping_add(steps);
        self.count_down(steps);
        self.now += steps;
    }

    /// The decrementer's part of [`Timers::count`].
    fn count_down(&mut self, steps: u64) {
        let left = u64::from(self.decrementer);
        if left == 0 || steps < left {
            self.decrementer = left.saturating_sub(steps) as u32;
            return;
        }
        self.status |= TSR_DIS;
        let period = if self.control & TCR_ARE != 0 { self.reload } else { 0 };
        let beyond = (steps - left).checked_rem(u64::from(period)).unwrap_or(0);
        self.decrementer = period - beyond as u32;
    }

    /// The step of one cycle at whose end `write` is done. A written counter does not count. Clearing the status wins over
    /// a decrementer event of the same step but not over a fixed interval event, which a write to TBL can cause as well.
    fn apply(&mut self, write: Write) {
        let before = *self;
        self.count(1);
        let decremented = self.status & TSR_DIS;
        self.status = before.status | decremented;
        let value = write.value;
        match write.timer {
            Timer::BaseLower => self.time_base = self.time_base & !0xFFFF_FFFF | u64::from(value),
            Timer::BaseUpper => self.time_base = self.time_base & 0xFFFF_FFFF | u64::from(value) << 32,
            Timer::Decrementer => self.decrementer = value,
            Timer::Reload => self.reload = value,
            Timer::Control => self.control = value,
            Timer::Status => self.status = before.status & !value,
        }
        if self.time_base & !before.time_base & (1 << before.fixed_interval_bit()) != 0 {
            self.status |= TSR_FIS;
        }
    }
}

#[cfg(test)]
mod tests;
