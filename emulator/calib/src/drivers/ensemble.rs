//! The deflections of the synaptic lines by every driver: all drivers of a bus at a time, each heard by columns of its own.

use super::{DRIVERS, DriverCodes, FULL_LSB, LARGEST_ACTIVATION};
use crate::bench::{Bench, SWEEP, Sweep, sweep};
use crate::codes;
use crate::error::CalibrationError;
use crate::search::Span;
use crate::synaptic::line_lsb_per_weight;
use crate::{NEURONS, Targets};
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::synapse::{self, MAX_WEIGHT, RowMode};
use hx_host::driver::{
    COLUMNS, Configuration, Cycles, Hemisphere, ProgramBuilder, SpikeLabel, TimedBuilder, WriteRegisters,
    routing,
};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{NeuronEventOutputOnDLS, PADIBusOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{CommonPADIBusConfig, CommonSTPConfig, SynapseDriverConfig};

/// Drivers of a bus, and buses of a hemisphere.
const DRIVERS_OF_BUS: usize = 32;
const BUSES: usize = 4;
/// Rows of a driver, both of which send.
const ROWS: f64 = 2.0;
/// Time constant of the lines while they are read, us: slow against a conversion.
const LINE_TAU_US: f64 = 10.0;
/// Time from the events to the instant at which their deflection is compared, us.
const READ_US: f64 = 1.4;
/// Its time constants until a deflection is forgotten.
const FORGET: f64 = 14.0;
/// Time between the events of a burst.
const SPACING: Cycles = Cycles(4);
/// Time an event needs to the synapses beyond that of a register access, at most.
const ARRIVAL: Cycles = Cycles(40);
/// Events after which a driver has forgotten where its voltage started, and the time between them.
const WARM_UP: u64 = 40;
const WARM_UP_SPACING: Cycles = Cycles::from_us(1);
/// Column by which the mapping of the drivers is moved for an independent look at the result.
const CHECK_ROTATION: usize = 13;

/// What sets the length of the pulses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PulseLength {
    /// The voltage of the plasticity.
    Plasticity,
    /// An activation, 1 to 31.
    Activation(u8),
}

/// What an activation is sent as: the low bits of the label, inverted (electronicvisions haldls: include/haldls/vx/padi.h).
#[must_use]
pub const fn activation_label(activation: u8) -> u8 {
    (LARGEST_ACTIVATION + 1).saturating_sub(activation)
}

/// Measures the deflections of the lines by every driver. The readout must be free; synapses and drivers are overwritten.
#[derive(Debug, Clone, Copy)]
pub struct Ensemble<'c> {
    /// Offsets of the drivers.
    codes: &'c DriverCodes,
    /// Which column hears which driver.
    rotation: usize,
    /// Events of a burst.
    events: u64,
}

impl<'c> Ensemble<'c> {
    /// For these targets.
    #[must_use]
    pub fn new(targets: &Targets, codes: &'c DriverCodes) -> Ensemble<'c> {
        let of_event = ROWS * f64::from(MAX_WEIGHT) * line_lsb_per_weight(targets);
        let read = of_event * libm::exp(-READ_US / LINE_TAU_US);
        Ensemble { codes, rotation: 0, events: (FULL_LSB / read).round().max(1.0) as u64 }
    }

    /// The same with every driver heard by other columns.
    #[must_use]
    pub fn rotated(self) -> Ensemble<'c> {
        Ensemble { rotation: CHECK_ROTATION, ..self }
    }

