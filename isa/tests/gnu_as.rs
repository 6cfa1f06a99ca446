//! Every way to write an instruction gives the word that GNU as gives, where that is installed, and the word that the
//! table says in any case.

#[allow(dead_code, reason = "each test program uses its part")]
mod support;

use hx_isa::asm::{NoIncludes, Options, assemble, assemble_line};
use hx_isa::instruction::{INSTRUCTIONS, Kind, Mnemonic, Operand, Support, decode, lookup, mnemonics};
use support::{Bench, text};

/// Values to try for an operand, the edges among them. Registers differ, so that exchanged ones are noticed.
fn value(operand: Operand, seed: i64) -> i64 {
    let third = (seed % 3) as usize;
    let field = operand.field();
    let span = field.high - field.low + 1;
    match (operand, operand.kind()) {
        // Combinations that no architecture reserves.
        (Operand::Bo, _) => [20, 12, 4][third],
        (Operand::Fxm, _) => [0x80, 0x10, 0x01][third],
        (Operand::L, _) => third as i64,
        (Operand::Mask, _) => [0x0ff0, 0xf000_000f, 0x1][third],
        (Operand::Count, _) => 5,
        (Operand::Start, _) => 9,
        (_, Kind::Target) => [0x40, 0x7c, 0x40][third],
        (_, Kind::Spr) => [1, 8, 26][third],
        (_, Kind::Base) => [1, 2, 3][third],
        (_, Kind::Immediate) => [field.low, field.high, field.low + (seed * 7 + 3) % span][third],
        // Loads and stores of several registers must not reach the base.
        (Operand::Rt | Operand::Rs, _) => 29 + seed % 3,
        _ => field.low + (seed * 11 + 5 + i64::from(field.msb)) % span,
    }
}

/// The operands as text; targets are addresses.
fn operands(mnemonic: Mnemonic, count: usize, seed: i64) -> String {
    let mut text = String::new();
    for (index, operand) in mnemonic.written(count).enumerate() {
        // `clrlslwi` cannot shift out more than it cleared.
        let after_start = operand == Operand::Sh && mnemonic.operands().contains(&Operand::Start);
        // With a single field, newer versions of GNU as write `mtocrf`.
        let several = operand == Operand::Fxm && mnemonic.name() == "mtcrf";
        let value = match (after_start, several) {
            (true, _) => 3,
            (_, true) => [0xff, 0x81, 0x42][(seed % 3) as usize],
            _ => value(operand, seed + index as i64),
        };
        let comma = if index == 0 { "" } else { "," };
        text += &if operand.kind() == Kind::Base { format!("({value})") } else { format!("{comma}{value}") };
    }
    text
}

/// Lines for every mnemonic that can be written, three each, with and without optional operands.
fn lines(wanted: impl Fn(Mnemonic) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for way in mnemonics().flat_map(lookup).copied().filter(|way| wanted(*way)) {
        let most = way.operands().len();
        for count in (0..=most).filter(|count| way.takes(*count)) {
            for seed in 0..3 {
                lines.push(format!("{} {}", way.name(), operands(way, count, seed)).trim().to_owned());
            }
        }
    }
    lines
}

/// What GNU as knows under the same name with the same meaning.
fn known_to_gnu(way: Mnemonic) -> bool {
    // Names for registers of this processor alone; `mftb` is another instruction there.
    const OWN: [&str; 9] = ["gin", "gout", "goe", "iccr", "tsr", "tcr", "decar", "mcsrr", "tb"];
    let own_register = OWN.iter().any(|name| way.name().ends_with(name) || way.name().contains("mcsrr"));
    let moves = way.name().starts_with("mf") || way.name().starts_with("mt");
    let vector =
        way.operands().iter().any(|operand| operand.kind() == Kind::Vector) || way.name().starts_with("fxv");
    // Hints of branches that test both counter and condition differ from one version of the architecture to the next.
    let hinted = ["bdnzt", "bdnzf", "bdzt", "bdzf"].iter().any(|name| way.name().starts_with(name))
        && way.name().ends_with(['+', '-']);
    let time_base = way.name().starts_with("mftb");
    let own = hinted || vector || time_base || (moves && own_register);
    way.row().support == Support::Implemented && !own
}

/// What GNU as said, with the lines it was about.
fn refused(lines: &[String], said: &str) -> String {
    let line =
        |part: &str| part.parse::<usize>().ok().and_then(|number| lines.get(number.checked_sub(2)?)).cloned();
    said.lines().map(|text| format!("{text} {:?}\n", text.split(':').find_map(line))).collect()
}

