//! The assembler on whole texts: programs of the reference set, bad texts, any text.

use hx_isa::asm::{Includes, NoIncludes, Options, assemble, assemble_line, assemble_program};
use proptest::prelude::*;

/// Programs and the words that the tools of the reference set made of them.
#[test]
fn reference_programs() {
    let all = include_str!("data/programs.txt");
    let mut count = 0;
    for program in all.split("\n== ").skip(1) {
        let (name, rest) = program.split_once('\n').unwrap();
        let (source, words) = rest.split_once("\n--\n").unwrap();
        let linked = assemble_program(source, name).unwrap_or_else(|found| panic!("{}", found[0]));
        let own: Vec<String> = linked.words(0).iter().map(|word| format!("{word:08x}")).collect();
        assert_eq!(own, words.split_whitespace().collect::<Vec<_>>(), "{name}");
        count += 1;
    }
    assert_eq!(count, 28);
}

/// Source, then for each finding its line, column, a part of the message, and a part of the hint.
type Bad = (&'static str, &'static [(u32, u32, &'static str, &'static str)]);

const BAD: &[Bad] = &[
    ("addd 3,4,5", &[(1, 1, "unknown instruction `addd`", "did you mean `add")]),
    ("nop\n ADD 3,4,5", &[(2, 2, "unknown instruction `ADD`", "did you mean `add`?")]),
    (" addi 3,3,32768", &[(1, 11, "32768 is out of range for SI", "-32768 to 32767")]),
    (" add 3,4,32", &[(1, 10, "32 is out of range for RB", "0 to 31")]),
    (" add 3,4", &[(1, 2, "add takes 3 operands, not 2", "write `add RT,RA,RB`")]),
    (" lwz 3,4", &[(1, 9, "expected `(` and the base register, found the end", "")]),
    (" lwz 3,4(5", &[(1, 11, "expected `)`", "")]),
    (" add r3,v4,r5", &[(1, 9, "`v4` is not what RA must be: a general-purpose register", "")]),
    (" fxvsplatb 3,v1", &[(1, 14, "`v1` is not what RA must be", "")]),
    (" fxvshb 1,1,16", &[(1, 13, "16 is out of range for SH5", "-16 to 15")]),
    (" li 3,r4", &[(1, 7, "`r4` is a register, but SI must be a number", "")]),
    (" mtspr crt,3", &[(1, 8, "`crt` is not what SPR must be", "did you mean `ctr`?")]),
    (" li 3,(1+2", &[(1, 11, "expected `)`", "")]),
    (" li 3,1/0", &[(1, 8, "division by zero", "")]),
    (" rlwinm 3,3,1,0x5", &[(1, 2, "0x5 is not one contiguous run of ones", "")]),
    (" .blong 1", &[(1, 2, "unknown directive `.blong`", "did you mean `.long`?")]),
    (" .byte 256", &[(1, 8, "256 does not fit in 1 bytes", "-128 to 255")]),
    (" .ascii \"x", &[(1, 9, "no closing quote", "")]),
    (" .ascii \"\\q\"", &[(1, 10, "unknown escape", "\\n")]),
    ("a:\na:", &[(2, 1, "`a` is already defined", "first defined at t.s:1")]),
    (" b 1f\n", &[(1, 4, "no label `1:` after this place", "")]),
    (" b 1b\n", &[(1, 4, "no label `1:` before this place", "")]),
    (" .space n\nm = 1", &[(1, 9, "`n` is not defined so far", "")]),
    ("limit = 4\n .if limt\n .endif", &[(2, 6, "`limt` is not defined so far", "did you mean `limit`?")]),
    (" .if 1", &[(1, 2, "this conditional has no .endif", "")]),
    (" .endif", &[(1, 2, "`.endif` without an open `.if`", "")]),
    (" .else", &[(1, 2, "`.else` without an open `.if`", "")]),
    (" .macro m\n nop", &[(1, 2, "there is no `.endm` for this", "")]),
    (" .endr", &[(1, 2, "`.endr` without", "")]),
    (" .rept -1\n.endr", &[(1, 8, "cannot repeat -1 times", "")]),
    (" .org 8\n .org 4", &[(2, 7, ".org 0x4 would move backwards", "")]),
    (" .byte 1\n nop", &[(2, 2, "cannot begin at offset 0x1", ".balign 4")]),
    (" .balign 3", &[(1, 10, "3 is no alignment", "")]),
    (" .bss\n .long 1", &[(2, 8, "holds only zeros", "")]),
    (" .section .x,\"q\"", &[(1, 15, "unknown section flag `q`", "a allocated")]),
    (" .popsection", &[(1, 2, "without a `.pushsection`", "")]),
    (" bc 12,2,x\n.space 0x9000\nx:", &[(1, 10, "36868 is out of range for BD", "-32768 to 32764")]),
    (" lis 3,x@hi", &[(1, 10, "unknown part of an address `@hi`", "@ha")]),
    (" slwi 3,3,x", &[(1, 11, "the value must be a number", "")]),
    (" .data\n .long a-b\n .section .x\na: .text\nb:", &[(2, 8, "different sections", "")]),
    (" .quad x", &[(1, 8, "an address cannot be used here", "")]),
    (" .include \"x.inc\"", &[(1, 11, "`x.inc` cannot be included", "")]),
    ("/* no end\n nop", &[(1, 1, "this comment has no end", "close it")]),
    (" .error \"stop here\"", &[(1, 2, "stop here", "")]),
    ("x = x + 1\n .long x", &[(2, 8, "in terms of itself", ""), (1, 1, "cannot be computed", "")]),
    (
        " foo\n bar 1\n nop",
        &[(1, 2, "unknown instruction `foo`", ""), (2, 2, "unknown instruction `bar`", "")],
    ),
    ("\u{e4} = 1; add 3,4,\u{e4}\u{e4}", &[(1, 16, "`\u{e4}\u{e4}` is not what RB must be", "")]),
];

