//! Worked examples of single lanes, and the ways in and out of the registers.

use hx_isa::instruction::{INSTRUCTIONS, Unit, lookup};

use super::*;
use crate::ppu::vector::timing::{VectorClass, VectorUnit};

fn word(mnemonic: &str, operands: &[i64]) -> u32 {
    let found = lookup(mnemonic).first().expect("an instruction");
    found.encode(operands).expect("operands that fit")
}

fn execute(state: &mut VectorState, mnemonic: &str, operands: &[i64]) {
    let instruction = VectorInstruction::decode(word(mnemonic, operands)).expect("a vector instruction");
    state.execute(&instruction, 0x1234_5678);
}

fn byte(value: i32) -> Vector {
    Vector([[value as u8; 16]; 8])
}

fn half(value: i32) -> Vector {
    let [high, low] = (value as i16).to_be_bytes();
    Vector([[high, low, high, low, high, low, high, low, high, low, high, low, high, low, high, low]; 8])
}

fn sums(value: u32) -> Accumulator {
    let mut accumulator = Accumulator::ZERO;
    (0..64).for_each(|lane| accumulator.set_lane(lane, value));
    accumulator
}

/// State with `a` in register 1, `b` in register 2 and an accumulator.
fn state(a: Vector, b: Vector, accumulator: u32) -> VectorState {
    let mut state = VectorState { accumulator: sums(accumulator), ..VectorState::default() };
    (state.registers[1], state.registers[2]) = (a, b);
    state
}

/// The accumulator of byte instructions holding the same 16 bits in both lanes.
fn twice(sum: u16) -> u32 {
    u32::from(sum) << 16 | u32::from(sum)
}

#[test]
fn two_operands_of_bytes() {
    let check = |mnemonic: &str, a: i32, b: i32, accumulator: u16, result: i32| {
        let mut state = state(byte(a), byte(b), twice(accumulator));
        execute(&mut state, mnemonic, &[3, 1, 2]);
        assert_eq!(state.registers[3], byte(result), "{mnemonic} {a} {b} {accumulator:#x}");
        assert_eq!(state.accumulator, sums(twice(accumulator)));
    };
    check("fxvaddbm", 0xff, 1, 0, 0);
    check("fxvsubbm", 0, 0x80, 0, 0x80);
    check("fxvmulbm", 16, 16, 0, 0);
    check("fxvmulbm", -3, 7, 0, -21);
    check("fxvmulbm", 100, 3, 0, 44);
    check("fxvaddbfs", 127, 1, 0, 127);
    check("fxvaddbfs", -100, -100, 0, -128);
    check("fxvsubbfs", 0, -128, 0, 127);
    check("fxvsubbfs", -1, -128, 0, 127);
    check("fxvmulbfs", 64, 64, 0, 32);
    check("fxvmulbfs", -128, -128, 0, 127);
    check("fxvmulbfs", -128, 127, 0, -127);
    check("fxvmulbfs", -1, 1, 0, -1);
    check("fxvmulbfs", -5, 64, 0, -3);
    check("fxvmulbfs", 100, 3, 0, 2);
    check("fxvmulbfs", 127, 127, 0, 126);
    check("fxvmabfs", 64, 64, 0x1000, 48);
    check("fxvmabfs", 127, 127, 0x7f00, 127);
    check("fxvmabfs", -128, 127, 0xc000, -128);
    check("fxvmabfs", -1, 1, 0, -1);
}

#[test]
fn two_operands_of_halfwords() {
    let check = |mnemonic: &str, a: i32, b: i32, accumulator: u32, result: i32| {
        let mut state = state(half(a), half(b), accumulator);
        execute(&mut state, mnemonic, &[3, 1, 2]);
        assert_eq!(state.registers[3], half(result), "{mnemonic} {a} {b} {accumulator:#x}");
        assert_eq!(state.accumulator, sums(accumulator));
    };
    check("fxvaddhm", 0x7fff, 1, 0, 0x8000);
    check("fxvsubhm", 0, 1, 0, 0xffff);
    check("fxvmulhm", 300, 300, 0, 0x5f90);
    check("fxvmulhm", -300, 300, 0, 0xa070);
    check("fxvsubhfs", -32768, 1, 0, -32768);
    check("fxvmulhfs", 16384, 16384, 0, 8192);
    check("fxvmulhfs", 12345, -20000, 0, -7535);
    check("fxvmulhfs", 20000, 3, 0, 1);
    check("fxvmulhfs", -32768, -32768, 0, 32767);
    check("fxvmahm", 300, 300, 0x10000, 0x5f90);
    check("fxvmahm", -2, 3, 5, 0xffff);
    check("fxvmahm", -1, -1, u32::MAX, 0);
    check("fxvmahfs", 16384, 16384, 0x1000_0000, 12288);
}

