//! Moves the processors through time. A core runs ahead of the rest of the chip until somebody else may be affected:
//!
//! - While only one core runs, nobody else acts on what it sees: it runs up to where the chip is to be brought, and what it
//!   touches of the chip is brought up to date on the way.
//! - While both run, a core stops before it touches anything outside its memory; accesses of both are carried out in the order of
//!   (time, index). One of the two may have run ahead when the other reaches into its memory; then it goes back to where it was
//!   last certain and comes up to the time of that access again.
//!
//! Writes to the processors' control registers are carried out one cycle at a time, as they may end the core that makes them.

use super::arbiter::occupy;
use super::diagnostics::{ProcessorDiagnostics, ProcessorEvent};
use super::ports::{Access, ChipPorts};
use super::{Ppu, Processor};
use crate::chip::Chip;
use crate::ppu::ports::{Issue, Notice, Observer, Sram, Stop};
use crate::ppu::{Effect, ParallelRandom, Stall};
use crate::time::Time;
use std::cell::Cell;
use std::sync::Arc;

/// Who watches the cores, top and bottom.
#[derive(Default)]
pub struct Watchers<'a> {
    /// By hemisphere.
    pub observers: [Option<&'a mut dyn Observer>; 2],
}

/// A core stopped because its observer asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broke {
    /// 0 top, 1 bottom.
    pub hemisphere: usize,
    /// Byte address of the instruction it stopped before; `None` if it stopped after what it reported last.
    pub address: Option<u32>,
    /// Time of the cycle to come.
    pub at: Time,
}

/// What a core may do without asking.
#[derive(Debug, Clone, Copy)]
struct Leave {
    /// Cycle to stop before.
    until: u64,
    /// Accesses to what is shared in cycles before this one are allowed.
    shared_before: u64,
    /// No other core runs.
    alone: bool,
}

/// An access that waits for its turn.
#[derive(Debug, Clone, Copy)]
struct Pending {
    cycle: u64,
    access: Access,
}

/// What happened in a run of a core.
struct Ran {
    stop: Stop,
    access: Access,
    control_written: bool,
}

/// A core that may have run ahead of the other, as it was when that began.
struct Checkpoint {
    hemisphere: usize,
    core: Box<Ppu>,
    sram: Arc<Sram>,
    random: ParallelRandom,
}

impl Checkpoint {
    fn of(hemisphere: usize, processor: &Processor) -> Option<Checkpoint> {
        let core = processor.core.clone()?;
        let (sram, random) = (Arc::clone(&processor.sram), processor.random.clone());
        Some(Checkpoint { hemisphere, core, sram, random })
    }

    fn restore(self, processor: &mut Processor) {
        processor.core = Some(self.core);
        (processor.sram, processor.random) = (self.sram, self.random);
    }
}

/// The two cores while both run.
#[derive(Default)]
struct Pair {
    pending: [Option<Pending>; 2],
    ahead: Option<Checkpoint>,
}

/// Passes on what a core reports.
struct Reporter<'a, 'b> {
    hemisphere: usize,
    inner: Option<&'a mut (dyn Observer + 'b)>,
    found: ProcessorDiagnostics,
}

impl Observer for Reporter<'_, '_> {
    fn watches_issue(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.watches_issue())
    }

    fn breaks_at(&mut self, address: u32) -> bool {
        self.inner.as_mut().is_some_and(|inner| inner.breaks_at(address))
    }

    fn issue(&mut self, issue: &Issue) {
        if let Some(inner) = &mut self.inner {
            inner.issue(issue);
        }
    }

    fn stall(&mut self, cycle: u64, stall: Stall) {
        if let Some(inner) = &mut self.inner {
            inner.stall(cycle, stall);
        }
    }

    fn watches_effects(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.watches_effects())
    }

    fn effect(&mut self, effect: &Effect) {
        if let Some(inner) = &mut self.inner {
            inner.effect(effect);
        }
    }

    fn ends_run(&self) -> bool {
        self.inner.as_ref().is_some_and(|inner| inner.ends_run())
    }

    fn notice(&mut self, notice: &Notice) {
        self.found.count(ProcessorEvent::new(self.hemisphere, notice));
        if let Some(inner) = &mut self.inner {
            inner.notice(notice);
        }
    }
}

impl Processor {
    /// The next cycle of the core; `None` in reset.
    fn position(&self) -> Option<u64> {
        self.core.as_ref().map(|core| core.cycle())
    }
}

