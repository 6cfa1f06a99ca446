//! The setups experiments run on.

use crate::experiment::{Context, ExperimentError};
use crate::served::{diagnostics_of_text, text_of};
use hx_chip::chip::{Chip, ChipConfig, Fidelity};
use hx_chip::omnibus::Diagnostics;
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::memory::{LinkConfig, LinkStatistics, MemoryLink};
use hx_host::link::udp::{UdpError, UdpLink, UdpTarget};
use hx_host::setup::{Setup, SetupError};

/// A setup to run experiments on: the same programs give the same bits on both.
#[derive(Debug)]
pub enum AnySetup {
    /// FPGA and chip in this process.
    InProcess(MemoryLink<Chip>),
    /// An emulated setup on the network.
    Served(Box<UdpLink>),
}

impl AnySetup {
    /// What was counted, and what the chip noted.
    ///
    /// # Errors
    /// When the setup is gone.
    pub fn report(&mut self) -> Result<(LinkStatistics, Diagnostics), SetupError> {
        match self {
            AnySetup::InProcess(link) => {
                let chip = link.with(|executor| executor.device().diagnostics().clone())?;
                Ok((link.statistics()?, chip))
            }
            AnySetup::Served(link) => {
                let (statistics, chip) = link.report()?;
                Ok((statistics, diagnostics_of_text(&chip).map_err(SetupError::Stream)?))
            }
        }
    }
}

impl Setup for AnySetup {
    fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
        match self {
            AnySetup::InProcess(link) => link.run(program),
            AnySetup::Served(link) => link.run(program),
        }
    }

    fn run_batch(&mut self, programs: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, SetupError> {
        match self {
            AnySetup::InProcess(link) => link.run_batch(programs),
            AnySetup::Served(link) => link.run_batch(programs),
        }
    }

    fn identifier(&self) -> String {
        match self {
            AnySetup::InProcess(link) => link.identifier(),
            AnySetup::Served(link) => link.identifier(),
        }
    }
}

/// Connects to an emulated setup and switches it off and on with a chip of this configuration.
///
/// # Errors
/// When nobody answers there, it is no emulated setup, or it serves another chip.
pub fn served(target: UdpTarget, config: &ChipConfig) -> Result<UdpLink, ExperimentError> {
    let failed = |error: UdpError| ExperimentError::Config(error.to_string());
    let mut link = UdpLink::connect(target).map_err(failed)?;
    if !link.is_emulated() {
        let reason = "is not an emulated setup; experiments need one, so that their chip is known";
        return Err(ExperimentError::Config(format!("{} {reason}", target.address)));
    }
    link.power_cycle(&text_of(config)).map_err(failed)?;
    link.set_identifier(identifier(config));
    Ok(link)
}

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

/// An emulated setup in this process that has come up.
///
/// # Errors
/// When it does not come up.
pub fn in_process(config: ChipConfig) -> Result<Session<AnySetup>, ExperimentError> {
    open(config, None)
}

/// An emulated setup that has come up: FPGA, links and chip, in this process or served somewhere.
///
/// # Errors
/// When it does not come up.
pub fn open(config: ChipConfig, place: Option<UdpTarget>) -> Result<Session<AnySetup>, ExperimentError> {
    let name = identifier(&config);
    // One program per copy: every program of a batch starts from the very same state.
    let link = LinkConfig { programs_per_copy: 1, ..LinkConfig::default() };
    let setup = match place {
        Some(target) => AnySetup::Served(Box::new(served(target, &config)?)),
        None => {
            AnySetup::InProcess(MemoryLink::new(ExecutorConfig::default(), link, Chip::new(config), name)?)
        }
    };
    let mut session = Session::new(setup);
    session.initialise(&SystemInit::default()).map_err(ExperimentError::driver)?;
    Ok(session)
}
