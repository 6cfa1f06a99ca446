//! The setups experiments run on.

use crate::experiment::{Context, ExperimentError};
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, MemoryLink};

/// A setup in this process.
pub type InProcess = MemoryLink<Chip>;

/// The chip instance that the command line asks for.
#[must_use]
pub fn chip_config(context: &Context<'_>) -> ChipConfig {
    context.instance.chip_config()
}

/// Name of a chip instance, for caches of what was measured on it.
#[must_use]
pub fn identifier(config: &ChipConfig) -> String {
    match config.mismatch {
        Fidelity::Real => format!("hxemu-chip-{}", config.chip_seed),
        Fidelity::Ideal => "hxemu-ideal-chip".to_owned(),
    }
}

/// An emulated setup that has come up: FPGA, links and chip.
///
/// # Errors
/// When it does not come up.
pub fn in_process(config: ChipConfig) -> Result<Session<InProcess>, ExperimentError> {
    let name = identifier(&config);
    // One program per copy: every program of a batch starts from the very same state.
    let link = LinkConfig { programs_per_copy: 1, ..LinkConfig::default() };
    let setup = MemoryLink::new(ExecutorConfig::default(), link, Chip::new(config), name)?;
    let mut session = Session::new(setup);
    session.initialise(&SystemInit::default()).map_err(ExperimentError::driver)?;
    Ok(session)
}
