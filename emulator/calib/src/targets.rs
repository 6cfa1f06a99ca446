//! What a chip is to be calibrated to: one set of numbers for all of its neurons.
//!
//! Defaults and allowed ranges are those of electronicvisions calix: src/py/calix/spiking/neuron.py and
//! src/cc/ccalix/spiking/neurontarget.cpp. Potentials are CADC codes (LSB) after the calibration of the converter, in which one
//! LSB is 2.4 codes of an unshifted voltage cell unless other codes are asked for; times are hardware time.

use crate::NEURONS;
use crate::features::{CobaTargets, CorrelationTargets, HagenTargets, StpTargets};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use thiserror::Error;

/// How strong the synaptic inputs are to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Strength {
    /// All neurons respond as the median neuron does with this code of the transconductance bias.
    GmCode(u16),
    /// Peak of the response to one event in CADC LSB per LSB of weight.
    PspLsbPerWeight(f64),
}

/// Neurons to be calibrated; the others get the starting codes and do not fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// All of them.
    All,
    /// Those with these numbers (AtomicNeuron enumeration, 0..=511).
    Only(Vec<u16>),
}

/// Targets of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Targets {
    /// Resting potential, CADC LSB.
    pub leak: f64,
    /// Reset potential, CADC LSB.
    pub reset: f64,
    /// Threshold potential, CADC LSB.
    pub threshold: f64,
    /// Membrane time constant, us.
    pub tau_mem_us: f64,
    /// Synaptic time constant of both inputs, us.
    pub tau_syn_us: f64,
    /// Strength of both synaptic inputs.
    pub strength: Strength,
    /// Code of the bias of the synapses' DACs (syn_i_bias_dac).
    pub dac_bias: u16,
    /// Whether the DAC biases are lowered to what the weakest quadrant gives at `dac_bias`. The strength is calibrated per
    /// neuron in any case; equal biases keep the bare synaptic lines comparable.
    pub equalise_dac_bias: bool,
    /// Code of the membrane capacitance (membrane_capacitor_size).
    pub capacitance: u8,
    /// Refractory period, us.
    pub refractory_us: f64,
    /// How long before the end of the refractory period the reset is released, us; 0 is as short as possible.
    pub holdoff_us: f64,
    /// Neurons to calibrate.
    pub neurons: Selection,
    /// Codes of an unshifted voltage cell that the CADC is to read as 20 and 220.
    pub cadc_codes: (u16, u16),
    /// Conductance-based synaptic inputs; without, they are current-based.
    pub coba: Option<CobaTargets>,
    /// Time constant of the conductance between compartments with the capacitance of one, us.
    pub tau_icc_us: Option<f64>,
    /// Equal short-term plasticity of all synapse drivers.
    pub stp: Option<StpTargets>,
    /// HAGEN mode: neurons never fire, and drivers are calibrated for activations.
    pub hagen: Option<HagenTargets>,
    /// Correlation sensors.
    pub correlation: Option<CorrelationTargets>,
}

impl Default for Targets {
    fn default() -> Targets {
        Targets {
            leak: 80.0,
            reset: 70.0,
            threshold: 125.0,
            tau_mem_us: 10.0,
            tau_syn_us: 10.0,
            strength: Strength::GmCode(500),
            dac_bias: 600,
            equalise_dac_bias: true,
            capacitance: 63,
            refractory_us: 2.0,
            holdoff_us: 0.0,
            neurons: Selection::All,
            cadc_codes: (70, 550),
            coba: None,
            tau_icc_us: None,
            stp: None,
            hagen: None,
            correlation: None,
        }
    }
}

