//! The target description gdb asks for: which registers there are, in which order, and how to show them.

use super::registers::{ACCUMULATOR_BYTES, CONDITION_BYTES, FIRST_VECTOR_NUMBER, VECTOR_BYTES};
use std::fmt::Write;

/// Names of the scalar registers behind r0..r31, with gdb's fixed numbers (gdb/features/rs6000/power-core.xml).
pub(super) const SPECIAL: [(&str, usize, &str); 6] = [
    ("pc", 64, "code_ptr"),
    ("msr", 65, "uint32"),
    ("cr", 66, "uint32"),
    ("lr", 67, "code_ptr"),
    ("ctr", 68, "uint32"),
    ("xer", 69, "uint32"),
];

/// The description as XML. A wrong name in the core feature makes gdb drop all of it.
pub(super) fn xml() -> String {
    let mut text = String::from(concat!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n",
        "<target version=\"1.0\">\n<architecture>powerpc:common</architecture>\n",
        "<feature name=\"org.gnu.gdb.power.core\">\n",
    ));
    // Writing to a String cannot fail.
    let _ = core_registers(&mut text).and_then(|()| vector_registers(&mut text));
    text.push_str("</target>\n");
    text
}

fn core_registers(text: &mut String) -> std::fmt::Result {
    for number in 0..32 {
        writeln!(text, "<reg name=\"r{number}\" bitsize=\"32\" type=\"uint32\" regnum=\"{number}\"/>")?;
    }
    for (name, number, kind) in SPECIAL {
        writeln!(text, "<reg name=\"{name}\" bitsize=\"32\" type=\"{kind}\" regnum=\"{number}\"/>")?;
    }
    writeln!(text, "</feature>")
}

fn vector_registers(text: &mut String) -> std::fmt::Result {
    writeln!(text, "<feature name=\"org.gnu.gdb.power.nux\">")?;
    for (id, kind, bytes) in [("kbytes", "int8", 1), ("khalves", "int16", 2)] {
        writeln!(text, "<vector id=\"{id}\" type=\"{kind}\" count=\"{}\"/>", VECTOR_BYTES / bytes)?;
    }
    writeln!(text, "<union id=\"kvector\"><field name=\"bytes\" type=\"kbytes\"/>")?;
    writeln!(text, "<field name=\"halves\" type=\"khalves\"/></union>")?;
    writeln!(text, "<vector id=\"kaccumulator\" type=\"int32\" count=\"{}\"/>", ACCUMULATOR_BYTES / 4)?;
    writeln!(text, "<vector id=\"kcondition\" type=\"uint8\" count=\"{CONDITION_BYTES}\"/>")?;
    let register = |text: &mut String, name: &str, bytes: usize, kind: &str, number: usize| {
        writeln!(
            text,
            "<reg name=\"{name}\" bitsize=\"{}\" type=\"{kind}\" regnum=\"{number}\" group=\"vector\"/>",
            8 * bytes
        )
    };
    register(text, "kc", CONDITION_BYTES, "kcondition", FIRST_VECTOR_NUMBER)?;
    for number in 0..32 {
        let name = format!("kv{number}");
        register(text, &name, VECTOR_BYTES, "kvector", FIRST_VECTOR_NUMBER + 1 + number)?;
    }
    register(text, "ka", ACCUMULATOR_BYTES, "kaccumulator", FIRST_VECTOR_NUMBER + 33)?;
    writeln!(text, "</feature>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_is_described_once() {
        let text = xml();
        assert_eq!(text.matches("<reg ").count(), 32 + 6 + 34);
        for name in ["r0", "r31", "pc", "xer", "kc", "kv0", "kv31", "ka"] {
            assert_eq!(text.matches(&format!("name=\"{name}\"")).count(), 1, "{name}");
        }
        assert!(text.contains("<reg name=\"kv31\" bitsize=\"1024\""));
    }
}
