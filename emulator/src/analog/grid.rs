//! Running a neuron in the throughput mode: on the chip's grid while nothing is about to happen, else by its integrator.

use super::description::Description;
use super::neuron::{Action, NeuronTask, Phase, Running};
use super::{AnalogError, Trace};
use hx_chip::neuron::Voltages;
use hx_chip::neuron::grid::array::{Grid, Quiet, gentle_below_v};
use hx_chip::neuron::group::{Accuracy, Group, GroupSetup, MemberVoltages};
use hx_chip::time::Time;

/// Step of the grid, base ticks: 80 ns, as on the chip with its default latencies.
const STEP: u64 = 80_000;
const TICKS_PER_US: f64 = 1e6;
/// Distance below the threshold at which a neuron leaves the grid, and the further one at which it comes back, V.
const MARGIN_V: f64 = 1e-3;
const HYSTERESIS_V: f64 = 2e-3;

/// Whether a neuron has a fast path: one membrane with current-based inputs.
pub fn applies(task: &NeuronTask) -> bool {
    let inputs = task.setup.members.iter().flat_map(|member| member.circuit.inputs);
    task.setup.members.len() == 1 && inputs.into_iter().all(|input| input.coba.is_none())
}

/// Runs a neuron.
///
/// # Errors
/// When it takes too many steps or has too many spikes.
pub fn run(task: &NeuronTask, description: &Description) -> Result<Trace, AnalogError> {
    // Whoever asks for one circuit wants its spikes exact where it is not on the grid: errors may grow from spike to spike.
    let accuracy = Accuracy { tolerance_v: 1e-11, ..Accuracy::CHIP };
    let setup = GroupSetup { accuracy, ..task.setup.clone() };
    let mut running = Running::new(task, &setup, description);
    let mut grid = Grid::new(1, STEP, 0);
    let duration = (description.duration_us * TICKS_PER_US) as u64;
    // Neither inputs at the very beginning nor an end within a step are the grid's business.
    running.run_to(0.0)?;
    while grid.end() <= duration {
        step(&mut grid, &mut running)?;
    }
    if grid.holds(0) {
        let at = Time(grid.now());
        running.group.restart(member(&grid.unpark(0)), at);
    }
    running.run_to(description.duration_us)?;
    Ok(running.finish())
}

/// Carries a neuron to the end of the grid's step.
fn step(grid: &mut Grid, running: &mut Running<'_>) -> Result<(), AnalogError> {
    let (begin, end_us) = (grid.now(), grid.end() as f64 / TICKS_PER_US);
    let parks = (!grid.holds(0) && !changes(running, end_us)).then(|| quiet(running, grid)).flatten();
    if let Some(quiet) = parks {
        let of = running.group.voltages(0);
        let state = Voltages { v: of.v, x_e: of.x[0], x_i: of.x[1], v_w: of.v_w };
        grid.park(0, &running.circuits[0], &state, &quiet);
    }
    if !grid.holds(0) {
        running.run_to(end_us)?;
        grid.finish();
        return Ok(());
    }
    let before = grid.state(0);
    let mut leaving = Vec::new();
    if changes(running, end_us) {
        leaving.push((0, grid.unpark(0)));
    } else {
        deliver(grid, running, end_us);
        grid.advance(&mut leaving);
    }
    match leaving.pop() {
        Some((_, state)) => {
            running.group.restart(member(&state), Time(begin));
            running.run_to(end_us)?;
        }
        None => settle(running, &before, begin, end_us)?,
    }
    grid.finish();
    Ok(())
}

/// Whether the constant current changes by `end_us`, which the grid knows nothing of.
fn changes(running: &Running<'_>, end_us: f64) -> bool {
    let ahead = running.task.actions[running.next_action..].iter().take_while(|action| action.0 <= end_us);
    ahead.into_iter().any(|action| matches!(action.1, Action::Constant { .. }))
}

/// How the neuron may be carried on the grid now.
fn quiet(running: &Running<'_>, grid: &Grid) -> Option<Quiet> {
    let worthwhile = grid.now() + 4 * STEP;
    let ticks = |us: f64| (us * TICKS_PER_US) as u64;
    let never = f64::INFINITY;
    let (in_reset, level_v, until) = match running.phase {
        Phase::Reset { release_us, .. } => (true, never, ticks(release_us)),
        Phase::FreedInPeriod { end_us } => (false, never, ticks(end_us)),
        Phase::Free => {
            let threshold = running.task.spiking.map_or(never, |spiking| spiking.threshold_v);
            (false, threshold - MARGIN_V, u64::MAX)
        }
    };
    let level_v = level_v.min(gentle_below_v(&running.circuits[0], STEP as f64 / TICKS_PER_US));
    let low = in_reset || running.group.voltages(0).v < level_v - HYSTERESIS_V;
    (low && until > worthwhile).then_some(Quiet { in_reset, level_v, until })
}

/// Hands the grid the inputs of the step; they stay to be acted on if the neuron leaves.
fn deliver(grid: &mut Grid, running: &Running<'_>, end_us: f64) {
    let ahead = running.task.actions[running.next_action..].iter().take_while(|action| action.0 <= end_us);
    for (at_us, action) in ahead {
        if let Action::Jump { line, ua, .. } = *action {
            let mut dx = [0.0; 2];
            dx[line] = ua;
            grid.deliver(0, &dx[..1], &dx[1..], (at_us * TICKS_PER_US) as u64);
        }
    }
}

/// The neuron stayed on the grid: its samples within the step, and the inputs behind it.
fn settle(running: &mut Running<'_>, before: &Voltages, begin: u64, end_us: f64) -> Result<(), AnalogError> {
    let sampled = running.instant().is_some_and(|instant| instant < end_us);
    let mut copy: Option<Group> = sampled.then(|| running.group.clone());
    if let Some(copy) = &mut copy {
        copy.restart(member(before), Time(begin));
    }
    while let Some((at_us, action)) = running.action().filter(|action| action.0 <= end_us) {
        running.next_action += 1;
        if let (Some(copy), Action::Jump { line, ua, .. }) = (&mut copy, action) {
            running.sample(copy.clone(), at_us)?;
            copy.advance_us(at_us, &mut running.scratch);
            let mut dx = [0.0; 2];
            dx[line] = ua;
            copy.deliver(0, dx);
        }
    }
    if let Some(copy) = copy {
        running.sample(copy, end_us)?;
    }
    running.now_us = end_us;
    Ok(())
}

fn member(of: &Voltages) -> MemberVoltages {
    of.into()
}
