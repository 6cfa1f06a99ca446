//! The synapse drivers: offsets that make them send equal pulses, for short-term plasticity (stp offset codes) and for the
//! activations of HAGEN mode (ramp bias of the quadrants, hagen_dac_offset codes).
//!
//! All drivers of a bus are heard at once, each by eight columns of its own spread over the array, on the synaptic lines
//! (electronicvisions calix: src/py/calix/hagen/synapse_driver.py, src/py/calix/spiking/synapse_driver.py).

use crate::bench::{Bench, SWEEP, Sweep, sweep};
use crate::codes::{self, BLOCKS};
use crate::error::CalibrationError;
use crate::features::{HagenTargets, StpTargets};
use crate::search::{Law, Reading, Span, Tuning, median};
use crate::synaptic::line_lsb_per_weight;
use crate::{NEURONS, Targets};
use hx_host::driver::madc::ReadoutSource;
use hx_host::driver::synapse::{self, MAX_WEIGHT, RowMode};
use hx_host::driver::{
    COLUMNS, Configuration, Cycles, Hemisphere, ProgramBuilder, SpikeLabel, TimedBuilder, WriteRegisters,
    routing,
};
use hx_host::setup::Setup;
use hx_isa::field;
use hx_isa::regmap::Frame;
use hx_isa::regmap::coordinate::{NeuronEventOutputOnDLS, PADIBusOnDLS, SynapseDriverOnDLS};
use hx_isa::regmap::register::{CommonPADIBusConfig, CommonSTPConfig, SynapseDriverConfig};
use serde::{Deserialize, Serialize};

/// Synapse drivers of a chip.
pub const DRIVERS: usize = SynapseDriverOnDLS::SIZE;
/// Drivers of a bus, and buses of a hemisphere.
const DRIVERS_OF_BUS: usize = 32;
const BUSES: usize = 4;
/// Rows of a driver, both of which send.
const ROWS: f64 = 2.0;
/// Deflection by the pulses of full length that is aimed at, LSB.
const FULL_LSB: f64 = 30.0;
/// Time constant of the lines while they are read, us: slow against a conversion.
const LINE_TAU_US: f64 = 10.0;
/// Its time constants until a deflection is forgotten.
const FORGET: f64 = 14.0;
/// Time between the events of a burst.
const SPACING: Cycles = Cycles(4);
/// Time an event needs to the synapses beyond that of a register access, at most.
const ARRIVAL: Cycles = Cycles(40);
/// Events after which a driver has forgotten where its voltage started, and the time between them.
const WARM_UP: u64 = 40;
const WARM_UP_SPACING: Cycles = Cycles::from_us(1);
/// Codes of both offsets, and where searches start.
const OFFSET_SPAN: Span = Span { low: 0, high: 15 };
const OFFSET_START: u16 = 7;
const DAC_OFFSET_SPAN: Span = Span { low: 0, high: 63 };
const DAC_OFFSET_START: u16 = 32;
/// Codes of the ramp bias in HAGEN mode, and the change from which its effect is learnt.
const RAMP_SPAN: Span = Span { low: 200, high: 900 };
const RAMP_STEP: f64 = 60.0;
/// Sweeps of the rounds of a search.
const ROUNDS: [usize; 4] = [2, 4, 8, 8];
/// Largest activation.
pub const LARGEST_ACTIVATION: u8 = 31;
/// The other end of the proportion to which ramps are calibrated.
const SMALL_ACTIVATION: u8 = 8;
/// Column by which the mapping of the drivers is moved for an independent look at the result.
const CHECK_ROTATION: usize = 13;

/// Offset codes of all drivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverCodes {
    /// `offset`, by driver.
    pub offset: Vec<u8>,
    /// `hagen_dac_offset`, by driver.
    pub hagen_dac_offset: Vec<u8>,
}

impl Default for DriverCodes {
    fn default() -> DriverCodes {
        DriverCodes {
            offset: vec![OFFSET_START as u8; DRIVERS],
            hagen_dac_offset: vec![DAC_OFFSET_START as u8; DRIVERS],
        }
    }
}

