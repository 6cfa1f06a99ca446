//! The component values of a board, one row each, and their spread from board to board. Everything the circuit does follows
//! from these rows: no threshold, gain or time constant is written down a second time.

use crate::random::uniform;
use serde::{Deserialize, Serialize};

/// Unit of a component value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// F.
    Farad,
    /// Ohm.
    Ohm,
    /// V.
    Volt,
    /// A.
    Ampere,
}

impl Unit {
    /// The symbol of the unit.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Farad => "F",
            Unit::Ohm => "ohm",
            Unit::Volt => "V",
            Unit::Ampere => "A",
        }
    }
}

/// How far a component may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Taken as exact: resistors of 1 % and better, and rows that are no components.
    Exact,
    /// Potentiometers and large ceramic capacitors: up to [`LOOSE`] either way.
    Loose,
}

/// Relative tolerance of potentiometers and of large ceramic capacitors.
pub const LOOSE: f64 = 0.2;

/// One row of the table of components.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Designator in the schematic, or a name in capitals for what is no single component.
    pub name: &'static str,
    /// Nominal value in `unit`.
    pub value: f64,
    /// Unit.
    pub unit: Unit,
    /// How far it may be off.
    pub tolerance: Tolerance,
    /// What it does.
    pub meaning: &'static str,
    /// Where the value is from.
    pub source: &'static str,
}

/// The schematic (repository giant-axon/lu.i-neuron-pcb).
const SCHEMATIC: &str = "lu.i:neuron.kicad_sch";

macro_rules! parts {
    ($($part:ident $name:literal $value:literal $unit:ident $tolerance:ident $meaning:literal $source:expr;)*) => {
        /// A row of [`TABLE`], by the schematic's designator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Part {
            $(#[doc = $meaning] $part,)*
        }

        /// Every part in the order of [`TABLE`].
        pub const PARTS: &[Part] = &[$(Part::$part,)*];

        /// The table of components.
        pub const TABLE: &[Row] = &[$(Row {
            name: $name,
            value: $value,
            unit: Unit::$unit,
            tolerance: Tolerance::$tolerance,
            meaning: $meaning,
            source: $source,
        },)*];
    };
}

parts! {
    C5 "C5" 22e-6 Farad Loose "membrane capacitor" SCHEMATIC;
    Rv6 "RV6" 50e3 Ohm Loose "leak resistor: from the buffered leak potential to the membrane" SCHEMATIC;
    C2 "C2" 10e-6 Farad Loose "capacitor of the synaptic integrator" SCHEMATIC;
    Rv4 "RV4" 22e3 Ohm Loose "resistor of the synaptic integrator" SCHEMATIC;
    Rv1 "RV1" 22e3 Ohm Loose "weight of input 1" SCHEMATIC;
    Rv2 "RV2" 22e3 Ohm Loose "weight of input 2" SCHEMATIC;
    Rv3 "RV3" 22e3 Ohm Loose "weight of input 3" SCHEMATIC;
    R9 "R9" 470.0 Ohm Exact "in series with the weight of input 1" SCHEMATIC;
    R16 "R16" 470.0 Ohm Exact "in series with the weight of input 2" SCHEMATIC;
    R42 "R42" 470.0 Ohm Exact "in series with the weight of input 3" SCHEMATIC;
    R1 "R1" 100e3 Ohm Exact "pull-down of input 1" SCHEMATIC;
    R2 "R2" 100e3 Ohm Exact "pull-down of input 2" SCHEMATIC;
    R3 "R3" 100e3 Ohm Exact "pull-down of input 3" SCHEMATIC;
    R7 "R7" 22e3 Ohm Exact "reference of the integrator, to the supply" SCHEMATIC;
    R8 "R8" 22e3 Ohm Exact "reference of the integrator, to ground" SCHEMATIC;
    R10 "R10" 22e3 Ohm Exact "divider of the pushing current source, to the supply" SCHEMATIC;
    R11 "R11" 47e3 Ohm Exact "divider of the pushing current source, to the synaptic node" SCHEMATIC;
    R12 "R12" 47e3 Ohm Exact "divider of the pulling current source, to the synaptic node" SCHEMATIC;
    R13 "R13" 22e3 Ohm Exact "divider of the pulling current source, to ground" SCHEMATIC;
    R14 "R14" 2.2e3 Ohm Exact "sense resistor of the pushing current source" SCHEMATIC;
    R15 "R15" 2.2e3 Ohm Exact "sense resistor of the pulling current source" SCHEMATIC;
    R17 "R17" 100e3 Ohm Exact "threshold divider, to the supply" SCHEMATIC;
    R18 "R18" 56e3 Ohm Exact "threshold divider, to ground" SCHEMATIC;
    R21 "R21" 100e3 Ohm Exact "hysteresis of the threshold, to the comparator's output" SCHEMATIC;
    R24 "R24" 10e3 Ohm Exact "pull-up of the threshold comparator" SCHEMATIC;
    R19 "R19" 22.0 Ohm Exact "reset resistor, from the membrane to ground" SCHEMATIC;
    C9 "C9" 1e-6 Farad Loose "refractory capacitor" SCHEMATIC;
    R26 "R26" 2.2 Ohm Exact "discharges the refractory capacitor" SCHEMATIC;
    R27 "R27" 22e3 Ohm Exact "recharges the refractory capacitor" SCHEMATIC;
    R22 "R22" 27e3 Ohm Exact "refractory divider, to the supply" SCHEMATIC;
    R23 "R23" 22e3 Ohm Exact "refractory divider, to ground" SCHEMATIC;
    R45 "R45" 100e3 Ohm Exact "hysteresis of the refractory comparator, to the output" SCHEMATIC;
    R20 "R20" 4.7e3 Ohm Exact "pull-up of the output" SCHEMATIC;
    R28 "R28" 470e3 Ohm Exact "LED ladder, to the supply" SCHEMATIC;
    R29 "R29" 56e3 Ohm Exact "LED ladder, step 6" SCHEMATIC;
    R30 "R30" 56e3 Ohm Exact "LED ladder, step 5" SCHEMATIC;
    R31 "R31" 56e3 Ohm Exact "LED ladder, step 4" SCHEMATIC;
    R32 "R32" 56e3 Ohm Exact "LED ladder, step 3" SCHEMATIC;
    R33 "R33" 56e3 Ohm Exact "LED ladder, step 2" SCHEMATIC;
    R34 "R34" 56e3 Ohm Exact "LED ladder, step 1" SCHEMATIC;
    End "END" 10.0 Ohm Exact "what is left of RV4 or RV6 when it is turned down" "assumption: end resistance of a trimmer";
    InputHigh "INPUT_HIGH" 1.8 Volt Exact "least voltage of a pulse that an input sees" "lu.i:doc/electronic-interface.md";
    InputMost "INPUT_MOST" 20.0 Volt Exact "highest voltage that an input stands" "lu.i:doc/electronic-interface.md";
    ShortLow "SHORT_LOW" 6e-3 Ampere Exact "short-circuit current of the leak's buffer at 1.8 V supply" "data sheet of the MCP6004";
    ShortHigh "SHORT_HIGH" 23e-3 Ampere Exact "short-circuit current of the leak's buffer at 5.5 V supply" "data sheet of the MCP6004";
}

