//! Coordinates: which instance of a container is meant.
//!
//! Every coordinate has its halco name (electronicvisions halco: include/halco/hicann-dls/vx) and is stored as its
//! enumeration, row major with the last axis fastest. `top`/north = 0, `bottom`/south = 1; `west`/left = 0,
//! `east`/right = 1. Relations between coordinates are in `relation.rs` and `routing.rs`.

mod relation;
mod routing;

pub use relation::{column_of_quad, entry_shift, quad_of_column};

use serde::{Deserialize, Serialize};
use std::fmt;

/// A coordinate outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{coordinate}: {axis}={value} is out of range, {} are allowed", Allowed(*.size))]
pub struct CoordinateError {
    /// halco name of the coordinate.
    pub coordinate: &'static str,
    /// Key of the axis, or `enum`.
    pub axis: &'static str,
    /// What was given.
    pub value: u64,
    /// Number of values of the axis.
    pub size: u64,
}

/// Prints the values below a size.
struct Allowed(u64);

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "0 to {}", self.0.saturating_sub(1))
    }
}

/// One axis of a coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// Short key, as in the register map (`b`).
    pub key: &'static str,
    /// What it counts (`block`); also accepted as a key.
    pub name: &'static str,
    /// Number of values.
    pub count: u32,
    /// The values where they are not `0..count`.
    pub values: &'static [u32],
}

impl Axis {
    /// The value as it is written for position `index`.
    #[must_use]
    pub fn value(&self, index: u32) -> u32 {
        self.values.get(index as usize).copied().unwrap_or(index)
    }

    /// Position of a written value.
    #[must_use]
    pub fn index(&self, value: u64) -> Option<u32> {
        if self.values.is_empty() {
            return (value < u64::from(self.count)).then_some(value as u32);
        }
        self.values.iter().position(|&v| u64::from(v) == value).map(|index| index as u32)
    }
}

/// Name and axes of a coordinate type, outermost axis first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoordinateType {
    /// halco name.
    pub name: &'static str,
    /// Axes, outermost first; none for a singleton.
    pub axes: &'static [Axis],
}

impl CoordinateType {
    /// Number of instances.
    #[must_use]
    #[inline]
    pub const fn size(&self) -> u64 {
        let mut size = 1;
        let mut i = 0;
        while i < self.axes.len() {
            size *= self.axes[i].count as u64;
            i += 1;
        }
        size
    }

    /// Position of an axis; an unknown key fails at compile time.
    const fn axis(&self, key: &str) -> usize {
        let mut i = 0;
        while i < self.axes.len() {
            if crate::regmap::same(self.axes[i].key, key) {
                return i;
            }
            i += 1;
        }
        panic!("no such axis")
    }

    /// What one unit of an axis counts in the enumeration. For constants: an unknown key does not compile.
    pub(super) const fn weight(&self, key: &str) -> u32 {
        let mut weight = 1;
        let mut i = self.axis(key) + 1;
        while i < self.axes.len() {
            weight *= self.axes[i].count;
            i += 1;
        }
        weight
    }

    /// Number of values of an axis. For constants: an unknown key does not compile.
    pub(super) const fn count(&self, key: &str) -> u32 {
        self.axes[self.axis(key)].count
    }

    /// Positions along the axes of instance `instance`, outermost first.
    #[must_use]
    pub fn split(&self, instance: u64) -> Vec<u32> {
        let mut rest = instance;
        let mut positions: Vec<u32> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            positions.push((rest % u64::from(axis.count)) as u32);
            rest /= u64::from(axis.count);
        }
        positions.reverse();
        positions
    }

    /// Instance at these positions (one per axis, each in range).
    #[must_use]
    pub fn join(&self, positions: &[u32]) -> u64 {
        let fold = |instance, (axis, &position): (&Axis, &u32)| {
            instance * u64::from(axis.count) + u64::from(position)
        };
        self.axes.iter().zip(positions).fold(0, fold)
    }

    /// An instance as it is written on the command line: `b=1,n=17`, `-` for a singleton.
    #[must_use]
    pub fn format(&self, instance: u64) -> String {
        if self.axes.is_empty() {
            return "-".to_owned();
        }
        let positions = self.split(instance);
        let pairs = self.axes.iter().zip(positions);
        pairs.map(|(axis, i)| format!("{}={}", axis.key, axis.value(i))).collect::<Vec<_>>().join(",")
    }
}

