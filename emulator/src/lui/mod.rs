//! Lu.i on the command line: network files ([`file`]), resolved ([`build`]), run ([`record`]), examined ([`measure`]) and drawn
//! ([`picture`]); and the networks that come with hxemu ([`built_in`]).

pub mod build;
pub mod built_in;
pub mod file;
pub mod measure;
pub mod picture;
mod place;
pub mod record;
mod report;

pub use build::{Bench, build};
pub use built_in::{BUILT_IN, BuiltIn};
pub use file::NetworkFile;
pub use report::report;

use crate::input::{InputError, SourceText};

/// Reads and resolves a network file; `bag` draws component tolerances where the file asks for them.
///
/// # Errors
/// At the place of the first thing that is wrong.
pub fn load(
    source: &SourceText,
    adjust: impl FnOnce(&mut NetworkFile),
    bag: u64,
) -> Result<(NetworkFile, Bench), InputError> {
    let mut file: NetworkFile = source.parse_ron()?;
    adjust(&mut file);
    let bench = build(source, &file, file.tolerances.then_some(bag))?;
    measure::validate(source, &file, &bench)?;
    Ok((file, bench))
}
