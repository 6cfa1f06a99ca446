//! Pictures of results as SVG text. Every picture is a function from plain data to a string; equal data gives equal text on
//! every machine.
//!
//! [`curves`], [`comparison`], [`decision`], [`recording`], [`matrix`] and [`histogram`] draw one kind of picture each, out of a [`panel`]
//! (axes, ticks, legend), which stands on [`svg`] (shapes), [`axis`] (scales, ticks) and [`colour`] (palettes).

pub mod axis;
pub mod colour;
pub mod comparison;
pub mod curves;
pub mod decision;
pub mod histogram;
pub mod matrix;
pub mod panel;
pub mod recording;
pub mod svg;

/// A point in the units of the data.
pub type Point = (f64, f64);

#[cfg(test)]
mod tests;