impl Chip {
    /// As [`Chip::advance`], with observers of the cores. Ends early where one of them asks to stop before an instruction; the
    /// chip stands at that time then.
    pub fn advance_watched(&mut self, until: Time, watchers: &mut Watchers) -> Option<Broke> {
        if until <= self.now {
            return None;
        }
        let broke = if self.processors.run() { self.run_processors(until, watchers) } else { None };
        self.advance_body(broke.map_or(until, |broke| broke.at.min(until)));
        broke
    }

    /// Brings the cores to `until` and keeps the Omnibus occupied by an access of the FPGA.
    pub(in crate::chip) fn take_bus(&mut self, at: Time) {
        self.advance(at);
        let cycles = self.instance.config.processor.timing.omnibus_occupancy;
        let clock = self.processors.all.iter().find(|processor| processor.core.is_some());
        let occupancy = clock.map_or(Time::ZERO, |processor| processor.clock.span(cycles));
        occupy(&mut self.processors.arbiter.omnibus, at, occupancy);
    }

    /// Brings all cores up to and including `until`.
    pub(in crate::chip) fn run_processors(&mut self, until: Time, watchers: &mut Watchers) -> Option<Broke> {
        loop {
            let running = |chip: &Chip, hemisphere: usize| {
                chip.processors.all.get(hemisphere).is_some_and(|processor| processor.core.is_some())
            };
            let again = match (running(self, 0), running(self, 1)) {
                (false, false) => Ok(false),
                (true, true) => self.run_pair(until, watchers),
                (top, _) => self.run_single(usize::from(!top), until, watchers),
            };
            match again {
                Ok(true) => {}
                Ok(false) => return None,
                Err(broke) => return Some(broke),
            }
        }
    }

    /// Runs the only core. Returns whether a control register was written.
    fn run_single(&mut self, own: usize, until: Time, watchers: &mut Watchers) -> Result<bool, Broke> {
        let end = self.processors.all[own].clock.end(until);
        let leave = Leave { until: end, shared_before: 0, alone: true };
        match self.run_core(own, leave, watchers)?.stop {
            Stop::Shared { cycle } => self.run_access(own, cycle, watchers),
            _ => Ok(false),
        }
    }

    /// Lets a core make one access. Returns whether it wrote a control register, or has to be looked at again anyway.
    fn run_access(&mut self, own: usize, cycle: u64, watchers: &mut Watchers) -> Result<bool, Broke> {
        let leave = Leave { until: cycle + 1, shared_before: cycle + 1, alone: false };
        let at = self.processors.all[own].clock.time(cycle);
        if self.run_core(own, leave, watchers)?.control_written {
            self.control_processors(at);
        }
        Ok(true)
    }

    /// Runs both cores until they are at `until` or one of them writes a control register, which is what it returns.
    fn run_pair(&mut self, until: Time, watchers: &mut Watchers) -> Result<bool, Broke> {
        let mut pair = Pair::default();
        if let Some(own) = self.processors.all.iter().position(Processor::asleep)
            && matches!(self.run_ahead(own, until, &mut pair, watchers)?, Stop::Sleep { .. })
        {
            return self.run_single(1 - own, until, watchers);
        }
        while let Some(own) = self.next_of_pair(&pair, until) {
            match pair.pending[own].take() {
                Some(pending) => {
                    if pending.access != Access::Chip {
                        self.bring_back(1 - own, own, pending.cycle, &mut pair, watchers)?;
                    }
                    self.run_access(own, pending.cycle, watchers)?;
                    if pending.access == Access::Control {
                        return Ok(true);
                    }
                }
                None => self.run_free(own, until, &mut pair, watchers)?,
            }
        }
        Ok(false)
    }

    /// Time and index of the next thing that a core may do to others; `None` if that is after `until`.
    fn next_act(&self, own: usize, pair: &Pair, until: Time) -> Option<(Time, usize)> {
        let processor = &self.processors.all[own];
        let cycle = match pair.pending[own] {
            Some(pending) => pending.cycle,
            None => processor.position().filter(|cycle| *cycle < processor.clock.end(until))?,
        };
        Some((processor.clock.time(cycle), own))
    }

    fn next_of_pair(&self, pair: &Pair, until: Time) -> Option<usize> {
        let acts = [0, 1].into_iter().filter_map(|own| self.next_act(own, pair, until));
        acts.min().map(|(_, own)| own)
    }

    /// Runs a core to the end or to where it has to wait, whatever the other does.
    fn run_ahead(
        &mut self,
        own: usize,
        until: Time,
        pair: &mut Pair,
        watchers: &mut Watchers,
    ) -> Result<Stop, Broke> {
        let processor = &self.processors.all[own];
        pair.ahead = Checkpoint::of(own, processor);
        let end = processor.clock.end(until);
        self.run_until(own, end, pair, watchers)
    }

