//! The networks that come with hxemu: what students do with Lu.i, each with what must come out.

use crate::input::SourceText;

/// A network that can be run by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What there is to see, in one line.
    pub summary: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! networks {
    ($($name:literal $summary:literal;)*) => {
        /// The networks in the order of a lesson.
        pub const BUILT_IN: &[BuiltIn] = &[$(BuiltIn {
            name: $name,
            summary: $summary,
            text: include_str!(concat!("networks/", $name, ".ron")),
        },)*];
    };
}

networks! {
    "knobs-and-leds" "turn each knob and watch the LEDs";
    "regular-firing" "leak over threshold: the period follows leak potential and membrane time constant";
    "psp" "what an input pulse does: weight, sign, stacking, coincidence";
    "refractory-and-threshold" "pulse width and threshold on the oscilloscope, and how they follow battery and capacitor";
    "f-i-curve" "the rate over an external current: closed form, and data of a student lab";
    "two-neurons" "relay, mutual inhibition, self-excitation";
    "synfire-chain" "a pulse travels from board to board";
    "synfire-ring" "seven boards in a ring: the pulse travels for ever";
    "jeffress" "delay line: which detector fires tells the time between two sounds";
    "hierarchical" "2-3-2 network that tells one key from two";
    "xor" "exclusive or of two rates";
    "ring-attractor" "ten boards remember where they look, and turn when told to";
    "sensor" "pulses of a sensor or micro-controller as input";
}

impl BuiltIn {
    /// The network of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|network| network.name == name)
    }

    /// Its file as if it had been read.
    #[must_use]
    pub fn source(&self) -> SourceText {
        SourceText { file: format!("{}.ron", self.name), text: self.text.to_owned() }
    }
}
