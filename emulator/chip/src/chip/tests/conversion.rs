//! Conversions of the CADC while something happens.

use super::*;
use crate::chip::Amplifiers;
use crate::readout::CadcSampling;
use hx_isa::asm::assemble_program;
use hx_isa::regmap::coordinate::{
    CADCChannelConfigOnDLS, CADCConfigOnDLS, ColumnCorrelationQuadOnDLS, NeuronResetOnDLS,
};
use hx_isa::regmap::register::{CADCChannelConfig, CADCConfig, ColumnCorrelationQuad, NeuronReset};

/// Column of the neuron that is looked at; its row is the top one.
const COLUMN: usize = 77;
/// First word of the causal samples of row 0, top, and what is added for latched ones.
const SAMPLES: u32 = 0x02c8_0000;
const BUFFERED: u32 = 0x20_0000;
/// Where the neuron rests (v_leak 700), and where its reset pulls it to (v_reset 300), V.
const REST_V: f64 = 0.475;
const RESET_V: f64 = 0.475 - 0.45 * 400.0 * 1.8 / 1023.0;
/// Time constant of the reset: 2.4 pF over 0.59 uS/uA times 8 times 1.022 uA.
const TAU_RESET_US: f64 = 2.4 / (0.59 * 8.0 * 1.022);
/// Voltage of a code with offset code 22 and slope code 200.
const OFFSET_V: f64 = 22.0 * 1.8 / 1023.0;
const LSB_V: f64 = 4.223e-3;

/// A neuron at rest whose reset is fast, on both of its CADC channels.
fn bench(config: ChipConfig) -> Bench {
    let mut bench = Bench::new(ChipConfig { amplifiers: Amplifiers::SmallSignal, ..config });
    for block in 0..4 {
        for (row, code) in [(4, 22), (5, 400), (15, 200), (16, 1022), (17, 1022)] {
            bench.cell(block, 128, row, code);
        }
    }
    bench.neuron_cells(COLUMN, &[(0, 700), (8, 171), (1, 300), (9, 1022), (2, 600)]);
    bench.neuron(COLUMN, &spiking_neuron(), &sending(7, 255));
    let on = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
    CADCConfigOnDLS::all().for_each(|hemisphere| bench.write(hemisphere, &on));
    let channel = Frame::<CADCChannelConfig>::default();
    CADCChannelConfigOnDLS::all().for_each(|at| bench.write(at, &channel));
    let quad = Frame::<ColumnCorrelationQuad>::from_array([0xc0c0_c0c0, 0, 0x2020_2020, 0x2020_2020]);
    ColumnCorrelationQuadOnDLS::all().for_each(|at| bench.write(at, &quad));
    bench.run(300);
    bench.now = bench.now.next_edge(Time::FPGA_CYCLE);
    bench
}

/// Where the word with the sample of the column is, and at which byte.
fn place() -> (u32, u32) {
    ((32 * (COLUMN % 2) + COLUMN / 8) as u32, 24 - 8 * (COLUMN / 2 % 4) as u32)
}

/// Lets the neuron fire `delay_ns` after a conversion of the row began; the code it gives.
fn code_with_fire_after(config: ChipConfig, delay_ns: u64) -> u32 {
    let mut bench = bench(config);
    let (word, byte) = place();
    let (start, address) = (bench.now, SAMPLES + word);
    let busy = bench.chip.busy(start, address);
    assert_eq!(busy, Time::from_ns(1504));
    bench.chip.begin_read(start, address);
    let fire = NeuronResetOnDLS::from_enum(
        AtomicNeuronOnDLS::new(0, COLUMN).expect("a neuron").to_neuron_backend_config().to_enum(),
    );
    for (address, data) in Frame::<NeuronReset>::default().writes(fire.expect("a neuron")) {
        bench.chip.write(start + Time::from_ns(delay_ns), address, data, 0xf);
    }
    let late = bench.chip.finish_read(start + busy, address);
    assert_eq!(late, bench.chip.read(start + busy, address + BUFFERED));
    late >> byte & 0xff
}

