//! `hxemu ppu run`: a program on one plasticity processor, to its end or under a debugger.

use super::{CliError, Global, Outcome, Output};
use crate::gdb;
use crate::input::parse_u32;
use crate::processor::debug::Debugged;
use crate::processor::load::{LoadError, Loaded, load};
use crate::processor::log::Log;
use crate::processor::machine::{Bare, Machine};
use crate::processor::on_chip::OnChip;
use crate::processor::profile::Profile;
use crate::processor::recorder::{Ending, Policy, Recorder, Stretch};
use crate::processor::reference::{changes, hex_digits, set_delay};
use crate::processor::report::{Dump, RunReport, report};
use crate::processor::session::run_to_end;
use crate::processor::wave::Wave;
use crate::store::write_file;
use crate::version::VERSION;
use clap::ValueEnum;
use hx_chip::ppu::{BareMemory, BusDelays};
use hx_host::driver::Hemisphere;
use hx_isa::asm::Severity;
use hx_isa::elf::Program;
use std::fs::File;
use std::io::BufWriter;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Run programs on a plasticity processor
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Run a program until it sleeps in `wait`, traps or hits a limit
    Run(Run),
}

/// Which processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// That of the upper synapse array
    Top,
    /// That of the lower one
    Bottom,
}

#[derive(Debug, clap::Args)]
struct Run {
    /// Source text (`.s`), ELF file, raw image for address 0, or reference program (`.json`) for the bare core
    program: PathBuf,
    /// Processor to run on
    #[arg(long, value_enum, default_value_t = Side::Top)]
    hemisphere: Side,
    /// End after so many cycles, with exit code 3
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000)]
    max_cycles: u64,
    /// Report bytes of memory after the run
    #[arg(long, value_name = "ADDR:LEN", value_parser = parse_dump)]
    dump: Vec<(u32, u32)>,
    /// Put the bytes of a file into memory before the run
    #[arg(long, value_name = "ADDR:FILE", value_parser = parse_load)]
    load: Vec<(u32, PathBuf)>,
    /// Wait for a debugger at this address, such as 127.0.0.1:1234; with port 0 any, which is then printed
    #[arg(long, value_name = "ADDR")]
    gdb: Option<String>,
    /// Write every instruction and its effects, as text (`.txt`) or waveform (`.vcd`, `.fst`)
    #[arg(long, value_name = "FILE")]
    trace: Vec<PathBuf>,
    /// Cycles per symbol and per class of instructions, and what was waited for
    #[arg(long)]
    profile: bool,
    /// Write which source lines were reached, for lcov
    #[arg(long, value_name = "FILE.lcov")]
    coverage: Option<PathBuf>,
    /// Report the issue cycle of every instruction
    #[arg(long)]
    issues: bool,
    /// Set delays of the buses, by the names of reference programs and `shared_fetch` (instruction fetch uses the shared port too;
    /// off when `shared` is given)
    #[arg(long, value_name = "KEY=N,...", value_delimiter = ',', value_parser = parse_delay)]
    bus: Vec<(String, u32)>,
}

fn parse_dump(text: &str) -> Result<(u32, u32), String> {
    let (address, length) = text.split_once(':').ok_or_else(|| format!("`{text}` is not ADDR:LEN"))?;
    Ok((parse_u32(address)?, parse_u32(length)?))
}

fn parse_load(text: &str) -> Result<(u32, PathBuf), String> {
    let (address, file) = text.split_once(':').ok_or_else(|| format!("`{text}` is not ADDR:FILE"))?;
    Ok((parse_u32(address)?, PathBuf::from(file)))
}

fn parse_delay(text: &str) -> Result<(String, u32), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not KEY=N"))?;
    let value = parse_u32(value)?;
    set_delay(&mut BusDelays::default(), name, value)?;
    Ok((name.to_owned(), value))
}

/// Remarks shown to a person; all are in the JSON.
const REMARKS_SHOWN: usize = 10;
/// Most bytes of one `--dump`.
const LONGEST_DUMP: u32 = 1 << 20;

