//! One side of a connection as a state machine without clock and socket: frames and the time go in, datagrams and the time of
//! the next call come out. Numbers are cumulative: an acknowledge of `n` acknowledges everything up to `n`.
//!
//! A frame is acknowledged when the layer above takes its packet, not when it arrives. So a layer above that takes nothing
//! closes the window of the other side, and memory stays bounded by two windows.

use super::counters::EndpointCounters;
use super::frame::{Data, Frame};
use super::parameters::{
    Acknowledge, Behaviour, Congestion, MAX_WORDS, NOTHING_RECEIVED, SEQUENCE_NUMBERS, WINDOW,
};
use super::resend::ResendTime;
use std::collections::VecDeque;

/// Window up to which every acknowledge adds a frame; above it takes as many acknowledges as the window has frames
/// (electronicvisions sctrltp: congestion avoidance of the client).
const QUICK_GROWTH: u32 = 64;

/// Words with what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// What they are for.
    pub pid: u16,
    /// 1..=180 words.
    pub words: Vec<u64>,
}

/// A frame that is not acknowledged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    data: Data,
    /// When it was first and when it was last sent.
    first_us: u64,
    last_us: u64,
}

/// One side of a connection. Times are in microseconds since any fixed moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    behaviour: Behaviour,
    /// Number of the next new frame.
    next: u32,
    /// Frames not acknowledged yet, in the order of their numbers.
    sent: VecDeque<Sent>,
    /// Packets without a number yet.
    waiting: VecDeque<Packet>,
    /// Frames that may be on their way under congestion avoidance.
    window: u32,
    /// Acknowledges since the window last grew, while it grows slowly.
    growth: u32,
    /// After a loss: no new frames before all old ones are acknowledged.
    draining: bool,
    /// After how long a frame counts as lost.
    resend_time: ResendTime,
    /// Number of the last packet taken.
    taken: u32,
    /// Packets that arrived and are not taken, by number.
    arrived: Vec<Option<Packet>>,
    /// When an acknowledge is to be sent at the latest.
    owed_us: Option<u64>,
    /// When the last acknowledge was sent.
    acked_us: Option<u64>,
    /// When the other side was last heard of.
    heard_us: u64,
    counters: EndpointCounters,
    /// Space for a datagram.
    buffer: Vec<u8>,
}

fn distance(from: u32, to: u32) -> u32 {
    to.wrapping_sub(from) % SEQUENCE_NUMBERS
}

impl Endpoint {
    /// A side after a reset at `now_us`.
    #[must_use]
    pub fn new(behaviour: Behaviour, now_us: u64) -> Endpoint {
        Endpoint {
            behaviour,
            next: 0,
            sent: VecDeque::new(),
            waiting: VecDeque::new(),
            window: 1,
            growth: 0,
            draining: false,
            resend_time: ResendTime::default(),
            taken: NOTHING_RECEIVED,
            arrived: vec![None; SEQUENCE_NUMBERS as usize],
            owed_us: None,
            acked_us: None,
            heard_us: now_us,
            counters: EndpointCounters::default(),
            buffer: Vec::new(),
        }
    }

    /// What was counted.
    #[must_use]
    pub fn counters(&self) -> EndpointCounters {
        self.counters
    }

    /// Packets that [`Endpoint::send`] takes now.
    #[must_use]
    pub fn room(&self) -> usize {
        self.behaviour.queue.saturating_sub(self.waiting.len())
    }

    /// Whether everything sent is acknowledged.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    /// For how long the other side has owed an answer and was silent, in microseconds.
    #[must_use]
    pub fn silence(&self, now_us: u64) -> u64 {
        let since = |first: &Sent| now_us.saturating_sub(first.first_us.max(self.heard_us));
        self.sent.front().map_or(0, since)
    }

    /// Queues a packet of 1..=180 words; returns whether there was room.
    pub fn send(&mut self, packet: Packet) -> bool {
        let fits = self.room() > 0 && (1..=MAX_WORDS).contains(&packet.words.len());
        if fits {
            self.waiting.push_back(packet);
        }
        fits
    }

    /// Takes in a frame of the other side.
    pub fn receive(&mut self, frame: Frame, now_us: u64) {
        self.heard_us = now_us;
        match frame {
            Frame::Ack(ack) => {
                self.counters.acks_received += 1;
                self.acknowledged(ack, now_us);
            }
            Frame::Data(data) => {
                self.counters.received += 1;
                self.acknowledged(data.ack, now_us);
                self.arrive(data, now_us);
            }
        }
    }

    /// Releases the frames up to number `ack`.
    fn acknowledged(&mut self, ack: u32, now_us: u64) {
        let Some(first) = self.sent.front() else { return };
        let frames = distance(first.data.sequence, ack).wrapping_add(1) % SEQUENCE_NUMBERS;
        if frames == 0 || frames as usize > self.sent.len() {
            return;
        }
        // Behind a frame that was sent again the others waited for it: their round trips are not the network's.
        let once = self.sent.iter().take(frames as usize).all(|sent| sent.first_us == sent.last_us);
        if let Some(last) = self.sent.drain(..frames as usize).next_back().filter(|_| once) {
            self.resend_time.sample(now_us.saturating_sub(last.first_us));
        }
        self.grow();
    }

