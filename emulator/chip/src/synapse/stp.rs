//! Short-term plasticity of a synapse driver: a capacitor whose voltage sets the length of its current pulses (analog model,
//! section 4.1).
//!
//! An event first moves the voltage by a share of its distance to the charge potential, then a ramp turns it into a pulse:
//! the lower the voltage, the longer the pulse. Between events the voltage relaxes to the recovery potential. All voltages
//! are CapMem LSB. State is one number and an instant; everything else is handed in.

use crate::exponential::exp;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// How the voltage of a driver moves.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Dynamics {
    /// Potential events pull towards, CapMem LSB.
    pub v_charge_lsb: f64,
    /// Potential it recovers to, CapMem LSB.
    pub v_recover_lsb: f64,
    /// Share of the distance to the charge potential that an event covers, 0 to 1.
    pub utilization: f64,
    /// Rate of recovery, 1/us; zero: it stays where it is.
    pub recovery_rate_per_us: f64,
}

/// How a voltage becomes the length of a pulse.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Ramp {
    /// Voltage that ends the ramp per voltage of the driver: nominal ramp current over actual ramp current.
    pub scale: f64,
    /// Voltage up to which pulses have their full length, CapMem LSB.
    pub v_full_lsb: f64,
    /// From there to the voltage at which there is no pulse, CapMem LSB.
    pub v_span_lsb: f64,
    /// Offset of the comparator, CapMem LSB; more shortens the pulse.
    pub offset_lsb: f64,
}

impl Ramp {
    /// Share of the full pulse length at a voltage, 0 to 1.
    #[inline]
    #[must_use]
    pub fn fraction(&self, v_lsb: f64) -> f64 {
        let ended = v_lsb * self.scale - self.v_full_lsb + self.offset_lsb;
        // In this order an undefined voltage gives no pulse.
        #[allow(clippy::manual_clamp)]
        let fraction = (1.0 - ended / self.v_span_lsb).max(0.0).min(1.0);
        fraction
    }
}

/// Voltage of a driver at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Stp {
    /// Voltage at `at`, CapMem LSB.
    pub v_lsb: f64,
    /// Instant the voltage belongs to.
    pub at: Time,
}

impl Stp {
    /// A driver at rest at its recovery potential.
    #[must_use]
    pub fn recovered(dynamics: &Dynamics, at: Time) -> Stp {
        Stp { v_lsb: dynamics.v_recover_lsb, at }
    }

    /// Voltage after a span of undisturbed recovery.
    #[inline]
    #[must_use]
    pub fn after(&self, span_us: f64, dynamics: &Dynamics) -> f64 {
        let distance = self.v_lsb - dynamics.v_recover_lsb;
        if dynamics.recovery_rate_per_us == 0.0 || distance == 0.0 {
            return self.v_lsb;
        }
        dynamics.v_recover_lsb + distance * exp(-span_us * dynamics.recovery_rate_per_us)
    }

    /// Brings the voltage up to `at`; an earlier instant changes nothing.
    pub fn relax(&mut self, at: Time, dynamics: &Dynamics) {
        if at > self.at {
            self.v_lsb = self.after(at.since(self.at).as_us(), dynamics);
            self.at = at;
        }
    }

