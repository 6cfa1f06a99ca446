//! What instructions did, told one effect at a time to an observer that asks for it: the material of instruction traces and
//! watchpoints.

use super::scalar::Registers;
use super::vector::Vector;
use serde::{Deserialize, Serialize};

/// One effect of an instruction, in the cycle in which the emulator carries it out. A value of a fixed latency is reported when
/// its instruction issues, which is before later instructions can see it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Clock of the core.
    pub cycle: u64,
    /// Byte address of the instruction.
    pub address: u32,
    /// What changed.
    pub kind: EffectKind,
}

/// Kinds of [`Effect`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum EffectKind {
    /// A general register was written.
    General {
        /// 0..31.
        register: u8,
        /// Its new value.
        value: u32,
    },
    /// Another register of the scalar unit changed.
    Special {
        /// Which.
        register: SpecialRegister,
        /// Its new value.
        value: u32,
    },
    /// A scalar load or store issued; it will touch memory later.
    Queued {
        /// Byte address.
        address: u32,
        /// Bytes: 1, 2 or 4.
        length: u32,
        /// A store.
        write: bool,
    },
    /// A scalar load or store touched memory.
    Memory {
        /// Byte address.
        address: u32,
        /// Bytes: 1, 2 or 4.
        length: u32,
        /// A store.
        write: bool,
        /// What was loaded, as it goes to the register, or stored.
        value: u32,
    },
    /// `fxvlax` or `fxvstax` began to touch 128 bytes of memory.
    VectorMemory {
        /// First byte address.
        address: u32,
        /// A store.
        write: bool,
    },
    /// `fxvinx` or `fxvoutx` touched the parallel bus.
    Parallel {
        /// Address on that bus.
        address: u32,
        /// A write.
        write: bool,
    },
    /// A vector register was written.
    Vector {
        /// 0..31.
        register: u8,
        /// Its new value.
        value: Vector,
    },
    /// The accumulator or the condition of the vector unit may have changed.
    VectorState,
}

/// Registers of the scalar unit outside the general ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpecialRegister {
    /// Condition register.
    Cr,
    /// Fixed-point exception register.
    Xer,
    /// Link register.
    Lr,
    /// Count register.
    Ctr,
    /// Machine state.
    Msr,
}

impl SpecialRegister {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cr, Self::Xer, Self::Lr, Self::Ctr, Self::Msr];

    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cr => "cr",
            Self::Xer => "xer",
            Self::Lr => "lr",
            Self::Ctr => "ctr",
            Self::Msr => "msr",
        }
    }

    /// Its value.
    #[must_use]
    pub const fn of(self, registers: &Registers) -> u32 {
        match self {
            Self::Cr => registers.cr,
            Self::Xer => registers.xer,
            Self::Lr => registers.lr,
            Self::Ctr => registers.ctr,
            Self::Msr => registers.msr,
        }
    }
}

/// The registers that differ, as effects.
pub(super) fn differences<'a>(
    before: &'a Registers,
    after: &'a Registers,
) -> impl Iterator<Item = EffectKind> + 'a {
    let general = (0..32u8).filter_map(|register| {
        let at = usize::from(register);
        let value = after.gpr[at];
        (before.gpr[at] != value).then_some(EffectKind::General { register, value })
    });
    let special = SpecialRegister::ALL.into_iter().filter_map(|register| {
        let value = register.of(after);
        (register.of(before) != value).then_some(EffectKind::Special { register, value })
    });
    general.chain(special)
}
