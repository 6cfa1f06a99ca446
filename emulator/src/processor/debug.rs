//! A machine under the debugger.

use super::machine::{Machine, drain};
use crate::gdb::{CoreRegisters, Debuggee, Halt, StopPoints, Watchpoint};
use hx_chip::ppu::ports::Notice;
use hx_chip::ppu::vector::{Accumulator, Condition, Vector};
use hx_chip::ppu::{Effect, EffectKind, Observer, Ppu, Stop};
use hx_isa::regmap::{Bits, CONTAINERS, Container, search};
use std::fmt::Write;

/// Cycles of one call, between looks at the connection.
const SLICE_CYCLES: u64 = 1 << 18;
/// Bytes a vector load or store touches.
const VECTOR_BYTES: u32 = 128;

/// A machine that can be stopped and looked at.
pub struct Debugged<M> {
    machine: M,
    max_cycle: u64,
    /// What the machine would be with everything finished that it began; made when it is asked for.
    settled: Option<M>,
    first_instruction: bool,
    notices: u64,
}

/// Stops where it is told, and lets the instruction pass at which it stopped last.
struct Points<'a> {
    points: &'a StopPoints,
    /// Stop before every instruction.
    every: bool,
    /// The next instruction may pass.
    pass: bool,
    met: Option<Watchpoint>,
    notices: u64,
}

impl Points<'_> {
    fn touch(&mut self, address: u32, length: u32, write: bool) {
        let met = self.points.watchpoints.iter().find(|point| point.meets(address, length, write));
        self.met = self.met.or(met.copied());
    }
}

impl Observer for Points<'_> {
    fn breaks_at(&mut self, address: u32) -> bool {
        if std::mem::take(&mut self.pass) {
            return false;
        }
        self.every || self.points.breakpoints.contains(&address)
    }

    fn watches_effects(&self) -> bool {
        !self.points.watchpoints.is_empty()
    }

    fn effect(&mut self, effect: &Effect) {
        match effect.kind {
            EffectKind::Queued { address, length, write } => self.touch(address, length, write),
            EffectKind::VectorMemory { address, write } => self.touch(address, VECTOR_BYTES, write),
            _ => {}
        }
    }

    fn notice(&mut self, _: &Notice) {
        self.notices += 1;
    }

    fn ends_run(&self) -> bool {
        self.met.is_some()
    }
}

impl<M: Machine> Debugged<M> {
    /// Stops a machine that was just reset before its first instruction.
    pub fn new(machine: M, max_cycles: u64) -> Debugged<M> {
        let max_cycle = machine.ppu().cycle().saturating_add(max_cycles);
        let mut debugged =
            Debugged { machine, max_cycle, settled: None, first_instruction: true, notices: 0 };
        debugged.go(&StopPoints::default(), true, SLICE_CYCLES);
        debugged.first_instruction = false;
        debugged
    }

    /// The machine as it stands.
    pub fn into_machine(self) -> M {
        self.machine
    }

    fn settled(&mut self) -> &mut M {
        let machine = &self.machine;
        self.settled.get_or_insert_with(|| machine.settled())
    }

    fn go(&mut self, points: &StopPoints, every: bool, cycles: u64) -> Option<Halt> {
        self.settled = None;
        let cycle = self.machine.ppu().cycle();
        if cycle >= self.max_cycle {
            return Some(Halt::Limit);
        }
        let pass = !self.first_instruction;
        let mut observer = Points { points, every, pass, met: None, notices: 0 };
        let stop = self.machine.run(self.max_cycle.min(cycle + cycles), &mut observer);
        self.notices += observer.notices;
        let asleep = matches!(stop, Stop::Sleep { .. })
            && self.machine.ppu().timers.next_event(self.machine.ppu().cycle()).is_none();
        match (observer.met, stop) {
            (Some(point), _) => Some(Halt::Watchpoint { point }),
            (_, Stop::Break { .. }) if every => Some(Halt::Step),
            (_, Stop::Break { .. }) => Some(Halt::Breakpoint),
            _ if asleep => Some(Halt::Sleep),
            _ => None,
        }
    }

