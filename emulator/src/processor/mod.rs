//! Running programs on one plasticity processor: what `hxemu ppu run`, the debugger and the tests of firmware share.
//!
//! `load` makes a program of a file, `machine` is where it runs, `session` runs it to its end, `recorder` writes down what the
//! followers (`log`, `wave`, `profile`) and the `report` are made of; `debug` puts a machine under the debugger.

pub mod debug;
pub mod harness;
pub mod load;
pub mod log;
pub mod machine;
pub mod on_chip;
pub mod profile;
pub mod recorder;
pub mod reference;
pub mod report;
pub mod session;
pub mod wave;
