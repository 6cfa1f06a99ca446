//! Our text against the GNU assembler and disassembler for the architecture, where they are installed. The vector
//! extension is not theirs, so only scalar instructions are compared.

use super::super::{
    EXTENDED, Form, INSTRUCTIONS, Mnemonic, Row, Support, decode, disassemble, write_disassembly,
};
use super::sample::Samples;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const ASSEMBLER: &str = "powerpc-linux-gnu-as";
const DISASSEMBLER: &str = "powerpc-linux-gnu-objdump";
const COPY: &str = "powerpc-linux-gnu-objcopy";

/// What the Power ISA leaves undefined and this assembler refuses.
const REFUSALS: &[&str] = &[
    "invalid register operand when updating",
    "index register in load range",
    "invalid conditional option",
    "invalid counter access",
    "source and target register operands must be different",
    "address register in load range",
    "invalid tbr number",
    "invalid mask field",
    "illegal L operand value",
];

/// A scratch directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("hx-isa-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    /// Lines that the assembler refuses, with its reasons.
    fn refusals(&self, source: &str) -> Vec<(usize, String)> {
        let arguments = ["-mpower7", "-many", source, "-o", "/dev/null"];
        let output = Command::new(ASSEMBLER).args(arguments).current_dir(&self.0).output().unwrap();
        let complaints = String::from_utf8(output.stderr).unwrap();
        let line = |complaint: &str| {
            let (line, reason) =
                complaint.strip_prefix(source)?.strip_prefix(':')?.split_once(": Error: ")?;
            Some((line.parse().ok()?, reason.to_owned()))
        };
        complaints.lines().filter_map(line).collect()
    }

    fn run(&self, tool: &str, arguments: &[&str]) -> String {
        let output = Command::new(tool).args(arguments).current_dir(&self.0).output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {complaints}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_installed(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        println!("skipped: {tool} is not installed");
    }
    missing.is_none()
}

/// Instructions that the GNU tools know, with many operands each. For the machine closest to the processor they write
/// `wait` in a later encoding, and `mtcrf` of one field as `mtocrf`.
fn words() -> Vec<u32> {
    let mut samples = Samples::new(7);
    let known = |row: &&Row| {
        row.form != Form::Fxv && row.support != Support::Removed && !["wait", "mtcrf"].contains(&row.mnemonic)
    };
    let base = INSTRUCTIONS.iter().filter(known).map(Mnemonic::Base);
    let extended = EXTENDED.iter().filter(|row| row.base.form != Form::Fxv).map(Mnemonic::Extended);
    let forms: Vec<Mnemonic> = base.chain(extended).collect();
    forms.iter().flat_map(|form| samples.words(*form, 12)).collect()
}

/// Text with branches relative to the instruction, as GNU as wants it where the address of the section is not known.
fn relocatable(word: u32) -> String {
    let mut text = String::new();
    write_disassembly(&mut text, word, None).unwrap();
    text
}

#[test]
fn gnu_as_makes_the_words_we_disassembled() {
    if !is_installed(&[ASSEMBLER, COPY]) {
        return;
    }
    let scratch = Scratch::new("as");
    let (mut words, mut lines): (Vec<u32>, Vec<String>) =
        words().into_iter().map(|word| (word, relocatable(word))).unzip();
    fs::write(scratch.0.join("all.s"), lines.join("\n") + "\n").unwrap();
    let refusals = scratch.refusals("all.s");
    for (line, reason) in refusals.iter().rev() {
        assert!(REFUSALS.contains(&reason.as_str()), "{}: {reason}", lines[line - 1]);
        words.remove(line - 1);
        lines.remove(line - 1);
    }
    assert!(refusals.len() * 5 < words.len(), "{} refused, {} not", refusals.len(), words.len());
    fs::write(scratch.0.join("text.s"), lines.join("\n") + "\n").unwrap();
    scratch.run(ASSEMBLER, &["-mpower7", "-many", "text.s", "-o", "text.o"]);
    scratch.run(COPY, &["-O", "binary", "-j", ".text", "text.o", "text.bin"]);
    let bytes = fs::read(scratch.0.join("text.bin")).unwrap();
    assert_eq!(bytes.len(), words.len() * 4);
    let made = bytes.chunks(4).map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    let differing: Vec<String> = (words.iter().zip(&lines).zip(made))
        .filter(|((word, _), made)| *word != made)
        .map(|((word, line), made)| format!("{word:08x} printed as `{line}` becomes {made:08x}"))
        .collect();
    assert!(differing.is_empty(), "{} words:\n{}", differing.len(), differing.join("\n"));
}

/// Where the GNU disassembler has further names: for other machines' special registers, for hints in options that we
/// print as numbers, and for `sync`.
const OTHER_NAMES: &[&str] =
    &["mfspr", "mtspr", "tw", "twi", "sync", "bc", "bcl", "bca", "bcla", "bclr", "bclrl", "bcctr", "bcctrl"];

/// Text of the GNU disassembler with registers as plain numbers and one space behind the mnemonic.
fn plain(text: &str) -> String {
    let text = text.split(['<', '#']).next().unwrap_or_default();
    let mut plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for before in [' ', ',', '('] {
        for digit in '0'..='9' {
            plain = plain.replace(&format!("{before}r{digit}"), &format!("{before}{digit}"));
        }
    }
    plain
}

#[test]
fn gnu_objdump_prints_the_same() {
    if !is_installed(&[DISASSEMBLER]) {
        return;
    }
    let scratch = Scratch::new("objdump");
    let words = words();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    fs::write(scratch.0.join("words.bin"), bytes).unwrap();
    let arguments = ["-D", "-b", "binary", "-m", "powerpc", "-EB", "-M", "power7", "-z", "words.bin"];
    let listing = scratch.run(DISASSEMBLER, &arguments);
    let text = |line: &str| Some(plain(line.split_once(":\t")?.1.split_once('\t')?.1));
    let theirs: Vec<String> = listing.lines().filter_map(text).collect();
    assert_eq!(theirs.len(), words.len());
    let ours = words.iter().enumerate().map(|(index, word)| plain(&disassemble(*word, 4 * index as u32)));
    let known = |(word, theirs, ours): &(&u32, &String, String)| {
        let row = decode(**word).unwrap();
        let name = ours.split(' ').next().unwrap_or_default();
        let special = ["mfspr", "mtspr"].contains(&row.mnemonic);
        let named = !special && !OTHER_NAMES.contains(&name);
        row.support == Support::Implemented && named && !theirs.starts_with(".long")
    };
    let all = words.iter().zip(&theirs).zip(ours).map(|((word, theirs), ours)| (word, theirs, ours));
    let compared: Vec<_> = all.filter(known).collect();
    let differing: Vec<_> = compared.iter().filter(|(_, theirs, ours)| *theirs != ours).collect();
    assert!(differing.is_empty(), "{differing:?}");
    assert!(compared.len() * 10 > words.len() * 8, "{} of {}", compared.len(), words.len());
}
