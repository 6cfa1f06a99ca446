//! Interrupts and timers as programs see them: service routines, the decrementer, the fixed interval, `wait`.

use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::{BareMemory, BusDelays, Ppu};
use hx_isa::asm::assemble_program;

/// Where programs leave what they found out: words from here on.
const RESULTS: u32 = 0x2000;

/// The reset and interrupt vectors: a branch to `begin`, then one to the service routine of each vector in `handlers`, or to
/// `unexpected`, which sets r31 to 0x666 and sleeps.
fn vectors(handlers: &[(u32, &str)]) -> String {
    let mut text = String::from("b begin\n");
    for vector in (4..0x34).step_by(4) {
        let label = handlers.iter().find(|(at, _)| *at == vector).map_or("unexpected", |(_, label)| label);
        text.push_str(&format!("b {label}\n"));
    }
    text
}

/// A core that has run the program for `cycles`, and its memory.
fn run(handlers: &[(u32, &str)], body: &str, cycles: u64) -> (Ppu, BareMemory) {
    let (mut ppu, mut memory) = start(handlers, body);
    ppu.run(&mut memory, cycles, u64::MAX, &mut ());
    (ppu, memory)
}

fn start(handlers: &[(u32, &str)], body: &str) -> (Ppu, BareMemory) {
    let end = "unexpected: li 31, 0x666\n1: wait\nb 1b\n";
    let source = format!("{}{body}\n{end}", vectors(handlers));
    let program = assemble_program(&source, "interrupts.s").unwrap_or_else(|findings| {
        panic!("{}", findings.iter().map(ToString::to_string).collect::<String>())
    });
    let delays = BusDelays::default();
    let mut memory = BareMemory::new(delays);
    memory.sram.load(0, &program.sram());
    (Ppu::new(delays, DecodeOptions::default()), memory)
}

fn result(memory: &BareMemory, index: u32) -> u32 {
    memory.sram.word(RESULTS / 4 + index)
}

fn results(memory: &BareMemory, count: u32) -> Vec<u32> {
    (0..count).map(|index| result(memory, index)).collect()
}

const DECREMENTER: u32 = 0x30;
const FIXED_INTERVAL: u32 = 0x2C;
const DOORBELL: u32 = 0x24;
const PROGRAM: u32 = 0x1C;
const ALIGNMENT: u32 = 0x18;
const EXTERNAL: u32 = 0x14;

/// Enables the interrupts of MSR.EE.
const ENABLE: &str = "li 3, 0\nori 3, 3, 0x8000\nmtmsr 3\n";

/// A service routine that notes the time base and clears the status bits in `clear`.
fn note_time(clear: &str) -> String {
    format!("tick: mfspr 10, 284\nstw 10, 0(9)\naddi 9, 9, 4\nlis 10, {clear}\nmtspr 336, 10\nrfi\n")
}

#[test]
fn decrementer_wakes_the_core_once_per_period() {
    let body = format!(
        "begin: li 9, 0x2000\nlis 3, 0x0440\nmtspr 340, 3\nli 3, 300\nmtspr 54, 3\nmtspr 22, 3\n{ENABLE}1: wait\nb 1b\n{}",
        note_time("0x0800")
    );
    let (ppu, memory) = run(&[(DECREMENTER, "tick")], &body, 3000);
    assert!(ppu.is_sleeping());
    let times = results(&memory, 9);
    let periods: Vec<u32> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(periods, [300; 8]);
    assert_eq!(result(&memory, 9), 0);
}

#[test]
fn fixed_interval_wakes_the_core_once_per_512_cycles() {
    let body = format!(
        "begin: li 9, 0x2000\nlis 3, 0x0080\nmtspr 340, 3\n{ENABLE}1: wait\nb 1b\n{}",
        note_time("0x0400")
    );
    let (_, memory) = run(&[(FIXED_INTERVAL, "tick")], &body, 3000);
    let times = results(&memory, 5);
    assert!((256..280).contains(&times[0]), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 512), "{times:?}");
}

