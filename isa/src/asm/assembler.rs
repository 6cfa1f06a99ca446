//! The assembler's state and the loop over statements: labels, assignments, and who handles the rest.

use super::cursor::Cursor;
use super::diagnostic::{Diagnostic, Problem, Severity, Site};
use super::directive;
use super::directive::condition::Condition;
use super::directive::debug::DebugLines;
use super::expression::{self, Expression, Scope, SectionId};
use super::fixup::Fixup;
use super::input::{Expansion, Frame, FrameKind, Input, Next};
use super::macros::Macros;
use super::nearest;
use super::section::Sections;
use super::source::{Statement, statements};
use super::symbol::{Definition, SymbolTable};
use super::value::{ValueError, evaluate};
use super::{Includes, Options, instruction, output};
use crate::link::{LineRow, Object, Source};
use std::rc::Rc;

/// Most errors, and most warnings, that are reported; a text with more errors is something else.
const MOST_ERRORS: usize = 100;
/// Most statements that are read, repetitions counted: a bound for runaway macros.
const MOST_STATEMENTS: u32 = 1 << 21;
/// Deepest nesting of files, macros and repetitions.
const DEEPEST: usize = 100;

/// A statement and how it was reached: enough to report about it later.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub statement: Statement,
    pub expansion: Option<Rc<Expansion>>,
}

