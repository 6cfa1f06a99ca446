//! What is left after a run: the object `hxemu ppu run --json` prints. Its keys are a contract.

use super::machine::Machine;
use super::profile::ProfileReport;
use super::recorder::{Counted, Ending, Recorder};
use super::reference::hex_digits;
use hx_chip::ppu::ports::{Issue, NoticeKind};
use hx_isa::elf::Program;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where libnux puts the mailbox of 4 KiB.
const MAILBOX: u32 = 0x3000;
/// `stw 3,12(11)`: the last step of libnux's `exit` before its `wait` (libnux: src/nux_runtime/crt_shutdown.s).
const EXIT_STORE: u32 = 0x906b_000c;
/// Bytes from the start of the stack to the exit code.
const EXIT_CODE_OFFSET: u32 = 12;

/// Bytes of memory after the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dump {
    /// First byte address.
    pub address: u32,
    /// The bytes, two digits each.
    pub hex: String,
}

/// Something remarkable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Byte address of the instruction.
    pub address: u32,
    /// The instruction.
    pub word: u32,
    /// Symbol and offset, if there is one.
    pub symbol: Option<String>,
    /// Source file and line, if they are known.
    pub line: Option<String>,
    /// What happened, in a sentence.
    pub cause: String,
    /// How often.
    pub count: u64,
}

/// The state after a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// Why it ended.
    pub stop: Ending,
    /// Byte address: of the `wait`, of the instruction that ended the run, or of the next one.
    pub pc: u32,
    /// Cycles from the issue of the first instruction to the first halted cycle, or to the end.
    pub cycles: u64,
    /// Instructions issued; `nop`, `sync` and `wait` are never issued to a unit.
    pub instructions: u64,
    /// r0..r31.
    pub gpr: [u32; 32],
    /// Condition register.
    pub cr: u32,
    /// SO, OV, CA.
    pub xer: u32,
    /// Link register.
    pub lr: u32,
    /// Count register.
    pub ctr: u32,
    /// 256 hex digits each, lane 0 first.
    pub vr: Vec<String>,
    /// 512 hex digits, element 0 first.
    pub vector_accumulator: String,
    /// 192 hex digits: equal, greater, less per halfword, element 0 first.
    pub vector_condition: String,
    /// As libnux leaves it, else null.
    pub exit_code: Option<i32>,
    /// Text from the start of the mailbox.
    pub mailbox: String,
    /// What `--dump` asked for.
    pub dump: Vec<Dump>,
    /// Wall clock, s.
    pub wall_s: f64,
    /// Cycles between the labels `timed_begin` and `timed_end`, if the program has them and passed both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timed_cycles: Option<u64>,
    /// `[byte address, cycle, unit]` of every issue slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<Vec<(String, u64, &'static str)>>,
    /// Words that changed, for a reference program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_memory_changed: Option<BTreeMap<String, String>>,
    /// Vectors behind the parallel bus that changed, for a reference program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_pbus_changed: Option<BTreeMap<String, String>>,
    /// Where the cycles went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileReport>,
    /// What was remarkable.
    pub remarks: Vec<Remark>,
}

/// Reads everything off a machine that stands still; what it had begun must be finished.
pub fn report(
    machine: &mut impl Machine,
    recorder: &Recorder<'_>,
    ending: Ending,
    program: &Program,
    wall_s: f64,
) -> RunReport {
    let first = recorder.first_issue.unwrap_or(0);
    let ppu = machine.ppu();
    let end = if ending == Ending::Wait { ppu.asleep_since().unwrap_or(ppu.cycle()) } else { ppu.cycle() };
    let (registers, vector) = (ppu.registers, &ppu.vector);
    let pc = recorder.ending.map_or(ppu.position(), |(_, address)| address);
    let report = RunReport {
        stop: ending,
        pc,
        cycles: end.saturating_sub(first),
        instructions: ppu.issued(),
        gpr: registers.gpr,
        cr: registers.cr,
        xer: registers.xer,
        lr: registers.lr,
        ctr: registers.ctr,
        vr: vector.registers.iter().map(|register| hex_digits(register.bytes())).collect(),
        vector_accumulator: vector.accumulator.to_hex(),
        vector_condition: vector.condition.to_hex(),
        exit_code: None,
        mailbox: String::new(),
        dump: Vec::new(),
        wall_s,
        timed_cycles: recorder.stretch.and_then(|stretch| stretch.cycles()),
        issue: recorder.issues.as_deref().map(|issues| issue_list(issues, first)),
        final_memory_changed: None,
        final_pbus_changed: None,
        profile: None,
        remarks: recorder.notices.values().map(|counted| remark(counted, program)).collect(),
    };
    let exit_code =
        (ending == Ending::Wait).then(|| exit_code(machine, pc, registers.gpr[11], program)).flatten();
    RunReport { exit_code, mailbox: mailbox(machine, program), ..report }
}

