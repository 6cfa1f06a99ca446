//! The host side: how experiments and calibrations talk to a chip, and the only way they do.
//!
//! Start with [`ProgramBuilder`] (what to do), [`Session`] (where it is done, and what is on the chip already) and
//! [`Responses`] (what came back). A [`Configuration`] is the static part, written as differences; the other modules are
//! typed helpers for one part of the chip each. Names and sequences follow electronicvisions stadls, haldls, lola and grenade.

mod board;
pub mod cadc;
pub mod capmem;
mod configuration;
mod cycles;
mod difference;
#[cfg(test)]
mod fake;
mod hemisphere;
pub mod init;
mod jtag;
mod label;
pub mod madc;
pub mod neuron;
pub mod processor;
mod program;
mod registers;
mod responses;
pub mod routing;
mod session;
pub mod synapse;
mod ticket;
mod timed;

pub use board::CubeBoard;
pub use configuration::Configuration;
pub use cycles::Cycles;
pub use difference::{CapMemChange, Differences, differences};
pub use hemisphere::{COLUMNS, Hemisphere, QUADS};
pub use init::{InitError, InitReport, SystemInit};
pub use label::SpikeLabel;
pub use program::{Barrier, Expectation, Poll, PollUntil, Program, ProgramBuilder, ProgramError, Requests};
pub use registers::{WriteRegisters, is_command};
pub use responses::{MadcSample, ResponseError, Responses, SpikeFromChip};
pub use session::{Applied, Batch, CapMemSettling, DriverError, Session};
pub use ticket::{JtagTicket, Kind, Redeem, TickTicket, Ticket, TicketError, Timed, WordTicket, WordsTicket};
pub use timed::{Lateness, TimedBuilder};
