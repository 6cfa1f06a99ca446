//! Programs for the plasticity processor through the command line: assembled, disassembled, assembled again.

use hx_tests::command::{Ended, hxemu};
use std::fs;
use std::path::PathBuf;

const SOURCE: &str = "
    .globl start
    .type start, @function
start:
    li 3, 5
    mtctr 3
1:  addi 4, 4, 1
    bdnz 1b
    fxvaddhm 1, 2, 3, 1
    isync
    .long 0
    wait
    .size start, . - start
";

/// A scratch directory, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("hxemu-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn done(arguments: &[&str]) -> Ended {
    let ended = hxemu(arguments);
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.err);
    ended
}

#[test]
fn a_listing_shows_address_word_and_text() {
    let scratch = Scratch::new("listing");
    let (source, program) = (scratch.file("a.s"), scratch.file("a.elf"));
    fs::write(&source, SOURCE).unwrap();
    done(&["asm", &source, "-o", &program]);
    let listing = done(&["disasm", &program]).out;
    let expected = "\
# .text: 32 bytes at 0x00000000
# start:
00000000: 38600005  li      3,5
00000004: 7c6903a6  mtctr   3
00000008: 38840001  addi    4,4,1
0000000c: 4200fffc  bdnz    .-4                     # 0x8 start+0x8
00000010: 10221f31  fxvaddhm 1,2,3,1
00000014: 4c00012c  isync                           # not executed: this processor does not decode it
00000018: 00000000  .long   0x00000000
0000001c: 7c00007c  wait
";
    assert_eq!(listing, expected);
}

#[test]
fn a_listing_as_source_assembles_back() {
    let scratch = Scratch::new("source");
    let (source, program) = (scratch.file("a.s"), scratch.file("a.elf"));
    fs::write(&source, SOURCE).unwrap();
    done(&["asm", &source, "-o", &program]);
    let listing = done(&["disasm", "--source", &program]).out;
    let (again, back) = (scratch.file("b.s"), scratch.file("b.elf"));
    fs::write(&again, listing).unwrap();
    done(&["asm", &again, "-o", &back]);
    let words = |file: &str| {
        let listing = done(&["disasm", "--json", file]).json_lines().remove(0);
        let instructions = listing["instructions"].as_array().unwrap().clone();
        instructions.iter().map(|row| row["word"].as_u64().unwrap()).collect::<Vec<u64>>()
    };
    assert_eq!(words(&program).len(), 8);
    assert_eq!(words(&program), words(&back));
}

/// The text column of a plain listing is a program too.
#[test]
fn the_text_of_a_listing_assembles_back() {
    let scratch = Scratch::new("text");
    let (source, program) = (scratch.file("a.s"), scratch.file("a.elf"));
    fs::write(&source, SOURCE).unwrap();
    done(&["asm", &source, "-o", &program]);
    let listing = |file: &str| done(&["disasm", file]).out;
    let instructions: Vec<String> = listing(&program)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.splitn(3, ' ').nth(2).unwrap().to_owned())
        .collect();
    let (again, back) = (scratch.file("b.s"), scratch.file("b.elf"));
    fs::write(&again, instructions.join("\n")).unwrap();
    done(&["asm", &again, "-o", &back]);
    let words = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line[10..18].to_owned()).collect()
    };
    assert_eq!(words(listing(&back)), words(listing(&program)));
}

#[test]
fn several_files_are_linked() {
    let scratch = Scratch::new("link");
    let (main, library) = (scratch.file("main.s"), scratch.file("library.s"));
    fs::write(&main, "        bl      double\n        wait\n").unwrap();
    fs::write(&library, "        .globl  double\ndouble: add     3,3,3\n        blr\n").unwrap();
    let list = done(&["asm", &main, &library, "--list"]).out;
    let expected = format!(
        "section .text\n00000000 48000009  {main}:1 bl      double\n00000004 7c00007c  {main}:2 wait\n\
         00000008 7c631a14  {library}:2 double: add     3,3,3\n0000000c 4e800020  {library}:3 blr\n"
    );
    assert_eq!(list, expected);
    let (object, program, whole) = (scratch.file("main.o"), scratch.file("a.elf"), scratch.file("b.elf"));
    done(&["asm", "--object", &main, "-o", &object]);
    let answer = done(&["asm", "--json", &object, &library, "-o", &program]).json_lines().remove(0);
    assert_eq!(answer["sections"][0]["size"].as_u64(), Some(16));
    assert_eq!(answer["symbols"][0]["name"].as_str(), Some("double"));
    done(&["asm", &main, &library, "-o", &whole]);
    assert_eq!(fs::read(&program).unwrap(), fs::read(&whole).unwrap());
}

