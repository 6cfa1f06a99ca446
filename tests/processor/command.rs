//! `hxemu ppu run` as scripts use it: the object it prints, its exit codes, and what it says about bad input.

use crate::oracle::scratch_file;
use hx_tests::command::{Ended, hxemu};
use serde_json::Value;

fn run(name: &str, text: &str, options: &[&str]) -> Ended {
    let file = scratch_file(name);
    // Which kind of file it is, is decided by the end of its name.
    let path = file.with_extension(name.rsplit('.').next().unwrap_or("s"));
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    hxemu(&[&["ppu", "run", path.as_str()], options].concat())
}

fn report(name: &str, text: &str, options: &[&str]) -> Value {
    let ended = run(name, text, &[options, &["--json"]].concat());
    assert!(ended.code <= 3, "{}", ended.err);
    ended.json_lines().remove(0)
}

#[test]
fn the_object_has_everything_of_the_contract() {
    let text = "_start: li 3, 5\ntimed_begin: mullw 4, 3, 3\n add 5, 4, 3\ntimed_end: fxvsplatb 1, 5\n fxvcmpb 1\n sync\n wait\n";
    let report = report("contract.s", text, &["--dump", "0:4", "--issues"]);
    assert_eq!(report["stop"], "wait");
    assert_eq!(report["pc"], 24);
    assert_eq!(report["gpr"].as_array().unwrap().len(), 32);
    assert_eq!((&report["gpr"][3], &report["gpr"][5]), (&Value::from(5), &Value::from(30)));
    assert_eq!(report["vr"][1], "1e".repeat(128));
    assert_eq!(report["vector_accumulator"], "0".repeat(512));
    assert_eq!(report["vector_condition"], "0f0".repeat(64));
    assert_eq!(report["exit_code"], Value::Null);
    assert_eq!(report["mailbox"], "");
    assert_eq!(report["dump"], serde_json::json!([{ "address": 0, "hex": "38600005" }]));
    // mullw issues at 1, add waits for it until 5, the splat follows
    assert_eq!(report["timed_cycles"], 5);
    let issue = serde_json::json!([
        ["0", 0, "fxdpt"],
        ["4", 1, "mul"],
        ["8", 5, "fxdpt"],
        ["c", 6, "vec"],
        ["10", 7, "vec"]
    ]);
    assert_eq!(report["issue"], issue);
    assert_eq!(report["instructions"], 5);
    for key in ["cycles", "cr", "xer", "lr", "ctr", "wall_s"] {
        assert!(report[key].is_number(), "{key}");
    }
}

#[test]
fn both_hemispheres_give_the_same() {
    let text = "_start: li 4, 9\n fxvsplatb 1, 4\n li 5, 6\n fxvoutx 1, 0, 5\n sync\n fxvinx 2, 0, 5\n sync\n wait\n";
    let [top, bottom] = ["top", "bottom"].map(|side| report("sides.s", text, &["--hemisphere", side]));
    assert_eq!(top["vr"][2], "09".repeat(128));
    assert_eq!((&top["vr"], &top["cycles"]), (&bottom["vr"], &bottom["cycles"]));
}

#[test]
fn endings_and_exit_codes() {
    for (name, text, options, stop, pc, code) in [
        ("loop.s", "_start: b _start\n", &["--max-cycles", "1000"][..], "max_cycles", 0, 3),
        ("trap.s", "_start: nop\n trap\n wait\n", &[], "trap", 4, 1),
        ("align.s", "_start: li 3, 1\n lwz 4, 0(3)\n wait\n", &[], "fault", 4, 1),
        ("undecoded.s", "_start: .long 0\n wait\n", &["--strict"], "illegal", 0, 1),
        ("undecoded2.s", "_start: .long 0\n wait\n", &[], "wait", 4, 0),
        (
            "away.s",
            "_start: lis 3, 0x8001\n ori 3, 3, 0xfff0\n mtctr 3\n bctr\n",
            &["--max-cycles", "100000"],
            "fault",
            0x8002_0000_i64,
            1,
        ),
    ] {
        let ended = run(name, text, &[options, &["--json"]].concat());
        let report = &ended.json_lines()[0];
        assert_eq!((report["stop"].as_str(), ended.code), (Some(stop), code), "{name}: {}", ended.err);
        assert!(report["pc"] == pc, "{name}: {}", report["pc"]);
    }
}

