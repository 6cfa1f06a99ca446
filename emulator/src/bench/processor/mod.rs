//! `ppu-scalar` and `ppu-vector`: clock cycles of one plasticity processor per second of wall clock, every cycle exact. The scalar
//! loop also runs on qemu's user mode, where that is installed: a fast emulator of a complete Power processor that counts no
//! cycles.

mod rows;

use super::{Pass, Peer, Setting, Work, Workload};
use crate::experiment::ExperimentError;
use hx_chip::ppu::ports::Sram;
use hx_chip::ppu::scalar::DecodeOptions;
use hx_chip::ppu::{BusDelays, Ppu, Stop};
use hx_chip::time::Time;
use hx_isa::asm::{NoIncludes, Options, assemble};
use hx_isa::link::{LinkOptions, Linked, link};
use rows::Rows;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Real time is 250 million cycles per second.
const REAL_TIME: f64 = 250e6;

/// The row of the scalar loop.
pub const SCALAR: Workload = Workload {
    name: "ppu-scalar",
    unit: "cycles/s",
    detail: "one core, a scalar loop with loads, stores and a branch on data",
    parallel: false,
    goal: REAL_TIME,
    floor: 1e5,
    prepare: prepare_scalar,
    peer: Some(qemu),
};

/// The row of the plasticity kernel.
pub const VECTOR: Workload = Workload {
    name: "ppu-vector",
    unit: "cycles/s",
    detail: "one core, a plasticity kernel: rows in, ten vector operations, row out",
    parallel: false,
    goal: REAL_TIME,
    floor: 1e5,
    prepare: prepare_vector,
    peer: None,
};

const SCALAR_SOURCE: &str = include_str!("scalar.s");
const VECTOR_SOURCE: &str = include_str!("vector.s");
/// Passes through the scalar loop, here and on qemu.
const SCALAR_PASSES: i64 = 2_000_000;
/// Passes through all rows.
const VECTOR_PASSES: i64 = 200;
/// How the scalar loop ends here, and under Linux.
const FINISH_HERE: &str = ".macro finish\n sync\n wait\n.endm\n";
const FINISH_LINUX: &str = ".macro finish\n li 0, 1\n li 3, 0\n .long 0x44000002\n.endm\n";

struct Core {
    rows: Rows,
    /// Keeps what it remembers of its own timing from pass to pass, as a core on a chip does.
    ppu: Ppu,
}

fn program(name: &str, source: &str, passes: i64, base: Option<u32>) -> Result<Linked, ExperimentError> {
    let refused = |findings: Vec<hx_isa::asm::Diagnostic>| {
        let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
        ExperimentError::Internal(texts.join("\n"))
    };
    let options = Options { defines: vec![("passes".to_owned(), passes)], ..Options::default() };
    let object = assemble(source, name, &mut NoIncludes, &options).map_err(refused)?;
    let section_starts = base.map(|base| (".text".to_owned(), base)).into_iter().collect();
    link(&[object], &LinkOptions { section_starts, ..LinkOptions::default() }).map_err(refused)
}

fn prepare_scalar(_: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    let source = format!("{FINISH_HERE}{SCALAR_SOURCE}");
    prepare(&program("scalar.s", &source, SCALAR_PASSES, None)?)
}

fn prepare_vector(_: &Setting) -> Result<Box<dyn Pass>, ExperimentError> {
    prepare(&program("vector.s", VECTOR_SOURCE, VECTOR_PASSES, None)?)
}

fn prepare(program: &Linked) -> Result<Box<dyn Pass>, ExperimentError> {
    let mut sram = Sram::default();
    sram.load(0, &program.sram());
    // The delays and shared ports of the chip.
    let ppu = Ppu::new(BusDelays::default(), DecodeOptions::default());
    Ok(Box::new(Core { rows: Rows::new(sram), ppu }))
}

impl Pass for Core {
    fn run(&mut self) -> Result<Work, ExperimentError> {
        self.ppu.reset(0);
        match self.ppu.run(&mut self.rows, u64::MAX, u64::MAX, &mut ()) {
            Stop::Sleep { cycle } => Ok(Work { amount: cycle as f64, chip_time: Time(4000 * cycle) }),
            stop => Err(ExperimentError::Internal(format!("the program ended with {stop:?}"))),
        }
    }
}

/// The scalar loop on qemu: the cycles it takes here over the time it takes there.
fn qemu() -> Option<Peer> {
    const BASE: u32 = 0x1000_0000;
    let source = format!("{FINISH_LINUX}{SCALAR_SOURCE}");
    let program = program("scalar.s", &source, SCALAR_PASSES, Some(BASE)).ok()?;
    let file = std::env::temp_dir().join(format!("hxemu-bench-{}", std::process::id()));
    write_executable(&file, &executable(&program.words(BASE), BASE)).ok()?;
    let cycles = prepare_scalar(&Setting::default()).ok()?.run().ok()?.amount;
    let mut best = None::<f64>;
    for _ in 0..5 {
        let started = Instant::now();
        let ended = Command::new("qemu-ppc").arg(&file).status();
        let taken = started.elapsed().as_secs_f64();
        if !ended.is_ok_and(|status| status.success()) {
            break;
        }
        best = Some(best.map_or(taken, |best| best.min(taken)));
    }
    // The file is ours; that it cannot be removed costs a few kilobytes.
    let _ = std::fs::remove_file(&file);
    Some(Peer { name: "qemu-ppc, user mode, no cycles", value: cycles / best? })
}

/// A Linux executable for a 32-bit big-endian Power processor: one segment with all rights.
fn executable(image: &[u32], base: u32) -> Vec<u8> {
    const PAGE: u32 = 0x1000;
    let size = 4 * image.len() as u32;
    // identification; executable for machine 20, version, entry, one program header behind the file header
    let mut words =
        vec![0x7f45_4c46, 0x0102_0100, 0, 0, 0x0002_0014, 1, base, 52, 0, 0, 0x0034_0020, 0x0001_0000, 0];
    // loadable, at the page after the headers, readable, writable, executable
    words.extend([1, PAGE, base, base, size, size, 7, PAGE]);
    words.resize((PAGE / 4) as usize, 0);
    words.extend(image);
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn write_executable(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_changes_weights_and_takes_its_cycles() {
        let setting = Setting::default();
        let program = program("vector.s", VECTOR_SOURCE, 2, None).unwrap();
        let mut pass = prepare(&program).unwrap();
        let first = pass.run().unwrap().amount;
        assert!((40_000.0..200_000.0).contains(&first), "{first} cycles");
        assert!(prepare_scalar(&setting).is_ok());
    }
}
