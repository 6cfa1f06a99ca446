//! Programmer-visible interface of the BrainScaleS-2 chip: registers and instructions.

pub mod asm;
pub mod elf;
pub mod instruction;
pub mod link;
pub mod regmap;
