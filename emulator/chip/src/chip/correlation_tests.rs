//! Correlation sensors through the chip's registers: pairs of PADI events and artificial fires at known distances.

use super::*;
use crate::analog::capmem::Settling;
use crate::chip::ChipConfig;
use crate::exponential::exp;
use hx_isa::field;
use hx_isa::regmap::coordinate::{
    AtomicNeuronOnDLS, BlockPostPulseOnDLS, CADCChannelConfigOnDLS, CADCConfigOnDLS, CapMemBlockConfigOnDLS,
    CapMemCellOnDLS, ColumnCorrelationQuadOnDLS, CommonNeuronBackendConfigOnDLS, CorrelationResetOnDLS,
    PADIEventOnDLS, SynapseDriverOnDLS,
};
use hx_isa::regmap::register::{
    BlockPostPulse, CADCChannelConfig, CADCConfig, CapMemBlockConfig, CapMemCell, ColumnCorrelationQuad,
    CommonNeuronBackendConfig, CorrelationReset, NeuronBackendConfig, NeuronConfig, NeuronReset, PADIEvent,
    SynapseDriverConfig,
};
use hx_isa::regmap::{Frame, OmnibusRegister};

/// From a write to PADIEvent to the synapses, in ns.
const PADI_NS: u64 = 40;
/// The driver that listens, both of its rows excitatory.
const DRIVER: usize = 13;
const ROW: usize = 2 * DRIVER;
/// The label of every synapse at first.
const LABEL: u8 = 0;

/// A chip with powered sensors, one listening driver and columns whose neurons can be fired.
struct Rig {
    chip: Chip,
    now: Time,
}

impl Rig {
    fn new(config: ChipConfig) -> Rig {
        let chip = Chip::new(ChipConfig { settling: Settling::Instant, ..config });
        let mut rig = Rig { chip, now: Time::from_us(1) };
        CapMemBlockConfigOnDLS::all()
            .for_each(|block| rig.write(block, &Frame::<CapMemBlockConfig>::default()));
        // Ramp, store, output of the sensors; slope and offset of the CADC.
        for (row, code) in [(9, 80), (10, 70), (11, 600), (15, 200), (4, 22)] {
            rig.bias(row, code);
        }
        let common = Frame::<CommonNeuronBackendConfig>::default();
        CommonNeuronBackendConfigOnDLS::all().for_each(|half| rig.write(half, &common));
        let driver = Frame::<SynapseDriverConfig>::default()
            .with(field!(SynapseDriverConfig.enable_receiver), 1)
            .with(field!(SynapseDriverConfig, "row_mode_bottom.excitatory"), 1)
            .with(field!(SynapseDriverConfig, "row_mode_top.excitatory"), 1);
        rig.write(SynapseDriverOnDLS::new(0, DRIVER).expect("a driver"), &driver);
        rig.connect_cadc();
        rig
    }

    fn connect_cadc(&mut self) {
        let on = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
        CADCConfigOnDLS::all().for_each(|hemisphere| self.write(hemisphere, &on));
        let channel = Frame::<CADCChannelConfig>::default();
        CADCChannelConfigOnDLS::all().for_each(|at| self.write(at, &channel));
        let switches = [
            hx_isa::fields!(ColumnCorrelationQuad.enable_internal_causal; 4),
            hx_isa::fields!(ColumnCorrelationQuad.enable_internal_acausal; 4),
        ];
        let frame = switches
            .iter()
            .flatten()
            .fold(Frame::<ColumnCorrelationQuad>::zero(), |frame, switch| frame.with(*switch, 1));
        ColumnCorrelationQuadOnDLS::all().for_each(|quad| self.write(quad, &frame));
    }

    /// Writes a shared current or voltage of all quadrants.
    fn bias(&mut self, row: usize, code: u32) {
        for block in 0..4 {
            let cell = CapMemCellOnDLS::new(block, row, 128).expect("a cell");
            self.write(cell, &Frame::<CapMemCell>::default().with(field!(CapMemCell.value), code));
        }
    }