impl DriverCodes {
    /// A driver's configuration with its offsets.
    #[must_use]
    pub fn tuned(
        &self,
        driver: SynapseDriverOnDLS,
        frame: Frame<SynapseDriverConfig>,
    ) -> Frame<SynapseDriverConfig> {
        let code = |codes: &[u8]| u32::from(codes.get(driver.to_enum()).copied().unwrap_or_default());
        frame
            .with(field!(SynapseDriverConfig.offset), code(&self.offset))
            .with(field!(SynapseDriverConfig.hagen_dac_offset), code(&self.hagen_dac_offset))
    }

    /// Whether these are codes of a chip.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let within = |codes: &[u8], span: Span| {
            codes.len() == DRIVERS && codes.iter().all(|&code| u16::from(code) <= span.high)
        };
        within(&self.offset, OFFSET_SPAN) && within(&self.hagen_dac_offset, DAC_OFFSET_SPAN)
    }
}

/// What sets the length of the pulses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PulseLength {
    /// The voltage of the plasticity.
    Plasticity,
    /// An activation, 1 to 31.
    Activation(u8),
}

/// What an activation is sent as: the low bits of the label, inverted (electronicvisions haldls: include/haldls/vx/padi.h).
#[must_use]
pub const fn activation_label(activation: u8) -> u8 {
    (LARGEST_ACTIVATION + 1).saturating_sub(activation)
}

/// Measures the deflections of the lines by every driver. The readout must be free; synapses and drivers are overwritten.
#[derive(Debug, Clone, Copy)]
pub struct Ensemble<'c> {
    /// Offsets of the drivers.
    codes: &'c DriverCodes,
    /// Which column hears which driver.
    rotation: usize,
    /// Events of a burst.
    events: u64,
}

impl<'c> Ensemble<'c> {
    /// For these targets.
    #[must_use]
    pub fn new(targets: &Targets, codes: &'c DriverCodes) -> Ensemble<'c> {
        let of_event = ROWS * f64::from(MAX_WEIGHT) * line_lsb_per_weight(targets);
        Ensemble { codes, rotation: 0, events: (FULL_LSB / of_event).round().max(1.0) as u64 }
    }

    /// The same with every driver heard by other columns.
    #[must_use]
    pub fn rotated(self) -> Ensemble<'c> {
        Ensemble { rotation: CHECK_ROTATION, ..self }
    }

