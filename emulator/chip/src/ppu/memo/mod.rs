//! The timing machine with a memory of what it did.
//!
//! The machine is a pure function of its state and of the answers it gets. So a stretch of cycles can be remembered as a list of
//! what is to be done and when ([`node::Node`]), and be done again without stepping the machine whenever it is in the same state.
//! Where an answer differs (a branch goes the other way), another node follows. A steady loop becomes a ring of nodes. All of this
//! is made by the machine itself, so that it cannot differ from it; states inside a node are got by stepping from its beginning with
//! the remembered answers.
//!
//! What is remembered rests on the instruction words: those in the SRAM are watched, and everything is forgotten when one changes.
//! It also rests on there being no interrupt requests; the owner runs nodes only when none can come.

mod node;
mod play;
mod polling;
mod program;
mod quick;
mod record;
mod replay;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::node::{Changes, Exit, Node, NodeId};
use self::play::{Part, Played, play};
use self::polling::Lookout;
use self::program::Program;
use self::record::{Recorder, Recording, Volatile};
use super::calls::{Calls, is_sram};
use super::pipeline::{Machine, Requests};
use super::ports::{Observer, Port, Ports};

/// Cycles of a node at most, and before it may run into another.
const LONGEST: u16 = 192;
const SHORTEST: u16 = 48;
/// Things to be done that are remembered before everything is forgotten.
const CAPACITY: usize = 400_000;

/// A place inside a node.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    node: NodeId,
    offset: u16,
}

/// Why running on remembered nodes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// The clock stands at the limit.
    Limit,
    /// The next cycle has to be stepped.
    Step,
    /// The next cycle makes an access that is not yet allowed.
    Shared,
    /// Something was done on which it depends how far nodes may be run.
    Special,
}

/// The timing machine, what it did before, and where it is.
#[derive(Debug)]
pub(super) struct Timeline {
    machine: Machine,
    /// The place in a remembered node; then `machine` is out of date.
    cursor: Option<Cursor>,
    memory: Memory,
}

/// Everything remembered.
#[derive(Debug, Default)]
struct Memory {
    nodes: Vec<Node>,
    /// Nodes by the hash of their state.
    places: BTreeMap<u64, Vec<NodeId>>,
    /// Things to be done in all nodes.
    size: usize,
    volatile: Volatile,
    /// Our number as the SRAM's watcher.
    watcher: u64,
}

impl Timeline {
    pub(super) fn new(machine: Machine) -> Self {
        Self { machine, cursor: None, memory: Memory::default() }
    }

    /// The state of the machine.
    pub(super) fn machine(&self) -> Cow<'_, Machine> {
        match self.cursor {
            None => Cow::Borrowed(&self.machine),
            Some(cursor) => Cow::Owned(self.memory.state(cursor)),
        }
    }

    /// The machine itself, to be stepped.
    pub(super) fn machine_mut(&mut self) -> &mut Machine {
        if let Some(cursor) = self.cursor.take() {
            self.machine = self.memory.state(cursor);
        }
        &mut self.machine
    }

    /// Whether the core sleeps; it never does inside a node.
    pub(super) fn is_halted(&self) -> bool {
        match self.cursor {
            None => self.machine.is_halted(),
            Some(cursor) => cursor.offset == 0 && self.memory.node(cursor.node).start.is_halted(),
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.machine_mut();
        self.memory = Memory { volatile: std::mem::take(&mut self.memory.volatile), ..Memory::default() };
    }

    /// Takes note of what happened to the memory since the last time.
    pub(super) fn look_at(&mut self, ports: &mut impl Ports) {
        let sram = ports.sram();
        if sram.watcher() == self.memory.watcher && !sram.has_changed() && self.memory.size < CAPACITY {
            return;
        }
        let changed = sram.take_changed();
        changed.into_iter().for_each(|index| self.memory.volatile.add(index));
        self.forget();
        self.memory.watcher = ports.sram().start_watching();
    }
}

impl Clone for Timeline {
    /// A copy remembers nothing.
    fn clone(&self) -> Self {
        Self::new(self.machine().into_owned())
    }
}

impl PartialEq for Timeline {
    fn eq(&self, other: &Self) -> bool {
        self.machine() == other.machine()
    }
}

impl Serialize for Timeline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.machine().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timeline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Machine::deserialize(deserializer).map(Self::new)
    }
}

