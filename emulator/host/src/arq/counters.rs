//! What a side counted: for diagnostics, never part of the protocol.

use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

macro_rules! counters {
    ($(#[doc = $about:literal])* $name:ident { $( #[doc = $meaning:literal] $field:ident, )* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $( #[doc = $meaning] pub $field: u64, )*
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                $( self.$field += other.$field; )*
            }
        }
    };
}

counters! {
    /// Counters of one side of one connection.
    EndpointCounters {
        /// Data frames sent for the first time.
        sent,
        /// Data frames sent again.
        resent,
        /// Words sent, repetitions not included.
        words_sent,
        /// Frames with nothing but an acknowledge sent.
        acks_sent,
        /// Data frames received, repetitions included.
        received,
        /// Words taken in order.
        words_received,
        /// Frames with nothing but an acknowledge received.
        acks_received,
        /// Data frames received again.
        duplicates,
        /// Data frames received before one with a lower number.
        early,
    }
}

counters! {
    /// Counters of an FPGA's side over all its connections.
    FpgaCounters {
        /// Resets, that is connections.
        resets,
        /// Datagrams that are no frames.
        malformed,
        /// Datagrams of somebody who is not connected.
        strangers,
        /// Packets sent back.
        loopbacks,
        /// Announcements that the host will leave.
        flushes,
        /// Packets with an id that means nothing, acknowledged and ignored.
        unknown_pids,
        /// Times a packet had to wait because the playback memory was full.
        held_back,
        /// Words dropped because a reset came before they were carried out.
        words_discarded,
    }
}