    /// Deflections by every driver for these lengths of its pulses, LSB.
    ///
    /// # Errors
    /// When a measurement fails.
    pub fn measure<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        lengths: &[PulseLength],
        sweeps: usize,
    ) -> Result<Vec<Vec<f64>>, CalibrationError> {
        let tau = bench.codes().get(codes::EXC_TAU).to_vec();
        let slower = bench.tau_syn_us / LINE_TAU_US;
        let slow: Vec<u16> = tau.iter().map(|&code| Span::FULL.nearest(slower * f64::from(code))).collect();
        bench.set(codes::EXC_TAU, &slow)?;
        bench.set_neurons(bench.settings.silent_neuron(), ReadoutSource::ExcitatoryInput);
        let mut found = Vec::new();
        for &length in lengths {
            self.connect(&mut bench.configuration, length)?;
            found.push(self.deflections(bench, length, sweeps)?);
        }
        bench.set(codes::EXC_TAU, &tau)?;
        disconnect(&mut bench.configuration);
        bench.set_neurons(bench.settings.silent_neuron(), ReadoutSource::Membrane);
        Ok(found)
    }

    fn connect(
        &self,
        configuration: &mut Configuration,
        length: PulseLength,
    ) -> Result<(), CalibrationError> {
        routing::write_crossbar(configuration, &[false; NeuronEventOutputOnDLS::SIZE]);
        routing::write_padi_buses(configuration, 0);
        // Nothing recovers while it is measured: events alone set the voltage.
        configuration.write_all(&Frame::<CommonSTPConfig>::zero());
        for hemisphere in Hemisphere::ALL {
            synapse::connect_columns(configuration, hemisphere, &[true; COLUMNS]);
        }
        let frame = driver(length);
        for at in SynapseDriverOnDLS::all() {
            configuration.write(at, &self.codes.tuned(at, frame));
            let weights = std::array::from_fn(|column| {
                if heard_by(column, self.rotation) == at.index_on_bus() { MAX_WEIGHT } else { 0 }
            });
            for row in at.to_rows() {
                synapse::write_weights(configuration, row, &weights)?;
                synapse::write_labels(configuration, row, &[0; COLUMNS])?;
            }
        }
        Ok(())
    }

    fn deflections<S: Setup>(
        &self,
        bench: &mut Bench<S>,
        length: PulseLength,
        sweeps: usize,
    ) -> Result<Vec<f64>, CalibrationError> {
        let label = match length {
            PulseLength::Plasticity => 0,
            PulseLength::Activation(activation) => activation_label(activation),
        };
        let mut builder = bench.begin();
        warm_up(&mut builder, label);
        let mut timed = builder.timed();
        let mut tickets: [(Vec<Sweep>, Vec<Sweep>); BUSES] = Default::default();
        let mut now = SWEEP;
        for _ in 0..sweeps {
            for (bus, (rest, deflected)) in tickets.iter_mut().enumerate() {
                rest.push(sweep(&mut timed, now));
                let begin = now + SWEEP;
                let arrived = self.burst(&mut timed, begin, bus, label);
                deflected.push(sweep(&mut timed, arrived));
                now = arrived + SWEEP + Cycles::from_us_f64(FORGET * LINE_TAU_US);
            }
        }
        timed.finish();
        let responses = bench.run(builder)?;
        let mut by_driver = vec![f64::NAN; DRIVERS];
        for (bus, (rest, deflected)) in tickets.iter().enumerate() {
            let (rest, deflected) = (bench.samples(&responses, rest)?, bench.samples(&responses, deflected)?);
            let deflection: Vec<f64> = (0..NEURONS).map(|n| rest.lsb[n] - deflected.lsb[n]).collect();
            for at in SynapseDriverOnDLS::all().filter(|at| at.to_padi_bus().bus() == bus) {
                let heard =
                    (0..COLUMNS).filter(|&column| heard_by(column, self.rotation) == at.index_on_bus());
                by_driver[at.to_enum()] = middle(heard.map(|column| deflection[COLUMNS * at.s() + column]));
            }
        }
        Ok(by_driver)
    }

    fn burst(&self, timed: &mut TimedBuilder, at: Cycles, bus: usize, label: u8) -> Cycles {
        for event in 0..self.events {
            for label in labels(bus, label) {
                timed.spike(at + SPACING * event, label);
            }
        }
        at + SPACING * (self.events - 1) + ARRIVAL
    }
}

/// Driver of every bus that a column hears: mirrored halves, so that all drivers are heard at the same mean distance.
fn heard_by(column: usize, rotation: usize) -> usize {
    let mirrored = if column < COLUMNS / 2 { column } else { COLUMNS - 1 - column };
    (mirrored + rotation) % DRIVERS_OF_BUS
}

/// Mean without the smallest and the largest.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let kept = sorted.get(1..sorted.len().saturating_sub(1)).unwrap_or_default();
    kept.iter().sum::<f64>() / kept.len() as f64
}

fn driver(length: PulseLength) -> Frame<SynapseDriverConfig> {
    let excites = RowMode::Excitatory;
    let frame = synapse::driver(excites, excites)
        .with(field!(SynapseDriverConfig.row_address_compare_mask), 0)
        .with(field!(SynapseDriverConfig.enable_stp), 1);
    match length {
        PulseLength::Plasticity => frame,
        PulseLength::Activation(_) => frame
            .with(field!(SynapseDriverConfig.enable_hagen_dac), 1)
            .with(field!(SynapseDriverConfig.enable_hagen_modulation), 1)
            .with(field!(SynapseDriverConfig.enable_address_out), 0),
    }
}

