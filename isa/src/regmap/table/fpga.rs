//! Registers of the FPGA: executor, systime synchronisation, event switch, external memories.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, RW, W};
use super::super::Container;
use super::super::Encoding::{Minus1, Plain};
use super::super::coordinate::*;
use super::super::location::at;
use super::row::{byte, f, omnibus};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("FPGADeviceDNA", at(FPGADeviceDNAOnFPGA::TYPE, 2, &[0x8800_0003]), &[
        f(0, "value[56:32]", 24,  0, R, 0, Plain, "high word first"),
        f(1, "value[31:0]",  31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("ExecutorControl", at(ExecutorControlOnFPGA::TYPE, 1, &[0x8800_0000]), &[
        f(0, "enable_write_response_filter",  0,  0, RW, 1, Plain, "1 = responses to Omnibus writes are not returned to the host; UNSURE default 1"),
    ]),
    omnibus("EventRecordingConfig", at(EventRecordingConfigOnFPGA::TYPE, 1, &[0x8800_0005]), &[
        f(0, "enable_event_recording",  0,  0, RW, 0, Plain, "send spikes and MADC samples to the host (initialisation sets 1)"),
    ]),
    omnibus("PollingOmnibusBlockConfig", at(PollingOmnibusBlockConfigOnFPGA::TYPE, 3, &[0x8800_0006]), &[
        f(0, "address", 31,  0, W, 0, Plain, "word address to poll"),
        f(1, "target",  31,  0, W, 0, Plain, "unsigned value"),
        f(2, "mask",    31,  0, W, 0, Plain, "resolved when (read & mask) == target (or != with the instruction flag false)"),
    ]),
    omnibus("InstructionTimeoutConfig", at(InstructionTimeoutConfigOnFPGA::TYPE, 1, &[0x8800_0009]), &[
        f(0, "value", 31,  0, RW, 1_250_000, Plain, "FPGA cycles (8 ns); default 10 ms"),
    ]),
    omnibus("SystimeCorrectionBarrierConfig", at(SystimeCorrectionBarrierConfigOnFPGA::TYPE, 1, &[0x8800_000b]), &[
        f(0, "enable_interrupt",  0,  0, RW, 0, Plain, "armed: wait for global interrupt"),
    ]),
    // The timer is reset by an instruction, not by a register write.
    omnibus("TimerReadout", at(TimerOnDLS::TYPE, 1, &[0x8800_000c]), &[
        f(0, "value", 31,  0, R, 0, Plain, "FPGA cycles"),
    ]),
    omnibus("FPGASystimeSyncNumRetries", at(FPGASystimeSyncNumRetriesOnFPGA::TYPE, 1, &[0x8800_2000]), &[
        f(0, "value",  3,  0, RW, 3, Plain, "unsigned value"),
    ]),
    omnibus("FPGASystimeSyncLastRTT", at(FPGASystimeSyncLastRTTOnFPGA::TYPE, 2, &[0x8800_2001]), &[
        f(0, "value[42:32]", 10,  0, R, 0, Plain, "high word first"),
        f(1, "value[31:0]",  31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("FPGASystimeSyncLastAsicSystime", at(FPGASystimeSyncLastAsicSystimeOnFPGA::TYPE, 2, &[0x8800_2003]), &[
        f(0, "value[42:32]", 10,  0, R, 0, Plain, "high word first"),
        f(1, "value[31:0]",  31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("FPGASystimeSyncActiveState", at(FPGASystimeSyncActiveStateOnFPGA::TYPE, 1, &[0x8800_2005]), &[
        f(0, "active_state",  0,  0, R, 0, Plain, "switch"),
    ]),
    omnibus("EventSwitchToExecutorSource", at(EventSwitchToExecutorSourceOnFPGA::TYPE, 1, &[0x8800_7c00]), &[
        f(0, "raw", 31,  0, RW, 0, Plain, "source selected for events towards the executor/host; UNSURE: bit layout not public for v3 containers; store raw"),
    ]),
    omnibus("EventSwitchToChipSource", at(EventSwitchToChipSourceOnFPGA::TYPE, 1, &[0x8800_7c01]), &[
        f(0, "raw", 31,  0, RW, 0, Plain, "source selected for events towards the chip; UNSURE: bit layout not public for v3 containers; store raw"),
    ]),
    omnibus("EventSwitchToExternalSource", at(EventSwitchToExternalSourceOnFPGA::TYPE, 1, &[0x8800_7c02]), &[
        f(0, "raw", 31,  0, RW, 0, Plain, "source selected for events towards external links; UNSURE: bit layout not public for v3 containers; store raw"),
    ]),
    omnibus("EventSwitchConfig", at(EventSwitchConfigOnFPGA::TYPE, 1, &[0x8800_7c03]), &[
        f(0, "raw", 31,  0, RW, 0, Plain, "switch configuration; UNSURE: bit layout not public for v3 containers; store raw"),
    ]),
    omnibus("EventSwitchSystimeOffset", at(EventSwitchSystimeOffsetOnFPGA::TYPE, 2, &[0x8800_7c04]), &[
        f(0, "raw", 31,  0, RW, 0, Plain, "UNSURE: 2 words, layout not public"),
        f(1, "raw", 31,  0, RW, 0, Plain, "unsigned value"),
    ]),
    omnibus("EventSwitchGlobalSystime", at(EventSwitchGlobalSystimeOnFPGA::TYPE, 2, &[0x8800_7c06]), &[
        f(0, "raw", 31,  0, R, 0, Plain, "UNSURE: 2 words, presumably 43-bit time, high word first"),
        f(1, "raw", 31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("EventSwitchLastGlobalSystime", at(EventSwitchLastGlobalSystimeOnFPGA::TYPE, 2, &[0x8800_7c08]), &[
        f(0, "raw", 31,  0, R, 0, Plain, "UNSURE: as above"),
        f(1, "raw", 31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("PerfTest", at(PerfTestOnFPGA::TYPE, 1, &[0x8800_8000]), &[
        f(0, "enable",  0,  0, RW, 0, Plain, "switch"),
    ]),
    omnibus("PerfTestStatus", at(PerfTestStatusOnFPGA::TYPE, 4, &[0x8800_8001]), &[
        f(0, "sent",       31,  0, R, 0, Plain, "unsigned value"),
        f(1, "received",   31,  0, R, 0, Plain, "unsigned value"),
        f(2, "in_order",   31,  0, R, 0, Plain, "unsigned value"),
        f(3, "error_word", 31,  0, R, 0, Plain, "unsigned value"),
    ]),
    omnibus("HicannARQStatus", at(HicannARQStatusOnFPGA::TYPE, 4, &[0x8800_c010]), &[
        f(0, "write_count", 31,  0, R, 0, Plain, "words handed to the ARQ by the FPGA"),
        f(1, "tx_count",    31,  0, R, 0, Plain, "words sent FPGA->chip"),
        f(2, "rx_count",    31,  0, R, 0, Plain, "words sent chip->FPGA"),
        f(3, "read_count",  31,  0, R, 0, Plain, "words handed to the ARQ by the chip"),
    ]),
    omnibus("SpikeIOOutputRoute", at(SpikeIOOutputRouteOnFPGA::TYPE, 1, &[0x8802_0000]).step("label", 1), &[
        f(0, "target",  7,  0, RW, 255, Plain, "serial address; 255 = silent"),
    ]),
    omnibus("SpikeIOInputRoute", at(SpikeIOInputRouteOnFPGA::TYPE, 1, &[0x8803_0000]).step("a", 1), &[
        f(0, "target", 15,  0, RW, 65_535, Plain, "16-bit spike label; 65535 = silent"),
    ]),
    omnibus("SpikeIOConfig", at(SpikeIOConfigOnFPGA::TYPE, 1, &[0x8803_8000]), &[
        f(0, "data_rate_scaler",         15,  0, RW, 0, Plain, "UNSURE default: type default"),
        f(0, "enable_tx",                16, 16, RW, 0, Plain, "switch"),
        f(0, "enable_rx",                17, 17, RW, 0, Plain, "switch"),
        f(0, "enable_internal_loopback", 18, 18, RW, 0, Plain, "switch"),
    ]),
    omnibus("OutputRoutingTableEntry", at(OutputRoutingTableEntryOnFPGA::TYPE, 1, &[0x880d_0000]).step("label", 1), &[
        f(0, "label",  14,  0, RW, 0, Plain, "15-bit inter-chip label"),
        f(0, "enable", 15, 15, RW, 0, Plain, "switch"),
    ]),
    omnibus("InputRoutingTableEntry", at(InputRoutingTableEntryOnFPGA::TYPE, 1, &[0x880c_0000]).step("l", 1), &[
        f(0, "label",  15,  0, RW, 0, Plain, "16-bit spike label"),
        f(0, "enable", 16, 16, RW, 0, Plain, "switch"),
    ]),
    omnibus("ExternalPPUMemoryQuad", at(ExternalPPUMemoryQuadOnFPGA::TYPE, 1, &[0x8000_0000]).step("w", 1), &[
        f(0, "byte[0]", 31, 24, RW, 0, Plain, "byte at address 4*w+0 (big endian)"),
        f(0, "byte[1]", 23, 16, RW, 0, Plain, "byte at address 4*w+1 (big endian)"),
        f(0, "byte[2]", 15,  8, RW, 0, Plain, "byte at address 4*w+2 (big endian)"),
        f(0, "byte[3]",  7,  0, RW, 0, Plain, "byte at address 4*w+3 (big endian)"),
    ]),
    // Written with the single byte enable 3 - a%4.
    omnibus("ExternalPPUMemoryByte", at(ExternalPPUMemoryByteOnFPGA::TYPE, 1, &[0x8000_0000]).shared_by("a", 4).alias(), &[
        byte(0, "value", RW, "one byte, written with a single byte enable"),
    ]),
    omnibus("ExternalPPUDRAMMemoryQuad", at(ExternalPPUDRAMMemoryQuadOnFPGA::TYPE, 1, &[0x8400_0000]).step("w", 1), &[
        f(0, "byte[0]", 31, 24, RW, 0, Plain, "byte at address 4*w+0 (big endian)"),
        f(0, "byte[1]", 23, 16, RW, 0, Plain, "byte at address 4*w+1 (big endian)"),
        f(0, "byte[2]", 15,  8, RW, 0, Plain, "byte at address 4*w+2 (big endian)"),
        f(0, "byte[3]",  7,  0, RW, 0, Plain, "byte at address 4*w+3 (big endian)"),
    ]),
    // Written with the single byte enable 3 - a%4.
    omnibus("ExternalPPUDRAMMemoryByte", at(ExternalPPUDRAMMemoryByteOnFPGA::TYPE, 1, &[0x8400_0000]).shared_by("a", 4).alias(), &[
        byte(0, "value", RW, "one byte"),
    ]),
    // Some FPGA builds have the vector generators at these addresses instead of the DRAM.
    omnibus("VectorGeneratorControl", at(VectorGeneratorControlOnFPGA::TYPE, 1, &[0x8400_0000, 0x8400_1000]).by("v").alias(), &[
        f(0, "trigger",                   0,  0, W, 0, Plain, "0 omnibus; 1 gpio"),
        f(0, "enable_trigger",            1,  1, W, 0, Plain, "switch"),
        f(0, "notification",              2,  2, W, 0, Plain, "0 omnibus; 1 gpio"),
        f(0, "enable_notification",       3,  3, W, 0, Plain, "switch"),
        f(0, "resend_count",              7,  4, W, 0, Plain, "unsigned value"),
        f(0, "enable_ignore_zeros",       8,  8, W, 0, Plain, "switch"),
        f(0, "event_pack",               10,  9, W, 1, Minus1, "1..3"),
        f(0, "source_waits[1]",          14, 11, W, 0, Plain, "unsigned value"),
        f(0, "sources[1]",               16, 15, W, 0, Plain, "unsigned value"),
        f(0, "source_waits[0]",          20, 17, W, 0, Plain, "unsigned value"),
        f(0, "sources[0]",               22, 21, W, 0, Plain, "0 omnibus; 1 external_0; 2 external_1; 3 external_2 (UNSURE name)"),
        f(0, "source_count",             23, 23, W, 1, Minus1, "1..2"),
        f(0, "lookup_table_entry_start", 31, 24, W, 0, Plain, "unsigned value"),
    ]),
    omnibus("VectorGeneratorNotificationAddress", at(VectorGeneratorNotificationAddressOnFPGA::TYPE, 1, &[0x8400_0001, 0x8400_1001]).by("v").alias(), &[
        f(0, "value", 31,  0, RW, 0, Plain, "Omnibus address written when done"),
    ]),
    omnibus("VectorGeneratorTrigger", at(VectorGeneratorTriggerOnFPGA::TYPE, 1, &[0x8400_0002, 0x8400_1002]).by("v").alias(), &[
        f(0, "(trigger)", 31,  0, W, 0, Plain, "any write"),
    ]),
    omnibus("VectorGeneratorLUTEntry", at(VectorGeneratorLUTEntryOnFPGA::TYPE, 1, &[0x8400_0100, 0x8400_1100]).by("v").step("e", 1).alias(), &[
        f(0, "value", 10,  0, RW, 0, Plain, "bits 15:5 of the emitted label"),
    ]),
    omnibus("VectorGeneratorFIFOWord", at(VectorGeneratorFIFOWordOnFPGA::TYPE, 1, &[0x8400_0200, 0x8400_1200]).by("v").alias(), &[
        f(0, "value[0]", 28, 24, W, 0, Plain, "5-bit activation; written only when byte enable (3-i) is set"),
        f(0, "last[0]",  31, 31, W, 0, Plain, "last of vector"),
        f(0, "value[1]", 20, 16, W, 0, Plain, "5-bit activation; written only when byte enable (3-i) is set"),
        f(0, "last[1]",  23, 23, W, 0, Plain, "last of vector"),
        f(0, "value[2]", 12,  8, W, 0, Plain, "5-bit activation; written only when byte enable (3-i) is set"),
        f(0, "last[2]",  15, 15, W, 0, Plain, "last of vector"),
        f(0, "value[3]",  4,  0, W, 0, Plain, "5-bit activation; written only when byte enable (3-i) is set"),
        f(0, "last[3]",   7,  7, W, 0, Plain, "last of vector"),
    ]),
];
