//! Programmer-visible interface of the BrainScaleS-2 chip: registers and instructions.

pub mod elf;
pub mod instruction;
pub mod regmap;
