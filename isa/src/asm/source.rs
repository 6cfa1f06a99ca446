//! Source files: comments blanked out, lines cut into statements. Blanking keeps every byte in its place, so that the
//! caret of a diagnostic points at the text as written.

use std::rc::Rc;

/// One statement as it will be read: no comments, no separators, no blanks around it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub text: Rc<str>,
    pub file: u32,
    /// From 1.
    pub line: u32,
    /// Bytes before the statement in its line.
    pub column: u32,
}

/// A file cut into statements; `open_comment` is the line of a block comment that never ends.
#[derive(Debug)]
pub(crate) struct Statements {
    pub list: Vec<Statement>,
    pub open_comment: Option<u32>,
}

/// Cuts a text into statements.
pub(crate) fn statements(text: &str, file: u32) -> Statements {
    let (blanked, open) = blank_comments(text);
    let mut list = Vec::new();
    for (index, line) in blanked.split('\n').enumerate() {
        split_line(line, |column, text| {
            list.push(Statement {
                text: Rc::from(text),
                file,
                line: index as u32 + 1,
                column: column as u32,
            });
        });
    }
    let line_of = |at: usize| text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() as u32 + 1;
    Statements { list, open_comment: open.map(line_of) }
}

/// Replaces comments by blanks. Also gives the offset of a block comment without end.
fn blank_comments(text: &str) -> (String, Option<usize>) {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'#', _) => line_end(bytes, at),
            (b'/', Some(b'*')) => match text[at + 2..].find("*/") {
                Some(length) => at + length + 4,
                None => bytes.len(),
            },
            _ => {
                at = quoted_end(bytes, at).unwrap_or(at + 1);
                continue;
            }
        };
        out.push_str(&text[kept..at]);
        out.extend(bytes[at..end].iter().map(|&byte| if byte == b'\n' { '\n' } else { ' ' }));
        if bytes[at] == b'/' && !(end >= at + 4 && text[..end].ends_with("*/")) {
            return (out, Some(at));
        }
        (kept, at) = (end, end);
    }
    out.push_str(&text[kept..]);
    (out, None)
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| from + length)
}

/// Where the string or character constant that begins at `at` ends, if one does. It never goes past its line.
fn quoted_end(bytes: &[u8], at: usize) -> Option<usize> {
    let limit = || line_end(bytes, at);
    match bytes[at] {
        b'"' => {
            let (mut end, limit) = (at + 1, limit());
            while end < limit && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            Some((end + 1).min(limit))
        }
        // The constant's character may be `"`, `;` or `#`; what follows it is left to the reader of the expression.
        b'\'' => {
            let escaped = usize::from(bytes.get(at + 1) == Some(&b'\\'));
            Some((at + 2 + escaped).min(limit()).max(at + 1))
        }
        _ => None,
    }
}

/// Hands out the statements of a line with the column of their first character.
pub(crate) fn split_line<'a>(line: &'a str, mut each: impl FnMut(usize, &'a str)) {
    let bytes = line.as_bytes();
    let mut start = 0;
    let mut at = 0;
    while at <= bytes.len() {
        if at < bytes.len() && bytes[at] != b';' {
            at = quoted_end(bytes, at).unwrap_or(at + 1);
            continue;
        }
        let text = &line[start..at];
        let column = start + (text.len() - text.trim_ascii_start().len());
        if !text.trim_ascii().is_empty() {
            each(column, text.trim_ascii());
        }
        start = at + 1;
        at = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(u32, u32, String)> {
        let found = statements(text, 0);
        found.list.iter().map(|s| (s.line, s.column, s.text.to_string())).collect()
    }

    #[test]
    fn cuts_lines_and_separators_and_drops_comments() {
        let text = "a: nop # x ; y\n  b ; c /* d\n ; e */ f\n.ascii \"#;/*\" ; g\n.byte '#', '; ; h";
        let expected = [
            (1, 0, "a: nop"),
            (2, 2, "b"),
            (2, 6, "c"),
            (3, 8, "f"),
            (4, 0, ".ascii \"#;/*\""),
            (4, 16, "g"),
            (5, 0, ".byte '#', ';"),
            (5, 16, "h"),
        ];
        let expected: Vec<_> = expected.iter().map(|&(l, c, t)| (l, c, t.to_owned())).collect();
        assert_eq!(cut(text), expected);
    }

    #[test]
    fn notes_a_comment_without_end() {
        assert_eq!(statements("nop\n/* x\n", 0).open_comment, Some(2));
        assert_eq!(statements("/*/ x", 0).open_comment, Some(1));
        assert_eq!(statements("/* x */", 0).open_comment, None);
    }
}