#[test]
fn one_operand_and_the_accumulator() {
    let check = |mnemonic: &str, a: i32, accumulator: u16, result: i32| {
        let mut state = state(byte(a), Vector::ZERO, twice(accumulator));
        execute(&mut state, mnemonic, &[3, 1]);
        assert_eq!(state.registers[3], byte(result), "{mnemonic} {a} {accumulator:#x}");
    };
    check("fxvaddacbm", 10, 0x0580, 0x8a);
    check("fxvaddacbm", 127, 0x0101, 0x80);
    check("fxvaddacbm", -1, 0, 0xff);
    check("fxvaddacbfs", 10, 0x0580, 15);
    check("fxvaddacbfs", 127, 0x0100, 127);
    check("fxvaddacbfs", -128, 0xffff, -128);
    check("fxvaddacbfs", 5, 0xfaff, -1);
}

#[test]
fn into_the_accumulator() {
    let check = |mnemonic: &str, operands: &[i64], a: Vector, accumulator: u32, result: u32| {
        let mut state = state(a, a, accumulator);
        execute(&mut state, mnemonic, operands);
        assert_eq!(state.accumulator, sums(result), "{mnemonic}");
    };
    check("fxvmatachm", &[1, 2], half(300), 0x10000, 0x0002_5f90);
    check("fxvmatacbfs", &[1, 2], byte(64), 0x1000_1000, 0x3000_3000);
    check("fxvmatachfs", &[1, 2], half(16384), 0x1000_0000, 0x3000_0000);
    check("fxvmtacb", &[1], byte(0x80), 0, 0xff80_ff80);
    check("fxvmtacbf", &[1], byte(0x80), 0, 0x8000_8000);
    check("fxvmtach", &[1], half(0x7fff), 0, 0x7fff);
    check("fxvmtachf", &[1], half(0xfffe), 0, 0xfffe_0000);
    check("fxvaddtacb", &[1, 2], byte(127), 0, 0x00fe_00fe);
}

#[test]
fn conditions_hold_per_byte() {
    let condition = Condition { greater: half(0xff00), ..Condition::ZERO };
    let fresh = || {
        let mut state = VectorState { condition, ..state(half(0x1234), half(0x0101), 0) };
        state.registers[3] = half(0xaaaa);
        state
    };
    let mut added = fresh();
    execute(&mut added, "fxvaddhm", &[3, 1, 2, 1]);
    assert_eq!(added.registers[3], half(0x13aa));
    let mut accumulated = fresh();
    execute(&mut accumulated, "fxvmatachm", &[1, 2, 1]);
    assert_eq!(accumulated.accumulator, sums((0x1234 * 0x0101) & 0xffff_0000));
    let mut unchanged = fresh();
    execute(&mut unchanged, "fxvaddhm", &[3, 1, 2, 3]);
    assert_eq!(unchanged, fresh());
}

#[test]
fn compare_and_select() {
    let mut state =
        state(Vector([[0, 1, 0, 0xff, 0, 1, 0, 0xff, 0, 1, 0, 0xff, 0, 1, 0, 0xff]; 8]), byte(2), 0);
    state.registers[4] = byte(1);
    execute(&mut state, "fxvcmpb", &[1]);
    for (condition, lanes) in [(0, [1, 1, 1, 1]), (1, [2, 1, 2, 2]), (2, [2, 2, 2, 1]), (3, [1, 2, 1, 2])] {
        execute(&mut state, "fxvsel", &[3, 2, 4, condition]);
        assert_eq!(state.registers[3].0[7][..4], lanes, "condition {condition}");
    }
    state.registers[1] = half(0x00ff);
    execute(&mut state, "fxvcmph", &[1]);
    assert_eq!(state.condition, Condition { greater: byte(0xff), ..Condition::ZERO });
    state.registers[1] = half(0xff00);
    execute(&mut state, "fxvcmph", &[1]);
    assert_eq!(state.condition, Condition { less: byte(0xff), ..Condition::ZERO });
}

