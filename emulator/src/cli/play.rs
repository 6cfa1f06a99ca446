//! `hxemu play`: a stream of messages to the FPGA, carried out on a fresh chip, here or on a served setup.
//!
//! Files hold 64-bit words, big endian, as they travel to and from the FPGA.

use super::{CliError, Global, Outcome, Output};
use crate::experiment::ExperimentError;
use crate::input::InputError;
use crate::setup::{AnySetup, served};
use crate::store::write_file;
use hx_chip::chip::{Chip, ChipConfig};
use hx_chip::omnibus::Diagnostics;
use hx_host::fpga::{Executor, ExecutorConfig, Statistics};
use hx_host::link::LinkStatistics;
use hx_host::link::udp::UdpTarget;
use hx_host::message::stream::{decode_from_fpga, decode_to_fpga, words_from_bytes, words_to_bytes};
use hx_host::message::{FromFpga, ToFpga};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Carry out a to-FPGA message stream on a fresh chip
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File of big-endian 64-bit words to the FPGA; `-` for standard input
    file: PathBuf,
    /// File for the words from the FPGA; `-` for standard output, which then holds nothing else
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// List every message from the FPGA
    #[arg(long)]
    list: bool,
    /// Play to a setup of `hxemu serve`, switched off and on before: ADDR[:DATA_PORT[:RESET_PORT]]
    #[arg(long, value_name = "ADDR")]
    connect: Option<UdpTarget>,
}

/// What was carried out and what came back.
#[derive(Debug, Serialize)]
struct Played {
    words_to_fpga: usize,
    messages_to_fpga: u64,
    requests: BTreeMap<&'static str, u64>,
    words_from_fpga: usize,
    messages_from_fpga: u64,
    responses: BTreeMap<&'static str, u64>,
    programs: u64,
    timeouts: u64,
    discarded_messages: u64,
    chip_time_ns: u64,
    unmapped_accesses: u64,
    accesses_without_link: u64,
    events_not_recorded: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<String>>,
}

/// Reads the stream, carries it out and reports.
///
/// # Errors
/// When the file cannot be read or is no such stream, and when the answer cannot be written.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    if to_stdout && (global.json || args.list) {
        return Err(CliError::Usage("`--out -` leaves no room for --json or --list".into()));
    }
    let (words, requests) = read_stream(&args.file)?;
    let played = match args.connect {
        Some(target) => play_there(args, target, global.instance().chip_config(), &words, &requests)?,
        None => play_here(global.instance().chip_config(), &words),
    };
    let answer = &played.answer;
    let played = report(args, &words, &requests, &played)?;
    match &args.out {
        Some(_) if to_stdout => {
            output.stdout().write_all(&words_to_bytes(answer)).map_err(CliError::Stdout)?
        }
        Some(path) => write_file(path, &words_to_bytes(answer))?,
        None => {}
    }
    if !to_stdout {
        print(&played, output)?;
    }
    verdict(&played, global)
}

/// What came back, and what was counted on the way.
struct Answered {
    answer: Vec<u64>,
    statistics: LinkStatistics,
    chip: Diagnostics,
}

fn play_here(config: ChipConfig, words: &[u64]) -> Answered {
    let mut executor = Executor::new(ExecutorConfig::default(), Chip::new(config));
    let mut answer = Vec::new();
    executor.push(words, &mut answer);
    executor.finish(&mut answer);
    let statistics = LinkStatistics { fpga: executor.statistics(), chip_time: executor.time() };
    Answered { answer, statistics, chip: executor.device().diagnostics().clone() }
}

fn play_there(
    args: &Args,
    target: UdpTarget,
    config: ChipConfig,
    words: &[u64],
    requests: &[ToFpga],
) -> Result<Answered, CliError> {
    if requests.last() != Some(&ToFpga::HALT) {
        let message = "must end with a halt: a served setup answers in full only then".to_owned();
        return Err(InputError::File { file: args.file.display().to_string(), message }.into());
    }
    let mut link = served(target, &config)?;
    let programs = requests.iter().filter(|message| **message == ToFpga::HALT).count();
    let answer = link.play(words, programs).map_err(|error| CliError::Failed(error.to_string()))?;
    let (statistics, chip) = AnySetup::Served(Box::new(link)).report().map_err(ExperimentError::from)?;
    Ok(Answered { answer, statistics, chip })
}

