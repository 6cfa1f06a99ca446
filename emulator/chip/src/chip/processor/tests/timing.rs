//! Durations that libnux measures on hardware (electronicvisions libnux: tests/hw/libnux/vx/test_speed_memory.cpp).

use super::*;

/// Clocks between two reads of the time base around `access` and a `sync`, minus one, in the second of two passes.
fn duration(bench: &mut Bench, bases: [u32; 2], access: &str) -> u32 {
    let [a, b] = bases;
    let source = format!(
        "   lis 4, {a}@h
            ori 4, 4, {a}@l
            lis 5, {b}@h
            ori 5, 5, {b}@l
            li 6, 0
            li 7, 2
            mtctr 7
        1:  mfspr 8, 284
            {access}
            sync
            mfspr 9, 284
            subf 3, 8, 9
            addi 3, 3, -1
            # What the compiler puts between two measurements.
            .rept 30
            addi 10, 10, 1
            .endr
            bdnz 1b
            stw 3, 0x3000(0)
            wait"
    );
    let [duration] = bench.run(0, &source);
    bench.write(CONTROL[0], 0);
    duration
}

#[test]
fn accesses_take_as_long_as_on_hardware() {
    let mut bench = Bench::new();
    bench.write(0x0240_1000, 0x14640);
    let neuron_reset = 0x00c9_4000;
    let cases = [
        // What the core takes with an ideal memory, the default. Hardware shows 49 +- 5 and 47 +- 5: its memory is slower.
        ("fxvlax 0, 4, 6", [0x1000, 0], 43, 0),
        ("fxvstax 0, 4, 6", [0x1000, 0], 43, 0),
        ("fxvinx 0, 4, 6", [0, 0], 20, 2),
        ("fxvoutx 0, 4, 6", [0, 0], 20, 2),
        ("fxvoutx 0, 4, 6", [neuron_reset, 0], 20, 2),
        ("fxvoutx 0, 4, 6", [0x00c9_0200, 0], 20, 2),
        ("fxvinx 0, 4, 6; fxvinx 1, 5, 6", [0x8_0000, 0x28_0001], 410, 41),
        ("fxvoutx 0, 4, 6", [0x8000_0000, 0], 38, 4),
        (".rept 4; fxvoutx 0, 4, 6; .endr", [0x8000_0000, 0], 306, 31),
        (".rept 8; fxvoutx 0, 4, 6; .endr", [0x8000_0000, 0], 684, 69),
        (".rept 16; fxvoutx 0, 4, 6; .endr", [0x8000_0000, 0], 1406, 141),
        ("fxvinx 0, 4, 6", [0x8000_0000, 0], 344, 35),
        ("fxvinx 0, 4, 6", [0x8100_0000, 0], 344, 35),
    ];
    for (access, bases, mean, error) in cases {
        let measured = duration(&mut bench, bases, access);
        assert!(measured.abs_diff(mean) <= error, "{access} {bases:x?}: {measured}, not {mean} +- {error}");
    }
}