fn disconnect(configuration: &mut Configuration) {
    for at in SynapseDriverOnDLS::all() {
        configuration.write(at, &Frame::<SynapseDriverConfig>::default());
        for row in at.to_rows() {
            // Weights of zero are always in range.
            let _ = synapse::write_weights(configuration, row, &[0; COLUMNS]);
        }
    }
    configuration.write_all(&Frame::<CommonPADIBusConfig>::zero());
}

fn labels(bus: usize, label: u8) -> impl Iterator<Item = SpikeLabel> {
    let buses = PADIBusOnDLS::all().filter(move |at| at.bus() == bus);
    buses.map(move |at| routing::to_driver(at.to_driver(0), label))
}

/// Events after which voltages of the plasticity are where they stay.
fn warm_up(builder: &mut ProgramBuilder, label: u8) {
    let mut timed = builder.timed();
    for event in 0..WARM_UP {
        for bus in 0..BUSES {
            for label in labels(bus, label) {
                timed.spike(WARM_UP_SPACING * (event + 1), label);
            }
        }
    }
    timed.finish();
    builder.wait(Cycles::from_us_f64(FORGET * LINE_TAU_US));
}

/// Drivers that have their voltages from the same CapMem block.
fn block_of(driver: usize) -> usize {
    SynapseDriverOnDLS::from_enum(driver).map_or(0, |at| at.to_stp_capmem_block().to_enum())
}

/// Median of every block.
fn medians(values: &[f64]) -> [f64; BLOCKS] {
    let of = |block| values.iter().enumerate().filter(move |(driver, _)| block_of(*driver) == block);
    std::array::from_fn(|block| median(of(block).map(|(_, value)| *value)))
}

/// What drivers give beyond the median of their block.
#[must_use]
pub fn from_medians_of_blocks(values: &[f64]) -> Vec<f64> {
    let medians = medians(values);
    values.iter().enumerate().map(|(driver, value)| value - medians[block_of(driver)]).collect()
}

/// What drivers give beyond the median of all.
#[must_use]
pub fn from_median(values: &[f64]) -> Vec<f64> {
    let median = median(values.iter().copied());
    values.iter().map(|value| value - median).collect()
}

/// Makes the drivers of every block equal at one state of the plasticity. Returns their codes and the drivers that stay off
/// by more than `tolerance_lsb`.
///
/// # Errors
/// When a measurement fails.
pub fn equalise_plasticity<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    stp: &StpTargets,
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>), CalibrationError> {
    at_state(bench, stp.equal_at, |bench| {
        let set = |codes: &mut DriverCodes, found: Vec<u8>| codes.offset = found;
        let slope = Slope { per_code: -OFFSET_LSB, span: OFFSET_SPAN, start: OFFSET_START };
        search(bench, targets, PulseLength::Plasticity, slope, set, medians, tolerance_lsb)
    })
}

/// Holds the voltage of all drivers at a code while something is measured.
///
/// # Errors
/// When the measurement fails.
pub fn at_state<S: Setup, R>(
    bench: &mut Bench<S>,
    code: u16,
    measure: impl FnOnce(&mut Bench<S>) -> Result<R, CalibrationError>,
) -> Result<R, CalibrationError> {
    let parameters = [codes::STP_CHARGE_0, codes::STP_RECOVER_0];
    let before = parameters.map(|parameter| bench.codes().get(parameter).to_vec());
    for parameter in parameters {
        bench.set(parameter, &[code; BLOCKS])?;
    }
    let result = measure(bench)?;
    for (parameter, codes) in parameters.into_iter().zip(before) {
        bench.set(parameter, &codes)?;
    }
    Ok(result)
}

/// Change of the deflection per code of the stp offset, LSB at the full deflection, and of the offset of the activation DAC.
const OFFSET_LSB: f64 = FULL_LSB * 8.0 / 400.0;
const DAC_OFFSET_LSB: f64 = 0.5;

/// What is known of the effect of a code.
#[derive(Debug, Clone, Copy)]
struct Slope {
    /// LSB per code.
    per_code: f64,
    span: Span,
    start: u16,
}

