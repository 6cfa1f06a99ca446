//! Targets of what a chip can do beyond plain neurons: conductance-based inputs, short-term plasticity, multiplication of
//! matrices (HAGEN mode) and correlation sensors.
//!
//! Defaults and ranges are those of electronicvisions calix: src/py/calix/spiking/{neuron,synapse_driver,correlation}.py and
//! src/py/calix/hagen/synapse_driver.py. Potentials are CADC codes (LSB) like those of [`Targets`](crate::Targets).

use crate::targets::{TargetError, in_range};
use serde::{Deserialize, Serialize};

/// Least distance of a reversal potential from the reference potential, CADC LSB: nearer, no bias in the range of the search is
/// strong enough.
const LEAST_REVERSAL: f64 = 40.0;

/// Conductance-based synaptic inputs: their strength depends on the membrane potential.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CobaTargets {
    /// Potential at which inputs have the strength of current-based ones, CADC LSB; without, half way from leak to threshold.
    pub reference: Option<f64>,
    /// Potential at which excitation vanishes, extrapolated from what happens near the reference, CADC LSB. It may lie beyond
    /// what the converter can read.
    pub reversal_exc: f64,
    /// The same for inhibition.
    pub reversal_inh: f64,
}

impl Default for CobaTargets {
    fn default() -> CobaTargets {
        CobaTargets { reference: None, reversal_exc: 220.0, reversal_inh: -20.0 }
    }
}

impl CobaTargets {
    /// Reference potential for these leak and threshold potentials, CADC LSB.
    #[must_use]
    pub fn reference(&self, leak: f64, threshold: f64) -> f64 {
        self.reference.unwrap_or(0.5 * (leak + threshold))
    }

    pub(crate) fn check(&self, leak: f64, threshold: f64) -> Result<(), TargetError> {
        let reference = self.reference(leak, threshold);
        in_range("coba.reference", reference, "CADC LSB", 60.0..=160.0)?;
        let least = reference + LEAST_REVERSAL;
        in_range("coba.reversal_exc", self.reversal_exc, "CADC LSB", least..=1000.0)?;
        let most = reference - LEAST_REVERSAL;
        in_range("coba.reversal_inh", self.reversal_inh, "CADC LSB", -1000.0..=most)
    }
}

/// Short-term plasticity: all drivers of a quadrant send the same pulse at the same state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StpTargets {
    /// State of the plasticity at which drivers are made equal, code of stp_v_charge and stp_v_recover.
    pub equal_at: u16,
    /// Code of the ramp bias (stp_i_ramp, stp_i_calib).
    pub ramp: u16,
}

impl Default for StpTargets {
    fn default() -> StpTargets {
        StpTargets { equal_at: 180, ramp: 600 }
    }
}

impl StpTargets {
    pub(crate) fn check(&self) -> Result<(), TargetError> {
        in_range("stp.equal_at", f64::from(self.equal_at), "(code)", 60.0..=400.0)?;
        in_range("stp.ramp", f64::from(self.ramp), "(code)", 200.0..=1022.0)
    }
}

/// HAGEN mode: pulses as long as the activation that an event carries, and neurons that integrate them without firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HagenTargets {
    /// Activation at which drivers are made equal.
    pub equal_at: u8,
}

impl Default for HagenTargets {
    fn default() -> HagenTargets {
        HagenTargets { equal_at: 16 }
    }
}

impl HagenTargets {
    pub(crate) fn check(&self) -> Result<(), TargetError> {
        in_range("hagen.equal_at", f64::from(self.equal_at), "(activation)", 4.0..=28.0)
    }
}

/// Correlation sensors: what the median sensor of every quadrant accumulates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationTargets {
    /// Accumulated for a pair without delay, CADC LSB.
    pub eta_lsb: f64,
    /// Time constant with which that falls with the delay, us.
    pub tau_us: f64,
}

impl Default for CorrelationTargets {
    fn default() -> CorrelationTargets {
        CorrelationTargets { eta_lsb: 0.5, tau_us: 5.0 }
    }
}

impl CorrelationTargets {
    pub(crate) fn check(&self) -> Result<(), TargetError> {
        in_range("correlation.eta_lsb", self.eta_lsb, "CADC LSB", 0.1..=1.0)?;
        in_range("correlation.tau_us", self.tau_us, "us", 2.0..=30.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Targets;

    #[test]
    fn parts_are_chosen_by_naming_them() {
        let targets: Targets =
            ron::from_str("(coba: Some((reversal_exc: 300)), stp: Some(()), tau_icc_us: Some(2.0))").unwrap();
        assert_eq!(targets.coba.unwrap().reference(80.0, 125.0), 102.5);
        assert_eq!(targets.stp, Some(StpTargets::default()));
        assert_eq!((targets.hagen, targets.correlation, targets.tau_icc_us), (None, None, Some(2.0)));
        assert_eq!(targets.check(), Ok(()));
        let error = ron::from_str::<Targets>("(stp: Some((tau: 3)))").unwrap_err().to_string();
        assert!(error.contains("tau"), "{error}");
    }

    #[test]
    fn what_no_chip_can_do_is_named() {
        let refused = |text: &str| ron::from_str::<Targets>(text).unwrap().check().unwrap_err().to_string();
        let cases = [
            (
                "(coba: Some((reversal_inh: 90)))",
                "target coba.reversal_inh = 90 CADC LSB is outside -1000 to 62.5",
            ),
            ("(tau_icc_us: Some(0.01))", "target tau_icc_us = 0.01 us is outside 0.1 to 30"),
            ("(correlation: Some((tau_us: 50)))", "target correlation.tau_us = 50 us is outside 2 to 30"),
            ("(stp: Some((equal_at: 1000)))", "target stp.equal_at = 1000 (code) is outside 60 to 400"),
            ("(hagen: Some((equal_at: 31)))", "target hagen.equal_at = 31 (activation) is outside 4 to 28"),
            ("(hagen: Some(()), stp: Some(()))", "targets hagen and stp cannot be met at the same time"),
            ("(cadc_codes: (300, 320))", "target cadc_codes = 320 (code) is outside 500 to 900"),
        ];
        for (text, message) in cases {
            assert_eq!(refused(text), message);
        }
        assert_eq!(Targets::hagen().check(), Ok(()));
    }
}
