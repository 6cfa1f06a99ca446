//! Calibrations of what goes beyond plain neurons, on emulated chips.

use hx_calib::codes::{CORRELATION_RAMP, CORRELATION_STORE, STP_RAMP};
use hx_calib::{
    Calibration, CobaTargets, CorrelationTargets, Quantity, Report, Row, Selection, StpTargets, Targets,
    calibrate, report,
};
use hx_chip::chip::{Amplifiers, Chip, ChipConfig};
use hx_host::driver::{Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::SynapseDriverOnDLS;
use hx_isa::regmap::register::SynapseDriverConfig;

fn session(config: ChipConfig) -> Session<MemoryLink<Chip>> {
    let link = LinkConfig::default();
    let setup = MemoryLink::new(ExecutorConfig::default(), link, Chip::new(config), "test chip").unwrap();
    let mut session = Session::new(setup);
    session.initialise(&SystemInit::default()).unwrap();
    session
}

/// A chip whose neurons have closed solutions: what is tested here does not depend on their amplifiers.
fn linear(config: ChipConfig) -> ChipConfig {
    ChipConfig { amplifiers: Amplifiers::SmallSignal, ..config }
}

fn calibrated(config: ChipConfig, targets: &Targets) -> (Session<MemoryLink<Chip>>, Calibration) {
    let mut session = session(config);
    let calibration = calibrate(&mut session, targets, &mut |_| ()).unwrap();
    (session, calibration)
}

fn row<'a>(report: &'a Report, name: &str) -> &'a Row {
    report.rows.iter().find(|row| row.quantity == name).unwrap()
}

/// One neuron is enough where neurons are not what is calibrated.
fn few_neurons() -> Targets {
    Targets { neurons: Selection::Only(vec![0]), ..Targets::default() }
}

