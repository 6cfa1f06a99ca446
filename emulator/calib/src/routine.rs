//! The whole calibration of a chip, in the order in which later steps need earlier ones.
//!
//! Leak, balance, strength and threshold are found with the membranes resting at the threshold potential, so that the leak is
//! searched only twice: there, and at the end at its own target. This is the order of the analog model (section 9.5 of its
//! sources, electronicvisions calix: src/py/calix/spiking/neuron.py) with the steps at one bench potential drawn together. What
//! the targets ask for beyond plain neurons follows where its needs are met; a chip for HAGEN mode has no thresholds.

use crate::bench::Bench;
use crate::coba;
use crate::codes;
use crate::compartments;
use crate::correlation;
use crate::drivers::{self, DriverCodes};
use crate::error::CalibrationError;
use crate::potentials::{self, resting_interval};
use crate::refractory::Refractory;
use crate::result::{BlockQuantity, CALIBRATION_VERSION, Calibration, Quantity};
use crate::stimulus::{self, Polarity};
use crate::synaptic;
use crate::threshold;
use crate::time_constants;
use crate::{NEURONS, Targets};
use hx_host::driver::Session;
use hx_host::driver::madc::ReadoutSource;
use hx_host::setup::Setup;
use std::collections::BTreeMap;

/// How far a calibration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step that begins; `done` after the last.
    pub step: &'static str,
    /// Steps done.
    pub done: usize,
    /// Out of how many.
    pub total: usize,
}

/// Sweeps of each round of the searches: few far from the target, more near it.
const POTENTIAL_ROUNDS: [usize; 3] = [2, 8, 12];
const TAU_ROUNDS: [usize; 3] = [3, 8, 12];
const BALANCE_ROUNDS: [usize; 4] = [2, 2, 6, 8];
const STRENGTH_ROUNDS: [usize; 3] = [2, 8, 12];
const DAC_SWEEPS: usize = 4;
const COBA_ROUNDS: [usize; 3] = [8, 24, 32];

/// Deviations from the targets up to which a neuron counts as calibrated.
const POTENTIAL_TOLERANCE: f64 = 3.0;
const RELATIVE_TOLERANCE: f64 = 0.1;
/// The same for what is calibrated more coarsely: conductances, and the sensors of a quadrant.
const COARSE_TOLERANCE: f64 = 0.2;
/// Largest deviation of the reference potential of a conductance-based input, CADC LSB (electronicvisions calix:
/// src/py/calix/hagen/neuron_synin_coba.py).
const REFERENCE_TOLERANCE: f64 = 15.0;
/// Largest deviation of the deflection by a synapse driver, CADC LSB.
const DRIVER_TOLERANCE: f64 = 3.0;

/// Missed targets by neuron.
type Missed = BTreeMap<u16, Vec<Quantity>>;

/// Calibrates a chip. The session must have been initialised. Afterwards the chip is to be configured anew, with
/// [`load`](crate::load): it holds codes of the last measurement, and synapses of PADI bus 0 keep the weights of the stimulus,
/// their drivers switched off.
///
/// # Errors
/// When the targets are out of range, the setup does not do its part, or the converter shows nothing. Neurons that miss their
/// targets are no error, they are listed in the result.
pub fn calibrate<S: Setup>(
    session: &mut Session<S>,
    targets: &Targets,
    progress: &mut dyn FnMut(Progress),
) -> Result<Calibration, CalibrationError> {
    targets.check()?;
    let identifier = session.setup().identifier();
    let mut run = Run {
        bench: Bench::new(session, targets)?,
        targets,
        bench_level: threshold::level(targets),
        missed: Missed::new(),
        missed_blocks: BTreeMap::new(),
        missed_drivers: Vec::new(),
        drivers: None,
        psp: [f64::NAN; 2],
    };
    run.all_steps(progress)?;
    let Run { missed, missed_blocks, missed_drivers, drivers, .. } = run;
    Ok(Calibration {
        version: CALIBRATION_VERSION,
        identifier,
        targets: targets.clone(),
        codes: run.bench.codes().clone(),
        cadc_offsets: run.bench.cadc_offsets().to_vec(),
        refractory: Refractory::new(targets),
        psp_lsb_per_weight: run.psp,
        missed,
        drivers,
        missed_drivers,
        missed_blocks,
    })
}

/// A calibration under way.
struct Run<'s, 't, S> {
    bench: Bench<'s, S>,
    targets: &'t Targets,
    /// Resting potential while everything but leak and reset is calibrated, LSB.
    bench_level: f64,
    missed: Missed,
    missed_blocks: BTreeMap<u16, Vec<BlockQuantity>>,
    missed_drivers: Vec<u16>,
    drivers: Option<DriverCodes>,
    psp: [f64; 2],
}

