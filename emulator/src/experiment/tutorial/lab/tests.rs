//! The bench on a chip: what is asked for happens, when it is asked for.

use super::*;
use crate::instance::Instance;
use hx_host::driver::Hemisphere;
use hx_host::driver::madc::ReadoutSource;
use hx_isa::regmap::capmem::capmem_parameter;
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;

fn lab() -> Lab {
    Lab::of(Instance { ideal: true, ..Instance::default() }.chip_config()).unwrap()
}

fn neuron(row: usize, column: usize) -> AtomicNeuronOnDLS {
    AtomicNeuronOnDLS::new(row, column).unwrap()
}

/// Of a typical neuron at rest, 2.4 pF behind 0.24 uS: one event of weight 63 makes 73 mV at tau_m = tau_s = 10 us.
#[test]
fn a_spike_arrives_when_it_is_sent_and_excites_or_inhibits() {
    let (mut lab, mut board) = (lab(), Board::uncalibrated().unwrap());
    let at = neuron(1, 40);
    let _ = board.neuron(at).hears(true, true);
    let source = board.host_source().unwrap();
    let mut run = |weight| {
        board.connect(source, at, weight).unwrap();
        let snippet = Snippet::with_spikes(100.0, vec![(20.0, source)]);
        let recording = lab.record(&board, &Protocol::new(vec![snippet]).membrane_of(at)).unwrap();
        let rest = recording.mean_in(0.0, 20.0);
        let far = |point: &&(f64, f64)| (point.1 - rest).abs() > 4.0;
        let begins = recording.samples.iter().find(far).map(|point| point.0);
        (begins, recording.mean_in(28.0, 32.0) - rest)
    };
    let (begins, peak) = run(63);
    assert!((20.0..21.5).contains(&begins.unwrap()), "{begins:?}");
    assert!((peak - 49.0).abs() < 4.0, "{peak}");
    let (_, deeper) = run(-63);
    assert!((-60.0..-30.0).contains(&deeper), "{deeper}");
    assert_eq!(run(0).0, None);
}

#[test]
fn neurons_drive_each_other() {
    let (mut lab, mut board) = (lab(), Board::uncalibrated().unwrap());
    let chain = [neuron(0, 3), neuron(1, 130), neuron(0, 255)];
    let first = board.host_source().unwrap();
    let mut source = first;
    for at in chain {
        let _ = board.neuron(at).hears(true, true).fires(true);
        board.connect(source, at, 200).unwrap();
        source = board.neuron(at).sends().unwrap();
    }
    let runs = [first, first]
        .map(|first| (board.clone(), Protocol::new(vec![Snippet::with_spikes(100.0, vec![(10.0, first)])])));
    for recording in lab.record_all(&runs).unwrap() {
        let order: Vec<_> = recording.spikes.iter().map(|spike| spike.neuron).collect();
        assert_eq!(order[..3], chain);
        assert!(recording.spikes[0].us > 10.0);
    }
}

#[test]
fn snippets_change_switches_and_background_comes_from_the_chip() {
    let (mut lab, mut board) = (lab(), Board::uncalibrated().unwrap());
    let at = neuron(0, 7);
    let offset = const { capmem_parameter("i_mem_offset") };
    let _ = board.neuron(at).cell(offset, 200).unwrap();
    let mut on = board.clone();
    let _ = on.neuron(at).set(hx_isa::field!(NeuronConfig.enable_membrane_offset), 1);
    let snippets = vec![
        Snippet::quiet(50.0),
        Snippet { board: Some(on.clone()), ..Snippet::quiet(100.0) },
        Snippet { board: Some(board.clone()), ..Snippet::quiet(100.0) },
    ];
    let recording = lab.record(&board, &Protocol::new(snippets).membrane_of(at)).unwrap();
    assert_eq!(recording.boundaries_us, [0.0, 50.0, 150.0, 250.0]);
    let [before, during, after] = [(40.0, 50.0), (140.0, 150.0), (240.0, 250.0)];
    let mean = |(from, to)| recording.mean_in(from, to);
    assert!(mean(during) > mean(before) + 30.0 && (mean(after) - mean(before)).abs() < 2.0);
    let _ = on.neuron(at).cell(offset, 300).unwrap();
    let refused = Protocol::new(vec![Snippet { board: Some(on), ..Snippet::quiet(9.0) }]);
    assert!(lab.record(&board, &refused).unwrap_err().to_string().contains("analog parameters"));

    let noise = board.background_sources(Hemisphere::Top, 5e4, 2, 5).unwrap();
    let _ = board.neuron(at).hears(true, true);
    board.connect(noise[1], at, 60).unwrap();
    let protocol = Protocol::new(vec![Snippet::quiet(400.0)]).madc_of(at, ReadoutSource::Membrane);
    let recording = lab.record(&board, &protocol.cadc_at(vec![50.0, 90.0])).unwrap();
    let (low, high) = recording.extremes_in(0.0, 400.0, 1.0);
    assert!(high - low > 30.0, "{low} {high}");
    assert_eq!(recording.cadc.len(), 2);
    let codes = &recording.cadc[0].codes;
    assert!((codes[8] - 80.0).abs() < 3.0 && codes[7] > codes[8], "{} {}", codes[8], codes[7]);
}

/// A board that does not have a synapse leaves none of another board's behind.
#[test]
fn boards_do_not_mix() {
    let (mut lab, mut board) = (lab(), Board::uncalibrated().unwrap());
    let at = neuron(0, 12);
    let _ = board.neuron(at).hears(true, true);
    let source = board.host_source().unwrap();
    let mut excited = board.clone();
    excited.connect(source, at, 63).unwrap();
    let mut both = excited.clone();
    both.connect(source, at, -63).unwrap();
    let mut peak = |board: &Board, snippet: Option<Board>| {
        let snippet = Snippet { board: snippet, ..Snippet::with_spikes(100.0, vec![(20.0, source)]) };
        let recording = lab.record(board, &Protocol::new(vec![snippet]).membrane_of(at)).unwrap();
        recording.mean_in(28.0, 32.0) - recording.mean_in(0.0, 20.0)
    };
    assert!(peak(&excited, None) > 30.0);
    assert!(peak(&both, None) < -30.0);
    assert!(peak(&both, Some(excited.clone())) > 30.0);
    let mut other = board.clone();
    other.connect(source, at, -20).unwrap();
    assert!((-20.0..-10.0).contains(&peak(&other, None)));
    assert!(peak(&excited, Some(other)) < -10.0);
}
