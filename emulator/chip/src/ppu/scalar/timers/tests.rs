//! The timers against a model that steps one cycle at a time, and the named rules with numbers.

use super::*;

/// The unit as flip-flops: one call of `step` is one clock edge.
#[derive(Clone, Copy, Default)]
struct Stepped {
    base: u64,
    decrementer: u32,
    reload: u32,
    status: u32,
    control: u32,
}

impl Stepped {
    fn step(&mut self, write: Option<(Timer, u32)>) {
        let old = *self;
        self.base = old.base.wrapping_add(1);
        if old.decrementer == 1 {
            self.status |= TSR_DIS;
            self.decrementer = if old.control & TCR_ARE != 0 { old.reload } else { 0 };
        } else {
            self.decrementer = old.decrementer.saturating_sub(1);
        }
        match write {
            Some((Timer::BaseLower, v)) => self.base = (self.base >> 32 << 32) + u64::from(v),
            Some((Timer::BaseUpper, v)) => self.base = self.base % (1 << 32) + (u64::from(v) << 32),
            Some((Timer::Decrementer, v)) => self.decrementer = v,
            Some((Timer::Reload, v)) => self.reload = v,
            Some((Timer::Status, v)) => self.status = old.status & !v,
            Some((Timer::Control, v)) => self.control = v,
            None => {}
        }
        let bit = [8, 12, 16, 20][(old.control >> 24 & 3) as usize];
        if self.base >> bit & 1 == 1 && old.base >> bit & 1 == 0 {
            self.status |= TSR_FIS;
        }
    }

    fn value(&self, timer: Timer) -> u32 {
        match timer {
            Timer::BaseLower => self.base as u32,
            Timer::BaseUpper => (self.base >> 32) as u32,
            Timer::Decrementer => self.decrementer,
            Timer::Reload => self.reload,
            Timer::Status => self.status,
            Timer::Control => self.control,
        }
    }
}

const ALL: [Timer; 6] =
    [Timer::BaseLower, Timer::BaseUpper, Timer::Decrementer, Timer::Reload, Timer::Status, Timer::Control];

/// A small generator of test data (xorshift).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// A value worth writing to `timer`: near the events.
fn interesting(timer: Timer, random: u64) -> u32 {
    let small = (random >> 8) as u32 % 40;
    match timer {
        Timer::BaseLower => [0xFF, 0x1FF, 0xFFF, 0xFFFF_FFFF, 0x0F_FFFF][(random % 5) as usize] - small,
        Timer::BaseUpper => small,
        Timer::Decrementer | Timer::Reload => small,
        Timer::Status => (random as u32) & (TSR_DIS | TSR_FIS),
        Timer::Control => {
            ((random as u32) & 3) << 24 | [0, TCR_ARE][(random >> 5 & 1) as usize] | TCR_DIE | TCR_FIE
        }
    }
}

/// One run of random writes at random cycles; every register is compared in every cycle, and the announced events too.
fn compare(seed: u64) {
    let mut random = seed;
    let (mut timers, mut stepped) = (Timers::default(), Stepped::default());
    let mut announced = None;
    let mut scheduled = [None; 4]; // by distance to the cycle of the edge
    let mut last = TimerRequests::default();
    for cycle in 0..1200u64 {
        for timer in ALL {
            assert_eq!(timers.value(timer, cycle), stepped.value(timer), "{timer:?} in {cycle}, seed {seed}");
        }
        let requests = timers.requests(cycle);
        if requests != last {
            assert!(announced.is_some_and(|event| event <= cycle), "late event in {cycle}, seed {seed}");
        }
        last = requests;
        if next(&mut random).is_multiple_of(7) {
            let timer = ALL[(next(&mut random) % 6) as usize];
            let value = interesting(timer, next(&mut random));
            timers.issue_write(timer, value, cycle);
            scheduled[2] = Some((timer, value));
        }
        if next(&mut random).is_multiple_of(3) {
            timers.advance(cycle);
        }
        announced = timers.next_event(cycle);
        assert!(announced.is_none_or(|event| event > cycle));
        stepped.step(scheduled[0]);
        scheduled.rotate_left(1);
        scheduled[3] = None;
    }
}

