//! A session of the stock multi-architecture gdb with `hxemu ppu run --gdb`, as a user would type it.

use crate::oracle::{installed, scratch_file};
use hx_tests::command::hxemu;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const DEBUGGER: &str = "gdb-multiarch";

/// Counts to 20 in a loop with a store, works in the vector unit, and ends.
const PROGRAM: &str = "        .globl _start
_start: li      3, 0
        li      4, 10
        mtctr   4
        lis     5, value@ha
        addi    5, 5, value@l
loop:   addi    3, 3, 2
        stw     3, 0(5)
        bdnz    loop
        li      6, 7
        fxvsplatb 1, 6
        fxvaddbm 2, 1, 1
done:   sync
        wait
        .data
        .balign 4
value:  .long   0
";

/// What is typed, and what must be answered, in this order.
const SESSION: &[(&str, &str)] = &[
    ("info registers pc", "<_start>"),
    ("break loop", "Breakpoint 1 at 0x14: file"),
    ("continue", "loop () at"),
    ("stepi", "stw     3, 0(5)"),
    ("print $r3", "= 2"),
    ("delete", ""),
    ("watch *(int*)&value", "Hardware watchpoint 2"),
    ("continue", "New value = 2"),
    ("continue", "New value = 4"),
    ("delete", ""),
    ("break done", "Breakpoint 3"),
    ("continue", "done () at"),
    ("print $r3", "= 20"),
    ("print $kv2.bytes[127]", "= 14"),
    ("print/x $kv2.halves[0]", "= 0xe0e"),
    ("set $r10 = 0x1234", ""),
    ("print/x $r10", "= 0x1234"),
    ("set $kv3.bytes[3] = 9", ""),
    ("print $kv3.bytes[3]", "= 9"),
    ("info line loop", "Line 7 of"),
    ("print $ka[0]", "= 0"),
    ("monitor cycles", "cycles since reset"),
    ("monitor register PPUControlRegister p=0", "inhibit_reset = 1"),
    ("monitor register PPUControlRegister p=1", "inhibit_reset = 0"),
    ("monitor register PPUControlRegister p=2", "p"),
    ("set *(int*)0x2000 = 42", ""),
    ("x/1dw 0x2000", "42"),
    ("set $ctr = 3", ""),
    ("set $pc = loop", ""),
    ("info registers pc", "<loop>"),
    ("delete", ""),
    ("continue", "SIGSTOP"),
    ("detach", "detached"),
];

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// The commands, each announced, so that answers can be told apart.
fn script(program: &Path, port: u16) -> String {
    let mut text = format!("set pagination off\nset confirm off\nset width 0\nfile {}\n", program.display());
    text.push_str(&format!("set tcp auto-retry on\ntarget remote 127.0.0.1:{port}\n"));
    for (number, (command, _)) in SESSION.iter().enumerate() {
        text.push_str(&format!("echo \\n@@{number}@@\\n\n{command}\n"));
    }
    text
}

#[test]
fn a_session_with_gdb() {
    if !installed(DEBUGGER) {
        return;
    }
    let (source, elf, commands) =
        (scratch_file("debugged.s"), scratch_file("debugged.elf"), scratch_file("debugged.gdb"));
    std::fs::write(&source, PROGRAM).unwrap();
    let made = hxemu(&["asm", &source.display().to_string(), "-o", &elf.display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.err);
    let port = free_port();
    std::fs::write(&commands, script(&elf, port)).unwrap();
    let served = {
        let elf = elf.display().to_string();
        std::thread::spawn(move || {
            hxemu(&[
                "ppu",
                "run",
                &elf,
                "--gdb",
                &format!("127.0.0.1:{port}"),
                "--json",
                "--dump",
                "0x2000:4",
            ])
        })
    };
    std::thread::sleep(Duration::from_millis(100));
    // Answers to `monitor` come on standard error; only one stream keeps the order.
    let line = format!("{DEBUGGER} -q -nx -batch -x '{}' 2>&1", commands.display());
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for (number, (command, expected)) in SESSION.iter().enumerate() {
        let answer = said.split(&format!("@@{number}@@")).nth(1).unwrap_or_default();
        let answer = answer.split("\n@@").next().unwrap_or_default();
        assert!(answer.contains(expected), "`{command}` was answered by `{answer}`\nin\n{said}");
    }
    let ended = served.join().unwrap();
    let report = &ended.json_lines()[0];
    assert_eq!((ended.code, report["stop"].as_str()), (0, Some("wait")), "{}", ended.err);
    assert_eq!(report["dump"][0]["hex"], "0000002a");
    assert_eq!(report["gpr"][10], 0x1234);
}