    /// An event at `at`: recovers up to there, moves towards the charge potential, and returns the share of the full pulse
    /// length.
    pub fn utilise(&mut self, at: Time, dynamics: &Dynamics, ramp: &Ramp) -> f64 {
        self.relax(at, dynamics);
        self.v_lsb += dynamics.utilization * (dynamics.v_charge_lsb - self.v_lsb);
        ramp.fraction(self.v_lsb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAMP: Ramp = Ramp { scale: 1.0, v_full_lsb: 50.0, v_span_lsb: 400.0, offset_lsb: 0.0 };
    const DEPRESSING: Dynamics = Dynamics {
        v_charge_lsb: 330.0,
        v_recover_lsb: 50.0,
        utilization: 0.2,
        recovery_rate_per_us: 1.0 / 60.0,
    };
    const FACILITATING: Dynamics = Dynamics { v_charge_lsb: 100.0, v_recover_lsb: 400.0, ..DEPRESSING };

    /// Twenty events every 10 us, a pair 190 us later, one more 190 us after that.
    fn instants() -> impl Iterator<Item = u64> {
        (1..=20).map(|number| 10 * number).chain([400, 410, 600])
    }

    /// Reference values of the closed rule: number of the event, voltage before and after it, share of the pulse.
    #[test]
    fn trains_follow_the_reference() {
        let depression = [
            (0, 50.0, 106.0, 0.86),
            (1, 97.402_976_593_87, 143.922_381_275_1, 0.765_194_046_812_3),
            (2, 129.503_579_307_6, 169.602_863_446_1, 0.700_992_841_384_8),
            (9, 192.445_069_995, 219.956_055_996, 0.575_109_860_01),
            (19, 196.753_533_223_4, 223.402_826_578_7, 0.566_492_933_553_2),
            (20, 56.185_971_281_76, 110.948_777_025_4, 0.847_628_057_436_5),
            (21, 101.592_025_906_4, 147.273_620_725_2, 0.756_815_948_187_1),
            (22, 54.099_484_249_42, 109.279_587_399_5, 0.851_801_031_501_2),
        ];
        let facilitation = [
            (0, 400.0, 340.0, 0.275),
            (1, 349.211_096_506_6, 299.368_877_205_3, 0.376_577_806_986_9),
            (2, 314.817_593_599, 271.854_074_879_2, 0.445_364_812_802),
            (9, 247.380_282_148_2, 217.904_225_718_6, 0.580_239_435_703_6),
            (19, 242.764_071_546_3, 214.211_257_237_1, 0.589_471_856_907_4),
            (20, 393.372_173_626_7, 334.697_738_901_3, 0.288_255_652_746_6),
            (21, 344.722_829_386, 295.778_263_508_8, 0.385_554_341_228_1),
            (22, 395.607_695_447, 336.486_156_357_6, 0.283_784_609_105_9),
        ];
        for (dynamics, reference) in [(DEPRESSING, depression), (FACILITATING, facilitation)] {
            let mut stp = Stp::recovered(&dynamics, Time::ZERO);
            let events: Vec<[f64; 3]> = instants()
                .map(|us| {
                    let before = stp.after(Time::from_us(us).since(stp.at).as_us(), &dynamics);
                    let fraction = stp.utilise(Time::from_us(us), &dynamics, &RAMP);
                    [before, stp.v_lsb, fraction]
                })
                .collect();
            for (number, before, after, fraction) in reference {
                for (value, expected) in events[number].into_iter().zip([before, after, fraction]) {
                    assert!((value - expected).abs() < 1e-9, "event {number}: {value} instead of {expected}");
                }
            }
        }
    }

    #[test]
    fn a_driver_without_recovery_keeps_its_voltage() {
        let still = Dynamics { recovery_rate_per_us: 0.0, ..DEPRESSING };
        let mut stp = Stp { v_lsb: 200.0, at: Time::ZERO };
        stp.relax(Time::from_us(10_000), &still);
        assert_eq!(stp, Stp { v_lsb: 200.0, at: Time::from_us(10_000) });
        assert_eq!(stp.utilise(Time::from_us(10_000), &still, &RAMP), 1.0 - 176.0 / 400.0);
    }

    #[test]
    fn pulses_end_at_both_limits_of_the_ramp() {
        assert_eq!([0.0, 50.0, 250.0, 450.0, 900.0].map(|v| RAMP.fraction(v)), [1.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!(RAMP.fraction(f64::NAN), 0.0);
        let faster = Ramp { scale: 0.5, ..RAMP };
        assert!(faster.fraction(300.0) > RAMP.fraction(300.0), "more ramp current lengthens the pulse");
        let offset = Ramp { offset_lsb: 40.0, ..RAMP };
        assert!((RAMP.fraction(300.0) - offset.fraction(300.0) - 0.1).abs() < 1e-12);
    }
}
