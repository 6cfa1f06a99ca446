//! Calibration of the CADC: the ramp of each quadrant, so that two codes of a CapMem cell (70 and 550 as a rule) read 20 and 220, then the offset of
//! every channel.
//!
//! The reference is a CapMem voltage cell on the debug lines of all columns (electronicvisions calix:
//! src/py/calix/common/cadc.py, cadc_helpers.py). Offset and slope follow together from the readings at both voltages, so a
//! few rounds replace the two binary searches of that software.

use crate::bench::{Bench, CHANNELS};
use crate::codes::{self, BLOCKS, NEURONS_PER_BLOCK};
use crate::error::CalibrationError;
use crate::search::Span;
use hx_host::driver::cadc::{CadcSource, configure_cadc};
use hx_host::driver::{COLUMNS, Configuration, WriteRegisters};
use hx_host::setup::Setup;
use hx_isa::regmap::coordinate::{
    CapMemBlockConfigOnDLS, ColumnCorrelationQuadOnDLS, PadMultiplexerConfigOnDLS,
};
use hx_isa::regmap::register::{CapMemBlockConfig, ColumnCorrelationQuad, PadMultiplexerConfig};
use hx_isa::regmap::{Frame, Value};
use hx_isa::{field, fields};

/// What the two codes of the reference voltage are to read, and the code half way.
const LOW: f64 = 20.0;
pub const MIDDLE: f64 = 120.0;
/// Rounds of the ramp search: readings saturate at most in the first.
const ROUNDS: usize = 3;
/// Conversions per reading; the mean of a quadrant is over 256 channels.
const RAMP_SWEEPS: usize = 2;
const OFFSET_SWEEPS: usize = 12;
/// Least difference of the readings at both voltages that is a signal, LSB.
const LEAST_SWING: f64 = 40.0;

/// Calibrates ramps and channel offsets, and leaves the neurons connected to the converter.
///
/// # Errors
/// When the setup does not do its part, or the converter shows nothing.
pub fn calibrate<S: Setup>(bench: &mut Bench<S>, ends: (u16, u16)) -> Result<(), CalibrationError> {
    let resting = bench.codes().get(codes::STP_CHARGE_0).to_vec();
    connect_reference(&mut bench.configuration);
    for _ in 0..ROUNDS {
        tune_ramps(bench, ends)?;
    }
    bench.set(codes::STP_CHARGE_0, &[(ends.0 + ends.1) / 2; BLOCKS])?;
    let readings = bench.channels(OFFSET_SWEEPS)?;
    let offset = |reading: &f64| (MIDDLE - reading).round().clamp(-128.0, 127.0) as i8;
    bench.set_cadc_offsets(readings.iter().map(offset).collect());
    disconnect_reference(&mut bench.configuration);
    bench.set(codes::STP_CHARGE_0, &resting)
}

/// What all channels read of a voltage half way, [`MIDDLE`] if they are calibrated.
///
/// # Errors
/// When the setup does not do its part.
pub fn read_middle<S: Setup>(bench: &mut Bench<S>, ends: (u16, u16)) -> Result<Vec<f64>, CalibrationError> {
    let resting = bench.codes().get(codes::STP_CHARGE_0).to_vec();
    connect_reference(&mut bench.configuration);
    bench.set(codes::STP_CHARGE_0, &[(ends.0 + ends.1) / 2; BLOCKS])?;
    let readings = bench.channels(OFFSET_SWEEPS)?;
    disconnect_reference(&mut bench.configuration);
    bench.set(codes::STP_CHARGE_0, &resting)?;
    Ok(readings)
}

