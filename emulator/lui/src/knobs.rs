//! What a student turns and switches on a board.

use serde::{Deserialize, Serialize};

/// Inputs of a board, and outputs as well.
pub const TERMINALS: usize = 3;

/// Position of the slide switch of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sign {
    /// A pulse raises the membrane.
    #[default]
    Excitatory,
    /// A pulse lowers it.
    Inhibitory,
}

/// Potentiometers as shares of their track, 0..=1, and switches. A share of 0.4 of a 50k track is 20k, more or less by the
/// tolerance of that board's potentiometer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Knobs {
    /// RV5: leak potential as a share of the supply.
    pub leak: f64,
    /// RV6: leak resistor; turned up, the membrane is slow.
    pub r_leak: f64,
    /// RV4: resistor of the synaptic integrator; turned up, synaptic currents last.
    pub r_syn: f64,
    /// RV1, RV2, RV3: turned up, an input is weak.
    pub weight: [f64; TERMINALS],
    /// Slide switches of the inputs.
    pub sign: [Sign; TERMINALS],
}

impl Default for Knobs {
    /// Nothing leaks upwards, slow, weak and excitatory.
    fn default() -> Self {
        Knobs {
            leak: 0.0,
            r_leak: 1.0,
            r_syn: 1.0,
            weight: [1.0; TERMINALS],
            sign: [Sign::Excitatory; TERMINALS],
        }
    }
}

/// One knob in a new position.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Turn {
    /// Leak potential, share of the supply.
    Leak(f64),
    /// Leak resistor, share of its track.
    RLeak(f64),
    /// Synaptic resistor, share of its track.
    RSyn(f64),
    /// Weight of an input (0..3), share of its track.
    Weight(usize, f64),
    /// Switch of an input (0..3).
    Sign(usize, Sign),
    /// Battery voltage, V: the leak potential and all thresholds follow.
    Supply(f64),
}

impl Knobs {
    /// Puts one knob where it was turned; positions beyond the ends are those of the end. The supply is no knob of its own and
    /// an input that does not exist has none.
    pub fn turn(&mut self, turn: Turn) {
        let end = |position: f64| position.clamp(0.0, 1.0);
        match turn {
            Turn::Leak(position) => self.leak = end(position),
            Turn::RLeak(position) => self.r_leak = end(position),
            Turn::RSyn(position) => self.r_syn = end(position),
            Turn::Weight(input, position) => {
                if let Some(weight) = self.weight.get_mut(input) {
                    *weight = end(position);
                }
            }
            Turn::Sign(input, sign) => {
                if let Some(switch) = self.sign.get_mut(input) {
                    *switch = sign;
                }
            }
            Turn::Supply(_) => {}
        }
    }
}