/// Runs a program.
///
/// # Errors
/// When a file cannot be read or written, or an argument does not fit.
pub fn run(args: &Args, global: &Global, output: &mut Output) -> Result<Outcome, CliError> {
    let Verb::Run(args) = &args.verb;
    if let Some((address, length)) = args.dump.iter().find(|(_, length)| *length > LONGEST_DUMP) {
        return Err(CliError::Usage(format!("--dump {address:#x}:{length}: at most {LONGEST_DUMP} bytes")));
    }
    match load(&args.program).or_else(|error| refuse(error, output))? {
        Loaded::Reference(mut memory) => {
            set_delays(&mut memory.delays, &args.bus)?;
            run_reference(args, global, output, *memory)
        }
        Loaded::Program(program) => run_program(args, global, output, &program),
    }
}

/// Shows what the assembler found, each finding with its place.
fn refuse(error: LoadError, output: &mut Output) -> Result<Loaded, CliError> {
    match error {
        LoadError::Input(error) => Err(CliError::Input(error)),
        LoadError::Findings(findings) => {
            findings.iter().for_each(|found| output.diagnostic(found));
            let errors = findings.iter().filter(|found| found.severity == Severity::Error).count();
            Err(CliError::Usage(format!(
                "{errors} error{}; nothing was run",
                if errors == 1 { "" } else { "s" }
            )))
        }
    }
}

fn set_delays(delays: &mut BusDelays, chosen: &[(String, u32)]) -> Result<(), CliError> {
    chosen.iter().try_for_each(|(name, value)| set_delay(delays, name, *value)).map_err(CliError::Usage)
}

fn run_reference(
    args: &Run,
    global: &Global,
    output: &mut Output,
    memory: BareMemory,
) -> Result<Outcome, CliError> {
    let mut machine = Bare::new(memory);
    fill(args, &mut machine)?;
    let before = machine.memory.clone();
    // A reference program is only numbers: whatever the core does with them is what is asked for.
    let policy = Policy { illegal: global.strict, ..Policy::default() };
    let (mut settled, mut report) = execute(args, output, machine, &Program::default(), policy)?;
    let (words, vectors) = changes(&before, &settled.memory);
    (report.final_memory_changed, report.final_pbus_changed) = (Some(words), Some(vectors));
    conclude(args, output, &mut settled, report)
}

fn run_program(
    args: &Run,
    global: &Global,
    output: &mut Output,
    program: &Program,
) -> Result<Outcome, CliError> {
    let mut machine = on_chip(args, global, program)?;
    fill(args, &mut machine)?;
    machine.start();
    let policy = Policy::of(program, global.strict);
    let (mut settled, report) = execute(args, output, machine, program, policy)?;
    conclude(args, output, &mut settled, report)
}

/// Puts the files of `--load` into memory.
fn fill(args: &Run, machine: &mut impl Machine) -> Result<(), CliError> {
    for (address, file) in &args.load {
        let bytes = std::fs::read(file)
            .map_err(|error| CliError::Usage(format!("{}: cannot read: {error}", file.display())))?;
        let fits = (*address..).zip(&bytes).all(|(address, byte)| machine.poke(address, *byte));
        if !fits || u64::from(*address) + bytes.len() as u64 > 1 << 32 {
            let message =
                format!("{}: {} bytes at {address:#x} do not lie in a memory", file.display(), bytes.len());
            return Err(CliError::Usage(message));
        }
    }
    Ok(())
}

/// The files a run writes while it goes on.
#[derive(Default)]
struct Traces {
    logs: Vec<(PathBuf, Log<BufWriter<File>>)>,
    waves: Vec<(PathBuf, Wave)>,
    profile: Option<Profile>,
}

