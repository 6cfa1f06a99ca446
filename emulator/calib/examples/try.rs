//! Calibrates one emulated chip and prints what came of it: seed, amplifiers (`small` or `large`), targets.

use hx_calib::*;
use hx_chip::chip::{Amplifiers, Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let seed: u64 = a[1].parse().unwrap();
    let mut config = ChipConfig::with_seed(seed);
    if a[2] == "small" {
        config.amplifiers = Amplifiers::SmallSignal;
    }
    let targets: Targets = match a[3].as_str() {
        "full" => Targets::full(),
        "hagen" => Targets::hagen(),
        "spiking" => Targets::default(),
        text => ron::from_str(text).unwrap(),
    };
    let setup =
        MemoryLink::new(ExecutorConfig::default(), LinkConfig::default(), Chip::new(config), "test chip")
            .unwrap();
    let mut session = Session::new(setup);
    session.initialise(&SystemInit::default()).unwrap();
    let start = std::time::Instant::now();
    let calibration = calibrate(&mut session, &targets, &mut |p| {
        eprintln!("{:8.2} {}", start.elapsed().as_secs_f64(), p.step)
    })
    .unwrap();
    for (n, m) in &calibration.missed {
        println!("neuron {n} {m:?}");
    }
    println!("{:?} {:?}", calibration.missed_blocks, calibration.missed_drivers);
    if a.len() > 4 {
        return;
    }
    let report = report(&mut session, &calibration).unwrap();
    println!("report {:.2}", start.elapsed().as_secs_f64());
    for r in &report.rows {
        println!(
            "{} {:20} target {:9.4} before {:8.3} after {:8.3} ratio {:?} dev {:8.3} in {:.3}",
            r.pass, r.quantity, r.target, r.before, r.after, r.ratio, r.deviation, r.in_tolerance
        );
    }
    for c in report.checks.iter().chain(&report.before_checks()) {
        println!("{} {:50} {:8.3} {:?} {:?} {}", c.pass, c.name, c.value, c.least, c.most, c.unit);
    }
}
