//! Where the next statement comes from: the file, an included one, or the body of a macro or repetition.

use super::source::Statement;
use std::rc::Rc;

/// Use of a macro or repetition, and what that use is itself part of.
#[derive(Debug)]
pub(crate) struct Expansion {
    pub kind: FrameKind,
    /// As diagnostics name it.
    pub what: String,
    pub file: u32,
    pub line: u32,
    pub outer: Option<Rc<Expansion>>,
}

impl Expansion {
    /// The file and line of the outermost use of a macro, which is what the user wrote; `None` outside macros.
    pub(crate) fn macro_origin(&self) -> Option<(u32, u32)> {
        let outer = self.outer.as_ref().and_then(|outer| outer.macro_origin());
        outer.or_else(|| (self.kind == FrameKind::Macro).then_some((self.file, self.line)))
    }
}

/// What kind of text a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    File,
    Macro,
    Repetition,
}

/// One text that is being read.
#[derive(Debug)]
pub(crate) struct Frame {
    pub kind: FrameKind,
    pub statements: Rc<[Statement]>,
    pub next: usize,
    /// The expansion whose statements these are.
    pub expansion: Option<Rc<Expansion>>,
    /// Conditionals open when the frame began.
    pub conditions: usize,
    /// How often it is read again from the start.
    pub repeat: u64,
}

/// The texts that are being read, innermost last.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub frames: Vec<Frame>,
}

/// What comes next.
pub(crate) enum Next {
    Statement(Statement, Option<Rc<Expansion>>),
    /// The innermost text has ended.
    End(Frame),
    Finished,
}

impl Input {
    pub(crate) fn next(&mut self) -> Next {
        let Some(frame) = self.frames.last_mut() else { return Next::Finished };
        if let Some(statement) = frame.statements.get(frame.next) {
            frame.next += 1;
            return Next::Statement(statement.clone(), frame.expansion.clone());
        }
        if frame.repeat > 0 && !frame.statements.is_empty() {
            frame.repeat -= 1;
            frame.next = 0;
            return self.next();
        }
        self.frames.pop().map_or(Next::Finished, Next::End)
    }

    /// The next statement of the innermost text only.
    pub(crate) fn next_in_frame(&mut self) -> Option<Statement> {
        let frame = self.frames.last_mut()?;
        let statement = frame.statements.get(frame.next)?.clone();
        frame.next += 1;
        Some(statement)
    }

    /// How many macros and repetitions are open.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }
}
