//! The plasticity processors as a host uses them: programs go in by register writes, run beside the message stream, and are
//! waited for by the FPGA's polling block.

use super::{run, words};
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::fpga::{Executor, ExecutorConfig};
use hx_host::message::{FromFpga, ToFpga};
use hx_isa::asm::assemble_program;

const MEMORY: [u32; 2] = [0x0280_0000, 0x0380_0000];
const CONTROL: [u32; 2] = [0x02a0_0000, 0x03a0_0000];
const STATUS: [u32; 2] = [0x02a0_0001, 0x03a0_0001];
const EXTERNAL: u32 = 0x8000_0000;
/// Address, target and mask of the polling block, and the instruction timeout.
const POLLING: [u32; 3] = [0x8800_0006, 0x8800_0007, 0x8800_0008];
const TIMEOUT: u32 = 0x8800_0009;

fn setup() -> Executor<Chip> {
    Executor::new(ExecutorConfig::default(), Chip::new(ChipConfig::ideal()))
}

/// Messages that load and start a program.
fn start(processor: usize, source: &str) -> Vec<ToFpga> {
    let program = assemble_program(source, "test.s").expect("assembles").sram();
    let mut messages = ToFpga::write(CONTROL[processor], 0).to_vec();
    for (word, data) in (0..).zip(program) {
        messages.extend(ToFpga::write(MEMORY[processor] + word, data));
    }
    messages.extend(ToFpga::write(CONTROL[processor], 1));
    messages
}

/// Messages that wait until bit 0 of a word is set.
fn wait_for(address: u32) -> Vec<ToFpga> {
    let settings = POLLING.into_iter().zip([address, 1, 1]);
    let mut messages: Vec<ToFpga> =
        settings.flat_map(|(register, value)| ToFpga::write(register, value)).collect();
    messages.push(ToFpga::BARRIER_OMNIBUS);
    messages.push(ToFpga::PollingOmnibusBlock { expect_equal: true });
    messages
}

const SQUARES: &str = "
        li 3, 0
        lis 6, 0x4000
        li 5, 100
        mtctr 5
    1:  addi 3, 3, 1
        mullw 4, 3, 3
        stw 4, 0(6)
        addi 6, 6, 4
        bdnz 1b
        sync
        stw 3, 0x3000(0)
        wait";

#[test]
fn a_program_is_loaded_started_waited_for_and_read() {
    let mut setup = setup();
    let mut messages = start(1, SQUARES);
    messages.extend(wait_for(STATUS[1]));
    messages.extend([MEMORY[1] + 0xc00, EXTERNAL, EXTERNAL + 99, STATUS[0]].map(ToFpga::read));
    let responses = run(&mut setup, &messages);
    assert_eq!(words(&responses), [100, 1, 10_000, 0]);
}

#[test]
fn the_host_hands_over_work_through_external_memory() {
    let mut setup = setup();
    let program = "
            lis 6, 0x4000
        1:  lwz 3, 0(6)
            cmpwi 3, 0
            beq 1b
            neg 3, 3
            stw 3, 4(6)
            sync
            wait";
    run(&mut setup, &start(0, program));
    let mut messages = vec![ToFpga::Setup, ToFpga::WaitUntil { time: 1000 }, ToFpga::read(STATUS[0])];
    messages.extend(ToFpga::write(EXTERNAL, 5));
    messages.extend(wait_for(STATUS[0]));
    messages.push(ToFpga::read(EXTERNAL + 1));
    assert_eq!(words(&run(&mut setup, &messages)), [0, 5u32.wrapping_neg()]);
}

#[test]
fn polling_a_program_that_never_ends_times_out() {
    let mut setup = setup();
    let mut messages = start(0, "1: b 1b");
    messages.extend(ToFpga::write(TIMEOUT, 10_000));
    messages.extend(wait_for(STATUS[0]));
    let responses = run(&mut setup, &messages);
    assert!(responses.iter().any(|message| matches!(message, FromFpga::TimeoutNotification { .. })));
}

#[test]
fn copies_of_a_setup_go_on_alike_while_a_program_runs() {
    let mut setup = setup();
    let program = "
            li 3, 0
        1:  addi 3, 3, 1
            stw 3, 0x3000(0)
            b 1b";
    run(&mut setup, &start(0, program));
    let mut copy = setup.clone();
    let look = [ToFpga::Setup, ToFpga::WaitUntil { time: 5000 }, ToFpga::read(MEMORY[0] + 0xc00)];
    let [a, b] = [words(&run(&mut setup, &look)), words(&run(&mut copy, &look))];
    assert_eq!(a, b);
    assert!(a[0] > 1000);
    assert!(setup == copy);
}
