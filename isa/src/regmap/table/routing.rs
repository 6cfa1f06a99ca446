//! Event crossbar, background sources and event counters.
//!
//! One row per field: word, name, most and least significant bit, access, configuration default, encoding, meaning.

use super::super::Access::{R, W};
use super::super::Container;
use super::super::Encoding::Plain;
use super::super::coordinate::{
    BackgroundSpikeSourceOnDLS, CrossbarInputOnDLS, CrossbarNodeOnDLS, CrossbarOutputConfigOnDLS,
    CrossbarOutputOnDLS,
};
use super::super::location::at;
use super::row::{f, omnibus};

#[rustfmt::skip]
pub(super) const ROWS: &[Container] = &[
    omnibus("CrossbarOutputConfig", at(CrossbarOutputConfigOnDLS::TYPE, 1, &[0x0013_0000]), &[
        f(0, "enable_slow",           3,  0, W, 0, Plain, "bit i: slow mode of L2 output i"),
        f(0, "enable_event_counter", 15,  4, W, 0, Plain, "bit 4+j: event counter of crossbar output j (0..11)"),
    ]),
    // The enable word comes last, else the seed is not loaded.
    omnibus("BackgroundSpikeSource", at(BackgroundSpikeSourceOnDLS::TYPE, 3, &[0x0013_0001]).step("g", 3).order(&[1, 2, 0]), &[
        f(0, "enable",         0,  0, W, 0, Plain, "0->1 loads seed and full period"),
        f(0, "enable_random",  1,  1, W, 0, Plain, "1 = binned Poisson, 0 = regular"),
        f(0, "period",        31, 16, W, 0, Plain, "clock cycles between spikes (regular) or bins (random)"),
        f(1, "seed",          31,  0, W, 0, Plain, "generator seed"),
        f(2, "mask",           7,  0, W, 0, Plain, "random mode: label bits replaced by random bits"),
        f(2, "rate",          15,  8, W, 0, Plain, "random mode: spike if 8-bit draw <= rate (0 = never)"),
        f(2, "neuron_label",  29, 16, W, 0, Plain, "14-bit label"),
    ]),
    omnibus("CrossbarNode", at(CrossbarNodeOnDLS::TYPE, 1, &[0x0013_0019]).step("k", 1), &[
        f(0, "mask",                13,  0, W, 0, Plain, "label AND mask"),
        f(0, "target",              29, 16, W, 0, Plain, "event passes iff (label & mask) == target"),
        f(0, "enable_drop_counter", 31, 31, W, 0, Plain, "losses at this node add to the input drop counter"),
    ]),
    omnibus("CrossbarInputDropCounter", at(CrossbarInputOnDLS::TYPE, 1, &[0x0013_0065]).step("i", 1), &[
        f(0, "value", 15,  0, R, 0, Plain, "16-bit"),
    ]),
    omnibus("CrossbarOutputEventCounter", at(CrossbarOutputOnDLS::TYPE, 1, &[0x0013_0079]).step("j", 1), &[
        f(0, "value", 23,  0, R, 0, Plain, "24-bit"),
    ]),
];