/// A target that cannot be met.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TargetError {
    /// Outside what the chip can do.
    #[error("target {name} = {value} {unit} is outside {low} to {high}")]
    Range {
        /// Name of the target.
        name: &'static str,
        /// What was asked for.
        value: f64,
        /// Unit.
        unit: &'static str,
        /// Smallest allowed.
        low: f64,
        /// Largest allowed.
        high: f64,
    },
    /// Leak or reset too close to the threshold to calibrate it.
    #[error(
        "target {name} = {value} LSB must lie at least {distance} LSB below the threshold {threshold} LSB"
    )]
    Order {
        /// Name of the target.
        name: &'static str,
        /// What was asked for.
        value: f64,
        /// The threshold.
        threshold: f64,
        /// Least distance.
        distance: f64,
    },
    /// Two targets that exclude one another.
    #[error("targets {one} and {other} cannot be met at the same time")]
    Exclusive {
        /// Name of a target.
        one: &'static str,
        /// Name of the other.
        other: &'static str,
    },
    /// No such neuron.
    #[error("target neurons: there is no neuron {neuron}, they are numbered 0 to {}", NEURONS - 1)]
    Neuron {
        /// What was asked for.
        neuron: u16,
    },
}

/// Least distance of the threshold from leak and reset, CADC LSB: below, noise alone fires.
const THRESHOLD_DISTANCE: f64 = 10.0;

/// Least and most codes between the two readings of the CADC, and its lowest code.
const CADC_SPAN: (u16, u16) = (200, 600);
const LOWEST_CADC_CODE: f64 = 20.0;

impl Targets {
    /// Targets of a chip that multiplies matrices (electronicvisions calix: src/py/calix/hagen/neuron.py).
    #[must_use]
    pub fn hagen() -> Targets {
        Targets {
            leak: 120.0,
            reset: 120.0,
            tau_mem_us: 60.0,
            tau_syn_us: 0.32,
            strength: Strength::GmCode(450),
            dac_bias: 1022,
            refractory_us: 2.2,
            cadc_codes: (150, 500),
            hagen: Some(HagenTargets::default()),
            ..Targets::default()
        }
    }

    /// The default with everything else that a chip of spiking neurons can be calibrated for.
    #[must_use]
    pub fn full() -> Targets {
        Targets {
            coba: Some(CobaTargets::default()),
            tau_icc_us: Some(2.0),
            stp: Some(StpTargets::default()),
            correlation: Some(CorrelationTargets::default()),
            ..Targets::default()
        }
    }

    /// Refuses what the chip cannot do.
    ///
    /// # Errors
    /// Naming the first target that is out of range.
    pub fn check(&self) -> Result<(), TargetError> {
        let (strength, unit, allowed) = match self.strength {
            Strength::GmCode(code) => (f64::from(code), "(code)", 30.0..=800.0),
            Strength::PspLsbPerWeight(lsb) => (lsb, "CADC LSB per weight", 0.01..=5.0),
        };
        in_range("leak", self.leak, "CADC LSB", 50.0..=160.0)?;
        in_range("reset", self.reset, "CADC LSB", 50.0..=160.0)?;
        in_range("threshold", self.threshold, "CADC LSB", 50.0..=220.0)?;
        in_range("tau_mem_us", self.tau_mem_us, "us", 0.5..=60.0)?;
        in_range("tau_syn_us", self.tau_syn_us, "us", 0.3..=30.0)?;
        in_range("strength", strength, unit, allowed)?;
        in_range("dac_bias", f64::from(self.dac_bias), "(code)", 30.0..=1022.0)?;
        in_range("capacitance", f64::from(self.capacitance), "(code)", 0.0..=63.0)?;
        in_range("refractory_us", self.refractory_us, "us", 0.04..=32.0)?;
        in_range("holdoff_us", self.holdoff_us, "us", 0.0..=4.0)?;
        if self.hagen.is_none() {
            self.check_order("leak", self.leak)?;
            self.check_order("reset", self.reset)?;
        }
        self.check_converter()?;
        self.check_features()?;
        self.check_neurons()
    }

    fn check_converter(&self) -> Result<(), TargetError> {
        let (low, high) = self.cadc_codes;
        in_range("cadc_codes", f64::from(low), "(code)", LOWEST_CADC_CODE..=f64::from(CADC_SPAN.1))?;
        let [least, most] = [CADC_SPAN.0, CADC_SPAN.1].map(|span| f64::from(low + span));
        in_range("cadc_codes", f64::from(high), "(code)", least..=most)
    }