    /// Deflections by every driver for these lengths of its pulses, LSB.
    ///
    /// # Errors
    /// When a measurement fails.
    pub fn measure<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        lengths: &[PulseLength],
        sweeps: usize,
    ) -> Result<Vec<Vec<f64>>, CalibrationError> {
        let tau = bench.codes().get(codes::EXC_TAU).to_vec();
        let slower = bench.tau_syn_us / LINE_TAU_US;
        let slow: Vec<u16> = tau.iter().map(|&code| Span::FULL.nearest(slower * f64::from(code))).collect();
        bench.set(codes::EXC_TAU, &slow)?;
        bench.set_neurons(bench.settings.silent_neuron(), ReadoutSource::ExcitatoryInput);
        let mut found = Vec::new();
        for &length in lengths {
            self.connect(&mut bench.configuration, length)?;
            found.push(self.deflections(bench, length, sweeps)?);
        }
        bench.set(codes::EXC_TAU, &tau)?;
        disconnect(&mut bench.configuration);
        bench.set_neurons(bench.settings.silent_neuron(), ReadoutSource::Membrane);
        Ok(found)
    }

    fn connect(
        &self,
        configuration: &mut Configuration,
        length: PulseLength,
    ) -> Result<(), CalibrationError> {
        routing::write_crossbar(configuration, &[false; NeuronEventOutputOnDLS::SIZE]);
        routing::write_padi_buses(configuration, 0);
        // Nothing recovers while it is measured: events alone set the voltage.
        configuration.write_all(&Frame::<CommonSTPConfig>::zero());
        for hemisphere in Hemisphere::ALL {
            synapse::connect_columns(configuration, hemisphere, &[true; COLUMNS]);
        }
        let frame = driver(length);
        for at in SynapseDriverOnDLS::all() {
            configuration.write(at, &self.codes.tuned(at, frame));
            let weights = std::array::from_fn(|column| {
                if heard_by(column, self.rotation) == at.index_on_bus() { MAX_WEIGHT } else { 0 }
            });
            for row in at.to_rows() {
                synapse::write_weights(configuration, row, &weights)?;
                synapse::write_labels(configuration, row, &[0; COLUMNS])?;
            }
        }
        Ok(())
    }

    fn deflections<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        length: PulseLength,
        sweeps: usize,
    ) -> Result<Vec<f64>, CalibrationError> {
        let label = match length {
            PulseLength::Plasticity => 0,
            PulseLength::Activation(activation) => activation_label(activation),
        };
        let mut builder = bench.begin();
        warm_up(&mut builder, label);
        let mut timed = builder.timed();
        let mut tickets: [(Vec<Sweep>, Vec<Sweep>); BUSES] = Default::default();
        let mut now = SWEEP;
        for _ in 0..sweeps {
            for (bus, (rest, deflected)) in tickets.iter_mut().enumerate() {
                rest.push(sweep(&mut timed, now));
                let begin = now + SWEEP;
                let arrived = self.burst(&mut timed, begin, bus, label);
                deflected.push(sweep(&mut timed, arrived));
                now = arrived + SWEEP + Cycles::from_us_f64(FORGET * LINE_TAU_US);
            }
        }
        timed.finish();
        let responses = bench.run(builder)?;
        let mut by_driver = vec![f64::NAN; DRIVERS];
        for (bus, (rest, deflected)) in tickets.iter().enumerate() {
            let (rest, deflected) = (bench.samples(&responses, rest)?, bench.samples(&responses, deflected)?);
            let deflection: Vec<f64> = (0..NEURONS).map(|n| rest.lsb[n] - deflected.lsb[n]).collect();
            for at in SynapseDriverOnDLS::all().filter(|at| at.to_padi_bus().bus() == bus) {
                let heard =
                    (0..COLUMNS).filter(|&column| heard_by(column, self.rotation) == at.index_on_bus());
                by_driver[at.to_enum()] = middle(heard.map(|column| deflection[COLUMNS * at.s() + column]));
            }
        }
        Ok(by_driver)
    }

    fn burst(&self, timed: &mut TimedBuilder, at: Cycles, bus: usize, label: u8) -> Cycles {
        for event in 0..self.events {
            for label in labels(bus, label) {
                timed.spike(at + SPACING * event, label);
            }
        }
        at + SPACING * (self.events - 1) + ARRIVAL
    }
}

/// Driver of every bus that a column hears: mirrored halves, so that all drivers are heard at the same mean distance.
fn heard_by(column: usize, rotation: usize) -> usize {
    let mirrored = if column < COLUMNS / 2 { column } else { COLUMNS - 1 - column };
    (mirrored + rotation) % DRIVERS_OF_BUS
}

/// Mean without the smallest and the largest.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let kept = sorted.get(1..sorted.len().saturating_sub(1)).unwrap_or_default();
    kept.iter().sum::<f64>() / kept.len() as f64
}

fn driver(length: PulseLength) -> Frame<SynapseDriverConfig> {
    let excites = RowMode::Excitatory;
    let frame = synapse::driver(excites, excites)
        .with(field!(SynapseDriverConfig.row_address_compare_mask), 0)
        .with(field!(SynapseDriverConfig.enable_stp), 1);
    match length {
        PulseLength::Plasticity => frame,
        PulseLength::Activation(_) => frame
            .with(field!(SynapseDriverConfig.enable_hagen_dac), 1)
            .with(field!(SynapseDriverConfig.enable_hagen_modulation), 1)
            .with(field!(SynapseDriverConfig.enable_address_out), 0),
    }
}

fn disconnect(configuration: &mut Configuration) {
    for at in SynapseDriverOnDLS::all() {
        configuration.write(at, &Frame::<SynapseDriverConfig>::default());
        for row in at.to_rows() {
            // Weights of zero are always in range.
            let _ = synapse::write_weights(configuration, row, &[0; COLUMNS]);
        }
    }
    configuration.write_all(&Frame::<CommonPADIBusConfig>::zero());
}

fn labels(bus: usize, label: u8) -> impl Iterator<Item = SpikeLabel> {
    let buses = PADIBusOnDLS::all().filter(move |at| at.bus() == bus);
    buses.map(move |at| routing::to_driver(at.to_driver(0), label))
}

/// Events after which voltages of the plasticity are where they stay.
fn warm_up(builder: &mut ProgramBuilder, label: u8) {
    let mut timed = builder.timed();
    for event in 0..WARM_UP {
        for bus in 0..BUSES {
            for label in labels(bus, label) {
                timed.spike(WARM_UP_SPACING * (event + 1), label);
            }
        }
    }
    timed.finish();
    builder.wait(Cycles::from_us_f64(FORGET * LINE_TAU_US));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_is_heard_by_eight_columns_of_both_halves() {
        for rotation in [0, CHECK_ROTATION] {
            for driver in 0..DRIVERS_OF_BUS {
                let heard: Vec<usize> = (0..COLUMNS).filter(|&c| heard_by(c, rotation) == driver).collect();
                assert_eq!(heard.len(), 8);
                assert_eq!(heard.iter().filter(|&&column| column < 128).count(), 4);
                assert_eq!(heard.iter().sum::<usize>(), 4 * 255, "{rotation} {driver}");
            }
        }
    }

    #[test]
    fn outermost_columns_do_not_count() {
        assert_eq!(middle([9.0, 1.0, 2.0, 3.0, -50.0].into_iter()), 2.0);
        assert!(middle([].into_iter()).is_nan());
    }

    #[test]
    fn activations_are_sent_inverted() {
        assert_eq!([1, 31].map(activation_label), [31, 1]);
        let frame = driver(PulseLength::Activation(3));
        assert!(!frame.is_set(field!(SynapseDriverConfig.enable_address_out)));
    }
}
