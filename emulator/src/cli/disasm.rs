//! `hxemu disasm`: the instructions of a program as text that assembles back to the same words.

use super::{CliError, Global, Outcome, Output};
use crate::input::InputError;
use hx_isa::elf::{Memory, Program, ProgramKind, Segment, SymbolKind};
use hx_isa::instruction::{Support, branch_target, decode, write_disassembly};
use serde::Serialize;
use std::path::PathBuf;

/// Print the instructions of a program
#[derive(Debug, clap::Args)]
pub struct Args {
    /// ELF file, linked or not, or a raw image of the processor's memory
    file: PathBuf,
    /// Print a source file for the assembler: addresses and words as comments
    #[arg(long)]
    source: bool,
    /// Name the source line of each instruction
    #[arg(long, conflicts_with = "source")]
    lines: bool,
}

/// A program as JSON.
#[derive(Serialize)]
struct Listing<'a> {
    file: String,
    kind: &'static str,
    entry: u32,
    segments: Vec<Place<'a>>,
    instructions: Vec<Instruction<'a>>,
    symbols: Vec<Label<'a>>,
    /// What was left out.
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Place<'a> {
    name: &'a str,
    address: u32,
    size: u32,
    memory: &'static str,
    executable: bool,
}

#[derive(Serialize)]
struct Label<'a> {
    name: &'a str,
    value: u32,
    size: u32,
    kind: &'static str,
}

#[derive(Serialize)]
struct Instruction<'a> {
    /// Index in `segments`.
    segment: usize,
    address: u32,
    word: u32,
    text: String,
    /// Whether the processor executes it.
    implemented: bool,
    /// The symbol that covers it, and how far behind its beginning it is.
    symbol: Option<&'a str>,
    offset: Option<u32>,
    /// Where a branch goes.
    target: Option<u32>,
    source_file: Option<&'a str>,
    source_line: Option<u32>,
}

impl<'a> Instruction<'a> {
    fn new(program: &'a Program, segment: usize, address: u32, word: u32) -> Instruction<'a> {
        let (symbol, offset) = program.symbol_in(segment, address).unzip();
        let (source_file, source_line) = program.line_at(address).unzip();
        Instruction {
            segment,
            address,
            word,
            text: text(word),
            implemented: decode(word).is_some_and(|row| row.support == Support::Implemented),
            symbol,
            offset,
            target: branch_target(word, address),
            source_file,
            source_line,
        }
    }
}

/// The instruction with branches relative to `.`, so that it assembles back wherever it stands.
fn text(word: u32) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_disassembly(&mut text, word, None);
    text
}

/// Prints the instructions of all sections that hold any.
///
/// # Errors
/// When the file cannot be read or is no program.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let file = args.file.display().to_string();
    let bytes = std::fs::read(&args.file)
        .map_err(|error| InputError::File { file: file.clone(), message: format!("cannot read: {error}") })?;
    let program = Program::open(&bytes, &file)?;
    program.warnings.iter().for_each(|warning| output.warn(format_args!("{file}: {warning}")));
    if output.is_json() {
        output.json(&listing(&program, file))?;
        return Ok(Outcome::Done);
    }
    for (index, segment) in program.segments.iter().enumerate().filter(|(_, segment)| segment.executable) {
        output.line(heading(segment, args.source))?;
        for (address, word) in segment.words() {
            let instruction = Instruction::new(&program, index, address, word);
            print(args, &program, &instruction, output)?;
        }
    }
    Ok(Outcome::Done)
}

/// What begins a section: a comment, or the directive that begins it in a source file.
fn heading(segment: &Segment, source: bool) -> String {
    let Segment { name, address, .. } = segment;
    let comment = format!("# {name}: {} bytes at {address:#010x}", segment.size());
    if source { format!("{comment}\n        .section {name}, \"ax\", @progbits") } else { comment }
}

/// The labels of an instruction, and the instruction.
fn print(
    args: &Args,
    program: &Program,
    instruction: &Instruction<'_>,
    output: &mut Output,
) -> Result<(), CliError> {
    let Instruction { segment, address, word, text, .. } = instruction;
    let here =
        program.symbols.iter().filter(|symbol| symbol.segment == Some(*segment) && symbol.value == *address);
    for symbol in here {
        let comment = if args.source { "" } else { "# " };
        output.line(format_args!("{comment}{}:", symbol.name))?;
    }
    if args.source {
        return output.line(format_args!("        {text:<31} # {address:08x}: {word:08x}"));
    }
    let remark = remark(args, program, instruction);
    output.line(format_args!("{address:08x}: {word:08x}  {text:<31} {remark}").to_string().trim_end())
}

/// What is worth saying behind an instruction, as a comment.
fn remark(args: &Args, program: &Program, instruction: &Instruction<'_>) -> String {
    let target = instruction.target.map(|target| match program.symbol_in(instruction.segment, target) {
        Some((name, 0)) => format!("{target:#x} {name}"),
        Some((name, offset)) => format!("{target:#x} {name}+{offset:#x}"),
        None => format!("{target:#x}"),
    });
    let absent = decode(instruction.word).filter(|row| row.support != Support::Implemented);
    let absent = absent.map(|row| format!("not executed: {}", row.note));
    let line = instruction.source_file.zip(instruction.source_line).filter(|_| args.lines);
    let line = line.map(|(file, line)| format!("{file}:{line}"));
    let remarks: Vec<String> = [target, absent, line].into_iter().flatten().collect();
    if remarks.is_empty() { String::new() } else { format!("# {}", remarks.join("; ")) }
}

fn listing(program: &Program, file: String) -> Listing<'_> {
    let executable = program.segments.iter().enumerate().filter(|(_, segment)| segment.executable);
    Listing {
        file,
        kind: match program.kind {
            ProgramKind::Executable => "executable",
            ProgramKind::Object => "object",
            ProgramKind::Raw => "raw",
        },
        entry: program.entry,
        segments: program.segments.iter().map(place).collect(),
        instructions: executable
            .flat_map(|(index, segment)| segment.words().map(move |(address, word)| (index, address, word)))
            .map(|(index, address, word)| Instruction::new(program, index, address, word))
            .collect(),
        symbols: program.symbols.iter().map(label).collect(),
        warnings: &program.warnings,
    }
}

fn place(segment: &Segment) -> Place<'_> {
    Place {
        name: &segment.name,
        address: segment.address,
        size: segment.size(),
        memory: match segment.memory {
            Memory::Sram => "sram",
            Memory::External => "external",
            Memory::ExternalDram => "external_dram",
        },
        executable: segment.executable,
    }
}

fn label(symbol: &hx_isa::elf::Symbol) -> Label<'_> {
    Label {
        name: &symbol.name,
        value: symbol.value,
        size: symbol.size,
        kind: match symbol.kind {
            SymbolKind::Function => "function",
            SymbolKind::Object => "object",
            SymbolKind::Label => "label",
            SymbolKind::Absolute => "absolute",
        },
    }
}
