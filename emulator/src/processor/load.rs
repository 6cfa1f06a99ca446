//! From a file to something a processor can run: source text, ELF file, raw image or reference program.

use super::reference::Reference;
use crate::assembly::{self, IncludePath};
use crate::input::{InputError, SourceText};
use hx_chip::ppu::BareMemory;
use hx_isa::asm::{Diagnostic, Options};
use hx_isa::elf::{Program, ProgramKind};
use hx_isa::link::LinkOptions;
use std::path::Path;
use thiserror::Error;

/// What was loaded.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded {
    /// A program for a processor of the chip.
    Program(Box<Program>),
    /// A reference program for the bare core.
    Reference(Box<BareMemory>),
}

/// Why nothing was loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// What the assembler or linker found, one finding a line.
    #[error("{}", lines(.0))]
    Findings(Vec<Diagnostic>),
}

fn lines(findings: &[Diagnostic]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads a file; its name decides what it is, and what begins like an ELF file is one.
///
/// # Errors
/// When it cannot be read, is damaged, or does not assemble.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "s" | "S" | "asm" => assemble(path),
        "json" => Ok(Loaded::Reference(Box::new(Reference::parse(&SourceText::read(path)?)?.memory))),
        _ => binary(path),
    }
}

fn assemble(path: &Path) -> Result<Loaded, LoadError> {
    let (includes, options) = (IncludePath::default(), Options::default());
    let linked = assembly::build(&[path.to_owned()], &includes, &options, &LinkOptions::default());
    let name = path.display().to_string();
    let program = linked.map_err(LoadError::Findings)?.program(&name).map_err(|error| bad(path, &error))?;
    Ok(Loaded::Program(Box::new(program)))
}

fn binary(path: &Path) -> Result<Loaded, LoadError> {
    let bytes = std::fs::read(path).map_err(|error| bad(path, &format!("cannot read: {error}")))?;
    let program = Program::open(&bytes, &path.display().to_string());
    let program = program.map_err(|error| bad(path, &error.cause))?;
    if program.kind == ProgramKind::Object {
        return Err(bad(path, &"this is an object file; link it first (hxemu asm FILE.o -o PROGRAM.elf)"));
    }
    Ok(Loaded::Program(Box::new(program)))
}

fn bad(path: &Path, message: &dyn std::fmt::Display) -> LoadError {
    LoadError::Input(InputError::File { file: path.display().to_string(), message: message.to_string() })
}