#[test]
fn bad_texts_are_explained() {
    for (source, expected) in BAD {
        let found = assemble(source, "t.s", &mut NoIncludes, &Options::default()).unwrap_err();
        let places: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{source:?}\n{}", places.join("\n"));
        for (finding, (line, column, message, hint)) in found.iter().zip(*expected) {
            let shown = finding.to_string();
            assert_eq!((finding.line, finding.column), (*line, *column), "{source:?}\n{shown}");
            assert!(finding.message.contains(message), "{source:?}\n{shown}");
            assert!(finding.hint.clone().unwrap_or_default().contains(hint), "{source:?}\n{shown}");
            assert!(!finding.source_line.is_empty(), "{source:?}");
        }
    }
}

#[test]
fn errors_in_macros_name_the_use() {
    let source = " .macro inner reg\n addi \\reg,\\reg,99999\n .endm\n .macro outer\n inner r3\n .endm\n nop\n outer\n";
    let found = assemble(source, "m.s", &mut NoIncludes, &Options::default()).unwrap_err();
    let expected = "m.s:2:12: error: 99999 is out of range for SI\n    addi r3,r3,99999\n               ^\n  \
                    hint: -32768 to 32767 is allowed\nm.s:5: via macro `inner`\nm.s:8: via macro `outer`";
    assert_eq!(found[0].to_string(), expected);
}

struct Files(&'static [(&'static str, &'static str)]);

impl Includes for Files {
    fn read(&mut self, name: &str, _: &str) -> Result<(String, Vec<u8>), String> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .ok_or_else(|| "not there".to_owned())
    }
}

#[test]
fn includes() {
    let mut files = Files(&[
        ("a.inc", "li 3,1\n.include \"b.inc\"\n"),
        ("b.inc", "li 4,2\n"),
        ("loop.inc", ".include \"loop2.inc\""),
        ("loop2.inc", " .include \"loop.inc\""),
        ("bad.inc", "nop\n foo\n"),
        ("image.bin", "abcdefgh"),
    ]);
    let options = Options::default();
    let mut assemble = |source: &str| assemble(source, "t.s", &mut files, &options);
    let object = assemble(".include \"a.inc\"\nli 5,3\n.incbin \"image.bin\",2,4").unwrap();
    assert_eq!(
        object.sections[0].data,
        [&[0x38, 0x60, 0, 1, 0x38, 0x80, 0, 2, 0x38, 0xa0, 0, 3], &b"cdef"[..]].concat()
    );
    let found = assemble(".include \"loop.inc\"").unwrap_err();
    assert_eq!((found[0].file.as_str(), found[0].column), ("loop2.inc", 11));
    assert!(found[0].to_string().contains("`loop.inc` includes itself"), "{}", found[0]);
    assert!(found[0].to_string().contains("loop.inc includes loop2.inc includes loop.inc"), "{}", found[0]);
    let found = assemble("\n\n .include \"bad.inc\"").unwrap_err();
    assert!(found[0].to_string().starts_with("bad.inc:2:2: error:"), "{}", found[0]);
    assert!(found[0].to_string().ends_with("t.s:3: via .include of `bad.inc`"), "{}", found[0]);
}

