//! Every number of the analog model that is measured, derived or guessed rather than documented, as one table.
//!
//! A row gives name, default, unit, admissible range, provenance and meaning; the structs, their defaults, the reader (serde,
//! unknown names are errors) and the listing of [`AnalogConstants::describe`] come from it. Calibration finds codes by search,
//! so a wrong gain here only moves the codes it finds.

pub use super::constant::{Constant, ConstantError, Domain, Provenance};
use serde::{Deserialize, Serialize};

macro_rules! constants {
    ($(
        $(#[doc = $about:literal])+
        $group:ident: $Group:ident {
            $( $(#[doc = $meaning:literal])+
               $name:ident = $default:expr, $unit:literal, $domain:ident, $provenance:ident; )+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $Group {
                $( $(#[doc = $meaning])+ #[doc = concat!(" Unit: ", $unit, ".")] pub $name: f64, )+
            }

            impl Default for $Group {
                fn default() -> Self {
                    Self { $( $name: $default, )+ }
                }
            }

            impl $Group {
                /// Every constant of the group set to the same value.
                #[must_use]
                pub const fn uniform(value: f64) -> Self {
                    Self { $( $name: value, )+ }
                }

                fn describe(&self, out: &mut Vec<Constant>) {
                    $( out.push(Constant {
                        path: concat!(stringify!($group), ".", stringify!($name)),
                        unit: $unit,
                        value: self.$name,
                        default: $default,
                        domain: Domain::$domain,
                        provenance: Provenance::$provenance,
                        meaning: concat!($($meaning),+).trim_ascii(),
                    }); )+
                }
            }
        )+

        /// All constants of the analog model, in groups. Plain data; the default is the nominal chip.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct AnalogConstants {
            $( $(#[doc = $about])+ pub $group: $Group, )+
        }

        impl AnalogConstants {
            /// All constants with unit, value and meaning, in the order of the table.
            #[must_use]
            pub fn describe(&self) -> Vec<Constant> {
                let mut out = Vec::new();
                $( self.$group.describe(&mut out); )+
                out
            }
        }
    };
}

impl AnalogConstants {
    /// Checks every constant against its range; to be called on everything that was read from a file.
    ///
    /// # Errors
    /// The first constant outside its range.
    pub fn validate(&self) -> Result<(), ConstantError> {
        match self.describe().into_iter().find(|c| !c.domain.contains(c.value)) {
            None => Ok(()),
            Some(c) => Err(ConstantError { path: c.path, value: c.value, unit: c.unit, domain: c.domain }),
        }
    }
}

constants! {
    /// Analog parameter storage.
    capmem: CapMemConstants {
        /// Current of a current cell per LSB: full scale about 1 uA at code 1022 (electronicvisions
        /// brainscales2-demos: fp_brainscales; calix: common/madc_characterization.py, 500 nA written as code 500).
        current_lsb_ua = 1.0e-3, "uA", Positive, Stated;
        /// Voltage a voltage cell would have at code 1023; plausible 1.75 to 1.85.
        voltage_full_scale_v = 1.8, "V", Positive, Unsure;
        /// Time constant with which a cell relaxes to a new code; software waits 20 ms (calix: constants.py).
        settling_tau_us = 2500.0, "us", Positive, Unsure;
        /// Fraction of a step below which the rest is dropped and the cell counts as settled. A choice of the model.
        settled_fraction = 1.0e-4, "1", Positive, Unsure;
        /// Shift of a cell for each 128 other cells of its row that hold the same code; 3 is the guess for silicon.
        crosstalk_lsb = 0.0, "LSB", NonNegative, Unsure;
    }

    /// Membrane, leak, reset and comparator.
    neuron: NeuronConstants {
        /// Membrane capacitance at size code 0.
        capacitance_parasitic_pf = 0.12, "pF", Positive, Unsure;
        /// Capacitance added from size code 0 to 63: 2.40 pF in total (sources quote 2.2 to 2.4; haldls: vx/v3/neuron.h).
        capacitance_span_pf = 2.28, "pF", Positive, Stated;
        /// CapMem code at which the level-shifted potentials (v_leak, v_reset) are anchored.
        follower_anchor_code = 700.0, "LSB", Any, Figure;
        /// Potential at that code: v_leak 700 rests at MADC 375 (brainscales2-demos).
        follower_anchor_v = 0.475, "V", Any, Derived;
        /// Slope of potential over cell voltage: source follower and input network of the leak amplifier.
        follower_slope = 0.45, "V/V", Positive, Derived;
        /// Leak conductance per bias current, from the leak-over-threshold figure, +-30 %.
        leak_gain_us_per_ua = 1.4, "uS/uA", Positive, Derived;
        /// Reset conductance per bias current: fastest tau_reset 0.5 us (haldls: vx/neuron.h).
        reset_gain_us_per_ua = 0.59, "uS/uA", Positive, Derived;
        /// Factor on the bias with enable_*_multiplication (haldls: vx/v3/neuron.h).
        bias_multiplication = 8.0, "1", Positive, Stated;
        /// Divisor of the bias with enable_*_division (haldls: vx/v3/neuron.h).
        bias_division = 8.0, "1", Positive, Stated;
        /// With source degeneration the conductance is divided and the input range multiplied by this.
        degeneration = 3.0, "1", Positive, Unsure;
        /// Junction leakage that remains at zero bias; keeps the membrane time constant finite.
        conductance_minimum_us = 1.0e-5, "uS", Positive, Unsure;
        /// Offset current per cell current (0.1 nA per LSB), +-50 % (brainscales2-demos, AdEx figures).
        offset_current_gain = 0.1, "uA/uA", NonNegative, Derived;
        /// Delay of the threshold comparator at its nominal bias, inverse to the bias.
        comparator_delay_us = 0.010, "us", NonNegative, Unsure;
        /// Nominal bias of the comparator (block cell neuron_i_bias_spike_comparator, code 200).
        comparator_bias_ua = 0.200, "uA", Positive, Stated;
        /// Longest comparator delay, reached as the bias goes to zero.
        comparator_delay_maximum_us = 1.0, "us", NonNegative, Unsure;
        /// Standard deviation of the comparator delay from spike to spike.
        comparator_jitter_us = 0.005, "us", NonNegative, Unsure;
        /// Lowest membrane voltage.
        rail_low_v = 0.02, "V", Any, Unsure;
        /// Highest membrane voltage.
        rail_high_v = 1.25, "V", Any, Unsure;
        /// Membrane voltage at which currents out of the membrane vanish (brainscales2-demos: dynamic range).
        sink_start_v = 0.05, "V", Any, Figure;
        /// From there to where they are full.
        sink_span_v = 0.30, "V", Positive, Figure;
        /// Line deflection of a single event from which a bypassed input fires the neuron.
        bypass_threshold_v = 0.010, "V", NonNegative, Unsure;
    }

    /// Exponential term.
    exponential: ExponentialConstants {
        /// Slope factor without bias current; 50 mV is the default of hxtorch: spiking/modules/neuron.py.
        slope_v = 0.015, "V", Positive, Unsure;
        /// Growth of the slope factor with its bias current.
        slope_v_per_ua = 0.045, "V/uA", NonNegative, Unsure;
        /// Prefactor of the current, the circuit's own and not tied to the leak.
        conductance_us = 0.25, "uS", NonNegative, Unsure;
        /// Largest current.
        maximum_ua = 5.0, "uA", Positive, Unsure;
    }

    /// Adaptation.
    adaptation: AdaptationConstants {
        /// Time constant at the nominal bias, inverse to it (brainscales2-demos: AdEx figures, 128 us at code 100).
        tau_us = 128.0, "us", Positive, Figure;
        /// Bias at which it holds.
        tau_bias_ua = 0.100, "uA", Positive, Figure;
        /// Capacitance of the adaptation node.
        capacitance_pf = 2.5, "pF", Positive, Derived;
        /// Transconductance from the membrane per bias current.
        gain_us_per_ua = 1.5, "uS/uA", NonNegative, Unsure;
        /// Transconductance onto the membrane, +-50 %.
        output_us = 0.10, "uS", NonNegative, Unsure;
        /// Resting potential of the node at code 0; it rises with the slope of the level-shifted potentials.
        reference_v = 0.08, "V", Any, Unsure;
        /// Code of v_leak minus code of v_adapt_leak for the same potential (brainscales2-demos: AdEx complex dynamics).
        leak_shift_code = 200.0, "LSB", Any, Stated;
    }

    /// Conductance between compartments.
    compartment: CompartmentConstants {
        /// Conductance per bias current i_bias_nmda (calix: multicomp/neuron_icc_bias.py for the range).
        gain_us_per_ua = 1.5, "uS/uA", NonNegative, Unsure;
        /// Factor on the bias with enable_multiply_multicomp_conductance_bias (haldls: vx/v3/neuron.h).
        multiplication = 4.0, "1", Positive, Stated;
        /// Divisor of the bias with enable_divide_multicomp_conductance_bias (haldls: vx/v3/neuron.h).
        division = 4.0, "1", Positive, Stated;
    }

    /// Synapse, synaptic line and synaptic input amplifier.
    synapse: SynapseConstants {
        /// Synaptic time constant at full bias (code 1022): the shortest target (calix: spiking/neuron.py, 0.3 us).
        tau_minimum_us = 0.3, "us", Positive, Stated;
        /// Factor on the time constant with enable_..._high_resistance.
        high_resistance = 10.0, "1", Positive, Unsure;
        /// Factor on the time constant with enable_..._small_capacitance.
        small_capacitance = 0.83, "1", Positive, Unsure;
        /// Time constant of a line without pull-up current.
        tau_maximum_us = 1.0e5, "us", Positive, Unsure;
        /// Transconductance of the synaptic input per bias current.
        gm_us_per_ua = 10.8, "uS/uA", Positive, Derived;
        /// Transconductance from the membrane to the bias of the input in conductance mode, per bias current.
        coba_us_per_ua = 8.0, "uS/uA", NonNegative, Unsure;
        /// Shift bias at which input and reference balance: code 310 (calix: hagen/neuron_helpers.py).
        shift_balance_ua = 0.310, "uA", Any, Stated;
        /// Offset of the input voltage per shift bias: -0.15 mV per LSB (sign calix: hagen/neuron_synin.py).
        shift_slope_v_per_ua = 0.15, "V/uA", NonNegative, Unsure;
        /// Capacitance of a synaptic line (calix: tests/hw/py/test_hagen_input.py, 30 CADC LSB for 6 events of weight 63).
        line_capacitance_pf = 0.27, "pF", Positive, Derived;
        /// The same with enable_..._small_capacitance.
        line_capacitance_small_pf = 0.225, "pF", Positive, Derived;
        /// Voltage to which the pull-up of a line draws it.
        line_supply_v = 1.2, "V", Positive, Derived;
        /// Voltage on a pad with the synaptic debug lines unless the board sets one (calix: hagen/multiplication.py, 1.2 V).
        debug_line_v = 1.2, "V", NonNegative, Stated;
        /// Length of the current pulse of one event with the full pulse fraction.
        pulse_us = 0.004, "us", Positive, Publication;
        /// Lengthening of the pulse per code of dacen_pulse_extension.
        pulse_extension_us = 0.004, "us", NonNegative, Unsure;
    }

    /// Pulse lengths of the synapse drivers: short-term plasticity and vector-matrix mode. Voltages are CapMem LSB.
    driver: DriverConstants {
        /// Ramp current at which the voltages below hold (electronicvisions ccalix: stp_calib_options.cpp, code 600).
        ramp_bias_ua = 0.600, "uA", Positive, Stated;
        /// Voltage of a driver up to which its pulses have their full length.
        v_full_lsb = 50.0, "LSB", Any, Unsure;
        /// Span of voltages over which the pulse goes from full length to nothing.
        v_span_lsb = 400.0, "LSB", Positive, Unsure;
        /// Share of the distance to the charge potential that an event covers at utilization 0 (ccalix: stp_calib_target.h).
        utilization = 0.2, "1", Fraction, Stated;
        /// The same per code of utilization.
        utilization_step = 0.02, "1", Fraction, Unsure;
        /// Time constant of recovery at full strength (15) and clock speed 0; inverse to recovery + 1.
        recovery_tau_us = 20.0, "us", Positive, Unsure;
        /// Codes of recovery_clock_speed that double the time constant.
        recovery_speed_per_doubling = 2.0, "1", Positive, Unsure;
        /// Offset of the comparator per code of offset while stp_i_calib equals stp_i_ramp; a larger code shortens the pulse
        /// (calix: spiking/synapse_driver.py).
        offset_step_lsb = 8.0, "LSB", NonNegative, Unsure;
        /// Code of offset without effect.
        offset_center = 7.0, "1", Any, Unsure;
        /// Activations per code of hagen_dac_offset; a larger code lengthens the pulse.
        hagen_offset_step = 0.25, "1", NonNegative, Unsure;
        /// Code of hagen_dac_offset without effect.
        hagen_offset_center = 32.0, "1", Any, Unsure;
    }

    /// Correlation sensors of the synapses. Counts are nominal CADC LSB.
    correlation: CorrelationConstants {
        /// Count of a pair without delay at the nominal store bias (calix: spiking/correlation.py, target 0.5).
        amplitude_lsb = 0.5, "LSB", NonNegative, Stated;
        /// Store bias at which it holds, code 70; the amplitude is inverse to the bias.
        store_bias_ua = 0.070, "uA", Positive, Stated;
        /// Store bias below which baselines become invalid, code 50 (calix: spiking/correlation.py).
        store_minimum_ua = 0.050, "uA", Positive, Stated;
        /// Time constant at the nominal ramp bias (calix: spiking/correlation.py, target 5 us).
        tau_us = 5.0, "us", Positive, Stated;
        /// Ramp bias at which it holds, code 80; the time constant is inverse to the bias.
        ramp_bias_ua = 0.080, "uA", Positive, Stated;
        /// Factor on the time constant with time calibration 1 of a synapse: the more bits set, the shorter.
        time_calibration_1 = 0.85, "1", Positive, Unsure;
        /// The same with time calibration 2.
        time_calibration_2 = 0.75, "1", Positive, Unsure;
        /// The same with time calibration 3.
        time_calibration_3 = 0.65, "1", Positive, Unsure;
        /// Factor on the amplitude with amplitude calibration 1 of a synapse: the more bits set, the lower.
        amplitude_calibration_1 = 0.8, "1", NonNegative, Unsure;
        /// The same with amplitude calibration 2.
        amplitude_calibration_2 = 0.65, "1", NonNegative, Unsure;
        /// The same with amplitude calibration 3.
        amplitude_calibration_3 = 0.5, "1", NonNegative, Unsure;
        /// Output of a sensor that holds nothing: CADC code 200 (calix: spiking/correlation.py takes less than 120 as a fault).
        baseline_v = 0.8833, "V", Any, Unsure;
        /// Lowest output, where a branch is full: CADC code 20.
        floor_v = 0.1232, "V", Any, Unsure;
        /// Reset voltage of the sensors as long as no DAC of the board sets it (calix: correlation_calib_options.h, mux_dac_25 at
        /// 1.85 V, code 3030 of the 12-bit DAC).
        board_reset_v = 3030.0 / 4095.0 * 2.5, "V", Any, Stated;
        /// Reset voltage at which the baseline holds.
        reset_anchor_v = 3030.0 / 4095.0 * 2.5, "V", Any, Stated;
        /// Change of the baseline with the reset voltage: 240 CADC counts per volt.
        baseline_per_reset_v = 1.0135, "V/V", Any, Unsure;
        /// Voltage v_res_meas as long as no DAC of the board sets it (calix: correlation_calib_options.h, 0.9 V, code 3071).
        board_measure_v = 3071.0 / 4095.0 * 1.2, "V", Any, Stated;
        /// Voltage v_res_meas at which the amplitude holds.
        measure_anchor_v = 3071.0 / 4095.0 * 1.2, "V", Any, Stated;
        /// Relative change of the amplitude with v_res_meas: higher makes it larger.
        amplitude_per_measure_v = 4.0, "1/V", NonNegative, Unsure;
    }

    /// Shared support biases: neurons need them, but their value matters little.
    support: SupportConstants {
        /// Share of the working value from which a support bias is sufficient; below, what it supports degrades linearly
        /// (working values: calix: hagen/neuron_helpers.py). Zero switches the degradation off.
        sufficient_fraction = 0.5, "1", Fraction, Unsure;
    }

    /// Membrane readout in front of the converters.
    readout: ReadoutConstants {
        /// Voltage of an idle synaptic line as the readout shows it: CADC code 200.
        line_rest_v = 0.8833, "V", Any, Unsure;
    }

    /// Columnar converter, 1024 channels.
    cadc: CadcConstants {
        /// Ramp step per count at the nominal ramp current: 70..550 CapMem LSB read as 20..220 (calix: common/cadc.py).
        lsb_v = 4.223e-3, "V", Positive, Derived;
        /// Ramp current at which it holds: cell cadc_i_ramp_slope at code 200.
        lsb_bias_ua = 0.200, "uA", Positive, Unsure;
        /// Count from which the ramp bends.
        bend_count = 220.0, "LSB", Any, Unsure;
        /// Loss of counts per count above.
        bend_slope = 0.02, "1", Fraction, Unsure;
        /// Standard deviation of one conversion.
        noise_lsb = 0.6, "LSB", NonNegative, Unsure;
        /// Period of the counter: 250 MHz.
        count_us = 0.004, "us", Positive, Unsure;
    }

    /// Fast converter.
    madc: MadcConstants {
        /// Code at 0 V on the neuron path (brainscales2-demos: figure of one neuron recorded by both converters).
        offset_code = 53.0, "LSB", Any, Derived;
        /// Codes per volt: 1.19 per CapMem LSB.
        gain_code_per_v = 676.3, "LSB/V", Positive, Derived;
        /// Standard deviation of one sample; below 2 (calix: common/madc_characterization.py).
        noise_lsb = 1.0, "LSB", NonNegative, Unsure;
        /// Error of the first sample after start, decaying from sample to sample.
        startup_error_lsb = 30.0, "LSB", Any, Unsure;
        /// Samples after which that error has fallen to 1/e.
        startup_samples = 15.0, "samples", Positive, Unsure;
        /// Preamplifier gain is (preamp_gain_capacitor_size + 1) divided by this.
        preamplifier_unit_size = 32.0, "1", Positive, Unsure;
    }

    /// Temporal noise.
    noise: NoiseConstants {
        /// Standard deviation of a membrane at the nominal time constant and capacitance (brainscales2-demos figures).
        membrane_v = 2.0e-3, "V", NonNegative, Figure;
        /// Time constant at which it holds; the variance is proportional to it.
        membrane_tau_us = 10.0, "us", Positive, Figure;
        /// Capacitance at which it holds; the variance is inverse to it.
        membrane_capacitance_pf = 2.4, "pF", Positive, Figure;
        /// Mean bias of the enabled synaptic input amplifiers that doubles the variance (code 1000).
        gm_bias_ua = 1.0, "uA", Positive, Stated;
        /// Standard deviation of the threshold from spike to spike.
        threshold_v = 1.0e-3, "V", NonNegative, Unsure;
        /// Relative standard deviation of the charge of one synaptic event.
        charge = 0.01, "1", NonNegative, Unsure;
    }

    /// Deviation from the temperature the other constants hold for.
    temperature: TemperatureConstants {
        /// Temperature difference.
        deviation_k = 0.0, "K", Any, Unsure;
        /// Relative change of cell currents per kelvin.
        current_per_k = 0.003, "1/K", Any, Unsure;
        /// Change of level-shifted potentials per kelvin.
        follower_v_per_k = -0.5e-3, "V/K", Any, Unsure;
    }

    /// Delays of the analog and asynchronous parts on the way of an event.
    latency: LatencyConstants {
        /// From a neuron's fire to the synapses of the same chip (20 network clocks).
        fire_to_synapse_us = 0.080, "us", NonNegative, Unsure;
        /// From the driver's output to the synapse of column 0.
        row_us = 0.010, "us", NonNegative, Unsure;
        /// Additional delay per column of a synapse row.
        column_us = 0.02e-3, "us", NonNegative, Unsure;
    }

    /// Standard deviations of the differences between instances of a circuit (and, `..._block`, between the four
    /// quadrants). Gains deviate as `exp(sigma*z)`, potentials and codes as `sigma*z`, `|z| <= 3.5`.
    mismatch: MismatchConstants {
        /// Leak potential, 4 CADC LSB before calibration.
        v_leak_v = 0.017, "V", NonNegative, Unsure;
        /// Leak potential, per quadrant.
        v_leak_block_v = 0.004, "V", NonNegative, Unsure;
        /// Reset potential, 10 MADC LSB over 10 neurons (brainscales2-demos: single neuron, fixed pattern).
        v_reset_v = 0.017, "V", NonNegative, Figure;
        /// Reset potential, per quadrant.
        v_reset_block_v = 0.004, "V", NonNegative, Unsure;
        /// Threshold, 9 MADC LSB over 10 neurons (brainscales2-demos: single neuron, fixed pattern).
        v_threshold_v = 0.013, "V", NonNegative, Figure;
        /// Threshold, per quadrant.
        v_threshold_block_v = 0.002, "V", NonNegative, Unsure;
        /// Leak conductance.
        g_leak = 0.18, "1", NonNegative, Unsure;
        /// Leak conductance, per quadrant.
        g_leak_block = 0.05, "1", NonNegative, Unsure;
        /// Reset conductance.
        g_reset = 0.18, "1", NonNegative, Unsure;
        /// Reset conductance, per quadrant.
        g_reset_block = 0.05, "1", NonNegative, Unsure;
        /// Synaptic time constant, each polarity.
        tau_syn = 0.22, "1", NonNegative, Unsure;
        /// Synaptic time constant, per quadrant.
        tau_syn_block = 0.05, "1", NonNegative, Unsure;
        /// Transconductance of the synaptic input, each polarity.
        gm = 0.20, "1", NonNegative, Figure;
        /// Transconductance, per quadrant.
        gm_block = 0.05, "1", NonNegative, Unsure;
        /// Balance point of the shift bias, each polarity (40 LSB).
        shift_ua = 0.040, "uA", NonNegative, Unsure;
        /// Balance point, per quadrant.
        shift_block_ua = 0.010, "uA", NonNegative, Unsure;
        /// Membrane capacitance.
        capacitance = 0.01, "1", NonNegative, Unsure;
        /// Membrane capacitance, per quadrant.
        capacitance_block = 0.01, "1", NonNegative, Unsure;
        /// Membrane offset current.
        i_offset = 0.15, "1", NonNegative, Unsure;
        /// Membrane offset current, per quadrant.
        i_offset_block = 0.05, "1", NonNegative, Unsure;
        /// Potential of no modulation in conductance mode, each polarity (calix: hagen/neuron_synin_coba.py, rest within 15 LSB).
        coba_reference_v = 0.025, "V", NonNegative, Stated;
        /// Gain of the conductance mode, each polarity.
        coba = 0.25, "1", NonNegative, Unsure;
        /// Threshold of the exponential term.
        exponential_threshold_v = 0.015, "V", NonNegative, Unsure;
        /// Slope factor of the exponential term.
        exponential_slope = 0.10, "1", NonNegative, Unsure;
        /// Prefactor of the exponential term.
        exponential_conductance = 0.20, "1", NonNegative, Unsure;
        /// Time constant, gains and pulse current of the adaptation, each.
        adaptation = 0.20, "1", NonNegative, Unsure;
        /// The same, per quadrant.
        adaptation_block = 0.05, "1", NonNegative, Unsure;
        /// Potentials of the adaptation, each.
        adaptation_v = 0.015, "V", NonNegative, Unsure;
        /// Capacitance of the adaptation node.
        adaptation_capacitance = 0.01, "1", NonNegative, Unsure;
        /// Conductance between compartments.
        compartment = 0.20, "1", NonNegative, Unsure;
        /// Conductance between compartments, per quadrant.
        compartment_block = 0.05, "1", NonNegative, Unsure;
        /// Capacitance of a synaptic line.
        line_capacitance = 0.02, "1", NonNegative, Unsure;
        /// Gain of a neuron's readout amplifier.
        readout_gain = 0.01, "1", NonNegative, Unsure;
        /// Synapse amplitude (brainscales2-demos: hagen properties; scatter +-6 % at fixed weight).
        synapse_gain = 0.06, "1", NonNegative, Figure;
        /// Each bit of a synapse's weight, relative to that bit.
        synapse_bit = 0.02, "1", NonNegative, Unsure;
        /// Synapse DAC bias, per quadrant.
        dac_bias_block = 0.08, "1", NonNegative, Unsure;
        /// Offset of a CADC channel; found offsets have a standard deviation below 20 (calix tests).
        cadc_offset_lsb = 8.0, "LSB", NonNegative, Unsure;
        /// Gain of a CADC channel.
        cadc_gain = 0.01, "1", NonNegative, Unsure;
        /// Ramp current of the CADC, per quadrant.
        cadc_ramp_block = 0.05, "1", NonNegative, Unsure;
        /// Gain of the MADC.
        madc_gain = 0.01, "1", NonNegative, Unsure;
        /// Time constant of a branch of a correlation sensor (calix: tests/hw/py/test_correlation.py).
        correlation_tau = 0.25, "1", NonNegative, Stated;
        /// Amplitude of a branch of a correlation sensor.
        correlation_amplitude = 0.35, "1", NonNegative, Stated;
        /// Time constant and amplitude of all sensors, per quadrant.
        correlation_block = 0.10, "1", NonNegative, Unsure;
        /// Time constant and amplitude from the middle of a quadrant to its edges, per quadrant and direction.
        correlation_gradient = 0.10, "1", NonNegative, Unsure;
        /// Causal against acausal amplitude, per quadrant.
        correlation_asymmetry = 0.15, "1", NonNegative, Unsure;
        /// Output of a branch of a correlation sensor, 5 CADC LSB.
        correlation_offset_v = 0.021, "V", NonNegative, Unsure;
        /// Offset of a synapse driver's ramp comparator, in CapMem LSB (calix: spiking/synapse_driver.py).
        driver_offset_lsb = 30.0, "LSB", NonNegative, Stated;
        /// Ramp current of the synapse drivers, per quadrant.
        driver_ramp_block = 0.10, "1", NonNegative, Stated;
        /// Offset of a synapse driver's activation DAC, in activation steps (calix: hagen/synapse_driver.py).
        driver_dac_offset = 3.0, "1", NonNegative, Unsure;
        /// Utilization of a synapse driver.
        driver_utilization = 0.05, "1", NonNegative, Unsure;
        /// Time constant of recovery of a synapse driver.
        driver_recovery = 0.05, "1", NonNegative, Unsure;
        /// Offset of a voltage cell of the CapMem.
        voltage_cell_offset_lsb = 3.0, "LSB", NonNegative, Unsure;
        /// Gain of a voltage cell.
        voltage_cell_gain = 0.0, "1", NonNegative, Unsure;
        /// Offset of a current cell.
        current_cell_offset_lsb = 0.0, "LSB", NonNegative, Unsure;
        /// Gain of a current cell.
        current_cell_gain = 0.02, "1", NonNegative, Unsure;
        /// Share of neurons with one parameter far off.
        bad_neuron_fraction = 0.01, "1", Fraction, Unsure;
        /// How far off it is, in standard deviations of that parameter.
        bad_neuron_deviation = 6.0, "sigma", NonNegative, Unsure;
    }
}

#[cfg(test)]
#[path = "tests/constants.rs"]
mod tests;
