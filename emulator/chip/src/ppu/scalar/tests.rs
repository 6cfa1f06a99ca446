//! Tests of the scalar side as a whole.

mod quirks;
mod rows;
