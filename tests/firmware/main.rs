//! The firmware on the bare core: every rule against its reference, the runtime, and the same rule written in C.

mod compiled;
mod on_chip;
mod random;
mod rules;
mod runtime;
mod shapes;
mod tools;
