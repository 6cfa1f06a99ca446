//! Trainings in software: that they learn, repeat bit for bit, and reach the published accuracies (the long ones are ignored by
//! default; run them with `cargo test --release -p hx-learn --test software_training -- --ignored --nocapture`).

use hx_learn::Configuration;
use hx_learn::configuration::{
    DelGrad, delgrad, hardware_aware, yin_yang_chip, yin_yang_chip_wide, yin_yang_simulation,
};
use hx_learn::data::yin_yang::{Split, generate};
use hx_learn::software::{SoftwareTraining, Substrate};

/// Test accuracy after `epochs` on a substrate with a relative threshold spread, drift and jitter as on a calibrated chip.
fn twin(configuration: Configuration, spread: f64, seed: u64, epochs: u32) -> f64 {
    let mut substrate = Substrate::with_threshold_spread(&configuration.network, spread, seed);
    substrate.threshold_drift = 0.015 * configuration.network.model.c;
    substrate.spike_jitter = 0.01;
    let (train, validation) = (Split::Train.load(), Split::Validation.load());
    let mut training = SoftwareTraining::new(configuration, substrate, seed).unwrap();
    for _ in 0..epochs {
        let report = training.epoch(&train, &validation).unwrap();
        if [1, 20, 40, 100, 200].contains(&report.epoch) {
            println!("seed {seed} epoch {:3}: validation {:.3}", report.epoch, report.validation.accuracy());
        }
    }
    let accuracy = training.evaluate(&Split::Test.load()).unwrap().accuracy();
    println!("seed {seed}: test {accuracy:.3}");
    accuracy
}

fn mean(seeds: std::ops::Range<u64>, accuracy: impl Fn(u64) -> f64) -> f64 {
    let count = seeds.end - seeds.start;
    let mean = seeds.map(accuracy).sum::<f64>() / count as f64;
    println!("mean {mean:.4}");
    mean
}

fn short(configuration: Configuration, substrate: Substrate, epochs: u32) -> SoftwareTraining {
    let (train, validation) = (generate(600, 42), generate(200, 41));
    let mut training = SoftwareTraining::new(configuration, substrate, 0).unwrap();
    for _ in 0..epochs {
        training.epoch(&train, &validation).unwrap();
    }
    training
}

#[test]
fn a_few_epochs_beat_chance() {
    for configuration in [yin_yang_chip_wide(), yin_yang_simulation(), delgrad(DelGrad::Wa)] {
        let substrate = Substrate::with_threshold_spread(&configuration.network, 0.03, 0);
        let epochs = 10 * configuration.training.batch as u32 / 40;
        let mut training = short(configuration, substrate, epochs);
        let accuracy = training.evaluate(&generate(300, 40)).unwrap().accuracy();
        assert!(accuracy > 0.6, "{accuracy}");
    }
}

#[test]
fn a_training_with_every_disturbance_does_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let configuration = hardware_aware(true);
            let mut substrate = Substrate::hardware_aware(&configuration.network, 3);
            substrate.spike_jitter = 0.01;
            short(configuration, substrate, 3)
        })
    };
    assert!(run(1) == run(2));
}

#[test]
fn copies_are_observed_apart_where_their_delays_jitter() {
    let configuration = hardware_aware(true);
    let substrate = Substrate::hardware_aware(&configuration.network, 3);
    let mut training = SoftwareTraining::new(configuration, substrate, 0).unwrap();
    let set = generate(20, 1);
    let observed = training.run(&set, &[0, 7]).unwrap();
    let arrivals = &observed.layers[0].arrivals;
    assert_eq!(arrivals.neurons(), 20);
    let times = &arrivals.sample(1)[..5];
    assert!(times.iter().all(|t| (t - times[0]).abs() < 0.1) && times[0] != times[1], "{times:?}");
    assert_ne!(training.run(&set, &[0, 7]).unwrap(), observed, "the next run has other noise");
}

// Seeds 10 to 12 had no part in the choice of the wide initial weights. Six seeds (10 to 15), 3 % threshold spread, test accuracy:
// published initial weights 88.1 +- 1.8 % after 40 and 93.7 +- 0.7 % after 200 epochs, which is below the 95.0 +- 0.9 % of the
// publication; wide ones 93.0, 95.3 and 96.4 % after 20, 40 and 200.

#[test]
#[ignore = "about a minute; documents the accuracy from the published initial weights"]
fn the_published_chip_schedule_ends_near_94_percent() {
    let accuracy = mean(10..13, |seed| twin(yin_yang_chip(), 0.03, seed, 200));
    assert!((0.92..0.96).contains(&accuracy), "{accuracy}");
}

#[test]
#[ignore = "about twenty seconds; documents the accuracy from wide initial weights"]
fn wide_initial_weights_exceed_it_in_forty_epochs() {
    assert!(mean(10..13, |seed| twin(yin_yang_chip_wide(), 0.03, seed, 40)) > 0.935);
    assert!(mean(10..13, |seed| twin(yin_yang_chip_wide(), 0.10, seed, 40)) > 0.935);
}

#[test]
#[ignore = "about a minute; documents the accuracy of the published software configuration"]
fn the_published_simulation_is_reached() {
    let configuration = yin_yang_simulation();
    let substrate = Substrate::ideal(&configuration.network);
    let mut training = SoftwareTraining::new(configuration, substrate, 0).unwrap();
    let (train, validation) = (Split::Train.load(), Split::Validation.load());
    for _ in 0..300 {
        training.epoch(&train, &validation).unwrap();
    }
    let accuracy = training.evaluate(&Split::Test.load()).unwrap().accuracy();
    println!("test {accuracy:.3}");
    assert!(accuracy > 0.95);
}