/// Everything known while a text is assembled.
pub(crate) struct Assembler<'a> {
    pub includes: &'a mut dyn Includes,
    pub options: &'a Options,
    pub files: Vec<Source>,
    pub input: Input,
    pub symbols: SymbolTable,
    pub sections: Sections,
    pub conditions: Vec<Condition>,
    pub macros: Macros,
    pub fixups: Vec<Fixup>,
    pub lines: Vec<LineRow>,
    pub debug: DebugLines,
    pub diagnostics: Vec<Diagnostic>,
    /// The statement being read.
    pub context: Rc<Context>,
    statements_read: u32,
    finished: bool,
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(includes: &'a mut dyn Includes, options: &'a Options) -> Assembler<'a> {
        let statement = Statement { text: Rc::from(""), file: 0, line: 0, column: 0 };
        Assembler {
            includes,
            options,
            files: Vec::new(),
            input: Input::default(),
            symbols: SymbolTable::default(),
            sections: Sections::new(),
            conditions: Vec::new(),
            macros: Macros::default(),
            fixups: Vec::new(),
            lines: Vec::new(),
            debug: DebugLines::default(),
            diagnostics: Vec::new(),
            context: Rc::new(Context { statement, expansion: None }),
            statements_read: 0,
            finished: false,
        }
    }

    /// Reads the text to its end and makes the object.
    pub(crate) fn assemble(mut self, source: &str, file: &str) -> Result<Object, Vec<Diagnostic>> {
        for (name, value) in &self.options.defines {
            let id = self.symbols.intern(name);
            self.symbols.get_mut(id).definition = Definition::Variable(Expression::Constant(*value));
        }
        self.enter_file(file.to_owned(), source.to_owned(), None);
        while !self.finished {
            match self.input.next() {
                Next::Statement(statement, expansion) => self.statement(statement, expansion),
                Next::End(frame) => self.end_of_frame(&frame),
                Next::Finished => break,
            }
        }
        output::finish(self)
    }

    /// Begins to read a file.
    pub(crate) fn enter_file(&mut self, name: String, text: String, expansion: Option<Rc<Expansion>>) {
        let file = self.files.len() as u32;
        let found = statements(&text, file);
        self.files.push(Source { name, text });
        if let Some(line) = found.open_comment {
            let statement = Statement { text: Rc::from("/*"), file, line, column: 0 };
            self.context = Rc::new(Context { statement, expansion: expansion.clone() });
            self.error(Problem::new(0, "this comment has no end").hint("close it with */"));
        }
        self.enter(FrameKind::File, found.list, expansion, 0);
    }

    /// Begins to read statements; `repeat` times more after the first.
    pub(crate) fn enter(
        &mut self,
        kind: FrameKind,
        list: Vec<Statement>,
        expansion: Option<Rc<Expansion>>,
        repeat: u64,
    ) {
        let conditions = self.conditions.len();
        self.input.frames.push(Frame {
            kind,
            statements: list.into(),
            next: 0,
            expansion,
            conditions,
            repeat,
        });
    }

    /// Refuses to nest any deeper.
    pub(crate) fn check_depth(&self, at: usize) -> Result<(), Problem> {
        if self.input.depth() < DEEPEST {
            return Ok(());
        }
        Err(Problem::new(at, format!("files, macros and repetitions are nested deeper than {DEEPEST}"))
            .hint("does a macro use itself without an end?"))
    }

    fn end_of_frame(&mut self, frame: &Frame) {
        if frame.kind == FrameKind::Repetition {
            return;
        }
        while self.conditions.len() > frame.conditions {
            let Some(condition) = self.conditions.pop() else { return };
            self.context = condition.context;
            self.error(Problem::new(0, "this conditional has no .endif"));
        }
    }

    fn statement(&mut self, statement: Statement, expansion: Option<Rc<Expansion>>) {
        let text = Rc::clone(&statement.text);
        self.context = Rc::new(Context { statement, expansion });
        self.statements_read += 1;
        if self.statements_read > MOST_STATEMENTS {
            self.finished = true;
            self.error(Problem::new(
                0,
                format!("more than {MOST_STATEMENTS} statements, repetitions counted"),
            ));
        } else if let Err(problem) = self.read(&text) {
            self.error(problem);
        }
    }

    /// Ends the reading: `.end`.
    pub(crate) fn stop(&mut self) {
        self.finished = true;
    }

    /// Reads one statement.
    fn read(&mut self, text: &str) -> Result<(), Problem> {
        let mut cursor = Cursor::new(text);
        if self.conditions.last().is_some_and(|condition| !condition.active) {
            return directive::condition::skipped(self, cursor);
        }
        while self.label(&mut cursor)? {}
        if cursor.at_end() || self.assignment(&mut cursor)? {
            return Ok(());
        }
        let at = cursor.at();
        let Some(name) = cursor.name() else {
            return Err(cursor.unexpected("a label, an instruction or a directive"));
        };
        if let Some(found) = self.macros.find(name) {
            return self.expand(&found, cursor, at);
        }
        if name.starts_with('.') {
            return directive::dispatch(self, name, cursor, at);
        }
        // `+` and `-` behind a branch and the final `.` of the record forms belong to the mnemonic.
        instruction::statement(self, text, at)
    }

    /// Reads a label, if one is next.
    fn label(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Problem> {
        cursor.skip_blanks();
        let mut ahead = *cursor;
        let at = ahead.at();
        if ahead.peek().is_ascii_digit() {
            let digits = ahead.take_while(|byte| byte.is_ascii_digit());
            if !ahead.eat(b':') {
                return Ok(false);
            }
            let number = digits.parse().map_err(|_| Problem::new(at, "this label's number is too large"))?;
            self.define_numeric_label(number);
        } else {
            if !(super::cursor::starts_name(ahead.peek()) || ahead.peek() == b'"') {
                return Ok(false);
            }
            let Ok(name) = ahead.symbol_name() else { return Ok(false) };
            if !ahead.eat(b':') {
                return Ok(false);
            }
            self.define_label(name, at)?;
        }
        *cursor = ahead;
        Ok(true)
    }

    fn define_numeric_label(&mut self, number: u32) {
        let (section, offset) = self.sections.here();
        let id = self.symbols.define_numeric(number);
        self.symbols.get_mut(id).definition = Definition::Label(section, offset);
    }

    /// Makes `name` stand for this place.
    pub(crate) fn define_label(&mut self, name: &str, at: usize) -> Result<(), Problem> {
        if name == "." {
            return Err(Problem::new(at, "`.` is this place already and cannot be a label"));
        }
        let (section, offset) = self.sections.here();
        let id = self.symbols.intern(name);
        if self.symbols.get(id).definition != Definition::Undefined {
            return Err(self.defined_twice(id, at));
        }
        let context = Rc::clone(&self.context);
        let symbol = self.symbols.get_mut(id);
        symbol.definition = Definition::Label(section, offset);
        symbol.defined_at = Some(context);
        Ok(())
    }

    /// The complaint about a second definition.
    pub(crate) fn defined_twice(&self, id: expression::SymbolId, at: usize) -> Problem {
        let symbol = self.symbols.get(id);
        let mut problem = Problem::new(at, format!("`{}` is already defined", symbol.name));
        problem.hint = symbol.defined_at.as_ref().map(|context| {
            let statement = &context.statement;
            let file = &self.files[statement.file as usize].name;
            format!("it was first defined at {file}:{}", statement.line)
        });
        problem
    }

    /// Reads `name = expression` or `name == expression`, if that is next.
    fn assignment(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Problem> {
        let mut ahead = *cursor;
        let at = ahead.at();
        let Ok(name) = ahead.symbol_name() else { return Ok(false) };
        if !ahead.eat(b'=') {
            return Ok(false);
        }
        let once = ahead.eat(b'=');
        let value = self.expression(&mut ahead)?;
        ahead.expect_end()?;
        directive::symbol::assign(self, name, value, once, at)?;
        *cursor = ahead;
        Ok(true)
    }

    /// Reads an expression whose names are symbols.
    pub(crate) fn expression(&mut self, cursor: &mut Cursor<'_>) -> Result<Expression, Problem> {
        expression::read(cursor, self)
    }

    /// Reads an expression that must be a number here and now.
    pub(crate) fn number(&mut self, cursor: &mut Cursor<'_>) -> Result<i64, Problem> {
        cursor.skip_blanks();
        let at = cursor.at();
        let expression = self.expression(cursor)?;
        self.known(&expression, at)
    }

    /// The number an expression stands for here and now.
    pub(crate) fn known(&self, expression: &Expression, at: usize) -> Result<i64, Problem> {
        let value = evaluate(expression, &self.symbols);
        match value.map(|value| (value.known(), value.unknown_symbol())) {
            Ok((Some(number), _)) => Ok(number),
            Ok((None, Some(symbol))) | Err(ValueError::Unknown(symbol)) => Err(self.not_known(symbol, at)),
            Ok((None, None)) => Err(Problem::new(at, "a number is needed here, not an address")),
            Err(ValueError::Impossible(message)) => Err(Problem::new(at, message)),
        }
    }

    fn not_known(&self, symbol: expression::SymbolId, at: usize) -> Problem {
        let symbol = self.symbols.get(symbol);
        if symbol.definition != Definition::Undefined {
            return Problem::new(at, format!("a number is needed here, but `{}` is an address", symbol.name));
        }
        let message = format!("`{}` is not defined so far, but its value is needed here", symbol.name);
        let mut problem = Problem::new(at, message);
        problem.hint = nearest::did_you_mean(&symbol.name, self.symbols.defined_names());
        problem
    }

    /// Reports an error in the current statement.
    pub(crate) fn error(&mut self, problem: Problem) {
        let context = Rc::clone(&self.context);
        self.report(&context, problem, Severity::Error);
    }

    /// Reports something questionable in the current statement.
    pub(crate) fn warn(&mut self, problem: Problem) {
        let context = Rc::clone(&self.context);
        self.report(&context, problem, Severity::Warning);
    }

    /// Reports about a statement.
    pub(crate) fn report(&mut self, context: &Context, problem: Problem, severity: Severity) {
        // Warnings beyond that number are not reported; errors end the text.
        let alike = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        if alike.count() >= MOST_ERRORS {
            self.finished |= severity == Severity::Error;
            return;
        }
        let Context { statement, expansion } = context;
        let source = &self.files[statement.file as usize];
        let own = source.line(statement.line);
        // A statement out of a macro's body is shown as it reads after the replacement of its arguments.
        let replaced = !own.get(statement.column as usize..).is_some_and(|t| t.starts_with(&*statement.text));
        let (line, offset) = match replaced && expansion.is_some() {
            true => (&*statement.text, problem.at),
            false => (own, statement.column as usize + problem.at),
        };
        let column = line.char_indices().take_while(|&(at, _)| at < offset).count() as u32 + 1;
        self.diagnostics.push(Diagnostic {
            severity,
            file: source.name.clone(),
            line: statement.line,
            column,
            message: problem.message,
            source_line: line.to_owned(),
            hint: problem.hint,
            expanded_from: self.sites(expansion.as_deref()),
        });
    }

    fn sites(&self, innermost: Option<&Expansion>) -> Vec<Site> {
        let chain = std::iter::successors(innermost, |expansion| expansion.outer.as_deref());
        let site = |expansion: &Expansion| Site {
            what: expansion.what.clone(),
            file: self.files[expansion.file as usize].name.clone(),
            line: expansion.line,
        };
        chain.map(site).collect()
    }

    /// An expansion of `what` at the current statement.
    pub(crate) fn expansion_here(&self, kind: FrameKind, what: String) -> Rc<Expansion> {
        let Context { statement, expansion } = &*self.context;
        Rc::new(Expansion {
            kind,
            what,
            file: statement.file,
            line: statement.line,
            outer: expansion.clone(),
        })
    }

    /// Appends bytes at this place.
    pub(crate) fn emit(&mut self, bytes: &[u8], at: usize) -> Result<(), Problem> {
        self.sections.emit(bytes).map_err(|message| Problem::new(at, message))
    }

    /// Section and offset of this place.
    pub(crate) fn place(&self) -> (SectionId, u32) {
        self.sections.here()
    }
}

impl Scope for Assembler<'_> {
    fn symbol(&mut self, name: &str, _: usize) -> Result<Expression, Problem> {
        let id = self.symbols.intern(name);
        // A variable means its value at this place; it may be set again later.
        Ok(match &self.symbols.get(id).definition {
            Definition::Variable(value) => value.clone(),
            _ => Expression::Symbol(id),
        })
    }

    fn here(&mut self, _: usize) -> Result<Expression, Problem> {
        let (section, offset) = self.sections.here();
        Ok(Expression::Place(section, offset))
    }

    fn label(&mut self, number: u32, forward: bool, at: usize) -> Result<Expression, Problem> {
        if forward {
            return Ok(Expression::Symbol(self.symbols.numeric_forward(number)));
        }
        let found = self.symbols.numeric_backward(number);
        found
            .map(Expression::Symbol)
            .ok_or_else(|| Problem::new(at, format!("there is no label `{number}:` before this place")))
    }
}