    fn write<C: OmnibusRegister>(&mut self, coordinate: C::Coordinate, frame: &Frame<C>) {
        for (address, word) in frame.writes(coordinate) {
            self.now += Time::from_fpga_cycles(2);
            self.chip.write(self.now, address, word, 0xf);
        }
    }

    fn write_at<C: OmnibusRegister>(&mut self, at: Time, coordinate: C::Coordinate, frame: &Frame<C>) {
        for (address, word) in frame.writes(coordinate) {
            self.chip.write(at, address, word, 0xf);
        }
    }

    /// Lets the neuron of a column fire when told.
    fn neuron(&mut self, column: usize) {
        self.backend(column, &Frame::default());
        let config = Frame::<NeuronConfig>::default().with(field!(NeuronConfig.enable_fire), 1);
        let neuron = AtomicNeuronOnDLS::new(0, column).expect("a neuron");
        self.write(neuron.to_neuron_config(), &config);
    }

    fn backend(&mut self, column: usize, frame: &Frame<NeuronBackendConfig>) {
        let neuron = AtomicNeuronOnDLS::new(0, column).expect("a neuron");
        let short = frame.with(field!(NeuronBackendConfig.refractory_time), 40);
        self.write(neuron.to_neuron_backend_config(), &short);
    }

    /// An event that reaches the synapses at `at`.
    fn pre(&mut self, at: Time, label: u8) {
        let event = Frame::<PADIEvent>::default()
            .with(field!(PADIEvent.fire_bus), 1 << (DRIVER % 4))
            .with(field!(PADIEvent.row_select_address), (DRIVER / 4) as u32)
            .with(field!(PADIEvent.event_address), u32::from(label));
        let top = PADIEventOnDLS::new(0).expect("top");
        self.write_at(at - Time::from_ns(PADI_NS), top, &event);
    }

    /// A fire of the neuron of a column at `at`.
    fn post(&mut self, at: Time, column: usize) {
        let neuron = AtomicNeuronOnDLS::new(0, column).expect("a neuron");
        self.write_at(at, neuron.to_neuron_reset(), &Frame::<NeuronReset>::default());
    }

    /// `count` pairs with the spike `delay_ns` after the event, or before it where negative.
    fn pairs(&mut self, count: usize, delay_ns: i64, columns: &[usize]) {
        for _ in 0..count {
            self.now += Time::from_us(200);
            let (event, spike) = (self.now, Time((self.now.0 as i64 + 1000 * delay_ns) as u64));
            if delay_ns > 0 {
                self.pre(event, LABEL);
            }
            columns.iter().for_each(|&column| self.post(spike, column));
            if delay_ns <= 0 {
                self.pre(event, LABEL);
            }
            self.now += Time::from_us(100);
        }
        self.chip.advance(self.now);
    }

    fn lsb(&mut self, row: usize, column: usize) -> [f64; 2] {
        Branch::BOTH.map(|branch| self.chip.correlation_lsb(0, row, column, branch))
    }

    fn code(&mut self, column: usize, branch: Branch) -> u8 {
        self.now += Time::from_us(10);
        self.chip.correlation_codes(self.now, 0, CadcRow::Synapses(ROW as u8), branch)[column]
    }

    fn calibrate(&mut self, view: View, column: usize, bits: u8) {
        let half = if column.is_multiple_of(2) { Half::Even } else { Half::Odd };
        self.now += Time::from_us(1);
        self.chip.write_synapse_lanes(self.now, [0, ROW], view, half, &[bits; LANES], 1 << (column / 2));
    }
}

fn ideal() -> Rig {
    let mut rig = Rig::new(ChipConfig::ideal());
    [0, 7, 200].into_iter().for_each(|column| rig.neuron(column));
    rig
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
}