#[test]
fn same_words_as_gnu_as() {
    let Some(bench) = Bench::new(&["as", "objcopy"]) else { return };
    let lines = lines(known_to_gnu);
    let source = format!(" .text\n{}\n", lines.join("\n"));
    bench.write("rows.s", &source);
    let output = bench.try_run("as", &["-mregnames", "-ma2", "-many", "rows.s", "-o", "rows.o"]);
    assert!(output.status.success(), "{}", refused(&lines, &String::from_utf8_lossy(&output.stderr)));
    let gnu = bench.words("rows.o");
    let object = assemble(&source, "rows.s", &mut NoIncludes, &Options::default());
    let object = object.unwrap_or_else(|found| panic!("{}", found[0]));
    let own: Vec<u32> =
        object.sections[0].data.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap())).collect();
    assert_eq!((own.len(), gnu.len()), (lines.len(), lines.len()));
    let pairs = lines.iter().zip(own.iter().zip(&gnu));
    let differing = pairs.filter(|(_, (own, gnu))| own != gnu);
    let wrong: Vec<String> =
        differing.map(|(line, (own, gnu))| format!("{line}: {own:08x}, GNU as {gnu:08x}")).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    assert!(lines.len() > 1500, "only {} lines", lines.len());
}

#[test]
fn every_row_assembles_to_itself() {
    let mut checked = 0;
    for row in INSTRUCTIONS.iter().filter(|row| row.support != Support::Removed) {
        for seed in 0..3 {
            let way = Mnemonic::Base(row);
            let line = format!("{} {}", row.mnemonic, operands(way, row.operands.len(), seed));
            let word = assemble_line(&line, 0).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(decode(word).map(|row| row.mnemonic), Some(row.mnemonic), "{line} {word:08x}");
            for (index, operand) in row.operands.iter().enumerate() {
                let written = value(*operand, seed + index as i64);
                if *operand == Operand::Fxm {
                    continue;
                }
                // The upper half of a word may be written as a signed or an unsigned number.
                let read = operand.get(word);
                assert!(
                    operand.mask() == 0 || written == 0 || (read - written) % 0x10000 == 0,
                    "{line} {operand:?}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked >= 780, "only {checked} lines");
}

/// General form of the vector instructions: `4<<26 | T<<21 | A<<16 | B<<11 | XO<<2 | C`.
#[test]
fn vector_instructions_have_their_form() {
    for (line, word) in [
        ("fxvaddbfs 4,4,3", 0x1084_1f74),
        ("fxvinx 1,4,5", 0x1024_2bb0),
        ("fxvoutx 2,4,5,1", 0x1044_2bf1),
        ("fxvshb 1,1,-1", 0x1021_fcf4),
        ("fxvsel 4,4,6,2", 0x1084_34fe),
        ("fxvcmpb 4", 0x1004_04b4),
        ("fxvlax 31,0,9", 0x13e0_4fb0),
        ("fxvmtacb 3,1", 0x1003_0039),
        ("fxvsplatb 7,3", 0x10e3_0434_u32),
        ("fxvsplatb q7, %r3", 0x10e3_0434),
        ("fxvaddbfs vr4, v4, qv3", 0x1084_1f74),
    ] {
        assert_eq!(
            assemble_line(line, 0).map(|word| format!("{word:08x}")),
            Ok(format!("{word:08x}")),
            "{line}"
        );
    }
    assert!(assemble_line("fxvshb 1,1,16", 0).is_err());
    assert!(assemble_line("fxvsel 1,1,1,4", 0).is_err());
}

/// Statements beyond single instructions: data, alignment, expressions, macros, local labels.
#[test]
fn same_bytes_as_gnu_as() {
    let Some(bench) = Bench::new(&["as", "objcopy"]) else { return };
    let source = include_str!("data/syntax.s");
    bench.write("syntax.s", source);
    bench.run("as", &["-mregnames", "-ma2", "-many", "syntax.s", "-o", "gnu.o"]);
    let object = assemble(source, "syntax.s", &mut NoIncludes, &Options::default());
    let object = object.unwrap_or_else(|found| panic!("{}", found[0]));
    let own = bench.write("own.o", object.write_elf().unwrap());
    assert!(text(&own).ends_with("own.o"));
    for section in [".text", ".data", ".rodata", "other"] {
        let dump = |file: &str| bench.run("objdump", &["-s", "-j", section, file]).replace(file, "");
        assert_eq!(dump("own.o"), dump("gnu.o"), "{section}");
        let relocations = |file: &str| bench.run("objdump", &["-r", "-j", section, file]).replace(file, "");
        assert_eq!(relocations("own.o"), relocations("gnu.o"), "{section}");
    }
}
