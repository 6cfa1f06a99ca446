//! The departures from the Power ISA, one test each.

use super::super::*;

/// Registers with these general purpose registers set.
fn with(gpr: &[(usize, u32)]) -> Registers {
    let mut registers = Registers::default();
    for &(number, value) in gpr {
        registers.gpr[number] = value;
    }
    registers
}

/// Execute all slots of `word` with a memory that always returns `memory`.
fn run(registers: &mut Registers, word: u32, memory: u32) -> Effect {
    let decoded = Decoded::new(word, &DecodeOptions::default());
    let mut timers = Timers::default();
    let mut last = Effect::Next;
    for part in 0..decoded.slots {
        last = execute(registers, &mut timers, &decoded, 0x1000, part, 0);
        match last {
            Effect::Load(load) => load.complete(registers, memory),
            Effect::Misaligned { .. } => return last,
            _ => {}
        }
    }
    last
}

#[test]
fn shift_amounts_wrap_at_32() {
    for (xo, expected) in [(24, 0x8000_0001), (536, 0x8000_0001), (792, 0x8000_0001)] {
        let mut registers = with(&[(4, 0x8000_0001), (5, 32)]);
        run(&mut registers, 31 << 26 | 4 << 21 | 3 << 16 | 5 << 11 | xo << 1, 0);
        assert_eq!(registers.gpr[3], expected, "XO {xo}");
        assert_eq!(registers.xer, 0, "XO {xo}");
    }
}

