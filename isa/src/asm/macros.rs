//! Macros: their definitions, the arguments of a use, and the replacement of parameters in a body.

use super::assembler::Assembler;
use super::cursor::{Cursor, continues_name, starts_name};
use super::diagnostic::Problem;
use super::input::FrameKind;
use super::nearest;
use super::source::{Statement, split_line};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Largest text that the replacement of parameters may make of one statement.
const LONGEST: usize = 1 << 16;

/// A parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub name: String,
    pub default: Option<String>,
    /// `:req`
    pub required: bool,
    /// `:vararg`: takes the rest of the line.
    pub rest: bool,
}

/// A macro as defined.
#[derive(Debug)]
pub(crate) struct Macro {
    pub name: String,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Statement>,
}

/// All macros by name, and how many uses there were: the number that `\@` stands for.
#[derive(Debug, Default)]
pub(crate) struct Macros {
    pub table: BTreeMap<String, Rc<Macro>>,
    pub uses: u32,
}

impl Macros {
    pub(crate) fn find(&self, name: &str) -> Option<Rc<Macro>> {
        self.table.get(name).map(Rc::clone)
    }
}

/// Names and what replaces them.
pub(crate) struct Replacement<'a> {
    pub names: Vec<(&'a str, String)>,
    /// What `\@` becomes, if it is replaced.
    pub count: Option<u32>,
}

impl Replacement<'_> {
    /// The text with `\name`, `\@` and `\()` replaced.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            rest = self.replace_one(rest, &mut out);
            if out.len() > LONGEST {
                break;
            }
        }
        out.push_str(rest);
        out
    }

    /// Handles what follows a backslash; gives what is left behind it.
    fn replace_one<'t>(&self, rest: &'t str, out: &mut String) -> &'t str {
        if let (Some(count), Some(after)) = (self.count, rest.strip_prefix('@')) {
            *out += &count.to_string();
            return after;
        }
        if let Some(after) = rest.strip_prefix("()") {
            return after;
        }
        let end = rest.bytes().position(|byte| !continues_name(byte)).unwrap_or(rest.len());
        // `\name.` is the parameter and a dot where no parameter is called `name.`.
        let known = |end: usize| self.names.iter().find(|(name, _)| *name == &rest[..end]);
        let ends = std::iter::successors(Some(end), |&end| rest[..end].rfind('.'));
        for end in ends {
            if let Some((_, value)) = known(end) {
                out.push_str(value);
                return &rest[end..];
            }
        }
        out.push('\\');
        // What stands behind a backslash that replaces nothing is kept, be it another backslash.
        let kept = rest.chars().next().map_or(0, char::len_utf8);
        out.push_str(&rest[..kept]);
        &rest[kept..]
    }

    /// The statements of a body with everything replaced.
    pub(crate) fn statements(&self, body: &[Statement]) -> Vec<Statement> {
        let mut list = Vec::new();
        for statement in body {
            if !statement.text.contains('\\') {
                list.push(statement.clone());
                continue;
            }
            split_line(&self.apply(&statement.text), |_, text| {
                list.push(Statement { text: Rc::from(text), ..statement.clone() });
            });
        }
        list
    }
}

impl Assembler<'_> {
    /// Goes on with the body of a macro whose name was read at `at`.
    pub(crate) fn expand(&mut self, used: &Rc<Macro>, cursor: Cursor<'_>, at: usize) -> Result<(), Problem> {
        self.check_depth(at)?;
        let values = arguments(used, cursor, at)?;
        let names = used.parameters.iter().map(|parameter| parameter.name.as_str());
        let replacement = Replacement { names: names.zip(values).collect(), count: Some(self.macros.uses) };
        self.macros.uses += 1;
        let list = replacement.statements(&used.body);
        let expansion = self.expansion_here(FrameKind::Macro, format!("macro `{}`", used.name));
        self.enter(FrameKind::Macro, list, Some(expansion), 0);
        Ok(())
    }
}

/// The value of each parameter in a use.
fn arguments(used: &Macro, cursor: Cursor<'_>, at: usize) -> Result<Vec<String>, Problem> {
    let mut values: Vec<Option<String>> = vec![None; used.parameters.len()];
    let mut position = 0;
    let mut splitter = Splitter { cursor };
    while !splitter.cursor.at_end() {
        let start = splitter.cursor.at();
        let keyword = keyword(used, &mut splitter.cursor);
        let index = keyword.unwrap_or(position);
        let Some(parameter) = used.parameters.get(index) else {
            return Err(too_many(used, start));
        };
        let value = if parameter.rest { splitter.rest() } else { splitter.next() };
        position += usize::from(keyword.is_none());
        if !value.is_empty() {
            values[index] = Some(value);
        }
    }
    used.parameters
        .iter()
        .zip(values)
        .map(|(parameter, value)| value_or_default(used, parameter, value, at))
        .collect()
}

