//! The plasticity processor: a 32-bit big-endian Power core (*nux*) with a 1024-bit vector unit, two of them on a chip.
//!
//! Timing decides order, function follows. One stepping machine of small integers (`pipeline/`, `vector/timing.rs`) knows when
//! something happens and no data value; `scalar/` and `vector/` know what happens and no time; `core.rs` puts the two together.
//! Everything outside the core (memories, buses, pins) is behind [`Ports`].
//!
//! Source of all rules: the open RTL of the core, electronicvisions/nux `src/rtl`.

pub mod cache;
mod calls;
pub mod core;
pub mod effect;
pub mod interrupt;
pub mod io;
mod memo;
pub mod pipeline;
pub mod ports;
pub mod predictor;
mod queue;
pub mod scalar;
mod stall;
mod undo;
pub mod vector;

pub use core::Ppu;
pub use effect::{Effect, EffectKind, SpecialRegister};
pub use io::{ParallelRandom, PpuBusTiming};
pub use ports::{BareMemory, BusDelays, Delay, Observer, Port, Ports, Sram, Stop};
pub use stall::Stall;
