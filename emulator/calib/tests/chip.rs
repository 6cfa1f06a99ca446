//! Calibrations of emulated chips: spreads below the limits, nominal codes on a nominal chip, and results that can be stored
//! and loaded.

use hx_calib::codes::{V_LEAK, V_THRESHOLD, median_code};
use hx_calib::{Calibration, CalibrationError, Selection, Strength, Targets, apply, calibrate, load, report};
use hx_chip::chip::{Chip, ChipConfig};
use hx_host::driver::cadc::any_row;
use hx_host::driver::{Hemisphere, ProgramBuilder, Session, SystemInit};
use hx_host::fpga::ExecutorConfig;
use hx_host::link::{LinkConfig, MemoryLink};
use hx_host::setup::{Setup, SetupError};

/// Targets of a network of neurons with equal time constants.
fn fast_targets() -> Targets {
    Targets {
        reset: 80.0,
        tau_mem_us: 6.0,
        tau_syn_us: 6.0,
        strength: Strength::PspLsbPerWeight(0.363),
        dac_bias: 1022,
        equalise_dac_bias: false,
        refractory_us: 20.0,
        ..Targets::default()
    }
}

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
fn spreads_keep_the_limits() {
    for (seed, targets) in [(1, fast_targets()), (5, Targets::default())] {
        let (mut session, calibration) = calibrated(ChipConfig::with_seed(seed), &targets);
        let report = report(&mut session, &calibration).unwrap();
        assert!(report.passed(), "{report:#?}");
        for row in &report.rows {
            // Means are met as well, to a fraction of a CADC LSB and of the time constants.
            // Amplifiers that saturate compress large responses.
            let allowed =
                if row.quantity == "response_288" { 0.5 * row.tolerance } else { 0.25 * row.limits.spread };
            assert!(row.deviation.abs() < allowed, "{}: {}", row.quantity, row.deviation);
            assert!(row.before > 1.5 * row.after, "{}: {} to {}", row.quantity, row.before, row.after);
        }
        let good = calibration.good_neurons().count();
        assert!(good >= 475, "{good} good neurons of chip {seed}");
    }
}

#[test]
fn a_nominal_chip_gets_nominal_codes() {
    let (_, calibration) = calibrated(ChipConfig::ideal(), &fast_targets());
    assert!(calibration.missed.is_empty(), "{:?}", calibration.missed);
    let nominal = [
        ("v_leak", 576, 3),
        ("v_reset", 576, 3),
        ("v_threshold", 322, 2),
        ("i_bias_leak", 286, 6),
        ("i_bias_synin_exc_tau", 511, 10),
        ("i_bias_synin_inh_tau", 511, 10),
        ("i_bias_synin_exc_gm", 642, 15),
        ("i_bias_synin_inh_gm", 642, 15),
        ("i_bias_synin_exc_shift", 310, 1),
        ("cadc_i_ramp_slope", 200, 1),
    ];
    for (name, nominal, tolerance) in nominal {
        let parameter = hx_isa::regmap::capmem::find_capmem_parameter(name).unwrap();
        for code in calibration.codes.get(parameter) {
            assert!(code.abs_diff(nominal) <= tolerance, "{name}: {code} instead of {nominal}");
        }
    }
}

