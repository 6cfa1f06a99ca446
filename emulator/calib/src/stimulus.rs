//! Events to all neurons at once: one PADI bus of each hemisphere whose drivers all listen to every event, so that one event
//! reaches 64 synapses of every column and the mismatch of single synapses averages out.

use crate::codes;
use crate::error::CalibrationError;
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::synapse::{self, RowMode};
use hx_host::driver::{
    COLUMNS, Configuration, Cycles, Hemisphere, SpikeLabel, TimedBuilder, WriteRegisters, routing,
};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::capmem::CapMemParameter;
use hx_isa::regmap::coordinate::{NeuronEventOutputOnDLS, PADIBusOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{CommonPADIBusConfig, SynapseDriverConfig};

/// Drivers of a bus.
const DRIVERS: usize = 32;
/// Rows of a bus.
const ROWS: f64 = 2.0 * DRIVERS as f64;
/// Largest weight of every synapse at the largest DAC bias.
const WEIGHT: f64 = 2.0;
const LARGEST_BIAS: f64 = 1022.0;
/// Label of the synapses and of the events.
const LABEL: u8 = 0;
/// Time between the events of a burst, unless they are to be spread.
const SPACING: Cycles = Cycles(4);
/// Time an event needs from the FPGA to the synapses beyond that of a register access, at most.
const ARRIVAL: Cycles = Cycles(40);
/// Events of a burst below which weights are made smaller, so that the total can be met.
const GOOD_EVENTS: f64 = 4.0;
/// Time constants between the events of a spread burst.
const SPREAD: f64 = 1.25;
/// Longest burst.
const MOST_EVENTS: f64 = 60.0;

/// Kind of synaptic input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// Raises the membrane potential.
    Excitatory,
    /// Lowers it.
    Inhibitory,
}

impl Polarity {
    /// Both.
    pub const BOTH: [Polarity; 2] = [Polarity::Excitatory, Polarity::Inhibitory];

    /// Bias of the time constant.
    #[must_use]
    pub const fn tau(self) -> &'static CapMemParameter {
        [codes::EXC_TAU, codes::INH_TAU][self as usize]
    }

    /// Bias that balances the input.
    #[must_use]
    pub const fn shift(self) -> &'static CapMemParameter {
        [codes::EXC_SHIFT, codes::INH_SHIFT][self as usize]
    }

    /// Bias of the transconductance.
    #[must_use]
    pub const fn gm(self) -> &'static CapMemParameter {
        [codes::EXC_GM, codes::INH_GM][self as usize]
    }

    /// Readout of the line.
    #[must_use]
    pub const fn line(self) -> ReadoutSource {
        [ReadoutSource::ExcitatoryInput, ReadoutSource::InhibitoryInput][self as usize]
    }

    /// Direction in which it moves a membrane.
    #[must_use]
    pub const fn sign(self) -> f64 {
        [1.0, -1.0][self as usize]
    }

    const fn row_mode(self) -> RowMode {
        [RowMode::Excitatory, RowMode::Inhibitory][self as usize]
    }
}

/// A burst of equal events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stimulus {
    /// Events of a burst.
    events: usize,
    /// Weight of each synapse.
    weight: u8,
    /// Time between events.
    spacing: Cycles,
}

impl Stimulus {
    /// A burst of about this total weight. The weights of the synapses are larger for a smaller DAC bias, so that bursts do not
    /// become long, but small enough that some events come together where the total is small.
    #[must_use]
    pub fn new(dac_bias: u16, total_weight: f64) -> Stimulus {
        let largest =
            (WEIGHT * LARGEST_BIAS / f64::from(dac_bias.max(1))).min(f64::from(synapse::MAX_WEIGHT));
        let weight = (total_weight / (ROWS * GOOD_EVENTS)).min(largest).round().max(1.0);
        let events = (total_weight / (ROWS * weight)).round().clamp(1.0, MOST_EVENTS);
        Stimulus { events: events as usize, weight: weight as u8, spacing: SPACING }
    }

    /// One event that only the correlation sensors see.
    #[must_use]
    pub fn weightless() -> Stimulus {
        Stimulus { events: 1, weight: 0, spacing: SPACING }
    }

