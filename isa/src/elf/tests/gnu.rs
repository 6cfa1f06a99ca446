//! Files from the GNU tools, where they are installed.

use super::super::{Memory, Program, ProgramKind};
use std::process::Command;

/// Instruction 0x10 is that of line 10.
const SOURCE: &str = r#"
    .section int.text, "ax", @progbits
    .globl start
    .type start, @function
start:
    li 3, 1
    bl add
    lis 4, value@ha
    lwz 4, value@l(4)
    addi 3, 3, 4
0:  b 0b
    .size start, . - start
    .type add, @function
add:
    addi 3, 3, 2
    blr
    .size add, . - add
    .section ext.data, "aw", @progbits
    .globl value
    .type value, @object
value:
    .long 0x01020304
    .size value, 4
    .bss
    .space 12
"#;

const LAYOUT: &str = r"
SECTIONS {
    int.text 0 : { *(int.text) }
    .bss 0x100 : { *(.bss) }
    ext.data 0x40000000 : { *(ext.data) }
}
";

#[test]
fn linked_and_unlinked_files_of_gnu_ld() {
    let directory = std::env::temp_dir().join(format!("hx-isa-elf-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("a.s"), SOURCE).unwrap();
    std::fs::write(directory.join("a.ld"), LAYOUT).unwrap();
    let run = |tool: &str, arguments: &[&str]| {
        Command::new(tool)
            .args(arguments)
            .current_dir(&directory)
            .output()
            .map(|output| output.status.success())
    };
    let assembled = run("powerpc-linux-gnu-as", &["-mbooke", "-g", "a.s", "-o", "a.o"]);
    let linked = run("powerpc-linux-gnu-ld", &["-T", "a.ld", "a.o", "-o", "a.elf"]);
    if let (Ok(true), Ok(true)) = (assembled, linked) {
        let read = |name: &str| std::fs::read(directory.join(name)).unwrap();
        check_executable(&Program::open(&read("a.elf"), "a.elf").unwrap());
        let object = Program::open(&read("a.o"), "a.o").unwrap();
        assert_eq!(object.kind, ProgramKind::Object);
        let text = object.segments.iter().position(|segment| segment.executable).unwrap();
        assert_eq!(object.symbol_in(text, 0x1c), Some(("add", 4)));
    } else {
        println!("skipped: the GNU assembler and linker for PowerPC are not installed");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

fn check_executable(program: &Program) {
    let text = &program.segments[0];
    assert_eq!((text.name.as_str(), text.memory, text.offset), ("int.text", Memory::Sram, 0));
    assert_eq!(text.words().nth(1), Some((4, 0x4800_0015)));
    let data = program.segments.iter().find(|segment| segment.name == "ext.data").unwrap();
    assert_eq!((data.memory, data.offset, data.address), (Memory::External, 0, 0x4000_0000));
    let bss = program.segments.iter().find(|segment| segment.name == ".bss").unwrap();
    assert_eq!((bss.bytes.len(), bss.zeros), (0, 12));
    assert_eq!(program.symbol_at(0x1c), Some(("add", 4)));
    assert_eq!(program.symbol_at(0x4000_0003), Some(("value", 3)));
    let (file, line) = program.line_at(0x10).unwrap();
    assert!(file.ends_with("a.s"), "{file}");
    assert_eq!(line, 10);
    assert_eq!(program.line_at(0x20), None);
}
