//! From sources to an image of the processor's memory.

use crate::catalogue::{Firmware, INCLUDES, RUNTIME, Source};
use crate::image::{Image, ImageError};
use hx_isa::asm::{Diagnostic, Includes, Options, assemble};
use hx_isa::elf::ProgramError;
use hx_isa::link::{Layout, LinkOptions, Object, link};
use std::fmt::Write;
use thiserror::Error;

/// Why there is no image.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BuildError {
    /// Findings of the assembler or linker, each with its place.
    #[error("{0}")]
    Findings(String),
    /// The program does not fit into the memories.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The linked program is no image.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl From<Vec<Diagnostic>> for BuildError {
    fn from(findings: Vec<Diagnostic>) -> BuildError {
        let text = findings.iter().fold(String::new(), |mut text, finding| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{finding}");
            text
        });
        BuildError::Findings(text.trim_end().to_owned())
    }
}

/// The include files of this crate, found by their name alone.
struct Own;

impl Includes for Own {
    fn read(&mut self, name: &str, _: &str) -> Result<(String, Vec<u8>), String> {
        let file = INCLUDES.iter().find(|file| file.path.rsplit('/').next() == Some(name));
        let file = file.ok_or_else(|| format!("the firmware has no include file `{name}`"))?;
        Ok((file.path.to_owned(), file.text.as_bytes().to_vec()))
    }
}

fn object(source: &Source) -> Result<Object, BuildError> {
    Ok(assemble(source.text, source.path, &mut Own, &Options::default())?)
}

/// Links sources and further objects (of a compiler, say) with the runtime.
///
/// # Errors
/// All findings.
pub fn build(sources: &[Source], objects: &[Object]) -> Result<Image, BuildError> {
    let own = RUNTIME.iter().chain(sources).map(object);
    let mut all = own.collect::<Result<Vec<_>, _>>()?;
    all.extend_from_slice(objects);
    let options = LinkOptions { layout: Layout::Libnux, ..LinkOptions::default() };
    Ok(Image::new(link(&all, &options)?.program("firmware")?)?)
}

impl Firmware {
    /// Builds it.
    ///
    /// # Errors
    /// The findings; there are none in what comes with the crate, as its tests show.
    pub fn build(&self) -> Result<Image, BuildError> {
        build(self.sources, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::FIRMWARE;

    #[test]
    fn everything_builds_and_leaves_the_mailbox_free() {
        for firmware in FIRMWARE {
            let image = firmware.build().unwrap_or_else(|error| panic!("{}:\n{error}", firmware.name));
            assert_eq!(image.words()[3072..], [0; 1024], "{}", firmware.name);
            assert_eq!(image.address("mailbox_base"), Ok(0x3000), "{}", firmware.name);
            assert_eq!(image.address("stack_ptr_init"), Ok(0x2ff0), "{}", firmware.name);
            assert_eq!(image.program().symbol_at(0x34).map(|at| at.0), Some("__init"), "{}", firmware.name);
        }
    }

    #[test]
    fn findings_name_their_place() {
        let wrong = Source { path: "firmware/asm/x.s", text: " .section int.text,\"ax\"\n fxvaddbf 1,2,3\n" };
        let error = build(&[wrong], &[]).unwrap_err().to_string();
        assert!(error.starts_with("firmware/asm/x.s:2:"), "{error}");
        assert!(error.contains("fxvaddbfs"), "{error}");
    }
}
