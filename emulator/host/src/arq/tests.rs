//! The protocol against recorded frames, random bytes, and a network that loses, repeats, reorders and cuts datagrams. The
//! recorded frames are those exchanged with the unmodified client of electronicvisions sctrltp.

use super::fpga::FpgaSide;
use super::info::{answer, packets, text_of_answer, words_from_text};
use super::parameters::{Behaviour, WINDOW, pid};
use super::*;
use hx_chip::random::{extend, mix};
use proptest::prelude::*;
use std::collections::VecDeque;

const INFO: &str = "version: 4\ncompatible_until: 4\n";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn sent(side: &mut FpgaSide, now_us: u64) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    side.poll(now_us, &mut |bytes| datagrams.push(bytes.to_vec()));
    datagrams
}

#[test]
fn the_handshake_is_the_recorded_one() {
    let mut side = FpgaSide::new(INFO, 1000);
    side.receive(&hex("00000000"), 0);
    assert_eq!(sent(&mut side, 0), Vec::<Vec<u8>>::new(), "nobody is connected before a reset");
    assert!(!side.receive_reset(&hex("abababac"), 0));
    assert!(side.receive_reset(&hex("abababab"), 0));
    let configuration =
        hex("000000ff 00000000 8002 0008 0000000000000100 0000000000000080 00000000000000b4 0000000000000004
         76657273696f6e3a 20340a636f6d7061 7469626c655f756e 74696c3a20340a00");
    assert_eq!(sent(&mut side, 0), std::slice::from_ref(&configuration));
    assert_eq!(sent(&mut side, 500), Vec::<Vec<u8>>::new());
    assert_eq!(sent(&mut side, 1500), [configuration], "sent again until acknowledged");
    side.receive(&hex("00000000"), 1600);
    side.receive(&hex("00000000 00000000 8001 0001 0123456789abcdef"), 1700);
    assert_eq!(sent(&mut side, 1700), [hex("00000000 00000001 8001 0001 0123456789abcdef")]);
    side.receive(&hex("00000001 00000001 0010 0002 0a00000000000001 0a00000000000000"), 1800);
    let mut words = Vec::new();
    side.take_words(10, &mut words);
    assert_eq!(words, [0x0a00_0000_0000_0001, 0x0a00_0000_0000_0000]);
    assert_eq!(sent(&mut side, 1800), [hex("00000001")]);
    side.send(pid::UT_STREAM, &[0x0200_0000_0000_0001, 0x0200_0000_0000_0000]);
    let answer = hex("00000001 00000002 0010 0002 0200000000000001 0200000000000000");
    assert_eq!(sent(&mut side, 1900), [answer]);
    // A packet of unknown purpose is acknowledged and ignored, a repetition acknowledged again.
    for count in 1..3 {
        side.receive(&hex("00000002 00000002 8003 0001 0000000000000000"), 2000);
        assert_eq!(sent(&mut side, 2000), [hex("00000002")]);
        assert_eq!((side.counters().unknown_pids, side.traffic().duplicates), (1, count - 1));
    }
    assert!(side.all_arrived());
}

#[test]
fn long_descriptions_take_several_frames() {
    let text = "x: 1234567\n".repeat(400);
    let packets = answer(&text);
    assert_eq!(packets.len(), (4 + text.len() / 8 + 1).div_ceil(180));
    let words: Vec<u64> = packets.iter().flat_map(|packet| packet.words.clone()).collect();
    assert_eq!(text_of_answer(&words[..200]), Ok(None));
    assert_eq!(text_of_answer(&words), Ok(Some(text)));
    assert_eq!(words_from_text("12345678"), [0x3132_3334_3536_3738, 0]);
    assert!(text_of_answer(&[255, 128, 180, 0]).is_err());
    assert!(text_of_answer(&[256, 128, 180, u64::MAX]).is_err());
    assert!(text_of_answer(&[256]).is_err());
}

#[test]
fn malformed_frames_are_told_apart() {
    let error = |text: &str| Frame::decode(&hex(text)).unwrap_err();
    assert_eq!(error(""), FrameError::Length { bytes: 0 });
    assert_eq!(error("00 00 00 00 00"), FrameError::Length { bytes: 5 });
    assert_eq!(error("00000100"), FrameError::Ack { number: 256 });
    assert_eq!(error("00000000 00000000 0010 0000"), FrameError::Size { words: 0 });
    assert_eq!(error("00000000 00000000 0010 00b5"), FrameError::Size { words: 181 });
    assert_eq!(error("00000000 00000100 0010 0001 0000000000000000"), FrameError::Sequence { number: 256 });
    let bytes = 20;
    assert_eq!(error("00000000 00000000 0010 0002 0000000000000000"), FrameError::Words { bytes, words: 2 });
}

#[test]
fn a_full_memory_closes_the_window_and_opens_it_again() {
    let mut side = FpgaSide::new(INFO, 4);
    side.receive_reset(&hex("abababab"), 0);
    sent(&mut side, 0);
    for sequence in 0..3u8 {
        let mut frame = hex("00000000 00000000 0010 0002 0a00000000000001 0a00000000000000");
        frame[7] = sequence;
        side.receive(&frame, 10);
    }
    assert_eq!(sent(&mut side, 10), [hex("00000001")], "the third frame has no place");
    let mut words = Vec::new();
    side.take_words(2, &mut words);
    assert_eq!(sent(&mut side, 20), [hex("00000002")]);
    assert_eq!((side.pending_words(), side.counters().held_back > 0), (4, true));
}

#[test]
fn a_host_that_vanished_is_not_bothered_for_ever() {
    let mut side = FpgaSide::new(INFO, 1000);
    side.receive_reset(&hex("abababab"), 0);
    let mut datagrams = 0;
    let mut due = Some(0);
    while let Some(now) = due {
        due = side.poll(now, &mut |_| datagrams += 1);
    }
    assert!((200..6000).contains(&datagrams), "{datagrams} frames within 5 s");
    // Words for it are kept within bounds; whoever comes next finds the place empty.
    assert!((0..10).map(|_| side.send(pid::UT_STREAM, &[0; 180 * 200])).sum::<usize>() <= 180 * 256);
    assert!(side.receive_reset(&hex("abababab"), 9_000_000));
    assert_eq!(sent(&mut side, 9_000_000).len(), 1);
}

/// A network in virtual time.
struct Network {
    random: u64,
    /// Arrival, tie-breaker, towards the FPGA, bytes.
    flying: Vec<(u64, u64, bool, Vec<u8>)>,
    bad: bool,
}

impl Network {
    fn roll(&mut self, sides: u64) -> u64 {
        self.random = extend(self.random, 1);
        mix(self.random) % sides
    }

    fn send(&mut self, now: u64, to_fpga: bool, bytes: &[u8]) {
        let copies = if !self.bad { 1 } else { [0, 2, 1, 1, 1, 1, 1, 1, 1, 1][self.roll(10) as usize] };
        for _ in 0..copies {
            let mut bytes = bytes.to_vec();
            if self.bad && self.roll(20) == 0 {
                // The checksum of UDP finds other damage.
                bytes.truncate(bytes.len() - 1);
            }
            let delay = if self.bad { 20 + self.roll(400) } else { 20 };
            let order = self.roll(1 << 32);
            self.flying.push((now + delay, order, to_fpga, bytes));
        }
    }
}

/// Sends words both ways at once through a network and returns what arrived with the time it took.
fn exchange(seed: u64, bad: bool, frames: usize) -> (Vec<u64>, Vec<u64>, u64) {
    let mut network = Network { random: seed, flying: Vec::new(), bad };
    let mut host = Endpoint::new(Behaviour::HOST, 0);
    let mut fpga = Endpoint::new(Behaviour::FPGA, 0);
    let size = 1 + mix(seed) as usize % 180;
    let words = frames * size;
    let stream: Vec<u64> = (0..words as u64).collect();
    let mut to_send = [
        stream.chunks(size).collect::<Vec<_>>().into_iter(),
        stream.chunks(size).collect::<Vec<_>>().into_iter(),
    ];
    let (mut now, mut arrived) = (0, [Vec::new(), Vec::new()]);
    while arrived.iter().any(|arrived| arrived.len() < words) || !host.is_idle() || !fpga.is_idle() {
        assert!(now < 60_000_000, "stuck after {} and {} words", arrived[0].len(), arrived[1].len());
        let mut next = None;
        for (to_fpga, side) in [(true, &mut host), (false, &mut fpga)] {
            while side.room() > 0 {
                let Some(words) = to_send[usize::from(to_fpga)].next() else { break };
                assert!(side.send(Packet { pid: pid::UT_STREAM, words: words.to_vec() }));
            }
            let due = side.poll(now, &mut |bytes| network.send(now, to_fpga, bytes));
            next = next.into_iter().chain(due).min();
        }
        let first = network.flying.iter().map(|datagram| datagram.0).min();
        now = next.into_iter().chain(first).min().unwrap_or(now).max(now + 1);
        network.flying.sort();
        let landed = network.flying.partition_point(|datagram| datagram.0 <= now);
        for (_, _, to_fpga, bytes) in network.flying.drain(..landed) {
            let side = if to_fpga { &mut fpga } else { &mut host };
            if let Ok(frame) = Frame::decode(&bytes) {
                side.receive(frame, now);
            }
            while let Some(packet) = side.take(now) {
                arrived[usize::from(to_fpga)].extend(packet.words);
            }
        }
    }
    assert!(arrived.iter().all(|arrived| *arrived == stream), "both streams arrive intact");
    let [from, to] = arrived;
    (to, from, now)
}

#[test]
fn streams_survive_a_bad_network() {
    for seed in 0..12 {
        let (to, from, bad_us) = exchange(seed, true, 600);
        assert!(to.len() >= 600 && to.len() == from.len());
        let (_, _, good_us) = exchange(seed, false, 600);
        assert!(good_us < bad_us);
        assert_eq!(exchange(seed, true, 600).2, bad_us, "the same seed gives the same exchange");
    }
}

#[test]
fn long_round_trips_cost_few_repetitions() {
    // A host under load acknowledges 5 ms late; the shortest resend time is 1 ms.
    let mut fpga = Endpoint::new(Behaviour::FPGA, 0);
    let mut due: VecDeque<(u64, u32)> = VecDeque::new();
    let (mut now, mut queued) = (0, 0);
    while queued < 20_000 || !fpga.is_idle() {
        while queued < 20_000 && fpga.send(Packet { pid: pid::UT_STREAM, words: vec![queued] }) {
            queued += 1;
        }
        let next = fpga.poll(now, &mut |bytes| match Frame::decode(bytes) {
            Ok(Frame::Data(data)) => due.push_back((now + 5000, data.sequence)),
            other => panic!("{other:?}"),
        });
        now = next.into_iter().chain(due.front().map(|ack| ack.0)).min().unwrap_or(now).max(now);
        while due.front().is_some_and(|ack| ack.0 <= now) {
            let (_, sequence) = due.pop_front().expect("there is one");
            fpga.receive(Frame::Ack(sequence), now);
        }
    }
    let EndpointCounters { sent, resent, .. } = fpga.counters();
    assert_eq!(sent, 20_000);
    assert!(resent < 10, "{resent} of {sent} frames were sent again");
}

#[test]
fn the_window_is_never_exceeded() {
    for behaviour in [Behaviour::HOST, Behaviour::FPGA] {
        let mut side = Endpoint::new(behaviour, 0);
        packets(pid::UT_STREAM, &[7; 180 * 128]).for_each(|packet| assert!(side.send(packet)));
        assert!(!side.send(Packet { pid: 1, words: vec![0] }), "the queue is bounded");
        let mut frames = 0;
        side.poll(0, &mut |_| frames += 1);
        assert!((1..=WINDOW).contains(&frames));
        packets(pid::UT_STREAM, &[7; 180 * 128])
            .for_each(|packet| assert!(side.send(packet) || side.room() == 0));
        side.poll(1, &mut |_| frames += 1);
        assert!(frames <= WINDOW);
        for sequence in 0..frames {
            side.receive(Frame::Ack(sequence), 2);
        }
        side.receive(Frame::Ack(200), 3);
        assert_eq!(side.counters().acks_received, u64::from(frames) + 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(frame) = Frame::decode(&bytes) {
            let mut out = Vec::new();
            frame.encode(&mut out);
            prop_assert_eq!(out, bytes);
        }
    }

    #[test]
    fn frames_survive(ack in 0u32..256, sequence in 0u32..256, pid: u16,
                      words in prop::collection::vec(any::<u64>(), 1..=180)) {
        let frame = Frame::Data(Data { ack, sequence, pid, words });
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        prop_assert_eq!(Frame::decode(&bytes), Ok(frame.clone()));
        prop_assert!(Frame::decode(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn anything_may_arrive(frames in prop::collection::vec(
        (0u32..300, 0u32..300, prop::sample::select(vec![0x10u16, 0x8000, 0x8001, 0x8002, 0x4858, 7]),
         0u16..4, prop::collection::vec(any::<u8>(), 0..40)), 0..200)) {
        let mut side = FpgaSide::new(INFO, 64);
        side.receive_reset(&[0xab; 4], 0);
        for (now, (ack, sequence, pid, len, more)) in frames.into_iter().enumerate() {
            let mut bytes = [&ack.to_be_bytes()[..], &sequence.to_be_bytes(), &pid.to_be_bytes(), &len.to_be_bytes()].concat();
            bytes.resize(12 + 8 * usize::from(len), 1);
            side.receive(&bytes, now as u64);
            side.receive(&more, now as u64);
            side.poll(now as u64, &mut |bytes| assert!(Frame::decode(bytes).is_ok()));
            prop_assert!(side.pending_words() <= 64);
        }
    }
}