/// A typed coordinate.
pub trait Coordinate: Copy + Eq + Ord + fmt::Debug + Send + Sync + 'static {
    /// Name and axes.
    const TYPE: CoordinateType;

    /// The enumeration.
    fn to_enum(self) -> usize;

    /// From the enumeration.
    ///
    /// # Errors
    /// If it is not below the number of instances.
    fn from_enum(value: usize) -> Result<Self, CoordinateError>;

    /// All instances in order.
    fn all() -> impl Iterator<Item = Self> {
        (0..Self::TYPE.size() as usize).filter_map(|value| Self::from_enum(value).ok())
    }
}

/// Refuses `value` if it is not below `size`.
const fn check(
    coordinate: &'static str,
    axis: &'static str,
    value: usize,
    size: u32,
) -> Result<u32, CoordinateError> {
    if value < size as usize {
        return Ok(value as u32);
    }
    Err(CoordinateError { coordinate, axis, value: value as u64, size: size as u64 })
}

/// Declares coordinate types: name, axes (key, what it counts, number of values, odd values) outermost first.
macro_rules! coordinates {
    ($($(#[$doc:meta])* $name:ident { $($key:ident $axis:literal $count:literal $($values:expr)?),* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(u32);

        impl $name {
            /// Name and axes.
            pub const TYPE: CoordinateType = CoordinateType {
                name: stringify!($name),
                axes: &[$(Axis {
                    key: stringify!($key),
                    name: $axis,
                    count: $count,
                    values: coordinates!(@values $($values)?),
                }),*],
            };
            /// Number of instances.
            pub const SIZE: usize = Self::TYPE.size() as usize;

            /// The instance at these positions.
            ///
            /// # Errors
            /// If a position is not below the number of values of its axis.
            #[inline]
            pub const fn new($($key: usize),*) -> Result<Self, CoordinateError> {
                let value = 0;
                $(let value = match check(stringify!($name), stringify!($key), $key, $count) {
                    Ok(position) => value * $count + position,
                    Err(error) => return Err(error),
                };)*
                Ok(Self(value))
            }

            /// From the enumeration.
            ///
            /// # Errors
            /// If it is not below [`Self::SIZE`].
            #[inline]
            pub const fn from_enum(value: usize) -> Result<Self, CoordinateError> {
                match check(stringify!($name), "enum", value, Self::SIZE as u32) {
                    Ok(value) => Ok(Self(value)),
                    Err(error) => Err(error),
                }
            }

            /// The enumeration.
            #[must_use]
            #[inline]
            pub const fn to_enum(self) -> usize {
                self.0 as usize
            }

            /// All instances in order.
            pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
                (0..Self::SIZE as u32).map(Self)
            }

            $(
                #[doc = concat!("Position of the ", $axis, ", 0..", stringify!($count), ".")]
                #[must_use]
                #[inline]
                pub const fn $key(self) -> usize {
                    (self.0 / const { Self::TYPE.weight(stringify!($key)) } % $count) as usize
                }
            )*
        }

        impl Coordinate for $name {
            const TYPE: CoordinateType = $name::TYPE;

            #[inline]
            fn to_enum(self) -> usize {
                self.0 as usize
            }

            #[inline]
            fn from_enum(value: usize) -> Result<Self, CoordinateError> {
                $name::from_enum(value)
            }
        }

        impl From<$name> for u32 {
            fn from(coordinate: $name) -> u32 {
                coordinate.0
            }
        }

        impl TryFrom<u32> for $name {
            type Error = CoordinateError;

            fn try_from(value: u32) -> Result<Self, CoordinateError> {
                $name::from_enum(value as usize)
            }
        }
    )*};
    (@values) => { &[] };
    (@values $values:expr) => { $values };
}

