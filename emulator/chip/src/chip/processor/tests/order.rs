//! Who sees what when: host and processors, both processors, copies and snapshots.

use super::*;

/// Counts in word 0xc00 for ever.
const COUNTER: &str = "
        li 3, 0
    1:  addi 3, 3, 1
        stw 3, 0x3000(0)
        b 1b";

/// Passes `rounds` barriers with the other processor: both write their round into the other's memory and wait for their own word
/// to reach it. Then leaves the time base, and what the other wrote last.
fn barrier(other: &str, rounds: u32, work: u32) -> String {
    format!(
        "   lis 10, {other}@h
            li 4, {rounds}
            li 5, 0
        1:  addi 5, 5, 1
            li 6, {work}
            mtctr 6
        2:  bdnz 2b
            stw 5, 0x3010(10)
        3:  lwz 7, 0x3010(0)
            cmplw 7, 5
            blt 3b
            cmplw 5, 4
            bne 1b
            sync
            mfspr 8, 284
            stw 8, 0x3000(0)
            stw 7, 0x3004(0)
            wait"
    )
}

const TOP_MEMORY: &str = "0x8a000000";
const BOTTOM_MEMORY: &str = "0x8e000000";

/// Both processors meet at barriers, the top one after less work than the bottom one.
fn meeting() -> Bench {
    let mut bench = Bench::new();
    bench.load(0, &barrier(BOTTOM_MEMORY, 20, 10));
    bench.load(1, &barrier(TOP_MEMORY, 20, 37));
    bench.write(CONTROL[0], 1);
    bench.write(CONTROL[1], 1);
    bench
}

#[test]
fn the_host_sees_memory_change_while_a_core_runs() {
    let mut bench = Bench::new();
    bench.start(0, COUNTER);
    let [a, b, c] = std::array::from_fn(|_| {
        bench.now += Time::from_us(1);
        bench.read(MEMORY[0] + RESULT)
    });
    assert!(a > 0 && b > a, "{a} {b}");
    // Between two looks are 1.016 us or 254 cycles, and a turn takes a few.
    assert!((254 / 6..=254 / 3).contains(&(b - a)) && (c - b).abs_diff(b - a) <= 1, "{a} {b} {c}");
}

#[test]
fn a_core_sees_what_the_host_writes() {
    let mut bench = Bench::new();
    bench.start(
        1,
        "1: lwz 3, 0x3010(0)
            cmpwi 3, 0
            beq 1b
            addi 3, 3, 1
            stw 3, 0x3000(0)
            wait",
    );
    bench.now += Time::from_us(10);
    assert_eq!(bench.read(STATUS[1]), 0);
    bench.write(MEMORY[1] + 0x3010 / 4, 41);
    bench.finish(1);
    assert_eq!(bench.results(1), [42]);
}

#[test]
fn barriers_through_each_others_memory() {
    let mut bench = meeting();
    bench.finish(0);
    bench.finish(1);
    let ([top, seen_by_top], [bottom, seen_by_bottom]) = (bench.results(0), bench.results(1));
    assert_eq!((seen_by_top, seen_by_bottom), (20, 20));
    // Twenty rounds of 37 turns of a loop of five cycles are 3700 cycles; the bottom core started four cycles later.
    assert!((3700..6000).contains(&bottom), "{bottom}");
    assert!(top.abs_diff(bottom) < 60, "{top} {bottom}");
}

#[test]
fn how_often_the_host_looks_makes_no_difference() {
    let mut whole = meeting();
    whole.chip.advance(Time::from_us(60));
    for step_ns in [4, 37, 1003] {
        let mut sliced = meeting();
        while sliced.chip.now() < Time::from_us(60) {
            let next = sliced.chip.now() + Time::from_ns(step_ns);
            sliced.chip.advance(next.min(Time::from_us(60)));
        }
        assert!(sliced.chip == whole.chip, "slices of {step_ns} ns");
    }
}

#[test]
fn copies_and_snapshots_go_on_like_the_original() {
    let mut original = meeting();
    original.chip.advance(Time::from_us(7));
    let mut copy = original.clone();
    let saved = ron::to_string(&original.chip).expect("can be saved");
    let mut restored: Chip = ron::from_str(&saved).expect("can be restored");
    for chip in [&mut original.chip, &mut copy.chip, &mut restored] {
        chip.advance(Time::from_us(60));
    }
    assert!(copy.chip == original.chip);
    assert!(restored == original.chip);
    assert_eq!(original.read(STATUS[0]) + original.read(STATUS[1]), 2);
}

#[test]
fn processors_start_and_stop_each_other() {
    let mut bench = Bench::new();
    bench.load(1, "li 3, 77; stw 3, 0x3000(0); 1: b 1b");
    bench.start(
        0,
        "   lis 4, 0x8e80
            li 3, 1
            stw 3, 0(4)
            sync
            li 5, 1000
            mtctr 5
        1:  bdnz 1b
            li 3, 0
            stw 3, 0(4)
            lwz 6, 4(4)
            stw 6, 0x3000(0)
            # Now itself.
            lis 4, 0x8a80
            stw 3, 0(4)
            sync
            li 3, 1
            stw 3, 0x3004(0)
            wait",
    );
    bench.now += Time::from_us(3);
    bench.chip.advance(bench.now);
    assert!(bench.chip.processor(1).is_some());
    bench.now += Time::from_us(100);
    assert_eq!(bench.results(1), [77]);
    assert_eq!(bench.results(0), [0, 0], "the core ended before it could write again");
    assert!(bench.chip.processor(0).is_none() && bench.chip.processor(1).is_none());
    assert_eq!(bench.read(CONTROL[0]), 0);
}

#[test]
fn the_reset_pin_stops_processors_and_keeps_their_memory() {
    let mut bench = Bench::new();
    bench.start(0, COUNTER);
    bench.now += Time::from_us(5);
    bench.chip.reset(bench.now, true);
    bench.now += Time::from_us(1);
    bench.chip.reset(bench.now, false);
    let [count] = bench.results(0);
    assert!(count > 100 && bench.chip.processor(0).is_none());
    bench.now += Time::from_us(5);
    assert_eq!(bench.results(0), [count]);
}

#[test]
fn the_clock_follows_the_plls() {
    let count = |pll: &[(u8, u32)]| {
        let mut bench = Bench::new();
        bench.start(0, COUNTER);
        pll.iter().for_each(|(register, value)| bench.chip.jtag_pll(bench.now, *register, *value));
        let [before] = bench.results(0);
        bench.now += Time::from_us(100);
        let [after] = bench.results(0);
        after - before
    };
    let usual = [(2, 0x2a20_a902), (3, 0xc0cb_f200), (4, 0x110d_0101)];
    let base = count(&[]);
    assert_eq!(count(&usual), base, "250 MHz either way");
    // N = 5 instead of 10.
    assert!(count(&[(2, 0x2a20_9502), usual[1], usual[2]]).abs_diff(base / 2) <= 1);
    assert!(count(&[usual[0], usual[1], (4, 0x110f_0101)]).abs_diff(base / 2) <= 1, "the FPGA's clock");
}

#[test]
fn a_clock_that_is_forced_off_stands_still() {
    let mut bench = Bench::new();
    bench.start(0, COUNTER);
    bench.now += Time::from_us(1);
    bench.write(CONTROL[0], 0b101);
    let [before] = bench.results(0);
    bench.now += Time::from_us(10);
    assert_eq!(bench.results(0), [before]);
    bench.write(CONTROL[0], 1);
    bench.now += Time::from_us(10);
    let [after] = bench.results(0);
    assert!(after > before + 400);
}