/// The code at which the ramp, one count every 4 ns from 400 ns on, meets a membrane that is reset from `fire_ns` on.
fn expected(fire_ns: f64) -> u32 {
    let code = |ns: f64| {
        let after_us = (ns - fire_ns).max(0.0) * 1e-3;
        let v = RESET_V + (REST_V - RESET_V) * crate::exponential::exp(-after_us / TAU_RESET_US);
        (v - OFFSET_V) / LSB_V
    };
    (0..256).find(|count| code(400.0 + 4.0 * f64::from(*count)) <= f64::from(*count)).expect("a code")
}

#[test]
fn a_fire_is_seen_until_the_ramp_has_come_to_the_membrane() {
    let code = |delay_ns| code_with_fire_after(ChipConfig::ideal(), delay_ns);
    // Undisturbed: 0.475 V, which the ramp meets 813 ns after the start.
    let rest = code(1400);
    assert!(rest.abs_diff(103) <= 1, "{rest}");
    for delay_ns in [0, 200, 400, 600, 760] {
        let (found, expected) = (code(delay_ns), expected(delay_ns as f64));
        assert!(found.abs_diff(expected) <= 1, "fire after {delay_ns} ns: {found}, expected {expected}");
    }
    assert!(code(0) + 30 < rest);
    assert_eq!(code(840), rest, "the ramp was there before");
}

#[test]
fn a_sample_and_hold_sees_nothing_of_what_comes_after_the_start() {
    let config = ChipConfig { cadc_sampling: CadcSampling::Start, ..ChipConfig::ideal() };
    let rest = code_with_fire_after(config.clone(), 1400);
    assert_eq!(code_with_fire_after(config, 40), rest);
}

#[test]
fn a_synaptic_event_is_seen() {
    let code = |delay_ns: Option<u64>| {
        let mut bench = bench(ChipConfig::ideal());
        bench.open_buses();
        bench.neuron_cells(COLUMN, &[(10, 307), (12, 310), (13, 1022), (16, 310)]);
        let small = listening_neuron().with(field!(NeuronConfig.membrane_capacitor_size), 0);
        bench.neuron(COLUMN, &small, &sending(7, 255));
        let label = connect(&mut bench, 13, COLUMN, 63, 21);
        bench.run(300);
        let (word, byte) = place();
        bench.chip.begin_read(bench.now, SAMPLES + word);
        if let Some(delay_ns) = delay_ns {
            bench.chip.spike(bench.now + Time::from_ns(delay_ns), label);
        }
        bench.chip.finish_read(bench.now + Time::from_ns(1504), SAMPLES + word) >> byte & 0xff
    };
    let rest = code(None);
    // It takes some 50 ns from the crossbar to the synapse.
    let [early, later, late] = [100, 600, 1000].map(|delay_ns| code(Some(delay_ns)));
    assert!(early > later + 10 && later > rest + 5 && late == rest, "{early}, {later}, {late}, {rest}");
}

#[test]
fn a_conversion_that_has_to_wait_starts_when_the_one_before_is_over() {
    let mut bench = bench(ChipConfig::ideal());
    let (start, second) = (bench.now, bench.now + Time::from_ns(16));
    bench.chip.begin_read(start, SAMPLES);
    assert_eq!(bench.chip.busy(second, SAMPLES + 64), Time::from_ns(2 * 1504 - 16));
    assert_eq!(bench.chip.busy(second, SAMPLES + BUFFERED), Time::from_ns(1504 - 16));
    bench.chip.begin_read(second, SAMPLES + 64);
    assert_eq!(bench.chip.busy(second, SAMPLES + BUFFERED), Time::from_ns(2 * 1504 - 16));
    bench.chip.advance(start + Time::from_ns(2000));
    assert!(
        bench.chip.cadc[0]
            .running
            .as_ref()
            .is_some_and(|running| running.start == start + Time::from_ns(1504))
    );
    bench.chip.advance(start + Time::from_ns(3008));
    assert!(bench.chip.cadc[0].running.is_none());
    assert_eq!(bench.chip.busy(start + Time::from_us(4), SAMPLES + BUFFERED), Time::ZERO);
}

