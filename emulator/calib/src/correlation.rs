//! The correlation sensors of every quadrant: ramp bias (time constant) and store bias (amplitude) with which the median sensor
//! is at its targets.
//!
//! Pairs of an event and a post pulse at two delays, accumulated by the sensors of some rows and read against what these read
//! after a reset, give both numbers of every sensor in closed form (electronicvisions calix:
//! src/py/calix/spiking/correlation.py and correlation_measurement.py). Post pulses come from BlockPostPulse, so that all
//! columns see them at once and no neuron needs to fire.

use crate::bench::{Bench, SWEEP, Sweep, sweep_rows};
use crate::codes::{self, BLOCKS, NEURONS_PER_BLOCK};
use crate::error::CalibrationError;
use crate::features::CorrelationTargets;
use crate::search::{Law, Reading, Span, Tuning, median};
use crate::stimulus::{self, Polarity, Stimulus};
use hx_host::driver::cadc::{CadcSource, configure_cadc};
use hx_host::driver::{COLUMNS, Cycles, Hemisphere, ProgramBuilder, Responses, TimedBuilder, WriteRegisters};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BlockPostPulseOnDLS, CorrelationResetOnDLS, SynapseDriverOnDLS, SynapseRowOnDLS,
};
use hx_isa::regmap::register::{BlockPostPulse, CorrelationReset, NeuronBackendConfig, SynapseDriverConfig};

/// Delays of the pairs, in time constants: where noise of both readings costs little.
const DELAYS: [f64; 2] = [0.25, 1.25];
/// Time between pairs, in time constants: even slow sensors forget the pair before.
const APART: f64 = 14.0;
/// What the sensors are to accumulate without delay, LSB: far from what they can hold.
const ACCUMULATED: f64 = 50.0;
/// By how much an event reaches the synapses later than a post pulse written at the same time, us.
const EVENT_DELAY_US: f64 = 0.08;
/// Time a reset of all rows takes, and the settling of the sensors' outputs.
const RESET: Cycles = Cycles::from_us(20);
/// Conversions per reading.
const SWEEPS: usize = 3;
/// Least accumulated at the two delays that says something, LSB.
const LEAST: [f64; 2] = [3.0, 1.0];
/// Codes of both biases: below a store bias of 50 the baselines become invalid.
const RAMP_SPAN: Span = Span { low: 10, high: 1022 };
const STORE_SPAN: Span = Span { low: 50, high: 1022 };
/// Measurements of the search.
const ROUNDS: usize = 4;
/// Quads of a row.
const QUADS: usize = COLUMNS / 4;
/// Drivers (on their bus) whose bottom rows are measured.
pub const CALIBRATED: [usize; 8] = [1, 5, 9, 13, 17, 21, 25, 29];
/// Others, for an independent look at the result.
pub const CHECKED: [usize; 8] = [3, 7, 11, 15, 19, 23, 27, 31];

/// What was measured of many sensors; a sensor that shows nothing has NaN. By quadrant, both branches.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensors {
    /// Time constants, us.
    pub tau_us: [Vec<f64>; BLOCKS],
    /// Accumulated per pair without delay, LSB.
    pub eta_lsb: [Vec<f64>; BLOCKS],
}

impl Sensors {
    fn medians(values: &[Vec<f64>; BLOCKS]) -> [f64; BLOCKS] {
        std::array::from_fn(|block| median(values[block].iter().copied()))
    }
}

/// Which of the two comes first in a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    EventFirst,
    PulseFirst,
}

/// Finds the biases of all quadrants. Returns the quadrants whose median sensor stays off its targets by more than
/// `tolerance`, relatively.
///
/// # Errors
/// When a measurement fails.
pub fn calibrate<S: Setup>(
    bench: &mut Bench<S>,
    targets: &CorrelationTargets,
    tolerance: f64,
) -> Result<Vec<usize>, CalibrationError> {
    let search = |parameter, span| Tuning::new(Law::Inverse, bench.codes().get(parameter), span);
    let mut ramp = search(codes::CORRELATION_RAMP, RAMP_SPAN);
    let mut store = search(codes::CORRELATION_STORE, STORE_SPAN);
    for _ in 0..ROUNDS {
        bench.set(codes::CORRELATION_RAMP, ramp.codes())?;
        bench.set(codes::CORRELATION_STORE, store.codes())?;
        let found = measure(bench, targets, &CALIBRATED)?;
        let readings = |medians: [f64; BLOCKS]| medians.map(|observed| Reading { observed, trusted: true });
        ramp.update(readings(Sensors::medians(&found.tau_us)), 1.0, |_| targets.tau_us);
        store.update(readings(Sensors::medians(&found.eta_lsb)), 1.0, |_| targets.eta_lsb);
    }
    bench.set(codes::CORRELATION_RAMP, ramp.codes())?;
    bench.set(codes::CORRELATION_STORE, store.codes())?;
    let near = |expected: f64, target: f64| (expected / target - 1.0).abs() <= tolerance;
    let (tau, eta) = (ramp.expected(), store.expected());
    let off = |&block: &usize| !(near(tau[block], targets.tau_us) && near(eta[block], targets.eta_lsb));
    Ok((0..BLOCKS).filter(off).collect())
}

