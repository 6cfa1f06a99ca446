//! Neuron circuits: analog configuration, digital backend, resets and spike counters.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, RW, W};
use super::super::Container;
use super::super::Encoding::{Inv, Plain};
use super::super::coordinate::*;
use super::super::location::at;
use super::row::{f, omnibus};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("NeuronConfig", at(NeuronConfigOnDLS::TYPE, 6, &[0x0016_0000, 0x0016_8000, 0x0017_0000, 0x0017_8000]).by("b").step("n", 8).offset(2), &[
        f(0, "enable_reset_degeneration",                           0,  0, RW, 0, Plain, "source degeneration of the reset OTA"),
        f(0, "enable_reset_division",                               1,  1, RW, 0, Plain, "divide reset bias"),
        f(0, "enable_reset_multiplication",                         2,  2, RW, 0, Plain, "multiply reset bias"),
        f(0, "enable_leak_degeneration",                            3,  3, RW, 0, Plain, "source degeneration of the leak OTA"),
        f(0, "enable_leak_division",                                4,  4, RW, 0, Plain, "divide leak bias"),
        f(0, "enable_leak_multiplication",                          5,  5, RW, 0, Plain, "multiply leak bias"),
        f(0, "enable_strong_fire",                                  6,  6, RW, 0, Plain, "strong driver of the fire line"),
        f(1, "enable_synaptic_input_inhibitory_coba_mode",          1,  1, RW, 0, Plain, "switch"),
        f(1, "enable_synaptic_input_excitatory_coba_mode",          2,  2, RW, 0, Plain, "switch"),
        f(1, "enable_unbuffered_access",                            3,  3, RW, 0, Plain, "connect membrane to the i_stim line"),
        f(1, "enable_readout_amplifier",                            4,  4, RW, 0, Plain, "enable the local readout amplifier (needed for CADC and MADC neuron readout)"),
        f(1, "readout_source",                                      6,  5, RW, 0, Plain, "0 membrane; 1 excitatory synaptic input; 2 inhibitory synaptic input; 3 adaptation"),
        f(1, "enable_readout",                                      7,  7, RW, 0, Plain, "connect buffered readout to the shared (even/odd) readout line"),
        f(2, "invert_adaptation_b",                                 0,  0, RW, 0, Plain, "sign of spike-triggered adaptation"),
        f(2, "invert_adaptation_a",                                 1,  1, RW, 0, Plain, "sign of sub-threshold adaptation"),
        f(2, "enable_adaptation",                                   2,  2, RW, 0, Plain, "switch"),
        f(2, "enable_exponential",                                  3,  3, RW, 0, Plain, "switch"),
        f(2, "enable_synaptic_input_inhibitory_small_capacitance",  4,  4, RW, 0, Plain, "switch"),
        f(2, "enable_synaptic_input_excitatory_small_capacitance",  5,  5, RW, 0, Plain, "switch"),
        f(2, "enable_synaptic_input_inhibitory_high_resistance",    6,  6, RW, 0, Plain, "switch"),
        f(2, "enable_synaptic_input_excitatory_high_resistance",    7,  7, RW, 0, Plain, "switch"),
        f(3, "enable_membrane_offset",                              0,  0, RW, 0, Plain, "enable constant current i_mem_offset"),
        f(3, "membrane_capacitor_size",                             7,  2, RW, 0, Plain, "0..63 linear; 63 = about 2.3 pF"),
        f(4, "invert_membrane_offset",                              0,  0, RW, 0, Plain, "sign of constant current"),
        f(4, "enable_fire",                                         2,  2, RW, 0, Plain, "pass comparator output as fire signal to the digital backend"),
        f(4, "enable_threshold_comparator",                         3,  3, RW, 0, Plain, "power/enable the spike comparator"),
        f(4, "enable_synaptic_input_inhibitory",                    4,  4, RW, 0, Plain, "switch"),
        f(4, "enable_synaptic_input_excitatory",                    5,  5, RW, 0, Plain, "switch"),
        f(4, "enable_bypass_inhibitory",                            6,  6, RW, 0, Plain, "same for the inh. line"),
        f(4, "enable_bypass_excitatory",                            7,  7, RW, 0, Plain, "a synaptic event (dacen pulse) on the exc. line triggers fire directly"),
        f(5, "connect_soma_right",                                  0,  0, RW, 0, Plain, "connects local soma line to the soma line of the right neighbour"),
        f(5, "connect_bottom",                                      1,  1, RW, 0, Plain, "connects membrane to the circuit in the same column of the other row"),
        f(5, "enable_multicomp_conductance",                        2,  2, RW, 0, Plain, "enables the resistive connection between membrane and soma line"),
        f(5, "connect_membrane_right",                              3,  3, RW, 0, Plain, "connects membrane to the right neighbour membrane"),
        f(5, "connect_soma",                                        4,  4, RW, 0, Plain, "connects the membrane of this circuit to its local soma line"),
        f(5, "enable_multiply_multicomp_conductance_bias",          5,  5, RW, 0, Plain, "multiply inter-compartment conductance bias"),
        f(5, "enable_divide_multicomp_conductance_bias",            6,  6, RW, 0, Plain, "divide inter-compartment conductance bias"),
        f(5, "enable_pause",                                        7,  7, RW, 0, Plain, "UNSURE: purpose not documented; treat as storage bit"),
    ]),
    omnibus("NeuronBackendConfig", at(NeuronBackendConfigOnDLS::TYPE, 4, &[0x001a_1000, 0x001a_9000]).by("w").step("m", 4), &[
        f(0, "address_out[7:2]",           5,  0, RW, 0, Inv, "upper 6 bits of the 8-bit label emitted with each spike"),
        f(0, "reset_holdoff[1:0]",         7,  6, RW, 3, Plain, "low 2 bits; default value 15"),
        f(1, "refractory_time[7:4]",       3,  0, RW, 0, Inv, "high nibble; in periods of the selected refractory clock"),
        f(1, "address_out[1:0]",           5,  4, RW, 0, Inv, "lower 2 bits of the label"),
        f(1, "reset_holdoff[3:2]",         7,  6, RW, 3, Plain, "high 2 bits; reset released (0x1F - 2*reset_holdoff) clocks before the end of the refractory period"),
        f(2, "post_overwrite",             0,  0, RW, 0, Plain, "use the external (debug) post pulse exclusively; internal post pulse off"),
        f(2, "select_input_clock",         1,  1, RW, 0, Plain, "0 = clock_scale_slow clock; 1 = clock_scale_fast clock"),
        f(2, "refractory_time[3:0]",       5,  2, RW, 0, Inv, "low nibble"),
        f(2, "enable_adaptation_pulse",    6,  6, RW, 0, Plain, "emit a pulse to the adaptation circuit on every spike"),
        f(2, "enable_bayesian_extension",  7,  7, RW, 1, Plain, "post pulse is generated by the bayesian logic; else by neuron_fire_connect"),
        f(3, "enable_neuron_slave",        0,  0, RW, 0, Plain, "take fire/refractory state from the connected master"),
        f(3, "connect_fire_bottom",        1,  1, RW, 0, Plain, "connect fire line to the other hemisphere, same column"),
        f(3, "connect_fire_from_right",    2,  2, RW, 0, Plain, "receive fire from right neighbour (documented as broken in hardware)"),
        f(3, "connect_fire_to_right",      3,  3, RW, 0, Plain, "drive fire to right neighbour (unidirectional)"),
        f(3, "enable_spike_out",           4,  4, RW, 0, Plain, "send spikes to the event network (not needed for spike counter or post pulses)"),
        f(3, "enable_neuron_master",       5,  5, RW, 0, Plain, "write own fire to the common neuron_fire_connect line"),
        f(3, "enable_bayesian_1",          6,  6, RW, 0, Plain, "mode bit en_1 (see registers.md)"),
        f(3, "enable_bayesian_0",          7,  7, RW, 0, Plain, "mode bit en_0"),
    ]),
    omnibus("CommonNeuronBackendConfig", at(CommonNeuronBackendConfigOnDLS::TYPE, 2, &[0x001a_1800, 0x001a_9800]).by("w"), &[
        f(0, "enable_event_registers",        0,  0, RW, 1,   Plain, "register stage for neuron events enabled"),
        f(0, "force_reset",                   1,  1, RW, 0,   Plain, "hold all neurons of the block in reset"),
        f(0, "enable_clocks",                 2,  2, RW, 1,   Plain, "run refractory clocks"),
        f(0, "clock_scale_slow",              7,  4, RW, 0,   Plain, "refractory clock 0: f = 250 MHz / 2^(value+1)"),
        f(0, "clock_scale_fast",             11,  8, RW, 0,   Plain, "refractory clock 1: f = 250 MHz / 2^(value+1)"),
        f(0, "sample_positive_edge",         15, 12, RW, 15,  Plain, "bit i = event output i of this block; sample on positive clock edge"),
        f(0, "clock_scale_adaptation_pulse", 19, 16, RW, 0,   Plain, "length of adaptation pulse, clock 250 MHz / 2^(value+1)"),
        f(0, "clock_scale_post_pulse",       23, 20, RW, 0,   Plain, "length of post pulse to correlation sensors, clock 250 MHz / 2^(value+1)"),
        f(1, "wait_global_post_pulse",        7,  0, RW, 1,   Plain, "length of the BlockPostPulse pulse, clock cycles"),
        f(1, "wait_spike_counter_reset",     15,  8, RW, 4,   Plain, "length of counter reset pulse, cycles"),
        f(1, "wait_spike_counter_read",      23, 16, RW, 112, Plain, "wait before latching counter value, cycles"),
        f(1, "wait_fire_neuron",             31, 24, RW, 4,   Plain, "length of an artificial fire pulse (NeuronReset write), cycles"),
    ]),
    omnibus("NeuronSRAMTimingConfig", at(NeuronSRAMTimingConfigOnDLS::TYPE, 2, &[0x0016_0402, 0x0016_8402, 0x0017_0402, 0x0017_8402]).by("b"), &[
        f(0, "read_delay",          7,  0, RW, 255, Plain, "clock cycles from enable to data latch"),
        f(1, "address_setup_time",  3,  0, RW, 15,  Plain, "clock cycles address before enable"),
        f(1, "write_width",         7,  4, RW, 15,  Plain, "clock cycles of write enable"),
    ]),
    omnibus("NeuronBackendSRAMTimingConfig", at(NeuronBackendSRAMTimingConfigOnDLS::TYPE, 2, &[0x001a_1402, 0x001a_9402]).by("w"), &[
        f(0, "read_delay",          7,  0, W, 255, Plain, "clock cycles from enable to data latch"),
        f(1, "address_setup_time",  3,  0, W, 15,  Plain, "clock cycles address before enable"),
        f(1, "write_width",         7,  4, W, 15,  Plain, "clock cycles of write enable"),
    ]),
    omnibus("NeuronReset", at(NeuronResetOnDLS::TYPE, 1, &[0x0012_2000, 0x0012_a000]).by("w").step("m", 4), &[
        f(0, "(trigger)", 31,  0, W, 0, Plain, "any write is an artificial fire of that neuron (needs enable_fire): reset, refractory period, post pulse; data ignored"),
    ]),
    omnibus("BlockPostPulse", at(BlockPostPulseOnDLS::TYPE, 1, &[0x0012_2400, 0x0012_a400]).by("w"), &[
        f(0, "(trigger)", 31,  0, W, 0, Plain, "any write emits a post pulse to all 256 neurons of the half that have post_overwrite set; data ignored"),
    ]),
    omnibus("SpikeCounterRead", at(SpikeCounterReadOnDLS::TYPE, 1, &[0x0012_2800, 0x0012_a800]).by("w").step("m", 4), &[
        f(0, "count",     7,  0, R, 0, Plain, "spikes since last reset; 8-bit, wraps"),
        f(0, "overflow",  8,  8, R, 0, Plain, "counter overflowed since last reset"),
    ]),
    omnibus("SpikeCounterReset", at(SpikeCounterResetOnDLS::TYPE, 1, &[0x0012_2c00, 0x0012_ac00]).by("w").step("m", 4), &[
        f(0, "(trigger)", 31,  0, W, 0, Plain, "any write clears count and overflow; data ignored"),
    ]),
    // The correlation reset region at row 256.
    omnibus("NeuronResetQuad", at(NeuronResetQuadOnDLS::TYPE, 1, &[0x02c9_4000, 0x03c9_4000]).by("s").step("q", 1), &[
        f(0, "(trigger)", 31,  0, W, 0, Plain, "any write is an artificial fire/reset of the four neurons of quad q (needs enable_fire); documented side effect of v2: correlation of row 0 of that quad is also reset, default none on v3"),
    ]),
];