/// Searches the codes with which all drivers give what `targets_of` makes of the first measurement.
fn search<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    length: PulseLength,
    slope: Slope,
    set: impl Fn(&mut DriverCodes, Vec<u8>),
    targets_of: impl Fn(&[f64]) -> [f64; BLOCKS],
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>), CalibrationError> {
    let mut codes = DriverCodes::default();
    let law = Law::Line { slope: slope.per_code };
    let mut search = Tuning::new(law, &[slope.start; DRIVERS], slope.span);
    let mut first: Option<(Vec<f64>, [f64; BLOCKS])> = None;
    for sweeps in ROUNDS {
        set(&mut codes, bytes(search.codes()));
        let found = Ensemble::new(targets, &codes).measure(bench, &[length], sweeps)?.swap_remove(0);
        if let Some((first, _)) = &first {
            let moves = search.codes().iter().map(|&code| f64::from(code) - f64::from(slope.start));
            let learnt = common_slope(moves, first, &found).unwrap_or(slope.per_code);
            (0..DRIVERS).for_each(|driver| search.set_law(driver, Law::Line { slope: learnt }));
        }
        let (_, goals) = first.get_or_insert_with(|| (found.clone(), targets_of(&found)));
        let readings = found.iter().map(|&observed| Reading { observed, trusted: observed.is_finite() });
        search.update(readings, sweeps as f64, |driver| goals[block_of(driver)]);
    }
    set(&mut codes, bytes(search.codes()));
    let goals = first.map_or([f64::NAN; BLOCKS], |(_, goals)| goals);
    let off = |(driver, expected): (usize, &f64)| {
        let met = (expected - goals[block_of(driver)]).abs() <= tolerance_lsb;
        (!met).then_some(driver as u16)
    };
    let off = search.expected().iter().enumerate().filter_map(off).collect();
    Ok((codes, off))
}

fn bytes(codes: &[u16]) -> Vec<u8> {
    codes.iter().map(|&code| code as u8).collect()
}

/// Slope common to all drivers, from the codes they moved by and what that did.
fn common_slope(moves: impl Iterator<Item = f64>, from: &[f64], to: &[f64]) -> Option<f64> {
    let (mut products, mut squares) = (0.0, 0.0);
    for (moved, (from, to)) in moves.zip(from.iter().zip(to)) {
        products += moved * (to - from);
        squares += moved * moved;
    }
    let slope = products / squares;
    (slope.is_finite() && slope != 0.0).then_some(slope)
}

/// Calibrates ramps and DAC offsets for activations. Returns the codes of the drivers, those that stay off by more than
/// `tolerance_lsb`, and the blocks whose slope could not be reached.
///
/// # Errors
/// When a measurement fails.
pub fn calibrate_activations<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    hagen: &HagenTargets,
    tolerance_lsb: f64,
) -> Result<(DriverCodes, Vec<u16>, Vec<usize>), CalibrationError> {
    let blocks = tune_ramps(bench, targets)?;
    let set = |codes: &mut DriverCodes, found: Vec<u8>| codes.hagen_dac_offset = found;
    let slope = Slope { per_code: DAC_OFFSET_LSB, span: DAC_OFFSET_SPAN, start: DAC_OFFSET_START };
    let all = |found: &[f64]| [median(found.iter().copied()); BLOCKS];
    let length = PulseLength::Activation(hagen.equal_at);
    let (codes, drivers) = search(bench, targets, length, slope, set, all, tolerance_lsb)?;
    Ok((codes, drivers, blocks))
}

/// Share of the largest activation's deflection that the small one is to give, by block.
fn shares<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    sweeps: usize,
) -> Result<[f64; BLOCKS], CalibrationError> {
    let codes = DriverCodes::default();
    let lengths = [SMALL_ACTIVATION, LARGEST_ACTIVATION].map(PulseLength::Activation);
    let found = Ensemble::new(targets, &codes).measure(bench, &lengths, sweeps)?;
    let [small, large] = [medians(&found[0]), medians(&found[1])];
    Ok(std::array::from_fn(|block| small[block] / large[block]))
}

/// Deviation of a share that counts as reached.
const SHARE_TOLERANCE: f64 = 0.05;

