//! What the chip's own software expects of a setup, layer by layer: hxcomm (X), fisch (F), haldls (H), lola (L) and stadls (S).
//! Every test is named after its row and runs twice, in this process and over UDP, unless it is about the connection itself.

mod bench;
mod connection;
mod events;
mod registers;
mod words;

/// A word of the chip that can be written and read: memory of a processor that is held in reset.
const WORD: u32 = 0x0280_0100;

/// Makes two tests of each function: one in this process, one over UDP.
macro_rules! both_ways {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::conformance::bench::Way;

            #[test]
            fn in_process() {
                super::$name(Way::InProcess);
            }

            #[test]
            fn over_udp() {
                super::$name(Way::OverUdp);
            }
        }
    )*};
}
use both_ways;
