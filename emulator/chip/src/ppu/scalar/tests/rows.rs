//! Every scalar row of the instruction table with values worked out by hand (`rows.txt`). A row without a case fails.

use super::super::*;
use hx_isa::instruction::{INSTRUCTIONS, Row, Support, Unit, encode};
use std::collections::BTreeSet;

/// State of a case: registers, and what is not a register.
#[derive(Debug, Clone, PartialEq)]
struct State {
    registers: Registers,
    effect: String,
    part: u8,
    cycle: u64,
}

impl State {
    fn before() -> State {
        let mut registers = Registers { cr: 0x1234_5678, ..Registers::default() };
        for (index, register) in registers.gpr.iter_mut().enumerate() {
            *register = 0xE0E0_0000 + index as u32;
        }
        State { registers, effect: "next".to_string(), part: 0, cycle: 0 }
    }

    /// Apply the settings of one column: `r3=ff`, `cr=1`, or the name of an effect.
    fn set(&mut self, column: &str) {
        for setting in column.split_whitespace() {
            let (name, text) = setting.split_once('=').unwrap_or((setting, ""));
            let value = u32::from_str_radix(text, 16).unwrap_or(0);
            match self.place(name) {
                Some(place) => *place = value,
                None if name == "part" => self.part = value as u8,
                None if name == "cycle" => self.cycle = u64::from(value),
                None => self.effect = setting.to_string(),
            }
        }
    }

    fn place(&mut self, name: &str) -> Option<&mut u32> {
        let r = &mut self.registers;
        let number = name.strip_prefix('r').and_then(|digits| digits.parse::<usize>().ok());
        Some(match (name, number) {
            (_, Some(number)) => &mut r.gpr[number],
            ("cr", _) => &mut r.cr,
            ("xer", _) => &mut r.xer,
            ("lr", _) => &mut r.lr,
            ("ctr", _) => &mut r.ctr,
            ("msr", _) => &mut r.msr,
            ("srr0", _) => &mut r.base.address,
            ("srr1", _) => &mut r.base.machine_state,
            ("csrr0", _) => &mut r.critical.address,
            ("csrr1", _) => &mut r.critical.machine_state,
            ("mcsrr0", _) => &mut r.machine_check.address,
            ("mcsrr1", _) => &mut r.machine_check.machine_state,
            ("update", _) => &mut r.update_address,
            _ => return None,
        })
    }
}

/// The effect as the table writes it.
fn describe(effect: Effect) -> String {
    let letter = |width| match width {
        Width::Byte => "b",
        Width::Half => "h",
        Width::Word => "w",
    };
    match effect {
        Effect::Next => "next".to_string(),
        Effect::Branch { taken: true, target } => format!("taken={target:x}"),
        Effect::Branch { taken: false, target } => format!("not={target:x}"),
        Effect::Load(Load { address, width, algebraic, register }) => {
            format!("load={}{}@{address:x}:{register:x}", if algebraic { "s" } else { "" }, letter(width))
        }
        Effect::Store(Store { address, width, value }) => {
            format!("store={}@{address:x}:{value:x}", letter(width))
        }
        Effect::Misaligned { address } => format!("misaligned={address:x}"),
        Effect::Trap => "trap".to_string(),
        Effect::Synchronise => "sync".to_string(),
        Effect::MachineState => "state".to_string(),
        Effect::TimerWritten => "timer".to_string(),
        Effect::Wait => "wait".to_string(),
        Effect::ReturnFromInterrupt { target } => format!("return={target:x}"),
        Effect::Vector { operand } => format!("vector={operand:x}"),
    }
}

fn is_scalar(row: &Row) -> bool {
    row.support == Support::Implemented && row.unit != Unit::Vector
}

/// Run one line; returns the mnemonic.
fn check(line: &str) -> &str {
    let mut columns = line.split('|');
    let mut column = || columns.next().unwrap_or("").trim();
    let (instruction, before, after) = (column(), column(), column());
    let mut words = instruction.split_whitespace();
    let mnemonic = words.next().unwrap_or("");
    let row = INSTRUCTIONS.iter().find(|row| row.mnemonic == mnemonic && is_scalar(row));
    let row = row.unwrap_or_else(|| panic!("no scalar row {mnemonic}"));
    let mut operands: Vec<i64> = words.map(|word| word.parse().expect("an operand")).collect();
    operands.resize(row.operands.len(), 0);
    let word = encode(row, &operands).unwrap_or_else(|error| panic!("{line}: {error}"));

    let mut state = State::before();
    state.set(before);
    let mut expected = state.clone();
    expected.set(after);
    let decoded = Decoded::new(word, &DecodeOptions::default());
    let mut timers = Timers::default();
    let effect = execute(&mut state.registers, &mut timers, &decoded, 0x1000, state.part, state.cycle);
    state.effect = describe(effect);
    assert_eq!(state, expected, "{line}");
    mnemonic
}

#[test]
fn every_row_does_what_it_should() {
    let lines = include_str!("rows.txt").lines().map(|line| line.split(['#', ';']).next().unwrap_or(""));
    let checked: BTreeSet<&str> = lines.filter(|line| !line.trim().is_empty()).map(check).collect();
    let missing: Vec<&str> = INSTRUCTIONS
        .iter()
        .filter(|row| is_scalar(row))
        .map(|row| row.mnemonic)
        .filter(|m| !checked.contains(m))
        .collect();
    assert!(missing.is_empty(), "rows without a case: {missing:?}");
}

#[test]
fn vector_rows_are_handed_on_and_touch_no_scalar_register() {
    for row in
        INSTRUCTIONS.iter().filter(|row| row.unit == Unit::Vector && row.support == Support::Implemented)
    {
        let decoded = Decoded::new(row.pattern | 0x0064_2800, &DecodeOptions::default()); // rt 3, ra 4, rb 5
        let mut state = State::before();
        let effect = execute(&mut state.registers, &mut Timers::default(), &decoded, 0, 0, 0);
        let operand =
            if decoded.is_indexed() { 0xE0E0_0004u32.wrapping_add(0xE0E0_0005) } else { 0xE0E0_0004 };
        assert_eq!(effect, Effect::Vector { operand }, "{}", row.mnemonic);
        assert_eq!(state.registers, State::before().registers, "{}", row.mnemonic);
    }
}
