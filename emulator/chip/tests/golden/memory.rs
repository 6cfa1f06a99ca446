//! Running on remembered steps against stepping every cycle: all state must be the same wherever the run is cut.

use hx_chip::ppu::ports::{Notice, Observer};
use hx_chip::ppu::{BareMemory, BusDelays, Ppu, Stop};

use crate::{Golden, loops};

/// A small generator of horizons.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Two runs of the same program.
struct Pair {
    remembering: (Ppu, BareMemory),
    stepping: (Ppu, BareMemory),
}

impl Pair {
    fn new(program: &Golden) -> Self {
        let run = || (program.processor(), program.memory());
        let mut stepping = run();
        stepping.0.step_only(true);
        Self { remembering: run(), stepping }
    }

    /// A loop that runs on and on.
    fn of_loop(code: &[u32], delays: BusDelays) -> Self {
        let program = Golden { code: code.to_vec(), delays, ..Golden::default() };
        Self::new(&program)
    }

    /// The host writes a word.
    fn write(&mut self, index: u32, word: u32) {
        for (_, memory) in [&mut self.remembering, &mut self.stepping] {
            memory.sram.set_word(index, word);
        }
    }

    fn run(&mut self, until: u64) {
        for (processor, memory) in [&mut self.remembering, &mut self.stepping] {
            processor.run(memory, until, u64::MAX, &mut ());
        }
    }

    /// Begins anew with other memory contents, but with what is remembered.
    fn restart(&mut self, program: &Golden, change: u32) {
        for (processor, memory) in [&mut self.remembering, &mut self.stepping] {
            processor.reset(processor.cycle());
            for &(address, word) in &program.memory {
                memory.sram.set_word(address / 4, word.rotate_left(change));
            }
        }
    }

    fn check(&self, what: &str) {
        let mut stepping = self.stepping.0.clone();
        stepping.step_only(false);
        assert!(self.remembering.1 == self.stepping.1, "{what}: memory differs");
        assert!(self.remembering.0.registers == stepping.registers, "{what}: registers differ");
        assert!(self.remembering.0 == stepping, "{what}: state differs");
    }
}

fn check(program: &Golden, longest: u64) {
    if program.delays.icache {
        return;
    }
    let mut random = Random(program.halt + longest);
    let mut pair = Pair::new(program);
    for change in 0..3 {
        let begin = pair.stepping.0.cycle();
        let end = begin + (program.halt + 50).min(4_000);
        let mut until = begin;
        while until < end {
            until = (until + 1 + random.below(longest)).min(end);
            pair.run(until);
            pair.check(&format!("{} run {change} after {} of {longest}", program.name, until - begin));
        }
        pair.restart(program, change);
    }
}

#[test]
fn remembered_steps_are_the_steps() {
    for program in crate::kept() {
        check(&program, 7);
        check(&program, 100);
        check(&program, 100_000);
    }
}

#[test]
fn remembered_steps_are_the_steps_for_a_directory() {
    let Ok(directory) = std::env::var("HXEMU_PPU_PROGRAMS") else {
        println!("skipped: HXEMU_PPU_PROGRAMS names no directory of programs");
        return;
    };
    for program in crate::json::directory(&directory) {
        check(&program, 60);
        check(&program, 100_000);
    }
}

/// Runs a loop in pieces of random length; `host` is called between them.
fn check_loop(name: &str, code: &[u32], mut host: impl FnMut(&mut Pair, u64)) {
    for delays in [BusDelays::default(), BusDelays::INDEPENDENT] {
        for longest in [50, 3_000] {
            let (mut pair, mut random, mut until) = (Pair::of_loop(code, delays), Random(longest), 0);
            while until < 20 * longest.max(500) {
                until += 1 + random.below(longest);
                pair.run(until);
                pair.check(&format!("{name} after {until} in pieces of {longest}"));
                host(&mut pair, random.below(1 << 30));
            }
        }
    }
}

#[test]
fn loops_are_the_same_wherever_they_are_cut() {
    check_loop("kernel", loops::KERNEL, |_, _| ());
    check_loop("prng", loops::PRNG, |_, _| ());
    check_loop("mix", loops::MIX, |_, _| ());
}

#[test]
fn code_that_changes_itself_is_seen() {
    check_loop("rewriting", loops::REWRITING, |_, _| ());
}

#[test]
fn exceptions_lose_the_same_results() {
    check_loop("faulting", loops::FAULTING, |_, _| ());
}

#[test]
fn code_that_the_host_changes_is_seen() {
    const ADD: u32 = 0x38c6_0000; // addi 6,6,n
    check_loop("prng", loops::PRNG, |pair, random| {
        if random % 4 == 0 {
            pair.write(11, ADD | random as u32 >> 20);
        }
    });
}

#[test]
fn waiting_for_the_host_ends_when_it_writes() {
    let mut writes = 0;
    check_loop("polling", loops::POLLING, |pair, random| {
        writes += 1;
        if writes % 10 == 9 {
            pair.write(0x2000 / 4, random as u32 | 1);
        }
    });
}

/// Ends the run at the first notice.
#[derive(Default)]
struct Strict(bool);

impl Observer for Strict {
    fn watches_issue(&self) -> bool {
        false
    }

    fn notice(&mut self, _notice: &Notice) {
        self.0 = true;
    }

    fn ends_run(&self) -> bool {
        self.0
    }
}

#[test]
fn an_observer_ends_the_run_in_the_same_cycle() {
    // A loop of 300 rounds, then a word that is no instruction.
    let code = [0x3860_012c, 0x7c69_03a6, 0x3884_0001, 0x4200_fffc, 0x38a5_0001, 0, 0x38c6_0001, 0x7c00_007c];
    let mut pair = Pair::of_loop(&code, BusDelays::default());
    for (processor, memory) in [&mut pair.remembering, &mut pair.stepping] {
        assert_eq!(processor.run(memory, 10_000, u64::MAX, &mut Strict::default()), Stop::Ended);
    }
    assert_eq!(pair.remembering.0.registers.gpr[5], 1);
    assert_eq!(pair.remembering.0.registers.gpr[6], 0);
    pair.check("ended");
}