impl Part {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The part of this designator.
    #[must_use]
    pub fn named(name: &str) -> Option<Part> {
        PARTS.iter().copied().find(|part| part.row().name == name)
    }
}

/// The component values of one board, in the units of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    values: Vec<f64>,
}

impl Default for Parts {
    fn default() -> Self {
        Parts { values: TABLE.iter().map(|row| row.value).collect() }
    }
}

impl Parts {
    /// These components as they come out of the bag: loose ones are off by up to their tolerance, evenly distributed. Equal seed
    /// and board give equal components.
    #[must_use]
    pub fn drawn(mut self, seed: u64, board: u64) -> Parts {
        for part in PARTS.iter().filter(|part| part.row().tolerance == Tolerance::Loose) {
            let spread = LOOSE * (2.0 * uniform([seed, board, *part as u64]) - 1.0);
            self.values[*part as usize] *= 1.0 + spread;
        }
        self
    }

    /// Value of a part, in its unit.
    #[must_use]
    pub fn get(&self, part: Part) -> f64 {
        self.values[part as usize]
    }

    /// Solders in another value, in the part's unit.
    pub fn replace(&mut self, part: Part, value: f64) {
        self.values[part as usize] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_parts_agree() {
        for (index, part) in PARTS.iter().enumerate() {
            assert_eq!(*part as usize, index);
            assert_eq!(Part::named(part.row().name), Some(*part));
            assert!(part.row().value > 0.0, "{part:?}");
        }
        assert_eq!(Part::named("R99"), None);
    }

    #[test]
    fn loose_parts_spread_and_repeat() {
        let boards: Vec<Parts> = (0..200).map(|board| Parts::default().drawn(3, board)).collect();
        assert_eq!(boards[17], Parts::default().drawn(3, 17));
        assert_ne!(boards[17], Parts::default().drawn(4, 17));
        let ratios: Vec<f64> = boards.iter().map(|parts| parts.get(Part::C5) / 22e-6).collect();
        let mean = ratios.iter().sum::<f64>() / 200.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert!(ratios.iter().all(|ratio| (0.8..1.2).contains(ratio)));
        assert!(ratios.iter().any(|&ratio| ratio < 0.83) && ratios.iter().any(|&ratio| ratio > 1.17));
        assert!(boards.iter().all(|parts| parts.get(Part::R19) == 22.0));
    }
}