impl Traces {
    fn create(args: &Run) -> Result<Traces, CliError> {
        let mut traces = Traces::default();
        for path in &args.trace {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            match extension {
                "vcd" | "fst" => {
                    let wave = Wave::create(path, &format!("hxemu {VERSION}"), 4000);
                    traces.waves.push((path.clone(), wave.map_err(|error| unwritable(path, &error))?));
                }
                "txt" | "log" => {
                    let file = File::create(path).map_err(|error| unwritable(path, &error))?;
                    traces.logs.push((path.clone(), Log::new(BufWriter::new(file))));
                }
                _ => {
                    let message =
                        format!("--trace {}: the name must end in .txt, .vcd or .fst", path.display());
                    return Err(CliError::Usage(message));
                }
            }
        }
        traces.profile = (args.profile || args.coverage.is_some()).then(Profile::default);
        Ok(traces)
    }

    fn finish(self, args: &Run, program: &Program, report: &mut RunReport) -> Result<(), CliError> {
        for (path, log) in self.logs {
            log.finish().map_err(|error| unwritable(&path, &error))?;
        }
        for (path, wave) in self.waves {
            wave.finish().map_err(|error| unwritable(&path, &error))?;
        }
        let Some(profile) = self.profile else { return Ok(()) };
        if let Some(path) = &args.coverage {
            let test = args.program.file_stem().map(|stem| stem.to_string_lossy().replace(' ', "_"));
            let text = hx_trace::lcov::to_lcov(&test.unwrap_or_default(), &profile.coverage(program));
            write_file(path, text.as_bytes())?;
        }
        report.profile = args.profile.then(|| profile.report(program));
        Ok(())
    }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::Usage(format!("{}: cannot write: {error}", path.display()))
}

/// Runs a machine to its end and reads it off. Returns it with everything finished that it had begun.
fn execute<M: Machine>(
    args: &Run,
    output: &mut Output,
    machine: M,
    program: &Program,
    policy: Policy,
) -> Result<(M, RunReport), CliError> {
    let mut machine = debugged(args, output, machine)?;
    let mut traces = Traces::create(args)?;
    let mut recorder = Recorder {
        policy,
        issues: args.issues.then(Vec::new),
        stretch: Stretch::of(program),
        ..Recorder::default()
    };
    traces.logs.iter_mut().for_each(|(_, log)| recorder.followers.push(log));
    traces.waves.iter_mut().for_each(|(_, wave)| recorder.followers.push(wave));
    recorder.followers.extend(traces.profile.as_mut().map(|profile| profile as _));
    let started = Instant::now();
    let ending = run_to_end(&mut machine, &mut recorder, args.max_cycles);
    let wall_s = started.elapsed().as_secs_f64();
    let mut settled = if ending == Ending::Wait { machine } else { machine.settled() };
    let mut report = report(&mut settled, &recorder, ending, program, wall_s);
    drop(recorder);
    traces.finish(args, program, &mut report)?;
    Ok((settled, report))
}

