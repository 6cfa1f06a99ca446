//! Measures everything that was calibrated, with the observables of the calibration.

use crate::bench::Bench;
use crate::cadc;
use crate::coba;
use crate::codes::{self, Codes};
use crate::compartments;
use crate::correlation;
use crate::drivers::{self, DriverCodes, Ensemble, PulseLength};
use crate::error::CalibrationError;
use crate::potentials::resting_interval;
use crate::refractory::Refractory;
use crate::result::Calibration;
use crate::settings::{fires, listens};
use crate::stimulus::{self, Polarity};
use crate::synaptic::Responder;
use crate::threshold;
use crate::time_constants;
use crate::{NEURONS, Targets};
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::neuron::SpikeCount;
use hx_host::driver::{Cycles, Session};
use hx_host::setup::Setup;
use std::collections::BTreeMap;

/// Conversions per reading, and of readings whose difference matters.
const SWEEPS: usize = 12;
const FINE_SWEEPS: usize = 40;
/// Distance of the reset potential from the resting potential while membranes decay, LSB.
const RESET_APART: f64 = 55.0;
/// Resting potentials from which on the reset potential is put below, LSB.
const RESET_BELOW_FROM: f64 = 100.0;
/// Total weight of a stimulus that reaches far.
const LARGE_WEIGHT: f64 = 288.0;
/// Highest reading that a large response may reach, LSB.
const HIGHEST: f64 = 225.0;
/// Leak potential above the threshold for tonic firing, as a share of the way from reset to threshold; and the highest.
const ABOVE_THRESHOLD: f64 = 0.35;
const HIGHEST_LEAK: f64 = 160.0;
/// Periods of tonic firing that are counted.
const PERIODS: f64 = 200.0;
/// Spikes after which a counter begins anew.
const COUNTER: f64 = 256.0;

/// Values by the name of the quantity, then by circuit; and the targets of those that have none of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Values.
    pub values: BTreeMap<&'static str, Vec<f64>>,
    /// Targets.
    pub targets: BTreeMap<&'static str, f64>,
}

impl Measured {
    fn put(&mut self, name: &'static str, target: f64, values: Vec<f64>) {
        self.values.insert(name, values);
        self.targets.insert(name, target);
    }
}

/// Codes and offsets to measure with.
#[derive(Debug, Clone, Copy)]
pub struct With<'a> {
    /// CapMem codes.
    pub codes: &'a Codes,
    /// Offsets of the CADC channels.
    pub cadc_offsets: &'a [i8],
    /// Offsets of the synapse drivers.
    pub drivers: Option<&'a DriverCodes>,
}

/// Measures a chip. Afterwards it has to be configured anew.
///
/// # Errors
/// When a measurement fails.
pub fn measure<S: Setup>(
    session: &mut Session<S>,
    calibration: &Calibration,
    with: With<'_>,
) -> Result<Measured, CalibrationError> {
    let targets = &calibration.targets;
    let offsets = calibration.cadc_offsets.clone();
    let bench = Bench::with(session, targets, with.codes.clone(), offsets)?;
    let mut run = Run { bench, targets, calibration, found: Measured::default() };
    run.converter(with.cadc_offsets)?;
    run.time_constants_of_inputs()?;
    run.strengths()?;
    run.potentials()?;
    run.compartments()?;
    run.conductances()?;
    run.correlation()?;
    if let Some(codes) = with.drivers {
        run.drivers(codes)?;
    }
    run.firing()?;
    Ok(run.found)
}

struct Run<'s, 'a, S> {
    bench: Bench<'s, S>,
    targets: &'a Targets,
    calibration: &'a Calibration,
    found: Measured,
}

impl<S: Setup> Run<'_, '_, S> {
    fn converter(&mut self, offsets: &[i8]) -> Result<(), CalibrationError> {
        let calibrated = self.bench.cadc_offsets().to_vec();
        self.bench.set_cadc_offsets(offsets.to_vec());
        let readings = cadc::read_middle(&mut self.bench, self.targets.cadc_codes)?;
        self.bench.set_cadc_offsets(calibrated);
        self.found.put("cadc", cadc::MIDDLE, readings);
        Ok(())
    }

