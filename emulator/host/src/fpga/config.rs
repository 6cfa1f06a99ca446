//! Every latency and choice of the FPGA model in one place. Where no public figure exists the default says so.

use super::trace::TraceConfig;
use serde::{Deserialize, Serialize};

/// What happens to Omnibus accesses and spikes while no link between FPGA and chip is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkDown {
    /// They pass as if it were up and are counted. Programs that skip the bring-up of the link work.
    Carry,
    /// As on hardware: an Omnibus access waits until the link comes up (and runs into the instruction timeout if it does not),
    /// spikes are lost and counted.
    Block,
}

/// Timing and behaviour of the playback executor, in FPGA cycles of 8 ns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutorConfig {
    /// FPGA to chip, for spikes and Omnibus accesses. No public figure; it must stay below 127 cycles together with what
    /// time stamps allow, default 50.
    pub to_chip_latency_cycles: u64,
    /// Chip to FPGA, for spikes and MADC samples; default 50.
    pub from_chip_latency_cycles: u64,
    /// From issue to response of an access to the chip; no public figure, default 100.
    pub chip_access_cycles: u64,
    /// From issue to response of an access to an FPGA register; default 10.
    pub fpga_access_cycles: u64,
    /// Smallest distance of two Omnibus responses: one word per 2 cycles.
    pub response_interval_cycles: u64,
    /// Omnibus reads that may be unanswered before the next one stalls, 1..=63 (the timeout notification counts with 6 bits).
    pub max_reads_in_flight: u32,
    /// TCK cycles that the JTAG state machine spends around the shifted bits of an instruction or data shift; default 6.
    pub jtag_overhead_tck: u64,
    /// Duration of a systime synchronisation; default 1000.
    pub systime_sync_cycles: u64,
    /// From both PHYs of a link being enabled to the link being up. No public figure; software waits at most 80 us, default
    /// 1 us.
    pub link_training_cycles: u64,
    /// What happens while no link is up.
    pub link_down: LinkDown,
    /// Events that arrive in one cycle are packed up to this number per message, 1..=3.
    pub events_per_pack: usize,
    /// Cycles that pass between the halt of a program and the first message of the next; default 0.
    pub program_gap_cycles: u64,
    /// Size and speed of the trace memory; by default answers need no memory and no time on their way to the host.
    pub trace: Option<TraceConfig>,
    /// The FPGA's device DNA, 57 bits.
    pub device_dna: u64,
    /// Answer of the JTAG IDCODE register; 0x348580af is version 3 of the chip.
    pub jtag_idcode: u32,
}

impl Default for ExecutorConfig {
    fn default() -> Self {
        Self {
            to_chip_latency_cycles: 50,
            from_chip_latency_cycles: 50,
            chip_access_cycles: 100,
            fpga_access_cycles: 10,
            response_interval_cycles: 2,
            max_reads_in_flight: 63,
            jtag_overhead_tck: 6,
            systime_sync_cycles: 1000,
            link_training_cycles: 125,
            link_down: LinkDown::Carry,
            events_per_pack: 3,
            program_gap_cycles: 0,
            trace: None,
            device_dna: 0,
            jtag_idcode: 0x3485_80af,
        }
    }
}
