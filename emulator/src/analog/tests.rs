//! Tests of single circuits.
