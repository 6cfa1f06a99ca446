//! Words that are known from elsewhere, written with base and extended mnemonics.

use super::super::{
    EXTENDED, INSTRUCTIONS, Mnemonic, SPRS, branch_target, decode, disassemble, lookup, nearest_mnemonic,
    spr_named,
};
use super::sample::Samples;

/// The word of an instruction whose operands are plain numbers.
fn assemble(text: &str) -> Result<u32, String> {
    let (mnemonic, operands) = text.split_once(' ').unwrap_or((text, ""));
    let operands = operands.replace('(', ",").replace(')', "");
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    };
    let arguments: Vec<i64> = operands.split(',').filter(|text| !text.is_empty()).map(number).collect();
    let takes = |candidate: &&Mnemonic| candidate.takes(arguments.len());
    let chosen = lookup(mnemonic).iter().find(takes).ok_or("no such form")?;
    chosen.encode(&arguments).map_err(|error| error.to_string())
}

/// From the assembler of the tool chain.
const WORDS: &[(&str, u32)] = &[
    ("li 3,-1", 0x3860_ffff),
    ("lis 3,1", 0x3c60_0001),
    ("mr 3,4", 0x7c83_2378),
    ("slwi 3,4,5", 0x5483_2834),
    ("srwi. 3,4,5", 0x5483_d97f),
    ("rotlw 3,4,5", 0x5c83_283e),
    ("mfcr 3", 0x7c60_0026),
    ("mfocrf 3,0x80", 0x7c78_0026),
    ("mtcr 3", 0x7c6f_f120),
    ("sync", 0x7c00_04ac),
    ("mfmsr 3", 0x7c60_00a6),
    ("mtmsr 3", 0x7c60_0124),
    ("rfi", 0x4c00_0064),
    ("mfspr 3,284", 0x7c7c_42a6),
    ("mtspr 340,3", 0x7c74_53a6),
    ("mtspr 54,3", 0x7c76_0ba6),
    ("trap", 0x7fe0_0008),
    ("wait", 0x7c00_007c),
    ("lmw 29,-4(5)", 0xbba5_fffc),
    ("lhau 3,4(5)", 0xac65_0004),
    ("cmplwi 7,3,5", 0x2b83_0005),
    ("popcntb 3,4", 0x7c83_00f4),
    ("prtyw 3,4", 0x7c83_0134),
    ("bdnzlr", 0x4e00_0020),
    ("blr", 0x4e80_0020),
    ("nop", 0x6000_0000),
    ("rlwinm 3,4,5,0xf0000000", 0x5483_2806),
    ("rlwinm 3,4,5,0xf000000f", 0x5483_2f06),
    ("rlwinm 3,4,5,0xffffffff", 0x5483_283e),
    ("rotrwi 3,4,0", 0x5483_003e),
    ("srwi 3,4,0", 0x5483_003e),
    ("subi 3,4,0x8000", 0x3864_8000),
    ("mftb 3", 0x7c7c_42a6),
    ("fxvaddbfs 4,4,3", 0x1084_1f74),
    ("fxvinx 1,4,5", 0x1024_2bb0),
    ("fxvoutx 2,4,5,1", 0x1044_2bf1),
    ("fxvshb 1,1,-1", 0x1021_fcf4),
    ("fxvsel 4,4,6,2", 0x1084_34fe),
    ("fxvcmpb 4", 0x1004_04b4),
    ("fxvlax 31,0,9", 0x13e0_4fb0),
    ("fxvmtacb 3,1", 0x1003_0039),
    ("fxvsplatb 7,3", 0x10e3_0434),
    ("fxvaddactacb 3", 0x1003_05b4),
    ("fxvaddactacbm 3", 0x1003_05b4),
    ("fxvaddtachm 3,4,2", 0x1003_26b2),
    ("fxvaddtach 3,4,2", 0x1003_26b2),
    ("fxvcmphm 5", 0x1005_04b0),
];

#[test]
fn reference_words() {
    for (text, word) in WORDS {
        let found = assemble(text).map(|word| format!("{word:08x}"));
        assert_eq!(found, Ok(format!("{word:08x}")), "{text}");
    }
}

