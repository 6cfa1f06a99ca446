//! The whole calibration of a chip, in the order in which later steps need earlier ones.
//!
//! Leak, balance, strength and threshold are found with the membranes resting at the threshold potential, so that the leak is
//! searched only twice: there, and at the end at its own target. This is the order of the analog model (section 9.5 of its
//! sources, electronicvisions calix: src/py/calix/spiking/neuron.py) with the steps at one bench potential drawn together.

use crate::bench::Bench;
use crate::codes;
use crate::error::CalibrationError;
use crate::potentials::{self, resting_interval};
use crate::refractory::Refractory;
use crate::result::{CALIBRATION_VERSION, Calibration, Quantity};
use crate::settings;
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

const STEPS: usize = 10;

/// Sweeps of each round of the searches: few far from the target, more near it.
const POTENTIAL_ROUNDS: [usize; 3] = [2, 8, 12];
const TAU_ROUNDS: [usize; 3] = [3, 8, 12];
const BALANCE_ROUNDS: [usize; 4] = [2, 2, 6, 8];
const STRENGTH_ROUNDS: [usize; 3] = [2, 8, 12];
const DAC_SWEEPS: usize = 4;

/// Deviations from the targets up to which a neuron counts as calibrated.
const POTENTIAL_TOLERANCE: f64 = 3.0;
const RELATIVE_TOLERANCE: f64 = 0.1;

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
        psp: [f64::NAN; 2],
    };
    run.all_steps(progress)?;
    let missed = run.missed;
    Ok(Calibration {
        version: CALIBRATION_VERSION,
        identifier,
        targets: targets.clone(),
        codes: run.bench.codes().clone(),
        cadc_offsets: run.bench.cadc_offsets().to_vec(),
        refractory: Refractory::new(targets),
        psp_lsb_per_weight: run.psp,
        missed,
    })
}

/// A calibration under way.
struct Run<'s, 't, S> {
    bench: Bench<'s, S>,
    targets: &'t Targets,
    /// Resting potential while everything but leak and reset is calibrated, LSB.
    bench_level: f64,
    missed: Missed,
    psp: [f64; 2],
}

/// Name of a step and what it does.
type Step<R> = (&'static str, fn(&mut R) -> Result<(), CalibrationError>);

impl<S: Setup> Run<'_, '_, S> {
    fn all_steps(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), CalibrationError> {
        let steps: [Step<Self>; STEPS] = [
            ("CADC", |run| crate::cadc::calibrate(&mut run.bench, run.targets.cadc_codes)),
            ("synaptic time constants", Self::synaptic_time_constants),
            ("leak", Self::first_leak),
            ("membrane time constant", Self::membrane_time_constant),
            ("synaptic balance", Self::balance),
            ("synaptic strength", Self::strength),
            ("leak at the threshold", Self::leak_at_threshold),
            ("threshold", Self::threshold),
            ("reset", Self::reset),
            ("leak again", Self::last_leak),
        ];
        for (done, (step, carry_out)) in steps.into_iter().enumerate() {
            progress(Progress { step, done, total: STEPS });
            carry_out(self)?;
        }
        progress(Progress { step: "done", done: STEPS, total: STEPS });
        Ok(())
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
