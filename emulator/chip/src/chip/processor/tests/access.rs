//! What programs reach outside their memory, and what it has to do with what the host sees.

use super::*;
use crate::output::{ChipOutput, ChipPayload};

const TOP_SYNRAM: u32 = 0x02c0_0000;
const BOTTOM_SYNRAM: u32 = 0x03c0_0000;

/// Writes the vector of word addresses 0..32 to a vector address and back to 0x3000.
fn round_trip(write: &str, read: &str) -> String {
    format!(
        "   lis 4, {write}@h
            ori 4, 4, {write}@l
            lis 5, {read}@h
            ori 5, 5, {read}@l
            li 6, 0x3000
            li 7, 0
            fxvlax 1, 6, 7
            fxvoutx 1, 4, 7
            sync
            fxvinx 2, 5, 7
            fxvstax 2, 6, 7
            sync
            wait"
    )
}

/// Byte lanes 0, 1, 2, ... as words.
fn ramp() -> [u32; 32] {
    std::array::from_fn(|i| (4 * i as u32) * 0x0101_0101 + 0x0001_0203)
}

fn run_round_trip(bench: &mut Bench, hemisphere: usize, write: &str, read: &str) -> [u32; 32] {
    bench.write(CONTROL[hemisphere], 0);
    (0..).zip(ramp()).for_each(|(i, word)| bench.write(MEMORY[hemisphere] + RESULT + i, word));
    bench.run(hemisphere, &round_trip(write, read))
}

#[test]
fn rows_of_the_synapse_array() {
    let mut bench = Bench::new();
    let low_six = ramp().map(|word| word & 0x3f3f_3f3f);
    // Row 5, odd columns: quads 32..64.
    assert_eq!(run_round_trip(&mut bench, 0, "0x0000000b", "0x0000000b"), low_six);
    assert_eq!(bench.read(TOP_SYNRAM + 64 * 5 + 32), 0x0010_0818, "the Omnibus permutes weights");
    assert_eq!(bench.read(BOTTOM_SYNRAM + 64 * 5 + 32), 0);
    // Labels are not permuted.
    assert_eq!(run_round_trip(&mut bench, 1, "0x000401fe", "0x000401fe"), low_six);
    assert_eq!(bench.read(BOTTOM_SYNRAM + 0x4_0000 + 64 * 255), 0x0001_0203);
    // Calibration bits.
    for (region, word) in [("0x00010000", 0x1_0000), ("0x00020000", 0x2_0000)] {
        let low_two = ramp().map(|word| word & 0x0303_0303);
        assert_eq!(run_round_trip(&mut bench, 0, region, region), low_two);
        assert_eq!(bench.read(TOP_SYNRAM + word), 0x0001_0203);
    }
    // Column switches: only bit 5 of the weight view.
    let switches = ramp().map(|word| word & 0x2020_2020);
    assert_eq!(run_round_trip(&mut bench, 0, "0x00000200", "0x00000200"), switches);
    assert_eq!(bench.read(TOP_SYNRAM + 64 * 256 + 8), 0x2020_2020);
    // The raw view of even bytes holds weights and time calibration.
    assert_eq!(run_round_trip(&mut bench, 0, "0x000f0000", "0x000f0000"), ramp());
    assert_eq!(bench.read(TOP_SYNRAM + 0x1_0000 + 16), 0x0101_0101);
}

#[test]
fn external_memory_in_all_its_views() {
    for (vector, scalar, word) in
        [("0x80000010", 0x4000_0100u32, 0x8000_0040u32), ("0x81ffff00", 0x5fff_f000, 0x87ff_fc00)]
    {
        let mut bench = Bench::new();
        assert_eq!(run_round_trip(&mut bench, 0, vector, vector), ramp());
        bench.write(CONTROL[0], 0);
        let at = bench.now;
        assert_eq!(bench.chip.external(at).read(word + 1), 0x0405_0607);
        bench.chip.external(at).write(word + 2, 0x1122_3344, u32::MAX);
        let source = format!(
            "   lis 4, {scalar}@h
                ori 4, 4, {scalar}@l
                lwz 5, 8(4)
                stw 5, 0x3000(0)
                lbz 5, 6(4)
                stw 5, 0x3004(0)
                li 5, 0x55
                stb 5, 9(4)
                lwz 5, 8(4)
                stw 5, 0x3008(0)
                li 6, 0x3100
                fxvlax 1, 0, 4
                fxvstax 1, 0, 6
                sync
                wait"
        );
        assert_eq!(bench.run(0, &source), [0x1122_3344, 6, 0x1155_3344]);
        assert_eq!(bench.read(MEMORY[0] + 0x3100 / 4 + 2), 0x1155_3344);
        assert_eq!(bench.chip.external(bench.now).read(word + 2), 0x1155_3344);
    }
}

