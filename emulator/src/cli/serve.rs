//! `hxemu serve`: emulated setups on the network, for the chip's own software and for `--connect`.

use super::{CliError, Global, Outcome, Output};
use crate::input::{InputError, SourceText};
use crate::served::ServedChip;
use crate::setup::identifier;
use crate::version::VERSION;
use hx_calib::Calibration;
use hx_chip::chip::ChipConfig;
use hx_host::driver::Configuration;
use hx_host::fpga::ExecutorConfig;
use hx_host::link::udp::{Log, Server, ServerConfig, ServerCounters};
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often signals are looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How long chips are given to finish what they do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serve emulated setups on the network (HostARQ over UDP) until a signal ends it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// IPv4 address of the first setup; the others follow it
    #[arg(long, value_name = "ADDR", default_value_t = Ipv4Addr::LOCALHOST)]
    listen: Ipv4Addr,
    /// Port for resets; the chip's own software knows only the default
    #[arg(long, value_name = "N", default_value_t = hx_host::arq::parameters::RESET_PORT)]
    reset_port: u16,
    /// Port for acknowledges and data; the chip's own software knows only the default
    #[arg(long, value_name = "N", default_value_t = hx_host::arq::parameters::DATA_PORT)]
    data_port: u16,
    /// Number of setups, each with its own address and chip; chip seeds count up
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    chips: u8,
    /// Configuration of the chip: a RON file
    #[arg(long, value_name = "FILE")]
    chip_config: Option<PathBuf>,
    /// Calibration that is on the chip when it is switched on: a file of `hxemu calibrate`
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Allow an address that other machines reach; nobody is asked for a password
    #[arg(long)]
    public: bool,
    /// List every frame on standard error
    #[arg(long)]
    log: bool,
}

/// A setup that is ready.
#[derive(Debug, Serialize)]
struct Ready {
    address: String,
    reset_port: u16,
    data_port: u16,
    identifier: String,
    chip_seed: u64,
}

/// What is printed when all setups are ready.
#[derive(Debug, Serialize)]
struct AllReady<'a> {
    setups: &'a [Ready],
}

/// What is printed at the end.
#[derive(Debug, Serialize)]
struct Summary {
    address: String,
    #[serde(flatten)]
    counters: ServerCounters,
    programs: Option<u64>,
    chip_time_ns: Option<u64>,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// When a file is wrong or an address cannot be had.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    check_address(args, output)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.clone())
            .map_err(|error| CliError::Failed(format!("cannot wait for signals: {error}")))?;
    }
    let mut servers = Vec::new();
    let mut ready = Vec::new();
    for index in 0..args.chips {
        let config = chip_config(args, global, index)?;
        let server = start(args, index, &config)?;
        ready.push(Ready {
            address: server.data_address().ip().to_string(),
            reset_port: server.reset_address().port(),
            data_port: server.data_address().port(),
            identifier: identifier(&config),
            chip_seed: config.chip_seed,
        });
        servers.push(server);
    }
    announce(&ready, output)?;
    while !stop.load(Ordering::Relaxed) && servers.iter().all(Server::is_alive) {
        std::thread::sleep(LOOK);
    }
    let broken = !stop.load(Ordering::Relaxed);
    finish(servers, output)?;
    if broken { Err(CliError::Bug("a served chip panicked".into())) } else { Ok(Outcome::Done) }
}

/// Whoever reaches a setup can use it, so it is on loopback unless asked for otherwise.
fn check_address(args: &Args, output: &mut Output) -> Result<(), CliError> {
    if args.listen.is_loopback() {
        return Ok(());
    }
    if !args.public {
        let refusal = format!("{} can be reached from other machines; --public allows that", args.listen);
        return Err(CliError::Usage(refusal));
    }
    output.warn(format_args!("{} can be reached from other machines, and anybody may use it", args.listen));
    Ok(())
}

fn chip_config(args: &Args, global: &Global, index: u8) -> Result<ChipConfig, CliError> {
    let mut config = match &args.chip_config {
        Some(_) if global.chip_seed.is_some() || global.ideal => {
            let text = "--chip-config says all about the chip; leave out --chip-seed and --ideal";
            return Err(CliError::Usage(text.into()));
        }
        Some(path) => SourceText::read(path)?.parse_ron()?,
        None => global.instance().chip_config(),
    };
    config.chip_seed = config.chip_seed.wrapping_add(index.into());
    Ok(config)
}

/// The words of a calibration of this chip.
fn calibration(path: &Path, config: &ChipConfig) -> Result<Configuration, CliError> {
    let source = SourceText::read(path)?;
    let failed = |message: String| InputError::File { file: path.display().to_string(), message };
    let calibration = Calibration::from_text(&source.text).map_err(|error| failed(error.to_string()))?;
    let chip = identifier(config);
    if calibration.identifier != chip {
        return Err(failed(format!("is a calibration of {}, not of {chip}", calibration.identifier)).into());
    }
    Ok(hx_calib::apply(&calibration).map_err(|error| failed(error.to_string()))?)
}

fn start(args: &Args, index: u8, config: &ChipConfig) -> Result<Server, CliError> {
    let address = u32::from(args.listen).checked_add(index.into()).map(Ipv4Addr::from);
    let address = address.ok_or_else(|| CliError::Usage("there are not that many addresses".into()))?;
    let fpga = ExecutorConfig::default();
    let description = vec![
        ("hash", format!("\"{VERSION}\"")),
        ("chip_serial", config.chip_seed.to_string()),
        ("chip_identifier", identifier(config)),
        ("jtag_idcode", format!("{:#010x}", fpga.jtag_idcode)),
        (hx_host::link::udp::order::EMULATOR_KEY, format!("hxemu {VERSION}")),
    ];
    let server = ServerConfig {
        reset_port: args.reset_port,
        data_port: args.data_port,
        description,
        fpga,
        ..ServerConfig::at(address.into())
    };
    let initial = args.calibration.as_deref().map(|path| calibration(path, config)).transpose()?;
    let log: Option<Log> =
        args.log.then(|| Arc::new(|text: std::fmt::Arguments<'_>| eprintln!("{text}")) as Log);
    Server::start(&server, ServedChip::new(config.clone(), initial), log)
        .map_err(|error| CliError::Usage(error.to_string()))
}

fn announce(ready: &[Ready], output: &mut Output) -> Result<(), CliError> {
    output.json(&AllReady { setups: ready })?;
    for Ready { address, reset_port, data_port, identifier, .. } in ready {
        output.line(format_args!(
            "{identifier} at {address}, data port {data_port}, reset port {reset_port}"
        ))?;
    }
    output.flush()
}

/// Stops all setups and says on standard error what they did; standard output holds the one object of the beginning.
fn finish(servers: Vec<Server>, output: &mut Output) -> Result<(), CliError> {
    servers.iter().for_each(Server::shut_down);
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE && !servers.iter().all(Server::has_left) {
        std::thread::sleep(Duration::from_millis(5));
    }
    for server in servers {
        let address = server.data_address().ip().to_string();
        // A chip amid a long message is left to the end of the process.
        let (counters, link) = if server.has_left() { server.stop() } else { (server.counters(), None) };
        let programs = link.map(|link| link.fpga.programs);
        let chip_time_ns = link.map(|link| link.chip_time.0 / 1000);
        let summary = Summary { address, counters, programs, chip_time_ns };
        let text = serde_json::to_string(&summary).map_err(|error| CliError::Bug(error.to_string()))?;
        output.note(text);
    }
    Ok(())
}
