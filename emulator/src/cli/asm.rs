//! `hxemu asm`: assembles and links programs for the plasticity processor.

use super::{CliError, Global, Outcome, Output};
use crate::assembly::{self, IncludePath};
use crate::input::parse_u32;
use crate::store::write_file;
use clap::ValueEnum;
use hx_isa::asm::{Diagnostic, Options, Severity};
use hx_isa::link::{Binding, Layout, LinkOptions, Linked, LinkedSection, Object, SectionFlags, Source};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Assemble and link a program for the plasticity processor
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Source texts and object files, linked in this order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the program, or with --object the object, as an ELF file; without it the files are only checked
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print address, words and source lines
    #[arg(long)]
    list: bool,
    /// Assemble one file without linking
    #[arg(long, short = 'c')]
    object: bool,
    /// Look for included files here too
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Define a symbol for all files
    #[arg(short = 'D', long = "defsym", value_name = "NAME=VALUE", value_parser = parse_assignment)]
    defsym: Vec<(String, u32)>,
    /// Where sections go
    #[arg(long, value_enum, default_value_t = LayoutName::Auto)]
    layout: LayoutName,
    /// Bytes kept for the mailbox at the end of SRAM
    #[arg(long, value_name = "BYTES", default_value = "4096", value_parser = parse_u32)]
    mailbox_size: u32,
    /// Symbol at which a debugger should think the program begins
    #[arg(long, value_name = "SYMBOL")]
    entry: Option<String>,
    /// Put an output section at an address
    #[arg(long, value_name = "SECTION=ADDRESS", value_parser = parse_assignment)]
    section_start: Vec<(String, u32)>,
    /// Bytes of `.word`
    #[arg(long, value_name = "BYTES", default_value = "2", value_parser = ["2", "4"])]
    word_size: String,
}

/// The layouts by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LayoutName {
    /// As libnux if a section's name asks for it, else flat
    Auto,
    /// All in SRAM: code from 0, then data
    Flat,
    /// As the linker script of libnux
    Libnux,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Layout {
        match name {
            LayoutName::Auto => Layout::Automatic,
            LayoutName::Flat => Layout::Flat,
            LayoutName::Libnux => Layout::Libnux,
        }
    }
}

fn parse_assignment(text: &str) -> Result<(String, u32), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.to_owned(), parse_u32(value)?))
}

#[derive(Debug, Serialize)]
struct SectionRow {
    name: String,
    address: u32,
    size: u32,
}

#[derive(Debug, Serialize)]
struct SymbolRow {
    name: String,
    value: u32,
    size: u32,
    global: bool,
}

/// One word of the program and the source line it comes from.
#[derive(Debug, Serialize)]
struct ListRow {
    section: String,
    address: u32,
    /// Hexadecimal, as many digits as there are bytes.
    hex: String,
    file: Option<String>,
    line: Option<u32>,
    #[serde(skip)]
    text: String,
}

#[derive(Debug, Default, Serialize)]
struct Answer {
    output: Option<String>,
    entry: Option<u32>,
    sections: Vec<SectionRow>,
    symbols: Vec<SymbolRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<Vec<ListRow>>,
    diagnostics: Vec<Diagnostic>,
}

/// What was made: an answer without listing, the rows for the listing, and the file.
struct Product {
    answer: Answer,
    rows: Vec<ListRow>,
    elf: Vec<u8>,
}

/// Assembles, links, writes and lists.
///
/// # Errors
/// When a file cannot be read or is wrong, or the output cannot be written.
pub fn run(args: &Args, _: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    match make(args)? {
        Ok(product) => finish(args, product, output),
        Err(problems) => fail(problems, output),
    }
}

fn make(args: &Args) -> Result<Result<Product, Vec<Diagnostic>>, CliError> {
    let includes = IncludePath { directories: args.include.clone() };
    let options = Options {
        word_size: if args.word_size == "4" { 4 } else { 2 },
        defines: args.defsym.iter().map(|(name, value)| (name.clone(), i64::from(*value))).collect(),
        directory: std::env::current_dir().map_or_else(|_| ".".to_owned(), |path| path.display().to_string()),
        ..Options::default()
    };
    if args.object {
        let [file] = args.files.as_slice() else {
            return Err(CliError::Usage(
                "--object takes one file; without it, several are linked".to_owned(),
            ));
        };
        return Ok(assembly::load(file, &includes, &options).and_then(|object| of_object(&object)));
    }
    let link_options = LinkOptions {
        layout: args.layout.into(),
        entry: args.entry.clone(),
        mailbox_size: args.mailbox_size,
        defines: args.defsym.clone(),
        section_starts: args.section_start.clone(),
    };
    Ok(assembly::build(&args.files, &includes, &options, &link_options).and_then(|linked| of_linked(&linked)))
}