#[test]
fn lha_and_twi_do_not_sign_extend_unless_told() {
    let word = 0xA865_FFFE; // lha 3,-2(5)
    let address = |options: DecodeOptions| {
        let decoded = Decoded::new(word, &options);
        let mut registers = with(&[(5, 0x1000)]);
        match execute(&mut registers, &mut Timers::default(), &decoded, 0, 0, 0) {
            Effect::Load(load) => load.address,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(address(DecodeOptions::default()), 0x1_0FFE);
    assert_eq!(address(DecodeOptions { lha_zero_extend: false }), 0xFFE);
    let twi = 0x0C84_FFFF; // twi 4,4,-1
    assert_eq!(run(&mut with(&[(4, 0xFFFF)]), twi, 0), Effect::Trap);
    let power = Decoded::new(twi, &DecodeOptions { lha_zero_extend: false });
    let mut registers = with(&[(4, 0xFFFF_FFFF)]);
    assert_eq!(execute(&mut registers, &mut Timers::default(), &power, 0, 0, 0), Effect::Trap);
}

#[test]
fn mfocrf_keeps_unselected_bits_and_takes_several_fields() {
    let word = |fxm: u32| 0x7C70_0026 | fxm << 12;
    for (fxm, expected) in
        [(0u32, 0xAAAA_AAAA), (0x40, 0xA2AA_AAAA), (0xC1, 0x12AA_AAA8), (0xFF, 0x1234_5678)]
    {
        let mut registers = Registers { cr: 0x1234_5678, ..with(&[(3, 0xAAAA_AAAA)]) };
        run(&mut registers, word(fxm), 0);
        assert_eq!(registers.gpr[3], expected, "FXM {fxm:#x}");
    }
}

#[test]
fn mtocrf_takes_several_fields() {
    let mut registers = Registers { cr: 0x1234_5678, ..with(&[(3, 0xFFFF_FFFF)]) };
    run(&mut registers, 0x7C70_0120 | 0x81 << 12, 0);
    assert_eq!(registers.cr, 0xF234_567F);
}

#[test]
fn length_bit_of_compares_is_ignored() {
    for word in [0x7C24_2800, 0x2C24_FFFF] {
        // cmpd 0,4,5 and cmpdi 0,4,-1
        let mut registers = with(&[(4, 1), (5, 0xFFFF_FFFF)]);
        run(&mut registers, word, 0);
        assert_eq!(registers.cr, 0x4000_0000);
    }
}

#[test]
fn bcctr_tests_the_count_but_never_writes_it() {
    let mut registers = Registers { ctr: 0x100, ..Registers::default() };
    let effect = run(&mut registers, 0x4E00_0420, 0);
    assert_eq!(effect, Effect::Branch { taken: true, target: 0x100 });
    assert_eq!(registers.ctr, 0x100);
}

#[test]
fn load_with_update_into_its_base_leaves_the_address() {
    let mut registers = with(&[(5, 0x1000)]);
    run(&mut registers, 0x84A5_0004, 0xDEAD_BEEF); // lwzu 5,4(5)
    assert_eq!(registers.gpr[5], 0x1004);
    let mut registers = with(&[(4, 0x1000), (5, 8)]);
    run(&mut registers, 0x7CA4_286E, 0xDEAD_BEEF); // lwzux 5,4,5: the index is overwritten between the slots
    assert_eq!((registers.gpr[4], registers.gpr[5]), (0x1008, 0xDEAD_BEEF));
}

#[test]
fn load_with_update_and_base_0_writes_r0() {
    let mut registers = with(&[(0, 0x5000)]);
    let effect = run(&mut registers, 0x8460_0008, 7); // lwzu 3,8(0)
    assert_eq!((effect, registers.gpr[0], registers.gpr[3]), (Effect::Next, 8, 7));
}

#[test]
fn misaligned_accesses_change_no_register() {
    for word in [0x8465_0002u32, 0x9465_0002, 0xA465_0003, 0xB465_0003, 0xBBA5_0002, 0xBFA5_0002] {
        let before = with(&[(3, 1), (5, 0x1000)]);
        let mut registers = before;
        assert!(matches!(run(&mut registers, word, 7), Effect::Misaligned { .. }), "{word:08x}");
        assert_eq!(registers.gpr, before.gpr, "{word:08x}");
    }
}

#[test]
fn halfword_at_offset_1_is_legal() {
    let mut registers = with(&[(5, 0x1001)]);
    run(&mut registers, 0xA065_0000, 0x1122_3344); // lhz 3,0(5)
    assert_eq!(registers.gpr[3], 0x2233);
}

#[test]
fn lmw_reads_its_base_anew_for_every_register() {
    let mut registers = with(&[(30, 0x1000)]);
    run(&mut registers, 0xBBBE_0000, 0x2000); // lmw 29,0(30)
    let decoded = Decoded::new(0xBBBE_0000, &DecodeOptions::default());
    let last = execute(&mut registers, &mut Timers::default(), &decoded, 0, 2, 0);
    assert!(matches!(last, Effect::Load(Load { address: 0x2008, .. })));
}

#[test]
fn undecoded_words_do_nothing() {
    // nothing, sc, isync, mftb 3, lwarx 3,4,5, the removed vector extension, floating point
    for word in [0, 0x4400_0002, 0x4C00_012C, 0x7C6C_42E6, 0x7C64_2828, 0x1400_0000, 0xFC00_0000] {
        let before = with(&[(3, 1), (4, 2), (5, 3)]);
        let mut registers = before;
        assert_eq!(run(&mut registers, word, 0), Effect::Next, "{word:08x}");
        assert_eq!(registers, before, "{word:08x}");
    }
}

#[test]
fn undecoded_words_of_opcode_31_still_set_cr0_and_overflow() {
    let stwcx = 0x7C64_292D; // stwcx. 3,4,5: not decoded, Rc = 1
    let mut registers = with(&[(3, 9), (4, 5), (5, 0xFFFF_FFFB)]);
    assert_eq!(run(&mut registers, stwcx, 0), Effect::Next);
    assert_eq!((registers.cr, registers.xer, registers.gpr[3]), (0x2000_0000, 0, 9));
    let eieio = 0x7C04_2EAC; // OE = 1 in the place of its extended opcode
    let mut registers = with(&[(4, 0x7FFF_FFFF), (5, 1)]);
    run(&mut registers, eieio, 0);
    assert_eq!((registers.cr, registers.xer), (0, 0xC000_0000));
    let mut registers = Registers { xer: 0xE000_0000, ..with(&[(4, 1), (5, 1)]) };
    run(&mut registers, eieio | 1, 0);
    assert_eq!((registers.cr, registers.xer), (0x5000_0000, 0xA000_0000));
}

#[test]
fn wait_with_a_condition_goes_on() {
    assert_eq!(run(&mut Registers::default(), 0x7C20_007C, 0), Effect::Next);
    assert_eq!(run(&mut Registers::default(), 0x7C00_007C, 0), Effect::Wait);
}

#[test]
fn all_kinds_of_sync_are_one() {
    for l in 0..4 {
        assert_eq!(run(&mut Registers::default(), 0x7C00_04AC | l << 21, 0), Effect::Synchronise);
    }
}

#[test]
fn unknown_special_registers_read_zero_and_ignore_writes() {
    let mut registers = with(&[(3, 0x55)]);
    run(&mut registers, 0x7C6C_43A6, 0); // mtspr 268,3
    run(&mut registers, 0x7C6C_42A6, 0); // mfspr 3,268
    assert_eq!(registers, Registers::default());
}

#[test]
fn reserved_bits_are_ignored() {
    let mut registers = with(&[(4, 0x0100_0000)]);
    run(&mut registers, 0x7C83_F8F5, 0); // popcntb 3,4 with RB and Rc set
    assert_eq!((registers.gpr[3], registers.cr), (0x0100_0000, 0));
}

#[test]
fn a_register_can_be_source_and_destination() {
    let mut registers = with(&[(3, 0x10)]);
    run(&mut registers, 0x7C63_1A14, 0); // add 3,3,3
    assert_eq!(registers.gpr[3], 0x20);
    run(&mut registers, 0x9463_FFF0, 0); // stwu 3,-16(3)
    assert_eq!(registers.gpr[3], 0x10);
}

#[test]
fn branch_to_link_goes_to_the_old_link() {
    let mut registers = Registers { lr: 0x200, ..Registers::default() };
    assert_eq!(run(&mut registers, 0x4E80_0021, 0), Effect::Branch { taken: true, target: 0x200 });
    assert_eq!(registers.lr, 0x1004);
}
