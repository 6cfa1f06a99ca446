//! The directions on which calibration routines rely when they search for codes (electronicvisions calix), on ten chips: every
//! code of the contract is swept, and what the routines see of it must follow, for all neurons of every chip but the few with a
//! parameter far off. No temporal noise; amplifiers saturate.

use super::bench::{Bench, NEURONS, write_cadc_offset};
use hx_host::driver::Cycles;
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::synapse::RowMode;
use hx_isa::field;
use rayon::prelude::*;

/// Chips looked at.
const CHIPS: u64 = 10;
/// Share of neurons whose total change may be too small: those with a parameter far off, and clipped ones.
const EXEMPT: f64 = 0.03;

/// Share of neurons that may have a clipped reading.
const CLIPPED: f64 = 0.08;

/// Share of neurons that may go the wrong way: a hundredth has a parameter far off and leaves the range of its circuits.
const BAD: f64 = 0.02;

/// What the observable does while the code goes up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    Up,
    Down,
}
use Direction::{Down, Up};

/// One line of the contract.
struct Row {
    /// What is swept, as it is called in the results.
    name: &'static str,
    codes: &'static [u16],
    direction: Direction,
    /// Least change from the first to the last code.
    change: f64,
    /// Counts by which a step may go the wrong way: converter counts are whole numbers.
    slack: f64,
    prepare: fn(&mut Bench),
    set: fn(&mut Bench, u16),
    observe: fn(&mut Bench) -> Vec<f64>,
}

const NOTHING: fn(&mut Bench) = |_| ();

macro_rules! row {
    ($name:literal, $codes:expr, $direction:ident, $change:expr, $prepare:expr, $observe:expr) => {
        row!($name, $codes, $direction, $change, $prepare, |bench, code| bench.set($name, code), $observe)
    };
    ($name:literal, $codes:expr, $direction:ident, $change:expr, $prepare:expr, $set:expr, $observe:expr) => {
        Row {
            name: $name,
            codes: &$codes,
            direction: $direction,
            change: $change,
            slack: 1.0,
            prepare: $prepare,
            set: $set,
            observe: $observe,
        }
    };
}

fn excite(bench: &mut Bench) {
    bench.enable_input(RowMode::Excitatory);
    bench.connect(RowMode::Excitatory, 63, |_| ());
}

fn inhibit(bench: &mut Bench) {
    bench.enable_input(RowMode::Inhibitory);
    bench.connect(RowMode::Inhibitory, 63, |_| ());
}

/// Height of the response to three events near its peak.
fn amplitude(bench: &mut Bench) -> Vec<f64> {
    bench.response(7, 3, 0)
}

/// Depth of the response to three events near its peak.
fn depth(bench: &mut Bench) -> Vec<f64> {
    amplitude(bench).into_iter().map(|change| -change).collect()
}

/// Switches the inputs to conductances.
fn conductances(bench: &mut Bench) {
    bench.change_neurons(|frame| {
        frame
            .with(field!(NeuronConfig.enable_synaptic_input_excitatory_coba_mode), 1)
            .with(field!(NeuronConfig.enable_synaptic_input_inhibitory_coba_mode), 1)
    });
    bench.set("i_bias_synin_exc_coba", 120);
    bench.set("i_bias_synin_inh_coba", 120);
}

/// Lets the drivers turn the low bits of an event's label into the length of its pulse.
fn activate(bench: &mut Bench, hagen_dac_offset: u16) {
    bench.connect(RowMode::Excitatory, 63, |driver| {
        driver.set(field!(SynapseDriverConfig.enable_stp), 1);
        driver.set(field!(SynapseDriverConfig.enable_hagen_dac), 1);
        driver.set(field!(SynapseDriverConfig.enable_hagen_modulation), 1);
        driver.set(field!(SynapseDriverConfig.enable_address_out), 0);
        driver.set(field!(SynapseDriverConfig.hagen_dac_offset), u32::from(hagen_dac_offset));
    });
}

