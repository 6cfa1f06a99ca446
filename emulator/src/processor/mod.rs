//! Running programs on one plasticity processor: what `hxemu ppu run`, the debugger and the tests of firmware share.

pub mod harness;
pub mod reference;
