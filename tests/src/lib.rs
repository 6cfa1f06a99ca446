//! Integration tests of hxemu with their oracles.

pub mod command;
