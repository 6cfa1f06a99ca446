//! Trains a published configuration in software and prints one line per epoch. Arguments: `chip`, `wide`, `simulation`, `w`, `wa`,
//! `wd`, `ws`, `h5`, `aware` or `aware-delays`; then optionally epochs, seed, relative threshold spread.
//! Example: `cargo run --release -p hx-learn --example software_twin chip 40 0 0.03`

use hx_learn::configuration::{
    DelGrad, delgrad, hardware_aware, yin_yang_chip, yin_yang_chip_wide, yin_yang_simulation,
};
use hx_learn::data::yin_yang::Split;
use hx_learn::software::{SoftwareTraining, Substrate};
use hx_learn::{Configuration, LearnError};

fn configuration(name: &str) -> Configuration {
    match name {
        "wide" => yin_yang_chip_wide(),
        "simulation" => yin_yang_simulation(),
        "w" => delgrad(DelGrad::W),
        "wa" => delgrad(DelGrad::Wa),
        "wd" => delgrad(DelGrad::Wd),
        "ws" => delgrad(DelGrad::Ws),
        "h5" => delgrad(DelGrad::H5Ws),
        "aware" => hardware_aware(false),
        "aware-delays" => hardware_aware(true),
        _ => yin_yang_chip(),
    }
}

fn main() -> Result<(), LearnError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |i: usize, otherwise: f64| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let name = arguments.first().map_or("chip", String::as_str);
    let configuration = configuration(name);
    let epochs = number(1, f64::from(configuration.training.epochs)) as u32;
    let seed = number(2, 0.0) as u64;
    let substrate = if name.starts_with("aware") {
        Substrate::hardware_aware(&configuration.network, seed)
    } else {
        Substrate::with_threshold_spread(&configuration.network, number(3, 0.0), seed)
    };
    let [train, validation, test] = [Split::Train, Split::Validation, Split::Test].map(Split::load);
    let mut training = SoftwareTraining::new(configuration, substrate, seed)?;
    println!("epoch  train  loss     bumped  validation");
    println!("    0      -  -        -       {:.3}", training.evaluate(&validation)?.accuracy());
    for _ in 0..epochs {
        let r = training.epoch(&train, &validation)?;
        let (loss, accuracy) = (r.train_loss, r.validation.accuracy());
        println!("{:5}  {:.3}  {loss:7.4}  {:.3}   {accuracy:.3}", r.epoch, r.train_accuracy, r.bumped);
    }
    println!("test accuracy {:.3}", training.evaluate(&test)?.accuracy());
    Ok(())
}
