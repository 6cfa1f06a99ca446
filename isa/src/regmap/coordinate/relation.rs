//! How neurons, synapses, drivers and converter channels relate (electronicvisions halco:
//! src/halco/hicann-dls/vx/{neuron,synapse,synapse_driver,quad}.cpp).
//!
//! A hemisphere owns one row of 256 neurons, one array of 256 x 256 synapses and 128 synapse drivers. The neuron
//! configuration is numbered by quarter, the digital backend by left and right half.

use super::*;

/// Columns of one quarter of the chip.
const QUARTER: u32 = 128;
/// Columns of the chip, and neurons of one backend block.
const COLUMNS: u32 = 256;

/// Quad (0..63) and entry (0..3) that hold column `column` (0..255): even columns are in quads 0..31, odd ones in 32..63.
#[must_use]
#[inline]
pub const fn quad_of_column(column: usize) -> (usize, usize) {
    (32 * (column % 2) + column / 8, column / 2 % 4)
}

/// Column (0..255) of entry `entry` (0..3) of quad `quad` (0..63).
#[must_use]
#[inline]
pub const fn column_of_quad(quad: usize, entry: usize) -> usize {
    8 * (quad % 32) + 2 * entry + quad / 32
}

/// Lowest bit of entry `entry` (0..3) in the word of a quad: entry 0 is the most significant byte.
#[must_use]
#[inline]
pub const fn entry_shift(entry: usize) -> u32 {
    24 - 8 * entry as u32
}

/// Backend number of a neuron: left half first, and inside a half the top row first.
const fn backend(neuron: u32) -> u32 {
    let (row, column) = (neuron / COLUMNS, neuron % COLUMNS);
    COLUMNS * (column / QUARTER) + QUARTER * row + column % QUARTER
}

impl AtomicNeuronOnDLS {
    /// Analog configuration: same enumeration.
    #[must_use]
    #[inline]
    pub const fn to_neuron_config(self) -> NeuronConfigOnDLS {
        NeuronConfigOnDLS(self.0)
    }

    /// Digital backend.
    #[must_use]
    #[inline]
    pub const fn to_neuron_backend_config(self) -> NeuronBackendConfigOnDLS {
        NeuronBackendConfigOnDLS(backend(self.0))
    }

    /// Trigger of an artificial fire.
    #[must_use]
    #[inline]
    pub const fn to_neuron_reset(self) -> NeuronResetOnDLS {
        NeuronResetOnDLS(backend(self.0))
    }

    /// Spike counter.
    #[must_use]
    #[inline]
    pub const fn to_spike_counter_read(self) -> SpikeCounterReadOnDLS {
        SpikeCounterReadOnDLS(backend(self.0))
    }

    /// Reset of the spike counter.
    #[must_use]
    #[inline]
    pub const fn to_spike_counter_reset(self) -> SpikeCounterResetOnDLS {
        SpikeCounterResetOnDLS(backend(self.0))
    }

    /// Settings of the backends of its half.
    #[must_use]
    #[inline]
    pub const fn to_common_neuron_backend_config(self) -> CommonNeuronBackendConfigOnDLS {
        CommonNeuronBackendConfigOnDLS(self.0 % COLUMNS / QUARTER)
    }

    /// Event output on which its spikes leave.
    #[must_use]
    #[inline]
    pub const fn to_event_output(self) -> NeuronEventOutputOnDLS {
        NeuronEventOutputOnDLS(self.0 % COLUMNS / 32)
    }

    /// CapMem block that holds its parameters.
    #[must_use]
    #[inline]
    pub const fn to_capmem_block(self) -> CapMemBlockOnDLS {
        CapMemBlockOnDLS(self.0 / QUARTER)
    }

    /// CapMem cell of its parameter in row `row` (0..23).
    ///
    /// # Errors
    /// If there is no such row.
    #[inline]
    pub const fn to_capmem_cell(self, row: usize) -> Result<CapMemCellOnDLS, CoordinateError> {
        CapMemCellOnDLS::new((self.0 / QUARTER) as usize, row, (self.0 % QUARTER) as usize)
    }
}

/// Back to the neuron, for coordinates numbered like the backends.
macro_rules! neuron_of_backend {
    ($($name:ident),*) => {$(
        impl $name {
            /// The neuron circuit.
            #[must_use]
            #[inline]
            pub const fn to_atomic_neuron(self) -> AtomicNeuronOnDLS {
                let (half, rest) = (self.0 / COLUMNS, self.0 % COLUMNS);
                AtomicNeuronOnDLS(COLUMNS * (rest / QUARTER) + QUARTER * half + rest % QUARTER)
            }
        }
    )*};
}

neuron_of_backend!(NeuronBackendConfigOnDLS, NeuronResetOnDLS, SpikeCounterReadOnDLS, SpikeCounterResetOnDLS);

