//! The reference as text.

use super::super::{EXTENDED, INSTRUCTIONS, doc, lookup};

#[test]
fn operands_as_they_are_written() {
    for (mnemonic, syntax) in [
        ("lwz", "RT,D(RA|0)"),
        ("cmpwi", "[BF,]RA,SI"),
        ("fxvaddhm", "VRT,VRA,VRB[,C]"),
        ("fxvmtach", "VRA[,C]"),
        ("sync", "[L]"),
        ("rfi", ""),
        ("beqlr", "[BF]"),
        ("bc", "BO,BI,BD"),
    ] {
        assert_eq!(doc::syntax(lookup(mnemonic)[0].operands()), syntax, "{mnemonic}");
    }
}

#[test]
fn what_extended_mnemonics_stand_for() {
    for (mnemonic, expansion) in [
        ("li", "addi RT,0,SI"),
        ("la", "addi RT,RA|0,D"),
        ("subi", "addi RT,RA|0,-SI"),
        ("srwi", "rlwinm RA,RS,32-SH,SH,31"),
        ("insrwi", "rlwimi RA,RS,32-n-b,b,n+b-1"),
        ("blt", "bc 12,4*BF,BD"),
        ("bnelr", "bclr 4,4*BF+2"),
        ("mtlr", "mtspr 8,RS"),
        ("nop", "ori 0,0,0"),
    ] {
        let row = EXTENDED.iter().find(|row| row.mnemonic == mnemonic).unwrap();
        assert_eq!(doc::expansion(row), expansion, "{mnemonic}");
    }
}

#[test]
fn the_page_names_every_mnemonic() {
    let page = doc::markdown();
    let names = INSTRUCTIONS.iter().map(|row| row.mnemonic).chain(EXTENDED.iter().map(|row| row.mnemonic));
    for name in names {
        let alone = format!("| `{name}` |");
        assert!(page.contains(&alone) || page.contains(&format!("| `{name} ")), "{name}");
    }
}

#[test]
fn a_misspelt_mnemonic_gets_a_suggestion() {
    assert_eq!(
        doc::find("fxvadbm").unwrap_err(),
        "there is no instruction `fxvadbm`; did you mean `fxvaddbm`?"
    );
}