/// Name of a step and what it does.
type Step<R> = (&'static str, fn(&mut R) -> Result<(), CalibrationError>);

impl<S: Setup> Run<'_, '_, S> {
    fn all_steps(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), CalibrationError> {
        let steps = self.steps();
        let total = steps.len();
        for (done, (step, carry_out)) in steps.into_iter().enumerate() {
            progress(Progress { step, done, total });
            carry_out(self)?;
        }
        progress(Progress { step: "done", done: total, total });
        Ok(())
    }

    /// What the targets ask for, in order.
    fn steps(&self) -> Vec<Step<Self>> {
        let targets = self.targets;
        let spikes = targets.hagen.is_none();
        let all: [(bool, Step<Self>); 15] = [
            (true, ("CADC", |run| crate::cadc::calibrate(&mut run.bench, run.targets.cadc_codes))),
            (true, ("synaptic time constants", Self::synaptic_time_constants)),
            (true, ("leak", Self::first_leak)),
            (true, ("membrane time constant", Self::membrane_time_constant)),
            (true, ("synaptic balance", Self::balance)),
            (true, ("synaptic strength", Self::strength)),
            (targets.coba.is_some(), ("conductance-based inputs", Self::coba)),
            (spikes, ("leak at the threshold", Self::leak_at_threshold)),
            (spikes, ("threshold", Self::threshold)),
            (true, ("reset", Self::reset)),
            (true, ("leak again", Self::last_leak)),
            (targets.tau_icc_us.is_some(), ("compartments", Self::compartments)),
            (targets.correlation.is_some(), ("correlation", Self::correlation)),
            (targets.stp.is_some(), ("short-term plasticity", Self::plasticity)),
            (targets.hagen.is_some(), ("activations", Self::activations)),
        ];
        all.into_iter().filter(|(wanted, _)| *wanted).map(|(_, step)| step).collect()
    }

    fn synaptic_time_constants(&mut self) -> Result<(), CalibrationError> {
        let target_us = self.targets.tau_syn_us;
        for polarity in Polarity::BOTH {
            let expected = time_constants::synaptic(&mut self.bench, polarity, self.targets, &TAU_ROUNDS)?;
            let quantity = match polarity {
                Polarity::Excitatory => Quantity::TauSynExcitatory,
                Polarity::Inhibitory => Quantity::TauSynInhibitory,
            };
            self.check(quantity, &expected, target_us, RELATIVE_TOLERANCE * target_us);
        }
        if self.targets.equalise_dac_bias {
            synaptic::equalise_dac_bias(&mut self.bench, self.targets, DAC_SWEEPS)?;
        }
        self.bench.set_neurons(self.bench.settings.silent_neuron(), ReadoutSource::Membrane);
        Ok(())
    }

    /// The resting potential at the bench level, inputs not connected; the reset potential well below.
    fn first_leak(&mut self) -> Result<(), CalibrationError> {
        let scale = self.bench.settings.scale;
        let below = scale.shifted_code(threshold::reset_below(self.targets));
        self.bench.set(codes::V_RESET, &[below; NEURONS])?;
        self.bench.set(codes::V_LEAK, &[scale.shifted_code(self.bench_level); NEURONS])?;
        self.bench.set(codes::V_THRESHOLD, &[scale.plain_code(self.bench_level); NEURONS])?;
        self.leak(self.bench_level, &POTENTIAL_ROUNDS).map(drop)
    }

    fn leak(&mut self, level: f64, rounds: &[usize]) -> Result<Vec<f64>, CalibrationError> {
        let interval = resting_interval(self.targets.tau_mem_us);
        potentials::leak(&mut self.bench, &[level; NEURONS], interval, rounds)
    }

    fn membrane_time_constant(&mut self) -> Result<(), CalibrationError> {
        let target_us = self.targets.tau_mem_us;
        let expected = time_constants::membrane(&mut self.bench, target_us, &TAU_ROUNDS)?;
        self.check(Quantity::TauMem, &expected, target_us, RELATIVE_TOLERANCE * target_us);
        Ok(())
    }

    fn balance(&mut self) -> Result<(), CalibrationError> {
        let interval = resting_interval(self.targets.tau_mem_us);
        let rest = [self.bench_level; NEURONS];
        synaptic::balance(&mut self.bench, &rest, self.targets, interval, &BALANCE_ROUNDS)
    }

    fn strength(&mut self) -> Result<(), CalibrationError> {
        let quantities = [Quantity::StrengthExcitatory, Quantity::StrengthInhibitory];
        for (polarity, quantity) in Polarity::BOTH.into_iter().zip(quantities) {
            let (target, expected) = synaptic::strength(
                &mut self.bench,
                polarity,
                self.targets,
                self.bench_level,
                &STRENGTH_ROUNDS,
            )?;
            self.psp[polarity as usize] = target;
            self.check(quantity, &expected, target, RELATIVE_TOLERANCE * target);
        }
        stimulus::disconnect(&mut self.bench.configuration);
        Ok(())
    }

    fn coba(&mut self) -> Result<(), CalibrationError> {
        let Some(coba) = &self.targets.coba else { return Ok(()) };
        let reference = coba.reference(self.targets.leak, self.targets.threshold);
        let quantities = [Quantity::CobaExcitatory, Quantity::CobaInhibitory];
        for (polarity, quantity) in Polarity::BOTH.into_iter().zip(quantities) {
            let (bench, level) = (&mut self.bench, self.bench_level);
            let found = coba::calibrate(bench, polarity, self.targets, coba, level, &COBA_ROUNDS)?;
            let slope = coba::slope_target(polarity, coba, reference);
            self.check(quantity, &found.slope, slope, COARSE_TOLERANCE * slope);
            self.check(quantity, &found.reference, reference, REFERENCE_TOLERANCE);
        }
        stimulus::disconnect(&mut self.bench.configuration);
        self.bench.set_neurons(self.bench.settings.listening_neuron(), ReadoutSource::Membrane);
        Ok(())
    }

    fn compartments(&mut self) -> Result<(), CalibrationError> {
        let Some(target_us) = self.targets.tau_icc_us else { return Ok(()) };
        let expected = compartments::calibrate(&mut self.bench, self.targets, target_us)?;
        self.check(Quantity::TauIcc, &expected, target_us, COARSE_TOLERANCE * target_us);
        Ok(())
    }

    fn correlation(&mut self) -> Result<(), CalibrationError> {
        let Some(correlation) = &self.targets.correlation else { return Ok(()) };
        for block in correlation::calibrate(&mut self.bench, correlation, COARSE_TOLERANCE)? {
            self.note_block(block, BlockQuantity::Correlation);
        }
        Ok(())
    }

    fn plasticity(&mut self) -> Result<(), CalibrationError> {
        let Some(stp) = &self.targets.stp else { return Ok(()) };
        let (codes, off) =
            drivers::equalise_plasticity(&mut self.bench, self.targets, stp, DRIVER_TOLERANCE)?;
        (self.drivers, self.missed_drivers) = (Some(codes), off);
        Ok(())
    }

    fn activations(&mut self) -> Result<(), CalibrationError> {
        let Some(hagen) = &self.targets.hagen else { return Ok(()) };
        let (codes, off, blocks) =
            drivers::calibrate_activations(&mut self.bench, self.targets, hagen, DRIVER_TOLERANCE)?;
        (self.drivers, self.missed_drivers) = (Some(codes), off);
        blocks.into_iter().for_each(|block| self.note_block(block, BlockQuantity::ActivationRamp));
        Ok(())
    }

    fn leak_at_threshold(&mut self) -> Result<(), CalibrationError> {
        let level = self.bench_level;
        let expected = self.leak(level, &POTENTIAL_ROUNDS)?;
        self.check(Quantity::Threshold, &expected, level, POTENTIAL_TOLERANCE);
        Ok(())
    }

    fn threshold(&mut self) -> Result<(), CalibrationError> {
        for neuron in threshold::tune(&mut self.bench, self.targets)? {
            self.note(neuron, Quantity::Threshold);
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), CalibrationError> {
        let target = self.targets.reset;
        let interval = resting_interval(self.targets.tau_mem_us);
        self.bench.set(codes::V_RESET, &[self.bench.settings.scale.shifted_code(target); NEURONS])?;
        let expected = potentials::reset(&mut self.bench, &[target; NEURONS], interval, &POTENTIAL_ROUNDS)?;
        self.check(Quantity::Reset, &expected, target, POTENTIAL_TOLERANCE);
        Ok(())
    }

    fn last_leak(&mut self) -> Result<(), CalibrationError> {
        let target = self.targets.leak;
        let scale = self.bench.settings.scale;
        let lower = f64::from(scale.shifted_code(self.bench_level)) - f64::from(scale.shifted_code(target));
        let moved = |&code: &u16| (f64::from(code) - lower).clamp(0.0, 1022.0) as u16;
        let codes: Vec<u16> = self.bench.codes().get(codes::V_LEAK).iter().map(moved).collect();
        self.bench.set(codes::V_LEAK, &codes)?;
        let expected = self.leak(target, &POTENTIAL_ROUNDS)?;
        self.check(Quantity::Leak, &expected, target, POTENTIAL_TOLERANCE);
        Ok(())
    }

    /// Notes the neurons whose expected value is off; NaN is.
    fn check(&mut self, quantity: Quantity, expected: &[f64], target: f64, tolerance: f64) {
        for (neuron, expected) in expected.iter().enumerate() {
            let met = (expected - target).abs() <= tolerance;
            if !met {
                self.note(neuron, quantity);
            }
        }
    }

    fn note_block(&mut self, block: usize, quantity: BlockQuantity) {
        self.missed_blocks.entry(block as u16).or_default().push(quantity);
    }

    /// Notes that a neuron misses a target.
    fn note(&mut self, neuron: usize, quantity: Quantity) {
        if self.bench.selected[neuron] {
            let missed = self.missed.entry(neuron as u16).or_default();
            if !missed.contains(&quantity) {
                missed.push(quantity);
            }
        }
    }
}
