//! The command line: one file per verb, and the frame that parses, dispatches and turns errors into exit codes.
//!
//! To add a verb: a file here with `#[derive(clap::Args)] pub struct Args` (its doc comment is the help text) and
//! `pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError>`, and two lines below.

mod addr;
mod analog;
mod asm;
mod bench;
mod calibrate;
mod disasm;
mod encode;
mod error;
mod global;
mod isa;
mod list;
mod lui;
mod output;
mod play;
mod ppu;
mod progress;
mod regs;
mod run;

pub use error::{CliError, Outcome};
pub use global::Global;
pub use output::{Output, Streams, Terminal};

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Declares the verbs: each is the module of that name, and the doc comment of its `Args` is its help text.
macro_rules! verbs {
    ($($variant:ident => $module:ident,)*) => {
        #[derive(Debug, Subcommand)]
        enum Verb {
            $(#[allow(missing_docs)] $variant($module::Args),)*
        }

        impl Verb {
            fn run(&self, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
                match self {
                    $(Verb::$variant(args) => $module::run(args, global, output),)*
                }
            }
        }
    };
}

verbs! {
    List => list,
    Run => run,
    Regs => regs,
    Addr => addr,
    Encode => encode,
    Isa => isa,
    Asm => asm,
    Disasm => disasm,
    Ppu => ppu,
    Play => play,
    Analog => analog,
    Calibrate => calibrate,
    Bench => bench,
    Lui => lui,
}

/// An emulator of the BrainScaleS-2 neuromorphic chip.
#[derive(Debug, Parser)]
#[command(name = "hxemu", version = crate::version::VERSION, subcommand_required = true)]
#[command(
    after_help = "Exit codes: 0 done; 1 the thing examined failed; 2 bad usage or input; 3 a limit was hit; \
                        70 a bug in hxemu."
)]
struct Command {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Carries out one command line and returns the exit code of the process. `arguments` begin with the program's name.
pub fn main_with<I, T>(arguments: I, streams: Streams<'_>) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    match Command::try_parse_from(arguments) {
        Ok(command) => {
            let mut output = Output::new(streams, &command.global);
            let result = catch_bug(|| command.verb.run(&command.global, &mut output));
            finish(result, &mut output)
        }
        Err(error) => explain(&error, streams),
    }
}

/// Turns a panic into an error with a sentence; the panic hook has already said where it happened.
fn catch_bug(act: impl FnOnce() -> Result<Outcome, CliError>) -> Result<Outcome, CliError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(CliError::Bug(said.to_owned()))
    })
}

fn finish(result: Result<Outcome, CliError>, output: &mut Output) -> u8 {
    match result.and_then(|outcome| output.flush().map(|()| outcome)) {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            if !error.is_closed_pipe() {
                output.error(&error);
            }
            error.exit_code()
        }
    }
}

/// Prints what the parser has to say: help and version on standard output, complaints on standard error.
fn explain(error: &clap::Error, streams: Streams<'_>) -> u8 {
    let (stream, colour) = if error.use_stderr() {
        (streams.stderr, streams.terminal.stderr_colour)
    } else {
        (streams.stdout, streams.terminal.stdout_colour)
    };
    let text = error.render();
    // Nobody is left to tell when the stream itself is closed.
    let _ = if colour { write!(stream, "{}", text.ansi()) } else { write!(stream, "{text}") };
    u8::try_from(error.exit_code()).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definition_is_consistent() {
        Command::command().debug_assert();
    }

    #[test]
    fn a_panic_is_exit_code_70() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let global = Command::parse_from(["hxemu", "list"]).global;
        let mut output = Output::new(Streams::plain(&mut out, &mut err), &global);
        let result = catch_bug(|| panic!("index {} out of range", 3));
        assert_eq!(finish(result, &mut output), 70);
        let said = String::from_utf8(err).unwrap();
        assert_eq!(
            said,
            "error: internal error: index 3 out of range (this is a bug in hxemu, please report it)\n"
        );
    }
}