#[test]
fn timers_wake_a_core_that_takes_no_interrupts() {
    let body = "begin: lis 3, 0x0400\nmtspr 340, 3\nli 3, 100\nmtspr 22, 3\nwait\nli 4, 0x2000\nmfspr 5, 336\nstw 5, 0(4)\n\
                mfmsr 5\nstw 5, 4(4)\nmtspr 336, 5\nlis 5, 0x0800\nmtspr 336, 5\nwait\nli 31, 1\n2: b 2b\n";
    let (ppu, memory) = run(&[], body, 2000);
    assert!(ppu.is_sleeping(), "asleep in the second wait");
    assert_eq!(results(&memory, 2), [0x0800_0000, 0]);
    assert_eq!(ppu.registers.gpr[31], 0);
}

#[test]
fn without_clearing_the_status_the_routine_is_entered_again() {
    let body = format!(
        "begin: li 9, 0\nlis 3, 0x0400\nmtspr 340, 3\nli 3, 50\nmtspr 22, 3\n{ENABLE}1: b 1b\n\
         tick: addi 9, 9, 1\nrfi\n"
    );
    let (ppu, _) = run(&[(DECREMENTER, "tick")], &body, 2000);
    assert!(ppu.registers.gpr[9] > 20, "{}", ppu.registers.gpr[9]);
}

#[test]
fn fixed_interval_comes_before_the_decrementer() {
    let body = format!(
        "begin: li 9, 0x2000\nlis 3, 0x0480\nmtspr 340, 3\nli 3, 0x1f0\nmtspr 22, 3\nli 3, 0xf0\nmtspr 284, 3\n\
         li 4, 200\nmtctr 4\n2: bdnz 2b\n{ENABLE}nop\nnop\n1: wait\nb 1b\n\
         first: li 5, 1\nlis 6, 0x0400\nb note\nsecond: li 5, 2\nlis 6, 0x0800\n\
         note: stw 5, 0(9)\naddi 9, 9, 4\nmtspr 336, 6\nrfi\n"
    );
    let (_, memory) = run(&[(FIXED_INTERVAL, "first"), (DECREMENTER, "second")], &body, 1500);
    assert_eq!(results(&memory, 2), [1, 2]);
}

#[test]
fn trap_enters_with_ptr_and_returns_behind() {
    let body = "begin: li 9, 0x2000\nli 3, 7\ntwi 4, 3, 7\nli 4, 5\ntw 2, 3, 4\ntw 31, 0, 0\nstw 4, 12(9)\n1: wait\nb 1b\n\
                trap_taken: mfspr 10, 26\nstw 10, 0(9)\nmfspr 11, 62\nstw 11, 4(9)\naddi 9, 9, 8\naddi 10, 10, 4\n\
                mtspr 26, 10\nrfi\n";
    let (ppu, memory) = run(&[(PROGRAM, "trap_taken")], body, 1000);
    assert!(ppu.is_sleeping());
    assert_eq!(results(&memory, 4), [0x3C, 0x0200_0000, 0x48, 0x0200_0000], "tw 2,7,5 does not trap");
    assert_eq!(result(&memory, 7), 5);
}

#[test]
fn misaligned_access_changes_nothing_and_names_itself() {
    let body = "begin: li 9, 0x2000\nli 5, 0x1002\nli 3, 77\nlwzu 3, 0(5)\n.rept 3\nnop\n.endr\nstwu 5, 4(5)\n.rept 3\nnop\n.endr\nlwz 3, 2(9)\n.rept 3\nnop\n.endr\nstw 3, 20(9)\nstw 5, 24(9)\n\
                1: wait\nb 1b\n\
                misaligned: mfspr 10, 26\nstw 10, 0(9)\nmfspr 11, 62\naddi 9, 9, 4\naddi 10, 10, 4\nmtspr 26, 10\nrfi\n";
    let (ppu, memory) = run(&[(ALIGNMENT, "misaligned")], body, 1000);
    assert!(ppu.is_sleeping());
    assert_eq!(results(&memory, 3), [0x40, 0x50, 0x60]);
    assert_eq!(
        (result(&memory, 8), result(&memory, 9)),
        (77, 0x1002),
        "behind three entries r9 is 12 further"
    );
    assert_eq!(ppu.registers.gpr[11], 0, "ESR");
}

