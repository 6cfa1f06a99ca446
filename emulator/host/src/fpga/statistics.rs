//! What the FPGA counted: for diagnostics, never part of the response stream.

use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, Sub};

macro_rules! counters {
    ($( #[doc = $meaning:literal] $name:ident, )*) => {
        /// Counters of the FPGA since it was switched on.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Statistics {
            $( #[doc = $meaning] pub $name: u64, )*
        }

        impl AddAssign for Statistics {
            fn add_assign(&mut self, other: Self) {
                $( self.$name += other.$name; )*
            }
        }

        impl Sub for Statistics {
            type Output = Self;
            /// What was counted since `earlier`.
            fn sub(self, earlier: Self) -> Self {
                Self { $( $name: self.$name - earlier.$name, )* }
            }
        }
    };
}

counters! {
    /// Programs carried out, i.e. halts answered.
    programs,
    /// Messages carried out, halts included.
    messages,
    /// Words ignored because no message has their id.
    unknown_messages,
    /// Messages skipped after an instruction timeout.
    discarded_messages,
    /// Instruction timeouts.
    timeouts,
    /// Stalls because the trace memory was full.
    trace_stalls,
    /// Reads of and writes to FPGA addresses without a register.
    unmapped_fpga_accesses,
    /// Reads of and writes to FPGA addresses attempted through JTAG, which reaches the chip only.
    unreachable_jtag_accesses,
    /// Omnibus accesses to the chip while no link was up.
    accesses_without_link,
    /// Spikes to the chip while no link was up.
    spikes_without_link,
    /// Spikes handed to the chip.
    spikes_to_chip,
    /// Spikes and MADC samples that arrived from the chip.
    events_from_chip,
    /// Of these, those dropped because event recording was off.
    events_not_recorded,
    /// Of these, those dropped because they could not be sent while their stamp was unambiguous, or found the trace memory full.
    events_lost,
}