fn of_object(object: &Object) -> Result<Product, Vec<Diagnostic>> {
    let elf =
        object.write_elf().map_err(|error| vec![Diagnostic::about_file(&object.name, error.to_string())])?;
    let allocated =
        |section: &&hx_isa::link::Section| section.flags.contains(SectionFlags::ALLOC) && section.size > 0;
    let mut sections = Vec::new();
    let mut rows = Vec::new();
    for (index, section) in object.sections.iter().enumerate().filter(|(_, section)| allocated(section)) {
        sections.push(SectionRow { name: section.name.clone(), address: 0, size: section.size });
        let own = object.lines.iter().filter(|row| row.section == index);
        let lines = own.map(|row| (row.offset, (row.file, row.line))).collect();
        rows.extend(list(&section.name, 0, &section.data, &lines, &object.files));
    }
    let diagnostics = object.warnings.clone();
    Ok(Product { answer: Answer { sections, diagnostics, ..Answer::default() }, rows, elf })
}

fn of_linked(linked: &Linked) -> Result<Product, Vec<Diagnostic>> {
    let elf = linked.write_elf().map_err(|error| vec![Diagnostic::about_file("link", error.to_string())])?;
    let lines = linked.lines.iter().map(|line| (line.address, (line.file, line.line))).collect();
    let section = |s: &LinkedSection| SectionRow { name: s.name.clone(), address: s.address, size: s.size };
    let rows = linked.sections.iter().flat_map(|s| list(&s.name, s.address, &s.data, &lines, &linked.files));
    let symbols = linked.symbols.iter().map(|symbol| SymbolRow {
        name: symbol.name.clone(),
        value: symbol.value,
        size: symbol.size,
        global: symbol.binding != Binding::Local,
    });
    let answer = Answer {
        entry: Some(linked.entry),
        sections: linked.sections.iter().map(section).collect(),
        symbols: symbols.collect(),
        diagnostics: linked.warnings.clone(),
        ..Answer::default()
    };
    Ok(Product { answer, rows: rows.collect(), elf })
}

/// The words of a section with the source lines that are known.
fn list(
    name: &str,
    address: u32,
    data: &[u8],
    lines: &BTreeMap<u32, (u32, u32)>,
    files: &[Source],
) -> Vec<ListRow> {
    let row = |(index, bytes): (usize, &[u8])| {
        let address = address.wrapping_add(4 * index as u32);
        let known = lines.get(&address).and_then(|&(file, line)| Some((files.get(file as usize)?, line)));
        ListRow {
            section: name.to_owned(),
            address,
            hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            file: known.map(|(source, _)| source.name.clone()),
            line: known.map(|(_, line)| line),
            text: known.map_or_else(String::new, |(source, line)| source.line(line).trim().to_owned()),
        }
    };
    data.chunks(4).enumerate().map(row).collect()
}

fn finish(args: &Args, product: Product, output: &mut Output) -> Result<Outcome, CliError> {
    let Product { mut answer, rows, elf } = product;
    answer.diagnostics.iter().for_each(|found| output.diagnostic(found));
    if let Some(path) = &args.output {
        write_file(path, &elf)?;
        answer.output = Some(path.display().to_string());
    }
    if args.list {
        print_list(&rows, output)?;
        answer.listing = Some(rows);
    } else {
        let row = |s: &SectionRow| {
            vec![s.name.clone(), format!("0x{:08x}", s.address), format!("{} bytes", s.size)]
        };
        output.table(&answer.sections.iter().map(row).collect::<Vec<_>>())?;
    }
    output.json(&answer)?;
    Ok(Outcome::Done)
}

fn print_list(rows: &[ListRow], output: &mut Output) -> Result<(), CliError> {
    let mut section = "";
    for row in rows {
        if row.section != section {
            section = &row.section;
            output.line(format_args!("section {section}"))?;
        }
        let place = row.file.iter().zip(row.line).map(|(file, line)| format!("{file}:{line}")).next();
        let line =
            format!("{:08x} {:8}  {:<20} {}", row.address, row.hex, place.unwrap_or_default(), row.text);
        output.line(line.trim_end())?;
    }
    Ok(())
}

/// Prints everything found; the last line says how much it was.
fn fail(problems: Vec<Diagnostic>, output: &mut Output) -> Result<Outcome, CliError> {
    let errors = problems.iter().filter(|found| found.severity == Severity::Error).count();
    problems.iter().for_each(|found| output.diagnostic(found));
    output.json(&Answer { diagnostics: problems, ..Answer::default() })?;
    let plural = if errors == 1 { "" } else { "s" };
    Err(CliError::Usage(format!("{errors} error{plural}; nothing was written")))
}
