use super::stub::Op::{self, *};
use super::*;
use crate::chip::ChipConfig;

const CONTROL: [u32; 2] = [0x02a0_0000, 0x03a0_0000];
const OTHER: [u32; 2] = [0x8e00_0000, 0x8a00_0000];

fn chip(scripts: [Vec<(u64, Op)>; 2]) -> Chip {
    let mut chip = Chip::new(ChipConfig::ideal());
    for (h, script) in scripts.into_iter().enumerate() {
        chip.write(Time(1), CONTROL[h], 1, 0xf);
        chip.processors.all[h].core.as_mut().unwrap().script = script;
    }
    chip
}

fn log(chip: &Chip, h: usize) -> Vec<(u64, u32)> {
    chip.processor(h).unwrap().log.clone()
}

#[test]
fn cross_accesses_are_exact_and_do_not_depend_on_slices() {
    // Each writes its own memory in every cycle not divisible by 7 and reads the other's sometimes.
    let script = |h: usize, phase: u64| {
        (0..400u64)
            .map(|c| {
                (
                    c,
                    if c % 7 == phase {
                        Load(OTHER[h])
                    } else if c % 31 == 3 {
                        Store(OTHER[h] + 4, c as u32)
                    } else if c % 5 == 0 {
                        Load(0x8000_0000 | 4 * 0x02c0_0000)
                    } else {
                        Own(0, c as u32)
                    },
                )
            })
            .collect::<Vec<_>>()
    };
    let mut whole = chip([script(0, 2), script(1, 5)]);
    whole.advance(Time::from_us(5));
    for (cycle, value) in log(&whole, 0).iter().filter(|(c, _)| c % 7 == 2) {
        // Core 0 acts before core 1 in a cycle: it sees the last own write of core 1 before that cycle.
        let last = (0..*cycle).rev().find(|c| c % 7 != 5 && c % 31 != 3 && c % 5 != 0).unwrap_or(0);
        assert_eq!(u64::from(*value), last, "{cycle}");
    }
    for (cycle, value) in log(&whole, 1).iter().filter(|(c, _)| c % 7 == 5) {
        let last = (0..=*cycle).rev().find(|c| c % 7 != 2 && c % 31 != 3 && c % 5 != 0).unwrap_or(0);
        assert_eq!(u64::from(*value), last, "{cycle}");
    }
    for step in [4_000, 12_345, 100_000] {
        let mut sliced = chip([script(0, 2), script(1, 5)]);
        let mut now = Time::ZERO;
        while now < Time::from_us(5) {
            now = (now + Time(step)).min(Time::from_us(5));
            sliced.advance(now);
        }
        assert_eq!(sliced, whole, "step {step}");
    }
}

#[test]
fn vector_port() {
    let weights = |w: u32| 4 * (0x02c0_0000 + w) | 0x8000_0000;
    let mut chip = chip([
        vec![
            (0, Out(0, 1)),
            (10, Load(weights(0))),
            (20, Store(weights(32), 0x0102_0408)),
            (30, In(1)),
            (40, Out(0x8000_0000, 0xab)),
            (50, Load(0x4000_0000)),
            (60, Store(0x4000_0080, 7)),
            (70, In(0x8000_0008)),
            (80, In(0xe0000)),
            (90, In(0xe0000)),
            (100, Load(0x8a00_0000)),
            (110, In(0x30000)),
            (120, Sleep),
        ],
        vec![],
    ]);
    chip.write(Time(2), CONTROL[1], 0, 0xf);
    chip.advance(Time::from_us(1));
    println!("{:x?}", log(&chip, 0));
    println!("{:x?}", chip.diagnostics().processors);
    assert_eq!(chip.read(Time::from_us(1), 0x02a0_0001), 1);
}
