//! Line coverage in the form of lcov's trace files (`geninfo(1)`), which every coverage viewer reads.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How often the lines and functions of one source file were executed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Executions by line, from 1; 0 for a line that has code and was never reached.
    pub lines: BTreeMap<u32, u64>,
    /// First line and executions by function.
    pub functions: BTreeMap<String, (u32, u64)>,
}

/// Coverage by source file.
pub type Coverage = BTreeMap<String, FileCoverage>;

/// Writes a trace file.
#[must_use]
pub fn to_lcov(test: &str, coverage: &Coverage) -> String {
    let mut text = String::new();
    for (file, covered) in coverage {
        // Writing to a String cannot fail.
        let _ = write_file(&mut text, test, file, covered);
    }
    text
}

fn write_file(text: &mut String, test: &str, file: &str, covered: &FileCoverage) -> std::fmt::Result {
    writeln!(text, "TN:{test}\nSF:{file}")?;
    for (name, (line, _)) in &covered.functions {
        writeln!(text, "FN:{line},{name}")?;
    }
    for (name, (_, count)) in &covered.functions {
        writeln!(text, "FNDA:{count},{name}")?;
    }
    let hit = covered.functions.values().filter(|(_, count)| *count > 0).count();
    writeln!(text, "FNF:{}\nFNH:{hit}", covered.functions.len())?;
    for (line, count) in &covered.lines {
        writeln!(text, "DA:{line},{count}")?;
    }
    let hit = covered.lines.values().filter(|count| **count > 0).count();
    writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", covered.lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_line_never_reached() {
        let covered = FileCoverage {
            lines: [(3, 2), (4, 0)].into(),
            functions: [("start".to_owned(), (3, 1)), ("unused".to_owned(), (9, 0))].into(),
        };
        let text = to_lcov("t", &[("a.s".to_owned(), covered)].into());
        let expected = "TN:t\nSF:a.s\nFN:3,start\nFN:9,unused\nFNDA:1,start\nFNDA:0,unused\nFNF:2\nFNH:1\n\
            DA:3,2\nDA:4,0\nLF:2\nLH:1\nend_of_record\n";
        assert_eq!(text, expected);
    }
}