#[test]
fn code_in_external_memory() {
    // At 0x80000000 in the instruction view is what is at 0x40000000 in the data view.
    let mut bench = Bench::new();
    let code = assemble("li 3, 123; stw 3, 0x3000(0); blr");
    let at = bench.now;
    (0..).zip(code).for_each(|(i, word)| bench.chip.external(at).write(0x8000_0000 + i, word, u32::MAX));
    let source = "
            lis 4, 0x8000
            mtctr 4
            bctrl
            li 5, 1
            stw 5, 0x3004(0)
            wait";
    assert_eq!(bench.run(0, source), [123, 1]);
}

/// What libnux's `get_location` does: writes weights 0 and 32 by vector and looks at both arrays over the Omnibus.
#[test]
fn a_processor_finds_its_hemisphere() {
    let source = "
            li 6, 0
            li 10, 0x3000
            lis 4, 0x8b00
            lis 5, 0x8f00
            li 7, 0
            bl 1f
            li 7, 32
            bl 1f
            wait
        1:  fxvsplatb 1, 7
            fxvoutx 1, 6, 6
            sync
            lbz 8, 0(4)
            lbz 9, 0(5)
            stw 8, 0(10)
            stw 9, 4(10)
            addi 10, 10, 8
            blr";
    let mut bench = Bench::new();
    bench.write(TOP_SYNRAM, 0x0700_0000);
    bench.write(BOTTOM_SYNRAM, 0x0900_0000);
    assert_eq!(bench.run(0, source), [0, 9, 32, 9]);
    assert_eq!(bench.run(1, source), [32, 0, 32, 32]);
}

#[test]
fn vector_writes_touch_enabled_bytes_only() {
    let mut bench = Bench::new();
    bench.write(TOP_SYNRAM + 0x4_0000, 0x3f3f_3f3f);
    // Byte lanes 1 and 3 are positive.
    bench.write(MEMORY[0] + RESULT, 0x0005_ff07);
    let source = "
            li 6, 0x3000
            fxvlax 1, 0, 6
            fxvcmpb 1
            lis 4, 4
            fxvoutx 1, 0, 4, 1
            sync
            wait";
    bench.start(0, source);
    bench.finish(0);
    assert_eq!(bench.read(TOP_SYNRAM + 0x4_0000), 0x3f05_3f07);
}

#[test]
fn random_numbers_are_seeded_and_differ() {
    let source = "
            li 7, 0
            lis 4, 0xe
            li 5, 0x5a
            fxvsplatb 1, 5
            fxvoutx 1, 4, 7
            fxvinx 2, 4, 7
            fxvinx 3, 4, 7
            fxvoutx 1, 4, 7
            fxvinx 4, 4, 7
            li 6, 0x3000
            fxvstax 2, 7, 6
            li 6, 0x3080
            fxvstax 3, 7, 6
            li 6, 0x3100
            fxvstax 4, 7, 6
            sync
            wait";
    let mut bench = Bench::new();
    let words: [u32; 96] = bench.run(1, source);
    assert_eq!(words[..32], words[64..], "equal seeds, equal numbers");
    assert_ne!(words[..32], words[32..64]);
    assert!(words[..32].iter().any(|word| *word != words[0]), "columns differ");
}

/// A neuron of each row that may be reset: fire path, counters and clocks on.
fn neurons_on(bench: &mut Bench) {
    use hx_isa::regmap::Frame;
    use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, CommonNeuronBackendConfigOnDLS};
    use hx_isa::regmap::register::{CommonNeuronBackendConfig, NeuronBackendConfig, NeuronConfig};
    for half in CommonNeuronBackendConfigOnDLS::all() {
        let common = Frame::<CommonNeuronBackendConfig>::default();
        common.writes(half).for_each(|(address, word)| bench.write(address, word));
    }
    for column in [6, 7, 200] {
        for row in 0..2 {
            let neuron = AtomicNeuronOnDLS::new(row, column).expect("a neuron");
            let config = Frame::<NeuronConfig>::default().with(field!(NeuronConfig.enable_fire), 1);
            config.writes(neuron.to_neuron_config()).for_each(|(address, word)| bench.write(address, word));
            let backend = Frame::<NeuronBackendConfig>::default();
            let place = neuron.to_neuron_backend_config();
            backend.writes(place).for_each(|(address, word)| bench.write(address, word));
        }
    }
    bench.now += Time::from_us(100);
}

/// Fires of the neurons in columns 6, 7 and 200 of a row.
fn fires(bench: &mut Bench, row: u32) -> [u32; 3] {
    [(0x0012_2800, 6), (0x0012_2800, 7), (0x0012_a800, 72)]
        .map(|(base, column)| bench.read(base + 4 * (128 * row + column)) & 0xff)
}

