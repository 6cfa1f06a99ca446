//! What the timing machine's calls do to the data of the processor.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::cache::InstructionCache;
use super::effect::{self, EffectKind};
use super::interrupt::Lines;
use super::pipeline::{Access, Environment, Interrupt, Outcome, Slot, Training, Unit};
use super::ports::{
    BusDelays, Delay, Issue, Notice, NoticeKind, Observer, Port, Ports, SRAM_ALIAS_END, SRAM_END,
};
use super::predictor::Predictor;
use super::scalar::{
    DecodeOptions, Decoded, ESR_PTR, Effect, Load, Registers, Store, Timers, execute, vector_operand,
};
use super::undo::Undo;
use super::vector::timing::{VectorClass, VectorUnit};
use super::vector::{ByteMask, Vector, VectorInstruction, VectorState};

/// Number of the last word of a vector load or store.
const LAST_BEAT: u8 = 31;
/// Number of the special purpose register that controls the pin interrupts.
const ICCR: u32 = 68;
/// Cycles from the issue of `mtmsr` to the first in which a new EE is seen.
const MTMSR_DELAY: u64 = 3;
/// The same for `rfi`.
const RETURN_DELAY: u64 = 2;

/// A scalar access that waits for its bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DataAccess {
    /// A load.
    Load(Load),
    /// A store.
    Store(Store),
    /// Misaligned: it will be dropped.
    Fault,
}

impl DataAccess {
    #[inline]
    fn address(&self) -> Option<u32> {
        match self {
            Self::Load(load) => Some(load.address),
            Self::Store(store) => Some(store.address),
            Self::Fault => None,
        }
    }
}

/// A vector instruction on its way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Operation {
    instruction: VectorInstruction,
    /// Address, or the value to splat.
    operand: u32,
    /// Byte enables.
    enables: ByteMask,
    /// Byte address of the instruction.
    from: u32,
    /// It reads something that was not there yet when it was asked for.
    late: bool,
}

/// A scalar access with the byte address of its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queued {
    access: DataAccess,
    from: u32,
}

/// Accesses and vector instructions on their way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stores {
    data: VecDeque<Queued>,
    /// Vector instructions by key.
    operations: [Option<Operation>; 32],
    /// What `fxvstax` and `fxvoutx` store, by key.
    stored: Vec<Vector>,
    /// The last load with update was misaligned, so that its second slot does nothing.
    spoiled: bool,
}

impl Default for Stores {
    fn default() -> Self {
        Self { data: VecDeque::new(), operations: [None; 32], stored: vec![Vector::ZERO; 32], spoiled: false }
    }
}

impl Stores {
    /// Byte address of the oldest scalar access, if it is outside the SRAM.
    #[inline]
    pub(super) fn next_data(&self) -> Option<u32> {
        self.data.front().and_then(|queued| queued.access.address()).filter(|&address| !is_sram(address))
    }

    /// Whether an instruction waits for what was not there when it asked.
    pub(super) fn awaits(&self) -> bool {
        self.operations.iter().flatten().any(|operation| operation.late)
    }

    /// Scalar accesses that wait, the oldest first.
    pub(super) fn queue(&self) -> &VecDeque<Queued> {
        &self.data
    }

    /// The oldest scalar access leaves the queue.
    #[inline]
    pub(super) fn take(&mut self) -> Option<DataAccess> {
        self.data.pop_front().map(|queued| queued.access)
    }

    /// A scalar access joins the queue.
    #[inline]
    pub(super) fn enqueue(&mut self, access: DataAccess, from: u32) {
        self.spoiled = false;
        self.data.push_back(Queued { access, from });
    }

    /// Address of a parallel access, or first address of a vector load or store.
    pub(super) fn address(&self, key: u8) -> u32 {
        self.operations[usize::from(key) % 32].map_or(0, |operation| operation.operand)
    }