#[test]
fn interrupt_out_of_wait_saves_the_address_of_the_wait() {
    let body = format!(
        "begin: li 9, 0x2000\n{ENABLE}here: wait\nli 31, 1\n1: b 1b\n\
         bell: mfspr 10, 26\nstw 10, 0(9)\nlis 11, here@ha\naddi 11, 11, here@l\nstw 11, 4(9)\nrfi\n"
    );
    let (mut ppu, mut memory) = start(&[(DOORBELL, "bell")], &body);
    ppu.run(&mut memory, 500, u64::MAX, &mut ());
    assert!(ppu.is_sleeping());
    ppu.ring_doorbell();
    ppu.run(&mut memory, 1000, u64::MAX, &mut ());
    assert!(ppu.is_sleeping(), "rfi goes back to the wait");
    assert_eq!(result(&memory, 0), result(&memory, 1));
    assert_eq!(ppu.registers.gpr[31], 0);
}

#[test]
fn a_doorbell_while_interrupts_are_disabled_is_lost() {
    let body = format!("begin: li 3, 400\nmtctr 3\n2: bdnz 2b\n{ENABLE}1: wait\nb 1b\nbell: li 31, 1\nrfi\n");
    let (mut ppu, mut memory) = start(&[(DOORBELL, "bell")], &body);
    ppu.run(&mut memory, 100, u64::MAX, &mut ());
    ppu.ring_doorbell();
    ppu.run(&mut memory, 4000, u64::MAX, &mut ());
    assert!(ppu.is_sleeping());
    assert_eq!(ppu.registers.gpr[31], 0);
}

#[test]
fn pins_interrupt_by_edge_and_by_level() {
    let body = |control: &str| {
        format!(
            "begin: li 9, 0\nlis 3, {control}@h\nori 3, 3, {control}@l\nmtspr 68, 3\n{ENABLE}1: wait\nb 1b\n\
             pin: addi 9, 9, 1\nmfspr 10, 65\nrfi\n"
        )
    };
    let count = |control: &str, levels: &[u32]| {
        let (mut ppu, mut memory) = start(&[(EXTERNAL, "pin")], &body(control));
        for (step, pins) in levels.iter().enumerate() {
            memory.pins = *pins;
            ppu.run(&mut memory, 200 * (step as u64 + 1), u64::MAX, &mut ());
        }
        ppu.registers.gpr[9]
    };
    assert_eq!(count("0x0200", &[0, 2, 2, 0, 2, 0]), 2, "rising edges of pin 1");
    assert_eq!(count("0x2200", &[2, 0, 0, 2, 0, 2]), 2, "falling edges of pin 1");
    assert_eq!(count("0x0100", &[0, 2, 0, 2]), 0, "pin 0 is another one");
    assert!(count("0x20200", &[0, 2, 2, 0]) > 5, "again and again while pin 1 is high");
}

/// The core loses a result: what the instruction before the interrupted one computed is never written, and the interrupt
/// returns behind it (electronicvisions/nux: src/rtl/processor/schedule_single.sv switches write-back off).
#[test]
fn an_interrupt_of_running_code_loses_one_result() {
    let body = format!(
        "begin: li 5, 0\nli 6, 0\n{ENABLE}.rept 100\naddi 5, 5, 1\n.endr\n1: wait\nb 1b\nbell: addi 6, 6, 1\nrfi\n"
    );
    let count = |ring: bool| {
        let (mut ppu, mut memory) = start(&[(DOORBELL, "bell")], &body);
        ppu.run(&mut memory, 60, u64::MAX, &mut ());
        if ring {
            ppu.ring_doorbell();
        }
        ppu.run(&mut memory, 1000, u64::MAX, &mut ());
        (ppu.registers.gpr[5], ppu.registers.gpr[6])
    };
    assert_eq!(count(false), (100, 0));
    assert_eq!(count(true), (99, 1));
}