const ROWS: &[Row] = &[
    row!("v_leak", [450, 520, 580, 640, 720, 800, 900], Up, 40.0, NOTHING, Bench::rest),
    row!("v_reset", [350, 450, 520, 600, 700, 800], Up, 40.0, |bench| bench.hold(true), Bench::rest),
    row!(
        "v_threshold",
        [240, 270, 300, 330, 360],
        Down,
        2.0,
        |bench| {
            bench.set("v_leak", 1000);
            bench.set("v_reset", 400);
            bench.let_fire();
        },
        |bench| bench.spikes(Cycles::from_us(500))
    ),
    row!(
        "i_bias_leak",
        [40, 80, 160, 300, 600, 1022],
        Up,
        10.0,
        |bench| bench.set("v_reset", 400),
        |bench| bench.after_reset(10)
    ),
    row!(
        "i_bias_synin_exc_tau",
        [100, 200, 307, 500, 800, 1022],
        Up,
        1.5,
        |bench| {
            excite(bench);
            bench.look_at(ReadoutSource::ExcitatoryInput);
        },
        |bench| bench.response(6, 6, 0)
    ),
    row!(
        "i_bias_synin_inh_tau",
        [100, 200, 307, 500, 800, 1022],
        Up,
        1.5,
        |bench| {
            inhibit(bench);
            bench.look_at(ReadoutSource::InhibitoryInput);
        },
        |bench| bench.response(6, 6, 0)
    ),
    row!("i_bias_synin_exc_shift", [200, 260, 310, 360, 420], Down, 15.0, excite, Bench::rest),
    row!("i_bias_synin_inh_shift", [200, 260, 310, 360, 420], Up, 15.0, inhibit, Bench::rest),
    row!("i_bias_synin_exc_gm", [60, 100, 150, 200, 300], Up, 3.0, excite, |bench| bench.response(7, 1, 0)),
    row!("i_bias_synin_inh_gm", [60, 100, 150, 200, 300], Up, 3.0, inhibit, |bench| {
        bench.response(7, 1, 0).into_iter().map(|change| -change).collect()
    }),
    row!("syn_i_bias_dac", [100, 250, 450, 700, 1022], Up, 4.0, excite, amplitude),
    row!(
        "e_synin_exc_rev",
        [450, 550, 650, 750, 850],
        Up,
        2.0,
        |bench| {
            excite(bench);
            conductances(bench);
        },
        amplitude
    ),
    row!(
        "e_synin_inh_rev",
        [450, 550, 650, 750, 850],
        Down,
        3.0,
        |bench| {
            inhibit(bench);
            conductances(bench);
        },
        depth
    ),
    row!(
        "i_bias_synin_exc_coba",
        [0, 40, 80, 150, 250],
        Down,
        2.0,
        |bench| {
            excite(bench);
            conductances(bench);
            bench.set("e_synin_exc_rev", 480);
        },
        amplitude
    ),
    row!(
        "i_bias_synin_inh_coba",
        [0, 40, 80, 150, 250],
        Down,
        2.0,
        |bench| {
            inhibit(bench);
            conductances(bench);
            bench.set("e_synin_inh_rev", 1000);
        },
        depth
    ),
    row!(
        "i_bias_nmda",
        [30, 80, 200, 400, 700, 1022],
        Down,
        10.0,
        |bench| bench.join_pairs(540, 740),
        |bench| bench.rest().chunks(2).map(|pair| pair[1] - pair[0]).collect()
    ),
    row!(
        "syn_i_bias_ramp",
        [30, 50, 80, 150, 300],
        Up,
        3.0,
        |bench| {
            // Sensors see events whatever the weight, and neurons are left alone.
            bench.connect(RowMode::Excitatory, 0, |_| ());
            bench.look_at_sensors();
        },
        |bench| bench.correlation(100, Cycles::from_us(8))
    ),
    row!(
        "syn_i_bias_store",
        [60, 90, 150, 300, 600],
        Up,
        5.0,
        |bench| {
            // Sensors see events whatever the weight, and neurons are left alone.
            bench.connect(RowMode::Excitatory, 0, |_| ());
            bench.look_at_sensors();
        },
        |bench| bench.correlation(100, Cycles::from_us(1))
    ),
    row!(
        "stp driver offset",
        [0, 3, 7, 11, 15],
        Down,
        1.0,
        |bench| bench.enable_input(RowMode::Excitatory),
        |bench, code| {
            bench.connect(RowMode::Excitatory, 63, |driver| {
                driver.set(field!(SynapseDriverConfig.enable_stp), 1);
                driver.set(field!(SynapseDriverConfig.offset), u32::from(code));
            });
        },
        amplitude
    ),
    row!(
        "stp_i_ramp",
        [450, 520, 600, 700, 850],
        Up,
        1.0,
        |bench| {
            bench.enable_input(RowMode::Excitatory);
            activate(bench, 32);
        },
        |bench| bench.response(10, 4, 32 - 12)
    ),
    row!(
        "hagen_dac_offset",
        [8, 20, 32, 44, 56],
        Up,
        1.0,
        |bench| bench.enable_input(RowMode::Excitatory),
        activate,
        |bench| bench.response(10, 4, 32 - 15)
    ),
    row!("cadc_v_ramp_offset", [5, 20, 40, 80, 120, 160], Down, 40.0, NOTHING, Bench::rest),
    row!("cadc_i_ramp_slope", [150, 200, 260, 330, 420], Down, 30.0, NOTHING, Bench::rest),
    row!(
        "cadc channel offset",
        [0, 20, 40, 60, 80],
        Up,
        80.0,
        NOTHING,
        |bench, code| write_cadc_offset(&mut bench.configuration, code as i8 - 40),
        Bench::rest
    ),
];