#[test]
fn remarks_name_place_and_cause() {
    let ended = run("remark.s", "_start: nop\n.long 0xffffffff\n wait\n", &[]);
    assert!(
        ended.err.contains(": 0x00000004 (_start+0x4), word ffffffff: the word is no instruction"),
        "{}",
        ended.err
    );
}

#[test]
fn bad_input_is_refused_with_its_place() {
    for (name, text, options, said) in [
        ("wrong.s", "_start: addd 3, 4, 5\n", &[][..], ".s:1:9: error: unknown instruction `addd`"),
        ("range.s", "_start: addi 3, 4, 0x12345\n", &[], ".s:1:20: error:"),
        ("broken.json", "{\"code\": [", &[], ".json:1:10: EOF"),
        ("code.json", "{\"code\": [\"xyz\"]}", &[], "code[0]: `xyz` is no 32-bit hex number"),
        ("empty.bin", "", &[], "image"),
        ("elf.elf", "\x7fELF", &[], "elf"),
        ("bus.s", "_start: wait\n", &["--bus", "x=1"], "no bus delay `x`"),
        ("dump.s", "_start: wait\n", &["--dump", "12"], "`12` is not ADDR:LEN"),
        ("load.s", "_start: wait\n", &["--load", "0:/does/not/exist"], "cannot read"),
        ("trace.s", "_start: wait\n", &["--trace", "x.gif"], "must end in .txt, .vcd or .fst"),
    ] {
        let ended = run(name, text, options);
        assert_eq!(ended.code, 2, "{name}: {}", ended.err);
        assert!(ended.err.contains(said), "{name}: {}", ended.err);
    }
    let missing = hxemu(&["ppu", "run", "/does/not/exist.s"]);
    assert!(missing.code == 2 && missing.err.contains("/does/not/exist.s: "), "{}", missing.err);
}

#[test]
fn traces_tell_every_effect() {
    let log = scratch_file("trace.txt").with_extension("txt");
    let coverage = scratch_file("trace.lcov").with_extension("lcov");
    let text = "_start: li 3, 0x2000\n li 4, 7\n stw 4, 4(3)\n lwz 5, 4(3)\n cmpwi 5, 7\n bne 0, 1f\n fxvsplatb 1, 4\n sync\n wait\n1: b 1b\n";
    let (log_name, coverage_name) = (log.display().to_string(), coverage.display().to_string());
    let options = ["--trace", log_name.as_str(), "--coverage", coverage_name.as_str(), "--profile"];
    let report = report("traced.s", text, &options);
    let lines = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], "0 00000000 38602000 li      3,8192 ; r3=00002000");
    assert!(lines[2].ends_with("; mem[00002004]=00000007"), "{}", lines[2]);
    assert!(lines[3].ends_with("; mem[00002004]->00000007 r5=00000007"), "{}", lines[3]);
    assert!(lines[4].ends_with("; cr=20000000"), "{}", lines[4]);
    assert!(lines[6].ends_with(&format!("; v1={}", "07".repeat(128))), "{}", lines[6]);
    let covered = std::fs::read_to_string(&coverage).unwrap();
    for line in ["DA:1,1", "DA:8,1", "DA:9,1", "DA:10,0", "LF:10", "LH:9"] {
        assert!(covered.lines().any(|found| found == line), "{line} in {covered}");
    }
    assert_eq!(report["profile"]["symbols"][0]["name"], "_start");
    let stalls = report["profile"]["stalls"].as_array().unwrap();
    assert!(stalls.iter().any(|stall| stall["name"] == "operand"), "{stalls:?}");
}
