//! RON text as a tree in which every value knows its place, so that a wrong number deep in a file can be pointed at. The ron
//! crate gives places only for what is no RON at all. Understood are numbers, booleans, `None`, `Some(..)`, strings and bare
//! names, lists, tuples, structures and maps, comments and trailing commas.

use super::description::{Place, Value};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub data: Data,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Number, flag or `None`.
    Simple(Value),
    /// A string, or a bare name.
    Word(String),
    /// `[a, b]` or `(a, b)`.
    List(Vec<Node>),
    /// `(a: b)` or `{"a": b}`: keys with their places.
    Fields(Vec<(String, Place, Node)>),
}

/// An error and where it is.
pub type SyntaxError = (Place, String);

/// Deepest nesting; what is meant needs six.
const DEEPEST: usize = 32;

/// Reads the whole text as one value.
///
/// # Errors
/// At the place where it is not one.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser { rest: text, line: 1, column: 1 };
    parser.skip()?;
    while parser.rest.starts_with("#!") {
        while parser.rest.chars().next().is_some_and(|c| c != '\n') {
            parser.bump();
        }
        parser.skip()?;
    }
    let node = parser.value(0)?;
    parser.skip()?;
    if parser.rest.is_empty() { Ok(node) } else { parser.fail("nothing may follow the value") }
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl Parser<'_> {
    fn place(&self) -> Place {
        Place { line: self.line, column: self.column }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err((self.place(), message.into()))
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) {
        let mut chars = self.rest.chars();
        match chars.next() {
            Some('\n') => (self.line, self.column) = (self.line + 1, 1),
            Some(_) => self.column += 1,
            None => {}
        }
        self.rest = chars.as_str();
    }

    /// Skips space and comments.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        loop {
            if self.rest.starts_with("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if self.rest.starts_with("/*") {
                let begun = self.place();
                while !self.rest.starts_with("*/") {
                    if self.rest.is_empty() {
                        return Err((begun, "this comment does not end".to_owned()));
                    }
                    self.bump();
                }
                self.bump();
                self.bump();
            } else if self.peek().is_some_and(char::is_whitespace) {
                self.bump();
            } else {
                return Ok(());
            }
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), SyntaxError> {
        self.skip()?;
        if self.peek() == Some(wanted) {
            self.bump();
            return Ok(());
        }
        match self.peek() {
            Some(found) => self.fail(format!("expected `{wanted}`, found `{found}`")),
            None => self.fail(format!("expected `{wanted}`, found the end of the file")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        self.skip()?;
        let place = self.place();
        if depth > DEEPEST {
            return self.fail("nested too deeply");
        }
        let data = match self.peek() {
            Some('[') => Data::List(self.items('[', ']', depth)?),
            Some('{') => self.fields('{', '}', depth)?,
            Some('(') if self.is_structure()? => self.fields('(', ')', depth)?,
            Some('(') => Data::List(self.items('(', ')', depth)?),
            Some('"') => Data::Word(self.string()?),
            Some(c) if c.is_ascii_digit() || "+-.".contains(c) => self.number()?,
            Some(c) if is_name(c) => return self.named(place, depth),
            Some(c) => return self.fail(format!("expected a value, found `{c}`")),
            None => return self.fail("expected a value, found the end of the file"),
        };
        Ok(Node { place, data })
    }

    /// Whether the parenthesis begins with a key.
    fn is_structure(&self) -> Result<bool, SyntaxError> {
        let mut ahead = Parser { ..*self };
        ahead.bump();
        ahead.skip()?;
        if ahead.name().is_empty() {
            return Ok(false);
        }
        ahead.skip()?;
        Ok(ahead.peek() == Some(':'))
    }

    fn name(&mut self) -> String {
        if self.rest.starts_with("r#") {
            self.bump();
            self.bump();
        }
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|&c| is_name(c) || (!name.is_empty() && is_inside(c))) {
            name.push(c);
            self.bump();
        }
        name
    }

    /// A value that begins with a name: a constant, `Some(..)`, a named structure or a bare word.
    fn named(&mut self, place: Place, depth: usize) -> Result<Node, SyntaxError> {
        let name = self.name();
        let simple = |value| Ok(Node { place, data: Data::Simple(value) });
        match name.as_str() {
            "true" | "True" => return simple(Value::Flag(true)),
            "false" | "False" => return simple(Value::Flag(false)),
            "None" => return simple(Value::Absent),
            "inf" => return simple(Value::Number(f64::INFINITY)),
            "NaN" => return simple(Value::Number(f64::NAN)),
            "Some" => {
                self.expect('(')?;
                let inner = self.value(depth + 1)?;
                self.expect(')')?;
                return Ok(inner);
            }
            _ => {}
        }
        self.skip()?;
        if self.peek() == Some('(') {
            return self.value(depth + 1);
        }
        Ok(Node { place, data: Data::Word(name) })
    }

    fn number(&mut self) -> Result<Data, SyntaxError> {
        let place = self.place();
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || "+-._".contains(*c)) {
            text.push(c);
            self.bump();
        }
        let digits = text.replace('_', "");
        match digits.parse::<f64>() {
            Ok(number) => Ok(Data::Simple(Value::Number(number))),
            Err(_) => Err((place, format!("`{text}` is no number"))),
        }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let begun = self.place();
        self.bump();
        let mut text = String::new();
        loop {
            match self.peek() {
                Some('"') => break,
                Some('\\') => {
                    self.bump();
                    text.extend(self.peek());
                }
                Some(c) => text.push(c),
                None => return Err((begun, "this string does not end".to_owned())),
            }
            self.bump();
        }
        self.bump();
        Ok(text)
    }

    fn items(&mut self, open: char, close: char, depth: usize) -> Result<Vec<Node>, SyntaxError> {
        self.expect(open)?;
        let mut items = Vec::new();
        while !self.closes(close)? {
            items.push(self.value(depth + 1)?);
            self.separator(close)?;
        }
        Ok(items)
    }

    fn fields(&mut self, open: char, close: char, depth: usize) -> Result<Data, SyntaxError> {
        self.expect(open)?;
        let mut fields: Vec<(String, Place, Node)> = Vec::new();
        while !self.closes(close)? {
            let place = self.place();
            let name = if self.peek() == Some('"') { self.string()? } else { self.name() };
            if name.is_empty() {
                return self.fail("expected a name");
            }
            if fields.iter().any(|field| field.0 == name) {
                return Err((place, format!("`{name}` is given twice")));
            }
            self.expect(':')?;
            fields.push((name, place, self.value(depth + 1)?));
            self.separator(close)?;
        }
        Ok(Data::Fields(fields))
    }

    /// Passes the closing bracket if it is next.
    fn closes(&mut self, close: char) -> Result<bool, SyntaxError> {
        self.skip()?;
        let closes = self.peek() == Some(close);
        if closes {
            self.bump();
        }
        Ok(closes)
    }

    /// A comma, unless the closing bracket is next.
    fn separator(&mut self, close: char) -> Result<(), SyntaxError> {
        self.skip()?;
        if self.peek() == Some(close) { Ok(()) } else { self.expect(',') }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Names go on with digits, and with the signs that names in headers have.
fn is_inside(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}
