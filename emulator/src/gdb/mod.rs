//! The debugger's side: a server for the stock multi-architecture gdb, over whatever can be stopped and looked at.
//!
//! Nothing here knows the processor's model; [`Debuggee`] is all it needs. The register description follows the processor's own
//! gdb (electronicvisions binutils-gdb: gdb/features/rs6000/power-nux.xml) with the widths of this chip's vectors.

mod description;
mod registers;
mod server;

pub use registers::{ACCUMULATOR_BYTES, CONDITION_BYTES, CoreRegisters, VECTOR_BYTES};
pub use server::{ServeError, serve};

use std::collections::BTreeSet;

/// What a watchpoint waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Stores.
    Write,
    /// Loads.
    Read,
    /// Either.
    Access,
}

/// A stretch of memory to stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watchpoint {
    /// First byte address.
    pub address: u32,
    /// Length, bytes.
    pub length: u32,
    /// Which accesses count.
    pub kind: Watched,
}

impl Watchpoint {
    /// Whether an access of `length` bytes at `address` is waited for.
    #[must_use]
    pub fn meets(&self, address: u32, length: u32, write: bool) -> bool {
        let wanted = match self.kind {
            Watched::Write => write,
            Watched::Read => !write,
            Watched::Access => true,
        };
        let (end, own_end) =
            (u64::from(address) + u64::from(length), u64::from(self.address) + u64::from(self.length));
        wanted && u64::from(address) < own_end && u64::from(self.address) < end
    }
}

/// Where to stop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopPoints {
    /// Byte addresses of instructions.
    pub breakpoints: BTreeSet<u32>,
    /// Stretches of memory.
    pub watchpoints: Vec<Watchpoint>,
}

/// Why a debuggee stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The one instruction asked for was executed.
    Step,
    /// Before the instruction of a breakpoint.
    Breakpoint,
    /// After an access to a watched stretch.
    Watchpoint {
        /// The watchpoint met.
        point: Watchpoint,
    },
    /// In `wait`, and nothing known will wake it.
    Sleep,
    /// The limit of cycles is reached.
    Limit,
}

/// A processor under a debugger.
pub trait Debuggee {
    /// All registers, with everything before the program counter completed.
    fn registers(&mut self) -> CoreRegisters;
    /// Sets all registers; a changed program counter is where execution goes on.
    fn set_registers(&mut self, registers: &CoreRegisters);
    /// Reads memory without side effects; the number of bytes that exist.
    fn read_memory(&mut self, address: u32, data: &mut [u8]) -> usize;
    /// Writes memory; false where there is none.
    fn write_memory(&mut self, address: u32, data: &[u8]) -> bool;
    /// Executes one instruction.
    fn step(&mut self) -> Halt;
    /// Runs for a while; `None` when it could go on.
    fn run(&mut self, points: &StopPoints) -> Option<Halt>;
    /// Answers a `monitor` command; the text ends with a line break.
    fn monitor(&mut self, command: &str) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchpoints_meet_what_overlaps_and_is_of_their_kind() {
        let point = Watchpoint { address: 0x100, length: 4, kind: Watched::Write };
        assert!(point.meets(0x103, 1, true));
        assert!(point.meets(0xf0, 128, true));
        assert!(!point.meets(0x104, 4, true));
        assert!(!point.meets(0xfc, 4, true));
        assert!(!point.meets(0x100, 4, false));
        assert!(Watchpoint { kind: Watched::Access, ..point }.meets(0x100, 4, false));
    }
}
