//! The MADC: a 10-bit converter that samples one or two readout lines at up to 29.4 MS/s (analog model, section 6.2;
//! MADCControl and MADCConfig in the register map). This file holds its state machine and sample times; the voltages come
//! from the neurons, lazily, before anything changes them.

use crate::time::Time;
use serde::{Deserialize, Serialize};

/// Period of the MADC clock with the default PLL settings: 500 MHz (electronicvisions haldls: include/haldls/vx/constants.h).
pub const DEFAULT_CLOCK: Time = Time(2_000);

/// A write to MADCControl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MadcControl {
    /// Off to powering up.
    pub wake_up: bool,
    /// Ready to recording.
    pub start_recording: bool,
    /// End of recording.
    pub stop_recording: bool,
    /// Power down when recording ends.
    pub power_down_after_sampling: bool,
    /// Ignore the number of samples.
    pub continuous: bool,
}

/// What the converter is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MadcInput {
    /// Nothing: ground.
    #[default]
    Ground,
    /// The active multiplexer.
    Multiplexer,
    /// The analog pads.
    Pads,
}

/// The part of MADCConfig that decides when and what is sampled. The default is a converter without clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MadcSettings {
    /// The clock runs.
    pub clocked: bool,
    /// Where the signal comes from.
    pub input: MadcInput,
    /// Gain of the pre-amplifier in its way, relative to the usual one.
    pub gain: f64,
    /// Time between two samples.
    pub period: Time,
    /// Clocks from wake-up to ready.
    pub power_up: Time,
    /// Samples to take when not continuous.
    pub number_of_samples: u32,
    /// First input of the active multiplexer, 0 or 1.
    pub first_input: u8,
    /// Samples per input before the multiplexer switches; 0 never switches.
    pub select_length: u32,
}

impl MadcSettings {
    /// Time between samples for the fields of MADCConfig: `(12 + adjust)` clocks, times `2 (scale + 1)` with scaling.
    #[must_use]
    pub fn period(clock: Time, sample_duration_adjust: u32, scale: Option<u32>) -> Time {
        let divider = scale.map_or(1, |scale| 2 * (u64::from(scale) + 1));
        Time(clock.0 * (12 + u64::from(sample_duration_adjust)) * divider)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum State {
    #[default]
    Off,
    /// Ready from this instant on.
    Ready(Time),
    /// The next sample is due.
    Recording(Time),
}

/// State of the converter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Madc {
    state: State,
    /// Samples taken since recording started.
    taken: u64,
    /// Samples taken since power-on: the step of the conversion noise.
    total: u64,
    limit: Option<u32>,
    power_down: bool,
}

/// One sample that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When the voltage is taken.
    pub at: Time,
    /// Input of the active multiplexer.
    pub input: u8,
    /// Number of the sample since recording started.
    pub index: u64,
    /// Number of the sample since power-on.
    pub step: u64,
}

impl Madc {
    /// Carries out a write to MADCControl.
    pub fn control(&mut self, control: MadcControl, settings: &MadcSettings, now: Time) {
        if !settings.clocked {
            return;
        }
        if control.wake_up && self.state == State::Off {
            self.state = State::Ready(now + settings.power_up);
        }
        if control.start_recording
            && let State::Ready(from) = self.state
        {
            self.state = State::Recording(from.max(now) + settings.period);
            self.taken = 0;
            self.limit = (!control.continuous).then_some(settings.number_of_samples);
            self.power_down = control.power_down_after_sampling;
        }
        if control.stop_recording && matches!(self.state, State::Recording(_)) {
            self.power_down = control.power_down_after_sampling;
            self.finish(now);
        }
    }

    fn finish(&mut self, now: Time) {
        self.state = if self.power_down { State::Off } else { State::Ready(now) };
    }

    /// Whether samples are being taken.
    #[must_use]
    pub fn recording(&self) -> bool {
        matches!(self.state, State::Recording(_))
    }

    /// Takes the next sample if it is due by `until`.
    pub fn take(&mut self, until: Time, settings: &MadcSettings) -> Option<Due> {
        let State::Recording(at) = self.state else { return None };
        if self.limit.is_some_and(|limit| self.taken >= u64::from(limit)) {
            self.finish(at);
            return None;
        }
        if at > until || !settings.clocked {
            return None;
        }
        let switches = match settings.select_length {
            0 => 0,
            length => self.taken / u64::from(length),
        };
        let input = (u64::from(settings.first_input) + switches) as u8 & 1;
        let due = Due { at, input, index: self.taken, step: self.total };
        self.state = State::Recording(at + settings.period);
        self.taken += 1;
        self.total += 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> MadcSettings {
        MadcSettings {
            clocked: true,
            input: MadcInput::Multiplexer,
            gain: 1.0,
            period: MadcSettings::period(DEFAULT_CLOCK, 5, None),
            power_up: Time::from_ns(192),
            number_of_samples: 10,
            first_input: 0,
            select_length: 0,
        }
    }

    fn start(madc: &mut Madc, settings: &MadcSettings, continuous: bool) {
        madc.control(MadcControl { wake_up: true, ..MadcControl::default() }, settings, Time::ZERO);
        let start = MadcControl { start_recording: true, continuous, ..MadcControl::default() };
        madc.control(start, settings, Time::from_us(1));
    }

    #[test]
    fn default_rate_is_29_4_megasamples() {
        let mut madc = Madc::default();
        start(&mut madc, &settings(), true);
        let mut count = 0;
        while madc.take(Time::from_us(1001), &settings()).is_some() {
            count += 1;
        }
        assert_eq!(count, 29_411);
        assert_eq!(MadcSettings::period(DEFAULT_CLOCK, 5, Some(0)), Time(2 * 34_000));
    }

    #[test]
    fn a_limited_recording_ends_and_can_be_started_again() {
        let mut madc = Madc::default();
        start(&mut madc, &settings(), false);
        let taken = std::iter::from_fn(|| madc.take(Time::from_us(100), &settings())).count();
        assert_eq!(taken, 10);
        assert!(!madc.recording());
        let again = MadcControl { start_recording: true, continuous: true, ..MadcControl::default() };
        madc.control(again, &settings(), Time::from_us(200));
        assert!(madc.recording());
        madc.control(
            MadcControl { stop_recording: true, ..MadcControl::default() },
            &settings(),
            Time::from_us(300),
        );
        assert!(madc.take(Time::from_us(400), &settings()).is_none());
    }

    #[test]
    fn without_a_clock_nothing_happens() {
        let stopped = MadcSettings { clocked: false, ..settings() };
        let mut madc = Madc::default();
        start(&mut madc, &stopped, true);
        assert!(!madc.recording());
        start(&mut madc, &settings(), true);
        assert!(madc.take(Time::from_us(5), &stopped).is_none());
        assert!(madc.take(Time::from_us(5), &settings()).is_some());
    }

    #[test]
    fn nothing_is_recorded_before_wake_up() {
        let mut madc = Madc::default();
        let start = MadcControl { start_recording: true, continuous: true, ..MadcControl::default() };
        madc.control(start, &settings(), Time::ZERO);
        assert!(!madc.recording());
    }

    #[test]
    fn the_multiplexer_alternates() {
        let mut madc = Madc::default();
        let alternating = MadcSettings { select_length: 1, first_input: 1, ..settings() };
        start(&mut madc, &alternating, false);
        let inputs: Vec<u8> =
            (0..4).filter_map(|_| madc.take(Time::from_us(9), &alternating)).map(|d| d.input).collect();
        assert_eq!(inputs, [1, 0, 1, 0]);
    }
}