    fn time_constants_of_inputs(&mut self) -> Result<(), CalibrationError> {
        for (polarity, name) in Polarity::BOTH.into_iter().zip(["tau_syn_exc", "tau_syn_inh"]) {
            let decay = time_constants::synaptic_decay(&mut self.bench, polarity, self.targets, SWEEPS)?;
            let tau_us = (0..NEURONS).map(|neuron| decay.tau_us(neuron)).collect();
            self.found.put(name, self.targets.tau_syn_us, tau_us);
        }
        Ok(())
    }

    /// At the potential of the calibration, where inhibition has its full strength; the large response from rest.
    fn strengths(&mut self) -> Result<(), CalibrationError> {
        let plain = listens(self.bench.settings.silent_neuron(), [true, true]);
        self.bench.set_neurons(plain, ReadoutSource::Membrane);
        let psp = self.calibration.psp_lsb_per_weight;
        let large = LARGE_WEIGHT * psp[0];
        if self.targets.hagen.is_none() && self.targets.leak + large < HIGHEST {
            let responder =
                Responder::with_room(Polarity::Excitatory, self.targets, large, self.targets.leak);
            self.strength("response_288", psp[0], responder)?;
        }
        let (leaks, level) = (self.bench.codes().get(codes::V_LEAK).to_vec(), threshold::level(self.targets));
        self.bench.shift_leaks(&leaks, level - self.targets.leak)?;
        for (polarity, name) in Polarity::BOTH.into_iter().zip(["strength_exc", "strength_inh"]) {
            let responder = Responder::new(polarity, self.targets, level);
            self.strength(name, psp[polarity as usize], responder)?;
        }
        self.bench.set(codes::V_LEAK, &leaks)?;
        stimulus::disconnect(&mut self.bench.configuration);
        Ok(())
    }

    fn strength(
        &mut self,
        name: &'static str,
        psp: f64,
        responder: Responder,
    ) -> Result<(), CalibrationError> {
        responder.connect(&mut self.bench)?;
        let readings = responder.measure(&mut self.bench, SWEEPS)?;
        self.found.put(name, psp, readings.into_iter().map(|reading| reading.observed).collect());
        Ok(())
    }

    fn potentials(&mut self) -> Result<(), CalibrationError> {
        let targets = self.targets;
        let interval = resting_interval(targets.tau_mem_us);
        self.bench.set_neurons(self.bench.settings.listening_neuron(), ReadoutSource::Membrane);
        let leak = self.bench.rest(SWEEPS, interval)?.lsb;
        self.found.put("leak", targets.leak, leak);
        self.bench.hold(true);
        let reset = self.bench.rest(SWEEPS, interval)?.lsb;
        self.found.put("reset", targets.reset, reset);
        self.bench.hold(false);
        let resets = self.bench.codes().get(codes::V_RESET).to_vec();
        let apart = if targets.leak < RESET_BELOW_FROM { RESET_APART } else { -RESET_APART };
        let apart = self.bench.settings.scale.shifted_code(targets.leak + apart);
        self.bench.set(codes::V_RESET, &[apart; NEURONS])?;
        let decay = time_constants::membrane_decay(&mut self.bench, targets.tau_mem_us, SWEEPS)?;
        let tau_us = (0..NEURONS).map(|neuron| decay.tau_us(neuron)).collect();
        self.found.put("tau_mem", targets.tau_mem_us, tau_us);
        self.bench.set(codes::V_RESET, &resets)
    }

    fn compartments(&mut self) -> Result<(), CalibrationError> {
        let Some(target_us) = self.targets.tau_icc_us else { return Ok(()) };
        let found = compartments::measure(&mut self.bench, self.targets, target_us, FINE_SWEEPS)?;
        self.found.put("tau_icc", target_us, found);
        Ok(())
    }

