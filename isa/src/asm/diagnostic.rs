//! What the assembler and the linker have to say about a program: place, message, the line with a caret, a hint.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The result can be used, but probably not as meant.
    Warning,
    /// There is no result.
    Error,
}

/// Where a macro or a repetition was expanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// What was expanded: the macro's name, or the repeating directive.
    pub what: String,
    /// File of the use.
    pub file: String,
    /// Line of the use, from 1.
    pub line: u32,
}

/// One finding in a source text or an object. `Display` gives `file:line:column: error: message`, then the source line
/// with a caret below the place, the hint, and where macros were expanded, innermost first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// File, as it was named.
    pub file: String,
    /// Line from 1; 0 where the finding belongs to no line.
    pub line: u32,
    /// Column from 1, counted in characters; 0 where the finding belongs to no column.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The line itself; inside a macro, the line as expanded. Empty where there is none.
    pub source_line: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Expansions that led here, innermost first.
    pub expanded_from: Vec<Site>,
}

impl Diagnostic {
    /// An error about a file as a whole.
    #[must_use]
    pub fn about_file(file: impl Into<String>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: file.into(),
            line: 0,
            column: 0,
            message: message.into(),
            source_line: String::new(),
            hint: None,
            expanded_from: Vec::new(),
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: Option<String>) -> Diagnostic {
        self.hint = hint;
        self
    }

    fn write_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.line > 0 && self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }

    /// The source line and a caret below the column; tabs before the caret are kept so that it lines up.
    fn write_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source_line.is_empty() {
            return Ok(());
        }
        write!(f, "\n    {}", self.source_line)?;
        let before = (self.column as usize).saturating_sub(1);
        let blanks: String =
            self.source_line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        if self.column > 0 { write!(f, "\n    {blanks}^") } else { Ok(()) }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_place(f)?;
        let word = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, ": {word}: {}", self.message)?;
        self.write_source(f)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        for site in &self.expanded_from {
            write!(f, "\n{}:{}: via {}", site.file, site.line, site.what)?;
        }
        Ok(())
    }
}

/// Something wrong inside a statement: `at` is the byte offset in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub at: usize,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Problem {
        Problem { at, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_clickable_and_has_a_caret() {
        let diagnostic = Diagnostic {
            line: 3,
            column: 8,
            source_line: "\tadd  3,4,x".to_owned(),
            hint: Some("use a register".to_owned()),
            expanded_from: vec![Site { what: "macro `m`".to_owned(), file: "a.s".to_owned(), line: 9 }],
            ..Diagnostic::about_file("a.s", "no register")
        };
        let expected = "a.s:3:8: error: no register\n    \tadd  3,4,x\n    \t      ^\n  hint: use a register\n\
                        a.s:9: via macro `m`";
        assert_eq!(diagnostic.to_string(), expected);
    }
}
