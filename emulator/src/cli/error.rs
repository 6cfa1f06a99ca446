//! How a verb can end, and the exit code of each ending.

use crate::experiment::ExperimentError;
use crate::input::InputError;
use crate::store::StoreError;
use hx_isa::elf::ProgramError;
use hx_isa::regmap::search::SearchError;
use std::io;
use thiserror::Error;

/// How a verb ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done: exit code 0.
    Done,
    /// The thing examined failed, and the output says how: exit code 1.
    Failed,
    /// A limit such as `--max-cycles` was hit, and the output says which: exit code 3.
    LimitHit,
}

impl Outcome {
    /// [`Outcome::Done`] when `pass`, else [`Outcome::Failed`].
    #[must_use]
    pub fn from_pass(pass: bool) -> Outcome {
        if pass { Outcome::Done } else { Outcome::Failed }
    }

    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::LimitHit => 3,
        }
    }
}

/// Why a verb could not go on.
#[derive(Debug, Error)]
pub enum CliError {
    /// The command line asks for something that does not exist or does not fit: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A file given is not what it should be: exit code 2.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An output file cannot be written: exit code 2.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thing examined failed in a way that ends the verb: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// A limit ended the verb: exit code 3.
    #[error("{0}")]
    Limit(String),
    /// Standard output cannot be written; quietly done when its reader has left, as `head` does.
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    /// A bug in hxemu: exit code 70.
    #[error("internal error: {0} (this is a bug in hxemu, please report it)")]
    Bug(String),
}

impl CliError {
    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            CliError::Usage(_) | CliError::Input(_) | CliError::Store(_) => 2,
            CliError::Failed(_) => 1,
            CliError::Limit(_) => 3,
            CliError::Stdout(_) if self.is_closed_pipe() => 0,
            CliError::Stdout(_) => 2,
            CliError::Bug(_) => 70,
        }
    }

    /// Whether the reader of our output went away.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, CliError::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<SearchError> for CliError {
    fn from(error: SearchError) -> CliError {
        CliError::Usage(error.to_string())
    }
}

impl From<ProgramError> for CliError {
    fn from(error: ProgramError) -> CliError {
        CliError::Input(InputError::File { file: error.file, message: error.cause.to_string() })
    }
}

impl From<ExperimentError> for CliError {
    fn from(error: ExperimentError) -> CliError {
        match error {
            ExperimentError::Config(message) => CliError::Usage(message),
            ExperimentError::Input(error) => CliError::Input(error),
            ExperimentError::Failed(message) => CliError::Failed(message),
            ExperimentError::Internal(message) => CliError::Bug(message),
            ExperimentError::Setup(error) => CliError::Bug(with_causes(&error)),
            ExperimentError::Driver(error) => CliError::Bug(with_causes(&error)),
        }
    }
}

/// An error and what lies behind it, in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_of_the_contract() {
        let broken = io::Error::from(io::ErrorKind::BrokenPipe);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let text = String::new;
        for (error, code) in [
            (CliError::Usage(text()), 2),
            (CliError::Input(InputError::File { file: text(), message: text() }), 2),
            (CliError::Failed(text()), 1),
            (CliError::Limit(text()), 3),
            (CliError::Stdout(broken), 0),
            (CliError::Stdout(full), 2),
            (CliError::Bug(text()), 70),
        ] {
            assert_eq!(error.exit_code(), code, "{error:?}");
        }
    }
}
