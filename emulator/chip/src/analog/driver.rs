//! What turns an event into a pulse of a certain length in a synapse driver: shared cells of its CapMem block, its settings and
//! its deviations (analog model, section 4).
//!
//! With short-term plasticity a driver has a voltage that events and recovery move; in vector-matrix mode the low label bits
//! set that voltage through a converter of the driver instead. In both cases a ramp compares with it and ends the pulse. Even
//! drivers take their cells from the west block of their hemisphere, odd ones from the east block (electronicvisions halco:
//! src/halco/hicann-dls/vx/synapse_driver.cpp).

use super::capmem::CellValues;
use super::cell::{Cell, SharedCell};
use super::constants::{AnalogConstants, DriverConstants};
use super::mismatch::DriverDeviation;
use super::transfer;
use crate::exponential::exp;
use crate::synapse::driver::Modulation;
use crate::synapse::stp::{Dynamics, Ramp};
use serde::{Deserialize, Serialize};

/// Ramp current below which the ramp counts as standing still, uA.
const SMALLEST_RAMP_UA: f64 = 1e-6;
/// Largest activation that an event carries.
const ACTIVATIONS: f64 = 31.0;

/// What the drivers on a CapMem block share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlockDrivers {
    /// `stp_v_charge_0`, `_1`, CapMem LSB.
    pub v_charge_lsb: [f64; 2],
    /// `stp_v_recover_0`, `_1`, CapMem LSB.
    pub v_recover_lsb: [f64; 2],
    /// Nominal ramp current over the block's.
    pub ramp_scale: f64,
    /// `stp_i_calib` over `stp_i_ramp`: factor on the step of the offset code.
    pub offset_scale: f64,
    /// Sufficiency (0 to 1) of `stp_i_bias_comparator`.
    pub comparator_support: f64,
    /// Sufficiency of the activation converters' bias, `hagen_ibias_dac_*` of the hemisphere.
    pub activation_support: f64,
}

impl BlockDrivers {
    /// Derives what the drivers on a block (0 to 3) share; `ramp_gain` is the deviation of its ramp current, `support` the
    /// sufficiency of a cell against its working code.
    #[must_use]
    pub fn derive(
        block: usize,
        values: &CellValues,
        ramp_gain: f64,
        constants: &AnalogConstants,
        support: impl Fn(usize, SharedCell, u16) -> f64,
    ) -> BlockDrivers {
        let of = &constants.driver;
        let lsb = |cell| values.shared(block, cell) / transfer::voltage_lsb_v(constants);
        let ramp_ua = (values.shared(block, SharedCell::StpIRamp) * ramp_gain).max(SMALLEST_RAMP_UA);
        let calib_ua = values.shared(block, SharedCell::StpICalib) * ramp_gain;
        BlockDrivers {
            v_charge_lsb: [lsb(SharedCell::StpVCharge0), lsb(SharedCell::StpVCharge1)],
            v_recover_lsb: [lsb(SharedCell::StpVRecover0), lsb(SharedCell::StpVRecover1)],
            ramp_scale: of.ramp_bias_ua / ramp_ua,
            offset_scale: calib_ua / ramp_ua,
            comparator_support: support(block, SharedCell::StpIBiasComparator, 1022),
            activation_support: match block / 2 {
                0 => support(1, SharedCell::HagenIbiasDacTop, 820),
                _ => support(3, SharedCell::HagenIbiasDacBottom, 820),
            },
        }
    }
}

/// Whether a shared cell is one that drivers depend on.
#[must_use]
pub fn supports_drivers(cell: Cell) -> bool {
    let of_block = [
        SharedCell::StpVCharge0,
        SharedCell::StpVCharge1,
        SharedCell::StpVRecover0,
        SharedCell::StpVRecover1,
        SharedCell::StpIBiasComparator,
        SharedCell::StpIRamp,
        SharedCell::StpICalib,
        SharedCell::HagenIbiasDacTop,
        SharedCell::HagenIbiasDacBottom,
    ];
    of_block.iter().any(|shared| Cell::shared(cell.block(), *shared) == cell)
}

