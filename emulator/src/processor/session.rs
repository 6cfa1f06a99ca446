//! One run of a program: to its end, watched by a recorder.

use super::machine::Machine;
use super::recorder::{Ending, Recorder};
use hx_chip::ppu::Stop;

/// Cycles of one call of the core: long enough not to be felt, short enough to notice the end.
const SLICE_CYCLES: u64 = 1 << 22;
/// Cycles until the first instruction has issued for certain on a core that is not kept waiting.
const FIRST_CYCLES: u64 = 64;

/// Runs until the core sleeps for good, the recorder has seen enough, or `max_cycles` have passed since the first issue.
pub fn run_to_end(machine: &mut impl Machine, recorder: &mut Recorder<'_>, max_cycles: u64) -> Ending {
    loop {
        let limit = recorder.first_issue.map_or(u64::MAX, |first| first.saturating_add(max_cycles));
        let cycle = machine.ppu().cycle();
        if cycle >= limit
            || (recorder.first_issue.is_none() && cycle >= max_cycles.saturating_add(FIRST_CYCLES))
        {
            return Ending::MaxCycles;
        }
        let slice = if recorder.first_issue.is_some() { SLICE_CYCLES } else { FIRST_CYCLES };
        let stop = machine.run(limit.min(cycle + slice), recorder);
        if let Some((ending, _)) = recorder.ending {
            return ending;
        }
        if let Stop::Sleep { .. } = stop
            && sleeps_for_good(machine)
        {
            return Ending::Wait;
        }
    }
}

/// Whether nothing the core itself can do will wake it.
fn sleeps_for_good(machine: &impl Machine) -> bool {
    machine.ppu().timers.next_event(machine.ppu().cycle()).is_none()
}
