//! Integration tests of hxemu with their oracles.
