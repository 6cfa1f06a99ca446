//! What leaves the chip over the link: spikes and MADC samples, each with the chip's 8-bit time stamp.

use crate::time::Time;
use serde::{Deserialize, Serialize};

/// One word that left the chip towards the FPGA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChipOutput {
    /// When it left the chip (for a spike: the L2 output of the crossbar).
    pub departure: Time,
    /// Low eight bits of the chip's systime (4 ns ticks) at departure.
    pub stamp: u8,
    /// What it carries.
    pub payload: ChipPayload,
}

/// Payload of a [`ChipOutput`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChipPayload {
    /// A spike; bits 15:14 of the label are the L2 output channel.
    Spike {
        /// The 16-bit label.
        label: u16,
    },
    /// A sample of the MADC.
    Madc {
        /// 10-bit code.
        value: u16,
        /// Input of the active multiplexer, 0 or 1.
        channel: u8,
    },
}