    fn conductances(&mut self) -> Result<(), CalibrationError> {
        let Some(coba) = &self.targets.coba else { return Ok(()) };
        let reference = coba.reference(self.targets.leak, self.targets.threshold);
        let names = [("coba_reference_exc", "coba_slope_exc"), ("coba_reference_inh", "coba_slope_inh")];
        for (polarity, (of_reference, of_slope)) in Polarity::BOTH.into_iter().zip(names) {
            let (bench, rest) = (&mut self.bench, self.targets.leak);
            let found = coba::measure(bench, polarity, self.targets, coba, rest, FINE_SWEEPS)?;
            self.found.put(of_reference, reference, found.reference);
            self.found.put(of_slope, coba::slope_target(polarity, coba, reference), found.slope);
        }
        stimulus::disconnect(&mut self.bench.configuration);
        Ok(())
    }

    fn correlation(&mut self) -> Result<(), CalibrationError> {
        let Some(wanted) = &self.targets.correlation else { return Ok(()) };
        let found = correlation::measure(&mut self.bench, wanted, &correlation::CHECKED)?;
        self.found.put("correlation_tau", wanted.tau_us, found.tau_us.concat());
        self.found.put("correlation_eta", wanted.eta_lsb, found.eta_lsb.concat());
        Ok(())
    }

    /// Deflections by the drivers less the median of their group, which is what they are compared with.
    fn drivers(&mut self, codes: &DriverCodes) -> Result<(), CalibrationError> {
        let targets = self.targets;
        let ensemble = Ensemble::new(targets, codes).rotated();
        if let Some(stp) = &targets.stp {
            let mut found = drivers::at_state(&mut self.bench, stp.equal_at, |bench| {
                ensemble.measure(bench, &[PulseLength::Plasticity], SWEEPS)
            })?;
            self.found.put("stp", 0.0, drivers::from_medians_of_blocks(&found.swap_remove(0)));
        }
        if let Some(hagen) = &targets.hagen {
            let length = PulseLength::Activation(hagen.equal_at);
            let mut found = ensemble.measure(&mut self.bench, &[length], SWEEPS)?;
            self.found.put("hagen", 0.0, drivers::from_median(&found.swap_remove(0)));
        }
        Ok(())
    }

    /// Threshold, and rates with the leak potential above it. Changes the codes of all three potentials.
    fn firing(&mut self) -> Result<(), CalibrationError> {
        if self.targets.hagen.is_some() {
            return Ok(());
        }
        self.rates()?;
        let threshold = threshold::read(&mut self.bench, self.targets, SWEEPS)?;
        self.found.put("threshold", self.targets.threshold, threshold);
        Ok(())
    }

    fn rates(&mut self) -> Result<(), CalibrationError> {
        let Targets { reset, threshold, leak, tau_mem_us, .. } = *self.targets;
        let above = threshold + ABOVE_THRESHOLD * (threshold - reset);
        if above > HIGHEST_LEAK {
            return Ok(());
        }
        let climb = libm::log((above - reset) / (above - threshold));
        let period_us = Refractory::new(self.targets).refractory_us() + tau_mem_us * climb;
        let leaks = self.bench.codes().get(codes::V_LEAK).to_vec();
        let listening = self.bench.settings.listening_neuron();
        self.bench.shift_leaks(&leaks, above - leak)?;
        self.bench.set_neurons(fires(listening), ReadoutSource::Membrane);
        self.bench.hold(true);
        let window = Cycles::from_us_f64(PERIODS * period_us);
        let counts = self.bench.spikes(window)?;
        self.bench.hold(false);
        self.bench.set_neurons(listening, ReadoutSource::Membrane);
        self.bench.set(codes::V_LEAK, &leaks)?;
        // Rates more than twice that aimed at would need a second overflow.
        let spikes = |count: SpikeCount| f64::from(count.count) + if count.overflow { COUNTER } else { 0.0 };
        let rates = counts.into_iter().map(|count| 1e3 * spikes(count) / window.as_us()).collect();
        self.found.put("rate", 1e3 / period_us, rates);
        Ok(())
    }
}
