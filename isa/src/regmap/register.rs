//! Containers as Rust types, so that a frame of words knows what it holds.
//!
//! One list names all containers of the register map with their coordinates; a test checks it against the table.

use super::container::Container;
use super::coordinate::{self, Coordinate};
use super::value::{RangeError, Value};
use super::{CONTAINERS, position};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// A container of the register map as a type.
pub trait Register: Copy + fmt::Debug + Send + Sync + 'static {
    /// Its row in the register map.
    const CONTAINER: &'static Container;
    /// Position of that row.
    const INDEX: usize;
    /// What enumerates its instances.
    type Coordinate: Coordinate;
    /// Words of one instance.
    type Words: AsRef<[u32]> + AsMut<[u32]> + Copy + PartialEq + Eq + fmt::Debug + Send + Sync + 'static;
    /// All words zero.
    const ZERO: Self::Words;
}

/// A container whose words have Omnibus addresses.
pub trait OmnibusRegister: Register {
    /// Address of word `word` of the instance at `coordinate`; `word` must be one of the container's.
    #[must_use]
    #[inline]
    fn address(coordinate: Self::Coordinate, word: usize) -> u32 {
        debug_assert!(word < Self::CONTAINER.words as usize);
        Self::CONTAINER.address(coordinate.to_enum() as u64, word as u32).unwrap_or_default()
    }
}

/// The words of one instance of a container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<C: Register> {
    words: C::Words,
    container: PhantomData<C>,
}

impl<C: Register> Frame<C> {
    /// All words zero: what the chip holds after reset.
    #[must_use]
    pub fn zero() -> Self {
        Self::from_array(C::ZERO)
    }

    /// From an array of all words.
    #[must_use]
    pub const fn from_array(words: C::Words) -> Self {
        Frame { words, container: PhantomData }
    }

    /// From a slice of exactly the container's words.
    #[must_use]
    pub fn from_words(words: &[u32]) -> Option<Self> {
        let mut frame = Self::zero();
        let own = frame.words.as_mut();
        if own.len() != words.len() {
            return None;
        }
        own.copy_from_slice(words);
        Some(frame)
    }

    /// The words.
    #[must_use]
    #[inline]
    pub fn words(&self) -> &[u32] {
        self.words.as_ref()
    }

    /// The words, to be changed.
    #[inline]
    pub fn words_mut(&mut self) -> &mut [u32] {
        self.words.as_mut()
    }

    /// A value of this container.
    #[must_use]
    #[inline]
    pub fn get(&self, value: Value) -> u32 {
        debug_assert_eq!(value.container_index(), C::INDEX, "{} is in another container", value.name());
        value.get(self.words())
    }

    /// A switch of this container.
    #[must_use]
    #[inline]
    pub fn is_set(&self, value: Value) -> bool {
        self.get(value) != 0
    }

    /// Changes a value of this container; bits that do not fit are dropped.
    #[inline]
    pub fn set(&mut self, value: Value, to: u32) {
        debug_assert_eq!(value.container_index(), C::INDEX, "{} is in another container", value.name());
        value.set(self.words.as_mut(), to);
    }

    /// Changes a value of this container if it fits.
    ///
    /// # Errors
    /// If it is out of the value's range.
    pub fn try_set(&mut self, value: Value, to: i64) -> Result<(), RangeError> {
        debug_assert_eq!(value.container_index(), C::INDEX, "{} is in another container", value.name());
        value.try_set(self.words.as_mut(), to)
    }

    /// The frame with a value changed, for chaining.
    #[must_use]
    #[inline]
    pub fn with(mut self, value: Value, to: u32) -> Self {
        self.set(value, to);
        self
    }
}

impl<C: OmnibusRegister> Frame<C> {
    /// The writes that send this frame to `coordinate`, in the order they must be sent.
    pub fn writes(&self, coordinate: C::Coordinate) -> impl Iterator<Item = (u32, u32)> + '_ {
        C::CONTAINER.write_order().map(move |word| {
            let word = word as usize;
            (C::address(coordinate, word), self.words()[word])
        })
    }
}

impl<C: Register> Default for Frame<C> {
    /// The configuration defaults of the register map.
    fn default() -> Self {
        let mut frame = Self::zero();
        C::CONTAINER.fill_default(frame.words.as_mut());
        frame
    }
}

impl<C: Register> fmt::Debug for Frame<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{:08x?}", C::CONTAINER.name, self.words())
    }
}

impl<C: Register> Serialize for Frame<C> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.words().serialize(serializer)
    }
}