#[test]
fn median_sensors_meet_their_targets() {
    let correlation = Some(CorrelationTargets { eta_lsb: 0.4, tau_us: 8.0 });
    let targets = Targets { correlation, ..few_neurons() };
    let (_, nominal) = calibrated(linear(ChipConfig::ideal()), &targets);
    assert_eq!(
        (nominal.codes.get(CORRELATION_RAMP), nominal.codes.get(CORRELATION_STORE)),
        (&[50; 4][..], &[88; 4][..])
    );
    let (mut session, calibration) = calibrated(linear(ChipConfig::with_seed(1)), &targets);
    assert!(calibration.missed_blocks.is_empty(), "{:?}", calibration.missed_blocks);
    assert_ne!(calibration.codes.get(CORRELATION_RAMP), [50; 4]);
    let report = report(&mut session, &calibration).unwrap();
    for name in ["correlation_tau", "correlation_eta"] {
        let row = row(&report, name);
        assert!(row.pass && row.deviation.abs() < 8.0, "{name}: {} %", row.deviation);
    }
    let failed: Vec<_> =
        report.checks.iter().filter(|check| check.name.contains("over target") && !check.pass).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn drivers_become_equal_at_one_state_of_the_plasticity() {
    let targets = Targets { stp: Some(StpTargets::default()), ..few_neurons() };
    let (mut session, calibration) = calibrated(linear(ChipConfig::with_seed(2)), &targets);
    let report = report(&mut session, &calibration).unwrap();
    let spread = row(&report, "stp");
    assert!(spread.pass && spread.after < 0.8 && spread.before - spread.after > 1.0, "{spread:?}");
    let off = calibration.missed_drivers.len();
    assert!(off < 8 && calibration.good_drivers().count() == 256 - off, "{off} drivers stay off");

    // The result survives its text, and puts its offsets into the configuration of a driver.
    let again = Calibration::from_text(&calibration.to_text().unwrap()).unwrap();
    assert_eq!(again, calibration);
    let driver = SynapseDriverOnDLS::new(1, 5).unwrap();
    let frame = again.driver(driver, Frame::<SynapseDriverConfig>::default());
    let code = calibration.drivers.as_ref().unwrap().offset[driver.to_enum()];
    assert_eq!(frame.get(field!(SynapseDriverConfig.offset)), u32::from(code));
}

#[test]
fn a_chip_for_matrices_is_calibrated() {
    let (mut session, calibration) = calibrated(linear(ChipConfig::with_seed(3)), &Targets::hagen());
    assert!(calibration.missed_blocks.is_empty(), "{:?}", calibration.missed_blocks);
    let ramps = calibration.codes.get(STP_RAMP);
    assert!(ramps.iter().any(|&code| code != ramps[0]), "quadrants differ: {ramps:?}");
    let report = report(&mut session, &calibration).unwrap();
    assert!(report.passed(), "{report:#?}");
    assert!(report.rows.iter().all(|row| row.quantity != "threshold" && row.quantity != "rate"));
    let drivers = row(&report, "hagen");
    assert!(drivers.after < 1.0 && drivers.before > 2.0, "{drivers:?}");
}

/// Some neurons of every quadrant, in neighbouring pairs.
fn pairs_of_neurons(part: Targets) -> Targets {
    let neurons = (0..64).map(|number| 16 * (number / 2) + number % 2).collect();
    Targets { neurons: Selection::Only(neurons), ..part }
}

#[test]
fn conductance_based_inputs_have_their_reference_and_reversal_potential() {
    let coba = CobaTargets { reversal_exc: 200.0, ..CobaTargets::default() };
    let targets = pairs_of_neurons(Targets { coba: Some(coba), ..Targets::default() });
    let (mut session, calibration) = calibrated(ChipConfig::with_seed(6), &targets);
    assert!(calibration.missed.len() <= 3, "{:?}", calibration.missed);
    let report = report(&mut session, &calibration).unwrap();
    for name in ["coba_reference_exc", "coba_reference_inh", "coba_slope_exc", "coba_slope_inh"] {
        let row = row(&report, name);
        assert!(row.after < 0.6 * row.before && row.deviation.abs() < 0.5 * row.tolerance, "{row:?}");
    }
    let rest = report.checks.iter().find(|check| check.name.contains("conductance mode")).unwrap();
    assert!(rest.pass, "{rest:?}");
}

#[test]
fn conductances_between_compartments_meet_their_time_constant() {
    let targets = pairs_of_neurons(Targets { tau_icc_us: Some(2.0), ..Targets::default() });
    let (mut session, calibration) = calibrated(ChipConfig::with_seed(7), &targets);
    let missed = calibration.missed.values().flatten().filter(|&&of| of == Quantity::TauIcc).count();
    assert!(missed <= 2, "{:?}", calibration.missed);
    let report = report(&mut session, &calibration).unwrap();
    let row = row(&report, "tau_icc");
    assert!(row.pass && row.after < 5.0 && row.before > 12.0, "{row:?}");
}

#[test]
fn what_cannot_be_reached_is_marked() {
    // The largest bias gives about 0.4 us.
    let targets = pairs_of_neurons(Targets { tau_icc_us: Some(0.1), ..Targets::default() });
    let (_, calibration) = calibrated(ChipConfig::with_seed(7), &targets);
    assert_eq!(calibration.good_neurons().count(), 0);
    assert!(calibration.missed.values().all(|missed| missed.contains(&Quantity::TauIcc)));
}

/// The acceptance over chips; `hxemu calibrate --chip-seeds 0..10` does the same with a table.
#[test]
#[ignore = "takes minutes"]
fn ten_chips_meet_every_acceptance() {
    for seed in 0..10 {
        for targets in [Targets::full(), Targets::hagen()] {
            let (mut session, calibration) = calibrated(ChipConfig::with_seed(seed), &targets);
            let report = report(&mut session, &calibration).unwrap();
            assert!(report.passed(), "chip {seed}: {report:#?}");
            let before = report.before_checks();
            assert!(before.iter().all(|check| check.pass), "chip {seed}: {before:#?}");
        }
    }
}
