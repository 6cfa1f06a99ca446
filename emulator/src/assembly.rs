//! From files on disk to a program for the plasticity processor: source texts are assembled, objects are read, and all of
//! them are linked.

use hx_isa::asm::{self, Diagnostic, Includes};
use hx_isa::link::{self, LinkOptions, Linked, Object};
use std::path::{Path, PathBuf};

/// Finds included files beside the including one, then in the given directories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncludePath {
    /// Directories to look into, in this order.
    pub directories: Vec<PathBuf>,
}

impl Includes for IncludePath {
    fn read(&mut self, name: &str, from: &str) -> Result<(String, Vec<u8>), String> {
        let beside = Path::new(from).parent().map(Path::to_path_buf);
        let places = beside.into_iter().chain(self.directories.iter().cloned());
        let found = places.map(|directory| directory.join(name)).find(|path| path.is_file());
        let path = found
            .ok_or_else(|| format!("`{name}` is neither beside `{from}` nor in an include directory"))?;
        let shown = path.display().to_string();
        match std::fs::read(&path) {
            // Two ways to write the same path must look the same, or a file could include itself unnoticed.
            Ok(bytes) => Ok((normal(&path).unwrap_or(shown), bytes)),
            Err(error) => Err(format!("cannot read `{shown}`: {error}")),
        }
    }
}

/// The path without `.` and without `..` where that is only a detour.
fn normal(path: &Path) -> Option<String> {
    use std::path::Component;
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if parts.file_name().is_some() => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.display().to_string()).filter(|name| !name.is_empty())
}

/// Assembles or reads one file, whichever it is: a file that begins as ELF files do is an object.
///
/// # Errors
/// What is wrong with the file.
pub fn load(path: &Path, includes: &IncludePath, options: &asm::Options) -> Result<Object, Vec<Diagnostic>> {
    let name = path.display().to_string();
    let wrong = |message: String| vec![Diagnostic::about_file(name.clone(), message)];
    let bytes = std::fs::read(path).map_err(|error| wrong(format!("cannot read: {error}")))?;
    if bytes.starts_with(b"\x7fELF") {
        return Object::read_elf(&bytes, &name).map_err(|error| wrong(error.reason));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| wrong("neither an object file nor UTF-8 text".to_owned()))?;
    asm::assemble(&text, &name, &mut includes.clone(), options)
}

/// Loads all files and links them in this order. Of several bad files, all are reported.
///
/// # Errors
/// What is wrong with the files, or with what they are together.
pub fn build(
    files: &[PathBuf],
    includes: &IncludePath,
    options: &asm::Options,
    link_options: &LinkOptions,
) -> Result<Linked, Vec<Diagnostic>> {
    let mut objects = Vec::new();
    let mut problems = Vec::new();
    for file in files {
        match load(file, includes, options) {
            Ok(object) => objects.push(object),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { link::link(&objects, link_options) } else { Err(problems) }
}
