//! The one table of all messages between host and FPGA (UT messages of electronicvisions hxcomm:
//! include/hxcomm/vx/instruction/*.h). Each row gives the typed variant, its encoder and decoder, and the row of
//! [`TO_FPGA`] or [`FROM_FPGA`] that text dump, random messages and tests read; so they cannot disagree.

use super::field::{FieldRow, FieldValue, LinkNotification, LoopbackKind, Sample, Spike, mask};
use serde::{Deserialize, Serialize};

/// One kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRow {
    /// Header byte: position in the instruction list of its direction.
    pub id: u8,
    /// Group of the instruction list: jtag, timing, system, omnibus or event.
    pub group: &'static str,
    /// Name within the group.
    pub name: &'static str,
    /// Name of the variant of [`ToFpga`] or [`FromFpga`].
    pub variant: &'static str,
    /// Bits of payload.
    pub payload_bits: u32,
    /// Fields of the payload; what they leave uncovered is zero.
    pub fields: &'static [FieldRow],
    /// What the message does.
    pub meaning: &'static str,
}

impl MessageRow {
    /// Size on the wire: header and payload rounded up to bytes, at least one 64-bit word. Only the packs of three events from
    /// the FPGA are longer than a word (80 bits).
    #[must_use]
    pub const fn message_bits(&self) -> u32 {
        message_bits(self.payload_bits)
    }

    /// The bits of field `index` in an encoded payload.
    #[must_use]
    pub fn field(&self, index: usize, payload: u128) -> u64 {
        let row = &self.fields[index];
        (payload >> row.lsb) as u64 & row.mask()
    }

    /// A message of this kind with the given bits in its fields.
    #[must_use]
    pub fn assemble(&self, mut value: impl FnMut(&FieldRow) -> u64) -> Encoded {
        let payload =
            self.fields.iter().fold(0, |bits, row| bits | u128::from(value(row) & row.mask()) << row.lsb);
        Encoded::new(self.id, self.payload_bits, payload)
    }
}

const fn message_bits(payload_bits: u32) -> u32 {
    let bits = (8 + payload_bits).div_ceil(8) * 8;
    if bits < 64 { 64 } else { bits }
}

/// A message as bits: right aligned, header in the topmost of `bits` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// The bits, right aligned.
    pub value: u128,
    /// How many there are: 64 or 80.
    pub bits: u32,
}

impl Encoded {
    #[inline(always)]
    const fn new(id: u8, payload_bits: u32, payload: u128) -> Self {
        let bits = message_bits(payload_bits);
        Self { value: (id as u128) << (bits - 8) | payload, bits }
    }
}