impl NeuronConfigOnDLS {
    /// The neuron circuit.
    #[must_use]
    #[inline]
    pub const fn to_atomic_neuron(self) -> AtomicNeuronOnDLS {
        AtomicNeuronOnDLS(self.0)
    }
}

impl SynapseOnDLS {
    /// The quad that holds it, and its entry there (0..3).
    #[must_use]
    #[inline]
    pub const fn to_quad(self) -> (SynapseQuadOnDLS, usize) {
        let (quad, entry) = quad_of_column(self.c());
        (SynapseQuadOnDLS(self.0 / COLUMNS * 64 + quad as u32), entry)
    }

    /// The neuron it feeds.
    #[must_use]
    #[inline]
    pub const fn to_atomic_neuron(self) -> AtomicNeuronOnDLS {
        AtomicNeuronOnDLS(COLUMNS * self.s() as u32 + self.0 % COLUMNS)
    }

    /// Its row.
    #[must_use]
    #[inline]
    pub const fn to_row(self) -> SynapseRowOnDLS {
        SynapseRowOnDLS(self.0 / COLUMNS)
    }
}

/// Columns of a quad coordinate.
macro_rules! quad_columns {
    ($($name:ident),*) => {$(
        impl $name {
            /// Columns of its entries 0..3.
            #[must_use]
            #[inline]
            pub const fn columns(self) -> [usize; 4] {
                let first = column_of_quad(self.q(), 0);
                [first, first + 2, first + 4, first + 6]
            }
        }
    )*};
}

quad_columns!(
    SynapseQuadOnDLS,
    SynapseWeightQuadOnDLS,
    SynapseLabelQuadOnDLS,
    SynapseCorrelationCalibQuadOnDLS,
    CorrelationResetOnDLS,
    ColumnCorrelationQuadOnDLS,
    ColumnCurrentQuadOnDLS,
    NeuronResetQuadOnDLS,
    CADCSampleQuadOnDLS
);

impl SynapseQuadOnDLS {
    /// The synapse of entry `entry` (taken modulo 4).
    #[must_use]
    #[inline]
    pub const fn to_synapse(self, entry: usize) -> SynapseOnDLS {
        SynapseOnDLS(self.0 / 64 * COLUMNS + column_of_quad(self.q(), entry % 4) as u32)
    }

    /// The same quad in the weight view.
    #[must_use]
    #[inline]
    pub const fn to_weight_quad(self) -> SynapseWeightQuadOnDLS {
        SynapseWeightQuadOnDLS(self.0)
    }

    /// The same quad in the label view.
    #[must_use]
    #[inline]
    pub const fn to_label_quad(self) -> SynapseLabelQuadOnDLS {
        SynapseLabelQuadOnDLS(self.0)
    }

    /// The same quad in the calibration view.
    #[must_use]
    #[inline]
    pub const fn to_correlation_calib_quad(self) -> SynapseCorrelationCalibQuadOnDLS {
        SynapseCorrelationCalibQuadOnDLS(self.0)
    }

    /// The same quad as a correlation reset.
    #[must_use]
    #[inline]
    pub const fn to_correlation_reset(self) -> CorrelationResetOnDLS {
        CorrelationResetOnDLS(self.0)
    }
}

impl SynapseRowOnDLS {
    /// The driver that serves it.
    #[must_use]
    #[inline]
    pub const fn to_driver(self) -> SynapseDriverOnDLS {
        SynapseDriverOnDLS(self.0 / 2)
    }

    /// Whether it is the top row of its driver (odd rows).
    #[must_use]
    #[inline]
    pub const fn is_top_of_driver(self) -> bool {
        self.0 % 2 == 1
    }
}

impl SynapseDriverOnDLS {
    /// Its bottom row 2*d and its top row 2*d + 1.
    #[must_use]
    #[inline]
    pub const fn to_rows(self) -> [SynapseRowOnDLS; 2] {
        [SynapseRowOnDLS(2 * self.0), SynapseRowOnDLS(2 * self.0 + 1)]
    }

    /// The bus it listens to: d%4 of its hemisphere.
    #[must_use]
    #[inline]
    pub const fn to_padi_bus(self) -> PADIBusOnDLS {
        PADIBusOnDLS(self.0 / 128 * 4 + self.0 % 4)
    }

    /// Its number on the bus (0..31), compared with the row select address of an event.
    #[must_use]
    #[inline]
    pub const fn index_on_bus(self) -> usize {
        self.d() / 4
    }

    /// CapMem block that holds its short-term plasticity voltages: 2*hemisphere + d%2.
    #[must_use]
    #[inline]
    pub const fn to_stp_capmem_block(self) -> CapMemBlockOnDLS {
        CapMemBlockOnDLS(self.0 / 128 * 2 + self.0 % 2)
    }
}

impl PADIBusOnDLS {
    /// The driver with number `index` (taken modulo 32) on this bus.
    #[must_use]
    #[inline]
    pub const fn to_driver(self, index: usize) -> SynapseDriverOnDLS {
        SynapseDriverOnDLS(self.0 / 4 * 128 + 4 * (index % 32) as u32 + self.0 % 4)
    }
}