#[test]
fn operands_that_make_no_instruction() {
    for (text, message) in [
        ("rlwinm 3,4,0,0xff00ff", "mask 0xff00ff is not one contiguous run of ones"),
        ("rlwinm 3,4,0,0", "mask 0x0 is not one contiguous run of ones"),
        ("extrwi 3,4,20,20", "SH is 40, but must be 0 to 32"),
        ("extlwi 3,4,0,0", "n is 0, but must be 1 to 32"),
        ("clrlslwi 3,4,3,5", "MB is -2, but must be 0 to 31"),
        ("cmp 0,1,3,4", "L is 1, but must be 0 to 0"),
        ("beq 8,16", "BF is 8, but must be 0 to 7"),
        ("wait 1", "WC is 1, but must be 0 to 0"),
        ("fxvshb 1,1,16", "SH5 is 16, but must be -16 to 15"),
        ("nvecmpi", "nvecmpi is of an earlier chip and cannot be assembled"),
    ] {
        assert_eq!(assemble(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn forms_of_one_mnemonic_differ_in_their_number_of_operands() {
    let names = INSTRUCTIONS.iter().map(|row| row.mnemonic).chain(EXTENDED.iter().map(|row| row.mnemonic));
    for name in names {
        let forms = lookup(name);
        for count in 0..=5 {
            let fitting = forms.iter().filter(|form| form.takes(count)).count();
            assert!(fitting <= 1, "{name} with {count} operands");
        }
    }
}

#[test]
fn extended_mnemonics_are_read_back_from_the_words_they_make() {
    let mut samples = Samples::new(5);
    for row in EXTENDED {
        let words = samples.words(Mnemonic::Extended(row), 20);
        assert_eq!(words.len(), 20, "{}", row.mnemonic);
        for word in words {
            assert_eq!(decode(word), Some(row.base), "{}", row.mnemonic);
            if row.preferred {
                let back = row.arguments(word).unwrap_or_else(|| panic!("{} {word:08x}", row.mnemonic));
                assert_eq!(row.encode(&back[..row.operands.len()]), Ok(word), "{}", row.mnemonic);
            }
        }
    }
}

#[test]
fn words_as_text() {
    for (word, text) in [
        (0x6000_0000, "nop"),
        (0x3860_fff8, "li      3,-8"),
        (0x8061_fffc, "lwz     3,-4(1)"),
        (0x2c03_0005, "cmpwi   3,5"),
        (0x2f83_0005, "cmpwi   cr7,3,5"),
        (0x4bff_fffc, "b       0xffc"),
        (0x4800_000b, "bla     0x8"),
        (0x4182_0008, "beq     0x1008"),
        (0x41c6_0008, "beq-    cr1,0x1008"),
        (0x4f5e_f042, "crnot   4*cr6+eq,4*cr7+eq"),
        (0x4000_0010, "bdnzf   lt,0x1010"),
        (0x7c68_02a6, "mflr    3"),
        (0x7c7c_42a6, "mfspr   3,284"),
        (0x5483_2834, "slwi    3,4,5"),
        (0x1023_fcf5, ".long   0x1023fcf5  # fxvshb  1,3,-1"),
        (0x1021_fcf4, "fxvshb  1,1,-1"),
        (0x1003_05b4, "fxvaddactacbm 3"),
        (0x1442_0000, ".long   0x14420000  # nvecmpi"),
        (0x7c00_0001, ".long   0x7c000001  # cmpw    0,0"),
        (0x0000_0000, ".long   0x00000000"),
        (0x7c20_007c, ".long   0x7c20007c"),
    ] {
        assert_eq!(disassemble(word, 0x1000), text);
    }
    assert_eq!(branch_target(0x4bff_fffc, 0x1000), Some(0xffc));
    assert_eq!(branch_target(0x4800_000b, 0x1000), Some(8));
    assert_eq!(branch_target(0x4e80_0020, 0x1000), None);
}

#[test]
fn misspelt_mnemonics() {
    for (misspelt, meant) in [
        ("adddi", Some("addi")),
        ("fxvadbfs", Some("fxvaddbfs")),
        ("stww", Some("stw")),
        ("cmpwl", Some("cmpw")),
        ("qqqqqqqq", None),
    ] {
        assert_eq!(nearest_mnemonic(misspelt), meant, "{misspelt}");
    }
}

#[test]
fn special_registers_have_one_name_each() {
    assert!(SPRS.is_sorted_by_key(|spr| spr.number));
    SPRS.iter().for_each(|spr| assert_eq!(spr_named(spr.name), Some(spr)));
    let mnemonics = SPRS.iter().flat_map(|spr| [format!("mf{}", spr.name), format!("mt{}", spr.name)]);
    for mnemonic in mnemonics.filter(|name| !name.contains("tb")) {
        let base = lookup(&mnemonic)[0].row().mnemonic;
        assert_eq!(base, if mnemonic.starts_with("mf") { "mfspr" } else { "mtspr" });
    }
}
