//! Tickets: what a read hands out while a program is built, to be redeemed for the value once the program has run.
//!
//! A ticket is the place of its answer among the answers of its kind. It says nothing about the program it belongs to:
//! redeem it against the responses of that program.

use super::cycles::Cycles;
use super::responses::Responses;
use hx_isa::regmap::{Frame, Register};
use std::fmt;
use std::marker::PhantomData;
use thiserror::Error;

/// A ticket that does not belong to these responses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} answer {index} does not exist among {available}: the ticket belongs to another program")]
pub struct TicketError {
    /// Kind of answer.
    pub kind: Kind,
    /// Its place.
    pub index: u32,
    /// How many there are.
    pub available: usize,
}

/// Kinds of answers a program can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Omnibus reads.
    Omnibus,
    /// JTAG shifts with kept output.
    Jtag,
    /// Ticks.
    Tick,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Omnibus => "Omnibus",
            Kind::Jtag => "JTAG",
            Kind::Tick => "tick",
        })
    }
}

/// A value with the FPGA time of its answer (of the last word for values of several words).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed<T> {
    /// The value.
    pub value: T,
    /// FPGA time annotated to the answer.
    pub time: Cycles,
}

/// Something that can be redeemed for a value.
pub trait Redeem {
    /// What it is redeemed for.
    type Value;

    /// The value.
    ///
    /// # Errors
    /// When the ticket belongs to another program.
    fn redeem(&self, responses: &Responses) -> Result<Self::Value, TicketError>;
}

/// Ticket of one Omnibus word; redeemed for `Timed<u32>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordTicket(pub(super) u32);

/// Ticket of consecutive Omnibus reads; redeemed for their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordsTicket {
    pub(super) first: u32,
    pub(super) count: u32,
}

/// Ticket of a kept JTAG shift; redeemed for `Timed<u64>` of up to 33 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JtagTicket(pub(super) u32);

/// Ticket of a tick; redeemed for its FPGA time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickTicket(pub(super) u32);

/// Ticket of one container; redeemed for its frame.
pub struct Ticket<C> {
    first: u32,
    container: PhantomData<fn() -> C>,
}

impl<C> Ticket<C> {
    pub(super) fn new(first: u32) -> Ticket<C> {
        Ticket { first, container: PhantomData }
    }
}

impl<C> Clone for Ticket<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Ticket<C> {}

impl<C: Register> fmt::Debug for Ticket<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket<{}>({})", C::CONTAINER.name, self.first)
    }
}

impl Redeem for WordTicket {
    type Value = Timed<u32>;

    fn redeem(&self, responses: &Responses) -> Result<Timed<u32>, TicketError> {
        let answers = answers(Kind::Omnibus, &responses.omnibus, self.0, 1)?;
        Ok(answers[0])
    }
}

impl Redeem for WordsTicket {
    type Value = Vec<u32>;

    fn redeem(&self, responses: &Responses) -> Result<Vec<u32>, TicketError> {
        Ok(self.answers(responses)?.iter().map(|answer| answer.value).collect())
    }
}

impl WordsTicket {
    /// The answers in place, each with its time.
    ///
    /// # Errors
    /// When the ticket belongs to another program.
    pub fn answers<'a>(&self, responses: &'a Responses) -> Result<&'a [Timed<u32>], TicketError> {
        answers(Kind::Omnibus, &responses.omnibus, self.first, self.count)
    }
}

impl Redeem for JtagTicket {
    type Value = Timed<u64>;

    fn redeem(&self, responses: &Responses) -> Result<Timed<u64>, TicketError> {
        Ok(answers(Kind::Jtag, &responses.jtag, self.0, 1)?[0])
    }
}

impl Redeem for TickTicket {
    type Value = Cycles;

    fn redeem(&self, responses: &Responses) -> Result<Cycles, TicketError> {
        Ok(answers(Kind::Tick, &responses.ticks, self.0, 1)?[0])
    }
}

impl<C: Register> Redeem for Ticket<C> {
    type Value = Timed<Frame<C>>;

    fn redeem(&self, responses: &Responses) -> Result<Timed<Frame<C>>, TicketError> {
        let answers = answers(Kind::Omnibus, &responses.omnibus, self.first, u32::from(C::CONTAINER.words))?;
        let mut frame = Frame::<C>::default();
        for (word, answer) in frame.words_mut().iter_mut().zip(answers) {
            *word = answer.value;
        }
        let time = answers.last().map_or(Cycles::ZERO, |answer| answer.time);
        Ok(Timed { value: frame, time })
    }
}

impl<T: Redeem> Redeem for [T] {
    type Value = Vec<T::Value>;

    fn redeem(&self, responses: &Responses) -> Result<Vec<T::Value>, TicketError> {
        self.iter().map(|ticket| ticket.redeem(responses)).collect()
    }
}

impl<T: Redeem> Redeem for Vec<T> {
    type Value = Vec<T::Value>;

    fn redeem(&self, responses: &Responses) -> Result<Vec<T::Value>, TicketError> {
        self.as_slice().redeem(responses)
    }
}

fn answers<T>(kind: Kind, all: &[T], first: u32, count: u32) -> Result<&[T], TicketError> {
    let last = first.saturating_add(count).saturating_sub(1);
    let range = first as usize..first as usize + count as usize;
    all.get(range).ok_or(TicketError { kind, index: last, available: all.len() })
}