#[test]
fn a_calibration_survives_its_text_and_another_session() {
    let (_, calibration) = calibrated(ChipConfig::with_seed(2), &fast_targets());
    let text = calibration.to_text().unwrap();
    let again = Calibration::from_text(&text).unwrap();
    assert_eq!(again, calibration);
    for length in [0, 10, text.len() / 2, text.len() - 1] {
        assert!(Calibration::from_text(&text[..length]).is_err(), "{length} characters");
    }
    let other = text.replacen("version:2", "version:0", 1);
    assert_eq!(
        Calibration::from_text(&other).unwrap_err().to_string(),
        "calibration version 0; this is version 2"
    );

    let other = text.replacen("leak:80", "leak:8", 1);
    assert_eq!(
        Calibration::from_text(&other).unwrap_err().to_string(),
        "target leak = 8 CADC LSB is outside 50 to 160"
    );
    let other = text.replacen("refractory_us:20", "refractory_us:10", 1);
    assert!(Calibration::from_text(&other).is_err());

    let mut fresh = session(ChipConfig::with_seed(2));
    load(&mut fresh, &again, &apply(&again).unwrap()).unwrap();
    let mut builder = ProgramBuilder::new();
    let counters = builder.read_spike_counters();
    let rows = builder.read_cadcs(Hemisphere::ALL.map(any_row));
    let responses = fresh.run(builder).unwrap();
    let spikes: u32 = responses.get(&counters).unwrap().iter().map(|spikes| u32::from(spikes.count)).sum();
    assert_eq!(spikes, 0, "nothing fires while a chip is configured");
    for (hemisphere, row) in rows.iter().enumerate() {
        let codes = responses.get(row).unwrap().value.mean();
        let near = codes.iter().filter(|&&code| (code - 80.0).abs() < 3.0).count();
        assert!(near >= 250, "{near} neurons of hemisphere {hemisphere} rest at their target");
    }
}

#[test]
fn neurons_left_out_keep_their_codes() {
    let targets = Targets { neurons: Selection::Only(vec![7, 300]), ..fast_targets() };
    let (_, calibration) = calibrated(ChipConfig::with_seed(4), &targets);
    assert_eq!(calibration.good_neurons().count(), 2);
    for (parameter, typical) in [(V_LEAK, 576), (V_THRESHOLD, 322)] {
        let codes = calibration.codes.get(parameter);
        assert_eq!(median_code(codes), codes[0]);
        assert_ne!(codes[7], codes[300]);
        assert!(codes[7].abs_diff(typical) < 100);
    }
    let configuration = apply(&calibration).unwrap();
    let spiking = |neuron: usize| {
        let at = hx_isa::regmap::coordinate::AtomicNeuronOnDLS::from_enum(neuron).unwrap().to_neuron_config();
        let frame = configuration.frame::<hx_isa::regmap::register::NeuronConfig>(at).unwrap();
        frame.is_set(hx_isa::field!(NeuronConfig.enable_fire))
    };
    assert_eq!([7, 8, 300].map(spiking), [true, false, true]);
}

/// A setup that must not be used.
struct Untouchable;

impl Setup for Untouchable {
    fn run(&mut self, _: &[u64]) -> Result<Vec<u64>, SetupError> {
        Err(SetupError::Closed("out of order".into()))
    }

    fn identifier(&self) -> String {
        "nobody".into()
    }
}

#[test]
fn what_goes_wrong_is_said() {
    let mut session = Session::new(Untouchable);
    let impossible = Targets { tau_mem_us: 1000.0, ..Targets::default() };
    let error = calibrate(&mut session, &impossible, &mut |_| ()).unwrap_err();
    assert!(matches!(error, CalibrationError::Targets(_)), "{error}");
    let error = calibrate(&mut session, &Targets::default(), &mut |_| ()).unwrap_err();
    assert!(matches!(error, CalibrationError::Driver(_)), "{error}");
}

#[test]
fn a_chip_whose_converter_is_off_is_refused() {
    /// Answers every read with zero.
    struct Dead(MemoryLink<Chip>);

    impl Setup for Dead {
        fn run(&mut self, program: &[u64]) -> Result<Vec<u64>, SetupError> {
            // Without the CapMem no ramp runs: its enable words are dropped.
            let kept: Vec<u64> = program.iter().copied().map(without_capmem).collect();
            self.0.run(&kept)
        }

        fn identifier(&self) -> String {
            self.0.identifier()
        }
    }

    /// Turns data words that enable a CapMem block into ones that do not.
    fn without_capmem(word: u64) -> u64 {
        if word == 0x0c00_0000_0331_0010 { 0x0c00_0000_0330_0010 } else { word }
    }

    let mut session = Session::new(Dead(session(ChipConfig::ideal()).into_setup()));
    let error = calibrate(&mut session, &Targets::default(), &mut |_| ()).unwrap_err();
    assert!(
        error.to_string().starts_with("the CADC of quadrant 0 reads 0.0 and 0.0 LSB at codes 70 and 550"),
        "{error}"
    );
}