/// CommonSTPConfig of a hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecoveryClock {
    /// `enable_recovery_clock`.
    pub running: bool,
    /// `recovery_clock_speed`, 0 to 15.
    pub speed: u8,
}

/// Everything that decides about the pulses of one driver.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PulseModulation {
    /// Pulses have their full length whatever the voltage: short-term plasticity is off.
    pub off: bool,
    /// How events and recovery move the voltage.
    pub dynamics: Dynamics,
    /// How the voltage ends a pulse.
    pub ramp: Ramp,
    /// Activation converter: voltage at label 0 and step per label, CapMem LSB; `None`: not in vector-matrix mode.
    pub activation: Option<[f64; 2]>,
    /// Factor on all pulses, 1 with sufficient bias of the comparators.
    pub gain: f64,
}

impl PulseModulation {
    /// Derives the pulses of a driver.
    #[must_use]
    pub fn derive(
        settings: &Modulation,
        clock: RecoveryClock,
        block: &BlockDrivers,
        deviation: &DriverDeviation,
        constants: &DriverConstants,
    ) -> PulseModulation {
        let set = usize::from(settings.target_voltages & 1);
        let utilization =
            constants.utilization + constants.utilization_step * f64::from(settings.utilization);
        let offset_codes = f64::from(settings.offset) - constants.offset_center;
        PulseModulation {
            off: !settings.enable_stp,
            dynamics: Dynamics {
                v_charge_lsb: block.v_charge_lsb[set],
                v_recover_lsb: block.v_recover_lsb[set],
                utilization: (utilization * deviation.utilization).min(1.0),
                recovery_rate_per_us: recovery_rate_per_us(settings, clock, deviation, constants),
            },
            ramp: Ramp {
                scale: block.ramp_scale,
                v_full_lsb: constants.v_full_lsb,
                v_span_lsb: constants.v_span_lsb,
                offset_lsb: offset_codes * constants.offset_step_lsb * block.offset_scale
                    + deviation.offset_lsb,
            },
            activation: settings.hagen().then(|| activation(settings, block, deviation, constants)),
            gain: block.comparator_support,
        }
    }

    /// Share of the full pulse length for an event of vector-matrix mode with these label bits.
    #[inline]
    #[must_use]
    pub fn activated(&self, [v_0_lsb, step_lsb]: [f64; 2], label: u8) -> f64 {
        self.gain * self.ramp.fraction((v_0_lsb + step_lsb * f64::from(label & 0x1f)).max(0.0))
    }
}

/// Rate at which a driver recovers, 1/us; zero without clock or recovery.
fn recovery_rate_per_us(
    settings: &Modulation,
    clock: RecoveryClock,
    deviation: &DriverDeviation,
    constants: &DriverConstants,
) -> f64 {
    if !(clock.running && settings.enable_recovery) {
        return 0.0;
    }
    let doublings = f64::from(clock.speed) / constants.recovery_speed_per_doubling;
    let slowing = exp(std::f64::consts::LN_2 * doublings);
    let strength = (1.0 + f64::from(settings.recovery)) / 16.0;
    strength / (constants.recovery_tau_us * slowing * deviation.recovery)
}