fn value_or_default(
    used: &Macro,
    parameter: &Parameter,
    value: Option<String>,
    at: usize,
) -> Result<String, Problem> {
    if value.is_none() && parameter.required {
        return Err(Problem::new(
            at,
            format!("macro `{}` needs a value for `{}`", used.name, parameter.name),
        ));
    }
    Ok(value.or_else(|| parameter.default.clone()).unwrap_or_default())
}

fn too_many(used: &Macro, at: usize) -> Problem {
    let count = used.parameters.len();
    Problem::new(at, format!("macro `{}` takes no more than {count} arguments", used.name))
}

/// Reads `name=`, if `name` is a parameter, and gives its index.
fn keyword(used: &Macro, cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut ahead = *cursor;
    let name = ahead.name()?;
    let index = used.parameters.iter().position(|parameter| parameter.name == name)?;
    if !ahead.eat(b'=') || ahead.peek() == b'=' {
        return None;
    }
    *cursor = ahead;
    Some(index)
}

/// Cuts arguments at commas and blanks. Blanks beside an operator do not separate, as in GNU as.
pub(crate) struct Splitter<'a> {
    pub cursor: Cursor<'a>,
}

impl Splitter<'_> {
    /// All that is left, as it is written.
    fn rest(&mut self) -> String {
        self.cursor.skip_blanks();
        let rest = self.cursor.rest();
        self.cursor.advance(rest.len());
        rest.trim_end().to_owned()
    }

    /// The next argument, and the comma behind it.
    pub(crate) fn next(&mut self) -> String {
        let mut value = String::new();
        let mut depth = 0_u32;
        self.cursor.skip_blanks();
        while self.cursor.peek() != 0 || !self.cursor.rest().is_empty() {
            match self.cursor.peek() {
                b',' if depth == 0 => {
                    self.cursor.advance(1);
                    break;
                }
                b' ' | b'\t' if depth == 0 => {
                    if self.blank_separates(&value) {
                        self.cursor.eat(b',');
                        break;
                    }
                    continue;
                }
                b'"' => {
                    self.quoted(&mut value);
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.character(&mut value);
        }
        value.trim_end().to_owned()
    }

    fn character(&mut self, value: &mut String) {
        if let Some(c) = self.cursor.rest().chars().next() {
            value.push(c);
            self.cursor.advance(c.len_utf8());
        }
    }

    /// Skips blanks; whether what comes is another argument.
    fn blank_separates(&mut self, value: &str) -> bool {
        let joins = |byte: u8| b"+-*/%&|^<>=!~@".contains(&byte);
        self.cursor.skip_blanks();
        let joined = joins(self.cursor.peek()) || value.bytes().last().is_some_and(joins);
        !joined
    }

    /// A string without its quotes; escapes stay as they are, for the directive that reads them.
    fn quoted(&mut self, value: &mut String) {
        self.cursor.advance(1);
        loop {
            match self.cursor.peek() {
                0 if self.cursor.rest().is_empty() => return,
                b'"' => {
                    self.cursor.advance(1);
                    return;
                }
                b'\\' => {
                    self.character(value);
                    self.character(value);
                }
                _ => self.character(value),
            }
        }
    }
}

/// Reads the parameters in the definition of a macro.
pub(crate) fn parameters(cursor: &mut Cursor<'_>) -> Result<Vec<Parameter>, Problem> {
    let mut list: Vec<Parameter> = Vec::new();
    cursor.eat(b',');
    while !cursor.at_end() {
        let at = cursor.at();
        if list.last().is_some_and(|parameter| parameter.rest) {
            return Err(Problem::new(at, "no parameter can follow the one that takes the rest of the line"));
        }
        let parameter = parameter(cursor)?;
        if list.iter().any(|other| other.name == parameter.name) {
            return Err(Problem::new(at, format!("there are two parameters `{}`", parameter.name)));
        }
        list.push(parameter);
        cursor.eat(b',');
    }
    Ok(list)
}

fn parameter(cursor: &mut Cursor<'_>) -> Result<Parameter, Problem> {
    cursor.skip_blanks();
    if !starts_name(cursor.peek()) {
        return Err(cursor.unexpected("the name of a parameter"));
    }
    let name = cursor.take_while(continues_name).to_owned();
    let mut parameter = Parameter { name, default: None, required: false, rest: false };
    if cursor.eat(b':') {
        let at = cursor.at();
        match cursor.name().unwrap_or("") {
            "req" => parameter.required = true,
            "vararg" => parameter.rest = true,
            other => {
                let mut problem = Problem::new(at, format!("unknown property `{other}` of a parameter"));
                problem.hint = nearest::did_you_mean(other, ["req", "vararg"].into_iter());
                return Err(problem);
            }
        }
    }
    if cursor.eat(b'=') {
        let mut splitter = Splitter { cursor: *cursor };
        parameter.default = Some(splitter.next());
        *cursor = splitter.cursor;
    }
    Ok(parameter)
}
