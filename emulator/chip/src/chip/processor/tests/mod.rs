//! The processors on the chip, by programs.

mod access;
mod order;
mod timing;

use super::*;
use crate::chip::ChipConfig;
use hx_isa::asm::assemble_program;

/// Omnibus addresses of both processors.
const MEMORY: [u32; 2] = [0x0280_0000, 0x0380_0000];
const CONTROL: [u32; 2] = [0x02a0_0000, 0x03a0_0000];
const STATUS: [u32; 2] = [0x02a0_0001, 0x03a0_0001];
/// Word at which programs leave what they found.
const RESULT: u32 = 0x3000 / 4;

/// Words of a program from address 0, put together from a source text.
fn assemble(source: &str) -> Vec<u32> {
    assemble_program(source, "test.s").expect("assembles").sram()
}

/// A chip and the time of the host.
#[derive(Clone)]
struct Bench {
    chip: Chip,
    now: Time,
}

impl Bench {
    fn new() -> Bench {
        Bench { chip: Chip::new(ChipConfig::ideal()), now: Time::ZERO }
    }

    fn write(&mut self, address: u32, data: u32) {
        self.now += Time::from_fpga_cycles(2);
        self.chip.write(self.now, address, data, 0xf);
    }

    fn read(&mut self, address: u32) -> u32 {
        self.now += Time::from_fpga_cycles(2);
        self.chip.read(self.now, address)
    }

    /// Writes a program into the memory of a processor.
    fn load(&mut self, hemisphere: usize, source: &str) {
        for (word, data) in (0..).zip(assemble(source)) {
            self.write(MEMORY[hemisphere] + word, data);
        }
    }

    /// Loads and starts a program.
    fn start(&mut self, hemisphere: usize, source: &str) {
        self.load(hemisphere, source);
        self.write(CONTROL[hemisphere], 1);
    }

    /// Lets time pass until a processor sleeps.
    fn finish(&mut self, hemisphere: usize) {
        for _ in 0..1000 {
            if self.read(STATUS[hemisphere]) == 1 {
                return;
            }
            self.now += Time::from_us(1);
        }
        panic!("the program does not end");
    }

    /// Runs a program to its end and returns the first words it left.
    fn run<const N: usize>(&mut self, hemisphere: usize, source: &str) -> [u32; N] {
        self.start(hemisphere, source);
        self.finish(hemisphere);
        self.results(hemisphere)
    }

    fn results<const N: usize>(&mut self, hemisphere: usize) -> [u32; N] {
        std::array::from_fn(|i| self.read(MEMORY[hemisphere] + RESULT + i as u32))
    }
}

#[test]
fn a_program_runs_from_address_0_until_it_waits() {
    let mut bench = Bench::new();
    assert_eq!(bench.read(STATUS[0]), 0, "held in reset: not asleep");
    let [sum] = bench.run(
        0,
        "   li 3, 10
            mtctr 3
            li 4, 0
        1:  add 4, 4, 3
            addi 3, 3, -1
            bdnz 1b
            stw 4, 0x3000(0)
            wait",
    );
    assert_eq!(sum, 55);
    bench.write(CONTROL[0], 0);
    assert_eq!(bench.read(STATUS[0]), 0);
    assert_eq!(bench.read(MEMORY[0] + RESULT), 55, "memory keeps its content");
    assert!(!bench.chip.processors.run());
}