/// One round of the search for offset and slope of the ramps.
fn tune_ramps<S: Setup>(
    bench: &mut Bench<S>,
    (low_code, high_code): (u16, u16),
) -> Result<(), CalibrationError> {
    let wanted = bench.settings.scale.codes_per_lsb();
    let wanted_zero = f64::from(low_code) - LOW * wanted;
    let low = quadrants(bench, low_code)?;
    let high = quadrants(bench, high_code)?;
    let mut offsets = [0; BLOCKS];
    let mut slopes = [0; BLOCKS];
    for block in 0..BLOCKS {
        let swing = high[block] - low[block];
        if swing.is_nan() || swing < LEAST_SWING {
            return Err(CalibrationError::Converter {
                block,
                codes: (low_code, high_code),
                low: low[block],
                high: high[block],
            });
        }
        let codes_per_lsb = f64::from(high_code - low_code) / swing;
        let zero_code = f64::from(low_code) - low[block] * codes_per_lsb;
        let of = |parameter| f64::from(bench.codes().get(parameter)[block]);
        slopes[block] = Span::FULL.nearest(of(codes::RAMP_SLOPE) * wanted / codes_per_lsb);
        offsets[block] = Span::FULL.nearest(of(codes::RAMP_OFFSET) + wanted_zero - zero_code);
    }
    bench.set(codes::RAMP_OFFSET, &offsets)?;
    bench.set(codes::RAMP_SLOPE, &slopes)
}

/// Mean reading of each quadrant with the reference at a code.
fn quadrants<S: Setup>(bench: &mut Bench<S>, code: u16) -> Result<[f64; BLOCKS], CalibrationError> {
    bench.set(codes::STP_CHARGE_0, &[code; BLOCKS])?;
    let channels = bench.channels(RAMP_SWEEPS)?;
    let mut means = [0.0; BLOCKS];
    for (channel, reading) in channels.iter().enumerate() {
        let (hemisphere, column) = (channel / (2 * COLUMNS), channel % COLUMNS);
        means[2 * hemisphere + column / NEURONS_PER_BLOCK] += reading / (CHANNELS / BLOCKS) as f64;
    }
    Ok(means)
}

/// Puts the reference cell of block 0 on the debug lines, and these on all channels.
fn connect_reference(configuration: &mut Configuration) {
    let cell = Frame::<CapMemBlockConfig>::default()
        .with(field!(CapMemBlockConfig.hotbit_capmem_row), 1 << (23 - codes::STP_CHARGE_0.row))
        .with(field!(CapMemBlockConfig.capmem_column), SHARED_COLUMN);
    configuration.write(CapMemBlockConfigOnDLS::default(), &cell);
    let pad = switched_on(
        Frame::<PadMultiplexerConfig>::zero(),
        &[
            field!(PadMultiplexerConfig, "capmem_v_out_mux[0]"),
            field!(PadMultiplexerConfig.capmem_v_out_mux_to_capmem_intermediate_mux),
            field!(PadMultiplexerConfig.capmem_intermediate_mux_to_pad),
            field!(PadMultiplexerConfig.cadc_debug_causal_to_synapse_intermediate_mux),
            field!(PadMultiplexerConfig.cadc_debug_acausal_to_synapse_intermediate_mux),
            field!(PadMultiplexerConfig.synapse_intermediate_mux_to_pad),
        ],
    );
    configuration.write(PadMultiplexerConfigOnDLS::default(), &pad);
    let causal = fields!(ColumnCorrelationQuad.enable_debug_causal; 4);
    let acausal = fields!(ColumnCorrelationQuad.enable_debug_acausal; 4);
    let columns = switched_on(switched_on(Frame::<ColumnCorrelationQuad>::zero(), &causal), &acausal);
    ColumnCorrelationQuadOnDLS::all().for_each(|at| configuration.write(at, &columns));
}

/// Column of the shared cells that hold the reference.
const SHARED_COLUMN: u32 = 128;

fn disconnect_reference(configuration: &mut Configuration) {
    configuration.write(CapMemBlockConfigOnDLS::default(), &Frame::<CapMemBlockConfig>::default());
    configuration.write(PadMultiplexerConfigOnDLS::default(), &Frame::<PadMultiplexerConfig>::zero());
    configure_cadc(configuration, CadcSource::Neurons);
}

fn switched_on<C: hx_isa::regmap::Register>(frame: Frame<C>, switches: &[Value]) -> Frame<C> {
    switches.iter().fold(frame, |frame, &switch| frame.with(switch, 1))
}
