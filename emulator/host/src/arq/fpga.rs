//! The FPGA's side of the protocol without clock and socket: resets, loopback, and the playback memory between network and
//! executor.

use super::counters::{EndpointCounters, FpgaCounters};
use super::endpoint::{Endpoint, Packet};
use super::frame::{Frame, decode_reset};
use super::info;
use super::parameters::{Behaviour, MAX_WORDS, pid};
use std::collections::VecDeque;

/// Words of the playback memory: 32 MiB (electronicvisions fisch: include/fisch/vx/constants.h).
pub const PLAYBACK_WORDS: usize = 4 << 20;

/// Most words of an order to the emulator.
const MAX_ORDER_WORDS: u64 = 1 << 12;

/// Whether an order is here in full. One that is too long is cut, so that it will be refused.
fn is_complete(order: &[u64]) -> bool {
    order.first().is_some_and(|words| order.len() as u64 > (*words).min(MAX_ORDER_WORDS))
}

/// State of the FPGA's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FpgaSide {
    answer: Vec<Packet>,
    capacity: usize,
    /// Nobody is connected before the first reset.
    endpoint: Option<Endpoint>,
    playback: VecDeque<u64>,
    /// An order to the emulator that comes before what is in the playback memory, as far as it is here: the number of words
    /// that follow, then these.
    order: Vec<u64>,
    counters: FpgaCounters,
    /// What was counted in earlier connections.
    earlier: EndpointCounters,
}

impl FpgaSide {
    /// An FPGA after power-up that says `text` about itself and has a playback memory of `capacity` words.
    #[must_use]
    pub fn new(text: &str, capacity: usize) -> FpgaSide {
        FpgaSide {
            answer: info::answer(text),
            capacity,
            endpoint: None,
            playback: VecDeque::new(),
            order: Vec::new(),
            counters: FpgaCounters::default(),
            earlier: EndpointCounters::default(),
        }
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> FpgaCounters {
        self.counters
    }

    /// What was counted on all connections together.
    #[must_use]
    pub fn traffic(&self) -> EndpointCounters {
        let mut sum = self.earlier;
        sum += self.endpoint.as_ref().map(Endpoint::counters).unwrap_or_default();
        sum
    }

    /// Counts a datagram of somebody who is not connected.
    pub fn count_stranger(&mut self) {
        self.counters.strangers += 1;
    }

    /// Takes in a datagram of the reset port; returns whether it was a reset, after which everything begins anew.
    pub fn receive_reset(&mut self, bytes: &[u8], now_us: u64) -> bool {
        if decode_reset(bytes).is_err() {
            self.counters.malformed += 1;
            return false;
        }
        self.earlier = self.traffic();
        self.counters.resets += 1;
        self.counters.words_discarded += self.playback.len() as u64;
        self.playback = VecDeque::new();
        self.order = Vec::new();
        let endpoint = self.endpoint.insert(Endpoint::new(Behaviour::FPGA, now_us));
        self.answer.iter().for_each(|packet| {
            endpoint.send(packet.clone());
        });
        true
    }

    /// Takes in a datagram of the data port.
    pub fn receive(&mut self, bytes: &[u8], now_us: u64) {
        let Some(endpoint) = &mut self.endpoint else {
            self.counters.strangers += 1;
            return;
        };
        match Frame::decode(bytes) {
            Ok(frame) => endpoint.receive(frame, now_us),
            Err(_) => self.counters.malformed += 1,
        }
        self.accept(now_us);
    }

    /// Takes packets as long as there is room for what they ask for.
    fn accept(&mut self, now_us: u64) {
        let Some(endpoint) = &mut self.endpoint else { return };
        while let Some(packet) = endpoint.peek() {
            let room = match packet.pid {
                pid::UT_STREAM => self.playback.len() + packet.words.len() <= self.capacity,
                pid::LOOPBACK => endpoint.room() > 0,
                pid::EMULATOR => !is_complete(&self.order) && self.playback.is_empty(),
                _ => true,
            };
            if !room {
                self.counters.held_back += 1;
                return;
            }
            let Some(packet) = endpoint.take(now_us) else { return };
            match packet.pid {
                pid::UT_STREAM => self.playback.extend(&packet.words),
                pid::EMULATOR => self.order.extend(packet.words),
                pid::LOOPBACK => {
                    self.counters.loopbacks += 1;
                    endpoint.send(packet);
                }
                pid::FLUSH => self.counters.flushes += 1,
                _ => self.counters.unknown_pids += 1,
            }
        }
    }

    /// Words in the playback memory.
    #[must_use]
    pub fn pending_words(&self) -> usize {
        self.playback.len()
    }

    /// Whether there is something for the executor.
    #[must_use]
    pub fn has_work(&self) -> bool {
        is_complete(&self.order) || !self.playback.is_empty()
    }

    /// Takes the order to the emulator that comes next, if one does.
    pub fn take_order(&mut self) -> Option<Vec<u64>> {
        is_complete(&self.order).then(|| self.order.drain(..).skip(1).collect())
    }

    /// Moves up to `most` words from the playback memory to the end of `out`.
    pub fn take_words(&mut self, most: usize, out: &mut Vec<u64>) {
        let words = most.min(self.playback.len());
        out.extend(self.playback.drain(..words));
    }

    /// Queues as many of the words as there is room for and returns how many that were. Frames are as full as can be.
    pub fn send(&mut self, pid: u16, words: &[u64]) -> usize {
        let Some(endpoint) = &mut self.endpoint else { return words.len() };
        let taken = words.len().min(endpoint.room() * MAX_WORDS);
        for packet in info::packets(pid, &words[..taken]) {
            endpoint.send(packet);
        }
        taken
    }

    /// Whether nothing is on its way to the host.
    #[must_use]
    pub fn all_arrived(&self) -> bool {
        self.endpoint.as_ref().is_none_or(Endpoint::is_idle)
    }

    /// Hands every datagram that is due to `transmit` and returns when to call again at the latest, if anything is to come.
    pub fn poll(&mut self, now_us: u64, transmit: &mut dyn FnMut(&[u8])) -> Option<u64> {
        self.accept(now_us);
        self.endpoint.as_mut()?.poll(now_us, transmit)
    }
}