#[test]
fn equals_a_stepped_unit() {
    (1..60).for_each(|seed| compare(seed * 0x9E37_79B9));
}

#[test]
fn time_base_reads_the_next_cycle() {
    let timers = Timers::reset_at(100);
    assert_eq!(
        timers.issue_read(Timer::BaseLower, 103),
        4,
        "the first instruction issues three cycles after reset"
    );
}

#[test]
fn written_time_base_counts_on_three_cycles_later() {
    let mut timers = Timers::default();
    timers.issue_write(Timer::BaseLower, 1000, 10);
    assert_eq!(timers.value(Timer::BaseLower, 12), 12);
    assert_eq!(timers.value(Timer::BaseLower, 13), 1000);
    assert_eq!(timers.issue_read(Timer::BaseLower, 12), 1000);
    assert_eq!(timers.value(Timer::BaseLower, 20), 1007);
}

#[test]
fn lower_word_carries_into_the_upper() {
    let mut timers = Timers::default();
    timers.issue_write(Timer::BaseLower, 0xFFFF_FFFF, 0);
    assert_eq!(timers.value(Timer::BaseUpper, 3), 0);
    assert_eq!(timers.value(Timer::BaseUpper, 4), 1);
    assert_eq!(timers.value(Timer::BaseLower, 4), 0);
}

#[test]
fn decrementer_stops_at_zero_or_reloads() {
    let mut timers = Timers::default();
    timers.issue_write(Timer::Decrementer, 5, 0);
    assert_eq!(timers.value(Timer::Decrementer, 3), 5);
    assert_eq!((timers.value(Timer::Decrementer, 8), timers.value(Timer::Status, 8)), (0, TSR_DIS));
    assert_eq!(timers.value(Timer::Status, 7), 0);
    assert_eq!(timers.value(Timer::Decrementer, 1000), 0);
    timers.issue_write(Timer::Control, TCR_ARE, 10);
    timers.issue_write(Timer::Reload, 4, 11);
    timers.issue_write(Timer::Decrementer, 2, 12);
    let seen: Vec<u32> = (15..24).map(|cycle| timers.value(Timer::Decrementer, cycle)).collect();
    assert_eq!(seen, [2, 1, 4, 3, 2, 1, 4, 3, 2]);
}

#[test]
fn fixed_interval_has_four_periods() {
    for (period, half) in [(0u32, 256u64), (1, 4096), (2, 65536), (3, 1 << 20)] {
        let mut timers = Timers::default();
        timers.issue_write(Timer::Control, period << 24 | TCR_FIE, 0);
        timers.issue_write(Timer::Status, TSR_FIS, 4);
        timers.advance(10);
        assert_eq!(timers.next_event(10), Some(half));
        assert!(!timers.requests(half - 1).any());
        assert!(timers.requests(half).fixed_interval);
        timers.issue_write(Timer::Status, TSR_FIS, half);
        assert_eq!(timers.next_event(half + 3), Some(3 * half), "once per two half periods");
    }
}

#[test]
fn clearing_loses_a_decrementer_event_of_the_same_cycle_but_not_an_interval() {
    let mut timers = Timers::default();
    timers.issue_write(Timer::Decrementer, 4, 0); // 4 in cycle 3, event in cycle 7
    timers.issue_write(Timer::Status, TSR_DIS, 4); // done in cycle 7
    assert_eq!(timers.value(Timer::Status, 7), 0);
    let mut timers = Timers::default();
    timers.issue_write(Timer::Status, TSR_FIS, 253); // done in cycle 256
    assert_eq!(timers.value(Timer::Status, 256), TSR_FIS);
}

#[test]
fn a_write_to_the_time_base_can_raise_the_interval_event() {
    let mut timers = Timers::default();
    timers.issue_write(Timer::BaseLower, 0x100, 0);
    assert_eq!(timers.value(Timer::Status, 3), TSR_FIS);
}
