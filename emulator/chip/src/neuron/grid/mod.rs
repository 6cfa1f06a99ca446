//! The throughput mode: most neurons, most of the time, do nothing but integrate. They are carried in single precision on a
//! fixed grid, sixteen at a time, with events entering at their exact times; whatever may fire, switch or rise steeply leaves
//! the grid and is carried by the exact path until it is quiet again.

pub mod array;
pub mod block;
pub mod coefficients;
pub mod functions;

#[cfg(test)]
mod tests;
