//! Tests of the instruction table against an independent list of encodings and reference words.

mod reference;
mod table;
