//! A place in the text of one statement, and the smallest pieces read there: names, numbers, strings, characters.

use super::diagnostic::Problem;

/// Reads a statement from left to right. Copy it to look ahead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// A number as written, or a reference to a numeric label such as `1b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Value(i64),
    Backward(u32),
    Forward(u32),
}

pub(crate) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'$') || byte >= 0x80
}

pub(crate) fn continues_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit()
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// Byte offset in the statement.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The text from `start` to here.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// The next byte without reading it; 0 at the end.
    pub(crate) fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    pub(crate) fn peek_at(&self, distance: usize) -> u8 {
        self.text.as_bytes().get(self.at + distance).copied().unwrap_or(0)
    }

    /// Goes on by `bytes`, which must end at a character boundary.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    pub(crate) fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | 0x0c) {
            self.at += 1;
        }
    }

    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at >= self.text.len()
    }

    /// Reads `byte`, after blanks, if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let found = self.peek() == byte && self.at < self.text.len();
        self.at += usize::from(found);
        found
    }

    /// Reads `byte` or says that `what` is missing.
    pub(crate) fn expect(&mut self, byte: u8, what: &str) -> Result<(), Problem> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    /// Complains that something other than `expected` is here.
    pub(crate) fn unexpected(&mut self, expected: &str) -> Problem {
        self.skip_blanks();
        match self.rest().chars().next() {
            None => Problem::new(self.at, format!("expected {expected}, found the end of the statement")),
            Some(c) => Problem::new(self.at, format!("expected {expected}, found `{}`", c.escape_debug())),
        }
    }

    /// Complains unless nothing is left.
    pub(crate) fn expect_end(&mut self) -> Result<(), Problem> {
        if self.at_end() { Ok(()) } else { Err(self.unexpected("the end of the statement")) }
    }

    /// Reads a name as symbols, mnemonics and directives have it.
    pub(crate) fn name(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        if !starts_name(self.peek()) {
            return None;
        }
        Some(self.take_while(continues_name))
    }

    /// Reads a symbol's name, which may stand in quotes.
    pub(crate) fn symbol_name(&mut self) -> Result<&'a str, Problem> {
        self.skip_blanks();
        if self.peek() != b'"' {
            return self.name().ok_or_else(|| self.unexpected("a symbol name"));
        }
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|byte| byte != b'"');
        if self.peek() != b'"' || name.is_empty() {
            return Err(Problem::new(start, "a quoted symbol name must end with a quote and not be empty"));
        }
        self.at += 1;
        Ok(name)
    }

    /// Reads the bytes that satisfy `take`, which must take all non-ASCII bytes or none.
    pub(crate) fn take_while(&mut self, take: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.at < self.text.len() && take(self.peek()) {
            self.at += 1;
        }
        self.since(start)
    }

    /// Reads a number: decimal, `0x`, `0b`, octal with a leading 0, or a numeric label with `b` or `f`.
    pub(crate) fn number(&mut self) -> Result<Number, Problem> {
        let start = self.at;
        let digits = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        parse_number(digits).map_err(|message| Problem::new(start, message))
    }

    /// Reads a character constant `'c`, whose closing quote may be left out, with the escapes of strings.
    pub(crate) fn character(&mut self) -> Result<i64, Problem> {
        let start = self.at;
        self.at += 1;
        let value = match self.peek() {
            0 => return Err(Problem::new(start, "a character is missing after `'`")),
            b'\\' => self.escape()?,
            byte if byte < 0x80 => {
                self.at += 1;
                byte
            }
            _ => return Err(Problem::new(start, "a character constant must be ASCII")),
        };
        self.at += usize::from(self.peek() == b'\'');
        Ok(i64::from(value))
    }

    /// Reads a string in quotes with escapes `\b \f \n \r \t \\ \" \ooo \xhh`.
    pub(crate) fn string(&mut self) -> Result<Vec<u8>, Problem> {
        self.skip_blanks();
        let start = self.at;
        if self.peek() != b'"' {
            return Err(self.unexpected("a string in quotes"));
        }
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                _ if self.at >= self.text.len() => {
                    return Err(Problem::new(start, "the string has no closing quote"));
                }
                b'"' => break,
                b'\\' => bytes.push(self.escape()?),
                byte => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(bytes)
    }

    /// A string that must be text.
    pub(crate) fn text_string(&mut self) -> Result<String, Problem> {
        self.skip_blanks();
        let start = self.at;
        let bytes = self.string()?;
        String::from_utf8(bytes).map_err(|_| Problem::new(start, "this string is not valid UTF-8"))
    }

    fn escape(&mut self) -> Result<u8, Problem> {
        let start = self.at;
        self.at += 1;
        let byte = self.peek();
        if byte.is_ascii_digit() {
            return Ok(self.octal_escape());
        }
        // A multi-byte character after the backslash stands for its own first byte; the rest follows as text.
        self.at = (self.at + 1).min(self.text.len());
        match byte {
            b'b' => Ok(0x08),
            b'f' => Ok(0x0c),
            b'n' => Ok(b'\n'),
            b'r' => Ok(b'\r'),
            b't' => Ok(b'\t'),
            b'\\' | b'"' | b'\'' => Ok(byte),
            b'x' | b'X' => self.hexadecimal_escape(start),
            0 => Err(Problem::new(start, "nothing follows the backslash")),
            _ => Err(Problem::new(start, "unknown escape in a string")
                .hint("use \\b \\f \\n \\r \\t \\\\ \\\" \\ooo or \\xhh")),
        }
    }

    fn octal_escape(&mut self) -> u8 {
        let mut value = 0_u32;
        for _ in 0..3 {
            if !self.peek().is_ascii_digit() {
                break;
            }
            value = value * 8 + u32::from(self.peek() - b'0');
            self.at += 1;
        }
        value as u8
    }

    fn hexadecimal_escape(&mut self, start: usize) -> Result<u8, Problem> {
        let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
        if digits.is_empty() {
            return Err(Problem::new(start, "\\x needs hexadecimal digits"));
        }
        let last = &digits[digits.len().saturating_sub(2)..];
        u8::from_str_radix(last, 16).map_err(|_| Problem::new(start, "\\x needs hexadecimal digits"))
    }
}