    fn registers_of(ppu: &Ppu, position: u32) -> CoreRegisters {
        let scalar = &ppu.registers;
        let mut registers = CoreRegisters {
            gpr: scalar.gpr,
            special: [position, scalar.msr, scalar.cr, scalar.lr, scalar.ctr, scalar.xer],
            ..CoreRegisters::default()
        };
        for (target, source) in registers.vectors.iter_mut().zip(&ppu.vector.registers) {
            target.copy_from_slice(source.bytes());
        }
        put_hex(&mut registers.condition, &ppu.vector.condition.to_hex());
        put_hex(&mut registers.accumulator, &ppu.vector.accumulator.to_hex());
        registers
    }
}

/// Bytes from hex digits; both come from the same place, so they fit.
fn put_hex(target: &mut [u8], digits: &str) {
    for (byte, at) in target.iter_mut().zip((0..digits.len()).step_by(2)) {
        *byte = digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
    }
}

fn set_scalar(ppu: &mut Ppu, registers: &CoreRegisters) {
    let [_, msr, cr, lr, ctr, xer] = registers.special;
    ppu.registers.gpr = registers.gpr;
    ppu.registers.set_msr(msr);
    (ppu.registers.cr, ppu.registers.lr, ppu.registers.ctr) = (cr, lr, ctr);
    ppu.registers.xer = xer & hx_chip::ppu::scalar::XER_IMPLEMENTED;
}

fn set_vector(ppu: &mut Ppu, registers: &CoreRegisters) {
    for (target, source) in ppu.vector.registers.iter_mut().zip(&registers.vectors) {
        let mut vector = Vector::ZERO;
        vector.bytes_mut().copy_from_slice(source);
        *target = vector;
    }
    let digits = |bytes: &[u8]| super::reference::hex_digits(bytes);
    if let Ok(accumulator) = Accumulator::from_hex(&digits(&registers.accumulator)) {
        ppu.vector.accumulator = accumulator;
    }
    if let Ok(condition) = Condition::from_hex(&digits(&registers.condition)) {
        ppu.vector.condition = condition;
    }
}

impl<M: Machine> Debuggee for Debugged<M> {
    fn registers(&mut self) -> CoreRegisters {
        let position = self.machine.ppu().position();
        Self::registers_of(self.settled().ppu(), position)
    }

    fn set_registers(&mut self, registers: &CoreRegisters) {
        let position = self.machine.ppu().position();
        // Registers can only be set on a core that has finished what it began; from here on cycles differ from an undisturbed run.
        drain(&mut self.machine);
        if let Some(ppu) = self.machine.ppu_mut() {
            set_scalar(ppu, registers);
            set_vector(ppu, registers);
            if registers.program_counter() != position {
                ppu.go_on_at(registers.program_counter());
            }
        }
        self.settled = None;
        if registers.program_counter() != position {
            self.first_instruction = true;
            self.go(&StopPoints::default(), true, SLICE_CYCLES);
            self.first_instruction = false;
        }
    }

    fn read_memory(&mut self, address: u32, data: &mut [u8]) -> usize {
        let bytes = self.settled().peek_bytes(address, data.len());
        data[..bytes.len()].copy_from_slice(&bytes);
        bytes.len()
    }

    fn write_memory(&mut self, address: u32, data: &[u8]) -> bool {
        self.settled = None;
        (address..).zip(data).all(|(address, byte)| self.machine.poke(address, *byte))
    }

    fn step(&mut self) -> Halt {
        loop {
            if let Some(halt) = self.go(&StopPoints::default(), true, SLICE_CYCLES) {
                return halt;
            }
        }
    }

