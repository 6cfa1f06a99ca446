//! From mnemonics to rows.

use super::{EXTENDED, EncodeError, Extended, INSTRUCTIONS, Operand, Row, encode};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A way to write an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mnemonic {
    /// A row of the instruction table.
    Base(&'static Row),
    /// An extended mnemonic.
    Extended(&'static Extended),
}

impl Mnemonic {
    /// What is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mnemonic::Base(row) => row.mnemonic,
            Mnemonic::Extended(extended) => extended.mnemonic,
        }
    }

    /// The instruction it stands for.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        match self {
            Mnemonic::Base(row) => row,
            Mnemonic::Extended(extended) => extended.base,
        }
    }

    /// Operands in the order in which they are written.
    #[must_use]
    pub const fn operands(self) -> &'static [Operand] {
        match self {
            Mnemonic::Base(row) => row.operands,
            Mnemonic::Extended(extended) => extended.operands,
        }
    }

    /// Whether this many operands can be written.
    #[must_use]
    pub fn takes(self, count: usize) -> bool {
        let most = self.operands().len();
        let optional = self.operands().iter().filter(|operand| operand.is_optional()).count();
        count == most || count == most - optional
    }

    /// Which operands are written when there are `count` of them: all, or those that are not optional.
    pub fn written(self, count: usize) -> impl Iterator<Item = Operand> {
        let all = count == self.operands().len();
        self.operands().iter().copied().filter(move |operand| all || !operand.is_optional())
    }

    /// What there is to say to whoever writes it, or nothing.
    #[must_use]
    pub const fn note(self) -> &'static str {
        match self {
            Mnemonic::Base(row) => row.note,
            Mnemonic::Extended(extended) => extended.note,
        }
    }

    /// The word, from the operands as they are written. Branch targets are displacements in bytes, or absolute
    /// addresses for the absolute forms.
    ///
    /// # Errors
    /// When there are too few or too many operands, or one of them does not fit.
    pub fn encode(self, arguments: &[i64]) -> Result<u32, EncodeError> {
        match self {
            Mnemonic::Base(row) => encode(row, arguments),
            Mnemonic::Extended(extended) => extended.encode(arguments),
        }
    }
}

static BY_NAME: LazyLock<BTreeMap<&'static str, Vec<Mnemonic>>> = LazyLock::new(|| {
    let base = INSTRUCTIONS.iter().map(Mnemonic::Base);
    let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mnemonic in base.chain(EXTENDED.iter().map(Mnemonic::Extended)) {
        by_name.entry(mnemonic.name()).or_default().push(mnemonic);
    }
    by_name
});

/// All ways to write a mnemonic, the base instruction first; they differ in their number of operands.
#[must_use]
pub fn lookup(mnemonic: &str) -> &'static [Mnemonic] {
    BY_NAME.get(mnemonic).map_or(&[], Vec::as_slice)
}

/// All mnemonics, in alphabetical order.
pub fn mnemonics() -> impl Iterator<Item = &'static str> {
    BY_NAME.keys().copied()
}

/// The mnemonic most like a misspelt one, when there is one that is close. Of several, the one that begins alike.
#[must_use]
pub fn nearest_mnemonic(misspelt: &str) -> Option<&'static str> {
    let limit = 1 + misspelt.len() / 4;
    let alike =
        |name: &str| name.bytes().zip(misspelt.bytes()).take_while(|(left, right)| left == right).count();
    let candidates = mnemonics().map(|name| (distance(misspelt, name), Reverse(alike(name)), name));
    candidates.min().filter(|(distance, ..)| *distance <= limit).map(|(.., name)| name)
}

/// Number of letters to insert, remove or replace to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}