    fn grow(&mut self) {
        if self.draining && self.sent.is_empty() {
            (self.draining, self.window, self.growth) = (false, 1, 0);
        } else if self.window < QUICK_GROWTH {
            self.window += 1;
        } else {
            self.growth += 1;
            if self.growth >= self.window {
                (self.window, self.growth) = (WINDOW.min(self.window + 1), 0);
            }
        }
    }

    /// Keeps a frame of the window until its turn; everything else was here before.
    fn arrive(&mut self, data: Data, now_us: u64) {
        let ahead = distance(self.taken + 1, data.sequence);
        let slot = &mut self.arrived[data.sequence as usize];
        if ahead >= WINDOW || slot.is_some() {
            self.counters.duplicates += 1;
        } else {
            self.counters.early += u64::from(ahead > 0);
            *slot = Some(Packet { pid: data.pid, words: data.words });
        }
        self.owe(now_us);
    }

    /// Notes that an acknowledge is to be sent.
    fn owe(&mut self, now_us: u64) {
        let due = match (self.behaviour.acknowledge, self.acked_us) {
            (Acknowledge::Delayed(us), Some(last)) => now_us.max(last + us),
            _ => now_us,
        };
        self.owed_us = Some(self.owed_us.map_or(due, |owed| owed.min(due)));
    }

    /// The next packet in order, if it is here.
    #[must_use]
    pub fn peek(&self) -> Option<&Packet> {
        self.arrived[((self.taken + 1) % SEQUENCE_NUMBERS) as usize].as_ref()
    }

    /// Takes the next packet in order, which acknowledges it.
    pub fn take(&mut self, now_us: u64) -> Option<Packet> {
        let next = (self.taken + 1) % SEQUENCE_NUMBERS;
        let packet = self.arrived[next as usize].take()?;
        self.taken = next;
        self.counters.words_received += packet.words.len() as u64;
        self.owe(now_us);
        Some(packet)
    }

    /// Hands every datagram that is due to `transmit` and returns when to call again at the latest, if anything is to come.
    pub fn poll(&mut self, now_us: u64, transmit: &mut dyn FnMut(&[u8])) -> Option<u64> {
        let told = self.resend(now_us, transmit) | self.send_new(now_us, transmit);
        if told {
            (self.owed_us, self.acked_us) = (None, Some(now_us));
        } else if self.owed_us.is_some_and(|due| due <= now_us) {
            (self.owed_us, self.acked_us) = (None, Some(now_us));
            self.counters.acks_sent += 1;
            Frame::Ack(self.taken).encode(&mut self.buffer);
            transmit(&self.buffer);
        }
        let patient = self.silence(now_us) < self.behaviour.patience_us;
        let resend = self.resend_us().filter(|_| patient);
        resend.into_iter().chain(self.owed_us).min()
    }

    /// When the first frame that is not acknowledged is to be sent again.
    fn resend_us(&self) -> Option<u64> {
        let first = self.sent.front()?;
        Some(first.last_us + self.resend_time.us(&self.behaviour))
    }

    /// Sends the first frame again if it was not acknowledged in time. Those behind it cannot be acknowledged before it, so their
    /// silence says nothing yet; their turn comes when they are first.
    fn resend(&mut self, now_us: u64, transmit: &mut dyn FnMut(&[u8])) -> bool {
        let due = self.resend_us().is_some_and(|due| due <= now_us);
        if !due || self.silence(now_us) >= self.behaviour.patience_us {
            return false;
        }
        let Some(first) = self.sent.front_mut() else { return false };
        first.last_us = now_us;
        first.data.ack = self.taken;
        first.data.encode(&mut self.buffer);
        transmit(&self.buffer);
        self.resend_time.expired();
        self.counters.resent += 1;
        self.draining = true;
        true
    }

    /// Frames that may be on their way.
    fn limit(&self) -> usize {
        match self.behaviour.congestion {
            Congestion::Ignored => WINDOW as usize,
            Congestion::Avoided if self.draining => 0,
            Congestion::Avoided => self.window as usize,
        }
    }

    /// Sends waiting packets as far as the window allows.
    fn send_new(&mut self, now_us: u64, transmit: &mut dyn FnMut(&[u8])) -> bool {
        let mut any = false;
        while self.sent.len() < self.limit() {
            let Some(Packet { pid, words }) = self.waiting.pop_front() else { break };
            self.counters.sent += 1;
            self.counters.words_sent += words.len() as u64;
            let data = Data { ack: self.taken, sequence: self.next, pid, words };
            self.next = (self.next + 1) % SEQUENCE_NUMBERS;
            data.encode(&mut self.buffer);
            transmit(&self.buffer);
            self.sent.push_back(Sent { data, first_us: now_us, last_us: now_us });
            any = true;
        }
        any
    }
}