fn issue_list(issues: &[Issue], first: u64) -> Vec<(String, u64, &'static str)> {
    let row = |issue: &Issue| (format!("{:x}", issue.address), issue.cycle - first, issue.unit.name());
    issues.iter().map(row).collect()
}

/// What libnux's `exit` stored: its `wait` follows the store, and r11 still holds the start of the stack. Where other start-up code
/// stopped inside a function `exit`, the symbol of the stack says where.
fn exit_code(machine: &mut impl Machine, pc: u32, r11: u32, program: &Program) -> Option<i32> {
    let stored = pc >= 4 && machine.peek_word(pc - 4) == EXIT_STORE;
    let inside = || program.symbol_at(pc).is_some_and(|(name, _)| name == "exit");
    let stack = match stored {
        true => r11,
        false if inside() => program.symbol("stack_ptr_init")?.value,
        false => return None,
    };
    Some(machine.peek_word(stack.wrapping_add(EXIT_CODE_OFFSET)).cast_signed())
}

/// Text up to the terminating zero. Only what can be text is: a program that uses the memory otherwise leaves none.
fn mailbox(machine: &mut impl Machine, program: &Program) -> String {
    let symbol = |name: &str| program.symbol(name).map(|symbol| symbol.value);
    let base = symbol("mailbox_base").unwrap_or(MAILBOX);
    let end = symbol("mailbox_end").unwrap_or(0x4000).max(base);
    let bytes = machine.peek_bytes(base, (end - base) as usize);
    let text: Vec<u8> = bytes.into_iter().take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&text).into_owned()
}

fn remark(counted: &Counted, program: &Program) -> Remark {
    let notice = &counted.notice;
    let symbol = program.symbol_at(notice.address).map(|(name, offset)| match offset {
        0 => name.to_owned(),
        _ => format!("{name}+{offset:#x}"),
    });
    let line = program.line_at(notice.address).map(|(file, line)| format!("{file}:{line}"));
    let cause = cause(&notice.kind);
    Remark { address: notice.address, word: notice.word, symbol, line, cause, count: counted.count }
}

fn cause(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::Undecoded => "the word is no instruction of this processor and does nothing".to_owned(),
        NoticeKind::Alignment { target } => {
            format!("misaligned access to {target:#010x}, which raises the alignment interrupt")
        }
        NoticeKind::Trap => "a trap, which raises the program interrupt".to_owned(),
        NoticeKind::UnknownSpr { number } => format!("there is no special purpose register {number}"),
        NoticeKind::SramAlias { target } => {
            format!("access to {target:#010x}, behind the end of the memory, which repeats there")
        }
        NoticeKind::ZeroExtended => "the negative number in the instruction is not sign-extended".to_owned(),
    }
}

impl Remark {
    /// In a line: where, what, how often.
    #[must_use]
    pub fn sentence(&self) -> String {
        let line = self.line.as_deref().map(|line| format!("{line}: ")).unwrap_or_default();
        let symbol = self.symbol.as_deref().map(|symbol| format!(" ({symbol})")).unwrap_or_default();
        let times = if self.count > 1 { format!(", {} times", self.count) } else { String::new() };
        format!("{line}{:#010x}{symbol}, word {:08x}: {}{times}", self.address, self.word, self.cause)
    }
}