    /// Byte address of a word of a vector load or store.
    pub(super) fn beat_address(&self, key: u8, word: u8) -> u32 {
        (self.address(key) & !3).wrapping_add(4 * u32::from(word))
    }
}

/// Whether a byte address is one of the SRAM's, which repeats up to 0x4000_0000.
#[inline]
pub(super) const fn is_sram(address: u32) -> bool {
    address < SRAM_ALIAS_END
}

/// Whether an instruction with an address writes.
fn stores(instruction: &VectorInstruction) -> bool {
    matches!(
        instruction.operation,
        hx_isa::instruction::Operation::FxvStax | hx_isa::instruction::Operation::FxvOutx
    )
}

/// The data of the processor in one cycle.
pub(super) struct Calls<'a, P, O> {
    pub cycle: u64,
    pub delays: &'a BusDelays,
    pub options: &'a DecodeOptions,
    pub registers: &'a mut Registers,
    pub timers: &'a mut Timers,
    pub vector: &'a mut VectorState,
    pub stores: &'a mut Stores,
    pub predictor: &'a mut Predictor,
    pub cache: &'a mut InstructionCache,
    pub lines: &'a mut Lines,
    pub undo: &'a mut Undo,
    pub issued: &'a mut u64,
    /// Interrupt taken in this cycle.
    pub taken: Option<Interrupt>,
    /// The observer wants to hear of every instruction.
    pub watched: bool,
    /// The observer wants to hear of every effect.
    pub effects: bool,
    /// The observer was told something.
    pub told: bool,
    /// Something happened on which it depends how far the core can run undisturbed.
    pub special: bool,
    /// Counts what leaves a trace or depends on the time.
    pub touched: u64,
    /// A branch that is not in memory got an entry of the predictor.
    pub stray: bool,
    pub ports: &'a mut P,
    pub observer: &'a mut O,
}

