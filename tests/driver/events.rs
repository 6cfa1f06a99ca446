//! Spikes and times through FPGA, link, crossbar and back.

use super::setup::session;
use hx_host::driver::neuron::{self, CommonBackends};
use hx_host::driver::routing::{self, Background, NodeFilter};
use hx_host::driver::{Batch, Configuration, Cycles, ProgramBuilder, SpikeLabel, SystemInit, WriteRegisters};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{AtomicNeuronOnDLS, BackgroundSpikeSourceOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{NeuronBackendConfig, NeuronConfig};

#[test]
fn spikes_loop_back_with_their_labels_and_times() {
    let mut session = session();
    let mut builder = ProgramBuilder::new();
    let mut timed = builder.timed();
    let begin = timed.at(Cycles(50), ProgramBuilder::tick);
    // Every fourth time three spikes at once; channels and labels vary.
    let train: Vec<_> = (0..4000u64)
        .flat_map(|i| {
            (0..if i % 4 == 0 { 3 } else { 1 })
                .map(move |k| (Cycles(100 + 11 * i), SpikeLabel((16_411 * i + k) as u16)))
        })
        .collect();
    timed.spikes(&train);
    let end = timed.at(Cycles(60_000), ProgramBuilder::tick);
    assert_eq!(timed.finish().late_commands, 0);
    let responses = session.run(builder).unwrap();
    let (begin, end) = (responses.get(&begin).unwrap(), responses.get(&end).unwrap());
    assert_eq!(end - begin, Cycles(60_000 - 50));
    assert_eq!(responses.spikes_in(begin..end).count(), train.len());
    // The way to where spikes are stamped: the link's 50 cycles and a few in the crossbar.
    let delays: Vec<_> = train
        .iter()
        .zip(&responses.spikes)
        .map(|((time, _), spike)| spike.chip_time + Cycles(50) - begin - *time)
        .collect();
    let (least, most) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
    assert!(least.0 >= 50 && most.0 <= 60, "{least} to {most}");
    let mut sent: Vec<_> = train.iter().map(|(_, label)| *label).collect();
    let mut received: Vec<_> = responses.spikes.iter().map(|spike| spike.label).collect();
    sent.sort_unstable();
    received.sort_unstable();
    assert_eq!(sent, received);
}

#[test]
fn the_conventional_crossbar_returns_what_asks_for_it() {
    let mut session = session();
    let mut configuration = Configuration::new();
    routing::write_crossbar(&mut configuration, &[false; 8]);
    session.apply(&configuration).unwrap();
    let label = routing::to_driver(SynapseDriverOnDLS::new(1, 70).unwrap(), 5);
    let mut builder = ProgramBuilder::new();
    builder.spikes(&[label, label.with_loop_back(true)]);
    builder.wait(Cycles::from_us(2));
    let responses = session.run(builder).unwrap();
    let received: Vec<_> = responses.spikes.iter().map(|spike| spike.label).collect();
    assert_eq!(received, [label.with_loop_back(true)]);
}

#[test]
fn a_setup_can_be_initialised_again() {
    let mut session = session();
    let report = session.initialise(&SystemInit::default()).unwrap();
    assert_eq!(report.chip_id.words(), [0x3485_80af]);
}

#[test]
fn programs_of_a_batch_do_not_see_each_other() {
    let mut session = session();
    let mut configuration = Configuration::new();
    routing::write_all_nodes(&mut configuration, NodeFilter::PASS_ALL);
    session.apply(&configuration).unwrap();
    let program = |i: u16| {
        let mut builder = ProgramBuilder::new();
        builder.spike(SpikeLabel(i));
        builder.wait(Cycles::from_us(2));
        let ticket = builder.read_word(PPU_WORD);
        builder.write_word(PPU_WORD, u32::from(i) + 1);
        (builder.finish().unwrap(), ticket)
    };
    let (programs, tickets): (Vec<_>, Vec<_>) = (0..40).map(program).unzip();
    let batch: Batch = programs.into_iter().collect();
    let first = session.run_batch(&batch).unwrap();
    for (i, responses) in first.iter().enumerate() {
        assert_eq!(responses.spikes.iter().map(|spike| usize::from(spike.label.0)).collect::<Vec<_>>(), [i]);
    }
    // Programs that share a copy of the chip come one after another, the others start from what is on the chip.
    let seen: Vec<_> =
        first.iter().zip(&tickets).map(|(r, ticket)| r.get(ticket).unwrap().value as usize).collect();
    assert!(seen.iter().enumerate().all(|(i, &word)| word == 0 || word == i), "{seen:?}");
    let again = session.run_batch(&batch).unwrap();
    assert_eq!(again[7].get(&tickets[7]), first[7].get(&tickets[7]));
}

/// A word of processor memory, which nothing else uses here.
const PPU_WORD: u32 = 0x0280_0123;

#[test]
fn background_sources_count_their_periods() {
    let mut session = session();
    let mut builder = ProgramBuilder::new();
    for at in BackgroundSpikeSourceOnDLS::all() {
        let source = Background { period: 1000, neuron_label: at.to_enum() as u16, random: None };
        builder.write(at, &source.frame());
    }
    builder.wait(Cycles::from_us(400));
    routing::stop_background(&mut builder);
    builder.wait(Cycles::from_us(10));
    let responses = session.run(builder).unwrap();
    for source in 0..8u16 {
        let label = SpikeLabel(source % 4 * 0x4000 + source);
        let times: Vec<_> =
            responses.spikes.iter().filter(|s| s.label == label).map(|s| s.chip_time).collect();
        assert_eq!(times.len(), 100, "400 us at a period of 4 us, source {source}");
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == Cycles(500)));
    }
}