/// Measures the sensors of the bottom rows of some drivers of bus 0, both branches of all columns, and leaves the converter
/// with the neurons.
///
/// # Errors
/// When a measurement fails.
pub fn measure<S: Setup>(
    bench: &mut Bench<S>,
    targets: &CorrelationTargets,
    drivers: &[usize],
) -> Result<Sensors, CalibrationError> {
    let mut rig = Rig::new(targets, drivers);
    rig.connect(bench)?;
    let mut found = Sensors { tau_us: Default::default(), eta_lsb: Default::default() };
    for order in [Order::EventFirst, Order::PulseFirst] {
        let near = rig.accumulated(bench, order, DELAYS[0])?;
        let far = rig.accumulated(bench, order, DELAYS[1])?;
        for (sensor, (near, far)) in near.into_iter().zip(far).enumerate() {
            let (hemisphere, column) = (sensor / COLUMNS % 2, sensor % COLUMNS);
            let block = 2 * hemisphere + column / NEURONS_PER_BLOCK;
            let (tau_us, eta_lsb) = rig.kernel(order, near, far);
            found.tau_us[block].push(tau_us);
            found.eta_lsb[block].push(eta_lsb);
        }
    }
    rig.disconnect(bench);
    Ok(found)
}

/// Sends pairs and reads sensors.
struct Rig {
    tau_us: f64,
    pairs: usize,
    /// Bottom rows of the measured drivers, by hemisphere.
    rows: Vec<[SynapseRowOnDLS; 2]>,
    stimulus: Stimulus,
}

impl Rig {
    fn new(targets: &CorrelationTargets, drivers: &[usize]) -> Rig {
        let row = |index: usize, hemisphere: usize| {
            stimulus::buses()
                .nth(hemisphere)
                .map_or_else(SynapseRowOnDLS::default, |bus| bus.to_driver(index).to_rows()[0])
        };
        Rig {
            tau_us: targets.tau_us,
            pairs: (ACCUMULATED / targets.eta_lsb).round() as usize,
            rows: drivers.iter().map(|&index| [row(index, 0), row(index, 1)]).collect(),
            stimulus: Stimulus::weightless(),
        }
    }

    fn connect<S: Setup>(&mut self, bench: &mut Bench<S>) -> Result<(), CalibrationError> {
        self.stimulus.connect(&mut bench.configuration, Polarity::Excitatory)?;
        // Sensors that nobody reads need not see anything.
        let measured = |at: &SynapseDriverOnDLS| self.rows.iter().flatten().any(|row| row.to_driver() == *at);
        for at in SynapseDriverOnDLS::all().filter(|at| !measured(at)) {
            bench.configuration.write(at, &Frame::<SynapseDriverConfig>::default());
        }
        configure_cadc(&mut bench.configuration, CadcSource::Correlation);
        overwrite_post_pulses(bench, true);
        Ok(())
    }

    fn disconnect<S: Setup>(&self, bench: &mut Bench<S>) {
        stimulus::disconnect(&mut bench.configuration);
        configure_cadc(&mut bench.configuration, CadcSource::Neurons);
        overwrite_post_pulses(bench, false);
    }