impl<P: Ports, O: Observer> Calls<'_, P, O> {
    fn read_instruction(&mut self, address: u32) -> u32 {
        let byte = address << 2;
        if is_sram(byte) {
            return self.ports.sram().word(address);
        }
        self.touched += 1;
        self.ports.fetch(byte)
    }

    fn access(&self, port: Port, address: u32, write: bool, sram: Delay) -> Access {
        match is_sram(address) {
            true => Access { sram: true, delay: sram },
            false => Access { sram: false, delay: self.ports.delay(self.cycle, port, address, write) },
        }
    }

    fn notice(&mut self, slot: &Slot, kind: NoticeKind) {
        let Slot { address, word, .. } = *slot;
        self.told = true;
        self.observer.notice(&Notice { cycle: self.cycle, address: address << 2, word, kind });
        // Nothing goes on behind a cycle in which the observer has seen enough.
        self.special |= self.observer.ends_run();
    }

    fn observe(&mut self, slot: &Slot, decoded: &Decoded) {
        *self.issued += u64::from(slot.number == 0);
        if self.watched {
            let Slot { address, word, number, timing } = *slot;
            let issue =
                Issue { cycle: self.cycle, address: address << 2, word, slot: number, unit: timing.unit() };
            self.observer.issue(&issue);
        }
        if let Some(kind) = decoded.notice(self.options) {
            self.notice(slot, kind);
        }
    }

    fn effect(&mut self, address: u32, kind: EffectKind) {
        if self.effects {
            self.told = true;
            self.observer.effect(&effect::Effect { cycle: self.cycle, address, kind });
        }
    }

    fn register_effects(&mut self, address: u32, before: &Registers) {
        let after = *self.registers;
        effect::differences(before, &after).for_each(|kind| self.effect(address, kind));
    }

    fn vector_effect(&mut self, address: u32, register: u8) {
        if self.effects {
            let value = *self.vector.register(register);
            self.effect(address, EffectKind::Vector { register, value });
        }
    }

    /// Whether the observer ends the run because of what it was told.
    pub fn ends(&self) -> bool {
        self.told && self.observer.ends_run()
    }

    /// Whether the memory holds a branch at a word address.
    pub fn holds_branch(&mut self, address: u32) -> bool {
        matches!(self.read_instruction(address) >> 26, 16 | 18 | 19)
    }

    /// What the rest of the core has to know about what an instruction did.
    pub fn follow(&mut self, slot: &Slot, effect: Effect) -> Outcome {
        match effect {
            Effect::Branch { taken, target } => Outcome { taken, target: target >> 2, exception: false },
            Effect::ReturnFromInterrupt { target } => {
                self.special = true;
                self.lines.set_enabled(self.registers.interrupts_enabled(), self.cycle + RETURN_DELAY);
                Outcome { taken: true, target: target >> 2, exception: false }
            }
            Effect::MachineState => {
                self.special = true;
                self.lines.set_enabled(self.registers.interrupts_enabled(), self.cycle + MTMSR_DELAY);
                Outcome::default()
            }
            Effect::TimerWritten => {
                self.special = true;
                Outcome::default()
            }
            Effect::Load(load) => self.queue(slot, DataAccess::Load(load)),
            Effect::Store(store) => self.queue(slot, DataAccess::Store(store)),
            Effect::Misaligned { address } => self.misaligned(slot, address),
            Effect::Trap => {
                self.notice(slot, NoticeKind::Trap);
                self.except()
            }
            _ => Outcome::default(),
        }
    }

    fn queue(&mut self, slot: &Slot, access: DataAccess) -> Outcome {
        if let Some(target) = access.address().filter(|&address| is_sram(address) && address >= SRAM_END) {
            self.notice(slot, NoticeKind::SramAlias { target });
        }
        self.stores.enqueue(access, slot.address << 2);
        let queued = match access {
            DataAccess::Load(load) => Some((load.address, load.width, false)),
            DataAccess::Store(store) => Some((store.address, store.width, true)),
            DataAccess::Fault => None,
        };
        if let Some((address, width, write)) = queued {
            self.effect(slot.address << 2, EffectKind::Queued { address, length: width.bytes(), write });
        }
        Outcome::default()
    }

    fn misaligned(&mut self, slot: &Slot, target: u32) -> Outcome {
        self.notice(slot, NoticeKind::Alignment { target });
        self.stores.data.push_back(Queued { access: DataAccess::Fault, from: slot.address << 2 });
        self.stores.spoiled = true;
        self.except()
    }

    /// An exception is on its way: results that it may lose have to be remembered.
    fn except(&mut self) -> Outcome {
        self.special = true;
        self.undo.expect_loss(self.cycle);
        Outcome { exception: true, ..Outcome::default() }
    }

    #[inline(never)]
    fn execute(&mut self, decoded: &Decoded, address: u32, part: u8) -> Effect {
        execute(self.registers, self.timers, decoded, address, part, self.cycle)
    }

    /// A vector instruction takes its scalar operands.
    pub fn place(&mut self, decoded: &Decoded, from: u32, instruction: VectorInstruction, key: u8) {
        self.touched += 1;
        let operand = vector_operand(self.registers, decoded);
        let operation = Operation { instruction, operand, enables: ByteMask::ALL, from, late: false };
        self.stores.operations[usize::from(key) % 32] = Some(operation);
    }

    fn operation(&mut self, key: u8) -> Option<&mut Operation> {
        self.stores.operations[usize::from(key) % 32].as_mut()
    }
}

/// Scalar accesses.
impl<P: Ports, O: Observer> Calls<'_, P, O> {
    fn load(&mut self, load: Load, from: u32) {
        let word = if is_sram(load.address) {
            self.ports.sram().word(load.address >> 2)
        } else {
            self.touched += 1;
            self.ports.load(self.cycle, load.address & !3)
        };
        load.complete(self.registers, word);
        let (address, length, value) = (load.address, load.width.bytes(), load.value(word));
        self.effect(from, EffectKind::Memory { address, length, write: false, value });
        self.effect(from, EffectKind::General { register: load.register, value });
    }

    fn store(&mut self, store: Store, from: u32) {
        self.touched += 1;
        let (enables, word) = (store.enables(), store.word());
        if is_sram(store.address) {
            self.ports.sram().set_bytes(store.address >> 2, enables, word);
        } else {
            self.ports.store(self.cycle, store.address & !3, enables, word);
        }
        let (address, length, value) = (store.address, store.width.bytes(), store.value & store.width.mask());
        self.effect(from, EffectKind::Memory { address, length, write: true, value });
    }
}