#[test]
fn pairs_accumulate_along_exponentials() {
    for delay_ns in [400, 1_000, 2_000, 5_000, 12_000, 30_000] {
        let expected = 100.0 * 0.5 * exp(-(delay_ns as f64) * 1e-3 / 5.0);
        for (sign, branch) in [(1, Branch::Causal), (-1, Branch::Acausal)] {
            let mut rig = ideal();
            let rest = [Branch::Causal, Branch::Acausal].map(|branch| rig.code(7, branch));
            rig.pairs(100, sign * delay_ns, &[7, 200]);
            for (row, column) in [(ROW, 7), (ROW, 200), (ROW + 1, 7)] {
                let stored = rig.lsb(row, column);
                close(stored[branch as usize], expected);
                // The other order has 200 us in between.
                assert!(stored[1 - branch as usize] < 1e-12);
            }
            assert_eq!(rig.lsb(ROW, 8), [0.0; 2], "a neuron that never fired");
            assert_eq!(rig.lsb(ROW + 2, 7), [0.0; 2], "a row that saw no event");
            let code = f64::from(rig.code(7, branch));
            assert!((f64::from(rest[0]) - code - expected).abs() <= 1.0);
            assert_eq!((rest[0], rest[1]), (200, 200), "the baseline");
        }
    }
}

#[test]
fn biases_and_calibration_bits_set_amplitude_and_time_constant() {
    let measure = |rig: &mut Rig| {
        let mut stored = [0.0; 2];
        for (stored, delay_ns) in stored.iter_mut().zip([400, 4_400]) {
            rig.chip.reset_correlation(rig.now, 0, ROW, &[0b11; COLUMNS]);
            rig.pairs(10, delay_ns, &[7]);
            *stored = rig.lsb(ROW, 7)[0] / 10.0;
        }
        let tau_us = 4.0 / libm::log(stored[0] / stored[1]);
        [stored[0] * exp(0.4 / tau_us), tau_us]
    };
    let check = |[amplitude, tau]: [f64; 2], expected: [f64; 2]| {
        close(amplitude, expected[0]);
        close(tau, expected[1]);
    };
    let mut rig = ideal();
    for (bits, [amplitude, tau]) in [[1.0, 1.0], [0.8, 0.85], [0.65, 0.75], [0.5, 0.65]].iter().enumerate() {
        rig.calibrate(View::TimeCalibration, 7, bits as u8);
        check(measure(&mut rig), [0.5, 5.0 * tau]);
        rig.calibrate(View::TimeCalibration, 7, 0);
        rig.calibrate(View::AmplitudeCalibration, 7, bits as u8);
        check(measure(&mut rig), [0.5 * amplitude, 5.0]);
        rig.calibrate(View::AmplitudeCalibration, 7, 0);
    }
    rig.bias(9, 40);
    rig.bias(10, 140);
    check(measure(&mut rig), [0.25, 10.0]);
}

#[test]
fn changes_apply_to_later_pairs_only() {
    let mut rig = ideal();
    rig.pairs(3, 1_000, &[7]);
    rig.calibrate(View::AmplitudeCalibration, 7, 3);
    rig.bias(9, 40);
    rig.pairs(1, 1_000, &[7]);
    // From here on the synapse no longer listens to the label of the events.
    rig.calibrate(View::Label, 7, 32);
    rig.pairs(5, 1_000, &[7]);
    close(rig.lsb(ROW, 7)[0], 3.0 * 0.5 * exp(-0.2) + 0.25 * exp(-0.1));
}