impl<'de, C: Register> Deserialize<'de> for Frame<C> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<u32>::deserialize(deserializer)?;
        let expected = format!("{} words of {}", C::CONTAINER.words, C::CONTAINER.name);
        Self::from_words(&words)
            .ok_or_else(|| serde::de::Error::invalid_length(words.len(), &expected.as_str()))
    }
}

/// Declares the marker types: containers on the Omnibus, then those behind other ports.
macro_rules! registers {
    (omnibus { $($name:ident: $coordinate:ident,)* } port { $($port:ident: $port_coordinate:ident,)* }) => {
        $(registers!(@one $name $coordinate);
        impl OmnibusRegister for $name {})*
        $(registers!(@one $port $port_coordinate);)*

        /// Names and coordinates of all marker types, to be checked against the table.
        #[cfg(test)]
        const MARKERS: &[(&str, coordinate::CoordinateType, usize, bool)] = &[
            $((stringify!($name), coordinate::$coordinate::TYPE, $name::INDEX, true),)*
            $((stringify!($port), coordinate::$port_coordinate::TYPE, $port::INDEX, false),)*
        ];
    };
    (@one $name:ident $coordinate:ident) => {
        #[doc = concat!("The container `", stringify!($name), "` as a type.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;

        impl Register for $name {
            const INDEX: usize = position(stringify!($name));
            const CONTAINER: &'static Container = &CONTAINERS[Self::INDEX];
            type Coordinate = coordinate::$coordinate;
            type Words = [u32; CONTAINERS[position(stringify!($name))].words as usize];
            const ZERO: Self::Words = [0; CONTAINERS[position(stringify!($name))].words as usize];
        }
    };
}