#[test]
fn looking_in_between_changes_no_sample() {
    let codes = |steps: u64| {
        let mut bench = busy_bench();
        for block in 0..4 {
            bench.cell(block, 128, 4, 22);
            bench.cell(block, 128, 15, 200);
        }
        let on = Frame::<CADCConfig>::default().with(field!(CADCConfig.enable), 1);
        bench.write(CADCConfigOnDLS::new(0).expect("top"), &on);
        let channel = Frame::<CADCChannelConfig>::default();
        CADCChannelConfigOnDLS::all().for_each(|at| bench.write(at, &channel));
        let quad = Frame::<ColumnCorrelationQuad>::from_array([0xc0c0_c0c0, 0, 0x2020_2020, 0x2020_2020]);
        ColumnCorrelationQuadOnDLS::all().for_each(|at| bench.write(at, &quad));
        let mut all = Vec::new();
        for _ in 0..40 {
            bench.chip.begin_read(bench.now, SAMPLES);
            for step in 1..=steps {
                bench.chip.advance(bench.now + Time::from_ns(1504 * step / steps));
            }
            bench.now += Time::from_us(3);
            bench.chip.advance(bench.now);
            all.push(bench.chip.cadc_samples(0, crate::analog::correlation::Branch::Causal));
        }
        all
    };
    let whole = codes(1);
    assert!(whole.iter().any(|samples| samples != &whole[0]));
    assert_eq!(whole, codes(7));
}

/// A processor that converts row 0 and stores the samples of the odd columns.
const CONVERTER: &str = "
        lis 4, 0x28
        addi 5, 4, 1
        li 6, 0x3100
        lis 7, 8
        fxvinx 1, 0, 7
        fxvinx 2, 0, 5
        fxvstax 2, 0, 6
        sync
        wait";

#[test]
fn a_processor_reads_what_the_ramp_has_met() {
    // Column 77 is lane 38 of the odd columns.
    let code = |delay_ns: Option<u64>, others: bool| {
        let mut bench = bench(ChipConfig::ideal());
        let program = assemble_program(CONVERTER, "test.s").expect("assembles").sram();
        let endless = assemble_program("1: lwz 3, 0x3000(0); b 1b", "test.s").expect("assembles").sram();
        for (word, data) in (0u32..).zip(program) {
            bench.chip.write(bench.now, 0x0280_0000 + word, data, 0xf);
        }
        for (word, data) in (0u32..).zip(endless) {
            bench.chip.write(bench.now, 0x0380_0000 + word, data, 0xf);
        }
        if others {
            bench.chip.write(bench.now, 0x03a0_0000, 1, 0xf);
        }
        bench.chip.write(bench.now, 0x02a0_0000, 1, 0xf);
        if let Some(delay_ns) = delay_ns {
            let backend =
                AtomicNeuronOnDLS::new(0, COLUMN).expect("a neuron").to_neuron_backend_config().to_enum();
            bench.chip.write(bench.now + Time::from_ns(delay_ns), 0x0012_2000 + 4 * backend as u32, 0, 0xf);
        }
        bench.chip.advance(bench.now + Time::from_us(20));
        assert!(bench.chip.processor(0).is_some_and(|core| core.is_sleeping()));
        let word = bench.chip.read(bench.now + Time::from_us(20), 0x0280_0000 + 0x3100 / 4 + 38 / 4);
        word >> (24 - 8 * (38 % 4)) & 0xff
    };
    let rest = code(None, false);
    assert!(rest.abs_diff(103) <= 1, "{rest}");
    for others in [false, true] {
        assert!(code(Some(300), others) + 20 < rest);
        assert_eq!(code(Some(1200), others), rest);
    }
}