/// A number or local label reference from its characters.
fn parse_number(digits: &str) -> Result<Number, String> {
    let value = |digits: &str, radix: u32| {
        u64::from_str_radix(digits, radix)
            .map(|value| Number::Value(value as i64))
            .map_err(|_| format!("`{digits}` is no {} number of at most 64 bits", radix_name(radix)))
    };
    let bytes = digits.as_bytes();
    match bytes {
        [b'0', b'x' | b'X', _, ..] => return value(&digits[2..], 16),
        [b'0', b'b' | b'B', _, ..] => return value(&digits[2..], 2),
        _ => {}
    }
    if let Some((label, direction)) = digits.split_at_checked(digits.len().saturating_sub(1))
        && let Ok(label) = label.parse::<u32>()
    {
        match direction {
            "b" => return Ok(Number::Backward(label)),
            "f" => return Ok(Number::Forward(label)),
            _ => {}
        }
    }
    if bytes.len() > 1 && bytes[0] == b'0' { value(&digits[1..], 8) } else { value(digits, 10) }
}

fn radix_name(radix: u32) -> &'static str {
    match radix {
        2 => "binary",
        8 => "octal",
        16 => "hexadecimal",
        _ => "decimal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_form() {
        for (text, expected) in [
            ("0", Number::Value(0)),
            ("42", Number::Value(42)),
            ("0x1F", Number::Value(31)),
            ("0b101", Number::Value(5)),
            ("017", Number::Value(15)),
            ("0xffffffffffffffff", Number::Value(-1)),
            ("1b", Number::Backward(1)),
            ("12f", Number::Forward(12)),
            ("0b", Number::Backward(0)),
        ] {
            assert_eq!(Cursor::new(text).number(), Ok(expected), "{text}");
        }
        for text in ["08", "12z", "0x", "0xg", "99999999999999999999"] {
            assert!(Cursor::new(text).number().is_err(), "{text}");
        }
    }

    #[test]
    fn strings_and_characters() {
        assert_eq!(Cursor::new(r#""a\n\x41\101\"\\""#).string(), Ok(b"a\nAA\"\\".to_vec()));
        assert_eq!(Cursor::new("'a").character(), Ok(97));
        assert_eq!(Cursor::new("'a'").character(), Ok(97));
        assert_eq!(Cursor::new(r"'\n").character(), Ok(10));
        assert!(Cursor::new("\"abc").string().is_err());
    }
}