#[test]
fn resets_clear_branches_and_not_the_last_event() {
    let mut rig = ideal();
    rig.pairs(10, 1_000, &[0, 7]);
    rig.pairs(10, -1_000, &[0, 7]);
    let full = rig.lsb(ROW, 7);
    let mut bits = [0; LANES];
    bits[3] = 0b01;
    rig.chip.reset_correlation_lanes(rig.now, 0, ROW, Half::Odd, &bits);
    assert_eq!(rig.lsb(ROW, 7), [0.0, full[1]]);
    bits[3] = 0b10;
    rig.chip.reset_correlation_lanes(rig.now, 0, ROW, Half::Odd, &bits);
    assert_eq!((rig.lsb(ROW, 7), rig.lsb(ROW, 0)), ([0.0; 2], full));
    // Over the bus: four synapses, both branches, whatever the data.
    let quad = CorrelationResetOnDLS::new(0, ROW, 0).expect("a quad");
    rig.write(quad, &Frame::<CorrelationReset>::default());
    assert_eq!((rig.lsb(ROW, 0), rig.lsb(ROW + 1, 0)), ([0.0; 2], full));
    // The event before a reset pairs with the spike after it.
    rig.now += Time::from_us(200);
    let at = rig.now;
    rig.pre(at, LABEL);
    rig.chip.reset_correlation(at + Time::from_us(1), 0, ROW, &[0b11; COLUMNS]);
    rig.post(at + Time::from_us(2), 7);
    rig.chip.advance(at + Time::from_us(3));
    close(rig.lsb(ROW, 7)[0], 0.5 * exp(-2.0 / 5.0));
}

#[test]
fn events_need_label_and_row_but_no_weight() {
    let mut rig = ideal();
    rig.calibrate(View::Label, 0, 9);
    rig.pairs(1, 1_000, &[0, 7]);
    assert_eq!(rig.lsb(ROW, 0)[0], 0.0);
    assert!(rig.lsb(ROW + 1, 0)[0] > 0.0 && rig.lsb(ROW, 7)[0] > 0.0);
    let bottom_only = Frame::<SynapseDriverConfig>::default()
        .with(field!(SynapseDriverConfig.enable_receiver), 1)
        .with(field!(SynapseDriverConfig, "row_mode_bottom.inhibitory"), 1);
    rig.write(SynapseDriverOnDLS::new(0, DRIVER).expect("a driver"), &bottom_only);
    rig.pairs(1, 1_000, &[7]);
    assert!((rig.lsb(ROW, 7)[0] / rig.lsb(ROW + 1, 7)[0] - 2.0).abs() < 1e-9);
}

#[test]
fn the_backend_decides_what_the_post_pulse_comes_from() {
    let plain = Frame::<NeuronBackendConfig>::default;
    let on = |value| plain().with(value, 1);
    let off = plain().with(field!(NeuronBackendConfig.enable_bayesian_extension), 0);
    let master = field!(NeuronBackendConfig.enable_neuron_master);
    let cases = [
        (plain(), true),
        (off, false),
        (off.with(master, 1), true),
        (on(field!(NeuronBackendConfig.post_overwrite)), false),
        (on(field!(NeuronBackendConfig.enable_bayesian_0)), false),
        (on(field!(NeuronBackendConfig.enable_bayesian_0)).with(master, 1), true),
        (on(field!(NeuronBackendConfig.enable_bayesian_1)).with(master, 1), false),
    ];
    for (number, (backend, seen)) in cases.iter().enumerate() {
        let mut rig = ideal();
        rig.backend(7, backend);
        rig.pairs(1, 1_000, &[7]);
        assert_eq!(rig.lsb(ROW, 7)[0] > 0.0, *seen, "case {number}");
    }
    let mut rig = ideal();
    rig.backend(7, &cases[3].0);
    let at = rig.now + Time::from_us(200);
    rig.pre(at, LABEL);
    let west = BlockPostPulseOnDLS::new(0).expect("west");
    rig.write_at(at + Time::from_us(1), west, &Frame::<BlockPostPulse>::default());
    assert_eq!(rig.lsb(ROW, 0)[0], 0.0, "takes its own fires");
    close(rig.lsb(ROW, 7)[0], 0.5 * exp(-1.0 / 5.0));
}

