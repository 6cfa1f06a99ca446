//! The flags every verb understands.

use super::CliError;
use crate::instance::Instance;
use clap::ArgAction::SetTrue;
use std::num::NonZeroUsize;

/// Flags of every verb.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Flags of every verb")]
pub struct Global {
    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, action = SetTrue)]
    pub json: bool,
    /// No progress and no remarks on standard error
    #[arg(long, short, global = true, action = SetTrue)]
    pub quiet: bool,
    /// Seed of data, initial weights and temporal noise [default: 0]
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Chip instance: same number, same fixed-pattern mismatch [default: 0]
    #[arg(long, global = true, value_name = "N")]
    pub chip_seed: Option<u64>,
    /// A chip without mismatch and noise
    #[arg(long, global = true, action = SetTrue)]
    pub ideal: bool,
    /// Threads to use; the result never depends on it [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// An access to an undefined address is an error
    #[arg(long, global = true, action = SetTrue)]
    pub strict: bool,
}

impl Global {
    /// The chip the flags choose.
    #[must_use]
    pub fn instance(&self) -> Instance {
        Instance {
            seed: self.seed.unwrap_or(0),
            chip_seed: self.chip_seed.unwrap_or(0),
            ideal: self.ideal,
            ..Instance::default()
        }
    }

    /// Number of threads to work with.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        let all = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(all, usize::from)
    }

    /// Does work whose parallel parts run on as many threads as were asked for.
    ///
    /// # Errors
    /// Those of `act`, and [`CliError::Failed`] when the system gives no threads.
    pub fn with_threads<T: Send>(
        &self,
        act: impl FnOnce() -> Result<T, CliError> + Send,
    ) -> Result<T, CliError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.thread_count()).build();
        pool.map_err(|error| CliError::Failed(format!("cannot start threads: {error}")))?.install(act)
    }
}