#[test]
fn shifts_are_logical_both_ways() {
    let shifted = |mnemonic: &str, a: Vector, by: i64| {
        let mut state = state(a, Vector::ZERO, 0);
        execute(&mut state, mnemonic, &[3, 1, by]);
        state.registers[3]
    };
    for by in -16..16_i64 {
        let expected = |bits: u32, value: u32| {
            let wide = if by >= 0 { u64::from(value) << by } else { u64::from(value) >> -by };
            (wide & ((1 << bits) - 1)) as i32
        };
        for value in [0x81, 0xff, 0x3f, 0x01] {
            assert_eq!(
                shifted("fxvshb", byte(value as i32), by),
                byte(expected(8, value)),
                "{value:#x} {by}"
            );
        }
        for value in [0x8001, 0xff00, 0x00ff, 0x0001] {
            assert_eq!(
                shifted("fxvshh", half(value as i32), by),
                half(expected(16, value)),
                "{value:#x} {by}"
            );
        }
    }
}

#[test]
fn pack_and_unpack() {
    let upper = [[9, 0x55], [4, 0x2a], [2, 0x15]];
    for (shift, upper) in (1..4).zip(upper) {
        let halves = [0x12, 0x34, 0xab, 0xcc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut state = state(Vector([halves; 8]), Vector::ZERO, 0);
        execute(&mut state, "fxvpckbu", &[3, 1, 1, shift]);
        execute(&mut state, "fxvpckbl", &[4, 1, 1, shift]);
        assert_eq!(state.registers[3].0[5][..2], upper);
        execute(&mut state, "fxvupckbl", &[5, 3, 4, shift]);
        execute(&mut state, "fxvupckbr", &[6, 3, 4, shift]);
        let kept = 0xff << (2 * shift) & 0xff;
        let expected = halves.map(i64::from).into_iter().enumerate();
        let expected = expected.map(|(at, byte)| if at % 2 == 1 { (byte & kept) as u8 } else { byte as u8 });
        let expected: Vec<u8> = expected.collect();
        assert_eq!(state.registers[5].0[0][..], expected, "shift {shift}");
        assert_eq!(state.registers[6], state.registers[5]);
    }
}

#[test]
fn splats_take_the_low_bits() {
    let mut state = VectorState::default();
    execute(&mut state, "fxvsplath", &[3, 7]);
    assert_eq!(state.registers[3], half(0x5678));
    execute(&mut state, "fxvsplatb", &[3, 7]);
    assert_eq!(state.registers[3], byte(0x78));
}

#[test]
fn byte_enables_follow_the_condition() {
    let mut condition = Condition::ZERO;
    for lane in [0, 5, 8, 63, 64, 127] {
        condition.less.bytes_mut()[lane] = 0xff;
    }
    let state = VectorState { condition, ..VectorState::default() };
    assert_eq!(state.byte_mask(0), ByteMask::ALL);
    assert_eq!(state.byte_mask(2).0, 1 << 0 | 1 << 5 | 1 << 8 | 1 << 63 | 1 << 64 | 1 << 127);
    assert_eq!((state.byte_mask(1).0, state.byte_mask(3).0), (0, 0));
    assert!(state.byte_mask(2).enables(127) && !state.byte_mask(2).enables(126));
}

#[test]
fn words_of_a_vector() {
    let mut vector = Vector::ZERO;
    vector.set_word(0, 0x0102_0304);
    vector.set_word(31, 0xa0b0_c0d0);
    assert_eq!(vector.bytes()[..4], [1, 2, 3, 4]);
    assert_eq!(vector.bytes()[124..], [0xa0, 0xb0, 0xc0, 0xd0]);
    assert_eq!((vector.word(0), vector.word(1), vector.word(31)), (0x0102_0304, 0, 0xa0b0_c0d0));
}

#[test]
fn text_and_back() {
    let mut state = state(half(0x12ab), byte(7), 0x8000_7fff);
    execute(&mut state, "fxvcmpb", &[1]);
    let condition = state.condition.to_hex();
    assert_eq!((condition.len(), &condition[..6]), (192, "0c30c3"));
    assert_eq!(Condition::from_hex(&condition), Ok(state.condition));
    assert_eq!(state.accumulator.to_hex(), "80007fff".repeat(64));
    assert_eq!(Accumulator::from_hex(&state.accumulator.to_hex()), Ok(state.accumulator));
    assert_eq!(state.registers[1].to_hex(), "12ab".repeat(64));
    assert_eq!(Vector::from_hex(&"12AB".repeat(64)), Ok(state.registers[1]));
    let text = ron::to_string(&state).expect("it serialises");
    assert_eq!(ron::from_str::<VectorState>(&text), Ok(state));
}

#[test]
fn bad_text_is_an_error() {
    assert_eq!(Vector::from_hex("12"), Err(HexError::Length { digits: 2, expected: 256 }));
    assert_eq!(Vector::from_hex(&"0g".repeat(128)), Err(HexError::Digit { position: 1 }));
    assert_eq!(Condition::from_hex(&"00a".repeat(64)), Err(HexError::Flags { position: 2 }));
    assert_eq!(Accumulator::from_hex(&"é".repeat(512)), Err(HexError::Digit { position: 0 }));
}

/// Unit, number of registers read and whether one is written, for every vector instruction.
#[test]
fn timing_classes() {
    let mut counts = BTreeMap::new();
    for row in INSTRUCTIONS.iter().filter(|row| row.unit == Unit::Vector) {
        let class = VectorClass::decode(row.pattern | 1 << 21 | 2 << 16 | 3 << 11).expect("a class");
        let reads = class.reads.iter().flatten().count();
        assert_eq!(
            (class.reads[1].is_some(), class.reads_condition),
            (reads == 2, false),
            "{}",
            row.mnemonic
        );
        assert!(class.writes.is_none_or(|register| register == 1), "{}", row.mnemonic);
        *counts.entry((class.unit as u8, reads, class.writes.is_some())).or_insert(0) += 1;
    }
    let unit = |unit: VectorUnit| unit as u8;
    let expected = [
        ((unit(VectorUnit::MultiplyAdd), 1, false), 8),
        ((unit(VectorUnit::MultiplyAdd), 1, true), 4),
        ((unit(VectorUnit::MultiplyAdd), 2, false), 10),
        ((unit(VectorUnit::MultiplyAdd), 2, true), 16),
        ((unit(VectorUnit::Compare), 1, false), 2),
        ((unit(VectorUnit::LoadStore), 0, true), 1),
        ((unit(VectorUnit::LoadStore), 1, false), 1),
        ((unit(VectorUnit::Parallel), 0, true), 1),
        ((unit(VectorUnit::Parallel), 1, false), 1),
        ((unit(VectorUnit::Permute), 0, true), 2),
        ((unit(VectorUnit::Permute), 1, true), 2),
        ((unit(VectorUnit::Permute), 2, true), 5),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn only_conditional_instructions_read_the_condition() {
    for row in INSTRUCTIONS.iter().filter(|row| row.unit == Unit::Vector) {
        let class = VectorClass::decode(row.pattern | 3).expect("a class");
        let ignores = ["pck", "upck", "sh", "splat", "cmp", "lax", "stax"];
        let ignored = ignores.iter().any(|name| row.mnemonic[3..].starts_with(name));
        assert_eq!(class.reads_condition, !ignored, "{}", row.mnemonic);
    }
}

#[test]
fn other_words_are_no_vector_instructions() {
    for word in [0, 0x3860_0001, 0x1000_0000, 0x1000_0004] {
        assert_eq!((VectorInstruction::decode(word), VectorClass::decode(word)), (None, None), "{word:08x}");
    }
}
