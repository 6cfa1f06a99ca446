//! Measures the backward pass and the whole training step of the chip configuration (25-120-3, batch of 40) and the forward pass
//! in software. Argument: number of threads. `cargo run --release -p hx-learn --example backward_speed 1`

use hx_learn::configuration::yin_yang_chip;
use hx_learn::data::yin_yang::Split;
use hx_learn::software::{SoftwareTraining, Substrate};
use hx_learn::{LearnError, batch_gradient};
use std::time::Instant;

const REPEATS: u32 = 2000;

fn measure(name: &str, mut work: impl FnMut() -> Result<(), LearnError>) -> Result<(), LearnError> {
    let mut best = f64::INFINITY;
    let start = Instant::now();
    for _ in 0..REPEATS {
        let one = Instant::now();
        work()?;
        best = best.min(one.elapsed().as_secs_f64());
    }
    let mean = start.elapsed().as_secs_f64() / f64::from(REPEATS);
    println!("{name:22} mean {:.1} us, best {:.1} us per batch of 40", mean * 1e6, best * 1e6);
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let threads = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let configuration = yin_yang_chip();
    let substrate = Substrate::with_threshold_spread(&configuration.network, 0.03, 0);
    let mut training = SoftwareTraining::new(configuration.clone(), substrate, 0)?;
    let (train, validation) = (Split::Train.load(), Split::Validation.load());
    for _ in 0..3 {
        training.epoch(&train, &validation)?;
    }
    let samples: Vec<usize> = (0..40).collect();
    let labels = train.labels_of(&samples);
    let observed = training.run(&train, &samples)?;
    let spec = configuration.training;
    measure("backward", || {
        let network = &training.trainer.network;
        batch_gradient(network, &observed, &labels, &spec.loss, spec.max_dw_norm).map(|_| ())
    })?;
    let mut trainer = training.trainer.clone();
    measure("training step", || trainer.step(&observed, &labels).map(|_| ()))?;
    measure("software forward", || training.run(&train, &samples).map(|_| ()))?;
    Ok(())
}
