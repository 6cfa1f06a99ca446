//! How long a processor's accesses take: every figure of the integration of the core into the chip in one place.
//!
//! libnux measures on hardware the clocks between two reads of the time base around one access and a `sync`, minus one
//! (electronicvisions libnux: tests/hw/libnux/vx/test_speed_memory.cpp). The core itself takes 43 of them for `fxvlax` and
//! `fxvstax`, 11 for `fxvinx` and 12 for `fxvoutx` when the response comes one clock after the request; what is left is the
//! response latency below. Where nothing is measured, the default says so.

use serde::{Deserialize, Serialize};

/// Delays in clocks of the processor: from the acceptance of a request to its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PpuBusTiming {
    /// Scalar access to the chip's Omnibus when the bus is free; no public figure, default 12.
    pub omnibus: u16,
    /// Clocks for which an Omnibus access, also one of the FPGA, keeps others off the bus; no public figure, default 2.
    pub omnibus_occupancy: u16,
    /// Row of synapse memory to the vector unit, and random numbers; weight read measured 20 +- 2.
    pub row_read: u16,
    /// Row from the vector unit, neuron and correlation reset; weight write and neuron reset measured 20 +- 2.
    pub row_write: u16,
    /// Converter row beyond the conversion itself; conversion and buffered read measured 410 +- 41, of which the conversion
    /// takes 376 with the usual settings.
    pub conversion_overhead: u16,
    /// Vector from external memory; measured 344 +- 35.
    pub external_vector_load: u16,
    /// Vector to external memory, posted; measured 38 +- 4.
    pub external_vector_store: u16,
    /// Clocks for which a vector occupies the link to external memory; 4, 8 and 16 stores measured 306 +- 31, 684 +- 69,
    /// 1406 +- 141.
    pub external_vector_interval: u16,
    /// Work of the link, in clocks, that may be left when a store is accepted: one vector waits in a buffer, else a second
    /// store soon after the first would not take 38 clocks as well.
    pub external_backlog: u16,
    /// Scalar word from external memory, `fxvlax` word, instruction: the way there and back as for a vector, default 260.
    pub external_load: u16,
    /// Scalar word to external memory, posted; no public figure, default 27.
    pub external_store: u16,
    /// Clocks from one word to or from external memory to the next; no public figure, default 3 (a vector has 32 words).
    pub external_interval: u16,
}

impl Default for PpuBusTiming {
    fn default() -> Self {
        PpuBusTiming {
            omnibus: 12,
            omnibus_occupancy: 2,
            row_read: 10,
            row_write: 9,
            conversion_overhead: 10,
            external_vector_load: 334,
            external_vector_store: 27,
            external_vector_interval: 90,
            external_backlog: 90,
            external_load: 260,
            external_store: 27,
            external_interval: 3,
        }
    }
}
