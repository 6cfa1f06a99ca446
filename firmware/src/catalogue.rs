//! The firmware that comes with the emulator: sources by name.

/// A source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Path below the folder of this crate.
    pub path: &'static str,
    /// Contents.
    pub text: &'static str,
}

macro_rules! source {
    ($path:literal) => {
        Source { path: concat!("firmware/asm/", $path), text: include_str!(concat!("../asm/", $path)) }
    };
}

/// A program that can be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firmware {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its own sources; the runtime comes before them.
    pub sources: &'static [Source],
}

/// Start-up code and library, in every program.
pub(crate) const RUNTIME: [Source; 3] = [source!("start.s"), source!("library.s"), source!("mailbox.s")];

/// Files that sources include.
pub(crate) const INCLUDES: [Source; 2] = [source!("ppu.inc"), source!("rule.inc")];

/// The frame a rule runs in: when it updates, and over which rows.
pub const SCHEDULE: Source = source!("schedule.s");

/// All firmware.
pub const FIRMWARE: &[Firmware] = &[
    Firmware {
        name: "selftest",
        summary: "weights keep what is written, the time base counts; prints into the mailbox",
        sources: &[source!("selftest.s")],
    },
    Firmware {
        name: "stdp-additive",
        summary: "additive spike-timing-dependent plasticity",
        sources: &[SCHEDULE, source!("rules/stdp_additive.s")],
    },
    Firmware {
        name: "stdp-multiplicative",
        summary: "multiplicative spike-timing-dependent plasticity",
        sources: &[SCHEDULE, source!("rules/stdp_multiplicative.s")],
    },
    Firmware {
        name: "stdp-reward",
        summary: "reward-modulated plasticity with an eligibility per synapse",
        sources: &[SCHEDULE, source!("rules/stdp_reward.s")],
    },
    Firmware {
        name: "homeostasis",
        summary: "weights follow the difference of the neurons' spike counts to a target",
        sources: &[SCHEDULE, source!("rules/homeostasis.s")],
    },
    Firmware {
        name: "weight-decay",
        summary: "stochastic weight decay with pruning by label",
        sources: &[SCHEDULE, source!("rules/weight_decay.s")],
    },
];

impl Firmware {
    /// The firmware of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Firmware> {
        FIRMWARE.iter().find(|firmware| firmware.name == name)
    }
}