#[test]
fn runaway_texts_end() {
    for source in [
        ".macro m\n m\n.endm\n m",
        ".macro m a\n m \\a\\a\n.endm\n m xxxxxxxx",
        ".rept 1000000000\n.rept 1000000000\n nop\n.endr\n.endr",
        ".space 0xffffffffffff",
        ".fill 0x7fffffff, 8, 1",
        ".rept 100000000000\n .endr",
        "a = b\nb = a\n .long a\n .if a\n .endif",
    ] {
        let found = assemble_program(source, "t.s");
        assert!(found.is_err() || source.contains(" .endr"), "{source}");
    }
    // Each doubles the one before; the last would be larger than any memory.
    let doubling: String = (0..60).map(|n| format!("x{} = x{n} + x{n}\n", n + 1)).collect();
    assert!(assemble_program(&format!("{doubling} .long x60"), "t.s").is_err());
}

#[test]
fn absent_instructions_are_warned_of() {
    let object = assemble(" isync\n mftb 3\n nop", "t.s", &mut NoIncludes, &Options::default()).unwrap();
    let said: Vec<String> = object.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("t.s:1:2: warning: `isync` is absent on this processor"), "{}", said[0]);
    assert!(said[1].contains("does not decode mftb"), "{}", said[1]);
}

/// As GNU as has it: a number is how far to go, a symbol or `.` is where to go.
#[test]
fn numbers_as_branch_targets_are_distances() {
    let linked = assemble_program(
        "nop\n b 8\n b .+8\n bdnz -4\n ba 0x40\nfar = 0x40\n b far\n b later\nlater = 0x40\n",
        "t.s",
    );
    let expected =
        [0x6000_0000, 0x4800_0008, 0x4800_0008, 0x4200_fffc, 0x4800_0042, 0x4800_0040, 0x4800_0028];
    assert_eq!(linked.unwrap().words(0), expected);
}

#[test]
fn word_is_two_bytes_unless_asked() {
    let options = Options { word_size: 4, ..Options::default() };
    let data = |options: &Options| {
        assemble(".word 1", "t.s", &mut NoIncludes, options).unwrap().sections[0].data.clone()
    };
    assert_eq!(data(&Options::default()), [0, 1]);
    assert_eq!(data(&options), [0, 0, 0, 1]);
}

#[test]
fn defines_from_outside() {
    let options = Options { defines: vec![("count".to_owned(), 3)], ..Options::default() };
    let object = assemble(" .rept count\n nop\n .endr", "t.s", &mut NoIncludes, &options).unwrap();
    assert_eq!(object.sections[0].size, 12);
}

/// Pieces that make texts which get further than random characters do.
const WORDS: &[&str] = &[
    "add",
    "addi",
    "lwz",
    "b",
    "bne+",
    "fxvaddhm",
    "li",
    "r3",
    "3",
    "4*cr1+eq",
    ",",
    "(",
    ")",
    "\n",
    "\n",
    " ",
    ":",
    "1b",
    "1f",
    "1:",
    "x",
    "y:",
    "x=",
    ".",
    "@ha",
    "@l",
    "+",
    "-",
    "*",
    "/",
    "<<",
    "\\x",
    "\\@",
    "\\()",
    "\"",
    "'",
    ";",
    "#",
    "/*",
    "*/",
    ".long",
    ".byte",
    ".ascii",
    ".macro m x",
    ".endm",
    "m",
    ".rept 3",
    ".endr",
    ".irp x,1,2",
    ".irpc x,ab",
    ".if 1",
    ".if x",
    ".else",
    ".endif",
    ".ifc",
    ".set x,",
    ".org",
    ".align 3",
    ".balign 8",
    ".space 5",
    ".fill",
    ".section .a",
    ".data",
    ".bss",
    ".pushsection .b",
    ".popsection",
    ".previous",
    ".comm x,4",
    ".lcomm z,8",
    ".size x,.-x",
    ".globl x",
    ".weak y",
    ".type x,@function",
    ".file 1 \"f\"",
    ".loc 1 2 3",
    ".uleb128 x-y",
    ".exitm",
    ".purgem m",
    ".include \"x\"",
    "0x",
    "99999999999",
    "\u{e4}",
    "\t",
];

fn piece() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    prop_oneof![9 => word, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_assembled_or_refused(text in any::<String>()) {
        let _ = assemble_program(&text, "t.s");
        let _ = assemble_line(&text, 0);
    }

    #[test]
    fn any_pieces_are_assembled_or_refused(pieces in prop::collection::vec((piece(), any::<bool>()), 0..60)) {
        let text: String = pieces.iter().map(|(piece, blank)| format!("{piece}{}", if *blank { " " } else { "" })).collect();
        match assemble(&text, "t.s", &mut NoIncludes, &Options::default()) {
            Ok(object) => { let _ = object.write_elf().unwrap(); }
            Err(found) => prop_assert!(found.iter().all(|finding| !finding.to_string().is_empty())),
        }
        let _ = assemble_line(&text, 0x100);
    }
}
