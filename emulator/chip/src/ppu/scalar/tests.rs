//! Tests of the scalar side as a whole.