    /// Runs a core up to a cycle or to where it has to wait.
    fn run_until(
        &mut self,
        own: usize,
        end: u64,
        pair: &mut Pair,
        watchers: &mut Watchers,
    ) -> Result<Stop, Broke> {
        let ran = self.run_core(own, Leave { until: end, shared_before: 0, alone: false }, watchers)?;
        if let Stop::Shared { cycle } = ran.stop {
            pair.pending[own] = Some(Pending { cycle, access: ran.access });
        }
        Ok(ran.stop)
    }

    /// Runs a core that is behind the other up to the other's next act, or ahead of it if that is not known.
    fn run_free(
        &mut self,
        own: usize,
        until: Time,
        pair: &mut Pair,
        watchers: &mut Watchers,
    ) -> Result<(), Broke> {
        let other = 1 - own;
        let processor = &self.processors.all[own];
        let end = processor.clock.end(until);
        let awaits = processor.core.as_ref().is_some_and(|core| core.awaits());
        let end = match (pair.pending[other], self.next_act(other, pair, until)) {
            (None, Some((time, _))) if awaits => end.min(first_after(processor, own, (time, other))),
            (Some(_), Some((time, _))) => end.min(first_after(processor, own, (time, other))),
            (None, Some(_)) => return self.run_ahead(own, until, pair, watchers).map(|_| ()),
            (_, None) => end,
        };
        self.run_until(own, end, pair, watchers).map(|_| ())
    }

    /// Takes a core that ran ahead back to the time of an access of the other one.
    fn bring_back(
        &mut self,
        own: usize,
        other: usize,
        cycle: u64,
        pair: &mut Pair,
        watchers: &mut Watchers,
    ) -> Result<(), Broke> {
        let act = (self.processors.all[other].clock.time(cycle), other);
        let processor = &mut self.processors.all[own];
        let end = first_after(processor, own, act);
        if processor.position().is_some_and(|position| position <= end) {
            return Ok(());
        }
        debug_assert!(pair.ahead.as_ref().is_some_and(|ahead| ahead.hemisphere == own));
        if let Some(ahead) = pair.ahead.take() {
            ahead.restore(processor);
            pair.pending[own] = None;
            self.run_core(own, Leave { until: end, shared_before: 0, alone: false }, watchers)?;
        }
        Ok(())
    }

    /// Runs a core.
    fn run_core(&mut self, own: usize, leave: Leave, watchers: &mut Watchers) -> Result<Ran, Broke> {
        let mut all = std::mem::take(&mut self.processors.all);
        let ran = self.run_taken(own, &mut all, leave, watchers);
        self.processors.all = all;
        let at = |chip: &Chip| {
            let processor = &chip.processors.all[own];
            processor.position().map_or(Time::NEVER, |cycle| processor.clock.time(cycle))
        };
        match ran.stop {
            Stop::Break { address } => Err(Broke { hemisphere: own, address: Some(address), at: at(self) }),
            Stop::Ended => Err(Broke { hemisphere: own, address: None, at: at(self) }),
            _ => Ok(ran),
        }
    }

    fn run_taken(&mut self, own: usize, all: &mut [Processor], leave: Leave, watchers: &mut Watchers) -> Ran {
        let (first, second) = all.split_at_mut(1);
        let (processor, other) =
            if own == 0 { (&mut first[0], &mut second[0]) } else { (&mut second[0], &mut first[0]) };
        let mut ran = Ran { stop: Stop::Limit, access: Access::Chip, control_written: false };
        let Some(core) = &mut processor.core else { return ran };
        let mut reporter = Reporter {
            hemisphere: own,
            inner: watchers.observers[own].as_deref_mut(),
            found: ProcessorDiagnostics::default(),
        };
        let mut ports = ChipPorts {
            hemisphere: own,
            sram: Arc::make_mut(&mut processor.sram),
            random: &mut processor.random,
            other,
            chip: self,
            clock: processor.clock,
            pins: processor.pins,
            alone: leave.alone,
            asked: Cell::new(Access::Chip),
            control_written: false,
        };
        ran.stop = core.run(&mut ports, leave.until, leave.shared_before, &mut reporter);
        (ran.access, ran.control_written) = (ports.asked.get(), ports.control_written);
        self.omnibus.diagnostics.processors.absorb(&reporter.found);
        ran
    }
}

/// The first cycle of a core after something that happened elsewhere.
fn first_after(processor: &Processor, own: usize, (time, other): (Time, usize)) -> u64 {
    let end = processor.clock.end(time);
    let same = end.checked_sub(1).is_some_and(|last| processor.clock.time(last) == time);
    if same && own > other { end - 1 } else { end }
}