/// The words of a file and the messages in them.
fn read_stream(path: &Path) -> Result<(Vec<u64>, Vec<ToFpga>), CliError> {
    let failed = |message: String| InputError::File { file: path.display().to_string(), message };
    let bytes = read_bytes(path).map_err(|error| failed(format!("cannot read: {error}")))?;
    let words = words_from_bytes(&bytes).map_err(|error| failed(error.to_string()))?;
    let messages = decode_to_fpga(&words).map_err(|error| failed(error.to_string()))?;
    Ok((words, messages))
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn count(names: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, u64> {
    names.fold(BTreeMap::new(), |mut counts, name| {
        *counts.entry(name).or_default() += 1;
        counts
    })
}

fn report(args: &Args, words: &[u64], requests: &[ToFpga], answered: &Answered) -> Result<Played, CliError> {
    let Answered { answer, statistics, chip } = answered;
    let responses = decode_from_fpga(answer).map_err(|error| CliError::Bug(error.to_string()))?;
    let Statistics {
        programs, timeouts, discarded_messages, accesses_without_link, events_not_recorded, ..
    } = statistics.fpga;
    let on_chip = chip.unmapped_reads + chip.unmapped_writes;
    Ok(Played {
        words_to_fpga: words.len(),
        messages_to_fpga: requests.len() as u64,
        requests: count(requests.iter().map(|message| message.row().variant)),
        words_from_fpga: answer.len(),
        messages_from_fpga: responses.len() as u64,
        responses: count(responses.iter().map(|message| message.row().variant)),
        programs,
        timeouts,
        discarded_messages,
        chip_time_ns: statistics.chip_time.0 / 1000,
        unmapped_accesses: statistics.fpga.unmapped_fpga_accesses + on_chip,
        accesses_without_link,
        events_not_recorded,
        messages: args.list.then(|| responses.iter().map(FromFpga::to_string).collect()),
    })
}

fn print(played: &Played, output: &mut Output) -> Result<(), CliError> {
    output.json(played)?;
    for message in played.messages.iter().flatten() {
        output.line(message)?;
    }
    let counts = |title: &str, words: usize, messages: u64, counts: &BTreeMap<&'static str, u64>| {
        let mut rows = vec![vec![title.to_owned(), format!("{messages} messages in {words} words")]];
        rows.extend(counts.iter().map(|(name, count)| vec![format!("  {name}"), count.to_string()]));
        rows
    };
    let Played { words_to_fpga, messages_to_fpga, words_from_fpga, messages_from_fpga, .. } = *played;
    let mut rows = counts("to the FPGA", words_to_fpga, messages_to_fpga, &played.requests);
    rows.extend(counts("from the FPGA", words_from_fpga, messages_from_fpga, &played.responses));
    rows.push(vec!["programs".into(), played.programs.to_string()]);
    rows.push(vec!["chip time".into(), format!("{} ns", played.chip_time_ns)]);
    output.table(&rows)?;
    remarks(played, output);
    Ok(())
}

/// What the sender of the stream should know.
fn remarks(played: &Played, output: &mut Output) {
    if played.timeouts > 0 {
        let Played { timeouts, discarded_messages, .. } = played;
        output.warn(format_args!(
            "{timeouts} instruction timeouts; {discarded_messages} messages skipped after them"
        ));
    }
    if played.unmapped_accesses > 0 {
        output.warn(format_args!("{} accesses to addresses without a register", played.unmapped_accesses));
    }
    if played.events_not_recorded > 0 {
        output.warn(format_args!(
            "{} events dropped while event recording was off",
            played.events_not_recorded
        ));
    }
}

/// With `--strict`, accesses to undefined addresses are a failure.
fn verdict(played: &Played, global: &Global) -> Result<Outcome, CliError> {
    Ok(Outcome::from_pass(!global.strict || played.unmapped_accesses == 0))
}