impl CapMemCellOnDLS {
    /// Its block.
    #[must_use]
    #[inline]
    pub const fn to_capmem_block(self) -> CapMemBlockOnDLS {
        CapMemBlockOnDLS(self.b() as u32)
    }
}

impl CADCChannelConfigOnDLS {
    /// The neuron of its column.
    #[must_use]
    #[inline]
    pub const fn to_atomic_neuron(self) -> AtomicNeuronOnDLS {
        AtomicNeuronOnDLS(COLUMNS * self.s() as u32 + self.c() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neuron(x: usize, y: usize) -> AtomicNeuronOnDLS {
        AtomicNeuronOnDLS::new(y, x).unwrap()
    }

    #[test]
    fn a_neuron_has_one_number_per_block() {
        let n = neuron(200, 1);
        assert_eq!(n.to_enum(), 456);
        assert_eq!((n.to_neuron_config().b(), n.to_neuron_config().n()), (3, 72));
        assert_eq!((n.to_neuron_backend_config().w(), n.to_neuron_backend_config().m()), (1, 200));
        assert_eq!(n.to_neuron_backend_config().to_enum(), 456);
        assert_eq!(neuron(200, 0).to_neuron_backend_config().to_enum(), 328);
        assert_eq!(neuron(17, 1).to_neuron_backend_config().to_enum(), 145);
        assert_eq!(n.to_event_output().to_enum(), 6);
        assert_eq!(n.to_capmem_block().to_enum(), 3);
        assert_eq!(n.to_capmem_cell(2), CapMemCellOnDLS::new(3, 2, 72));
    }

    #[test]
    fn neurons_map_back_from_every_block() {
        for n in AtomicNeuronOnDLS::all() {
            let (x, y) = (n.x(), n.y());
            assert_eq!(n.to_enum(), 256 * y + x);
            assert_eq!(n.to_neuron_config().to_enum(), 128 * (2 * y + x / 128) + x % 128);
            assert_eq!(n.to_neuron_backend_config().to_enum(), 256 * (x / 128) + 128 * y + x % 128);
            assert_eq!(n.to_neuron_config().to_atomic_neuron(), n);
            assert_eq!(n.to_neuron_backend_config().to_atomic_neuron(), n);
            assert_eq!(n.to_neuron_reset().to_atomic_neuron(), n);
            assert_eq!(n.to_spike_counter_read().to_atomic_neuron(), n);
            assert_eq!(n.to_spike_counter_reset().to_atomic_neuron(), n);
            // Inside a backend block, the output follows the position: e%4 = (m%128)/32.
            assert_eq!(n.to_event_output().to_enum() % 4, n.to_neuron_reset().m() % 128 / 32);
        }
    }

    #[test]
    fn quads_hold_every_column_once() {
        let mut seen = [false; 256];
        for quad in 0..64 {
            for entry in 0..4 {
                let column = column_of_quad(quad, entry);
                assert_eq!(quad_of_column(column), (quad, entry));
                assert_eq!(column % 2 == 1, quad >= 32);
                assert_eq!(column >= 128, quad % 32 >= 16);
                assert!(!std::mem::replace(&mut seen[column], true));
            }
        }
        assert_eq!(SynapseQuadOnDLS::new(0, 0, 33).unwrap().columns(), [9, 11, 13, 15]);
        assert_eq!([0, 1, 2, 3].map(entry_shift), [24, 16, 8, 0]);
    }

    #[test]
    fn synapses_map_back_from_their_quads() {
        for synapse in SynapseOnDLS::all().step_by(97) {
            let (quad, entry) = synapse.to_quad();
            assert_eq!(quad.to_synapse(entry), synapse);
            assert_eq!((quad.s(), quad.row()), (synapse.s(), synapse.row()));
            assert_eq!(synapse.to_row().row(), synapse.row());
            assert_eq!(synapse.to_atomic_neuron(), neuron(synapse.c(), synapse.s()));
        }
    }

    #[test]
    fn drivers_share_the_buses() {
        for driver in SynapseDriverOnDLS::all() {
            let bus = driver.to_padi_bus();
            assert_eq!((bus.s(), bus.bus()), (driver.s(), driver.d() % 4));
            assert_eq!(bus.to_driver(driver.index_on_bus()), driver);
            assert_eq!(driver.to_stp_capmem_block().to_enum(), 2 * driver.s() + driver.d() % 2);
            let [bottom, top] = driver.to_rows();
            assert_eq!((bottom.row(), top.row()), (2 * driver.d(), 2 * driver.d() + 1));
            assert_eq!((bottom.to_driver(), top.to_driver()), (driver, driver));
            assert!(top.is_top_of_driver() && !bottom.is_top_of_driver());
        }
    }
}