macro_rules! messages {
    (
        $(#[doc = $enum_doc:literal])*
        $direction:ident $table:ident;
        $(
            $id:literal $group:ident $name:literal $variant:ident $payload_bits:literal $meaning:literal
            $({ $( $field:ident: $type:ty = [$lsb:literal, $width:literal] $field_meaning:literal, )* })?
        )*
    ) => {
        $(#[doc = $enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $direction {
            $( #[doc = $meaning] $variant $({ $( #[doc = $field_meaning] $field: $type, )* })?, )*
        }

        #[doc = concat!("All messages of [`", stringify!($direction), "`], in the order of their ids.")]
        pub const $table: &[MessageRow] = &[$(
            MessageRow {
                id: $id,
                group: stringify!($group),
                name: $name,
                variant: stringify!($variant),
                payload_bits: $payload_bits,
                fields: &[$( $( FieldRow {
                    name: stringify!($field), lsb: $lsb, width: $width, meaning: $field_meaning,
                } ),* )?],
                meaning: $meaning,
            }
        ),*];

        impl $direction {
            /// Row of the table for this message.
            #[must_use]
            pub fn row(&self) -> &'static MessageRow {
                let id: usize = match self {
                    $( Self::$variant { .. } => $id, )*
                };
                &$table[id]
            }

            /// The message as bits. Values wider than their field are cut to it.
            #[inline(always)]
            #[must_use]
            pub fn encode_bits(self) -> Encoded {
                match self {
                    $( Self::$variant $({ $( $field ),* })? => Encoded::new(
                        $id,
                        $payload_bits,
                        0 $($( | u128::from($field.to_bits() & mask($width)) << $lsb )*)?,
                    ), )*
                }
            }

            /// The message with this id and payload; `None` if the id is unknown. Bits outside of the fields are ignored.
            #[inline(always)]
            #[must_use]
            pub fn decode_payload(id: u8, payload: u128) -> Option<Self> {
                let _ = payload;
                Some(match id {
                    $( $id => Self::$variant $({ $(
                        $field: <$type as FieldValue>::from_bits((payload >> $lsb) as u64 & mask($width)),
                    )* })?, )*
                    _ => return None,
                })
            }
        }
    };
}

messages! {
    /// A message to the FPGA: one instruction of a playback program, always one 64-bit word.
    ToFpga TO_FPGA;
    0x00 jtag "Init" JtagInit 0 "Reset the JTAG TAP state machine; no payload"
    0x01 jtag "Scaler" JtagScaler 8 "Set the JTAG clock" {
        scaler: u8 = [0, 8] "JTAG clock = FPGA clock / (scaler + 2); host default 6",
    }
    0x02 jtag "Ins" JtagIns 7 "Shift the JTAG instruction register" {
        instruction: u8 = [0, 7] "Value shifted into the JTAG instruction register of the chip",
    }
    0x03 jtag "Data" JtagData 56 "Shift the selected JTAG data register" {
        payload: u64 = [0, 33] "Bits shifted into the selected JTAG data register (bits 33..39 zero)",
        num_bits: u8 = [40, 6] "Number of payload bits to shift; 3..33 (bits 46..47 zero)",
        keep_response: bool = [48, 1] "1: shifted-out bits are returned as from_fpga JTAG Data (bits 49..55 zero)",
    }
    0x04 timing "Setup" Setup 0 "Set the executor timer to 0"
    0x05 timing "WaitUntil" WaitUntil 32 "Stall the executor by its timer" {
        time: u32 = [0, 32] "Stall the executor until timer >= time (timer ticks = FPGA clock cycles)",
    }
    0x06 timing "SystimeInit" SystimeInit 1 "Synchronise the time of chip and FPGA" {
        do_sync: bool = [0, 1] "1: start chip/FPGA systime synchronisation; 0: only emit a Systime response",
    }
    0x07 timing "Barrier" Barrier 5 "Stall until all selected channels are idle" {
        omnibus: bool = [0, 1] "Stall until all Omnibus transactions have completed",
        jtag: bool = [1, 1] "Stall until the JTAG engine is idle",
        systime: bool = [2, 1] "Stall until systime synchronisation has completed",
        multi_fpga: bool = [3, 1] "Stall until the multi-FPGA trigger arrives (no-op on a single FPGA)",
        systime_correction: bool = [4, 1] "Stall for global systime interrupt (no-op on a single FPGA)",
    }
    0x08 timing "PollingOmnibusBlock" PollingOmnibusBlock 1 "Stall by the content of an Omnibus address" {
        expect_equal: bool = [0, 1] "1: stall until (*addr & mask) == target; 0: stall until (*addr & mask) != target; addr/mask/target in executor registers",
    }
    0x09 system "Reset" Reset 1 "Set the chip reset line" {
        reset: bool = [0, 1] "Level of the chip reset line; 1 = in reset",
    }
    0x0a system "Loopback" Loopback 1 "Answered by a Loopback of the same kind" {
        kind: LoopbackKind = [0, 1] "Answered by from_fpga Loopback with the same bit; 0 = halt (end of program) 1 = tick",
    }
    0x0b omnibus "Address" OmnibusAddress 37 "Read an Omnibus address, or latch it for the next write" {
        address: u32 = [0, 32] "Omnibus word address; bit 31 = 1 selects the FPGA-side bus",
        byte_enables: u8 = [32, 4] "Byte enables of the write; bit i enables byte i (bits 8i..8i+7); 0xf on reads",
        is_read: bool = [36, 1] "1: read now (one response); 0: write with the next omnibus Data message",
    }
    0x0c omnibus "Data" OmnibusData 32 "Write to the latched Omnibus address" {
        data: u32 = [0, 32] "Write data for the last Address",
    }
    0x0d event "SpikePack1" SpikePack1 16 "Send one spike to the chip" {
        spike0: u16 = [0, 16] "One spike label",
    }
    0x0e event "SpikePack2" SpikePack2 32 "Send two spikes to the chip in one cycle" {
        spike0: u16 = [16, 16] "First spike label",
        spike1: u16 = [0, 16] "Second spike label",
    }
    0x0f event "SpikePack3" SpikePack3 48 "Send three spikes to the chip in one cycle" {
        spike0: u16 = [32, 16] "First spike label",
        spike1: u16 = [16, 16] "Second spike label",
        spike2: u16 = [0, 16] "Third spike label",
    }
}

messages! {
    /// A message from the FPGA: 64 bits, or 80 for packs of three events.
    FromFpga FROM_FPGA;
    0x00 jtag "Data" JtagData 33 "Response of the JTAG chain" {
        data: u64 = [0, 33] "Bits shifted out by a JTAG Data message with keep_response; right aligned",
    }
    0x01 omnibus "Data" OmnibusData 32 "Response to an Omnibus read" {
        data: u32 = [0, 32] "Read data; one per read request in request order",
    }
    0x02 system "Loopback" Loopback 1 "Answer to a Loopback" {
        kind: LoopbackKind = [0, 1] "0 = halt 1 = tick",
    }
    0x03 system "HighspeedLinkNotification" HighspeedLinkNotification 8 "Event of a link between FPGA and chip" {
        value: LinkNotification = [0, 8] "check_error @0; crc_recover @1; crc_error @2; decode_error @3; link_up @4; phy number @5..7",
    }
    0x04 system "TimeoutNotification" TimeoutNotification 45 "The executor gave up on a message that stalled for too long" {
        instruction_index: u32 = [0, 32] "Index of the timed-out message within the program",
        trace_stall_count: u8 = [32, 7] "Trace stalls; host accepts 0..96",
        omnibus_reads_in_flight: u8 = [39, 6] "Unanswered Omnibus reads",
    }
    0x05 timing "Systime" Systime 43 "Sets the time of the messages that follow" {
        systime: u64 = [0, 43] "Sets the host-side time annotation (FPGA cycles)",
    }
    0x06 timing "Sysdelta" Sysdelta 8 "Advances the time of the messages that follow" {
        delta: u8 = [0, 8] "Advances the host-side time annotation",
    }
    0x07 event "MADCSamplePack1" MadcSamplePack1 24 "One MADC sample" {
        sample0: Sample = [0, 24] "see sample layout",
    }
    0x08 event "MADCSamplePack2" MadcSamplePack2 48 "Two MADC samples" {
        sample0: Sample = [24, 24] "see sample layout",
        sample1: Sample = [0, 24] "see sample layout",
    }
    0x09 event "MADCSamplePack3" MadcSamplePack3 72 "Three MADC samples" {
        sample0: Sample = [48, 24] "see sample layout",
        sample1: Sample = [24, 24] "see sample layout",
        sample2: Sample = [0, 24] "see sample layout",
    }
    0x0a event "SpikePack1" SpikePack1 24 "One spike" {
        spike0: Spike = [0, 24] "see spike layout",
    }
    0x0b event "SpikePack2" SpikePack2 48 "Two spikes" {
        spike0: Spike = [24, 24] "see spike layout",
        spike1: Spike = [0, 24] "see spike layout",
    }
    0x0c event "SpikePack3" SpikePack3 72 "Three spikes" {
        spike0: Spike = [48, 24] "see spike layout",
        spike1: Spike = [24, 24] "see spike layout",
        spike2: Spike = [0, 24] "see spike layout",
    }
}

impl ToFpga {
    /// End of a program.
    pub const HALT: Self = Self::Loopback { kind: LoopbackKind::Halt };
    /// A mark that is answered in the response stream.
    pub const TICK: Self = Self::Loopback { kind: LoopbackKind::Tick };
    /// Wait for all Omnibus transactions.
    pub const BARRIER_OMNIBUS: Self = Self::barrier(0b00001);
    /// Wait for the JTAG engine.
    pub const BARRIER_JTAG: Self = Self::barrier(0b00010);
    /// Wait for the systime synchronisation.
    pub const BARRIER_SYSTIME: Self = Self::barrier(0b00100);
    /// Wait for the other FPGAs.
    pub const BARRIER_MULTI_FPGA: Self = Self::barrier(0b01000);
    /// Wait for the interrupt of the global systime.
    pub const BARRIER_SYSTIME_CORRECTION: Self = Self::barrier(0b10000);

    const fn barrier(channels: u8) -> Self {
        Self::Barrier {
            omnibus: channels & 1 != 0,
            jtag: channels & 2 != 0,
            systime: channels & 4 != 0,
            multi_fpga: channels & 8 != 0,
            systime_correction: channels & 16 != 0,
        }
    }

    /// The request to read an Omnibus address.
    #[must_use]
    pub const fn read(address: u32) -> Self {
        Self::OmnibusAddress { address, byte_enables: 0xf, is_read: true }
    }

    /// The two messages that write a whole word to an Omnibus address.
    #[must_use]
    pub const fn write(address: u32, data: u32) -> [Self; 2] {
        [Self::OmnibusAddress { address, byte_enables: 0xf, is_read: false }, Self::OmnibusData { data }]
    }

    /// The 64-bit word of the message. Values wider than their field are cut to it.
    #[inline(always)]
    #[must_use]
    pub fn encode(self) -> u64 {
        self.encode_bits().value as u64
    }

    /// The message in a word; `None` for a comma word and for an unknown id.
    #[inline(always)]
    #[must_use]
    pub fn decode(word: u64) -> Option<Self> {
        Self::decode_payload((word >> 56) as u8, u128::from(word & mask(56)))
    }
}

impl FromFpga {
    /// The answer to a halt: end of the responses of a program.
    pub const HALT: Self = Self::Loopback { kind: LoopbackKind::Halt };
    /// The answer to a tick.
    pub const TICK: Self = Self::Loopback { kind: LoopbackKind::Tick };
}