/// A small fast hash; its quality only decides about speed.
#[derive(Default)]
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

impl Memory {
    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    fn state(&self, cursor: Cursor) -> Machine {
        replay::state(self.node(cursor.node), cursor.offset, &[])
    }

    fn hash(machine: &Machine) -> u64 {
        let mut hasher = Fold::default();
        machine.hash(&mut hasher);
        hasher.finish()
    }

    fn find(&self, machine: &Machine) -> Option<NodeId> {
        let places = self.places.get(&Self::hash(machine))?;
        places.iter().copied().find(|&id| self.node(id).start == *machine)
    }

    fn find_or_make(&mut self, machine: Machine) -> NodeId {
        if let Some(id) = self.find(&machine) {
            return id;
        }
        let id = self.nodes.len() as NodeId;
        self.places.entry(Self::hash(&machine)).or_default().push(id);
        self.nodes.push(Node::new(machine));
        self.size += 16;
        id
    }

    /// The node after `offset` cycles of another in which answers were different.
    fn successor(&mut self, id: NodeId, offset: u16, changes: &Changes) -> NodeId {
        let exits = &self.node(id).exits;
        if let Some(exit) = exits.iter().find(|exit| exit.changes.as_slice() == changes.as_slice()) {
            return exit.next;
        }
        let next = self.find_or_make(replay::state(self.node(id), offset + 1, changes.as_slice()));
        self.nodes[id as usize].exits.push(Exit { changes: *changes, next });
        self.size += 4;
        next
    }
}

/// Whether the coming cycle makes an access outside the SRAM.
fn goes_outside<P: Ports, O: Observer>(machine: &Machine, calls: &Calls<'_, P, O>) -> bool {
    let data = machine.next_data_access() && calls.stores.next_data().is_some();
    let beat = machine.next_beat().is_some_and(|(key, word)| !is_sram(calls.stores.beat_address(key, word)));
    data || beat || machine.next_parallel().is_some()
}

/// Whether the coming cycle makes an access that others can see.
pub(super) fn would_share<P: Ports, O: Observer>(machine: &Machine, calls: &Calls<'_, P, O>) -> bool {
    let stores = &calls.stores;
    let data = machine.next_data_access().then(|| stores.next_data()).flatten();
    let beat = machine.next_beat().map(|(key, word)| stores.beat_address(key, word));
    let parallel = machine.next_parallel().map(|key| stores.address(key));
    let shares = |port, address: Option<u32>| address.is_some_and(|at| calls.ports.is_shared(port, at));
    shares(Port::Data, data) || shares(Port::Vector, beat) || shares(Port::Parallel, parallel)
}

/// Running on nodes.
impl Timeline {
    /// Runs until the clock, which is `calls.cycle`, stands at `limit`, or something else comes between.
    pub(super) fn run<P: Ports, O: Observer>(
        &mut self,
        calls: &mut Calls<'_, P, O>,
        limit: u64,
        shared_before: u64,
    ) -> Pause {
        let mut cursor = self
            .cursor
            .take()
            .unwrap_or_else(|| Cursor { node: self.memory.find_or_make(self.machine.clone()), offset: 0 });
        let mut lookout = Lookout::default();
        loop {
            let pause = self.advance(calls, &mut cursor, limit, shared_before);
            if let Some(pause) = pause {
                self.cursor = Some(cursor);
                return pause;
            }
            if cursor.offset == 0 {
                lookout.look(calls, cursor.node, limit);
            }
        }
    }