#[test]
fn bad_sources_are_explained() {
    let scratch = Scratch::new("wrong");
    let (source, program) = (scratch.file("a.s"), scratch.file("a.elf"));
    fs::write(&source, " addi 3,3,40000\n lwzz 3,0(4)\n").unwrap();
    let ended = hxemu(&["asm", &source, "-o", &program]);
    let expected = format!(
        "{source}:1:11: error: 40000 is out of range for SI\n     addi 3,3,40000\n              ^\n  \
         hint: -32768 to 32767 is allowed\n{source}:2:2: error: unknown instruction `lwzz`\n     lwzz 3,0(4)\n     ^\n  \
         hint: did you mean `lwz`?\nerror: 2 errors; nothing was written\n"
    );
    assert_eq!((ended.code, ended.out.as_str(), ended.err), (2, "", expected));
    assert!(!std::path::Path::new(&program).exists());
    let ended = hxemu(&["asm", "--json", &source]);
    let answer = ended.json_lines().remove(0);
    assert_eq!((ended.code, answer["diagnostics"][1]["line"].as_u64()), (2, Some(2)));
    fs::write(&source, " bl missing\n").unwrap();
    let ended = hxemu(&["asm", &source]);
    assert!(
        ended.err.starts_with(&format!("{source}:1:5: error: undefined symbol `missing`")),
        "{}",
        ended.err
    );
}

#[test]
fn a_listing_as_json() {
    let scratch = Scratch::new("json");
    let (source, program) = (scratch.file("a.s"), scratch.file("a.elf"));
    fs::write(&source, SOURCE).unwrap();
    done(&["asm", &source, "-o", &program]);
    let listing = done(&["disasm", "--json", &program]).json_lines().remove(0);
    let branch = &listing["instructions"][3];
    assert_eq!((branch["address"].as_u64(), branch["word"].as_u64()), (Some(12), Some(0x4200_fffc)));
    assert_eq!((branch["text"].as_str(), branch["target"].as_u64()), (Some("bdnz    .-4"), Some(8)));
    assert_eq!((branch["symbol"].as_str(), branch["offset"].as_u64()), (Some("start"), Some(12)));
    assert_eq!(branch["source_line"].as_u64(), Some(8));
    assert_eq!(listing["instructions"][5]["implemented"].as_bool(), Some(false));
    assert_eq!(listing["kind"].as_str(), Some("executable"));
    assert_eq!(listing["symbols"][0]["name"].as_str(), Some("start"));
}

#[test]
fn files_that_are_no_programs() {
    let scratch = Scratch::new("bad");
    let cut = scratch.file("cut.elf");
    fs::write(&cut, b"\x7fELF\x01\x02\x01").unwrap();
    let ended = hxemu(&["disasm", &cut]);
    let message = format!("error: {cut}: not an ELF file: it ends within the ELF header\n");
    assert_eq!((ended.code, ended.out.as_str(), ended.err), (2, "", message));
    let ended = hxemu(&["disasm", &scratch.file("none.elf")]);
    assert_eq!((ended.code, ended.err.contains("none.elf: cannot read: ")), (2, true));
}

#[test]
fn instructions_and_their_reference() {
    let one = done(&["isa", "fxvaddtach"]).out;
    assert!(one.starts_with("fxvaddtach VRA,VRB[,C]\n  stands for  fxvaddtachm VRA,VRB"), "{one}");
    let ended = hxemu(&["isa", "fxvadbm"]);
    let message = "error: there is no instruction `fxvadbm`; did you mean `fxvaddbm`?\n";
    assert_eq!((ended.code, ended.err.as_str()), (2, message));
    let rows = done(&["isa", "--json"]).json_lines();
    assert_eq!(rows.len(), 266);
    let executed = rows.iter().filter(|row| row["support"] == "implemented").count();
    assert_eq!(executed, 233);
    let page = done(&["isa", "--markdown"]).out;
    assert!(page.starts_with("# Instructions of the plasticity processor\n"));
}