#[test]
fn neurons_are_reset_by_mask() {
    let source = |address: &str, value: u32, condition: u32| {
        format!(
            "   lis 4, {address}@h
                ori 4, 4, {address}@l
                li 6, 0x3000
                li 7, 0
                fxvlax 1, 6, 7
                fxvcmpb 1
                li 5, {value}
                fxvsplatb 2, 5
                fxvoutx 2, 4, 7, {condition}
                sync
                wait"
        )
    };
    let mut bench = Bench::new();
    neurons_on(&mut bench);
    let before = [0, 1].map(|row| fires(&mut bench, row));
    // Byte lane 3 (columns 6 and 7) is positive.
    bench.write(MEMORY[1] + RESULT, 1);
    let mut step = |address: &str, value, condition| {
        bench.write(CONTROL[1], 0);
        bench.start(1, &source(address, value, condition));
        bench.finish(1);
        bench.now += Time::from_us(100);
        let after = [0, 1].map(|row| fires(&mut bench, row));
        assert_eq!(after[0], before[0], "the other hemisphere");
        std::array::from_fn(|i| after[1][i] - before[1][i])
    };
    assert_eq!(step("0x00c90200", 0, 1), [1, 0, 0], "even, masked");
    assert_eq!(step("0x00c90201", 0, 1), [1, 1, 0], "odd, masked");
    assert_eq!(step("0x00c90200", 0, 0), [2, 1, 1], "even, all");
    assert_eq!(step("0x00080200", 2, 1), [3, 1, 1], "by value: bit 1");
    assert_eq!(step("0x00080200", 1, 0), [3, 1, 1], "by value: not bit 1");
}

#[test]
fn programs_inject_spikes() {
    // Looped through PADI to the neuron's bypass would need analog settings; here only that the register is reached.
    let mut bench = Bench::new();
    let source = "
            lis 4, 0x8044
            li 5, 0x1
            stw 5, 0(4)
            lwz 6, 0(4)
            stw 6, 0x3000(0)
            lis 4, 0xf000
            ori 4, 4, 0x0114
            li 5, 3
            stw 5, 0(4)
            sync
            wait";
    let [word]: [u32; 1] = bench.run(0, source);
    let host = bench.read(0x0011_0000);
    assert_eq!(word, host);
    let arrivals = bench.chip.diagnostics();
    assert!(arrivals.processors.events.is_empty() && arrivals.unmapped_writes == 0);
    let mut output: Vec<ChipOutput> = Vec::new();
    bench.chip.take_output(bench.now, &mut output);
    assert!(!output.iter().any(|output| matches!(output.payload, ChipPayload::Madc { .. })));
}

#[test]
fn converters_are_read_by_row() {
    // CADC on, all causal and acausal channels on the sensors.
    let mut bench = Bench::new();
    bench.write(0x0240_1000, 0x14640);
    let source = "
            li 7, 0
            lis 4, 8
            lis 5, 0x28
            lis 8, 0x2c
            ori 8, 8, 1
            fxvinx 1, 4, 7
            fxvinx 2, 5, 7
            fxvinx 3, 8, 7
            li 6, 0x3000
            fxvstax 1, 6, 7
            li 6, 0x3080
            fxvstax 2, 6, 7
            li 6, 0x3100
            fxvstax 3, 6, 7
            sync
            wait";
    let words: [u32; 96] = bench.run(0, source);
    assert_eq!(words[..32], words[32..64], "buffered samples are those of the conversion");
    let now = [0, 31].map(|quad| bench.read(TOP_SYNRAM + 0x28_0000 + quad));
    assert_eq!([words[0], words[31]], now, "and those that the Omnibus shows");
    let acausal = [32, 63].map(|quad| bench.read(TOP_SYNRAM + 0x2c_0000 + quad));
    assert_eq!([words[64], words[95]], acausal);
}

#[test]
fn odd_accesses_are_reported_with_their_cause() {
    let source = "
            b 1f
            .org 0x18
            rfi_like: mfspr 9, 26
            addi 9, 9, 4
            mtspr 26, 9
            rfi
            .org 0x40
        1:  .long 0
            mfspr 3, 999
            lwz 3, 0x3001(0)
            lis 4, 0x7000
            lwz 3, 0(4)
            lis 4, 0x6000
            stw 3, 0(4)
            lis 4, 0x8044
            stb 3, 0(4)
            lis 4, 3
            fxvinx 1, 0, 4
            lwz 3, 0x3000(0)
            li 5, 0x4000
            lwz 3, 0(5)
            sync
            wait";
    let mut bench = Bench::new();
    bench.start(0, source);
    bench.finish(0);
    let events = &bench.chip.diagnostics().processors.events;
    let found = |cause: ProcessorCause| {
        events.iter().find(|event| event.cause == cause).map(|event| (event.instruction, event.target))
    };
    assert_eq!(found(ProcessorCause::Undecoded), Some((Some(0x40), 0)));
    assert_eq!(found(ProcessorCause::UnknownSpr), Some((Some(0x44), 999)));
    assert_eq!(found(ProcessorCause::Alignment), Some((Some(0x48), 0x3001)));
    assert_eq!(found(ProcessorCause::FpgaRegister).map(|(_, target)| target), Some(0x7000_0000));
    assert_eq!(found(ProcessorCause::SubWordRegister).map(|(_, target)| target), Some(0x0011_0000));
    assert_eq!(found(ProcessorCause::UnmappedVector).map(|(_, target)| target), Some(0x3_0000));
    assert!(found(ProcessorCause::SramAlias).is_some());
}