/// Observables of a row on a chip, by code.
fn sweep(row: &Row, chip_seed: u64) -> Vec<Vec<f64>> {
    let mut bench = Bench::new(chip_seed);
    (row.prepare)(&mut bench);
    let observe = |&code: &u16| {
        (row.set)(&mut bench, code);
        (row.observe)(&mut bench)
    };
    row.codes.iter().map(observe).collect()
}

/// What is wrong with a row on a chip, if anything.
fn fault(row: &Row, chip_seed: u64) -> Option<String> {
    let observed = sweep(row, chip_seed);
    let sign = if row.direction == Up { 1.0 } else { -1.0 };
    let of = |neuron: usize| observed.iter().map(|values| sign * values[neuron]).collect::<Vec<f64>>();
    let falls = |&i: &usize| of(i).windows(2).any(|pair| pair[1] < pair[0] - row.slack);
    let wrong: Vec<usize> = (0..observed[0].len()).filter(falls).collect();
    if let Some(&i) = wrong.first().filter(|_| wrong.len() as f64 > BAD * NEURONS as f64) {
        return Some(format!(
            "{} on chip {chip_seed}: {:?} is not {:?}, number {i}",
            row.name,
            of(i),
            row.direction
        ));
    }
    // A reading that was clipped is no number and fulfils everything, so there may not be many.
    let clipped = (0..observed[0].len()).filter(|i| of(*i).iter().any(|value| value.is_nan())).count();
    if clipped as f64 > CLIPPED * NEURONS as f64 {
        return Some(format!("{} on chip {chip_seed}: {clipped} are clipped", row.name));
    }
    let total = |i: &usize| of(*i).last().unwrap_or(&0.0) - of(*i)[0];
    let small: Vec<usize> = (0..observed[0].len()).filter(|i| total(i) < row.change).collect();
    let first = small.first()?;
    (small.len() as f64 > EXEMPT * NEURONS as f64).then(|| {
        format!("{} on chip {chip_seed}: {} change too little, e.g. {:?}", row.name, small.len(), of(*first))
    })
}

#[test]
fn observables_follow_their_codes_on_ten_chips() {
    let jobs: Vec<(&Row, u64)> =
        ROWS.iter().flat_map(|row| (0..CHIPS).map(move |seed| (row, seed))).collect();
    let faults: Vec<String> = jobs.into_par_iter().filter_map(|(row, seed)| fault(row, seed)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