#[test]
fn the_host_reads_the_sensors_of_the_addressed_row() {
    let mut rig = ideal();
    rig.pairs(100, 400, &[7]);
    let mut read = |row: u32, region: u32| {
        rig.now += Time::from_us(10);
        // Column 7 is entry 3 of quad 32.
        rig.chip.read(rig.now, 0x02c0_0000 + region + 64 * row + 32) & 0xff
    };
    let expected = 200 - (50.0 * exp(-0.4 / 5.0)).round() as u32;
    assert_eq!(read(ROW as u32, 0x08_0000), expected);
    assert_eq!(read(ROW as u32, 0x2c_0000), 200, "buffered acausal");
    assert_eq!(read(ROW as u32, 0x28_0000), expected, "buffered causal");
    assert_eq!(read(ROW as u32 + 2, 0x08_0000), 200, "another row");
}

#[test]
fn sensors_without_bias_see_and_show_nothing() {
    let mut rig = ideal();
    rig.pairs(10, 1_000, &[7]);
    rig.bias(10, 0);
    assert_eq!(rig.code(7, Branch::Causal), 0);
    rig.pairs(10, 1_000, &[7]);
    assert!(rig.chip.sensors == <[SensorArray; 2]>::default(), "no memory either");
    rig.bias(10, 70);
    assert_eq!(rig.code(7, Branch::Causal), 200);
    rig.pairs(1, 1_000, &[7]);
    close(rig.lsb(ROW, 7)[0], 0.5 * exp(-0.2));
    rig.chip.advance(rig.now);
    let reset = rig.chip.correlation_codes(rig.now, 0, CadcRow::Reset, Branch::Causal);
    assert_eq!(reset, [200; COLUMNS]);
}

/// A deviating, noisy chip in the middle of a random mix of events and fires.
fn play(pieces: u64) -> Rig {
    let mut rig = Rig::new(ChipConfig::with_seed(3));
    [0, 7, 200].into_iter().for_each(|column| rig.neuron(column));
    rig.now = Time::from_us(100_000);
    for step in 0..300u64 {
        let hash = crate::random::extend(5, step);
        for piece in 1..pieces {
            rig.chip.advance(rig.now + Time(piece * 600_000 / pieces));
        }
        rig.now += Time::from_us(1);
        match hash % 4 {
            0 => rig.post(rig.now, [0, 7, 200][(hash >> 8) as usize % 3]),
            1 => rig.pre(rig.now, 32),
            _ => rig.pre(rig.now, LABEL),
        }
        if step == 150 {
            rig.chip.reset_correlation(rig.now, 0, ROW, &[0b01; COLUMNS]);
        }
    }
    rig
}

fn outcome(rig: &mut Rig) -> (Vec<[f64; 2]>, u8) {
    rig.now += Time::from_us(5);
    rig.chip.advance(rig.now);
    ((0..COLUMNS).map(|column| rig.lsb(ROW, column)).collect(), rig.code(7, Branch::Causal))
}

#[test]
fn neither_pieces_nor_saving_change_a_bit() {
    let (mut whole, mut pieces) = (play(1), play(5));
    let text = ron::to_string(&whole.chip).expect("a chip can be written");
    let chip: Chip = ron::from_str(&text).expect("and read");
    assert!(chip == whole.chip);
    let mut restored = Rig { chip, now: whole.now };
    let mut copy = Rig { chip: whole.chip.clone(), now: whole.now };
    for rig in [&mut whole, &mut pieces, &mut restored, &mut copy] {
        rig.pairs(5, 1_000, &[0, 7]);
    }
    let expected = outcome(&mut whole);
    assert!(expected.0.iter().filter(|lsb| lsb[0] > 0.5 && lsb[1] > 0.5).count() == 3);
    for rig in [&mut pieces, &mut restored, &mut copy] {
        assert_eq!(outcome(rig), expected);
    }
    assert!(restored.chip == whole.chip);
}
