//! Start-up code, exit code, mailbox, self-test, and the frame the rules run in.

use hx_firmware::harness::{Finished, Processor, Surroundings};
use hx_firmware::{Firmware, Image, SCHEDULE, Source, build};
use hx_host::driver::processor::{EXIT_CODE_WORD, MAILBOX_WORD, mailbox_text};
use hxemu::processor::harness::BareCore;

fn run(image: &Image) -> Finished {
    BareCore::default().run(image.words(), &Surroundings::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn assembled(text: &'static str) -> Image {
    let source = Source { path: "program.s", text };
    build(&[source], &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn exit_code(finished: &Finished) -> i32 {
    finished.memory[EXIT_CODE_WORD].cast_signed()
}

#[test]
fn the_self_test_passes_and_says_so() {
    let finished = run(&Firmware::find("selftest").unwrap().build().unwrap());
    assert_eq!(mailbox_text(&finished.memory[MAILBOX_WORD..]), "self-test: 0 failed\n");
    assert_eq!(exit_code(&finished), 0);
}

#[test]
fn the_result_of_start_is_the_exit_code() {
    let image = assembled(
        " .include \"ppu.inc\"\n .section int.text,\"ax\"\n function _start\n li 3, -5\n blr\n .size _start, . - _start\n",
    );
    let finished = run(&image);
    assert_eq!(exit_code(&finished), -5);
    assert_eq!(finished.memory[0x2ff0 / 4], 0x2ff0, "exit leaves the stack pointer below");
}

#[test]
fn the_mailbox_takes_strings_and_numbers() {
    let image = assembled(
        "        .include \"ppu.inc\"
        .section int.text, \"ax\", @progbits
        function _start
        mflr    30
        address 3, text
        bl      mailbox_write_string
        li      3, 0
        bl      mailbox_write_unsigned
        li      3, ' '
        bl      mailbox_write_character
        li      3, -1
        bl      mailbox_write_unsigned
        li      3, ' '
        bl      mailbox_write_character
        lis     3, 0x0bad
        ori     3, 3, 0xcafe
        bl      mailbox_write_hex
        mtlr    30
        li      3, 0
        blr
        .size   _start, . - _start
        .section .rodata, \"a\", @progbits
text:   .asciz  \"numbers: \"
",
    );
    let finished = run(&image);
    assert_eq!(mailbox_text(&finished.memory[MAILBOX_WORD..]), "numbers: 0 4294967295 0badcafe");
}

#[test]
fn what_does_not_fit_into_the_mailbox_is_dropped() {
    let image = assembled(
        "        .include \"ppu.inc\"
        .section int.text, \"ax\", @progbits
        function _start
        mflr    30
        li      31, 5000
1:      li      3, 'x'
        bl      mailbox_write_character
        addic.  31, 31, -1
        bne     0, 1b
        mtlr    30
        li      3, 7
        blr
        .size   _start, . - _start
",
    );
    let finished = run(&image);
    assert_eq!(mailbox_text(&finished.memory[MAILBOX_WORD..]), "x".repeat(4095));
    assert_eq!(finished.memory[4095], 0x7878_7800);
    assert_eq!(exit_code(&finished), 7);
}

#[test]
fn fixed_point_helpers() {
    let image = assembled(
        "        .include \"ppu.inc\"
        .section int.text, \"ax\", @progbits
        function _start
        mflr    30
        address 31, results
        lis     3, 0x4000               # 1/2 times -1/4
        lis     4, 0xe000
        bl      fixed_multiply
        stw     3, 0(31)
        li      3, 300
        bl      saturate_byte
        stw     3, 4(31)
        li      3, -300
        bl      saturate_byte
        stw     3, 8(31)
        li      3, -7
        bl      saturate_byte
        stw     3, 12(31)
        mtlr    30
        li      3, 0
        blr
        .size   _start, . - _start
        .bss
        .balign 4
        .globl  results
results: .space 16
",
    );
    let finished = run(&image);
    let first = image.word_index("results").unwrap();
    let results = finished.memory[first..first + 4].iter().map(|word| word.cast_signed());
    assert_eq!(results.collect::<Vec<_>>(), [-0x1000_0000, 127, -128, -7]);
}

/// A rule that notes at which cycle its rows were updated, and takes as long as it is told.
const CLOCKED: Source = Source {
    path: "clocked.s",
    text: "        .include \"ppu.inc\"
        .section int.text, \"ax\", @progbits
        function rule_setup
        blr
        function rule_begin
        mflr    12
        mfspr   3, SPR_TBL
        word_load 4, next
        stw     3, 0(4)
        addi    4, 4, 4
        stw     4, next@l(0)
        word_load 3, busy
        bl      sleep_cycles
        mtlr    12
        blr
        function rule_row
        blr
        .data
        .balign 4
        .globl  begins, busy
        .type   busy, @object
busy:   .long   0
        .size   busy, 4
next:   .long   begins
        .type   begins, @object
begins: .space  64
        .size   begins, 64
",
};

fn clocked(busy: u32) -> (Vec<u32>, u32) {
    let mut image = build(&[SCHEDULE, CLOCKED], &[]).unwrap_or_else(|error| panic!("{error}"));
    for (symbol, value) in [("updates", 4), ("row_count", 2), ("period_cycles", 2000), ("busy", busy)] {
        image.set_word(symbol, value).unwrap();
    }
    let finished = run(&image);
    assert_eq!(finished.memory[image.word_index("completed").unwrap()], 4);
    let first = image.word_index("begins").unwrap();
    let misses = finished.memory[image.word_index("deadline_misses").unwrap()];
    (finished.memory[first..first + 4].to_vec(), misses)
}

#[test]
fn updates_begin_once_in_every_period() {
    let (begins, misses) = clocked(100);
    assert_eq!(misses, 0);
    for pair in begins.windows(2) {
        // The loop that waits looks at the clock every few cycles.
        assert!(pair[1].abs_diff(pair[0] + 2000) <= 40, "{begins:?}");
    }
}

#[test]
fn updates_that_take_too_long_are_counted() {
    let (begins, misses) = clocked(5000);
    assert_eq!(misses, 3, "{begins:?}");
}