    /// Does a node, or what fits of it.
    #[inline]
    fn advance<P: Ports, O: Observer>(
        &mut self,
        calls: &mut Calls<'_, P, O>,
        cursor: &mut Cursor,
        limit: u64,
        shared_before: u64,
    ) -> Option<Pause> {
        if calls.cycle >= limit {
            return Some(Pause::Limit);
        }
        let node = self.memory.node(cursor.node);
        if cursor.offset == 0 {
            if node.slow {
                return Some(Pause::Step);
            }
            if node.outside && calls.cycle >= shared_before && would_share(&node.start, calls) {
                return Some(Pause::Shared);
            }
            if node.cycles == 0 {
                return self.record(calls, cursor, limit, shared_before);
            }
        }
        let Cursor { node: id, offset: from } = *cursor;
        let base = calls.cycle - u64::from(from);
        let to = (limit - base).min(u64::from(node.cycles)) as u16;
        let version = calls.predictor.version();
        let lean = node.settled == Some(version);
        let mut changes = Changes::default();
        let played = play(calls, node, Part { from, to, lean }, base, &mut changes);
        let done = |offset: u16| base + u64::from(offset) + 1;
        match played {
            Played::Done => {
                calls.cycle = base + u64::from(to);
                if to < node.cycles {
                    cursor.offset = to;
                    return None;
                }
                let (next, special) = (node.next, node.special);
                if from == 0 && !lean && calls.predictor.version() == version {
                    self.memory.nodes[id as usize].settled = Some(version);
                }
                *cursor = Cursor { node: next, offset: 0 };
                special.then_some(Pause::Special)
            }
            Played::Changed { offset } => {
                calls.cycle = done(offset);
                let next = self.memory.successor(id, offset, &changes);
                *cursor = Cursor { node: next, offset: 0 };
                (calls.special || calls.stray || calls.ends()).then_some(Pause::Special)
            }
            Played::Before { offset } => {
                calls.cycle = base + u64::from(offset);
                let start = self.memory.state(Cursor { node: id, offset });
                *cursor = Cursor { node: self.memory.find_or_make(start), offset: 0 };
                self.take_back(cursor.node);
                (offset == 0).then_some(Pause::Step)
            }
            Played::Stopped { offset } => {
                calls.cycle = done(offset);
                let start = self.memory.state(Cursor { node: id, offset: offset + 1 });
                *cursor = Cursor { node: self.memory.find_or_make(start), offset: 0 };
                Some(Pause::Special)
            }
        }
    }

    /// The first cycle of a node makes an access outside the SRAM that it did not make when it was remembered.
    fn take_back(&mut self, id: NodeId) {
        let node = &mut self.memory.nodes[id as usize];
        node.outside = true;
    }

    /// Steps the machine from the beginning of a node and remembers what happens.
    fn record<P: Ports, O: Observer>(
        &mut self,
        calls: &mut Calls<'_, P, O>,
        cursor: &mut Cursor,
        limit: u64,
        shared_before: u64,
    ) -> Option<Pause> {
        let mut machine = self.memory.node(cursor.node).start.clone();
        let outside = goes_outside(&machine, calls);
        if outside && calls.cycle >= shared_before && would_share(&machine, calls) {
            self.memory.nodes[cursor.node as usize].outside = true;
            return Some(Pause::Shared);
        }
        let mut recording = Recording::default();
        let mut cycles = 0;
        loop {
            recording.begin(cycles);
            let mut recorder = Recorder { calls, recording: &mut recording, volatile: &self.memory.volatile };
            machine.step(&Requests::default(), &mut recorder);
            calls.cycle += 1;
            cycles += 1;
            if cycles == LONGEST || self.ends(&machine, calls, cycles, limit) {
                break;
            }
        }
        let next = self.memory.find_or_make(machine);
        self.keep(cursor.node, recording, cycles, next, outside, calls.special);
        *cursor = Cursor { node: next, offset: 0 };
        let pauses = calls.special || calls.stray || calls.ends() || calls.ports.sram().has_changed();
        pauses.then_some(Pause::Special)
    }

    /// Whether what is remembered ends after a cycle.
    fn ends<P: Ports, O: Observer>(
        &self,
        machine: &Machine,
        calls: &mut Calls<'_, P, O>,
        cycles: u16,
        limit: u64,
    ) -> bool {
        calls.cycle >= limit
            || calls.special
            || calls.stray
            || calls.ends()
            || calls.ports.sram().has_changed()
            || machine.is_halted()
            || machine.is_disturbed()
            || goes_outside(machine, calls)
            || (cycles >= SHORTEST && self.memory.find(machine).is_some())
    }

    fn keep(
        &mut self,
        id: NodeId,
        recording: Recording,
        cycles: u16,
        next: NodeId,
        outside: bool,
        special: bool,
    ) {
        let Recording { ops, inputs, .. } = recording;
        let node = &mut self.memory.nodes[id as usize];
        node.lean = Program::new(ops.iter().filter(|op| !op.action.is_prediction()).copied());
        (node.full, node.inputs) = (Program::new(ops.into_iter()), inputs);
        (node.cycles, node.next, node.outside, node.special) = (cycles, next, outside, special);
        self.memory.size += node.full.size() + node.lean.size() + node.inputs.len();
    }
}
