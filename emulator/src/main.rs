//! The `hxemu` binary: hands arguments and standard streams to the library, and its exit code to the system.

use hxemu::cli::{self, Streams, Terminal};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut stdout, mut stderr) = (std::io::stdout(), std::io::stderr());
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let terminal = Terminal {
        progress: stderr.is_terminal(),
        stdout_colour: stdout.is_terminal() && !plain,
        stderr_colour: stderr.is_terminal() && !plain,
    };
    let streams = Streams { stdout: &mut stdout, stderr: &mut stderr, terminal };
    ExitCode::from(cli::main_with(std::env::args_os(), streams))
}