/// Under `--gdb`, lets a debugger have the machine until it leaves.
fn debugged<M: Machine>(args: &Run, output: &mut Output, machine: M) -> Result<M, CliError> {
    let Some(address) = &args.gdb else { return Ok(machine) };
    let refused = |error: std::io::Error| CliError::Usage(format!("--gdb {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(refused)?;
    output.note(format_args!("waiting for a debugger at {}", listener.local_addr().map_err(refused)?));
    let (connection, _) = listener.accept().map_err(refused)?;
    let mut debugged = Debugged::new(machine, args.max_cycles);
    let killed =
        gdb::serve(connection, &mut debugged).map_err(|error| CliError::Failed(error.to_string()))?;
    if killed {
        return Err(CliError::Failed("the debugger killed the program".to_owned()));
    }
    Ok(debugged.into_machine())
}

fn conclude(
    args: &Run,
    output: &mut Output,
    machine: &mut impl Machine,
    mut report: RunReport,
) -> Result<Outcome, CliError> {
    report.dump = args.dump.iter().map(|&(address, length)| dump(machine, address, length)).collect();
    print(output, &report)?;
    for remark in report.remarks.iter().take(REMARKS_SHOWN) {
        output.warn(remark.sentence());
    }
    if let Some(more @ 1..) = report.remarks.len().checked_sub(REMARKS_SHOWN) {
        output.warn(format_args!("{more} more places like these; --json lists them"));
    }
    output.json(&report)?;
    Ok(match report.stop {
        Ending::MaxCycles => Outcome::LimitHit,
        Ending::Wait => Outcome::from_pass(report.exit_code.unwrap_or(0) == 0),
        Ending::Illegal | Ending::Trap | Ending::Fault => Outcome::Failed,
    })
}

fn dump(machine: &mut impl Machine, address: u32, length: u32) -> Dump {
    Dump { address, hex: hex_digits(&machine.peek_bytes(address, length as usize)) }
}

fn print(output: &mut Output, report: &RunReport) -> Result<(), CliError> {
    if !report.mailbox.is_empty() {
        output.line(report.mailbox.trim_end_matches('\n'))?;
    }
    let stop = match report.stop {
        Ending::Wait => "sleeps in wait",
        Ending::Illegal => "met a word that is no instruction",
        Ending::Trap => "trapped",
        Ending::MaxCycles => "hit the limit of cycles",
        Ending::Fault => "made a misaligned access or left the memory",
    };
    let code = report.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
    output.line(format_args!(
        "{stop} at {:#010x} after {} cycles, {} instructions{code}",
        report.pc, report.cycles, report.instructions
    ))?;
    if let Some(cycles) = report.timed_cycles {
        output.line(format_args!("{cycles} cycles from timed_begin to timed_end"))?;
    }
    print_registers(output, report)?;
    for dump in &report.dump {
        output.line(format_args!("{:#010x}: {}", dump.address, dump.hex))?;
    }
    print_profile(output, report)
}

fn print_registers(output: &mut Output, report: &RunReport) -> Result<(), CliError> {
    for (row, values) in report.gpr.chunks(8).enumerate() {
        let values: Vec<String> = values.iter().map(|value| format!("{value:08x}")).collect();
        output.line(format_args!("r{:<2} {}", 8 * row, values.join(" ")))?;
    }
    let RunReport { cr, xer, lr, ctr, .. } = report;
    output.line(format_args!("cr {cr:08x}  xer {xer:08x}  lr {lr:08x}  ctr {ctr:08x}"))
}

fn print_profile(output: &mut Output, report: &RunReport) -> Result<(), CliError> {
    let Some(profile) = &report.profile else { return Ok(()) };
    for (title, shares) in
        [("symbol", &profile.symbols), ("class", &profile.classes), ("waited for", &profile.stalls)]
    {
        let mut rows = vec![vec![title.to_owned(), "cycles".into(), "%".into(), "instructions".into()]];
        rows.extend(shares.iter().map(|share| {
            let percent = 100.0 * share.cycles as f64 / report.cycles.max(1) as f64;
            vec![
                share.name.clone(),
                share.cycles.to_string(),
                format!("{percent:.1}"),
                share.instructions.to_string(),
            ]
        }));
        output.line("")?;
        output.table(&rows)?;
    }
    Ok(())
}

/// A chip with the program loaded into one of its processors.
fn on_chip(args: &Run, global: &Global, program: &Program) -> Result<OnChip, CliError> {
    let mut config = global.instance().chip_config();
    let memory = &mut config.processor.memory;
    // Whoever says who shares the port says it as reference programs do, where instruction fetch never waits.
    memory.shared_fetch &= !args.bus.iter().any(|(name, _)| name == "shared");
    set_delays(memory, &args.bus)?;
    for (name, value) in &args.bus {
        // Behind the parallel bus of a chip there are rows of synapses, which take the same time.
        if name == "pbus_resp" {
            config.processor.timing.row_read = *value as u16;
            config.processor.timing.row_write = *value as u16;
        }
    }
    let hemisphere = match args.hemisphere {
        Side::Top => Hemisphere::Top,
        Side::Bottom => Hemisphere::Bottom,
    };
    Ok(OnChip::load(config, hemisphere, program))
}
