//! Calibrations of what goes beyond plain neurons, on emulated chips.

use hx_calib::{Calibration, CorrelationTargets, Selection, Targets, calibrate};
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};

fn session(config: ChipConfig) -> Session<MemoryLink<Chip>> {
    let link = LinkConfig::default();
    let setup = MemoryLink::new(ExecutorConfig::default(), link, Chip::new(config), "test chip").unwrap();
    let mut session = Session::new(setup);
    session.initialise(&SystemInit::default()).unwrap();
    session
}

fn calibrated(config: ChipConfig, targets: &Targets) -> (Session<MemoryLink<Chip>>, Calibration) {
    let mut session = session(config);
    let calibration = calibrate(&mut session, targets, &mut |_| ()).unwrap();
    (session, calibration)
}

#[test]
fn median_sensors_meet_their_targets() {
    let targets = Targets {
        correlation: Some(CorrelationTargets { eta_lsb: 0.4, tau_us: 8.0 }),
        neurons: Selection::Only(vec![0]),
        ..Targets::default()
    };
    let (_, nominal) = calibrated(ChipConfig::ideal(), &targets);
    let codes = |calibration: &Calibration, name| {
        let parameter = hx_isa::regmap::capmem::find_capmem_parameter(name).unwrap();
        calibration.codes.get(parameter).to_vec()
    };
    println!("{:?} {:?}", codes(&nominal, "syn_i_bias_ramp"), codes(&nominal, "syn_i_bias_store"));
    let (_, calibration) = calibrated(ChipConfig::with_seed(1), &targets);
    println!("{:?} {:?}", codes(&calibration, "syn_i_bias_ramp"), codes(&calibration, "syn_i_bias_store"));
    println!("{:?}", calibration.missed_blocks);
}
