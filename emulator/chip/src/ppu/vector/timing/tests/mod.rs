//! Streams of instructions against the table of measured cycle counts of the simulated hardware (ideal buses unless said otherwise).

mod streams;

use super::*;

/// Notes what happens when; answers with fixed delays.
struct Bench {
    timing: VectorTiming,
    cycle: u32,
    memory: Delay,
    parallel: Delay,
    events: Vec<(u32, &'static str, u8)>,
    used: u32,
}

impl Default for Bench {
    fn default() -> Self {
        let (timing, events) = (VectorTiming::default(), Vec::new());
        Bench { timing, cycle: 0, memory: Delay::SRAM, parallel: Delay::SRAM, events, used: 0 }
    }
}

/// Borrowed view of [`Bench`] without the timing.
struct Log<'a> {
    cycle: u32,
    memory: Delay,
    parallel: Delay,
    events: &'a mut Vec<(u32, &'static str, u8)>,
    used: &'a mut u32,
}

impl VectorEnvironment for Log<'_> {
    fn compute(&mut self, slot: u8) {
        self.events.push((self.cycle, "compute", slot));
    }
    fn capture(&mut self, slot: u8) {
        self.events.push((self.cycle, "capture", slot));
    }
    fn memory_delay(&mut self, _slot: u8) -> Delay {
        self.memory
    }
    fn memory_port(&mut self) -> bool {
        true
    }
    fn beat(&mut self, slot: u8, _word: u8) {
        self.events.push((self.cycle, "beat", slot));
    }
    fn parallel_delay(&mut self, _slot: u8) -> Delay {
        self.parallel
    }
    fn parallel(&mut self, slot: u8) {
        self.events.push((self.cycle, "parallel", slot));
    }
    fn retire(&mut self, slot: u8) {
        self.events.push((self.cycle, "retire", slot));
        *self.used &= !(1 << slot);
    }
}

impl Bench {
    fn step(&mut self) {
        let Bench { cycle, memory, parallel, .. } = *self;
        let mut log = Log { cycle, memory, parallel, events: &mut self.events, used: &mut self.used };
        self.timing.step(&mut log);
        self.cycle += 1;
    }

    /// Issues as early as possible; returns the issue cycle.
    fn issue(&mut self, class: VectorClass) -> u32 {
        while !self.timing.ready() {
            self.step();
        }
        let slot = self.used.trailing_ones() as u8;
        self.used |= 1 << slot;
        self.timing.issue(class, slot);
        self.step();
        self.cycle - 1
    }

    /// The halt cycle of a `wait` right behind what was just issued.
    fn halt(&mut self) -> u32 {
        self.step();
        while !self.timing.is_empty() {
            self.step();
        }
        self.cycle + 1
    }

    fn last(&self, kind: &str) -> u32 {
        self.events.iter().rfind(|event| event.1 == kind).map_or(u32::MAX, |event| event.0)
    }
}

fn class(unit: VectorUnit, reads: &[u8], writes: Option<u8>) -> VectorClass {
    VectorClass {
        unit,
        reads: [reads.first().copied(), reads.get(1).copied()],
        writes,
        reads_condition: false,
    }
}

fn add(to: u8, a: u8, b: u8) -> VectorClass {
    class(VectorUnit::MultiplyAdd, &[a, b], Some(to))
}

fn conditional(class: VectorClass) -> VectorClass {
    VectorClass { reads_condition: true, ..class }
}

fn splat(to: u8) -> VectorClass {
    class(VectorUnit::Permute, &[], Some(to))
}

fn shift(to: u8, a: u8) -> VectorClass {
    class(VectorUnit::Permute, &[a], Some(to))
}

fn select(to: u8, a: u8, b: u8) -> VectorClass {
    class(VectorUnit::Permute, &[a, b], Some(to))
}

fn compare(a: u8) -> VectorClass {
    class(VectorUnit::Compare, &[a], None)
}

fn lax(to: u8) -> VectorClass {
    class(VectorUnit::LoadStore, &[], Some(to))
}

fn stax(from: u8) -> VectorClass {
    class(VectorUnit::LoadStore, &[from], None)
}

fn inx(to: u8) -> VectorClass {
    class(VectorUnit::Parallel, &[], Some(to))
}

fn outx(from: u8) -> VectorClass {
    class(VectorUnit::Parallel, &[from], None)
}

/// Retirement and halt of one instruction alone, issued in cycle 0.
fn alone(class: VectorClass) -> (u32, u32) {
    let mut bench = Bench::default();
    assert_eq!(bench.issue(class), 0);
    let halt = bench.halt();
    (bench.last("retire"), halt)
}

/// Average cycles per repetition of `group`, in hundredths.
fn rate(delay: Delay, group: impl Fn(u8) -> Vec<VectorClass>) -> u32 {
    let mut bench = Bench { memory: delay, parallel: delay, ..Bench::default() };
    let mut cycle_after = |groups: u32| {
        let mut last = 0;
        for index in 0..groups {
            for class in group((index % 12) as u8) {
                last = bench.issue(class);
            }
        }
        last
    };
    let start = cycle_after(60);
    (cycle_after(120) - start) * 100 / 120
}

#[test]
fn one_instruction_alone() {
    assert_eq!(alone(add(1, 2, 3)), (14, 16));
    assert_eq!(alone(class(VectorUnit::MultiplyAdd, &[2], Some(1))), (13, 15));
    assert_eq!(alone(splat(1)), (8, 10));
    assert_eq!(alone(shift(1, 2)), (9, 11));
    assert_eq!(alone(select(1, 2, 3)), (10, 12));
    assert_eq!(alone(compare(1)), (8, 10));
    assert_eq!(alone(lax(1)), (41, 43));
    assert_eq!(alone(stax(1)).1, 43);
    assert_eq!(alone(inx(1)), (9, 11));
    assert_eq!(alone(outx(1)).1, 12);
}

