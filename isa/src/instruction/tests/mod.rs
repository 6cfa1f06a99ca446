//! Tests of the instruction table against an independent list of encodings, reference words and the GNU tools.

mod doc;
mod gnu;
mod reference;
mod sample;
mod table;
