//! Synapse drivers whose pulses vary in length: short-term plasticity and vector-matrix mode in the chip.
//!
//! A driver's voltage is brought up to date only when an event reaches it or when something it follows changes. Buses without
//! such a driver take the way of `advance.rs`, which knows the effect of an address as a whole; here the effect of each driver
//! at its full pulse length is kept, and an event scales and adds those of the drivers that accept it.

use super::network::PadiArrival;
use super::{Chip, decode};
use crate::analog::driver::PulseModulation;
use crate::analog::transfer;
use crate::omnibus::BitSet;
use crate::synapse::delivery::{COLUMNS, Delivery};
use crate::synapse::{DRIVERS_PER_BUS, PadiAddress, Stp};
use crate::time::Time;
use hx_isa::regmap::register::CommonSTPConfig;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// PADI buses of a hemisphere.
const BUSES: usize = 4;
/// Drivers of a hemisphere.
const DRIVERS: usize = BUSES * DRIVERS_PER_BUS;

/// What makes the pulses of all drivers, by `128*hemisphere + driver`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pulses {
    modulation: Arc<Vec<PulseModulation>>,
    /// Voltages; `None`: no event since short-term plasticity was switched on, hence at the recovery potential.
    stp: Arc<Vec<Option<Stp>>>,
    /// Bit per bus of a hemisphere: it has a listening driver whose pulses vary.
    varying: [u8; 2],
}

impl Default for Pulses {
    fn default() -> Self {
        Pulses {
            modulation: Arc::new(vec![PulseModulation { off: true, ..Default::default() }; 2 * DRIVERS]),
            stp: Arc::new(vec![None; 2 * DRIVERS]),
            varying: [0; 2],
        }
    }
}

impl Pulses {
    /// Whether a bus (0 to 3) of a hemisphere has a listening driver whose pulses vary.
    #[inline]
    pub fn vary(&self, hemisphere: usize, bus: u8) -> bool {
        self.varying[hemisphere] >> bus & 1 == 1
    }

    /// Replaces what makes the pulses of a driver from `at` on.
    fn set(&mut self, driver: usize, modulation: PulseModulation, at: Time) {
        let old = self.modulation[driver];
        if old == modulation {
            return;
        }
        if let Some(stp) = self.stp[driver] {
            let switched_on = old.off && !modulation.off;
            let mut stp = stp;
            stp.relax(at, &old.dynamics);
            Arc::make_mut(&mut self.stp)[driver] = (!switched_on).then_some(stp);
        }
        Arc::make_mut(&mut self.modulation)[driver] = modulation;
    }

    /// An event with these label bits at a driver: the share of the full pulse length.
    fn fraction(&mut self, driver: usize, label: u8, at: Time) -> f64 {
        let modulation = &self.modulation[driver];
        if modulation.off {
            return 1.0;
        }
        if let Some(converter) = modulation.activation {
            return modulation.activated(converter, label);
        }
        let stp = &mut Arc::make_mut(&mut self.stp)[driver];
        let rested = Stp::recovered(&modulation.dynamics, at);
        modulation.gain * stp.get_or_insert(rested).utilise(at, &modulation.dynamics, &modulation.ramp)
    }
}

/// Line deflections of a hemisphere that drivers add up to.
struct Sum {
    /// First column that is reached.
    first: usize,
    /// One past the last.
    end: usize,
    dx: [[f64; COLUMNS]; 2],
}

impl Sum {
    fn new() -> Sum {
        Sum { first: COLUMNS, end: 0, dx: [[0.0; COLUMNS]; 2] }
    }

    fn add(&mut self, delivery: &Delivery, scale: f64) {
        let range = delivery.first..delivery.first + delivery.dx_e.len();
        if range.is_empty() {
            return;
        }
        for (sum, dx) in self.dx.iter_mut().zip([&delivery.dx_e, &delivery.dx_i]) {
            sum[range.clone()].iter_mut().zip(dx).for_each(|(sum, dx)| *sum += scale * dx);
        }
        self.first = self.first.min(range.start);
        self.end = self.end.max(range.end);
    }
}

impl Chip {
    /// Carries an event to the synapses of a bus with drivers whose pulses vary.
    pub(super) fn deliver_varying(&mut self, arrival: PadiArrival) {
        let PadiArrival { at, hemisphere, address } = arrival;
        let hemisphere = usize::from(hemisphere);
        let mut sum = Sum::new();
        for index in 0..DRIVERS_PER_BUS {
            let driver = BUSES * index + usize::from(address.bus);
            let settings = self.drivers[DRIVERS * hemisphere + driver];
            if !settings.accepts(index, address.row_select) {
                continue;
            }
            let scale = self.pulse_scale(hemisphere, driver, address, at);
            if scale == 0.0 {
                continue;
            }
            let mut cache = std::mem::take(&mut self.deliveries[hemisphere]);
            let delivery =
                cache.of_driver(driver, settings.forwarded(address.label), &self.synapses(hemisphere));
            self.deliveries[hemisphere] = cache;
            sum.add(&delivery, scale);
        }
        if sum.first < sum.end {
            let [dx_e, dx_i] = [0, 1].map(|line: usize| &sum.dx[line][sum.first..sum.end]);
            self.deliver_charges(COLUMNS * hemisphere + sum.first, dx_e, dx_i, at, address.label);
        }
    }

    /// Length of the pulse a driver makes of an event over the full one of its bus.
    fn pulse_scale(&mut self, hemisphere: usize, driver: usize, address: PadiAddress, at: Time) -> f64 {
        let fraction = self.pulses.fraction(DRIVERS * hemisphere + driver, address.label, at);
        let synapse = &self.instance.config.constants.synapse;
        let full_us = self.pulse_us[BUSES * hemisphere + usize::from(address.bus)];
        if fraction == 1.0 { 1.0 } else { transfer::shortened_us(full_us, fraction, synapse) / full_us }
    }

    /// Derives the pulses of drivers anew, and which buses have drivers whose pulses vary.
    pub(super) fn rebuild_pulse_modulation(&mut self, drivers: &BitSet) {
        if drivers.is_empty() {
            return;
        }
        let clocks =
            [0, 1].map(|hemisphere| decode::recovery_clock(self.words::<CommonSTPConfig>(hemisphere)));
        for number in drivers.iter() {
            let (hemisphere, driver) = (number / DRIVERS, number % DRIVERS);
            let modulation = PulseModulation::derive(
                &self.drivers[number].modulation,
                clocks[hemisphere],
                &self.blocks[2 * hemisphere + driver % 2].drivers,
                &self.instance.deviations.driver[number],
                &self.instance.config.constants.driver,
            );
            self.pulses.set(number, modulation, self.now);
        }
        self.pulses.varying = [0, 1].map(|hemisphere| {
            let of = &self.drivers[DRIVERS * hemisphere..DRIVERS * (hemisphere + 1)];
            let varying = |driver: usize| of[driver].enable_receiver && of[driver].modulation.enable_stp;
            (0..DRIVERS)
                .filter(|&driver| varying(driver))
                .fold(0, |buses, driver| buses | 1 << (driver % BUSES))
        });
    }
}

#[cfg(test)]
#[path = "drivers_tests.rs"]
mod tests;