    fn run(&mut self, points: &StopPoints) -> Option<Halt> {
        self.go(points, false, SLICE_CYCLES)
    }

    fn monitor(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cycles"] => format!("{} cycles since reset\n", self.machine.ppu().cycle()),
            ["instructions"] => format!("{} instructions issued\n", self.machine.ppu().issued()),
            ["reset"] => self.reset(),
            ["timers"] => self.timers(),
            ["registers", name] => registers_named(name),
            ["register", name] => self.register(name, "-"),
            ["register", name, coordinate] => self.register(name, coordinate),
            ["read", address] => self.read_bus(address),
            _ => HELP.to_owned(),
        }
    }
}

const HELP: &str = "monitor commands:
  cycles            clock cycles since reset
  instructions      instructions issued since reset
  reset             start again at address 0, memory untouched (then: maintenance flush register-cache)
  timers            time base and decrementer
  registers NAME    registers of the chip whose name contains NAME
  register NAME AT  the fields of one of them; AT as for `hxemu encode`, nothing where there is only one
  read ADDRESS      a word of memory, without side effects
";

/// Containers of the register map by a part of their name.
fn registers_named(name: &str) -> String {
    let wanted = name.to_lowercase();
    let found = CONTAINERS.iter().filter(|container| container.name.to_lowercase().contains(&wanted));
    let lines = found.fold(String::new(), |mut text, container| {
        let instances = container.instance_count();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{} ({instances} instances): hxemu regs --container {}",
            container.name, container.name
        );
        text
    });
    if lines.is_empty() { format!("no register of the chip is called like `{name}`\n") } else { lines }
}

/// The fields of a container, one a line.
fn fields(container: &Container, words: &[Option<u32>]) -> String {
    container.fields.iter().fold(String::new(), |mut text, field| {
        let word = words.get(usize::from(field.word)).copied().flatten();
        let value = match (word, field.bits) {
            (Some(word), Bits::Range { msb, lsb }) => {
                let (width, shift) = ((u32::from(msb - lsb) + 1).min(32), u32::from(lsb) % 32);
                format!("{}", word >> shift & (u32::MAX >> (32 - width)))
            }
            (Some(word), _) => format!("{word:#010x}"),
            (None, _) => "not on this bus".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} = {value}", field.name);
        text
    })
}

impl<M: Machine> Debugged<M> {
    fn reset(&mut self) -> String {
        let cycle = self.machine.ppu().cycle();
        if let Some(ppu) = self.machine.ppu_mut() {
            ppu.reset(cycle);
        }
        self.first_instruction = true;
        self.go(&StopPoints::default(), true, SLICE_CYCLES);
        self.first_instruction = false;
        "the core starts again at address 0\n".to_owned()
    }

    /// Reads on a copy, so that reading changes nothing.
    fn register(&mut self, name: &str, coordinate: &str) -> String {
        let found = search::find(name).map(|index| &CONTAINERS[index]);
        let instance = found.and_then(|found| Ok((found, search::parse_coordinate(found, coordinate)?)));
        let (container, instance) = match instance {
            Ok(found) => found,
            Err(error) => return format!("{error}\n"),
        };
        let mut copy = self.settled().settled();
        let word =
            |word: u8| container.address(instance, word.into()).and_then(|address| copy.read_bus(address));
        let words: Vec<Option<u32>> = (0..container.words).map(word).collect();
        fields(container, &words)
    }

    fn timers(&mut self) -> String {
        let ppu = self.machine.ppu();
        let mut timers = ppu.timers;
        timers.advance(ppu.cycle());
        format!("{timers:?}\n")
    }

    fn read_bus(&mut self, address: &str) -> String {
        match crate::input::parse_u32(address) {
            Ok(address) => {
                format!("{:#010x}: {:08x}\n", address & !3, self.settled().peek_word(address & !3))
            }
            Err(error) => format!("{error}\n"),
        }
    }
}