/// Brings the pulses of small activations into proportion, by secants in the ramp bias. Returns the blocks that stay off.
fn tune_ramps<S: Setup>(bench: &mut Bench<S>, targets: &Targets) -> Result<Vec<usize>, CalibrationError> {
    let goal = f64::from(SMALL_ACTIVATION) / f64::from(LARGEST_ACTIVATION);
    let start: Vec<f64> = bench.codes().get(codes::STP_RAMP).iter().map(|&code| f64::from(code)).collect();
    let mut now: [f64; BLOCKS] = std::array::from_fn(|block| start[block]);
    let mut last = now;
    let mut last_share = set_and_share(bench, targets, &now, ROUNDS[1])?;
    now = std::array::from_fn(|block| now[block] + RAMP_STEP * (goal - last_share[block]).signum());
    let mut share = last_share;
    for sweeps in ROUNDS {
        share = set_and_share(bench, targets, &now, sweeps)?;
        let next = std::array::from_fn(|block| {
            let slope = (share[block] - last_share[block]) / (now[block] - last[block]);
            let code = now[block] + (goal - share[block]) / slope;
            // Without an effect there is nothing to follow.
            if code.is_finite() { f64::from(RAMP_SPAN.nearest(code)) } else { now[block] }
        });
        (last, last_share, now) = (now, share, next);
    }
    set_ramps(bench, &now)?;
    let met = |block: usize| (share[block] - goal).abs() <= SHARE_TOLERANCE;
    Ok((0..BLOCKS).filter(|&block| !met(block)).collect())
}

fn set_and_share<S: Setup>(
    bench: &mut Bench<S>,
    targets: &Targets,
    ramps: &[f64; BLOCKS],
    sweeps: usize,
) -> Result<[f64; BLOCKS], CalibrationError> {
    set_ramps(bench, ramps)?;
    shares(bench, targets, sweeps)
}

/// The calibration bias always follows the ramp bias.
fn set_ramps<S: Setup>(bench: &mut Bench<S>, ramps: &[f64; BLOCKS]) -> Result<(), CalibrationError> {
    let ramps = ramps.map(|code| RAMP_SPAN.nearest(code));
    bench.set(codes::STP_RAMP, &ramps)?;
    bench.set(codes::STP_CALIB, &ramps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_is_heard_by_eight_columns_of_both_halves() {
        for rotation in [0, CHECK_ROTATION] {
            for driver in 0..DRIVERS_OF_BUS {
                let heard: Vec<usize> = (0..COLUMNS).filter(|&c| heard_by(c, rotation) == driver).collect();
                assert_eq!(heard.len(), 8);
                assert_eq!(heard.iter().filter(|&&column| column < 128).count(), 4);
                assert_eq!(heard.iter().sum::<usize>(), 4 * 255, "{rotation} {driver}");
            }
        }
    }

    #[test]
    fn outermost_columns_do_not_count() {
        assert_eq!(middle([9.0, 1.0, 2.0, 3.0, -50.0].into_iter()), 2.0);
        assert!(middle([].into_iter()).is_nan());
    }

    #[test]
    fn codes_land_in_the_frames() {
        let mut codes = DriverCodes::default();
        let at = SynapseDriverOnDLS::new(1, 7).unwrap();
        (codes.offset[at.to_enum()], codes.hagen_dac_offset[at.to_enum()]) = (13, 44);
        let frame = codes.tuned(at, driver(PulseLength::Activation(3)));
        assert_eq!(frame.get(field!(SynapseDriverConfig.offset)), 13);
        assert_eq!(frame.get(field!(SynapseDriverConfig.hagen_dac_offset)), 44);
        assert!(codes.is_complete());
        codes.offset[3] = 16;
        assert!(!codes.is_complete());
        assert_eq!([1, 31].map(activation_label), [31, 1]);
    }

    #[test]
    fn the_common_slope_follows_the_moves() {
        let slope = common_slope([1.0, -2.0, 0.0].into_iter(), &[10.0; 3], &[9.4, 11.2, 10.0]).unwrap();
        assert!((slope + 0.6).abs() < 1e-12);
        assert_eq!(common_slope([0.0].into_iter(), &[1.0], &[2.0]), None);
    }
}