    fn check_features(&self) -> Result<(), TargetError> {
        if let Some(coba) = &self.coba {
            coba.check(self.leak, self.threshold)?;
        }
        if let Some(tau_us) = self.tau_icc_us {
            in_range("tau_icc_us", tau_us, "us", 0.1..=30.0)?;
        }
        self.stp.as_ref().map_or(Ok(()), StpTargets::check)?;
        self.hagen.as_ref().map_or(Ok(()), HagenTargets::check)?;
        self.correlation.as_ref().map_or(Ok(()), CorrelationTargets::check)?;
        let exclusive = [("stp", self.stp.is_some()), ("coba", self.coba.is_some())];
        match exclusive.into_iter().find(|(_, wanted)| *wanted && self.hagen.is_some()) {
            Some((other, _)) => Err(TargetError::Exclusive { one: "hagen", other }),
            None => Ok(()),
        }
    }

    fn check_order(&self, name: &'static str, value: f64) -> Result<(), TargetError> {
        let distance = THRESHOLD_DISTANCE;
        if value + distance <= self.threshold {
            return Ok(());
        }
        Err(TargetError::Order { name, value, threshold: self.threshold, distance })
    }

    fn check_neurons(&self) -> Result<(), TargetError> {
        let Selection::Only(neurons) = &self.neurons else { return Ok(()) };
        match neurons.iter().find(|&&neuron| usize::from(neuron) >= NEURONS) {
            Some(&neuron) => Err(TargetError::Neuron { neuron }),
            None => Ok(()),
        }
    }

    /// Which neurons are calibrated.
    #[must_use]
    pub fn selected(&self) -> Vec<bool> {
        match &self.neurons {
            Selection::All => vec![true; NEURONS],
            Selection::Only(neurons) => {
                let mut selected = vec![false; NEURONS];
                for &neuron in neurons {
                    if let Some(slot) = selected.get_mut(usize::from(neuron)) {
                        *slot = true;
                    }
                }
                selected
            }
        }
    }
}

/// Refuses a value outside a range, NaN included.
pub(crate) fn in_range(
    name: &'static str,
    value: f64,
    unit: &'static str,
    allowed: RangeInclusive<f64>,
) -> Result<(), TargetError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(TargetError::Range { name, value, unit, low: *allowed.start(), high: *allowed.end() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_allowed_and_survive_a_round_trip() {
        let targets = Targets::default();
        assert_eq!(targets.check(), Ok(()));
        let text = ron::to_string(&targets).unwrap();
        assert_eq!(ron::from_str::<Targets>(&text).unwrap(), targets);
        let some: Targets =
            ron::from_str("(tau_mem_us: 6.0, strength: PspLsbPerWeight(0.363), neurons: Only([3, 511]))")
                .unwrap();
        assert_eq!((some.tau_mem_us, some.leak), (6.0, 80.0));
        assert_eq!(some.selected().iter().filter(|&&on| on).count(), 2);
        assert!(some.selected()[511]);
    }

    #[test]
    fn what_cannot_be_met_is_named() {
        let refused = |targets: Targets| targets.check().unwrap_err().to_string();
        let base = Targets::default;
        let cases = [
            (Targets { leak: 20.0, ..base() }, "target leak = 20 CADC LSB is outside 50 to 160"),
            (Targets { tau_syn_us: 40.0, ..base() }, "target tau_syn_us = 40 us is outside 0.3 to 30"),
            (Targets { tau_mem_us: f64::NAN, ..base() }, "target tau_mem_us = NaN us is outside 0.5 to 60"),
            (
                Targets { strength: Strength::GmCode(900), ..base() },
                "target strength = 900 (code) is outside 30 to 800",
            ),
            (
                Targets { threshold: 85.0, ..base() },
                "target leak = 80 LSB must lie at least 10 LSB below the threshold 85 LSB",
            ),
            (
                Targets { neurons: Selection::Only(vec![4, 512]), ..base() },
                "target neurons: there is no neuron 512, they are numbered 0 to 511",
            ),
        ];
        for (targets, message) in cases {
            assert_eq!(refused(targets), message);
        }
    }

    #[test]
    fn unknown_targets_are_refused() {
        let error = ron::from_str::<Targets>("(tau_membrane: 3.0)").unwrap_err().to_string();
        assert!(error.contains("tau_membrane"), "{error}");
    }
}
