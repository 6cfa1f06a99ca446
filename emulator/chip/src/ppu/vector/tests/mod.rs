//! Every arithmetic, permute and compare instruction against cases measured on the simulated hardware.

mod examples;

use std::collections::BTreeMap;

use super::*;

/// Cases of the text form "mnemonic,word,g,rt,ra,rb,acc,vcr,rt,acc,vcr": contents of one slice before and after.
struct Case<'a> {
    fields: Vec<&'a str>,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Self {
        let fields: Vec<&str> = line.trim().split(',').collect();
        assert_eq!(fields.len(), 11, "{line}");
        Case { fields }
    }

    fn number(&self, field: usize) -> u32 {
        u32::from_str_radix(self.fields[field], 16).expect("a hexadecimal number")
    }

    /// The slice's digits repeated in all slices.
    fn text(&self, field: usize) -> String {
        self.fields[field].repeat(8)
    }

    fn vector(&self, field: usize) -> Vector {
        Vector::from_hex(&self.text(field)).expect("a vector")
    }

    fn check(&self) {
        let instruction = VectorInstruction::decode(self.number(1)).expect("a vector instruction");
        let mut state = VectorState::default();
        *state.register_mut(instruction.target) = self.vector(3);
        *state.register_mut(instruction.first) = self.vector(4);
        let shifts = ["shh", "shb"].contains(&self.fields[0]);
        if !shifts {
            *state.register_mut(instruction.second) = self.vector(5);
        }
        state.accumulator = Accumulator::from_hex(&self.text(6)).expect("an accumulator");
        state.condition = Condition::from_hex(&self.text(7)).expect("conditions");
        state.execute(&instruction, self.number(2));
        assert_eq!(state.register(instruction.target).to_hex(), self.text(8), "{:?}", self.fields);
        assert_eq!(state.accumulator.to_hex(), self.text(9), "{:?}", self.fields);
        assert_eq!(state.condition.to_hex(), self.text(10), "{:?}", self.fields);
    }
}

fn check_all(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let case = Case::parse(line);
        case.check();
        *counts.entry(case.fields[0].to_owned()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn measured_cases() {
    let counts = check_all(include_str!("../../../../tests/data/fxv.csv"));
    assert_eq!(counts.len(), 49);
    assert!(counts.values().all(|&count| count == 18));
}

/// Any other list of that form that covers every instruction, where the environment names one.
#[test]
fn all_measured_cases() {
    let Some(path) = std::env::var_os("HXEMU_FXV_CASES") else {
        println!("skipped: HXEMU_FXV_CASES names no file");
        return;
    };
    let counts = check_all(&std::fs::read_to_string(path).expect("the file can be read"));
    let cases: usize = counts.values().sum();
    println!("{cases} cases of {} instructions", counts.len());
    assert_eq!(counts.len(), 49);
}
