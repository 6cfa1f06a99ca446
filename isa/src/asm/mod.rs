//! The assembler: source text with the syntax of GNU as for PowerPC to a relocatable object.
//!
//! A text is cut into statements (`source`), statements are read one after the other (`assembler`), directives act on the
//! assembler's state (`directive/`), instructions are looked up in the instruction table (`instruction`). Everything has
//! its final size when it is read; values that depend on later symbols are filled in at the end (`fixup`), or become
//! relocations. [`assemble_line`] does one instruction alone.

mod assembler;
mod cursor;
mod diagnostic;
mod directive;
mod expression;
mod fixup;
mod input;
mod instruction;
mod line;
mod line_table;
mod macros;
pub(crate) mod nearest;
mod output;
mod section;
mod source;
mod symbol;
mod value;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Severity, Site};
pub use line::{LineError, assemble_line};

use crate::link::{self, LinkOptions, Linked, Object};

/// Where `.include` and `.incbin` find their files.
pub trait Includes {
    /// The file `name` as written in the file `from`: how to call it, and its bytes.
    ///
    /// # Errors
    /// A sentence about why it cannot be read.
    fn read(&mut self, name: &str, from: &str) -> Result<(String, Vec<u8>), String>;
}

/// No file can be included.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIncludes;

impl Includes for NoIncludes {
    fn read(&mut self, name: &str, _: &str) -> Result<(String, Vec<u8>), String> {
        Err(format!("`{name}` cannot be included: this program may not read files"))
    }
}

/// How to assemble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Bytes of `.word`: 2, as GNU as has it for PowerPC, or 4.
    pub word_size: u8,
    /// Symbols that are defined before the first line, as by `.set`.
    pub defines: Vec<(String, i64)>,
    /// Whether to write line tables (`.debug_line` and the few entries that lead there).
    pub debug_info: bool,
    /// Directory from which debuggers look for files with relative names.
    pub directory: String,
}

impl Default for Options {
    fn default() -> Options {
        Options { word_size: 2, defines: Vec::new(), debug_info: true, directory: ".".to_owned() }
    }
}

/// Assembles one source text. `file` is its name in diagnostics and in the line table.
///
/// # Errors
/// All findings, at least one of which is an error; warnings of a text without errors are in the object.
pub fn assemble(
    source: &str,
    file: &str,
    includes: &mut dyn Includes,
    options: &Options,
) -> Result<Object, Vec<Diagnostic>> {
    assembler::Assembler::new(includes, options).assemble(source, file)
}

/// Assembles one source text that includes nothing and links it: code at 0, then data.
///
/// # Errors
/// The findings of assembler or linker.
pub fn assemble_program(source: &str, name: &str) -> Result<Linked, Vec<Diagnostic>> {
    let object = assemble(source, name, &mut NoIncludes, &Options::default())?;
    link::link(&[object], &LinkOptions::default())
}