registers! {
    omnibus {
        NeuronConfig: NeuronConfigOnDLS,
        NeuronBackendConfig: NeuronBackendConfigOnDLS,
        CommonNeuronBackendConfig: CommonNeuronBackendConfigOnDLS,
        NeuronSRAMTimingConfig: NeuronSRAMTimingConfigOnDLS,
        NeuronBackendSRAMTimingConfig: NeuronBackendSRAMTimingConfigOnDLS,
        NeuronReset: NeuronResetOnDLS,
        BlockPostPulse: BlockPostPulseOnDLS,
        SpikeCounterRead: SpikeCounterReadOnDLS,
        SpikeCounterReset: SpikeCounterResetOnDLS,
        NeuronResetQuad: NeuronResetQuadOnDLS,
        CapMemCell: CapMemCellOnDLS,
        CapMemBlockConfig: CapMemBlockConfigOnDLS,
        CapMemSRAMTimingConfig: CapMemSRAMTimingConfigOnDLS,
        ReferenceGeneratorConfig: ReferenceGeneratorConfigOnDLS,
        CommonSynramConfig: CommonSynramConfigOnDLS,
        SynapseQuad: SynapseQuadOnDLS,
        SynapseWeightQuad: SynapseWeightQuadOnDLS,
        SynapseLabelQuad: SynapseLabelQuadOnDLS,
        SynapseCorrelationCalibQuad: SynapseCorrelationCalibQuadOnDLS,
        ColumnCorrelationQuad: ColumnCorrelationQuadOnDLS,
        ColumnCurrentQuad: ColumnCurrentQuadOnDLS,
        CorrelationReset: CorrelationResetOnDLS,
        CommonCorrelationConfig: CommonCorrelationConfigOnDLS,
        SynapseBiasSelection: SynapseBiasSelectionOnDLS,
        SynapseDriverConfig: SynapseDriverOnDLS,
        SynapseDriverSRAMTimingConfig: SynapseDriverSRAMTimingConfigOnDLS,
        PADIEvent: PADIEventOnDLS,
        CommonPADIBusConfig: CommonPADIBusConfigOnDLS,
        CommonSTPConfig: CommonSTPConfigOnDLS,
        CADCConfig: CADCConfigOnDLS,
        CADCChannelConfig: CADCChannelConfigOnDLS,
        CADCOffsetSRAMTimingConfig: CADCOffsetSRAMTimingConfigOnDLS,
        CADCSampleQuad: CADCSampleQuadOnDLS,
        MADCControl: MADCControlOnDLS,
        MADCConfig: MADCConfigOnDLS,
        CurrentDAC: CurrentDACOnDLS,
        ReadoutSourceSelection: ReadoutSourceSelectionOnDLS,
        PadMultiplexerConfig: PadMultiplexerConfigOnDLS,
        CrossbarOutputConfig: CrossbarOutputConfigOnDLS,
        BackgroundSpikeSource: BackgroundSpikeSourceOnDLS,
        CrossbarNode: CrossbarNodeOnDLS,
        CrossbarInputDropCounter: CrossbarInputOnDLS,
        CrossbarOutputEventCounter: CrossbarOutputOnDLS,
        PPUMemoryWord: PPUMemoryWordOnDLS,
        PPUControlRegister: PPUControlRegisterOnDLS,
        PPUStatusRegister: PPUStatusRegisterOnDLS,
        SystimeSyncBase: SystimeSyncBaseOnDLS,
        CommonPhyConfigChip: CommonPhyConfigChipOnDLS,
        PhyConfigFPGA: PhyConfigFPGAOnDLS,
        CommonPhyConfigFPGA: CommonPhyConfigFPGAOnDLS,
        PhyStatus: PhyStatusOnFPGA,
        ADPLL: ADPLLOnDLS,
        PLLClockOutputBlock: PLLClockOutputBlockOnDLS,
        PLLSelfTest: PLLSelfTestOnDLS,
        PLLSelfTestStatus: PLLSelfTestStatusOnDLS,
        FPGADeviceDNA: FPGADeviceDNAOnFPGA,
        ExecutorControl: ExecutorControlOnFPGA,
        EventRecordingConfig: EventRecordingConfigOnFPGA,
        PollingOmnibusBlockConfig: PollingOmnibusBlockConfigOnFPGA,
        InstructionTimeoutConfig: InstructionTimeoutConfigOnFPGA,
        SystimeCorrectionBarrierConfig: SystimeCorrectionBarrierConfigOnFPGA,
        TimerReadout: TimerOnDLS,
        FPGASystimeSyncNumRetries: FPGASystimeSyncNumRetriesOnFPGA,
        FPGASystimeSyncLastRTT: FPGASystimeSyncLastRTTOnFPGA,
        FPGASystimeSyncLastAsicSystime: FPGASystimeSyncLastAsicSystimeOnFPGA,
        FPGASystimeSyncActiveState: FPGASystimeSyncActiveStateOnFPGA,
        EventSwitchToExecutorSource: EventSwitchToExecutorSourceOnFPGA,
        EventSwitchToChipSource: EventSwitchToChipSourceOnFPGA,
        EventSwitchToExternalSource: EventSwitchToExternalSourceOnFPGA,
        EventSwitchConfig: EventSwitchConfigOnFPGA,
        EventSwitchSystimeOffset: EventSwitchSystimeOffsetOnFPGA,
        EventSwitchGlobalSystime: EventSwitchGlobalSystimeOnFPGA,
        EventSwitchLastGlobalSystime: EventSwitchLastGlobalSystimeOnFPGA,
        PerfTest: PerfTestOnFPGA,
        PerfTestStatus: PerfTestStatusOnFPGA,
        HicannARQStatus: HicannARQStatusOnFPGA,
        SpikeIOOutputRoute: SpikeIOOutputRouteOnFPGA,
        SpikeIOInputRoute: SpikeIOInputRouteOnFPGA,
        SpikeIOConfig: SpikeIOConfigOnFPGA,
        OutputRoutingTableEntry: OutputRoutingTableEntryOnFPGA,
        InputRoutingTableEntry: InputRoutingTableEntryOnFPGA,
        ExternalPPUMemoryQuad: ExternalPPUMemoryQuadOnFPGA,
        ExternalPPUMemoryByte: ExternalPPUMemoryByteOnFPGA,
        ExternalPPUDRAMMemoryQuad: ExternalPPUDRAMMemoryQuadOnFPGA,
        ExternalPPUDRAMMemoryByte: ExternalPPUDRAMMemoryByteOnFPGA,
        VectorGeneratorControl: VectorGeneratorControlOnFPGA,
        VectorGeneratorNotificationAddress: VectorGeneratorNotificationAddressOnFPGA,
        VectorGeneratorTrigger: VectorGeneratorTriggerOnFPGA,
        VectorGeneratorLUTEntry: VectorGeneratorLUTEntryOnFPGA,
        VectorGeneratorFIFOWord: VectorGeneratorFIFOWordOnFPGA,
        SPIPort: SPIClientOnFPGA,
        I2CPort: I2CDeviceOnFPGA,
        I2CPrescaler: I2CPrescalerOnFPGA,
    }
    port {
        PhyConfigChip: PhyConfigChipOnDLS,
        JTAGIdCode: JTAGIdCodeOnDLS,
        JTAGClockScaler: JTAGClockScalerOnDLS,
        ResetJTAGTap: ResetJTAGTapOnDLS,
        ResetChip: ResetChipOnDLS,
        Timer: TimerOnDLS,
        Barrier: BarrierOnFPGA,
        PollingOmnibusBlock: PollingOmnibusBlockOnFPGA,
        SystimeSync: SystimeSyncOnFPGA,
        SpikePack1ToChip: SpikePack1ToChipOnDLS,
        SpikePack2ToChip: SpikePack2ToChipOnDLS,
        SpikePack3ToChip: SpikePack3ToChipOnDLS,
        NullPayloadReadable: NullPayloadReadableOnFPGA,
        ShiftRegister: ShiftRegisterOnBoard,
        DACChannel: DACChannelOnBoard,
        DACControl: DACOnBoard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{field, fields};

    #[test]
    fn the_marker_types_are_the_table() {
        assert_eq!(MARKERS.len(), CONTAINERS.len());
        for (name, coordinate, index, on_omnibus) in MARKERS {
            let container = &CONTAINERS[*index];
            assert_eq!((container.name, container.coordinate), (*name, *coordinate));
            assert_eq!(container.on_omnibus(), *on_omnibus, "{name}");
        }
    }

    #[test]
    fn frames_join_split_fields() {
        let frame = Frame::<NeuronBackendConfig>::default()
            .with(field!(NeuronBackendConfig.address_out), 0x5a)
            .with(field!(NeuronBackendConfig.refractory_time), 37);
        assert_eq!(frame.get(field!(NeuronBackendConfig.address_out)), 0x5a);
        assert_eq!(frame.get(field!(NeuronBackendConfig.refractory_time)), 37);
        assert_eq!(frame.get(field!(NeuronBackendConfig.reset_holdoff)), 15);
        // Inverted: 0x5a = 010110 10, 37 = 0010 0101.
        assert_eq!(frame.words(), [0xc0 | 0b101001, 0xc0 | 0b01 << 4 | 0b1101, 0x80 | 0b1010 << 2, 0]);
    }

    #[test]
    fn frames_are_written_to_their_addresses_in_order() {
        let frame = Frame::<BackgroundSpikeSource>::zero()
            .with(field!(BackgroundSpikeSource.enable), 1)
            .with(field!(BackgroundSpikeSource.seed), 1234)
            .with(field!(BackgroundSpikeSource.neuron_label), 7);
        let source = coordinate::BackgroundSpikeSourceOnDLS::new(2).unwrap();
        let writes: Vec<_> = frame.writes(source).collect();
        assert_eq!(writes, [(0x130008, 1234), (0x130009, 7 << 16), (0x130007, 1)]);
    }

    #[test]
    fn indexed_fields_address_entries() {
        let [w0, .., w3] = fields!(SynapseQuad.weight; 4);
        let frame =
            Frame::<SynapseQuad>::zero().with(w0, 1).with(w3, 63).with(field!(SynapseQuad.label[1]), 5);
        assert_eq!(frame.words(), [0x1000_003f, 0x0005_0000]);
        assert_eq!(field!(SynapseQuad, "weight[0]"), w0);
        assert!(frame.is_set(w3));
        assert_eq!(Frame::<SynapseQuad>::from_words(&[0]), None);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let mut frame = Frame::<CADCChannelConfig>::default();
        let offset = field!(CADCChannelConfig.offset);
        assert_eq!(frame.try_set(offset, -128), Ok(()));
        assert_eq!((frame.words()[0], offset.get_signed(frame.words())), (0, -128));
        let error = frame.try_set(offset, 128).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CADCChannelConfig.offset=128 is out of range, -128 to 127 are allowed"
        );
    }

    #[test]
    fn wide_values_cross_words() {
        let value = field!(SystimeSyncBase.value);
        let mut frame = Frame::<SystimeSyncBase>::zero();
        value.set_wide(frame.words_mut(), 0x5a5_1234_5678);
        assert_eq!(frame.words(), [0x1234_5678, 0x5a5]);
        assert_eq!((value.get_wide(frame.words()), value.width()), (0x5a5_1234_5678, 43));
        let labels = fields!(SpikePack3ToChip.label; 3);
        let mut pack = Frame::<SpikePack3ToChip>::zero();
        labels.iter().zip([0x1111, 0x2222, 0x3333]).for_each(|(&label, to)| pack.set(label, to));
        assert_eq!(pack.words(), [0x2222_3333, 0x1111]);
    }
}
