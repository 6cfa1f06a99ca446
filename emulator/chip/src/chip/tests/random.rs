//! Random register contents: whatever is written to neurons, CapMem, drivers and synapses, voltages stay finite and time goes on.

use super::*;
use crate::neuron::NEURONS;
use crate::random::{extend, purpose, uniform};
use hx_isa::regmap::container;

const SEED: u64 = purpose("random registers");

/// Words of these containers are random, the named share of their instances at least.
const CONTAINERS: [&str; 7] = [
    "CapMemCell",
    "CommonNeuronBackendConfig",
    "NeuronBackendConfig",
    "NeuronConfig",
    "SynapseDriverConfig",
    "CommonPADIBusConfig",
    "ColumnCurrentQuad",
];

/// What bits 0 to 4 of the last word of NeuronConfig do: join neurons.
const JOINING: u32 = 0x1f;

/// A chip with random contents; `joined` is the share of joining switches that are left closed.
fn scramble(trial: u64, joined: f64, config: ChipConfig) -> Bench {
    let key = extend(SEED, trial);
    let mut bench = Bench::new(ChipConfig { chip_seed: trial, ..config });
    let mut at = bench.now;
    let mut write = |address: u32, data: u32| {
        at += Time::from_fpga_cycles(2);
        bench.chip.write(at, address, data, 0xf);
    };
    for (number, name) in CONTAINERS.into_iter().enumerate() {
        let of = container(name);
        for instance in 0..of.instance_count() {
            for word in 0..u32::from(of.words) {
                let address = of.address(instance, word).expect("a word");
                let draw = extend(extend(key, number as u64), u64::from(address));
                let open = uniform(extend(draw, 1)) >= joined;
                let keep = if name == "NeuronConfig" && word == 5 && open { !JOINING } else { u32::MAX };
                write(address, draw as u32 & keep);
            }
        }
    }
    // Full codes of the cells are rare on their own: some rows of neurons are tied to an end.
    for block in 0..4 {
        for row in 0..24 {
            let draw = extend(extend(key, 99), 24 * block + row);
            if uniform(draw) < 0.15 {
                let code = if draw & 1 == 0 { 0 } else { 1022 };
                (0..128).for_each(|column| bench.cell(block as usize, column, row as usize, code));
            }
        }
    }
    bench.now = bench.now.max(at);
    bench
}

/// Random spikes and artificial fires for a time, with a look at every neuron now and then.
fn survive(bench: &mut Bench, trial: u64, us: u64) -> usize {
    let key = extend(SEED, !trial);
    let mut events = 0;
    for step in 0..us {
        let draw = extend(key, step);
        for i in 0..4 {
            bench.chip.spike(bench.now + Time::from_ns(200 * i), (draw >> (16 * i)) as u16);
        }
        bench.now += Time::from_us(1);
        bench.chip.advance(bench.now);
        if draw.is_multiple_of(16) {
            bench.chip.neurons.artificial_fire((draw >> 8) as usize % NEURONS, bench.now);
        }
        if step.is_multiple_of(50) {
            let found = (0..NEURONS).map(|n| (bench.chip.neurons.peek(n, bench.now), n));
            for (seen, n) in found {
                let voltage = bench.chip.neurons.voltage(n, bench.now);
                let all = [seen.v, seen.x_e, seen.x_i, seen.v_w, voltage];
                assert!(
                    all.iter().all(|v| v.is_finite()),
                    "trial {trial} neuron {n} after {step} us: {all:?}"
                );
            }
        }
        let mut output = Vec::new();
        bench.chip.take_output(bench.now, &mut output);
        events += spikes(&output).len();
    }
    events
}

#[test]
fn random_registers_leave_voltages_finite() {
    let quiet = ChipConfig::ideal();
    for (trial, joined, config) in [(1, 0.0, quiet), (2, 0.2, ChipConfig::default())] {
        let mut bench = scramble(trial, joined, config);
        survive(&mut bench, trial, 60);
    }
}

/// The same through a millisecond of many chips, joined more and more. Run with
/// `cargo test --release -p hx-chip --lib random_registers -- --ignored --nocapture`.
#[test]
#[ignore = "takes ten minutes"]
#[allow(clippy::disallowed_methods)]
fn random_registers_leave_voltages_finite_for_a_millisecond() {
    let small = ChipConfig { amplifiers: Amplifiers::SmallSignal, ..ChipConfig::default() };
    for trial in 10..22 {
        let joined = [0.0, 0.1, 0.3, 1.0][trial as usize % 4];
        let config = if trial % 3 == 0 { small.clone() } else { ChipConfig::default() };
        let mut bench = scramble(trial, joined, config);
        let started = std::time::Instant::now();
        let events = survive(&mut bench, trial, 1000);
        println!("trial {trial}, joined {joined}: {events} events, {:.1?}", started.elapsed());
    }
}
