//! A group of one neuron whose state was carried elsewhere for a while.

use super::super::neurons::Voltages;
use super::{Group, MemberVoltages};
use crate::time::Time;

impl From<&Voltages> for MemberVoltages {
    fn from(of: &Voltages) -> MemberVoltages {
        MemberVoltages { v: of.v, x: [of.x_e, of.x_i], v_w: of.v_w }
    }
}

impl Group {
    /// Goes on from `at` with these voltages; only for groups of one member.
    pub fn restart(&mut self, of: MemberVoltages, at: Time) {
        self.touch();
        self.state.now = at.0 as f64;
        self.state.v[0] = of.v;
        self.state.x[0] = of.x;
        if let Some(node) = &self.wired.cells[0].node {
            self.state.v[node.index] = of.v_w;
        }
    }
}