/// Voltage of the activation converter at label 0 and its step per label. Label 32 - x of activation x gives the share x / 31
/// on a nominal driver.
fn activation(
    settings: &Modulation,
    block: &BlockDrivers,
    deviation: &DriverDeviation,
    constants: &DriverConstants,
) -> [f64; 2] {
    let step_lsb = constants.v_span_lsb / ACTIVATIONS;
    let codes = f64::from(settings.hagen_dac_offset) - constants.hagen_offset_center;
    let offset = codes * constants.hagen_offset_step + deviation.dac_offset;
    let v_0_lsb = constants.v_full_lsb - step_lsb * (1.0 + offset);
    [v_0_lsb, step_lsb].map(|v| v * block.activation_support)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> BlockDrivers {
        BlockDrivers {
            v_charge_lsb: [100.0, 330.0],
            v_recover_lsb: [400.0, 50.0],
            ramp_scale: 1.0,
            offset_scale: 1.0,
            comparator_support: 1.0,
            activation_support: 1.0,
        }
    }

    fn hagen() -> Modulation {
        Modulation {
            enable_stp: true,
            enable_hagen_dac: true,
            enable_hagen_modulation: true,
            hagen_dac_offset: 32,
            offset: 7,
            ..Modulation::default()
        }
    }

    fn derive(settings: &Modulation, clock: RecoveryClock, block: &BlockDrivers) -> PulseModulation {
        let nominal = DriverDeviation { utilization: 1.0, recovery: 1.0, ..DriverDeviation::default() };
        PulseModulation::derive(settings, clock, block, &nominal, &DriverConstants::default())
    }

    fn activated(settings: &Modulation, block: &BlockDrivers, activation: u8) -> f64 {
        let pulses = derive(settings, RecoveryClock::default(), block);
        pulses.activated(pulses.activation.expect("vector-matrix mode"), 32 - activation)
    }

    #[test]
    fn activations_are_proportional_to_the_pulse() {
        for activation in 1..=31 {
            let share = activated(&hagen(), &block(), activation);
            assert!((share - f64::from(activation) / 31.0).abs() < 1e-12, "activation {activation}: {share}");
        }
    }

    #[test]
    fn more_offset_and_more_ramp_lengthen_activated_pulses() {
        let shares = [0, 16, 32, 48, 63]
            .map(|code| activated(&Modulation { hagen_dac_offset: code, ..hagen() }, &block(), 15));
        assert!(shares.windows(2).all(|pair| pair[0] < pair[1]), "{shares:?}");
        let shares = [1.4, 1.2, 1.0, 0.8]
            .map(|ramp_scale| activated(&hagen(), &BlockDrivers { ramp_scale, ..block() }, 12));
        assert!(shares.windows(2).all(|pair| pair[0] < pair[1]), "{shares:?}");
    }

    #[test]
    fn the_sets_of_voltages_give_facilitation_and_depression() {
        let settings = Modulation { enable_stp: true, ..Modulation::default() };
        let off = RecoveryClock::default();
        let facilitating = derive(&settings, off, &block()).dynamics;
        let depressing = derive(&Modulation { target_voltages: 1, ..settings }, off, &block()).dynamics;
        assert_eq!((facilitating.v_charge_lsb, facilitating.v_recover_lsb), (100.0, 400.0));
        assert_eq!((depressing.v_charge_lsb, depressing.v_recover_lsb), (330.0, 50.0));
        assert_eq!((facilitating.utilization, facilitating.recovery_rate_per_us), (0.2, 0.0));
    }

    #[test]
    fn recovery_needs_its_clock_and_follows_speed_and_strength() {
        let settings = |recovery| Modulation {
            enable_stp: true,
            enable_recovery: true,
            recovery,
            ..Modulation::default()
        };
        let tau_us = |recovery, speed| {
            let clock = RecoveryClock { running: true, speed };
            1.0 / derive(&settings(recovery), clock, &block()).dynamics.recovery_rate_per_us
        };
        assert!((tau_us(15, 0) - 20.0).abs() < 1e-9);
        assert!((tau_us(15, 4) - 80.0).abs() < 1e-9);
        assert!((tau_us(7, 0) - 40.0).abs() < 1e-9);
        let stopped = derive(&settings(15), RecoveryClock::default(), &block());
        assert_eq!(stopped.dynamics.recovery_rate_per_us, 0.0);
    }
}