#[test]
fn artificial_fires_are_counted_and_sent() {
    let mut session = session();
    let neuron = AtomicNeuronOnDLS::new(1, 200).unwrap();
    let mut configuration = Configuration::new();
    routing::write_all_nodes(&mut configuration, NodeFilter::PASS_ALL);
    let backends: CommonBackends = [Frame::default(); 2];
    neuron::force_reset(&mut configuration, &backends, false);
    configuration.update::<NeuronConfig>(neuron.to_neuron_config(), |frame| {
        frame.set(field!(NeuronConfig.enable_fire), 1);
    });
    configuration.update::<NeuronBackendConfig>(neuron.to_neuron_backend_config(), |frame| {
        frame.set(field!(NeuronBackendConfig.enable_spike_out), 1);
        frame.set(field!(NeuronBackendConfig.address_out), 0x5a);
        frame.set(field!(NeuronBackendConfig.refractory_time), 30);
    });
    session.apply(&configuration).unwrap();
    let mut builder = ProgramBuilder::new();
    neuron::reset_spike_counters(&mut builder);
    let mut timed = builder.timed();
    let start = timed.reset_neurons(Cycles::ZERO, &backends);
    for i in 0..5 {
        timed.at(start + Cycles::from_us(20) * i, |program| neuron::fire(program, neuron));
    }
    let counters = timed.at(start + Cycles::from_us(200), ProgramBuilder::read_spike_counters);
    timed.finish();
    let responses = session.run(builder).unwrap();
    let counts = responses.get(&counters).unwrap();
    assert_eq!(counts[neuron.to_enum()].exact(), Some(5));
    assert_eq!(counts.iter().map(|count| usize::from(count.count)).sum::<usize>(), 5);
    let received: Vec<_> = responses.spikes.iter().map(|spike| spike.label).collect();
    assert_eq!(received, [routing::from_neuron(neuron, 0x5a); 5]);
    let distances = responses.spikes.windows(2).map(|pair| pair[1].chip_time - pair[0].chip_time);
    assert!(distances.into_iter().all(|distance| distance == Cycles::from_us(20)));
}