#[test]
fn bus_accesses_of_one_instruction() {
    let accesses = |class: VectorClass, kind: &str| {
        let mut bench = Bench::default();
        bench.issue(class);
        bench.halt();
        let cycles = bench.events.iter().filter(|event| event.1 == kind).map(|event| event.0);
        cycles.collect::<Vec<_>>()
    };
    assert_eq!(accesses(stax(1), "beat"), (8..40).collect::<Vec<_>>());
    assert_eq!(accesses(lax(1), "beat"), (7..39).collect::<Vec<_>>());
    assert_eq!(accesses(inx(1), "parallel"), [7]);
    assert_eq!(accesses(outx(1), "parallel"), [8]);
    assert_eq!(accesses(outx(1), "compute"), [5]);
    assert_eq!(accesses(outx(1), "capture"), [7]);
}

#[test]
fn independent_streams() {
    let ideal = |group: fn(u8) -> VectorClass| rate(Delay::SRAM, |index| vec![group(index)]);
    assert_eq!(ideal(|n| add(n + 1, 20, 21)), 500);
    assert_eq!(ideal(|_| class(VectorUnit::MultiplyAdd, &[20, 21], None)), 400);
    assert_eq!(ideal(|_| class(VectorUnit::MultiplyAdd, &[20], None)), 300);
    assert_eq!(ideal(|n| class(VectorUnit::MultiplyAdd, &[20], Some(n + 1))), 300);
    assert_eq!(ideal(|n| splat(n + 1)), 320);
    assert_eq!(ideal(|n| shift(n + 1, 20)), 440);
    assert_eq!(ideal(|n| select(n + 1, 20, 21)), 560);
    assert_eq!(ideal(|_| compare(20)), 800);
    assert_eq!(ideal(|n| lax(n + 1)), 3800);
    assert_eq!(ideal(|_| stax(20)), 3800);
    assert_eq!(ideal(|n| inx(n + 1)), 250);
    assert_eq!(ideal(|_| outx(20)), 350);
}

#[test]
fn parallel_streams_on_slow_buses() {
    let inx_rate = |accept: u16, response: u16| rate(Delay { accept, response }, |n| vec![inx(n + 1)]);
    assert_eq!(inx_rate(0, 20), 250);
    assert_eq!(inx_rate(1, 1), 325);
    assert_eq!(inx_rate(4, 1), 600);
    assert_eq!(rate(Delay { accept: 0, response: 9 }, |_| vec![outx(20)]), 350);
}

#[test]
fn dependent_chains() {
    let ideal = |group: fn(u8) -> VectorClass| rate(Delay::SRAM, |index| vec![group(index)]);
    let next = |n: u8| (n + 1) % 12;
    assert_eq!(rate(Delay::SRAM, |n| vec![add(next(n), n, 20)]), 1100);
    assert_eq!(rate(Delay::SRAM, |n| vec![class(VectorUnit::MultiplyAdd, &[n], Some(next(n)))]), 1000);
    assert_eq!(rate(Delay::SRAM, |n| vec![shift(next(n), n)]), 640);
    assert_eq!(rate(Delay::SRAM, |n| vec![select(next(n), n, 20)]), 760);
    assert_eq!(ideal(|_| add(1, 20, 21)), 1200);
    assert_eq!(ideal(|_| class(VectorUnit::MultiplyAdd, &[20], Some(1))), 1100);
    assert_eq!(ideal(|_| splat(1)), 620);
    assert_eq!(ideal(|_| shift(1, 20)), 740);
    assert_eq!(ideal(|_| select(1, 20, 21)), 860);
    assert_eq!(ideal(|_| lax(1)), 4000);
    assert_eq!(ideal(|_| inx(1)), 750);
}

#[test]
fn mixed_groups() {
    assert_eq!(rate(Delay::SRAM, |n| vec![compare(20), conditional(select(n + 1, 21, 22))]), 1300);
    assert_eq!(rate(Delay::SRAM, |n| vec![compare(20), conditional(add(n + 1, 21, 22))]), 1200);
    assert_eq!(rate(Delay::SRAM, |n| vec![inx(n), add(n, n, 20), outx(n)]), 2200);
    assert_eq!(rate(Delay::SRAM, |n| vec![lax(n), add(n, n, 20), stax(n)]), 8800);
    assert_eq!(rate(Delay::SRAM, |n| vec![add(n + 1, 26, 27), shift(n + 13, 28)]), 600);
    assert_eq!(rate(Delay::SRAM, |n| vec![add(n + 1, 20, 21), outx(22)]), 533);
}

#[test]
fn first_mixed_groups_halt() {
    let halt = |classes: &[VectorClass]| {
        let mut bench = Bench::default();
        classes.iter().for_each(|&class| {
            bench.issue(class);
        });
        bench.halt()
    };
    assert_eq!(halt(&[compare(20), conditional(select(1, 21, 22))]), 17);
    assert_eq!(halt(&[compare(20), conditional(add(1, 21, 22))]), 21);
    assert_eq!(halt(&[inx(1), add(1, 1, 2), outx(1)]), 32);
    assert_eq!(halt(&[lax(1), add(1, 1, 2), stax(1)]), 95);
}