    /// The same total weight from events of weight one, spread so that not many share a line that forgets within `tau_us`.
    #[must_use]
    pub fn spread(self, tau_us: f64) -> Stimulus {
        let events = (self.total_weight() / ROWS).round().max(1.0);
        Stimulus {
            events: events as usize,
            weight: 1,
            spacing: Cycles::from_us_f64(SPREAD * tau_us).max(SPACING),
        }
    }

    /// Sum of the weights each neuron receives.
    #[must_use]
    pub fn total_weight(&self) -> f64 {
        self.events as f64 * ROWS * f64::from(self.weight)
    }

    /// Time from the first to the last event, us.
    #[must_use]
    pub fn duration_us(&self) -> f64 {
        (self.spacing * (self.events as u64 - 1)).as_us()
    }

    /// Configures the event path, the drivers of the bus and their synapses.
    ///
    /// # Errors
    /// Never: weight and label are in range.
    pub fn connect(
        &self,
        configuration: &mut Configuration,
        polarity: Polarity,
    ) -> Result<(), CalibrationError> {
        routing::write_crossbar(configuration, &[false; NeuronEventOutputOnDLS::SIZE]);
        routing::write_padi_buses(configuration, 0);
        let mode = polarity.row_mode();
        let frame = synapse::driver(mode, mode).with(field!(SynapseDriverConfig.row_address_compare_mask), 0);
        for hemisphere in Hemisphere::ALL {
            synapse::connect_columns(configuration, hemisphere, &[true; COLUMNS]);
        }
        for driver in drivers() {
            configuration.write(driver, &frame);
            for row in driver.to_rows() {
                synapse::write_weights(configuration, row, &[self.weight; COLUMNS])?;
                synapse::write_labels(configuration, row, &[LABEL; COLUMNS])?;
            }
        }
        Ok(())
    }

    /// Appends the burst and returns when all of it has surely arrived, as if register accesses took no time.
    pub fn burst(&self, timed: &mut TimedBuilder, at: Cycles) -> Cycles {
        for event in 0..self.events {
            for label in labels() {
                timed.spike(at + self.spacing * event as u64, label);
            }
        }
        at + self.spacing * (self.events as u64 - 1) + ARRIVAL
    }
}

/// Switches the drivers of the bus and the buses off.
pub fn disconnect(configuration: &mut Configuration) {
    for driver in drivers() {
        configuration.write(driver, &Frame::<SynapseDriverConfig>::default());
    }
    configuration.write_all(&Frame::<CommonPADIBusConfig>::zero());
}

/// The bus used in each hemisphere.
pub fn buses() -> impl Iterator<Item = PADIBusOnDLS> {
    PADIBusOnDLS::all().filter(|bus| bus.bus() == 0)
}

fn drivers() -> impl Iterator<Item = SynapseDriverOnDLS> {
    buses().flat_map(|bus| (0..DRIVERS).map(move |index| bus.to_driver(index)))
}

fn labels() -> impl Iterator<Item = SpikeLabel> {
    buses().map(|bus| routing::to_driver(bus.to_driver(0), LABEL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_carry_the_weight_asked_for() {
        let stimulus = Stimulus::new(1022, 1600.0);
        assert_eq!((stimulus.events, stimulus.weight), (13, 2));
        assert_eq!(stimulus.total_weight(), 1664.0);
        assert_eq!(Stimulus::new(600, 128.0), Stimulus { events: 2, weight: 1, spacing: SPACING });
        assert_eq!(Stimulus::new(30, 54_000.0).weight, 63);
        assert_eq!(Stimulus::new(1022, 1.0).events, 1);
        let spread = Stimulus::new(1022, 1600.0).spread(0.32);
        assert_eq!((spread.events, spread.weight, spread.spacing), (26, 1, Cycles(50)));
    }

    #[test]
    fn one_event_reaches_both_hemispheres() {
        let drivers: Vec<_> = drivers().collect();
        assert_eq!((drivers.len(), drivers[1].d(), drivers[32].s()), (64, 4, 1));
        let labels: Vec<_> = labels().map(|label| (label.spl1_address(), label.hemisphere_bit())).collect();
        assert_eq!(labels, [(0, 0), (0, 1)]);
    }
}
