//! Control of the instruction cache: line fills (electronicvisions/nux `src/rtl/processor/read_cache.sv`). What it holds is in
//! [`crate::ppu::cache`].

use serde::{Deserialize, Serialize};

use super::environment::Environment;
use super::fetch::Response;

/// Words of a line.
const LINE: u16 = 16;

/// A line being filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Fill {
    /// Word address for which the line is fetched; words are requested from there on, around the end of the line.
    first: u32,
    /// Cycles since the first request.
    age: u16,
}

/// State of the control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct CacheControl {
    /// The last word asked for is not there.
    misses: bool,
    /// Address on the bus in the last cycle, whether asked for or not.
    last: u32,
    fill: Option<Fill>,
}

impl CacheControl {
    /// Nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.fill.is_none() && !self.misses
    }

    /// One clock: `asks` says whether the word at `address` is asked for, `latency` how long the memory takes.
    pub(super) fn step(
        &mut self,
        asks: bool,
        address: u32,
        latency: u16,
        env: &mut impl Environment,
    ) -> Response {
        let missed = self.misses;
        let response = if asks { self.ask(address, env) } else { Response::Idle };
        self.fill = match self.fill {
            Some(fill) => fill.step(latency, env),
            None => missed.then_some(Fill { first: self.last, age: 0 }),
        };
        self.last = address;
        response
    }

    fn ask(&mut self, address: u32, env: &mut impl Environment) -> Response {
        self.misses = !env.probe(address);
        if self.misses { Response::Late } else { Response::Word(env.fetch(address)) }
    }
}

impl Fill {
    /// One clock: a word is requested in each of the first cycles, and each answered `latency` later.
    fn step(self, latency: u16, env: &mut impl Environment) -> Option<Self> {
        let Self { first, age } = self;
        if let Some(word) = age.checked_sub(latency) {
            let place = (first + u32::from(word)) % u32::from(LINE);
            env.fill(first / u32::from(LINE) * u32::from(LINE) + place, first);
        }
        (age + 1 < LINE + latency).then_some(Self { first, age: age + 1 })
    }
}
