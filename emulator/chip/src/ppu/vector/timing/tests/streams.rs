//! Random instruction streams, with slow buses too, against the simulated hardware: back pressure at the scheduler, every bus access
//! and the end.

use super::*;

/// One stream of `tests/data/vector_streams.txt`, whose head describes the lines.
#[derive(Default)]
struct Stream {
    delays: [u16; 4],
    issues: Vec<(u32, u32)>,
    memory: Vec<(u32, u32)>,
    parallel: Vec<u32>,
    empty: u32,
}

fn number(text: &str) -> u32 {
    text.parse().expect("a decimal number")
}

fn pair<'a>(text: &'a str, separator: &str) -> (&'a str, &'a str) {
    text.split_once(separator).expect("a pair")
}

fn streams() -> Vec<Stream> {
    let text = include_str!("../../../../../tests/data/vector_streams.txt");
    let mut streams = Vec::<Stream>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut items = line.split(' ').filter(|item| !item.is_empty());
        let kind = items.next().expect("a keyword");
        if kind == "bus" {
            streams.push(Stream::default());
        }
        let stream = streams.last_mut().expect("a stream begins with its buses");
        match kind {
            "bus" => {
                stream.delays.iter_mut().for_each(|delay| *delay = number(items.next().expect("four")) as u16)
            }
            "issue" => stream.issues.extend(items.map(|item| {
                let (cycle, word) = pair(item, ":");
                (number(cycle), u32::from_str_radix(word, 16).expect("a word"))
            })),
            "memory" => stream.memory.extend(items.map(|item| {
                let (first, last) = pair(item, "..");
                (number(first), number(last))
            })),
            "parallel" => stream.parallel.extend(items.map(number)),
            _ => stream.empty = number(items.next().expect("a cycle")),
        }
    }
    streams
}

fn cycles(bench: &Bench, kind: &str) -> Vec<u32> {
    bench.events.iter().filter(|event| event.1 == kind).map(|event| event.0).collect()
}

fn run(stream: &Stream) -> Bench {
    let [memory_accept, memory_response, accept, response] = stream.delays;
    let mut bench = Bench {
        memory: Delay { accept: memory_accept, response: memory_response },
        parallel: Delay { accept, response },
        ..Bench::default()
    };
    let mut previous = None;
    for &(cycle, word) in &stream.issues {
        while bench.cycle < cycle {
            let held = previous.is_some_and(|previous| bench.cycle > previous);
            assert!(!(held && bench.timing.ready()), "{word:08x} was held back in cycle {}", bench.cycle);
            bench.step();
        }
        let class = VectorClass::decode(word).expect("a vector instruction");
        assert_eq!(bench.issue(class), cycle, "{word:08x}");
        previous = Some(cycle);
    }
    bench.halt();
    bench
}

#[test]
fn random_streams() {
    let streams = streams();
    assert!(streams.len() > 15, "{} streams", streams.len());
    for stream in &streams {
        let bench = run(stream);
        let beats = cycles(&bench, "beat");
        let transfers: Vec<(u32, u32)> = beats.chunks(32).map(|words| (words[0], words[31])).collect();
        assert_eq!(transfers, stream.memory);
        assert_eq!(cycles(&bench, "parallel"), stream.parallel);
        assert_eq!(bench.cycle, stream.empty);
    }
}

/// A copy taken in the middle, and one that went through text, go on alike; slots are free at the end.
#[test]
fn copies_go_on_alike() {
    for stream in &streams() {
        let mut whole = Bench::default();
        stream.issues.iter().take(6).for_each(|&(_, word)| {
            whole.issue(VectorClass::decode(word).expect("a vector instruction"));
        });
        let text = ron::to_string(&whole.timing).expect("it serialises");
        let read: VectorTiming = ron::from_str(&text).expect("it reads back");
        assert_eq!(read, whole.timing);
        let mut copy = Bench { timing: read, used: whole.used, cycle: whole.cycle, ..Bench::default() };
        assert_eq!(copy.halt(), whole.halt());
        assert!(
            copy.timing.is_idle()
                && copy.timing == VectorTiming { arbiter: copy.timing.arbiter, ..Default::default() }
        );
        assert_eq!(copy.used, 0);
    }
}