/// Vector accesses.
impl<P: Ports, O: Observer> Calls<'_, P, O> {
    fn read_beat(&mut self, address: u32) -> u32 {
        if is_sram(address) {
            self.ports.sram().word(address >> 2)
        } else {
            self.ports.vector_load(self.cycle, address)
        }
    }

    /// Tells what an instruction that touches no bus did.
    fn computed(&mut self, operation: &Operation) {
        use hx_isa::instruction::Operation::{FxvInx, FxvLax};
        if !self.effects || matches!(operation.instruction.operation, FxvLax | FxvInx) {
            return;
        }
        let word = self.read_instruction(operation.from >> 2);
        match VectorClass::decode(word).and_then(|class| class.writes) {
            Some(register) => self.vector_effect(operation.from, register),
            None => self.effect(operation.from, EffectKind::VectorState),
        }
    }

    fn write_beat(&mut self, address: u32, word: u32) {
        if is_sram(address) {
            self.ports.sram().set_word(address >> 2, word);
        } else {
            self.ports.vector_store(self.cycle, address, word);
        }
    }
}

impl<P: Ports, O: Observer> Environment for Calls<'_, P, O> {
    fn fetch(&mut self, address: u32) -> u32 {
        if self.delays.icache { self.cache.word(address) } else { self.read_instruction(address) }
    }

    fn probe(&mut self, address: u32) -> bool {
        self.cache.holds(address)
    }

    fn fill(&mut self, address: u32, first: u32) {
        let word = self.read_instruction(address);
        self.cache.fill(address, first, word);
    }

    fn predict(&mut self, address: u32) -> Option<u32> {
        self.predictor.predict(address)
    }

    fn train(&mut self, training: Training) {
        let is_new = self.predictor.train(training, self.cycle);
        self.stray |= is_new && !self.holds_branch(training.address);
    }

    fn issue(&mut self, slot: Slot) -> Outcome {
        let decoded = Decoded::new(slot.word, self.options);
        self.touched += 1;
        self.observe(&slot, &decoded);
        if slot.number > 0 && !slot.timing.accesses_memory() && self.stores.spoiled {
            return Outcome::default();
        }
        if self.lines.may_interrupt()
            || slot.timing.unit() == Unit::Multiply
            || self.undo.expects_loss(self.cycle)
        {
            self.undo.note(self.registers, &slot.timing, self.cycle);
        }
        self.special |=
            decoded.operation == Some(hx_isa::instruction::Operation::Mtspr) && decoded.immediate == ICCR;
        let byte = slot.address << 2;
        let before = if self.effects { Some(*self.registers) } else { None };
        let effect = self.execute(&decoded, byte, slot.number);
        if let Some(before) = &before {
            self.register_effects(byte, before);
        }
        self.follow(&slot, effect)
    }

    fn issue_vector(&mut self, slot: Slot, key: u8) -> VectorClass {
        let decoded = Decoded::new(slot.word, self.options);
        self.observe(&slot, &decoded);
        let class = VectorClass::decode(slot.word);
        self.stores.operations[usize::from(key) % 32] = None;
        if let Some(instruction) = VectorInstruction::decode(slot.word) {
            self.place(&decoded, slot.address << 2, instruction, key);
        }
        class.unwrap_or(VectorClass {
            unit: VectorUnit::MultiplyAdd,
            reads: [None; 2],
            writes: None,
            reads_condition: false,
        })
    }

    fn data_request(&mut self) -> Access {
        let Some(Queued { access, .. }) = self.stores.data.front() else { return Access::default() };
        let write = matches!(access, DataAccess::Store(_));
        self.access(Port::Data, access.address().unwrap_or(0), write, self.delays.data)
    }

    fn data_access(&mut self) {
        let Some(Queued { access, from }) = self.stores.data.pop_front() else { return };
        match access {
            DataAccess::Load(load) => self.load(load, from),
            DataAccess::Store(store) => self.store(store, from),
            DataAccess::Fault => {}
        }
    }

    fn data_drop(&mut self) {
        self.stores.data.pop_front();
    }

    fn vector_request(&mut self, key: u8) -> Access {
        let address = self.stores.beat_address(key, 0);
        let write = self.operation(key).is_some_and(|operation| stores(&operation.instruction));
        self.access(Port::Vector, address, write, self.delays.vector)
    }

    fn beat(&mut self, key: u8, word: u8) {
        let address = self.stores.beat_address(key, word);
        let Some(&mut operation) = self.operation(key) else { return };
        let (write, target) = (stores(&operation.instruction), operation.instruction.target);
        if write {
            self.write_beat(address, self.stores.stored[usize::from(key) % 32].word(usize::from(word)));
        } else {
            let value = self.read_beat(address);
            self.vector.register_mut(target).set_word(usize::from(word), value);
        }
        if word == 0 {
            self.effect(operation.from, EffectKind::VectorMemory { address, write });
        } else if word == LAST_BEAT && !write {
            self.vector_effect(operation.from, target);
        }
    }

    fn parallel_request(&mut self, key: u8) -> Delay {
        let write = self.operation(key).is_some_and(|operation| stores(&operation.instruction));
        self.ports.delay(self.cycle, Port::Parallel, self.stores.address(key), write)
    }

    fn capture(&mut self, key: u8) {
        let Some(operation) = self.stores.operations[usize::from(key) % 32].as_mut() else { return };
        operation.enables = self.vector.byte_mask(operation.instruction.condition);
    }

    fn parallel(&mut self, key: u8) {
        let Some(&mut Operation { instruction, operand, enables, from, .. }) = self.operation(key) else {
            return;
        };
        let write = stores(&instruction);
        self.effect(from, EffectKind::Parallel { address: operand, write });
        if write {
            let data = &self.stores.stored[usize::from(key) % 32];
            self.ports.parallel_write(self.cycle, operand, enables, data);
        } else {
            *self.vector.register_mut(instruction.target) =
                self.ports.parallel_read(self.cycle, operand, enables);
            if self.ports.is_late(operand) {
                self.operation(key).into_iter().for_each(|operation| operation.late = true);
            } else {
                self.vector_effect(from, instruction.target);
            }
        }
    }

    fn compute(&mut self, key: u8) {
        let Some(&mut operation) = self.operation(key) else { return };
        if stores(&operation.instruction) {
            let data = *self.vector.register(operation.instruction.target);
            self.stores.stored[usize::from(key) % 32] = data;
        } else {
            self.vector.execute(&operation.instruction, operation.operand);
            self.computed(&operation);
        }
    }

    fn retire(&mut self, key: u8) {
        let operation = self.stores.operations[usize::from(key) % 32].take();
        if let Some(Operation { instruction, operand, from, late: true, .. }) = operation {
            self.touched += 1;
            *self.vector.register_mut(instruction.target) = self.ports.late_read(self.cycle, operand);
            self.vector_effect(from, instruction.target);
        }
    }

    fn cancel(&mut self) {
        self.undo.cancel(self.registers, self.cycle);
    }

    fn interrupt(&mut self, interrupt: Interrupt, from: u32) {
        let syndrome = match interrupt {
            Interrupt::Alignment => Some(0),
            Interrupt::Trap => Some(ESR_PTR),
            _ => None,
        };
        self.registers.enter_interrupt(from << 2, syndrome);
        self.lines.force_enabled(false);
        self.taken = Some(interrupt);
    }
}