    /// What every sensor accumulated from all pairs, LSB: rows, hemispheres, columns in this order. The branch is the one
    /// that sees this order.
    fn accumulated<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        order: Order,
        delay: f64,
    ) -> Result<Vec<f64>, CalibrationError> {
        let mut builder = bench.begin();
        // The sensor remembers the last of both for ever: this makes it the second of a pair.
        let mut timed = builder.timed();
        self.second(&mut timed, order, Cycles::from_us(1));
        timed.finish();
        builder.wait(RESET);
        self.reset(&mut builder);
        let before = self.read(&mut builder);
        let mut timed = builder.timed();
        for pair in 0..self.pairs {
            let at = Cycles::from_us_f64(1.0 + APART * self.tau_us * pair as f64);
            self.first(&mut timed, order, at);
            self.second(&mut timed, order, at + Cycles::from_us_f64(delay * self.tau_us));
        }
        timed.finish();
        builder.wait(Cycles::from_us_f64(APART * self.tau_us));
        let after = self.read(&mut builder);
        let responses = bench.run(builder)?;
        let (before, after) = (mean(&responses, &before, order)?, mean(&responses, &after, order)?);
        Ok(before.into_iter().zip(after).map(|(before, after)| before - after).collect())
    }

    fn first(&self, timed: &mut TimedBuilder, order: Order, at: Cycles) {
        match order {
            Order::EventFirst => drop(self.stimulus.burst(timed, at)),
            Order::PulseFirst => timed.at(at, post_pulse),
        }
    }

    fn second(&self, timed: &mut TimedBuilder, order: Order, at: Cycles) {
        match order {
            Order::EventFirst => timed.at(at, post_pulse),
            Order::PulseFirst => drop(self.stimulus.burst(timed, at)),
        }
    }

    fn reset(&self, builder: &mut ProgramBuilder) {
        for row in self.rows.iter().flatten() {
            for quad in 0..QUADS {
                if let Ok(at) = CorrelationResetOnDLS::new(row.s(), row.row(), quad) {
                    builder.write(at, &Frame::<CorrelationReset>::zero());
                }
            }
        }
        builder.wait(RESET);
    }

    fn read(&self, builder: &mut ProgramBuilder) -> Vec<[Sweep; SWEEPS]> {
        let mut timed = builder.timed();
        let mut at = SWEEP;
        let tickets = self.rows.iter().map(|&rows| {
            std::array::from_fn(|_| {
                at += SWEEP;
                sweep_rows(&mut timed, at, rows)
            })
        });
        let tickets = tickets.collect();
        timed.finish();
        tickets
    }

    /// Time constant and amplitude from what was accumulated at both delays.
    fn kernel(&self, order: Order, near: f64, far: f64) -> (f64, f64) {
        if near < LEAST[0] || far < LEAST[1] || far >= near {
            return (f64::NAN, f64::NAN);
        }
        let tau_us = (DELAYS[1] - DELAYS[0]) * self.tau_us / libm::log(near / far);
        let late_us = match order {
            Order::EventFirst => -EVENT_DELAY_US,
            Order::PulseFirst => EVENT_DELAY_US,
        };
        let delay_us = DELAYS[0] * self.tau_us + late_us;
        (tau_us, near / self.pairs as f64 * libm::exp(delay_us / tau_us))
    }
}

/// Means over conversions of the branch that sees this order.
fn mean(responses: &Responses, rows: &[[Sweep; SWEEPS]], order: Order) -> Result<Vec<f64>, CalibrationError> {
    let mut means = vec![0.0; rows.len() * Hemisphere::ALL.len() * COLUMNS];
    for (means, sweeps) in means.chunks_mut(Hemisphere::ALL.len() * COLUMNS).zip(rows) {
        for (hemisphere, ticket) in sweeps.iter().flat_map(|sweep| sweep.iter().enumerate()) {
            let row = responses.get(ticket)?.value;
            let codes = if order == Order::EventFirst { row.causal } else { row.acausal };
            let means = means[COLUMNS * hemisphere..].iter_mut();
            means.zip(codes).for_each(|(mean, code)| *mean += f64::from(code) / SWEEPS as f64);
        }
    }
    Ok(means)
}

fn post_pulse(program: &mut ProgramBuilder) {
    for block in BlockPostPulseOnDLS::all() {
        program.write(block, &Frame::<BlockPostPulse>::zero());
    }
}

/// Takes the post pulses of all neurons from BlockPostPulse, or from their fires again.
fn overwrite_post_pulses<S: Setup>(bench: &mut Bench<S>, overwritten: bool) {
    for neuron in AtomicNeuronOnDLS::all() {
        bench.configuration.update::<NeuronBackendConfig>(neuron.to_neuron_backend_config(), |frame| {
            frame.set(field!(NeuronBackendConfig.post_overwrite), u32::from(overwritten));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_delays_give_the_kernel() {
        let rig = Rig::new(&CorrelationTargets::default(), &CALIBRATED);
        assert_eq!((rig.pairs, rig.rows.len()), (100, 8));
        let (eta_lsb, tau_us) = (0.4, 6.5);
        let accumulated =
            |delay: f64| 100.0 * eta_lsb * libm::exp(-(delay * rig.tau_us - EVENT_DELAY_US) / tau_us);
        let (found_us, found_lsb) =
            rig.kernel(Order::EventFirst, accumulated(DELAYS[0]), accumulated(DELAYS[1]));
        assert!((found_us - tau_us).abs() < 1e-9 && (found_lsb - eta_lsb).abs() < 1e-9);
        assert!(rig.kernel(Order::PulseFirst, 1.0, 0.5).0.is_nan());
    }

    #[test]
    fn rows_belong_to_both_hemispheres() {
        let rig = Rig::new(&CorrelationTargets::default(), &CHECKED);
        assert_eq!(rig.rows[0].map(|row| (row.s(), row.row())), [(0, 24), (1, 24)]);
    }
}