coordinates! {
    // Neurons: one per circuit, per block of 128 or 256, or per half.
    /// Analog configuration of one neuron circuit; block b = 2*row + column/128, n = column%128.
    NeuronConfigOnDLS { b "block" 4, n "neuron" 128 }
    /// Digital backend of one neuron; block w = column/128, m = 128*row + column%128.
    NeuronBackendConfigOnDLS { w "block" 2, m "neuron" 256 }
    /// Settings shared by the backends of one half.
    CommonNeuronBackendConfigOnDLS { w "block" 2 }
    /// Timing of a neuron configuration SRAM.
    NeuronSRAMTimingConfigOnDLS { b "block" 4 }
    /// Timing of a neuron backend SRAM.
    NeuronBackendSRAMTimingConfigOnDLS { w "block" 2 }
    /// Artificial fire of one neuron; numbering as the backends.
    NeuronResetOnDLS { w "block" 2, m "neuron" 256 }
    /// Post pulse to all neurons of one half.
    BlockPostPulseOnDLS { w "block" 2 }
    /// Spike counter of one neuron; numbering as the backends.
    SpikeCounterReadOnDLS { w "block" 2, m "neuron" 256 }
    /// Reset of one spike counter; numbering as the backends.
    SpikeCounterResetOnDLS { w "block" 2, m "neuron" 256 }
    /// Artificial fire of the four neurons of a quad.
    NeuronResetQuadOnDLS { s "synram" 2, q "quad" 64 }

    // Analog parameter storage.
    /// One analog parameter cell: column = neuron (128 and 129 shared), row = parameter.
    CapMemCellOnDLS { b "block" 4, r "row" 24, c "column" 130 }
    /// Refresh of one CapMem block.
    CapMemBlockConfigOnDLS { b "block" 4 }
    /// Timing of a CapMem SRAM.
    CapMemSRAMTimingConfigOnDLS { b "block" 4 }
    /// Reference currents of the chip.
    ReferenceGeneratorConfigOnDLS {}

    // Synapses, their columns and drivers.
    /// Settings of one synapse array.
    CommonSynramConfigOnDLS { s "synram" 2 }
    /// Four synapses of one row.
    SynapseQuadOnDLS { s "synram" 2, row "row" 256, q "quad" 64 }
    /// Weights of four synapses.
    SynapseWeightQuadOnDLS { s "synram" 2, row "row" 256, q "quad" 64 }
    /// Labels of four synapses.
    SynapseLabelQuadOnDLS { s "synram" 2, row "row" 256, q "quad" 64 }
    /// Correlation calibration of four synapses.
    SynapseCorrelationCalibQuadOnDLS { s "synram" 2, row "row" 256, q "quad" 64 }
    /// Correlation switches of four columns.
    ColumnCorrelationQuadOnDLS { s "synram" 2, q "quad" 64 }
    /// Current switches of four columns.
    ColumnCurrentQuadOnDLS { s "synram" 2, q "quad" 64 }
    /// Correlation reset of four synapses.
    CorrelationResetOnDLS { s "synram" 2, row "row" 256, q "quad" 64 }
    /// Correlation timing of one hemisphere.
    CommonCorrelationConfigOnDLS { s "synram" 2 }
    /// Source of the synapse biases.
    SynapseBiasSelectionOnDLS {}
    /// One synapse driver; serves rows 2*d and 2*d+1 of its array.
    SynapseDriverOnDLS { s "block" 2, d "driver" 128 }
    /// Timing of a synapse driver SRAM.
    SynapseDriverSRAMTimingConfigOnDLS { s "block" 2 }
    /// Event trigger of the PADI buses of one hemisphere.
    PADIEventOnDLS { s "block" 2 }
    /// Settings of the four PADI buses of one hemisphere.
    CommonPADIBusConfigOnDLS { s "block" 2 }
    /// Short-term plasticity clock of one hemisphere.
    CommonSTPConfigOnDLS { s "block" 2 }

    // Converters and analog readout.
    /// One columnar converter.
    CADCConfigOnDLS { s "synram" 2 }
    /// One converter channel; t = 0 causal, 1 acausal.
    CADCChannelConfigOnDLS { s "synram" 2, t "type" 2, c "column" 256 }
    /// Timing of an offset SRAM: 0 top west, 1 top east, 2 bottom west, 3 bottom east.
    CADCOffsetSRAMTimingConfigOnDLS { i "block" 4 }
    /// Samples of four columns; u = 0 converts, 1 returns the latched samples; t = 0 causal, 1 acausal.
    CADCSampleQuadOnDLS { s "synram" 2, u "readout" 2, t "type" 2, row "row" 256, q "quad" 64 }
    /// Commands of the fast converter.
    MADCControlOnDLS {}
    /// Settings of the fast converter.
    MADCConfigOnDLS {}
    /// Test current.
    CurrentDACOnDLS {}
    /// Inputs of the two readout multiplexers.
    ReadoutSourceSelectionOnDLS {}
    /// Switches of one analog pad.
    PadMultiplexerConfigOnDLS { p "pad" 2 }

    // Event network.
    /// Settings of the crossbar outputs.
    CrossbarOutputConfigOnDLS {}
    /// One background spike generator.
    BackgroundSpikeSourceOnDLS { g "source" 8 }
    /// One existing crossing of the event crossbar.
    CrossbarNodeOnDLS { k "node" 76 }
    /// One crossbar input: 0..7 neuron outputs, 8..11 host, 12..19 background sources.
    CrossbarInputOnDLS { i "input" 20 }
    /// One crossbar output: 0..7 PADI buses, 8..11 towards the host.
    CrossbarOutputOnDLS { j "output" 12 }

    // Plasticity processors.
    /// One word of a processor's memory.
    PPUMemoryWordOnDLS { p "ppu" 2, w "word" 4096 }
    /// Run control of a processor.
    PPUControlRegisterOnDLS { p "ppu" 2 }
    /// State of a processor.
    PPUStatusRegisterOnDLS { p "ppu" 2 }

    // Clocks and links.
    /// Start value of the chip's system time.
    SystimeSyncBaseOnDLS {}
    /// Enables of the chip's link transceivers.
    CommonPhyConfigChipOnDLS {}
    /// One link transceiver of the chip.
    PhyConfigChipOnDLS { p "phy" 8 }
    /// One link transceiver of the FPGA.
    PhyConfigFPGAOnDLS { p "phy" 8 }
    /// Enables of the FPGA's link transceivers.
    CommonPhyConfigFPGAOnDLS {}
    /// Counters of one link.
    PhyStatusOnFPGA { p "phy" 8 }
    /// One phase-locked loop.
    ADPLLOnDLS { a "adpll" 2 }
    /// Clock outputs.
    PLLClockOutputBlockOnDLS {}
    /// Clock measurement.
    PLLSelfTestOnDLS {}
    /// Result of the clock measurement.
    PLLSelfTestStatusOnDLS {}

    // Registers of the FPGA.
    /// Serial number of the FPGA.
    FPGADeviceDNAOnFPGA {}
    /// Write-response filter of the playback executor.
    ExecutorControlOnFPGA {}
    /// Forwarding of events to the host.
    EventRecordingConfigOnFPGA {}
    /// Target of the polling block.
    PollingOmnibusBlockConfigOnFPGA {}
    /// Timeout of blocked instructions.
    InstructionTimeoutConfigOnFPGA {}
    /// Arming of the systime correction barrier.
    SystimeCorrectionBarrierConfigOnFPGA {}
    /// The playback timer.
    TimerOnDLS {}
    /// Tries of the systime synchronisation.
    FPGASystimeSyncNumRetriesOnFPGA {}
    /// Last round trip of the systime synchronisation.
    FPGASystimeSyncLastRTTOnFPGA {}
    /// Last chip time seen by the systime synchronisation.
    FPGASystimeSyncLastAsicSystimeOnFPGA {}
    /// State of the systime synchronisation.
    FPGASystimeSyncActiveStateOnFPGA {}
    /// Event switch towards the executor.
    EventSwitchToExecutorSourceOnFPGA {}
    /// Event switch towards the chip.
    EventSwitchToChipSourceOnFPGA {}
    /// Event switch towards external links.
    EventSwitchToExternalSourceOnFPGA {}
    /// Settings of the event switch.
    EventSwitchConfigOnFPGA {}
    /// Time offset of the event switch.
    EventSwitchSystimeOffsetOnFPGA {}
    /// Global time of the event switch.
    EventSwitchGlobalSystimeOnFPGA {}
    /// Last global time of the event switch.
    EventSwitchLastGlobalSystimeOnFPGA {}
    /// Link performance test.
    PerfTestOnFPGA {}
    /// Result of the link performance test.
    PerfTestStatusOnFPGA {}
    /// Word counters of the reliable link.
    HicannARQStatusOnFPGA {}
    /// Serial address of a spike label.
    SpikeIOOutputRouteOnFPGA { label "label" 65536 }
    /// Spike label of a serial address.
    SpikeIOInputRouteOnFPGA { a "address" 256 }
    /// Serial spike port.
    SpikeIOConfigOnFPGA {}
    /// Inter-chip label of a spike label.
    OutputRoutingTableEntryOnFPGA { label "label" 65536 }
    /// Spike label of an inter-chip label.
    InputRoutingTableEntryOnFPGA { l "label" 32768 }
    /// One word of the external memory.
    ExternalPPUMemoryQuadOnFPGA { w "word" 32768 }
    /// One byte of the external memory.
    ExternalPPUMemoryByteOnFPGA { a "address" 131072 }
    /// One word of the external DRAM.
    ExternalPPUDRAMMemoryQuadOnFPGA { w "word" 67108864 }
    /// One byte of the external DRAM.
    ExternalPPUDRAMMemoryByteOnFPGA { a "address" 268435456 }
    /// Control of one vector generator.
    VectorGeneratorControlOnFPGA { v "generator" 2 }
    /// Address written when a vector generator is done.
    VectorGeneratorNotificationAddressOnFPGA { v "generator" 2 }
    /// Trigger of one vector generator.
    VectorGeneratorTriggerOnFPGA { v "generator" 2 }
    /// One label of a vector generator.
    VectorGeneratorLUTEntryOnFPGA { v "generator" 2, e "entry" 256 }
    /// Input of one vector generator.
    VectorGeneratorFIFOWordOnFPGA { v "generator" 2 }

    // Ports and playback instructions: no address.
    /// Identification of the chip.
    JTAGIdCodeOnDLS {}
    /// JTAG clock.
    JTAGClockScalerOnDLS {}
    /// Reset of the JTAG state machine.
    ResetJTAGTapOnDLS {}
    /// Reset pin of the chip.
    ResetChipOnDLS {}
    /// Blocking instruction.
    BarrierOnFPGA {}
    /// Polling instruction.
    PollingOmnibusBlockOnFPGA {}
    /// Systime synchronisation instruction.
    SystimeSyncOnFPGA {}
    /// One spike to the chip.
    SpikePack1ToChipOnDLS {}
    /// Two spikes to the chip.
    SpikePack2ToChipOnDLS {}
    /// Three spikes to the chip.
    SpikePack3ToChipOnDLS {}
    /// Loopback instruction.
    NullPayloadReadableOnFPGA {}

    // Board.
    /// Power and multiplexer switches of the board.
    ShiftRegisterOnBoard {}
    /// One channel of a board DAC.
    DACChannelOnBoard { dac "dac" 2, ch "channel" 8 }
    /// One board DAC.
    DACOnBoard { dac "dac" 2 }
    /// One SPI client: 1 shift register, 2 and 4 the DACs.
    SPIClientOnFPGA { c "client" 3 &[1, 2, 4] }
    /// One I2C device by its 7-bit address.
    I2CDeviceOnFPGA { n "device" 128 }
    /// Clock of the I2C port.
    I2CPrescalerOnFPGA {}

    // Coordinates that other coordinates refer to; no container of their own.
    /// One neuron circuit: row y = 0 top, 1 bottom; column x.
    AtomicNeuronOnDLS { y "row" 2, x "column" 256 }
    /// One event output of the neuron array, shared by both rows of 32 columns.
    NeuronEventOutputOnDLS { e "output" 8 }
    /// One CapMem block, or quarter of the chip: 0 NW, 1 NE, 2 SW, 3 SE.
    CapMemBlockOnDLS { b "block" 4 }
    /// One row of synapses.
    SynapseRowOnDLS { s "synram" 2, row "row" 256 }
    /// One synapse; its column feeds the neuron of the same column and hemisphere.
    SynapseOnDLS { s "synram" 2, row "row" 256, c "column" 256 }
    /// One PADI bus; the enumeration is that of the crossbar output that drives it.
    PADIBusOnDLS { s "block" 2, bus "bus" 4 }
}
