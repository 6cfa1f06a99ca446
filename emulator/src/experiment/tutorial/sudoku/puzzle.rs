//! The 4x4 puzzle: every row, column and 2x2 block holds each of four numbers once.

use hx_learn::data::mt19937::Mt19937;

/// Rows, columns and numbers.
pub const SIDE: usize = 4;
const BLOCK: usize = 2;

/// A board: numbers 1..=4 by row and column; nothing where a field is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grid(pub [[Option<u8>; SIDE]; SIDE]);

/// A field that can hold a number: row, column, and the number counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Row of the field.
    pub row: usize,
    /// Its column.
    pub column: usize,
    /// The number less one.
    pub number: usize,
}

impl Choice {
    /// All of them; the neurons of the network in this order.
    pub fn all() -> impl Iterator<Item = Choice> {
        (0..SIDE * SIDE * SIDE).map(|index| Choice {
            row: index / (SIDE * SIDE),
            column: index / SIDE % SIDE,
            number: index % SIDE,
        })
    }

    /// Whether no solution has both.
    #[must_use]
    pub fn excludes(self, other: Choice) -> bool {
        let same_field = (self.row, self.column) == (other.row, other.column);
        let same_block = (self.row / BLOCK, self.column / BLOCK) == (other.row / BLOCK, other.column / BLOCK);
        match self.number == other.number {
            true => !same_field && (self.row == other.row || self.column == other.column || same_block),
            false => same_field,
        }
    }
}

impl Grid {
    /// A board from its numbers, row by row; 0 is an empty field.
    ///
    /// # Errors
    /// When a number is above 4.
    pub fn of(numbers: [[u8; SIDE]; SIDE]) -> Result<Grid, String> {
        if let Some(wrong) = numbers.iter().flatten().find(|number| usize::from(**number) > SIDE) {
            return Err(format!("puzzle holds {wrong}, a field holds 1 to {SIDE}, or 0 if it is empty"));
        }
        Ok(Grid(numbers.map(|row| row.map(|number| (number > 0).then_some(number)))))
    }

    /// Whether a field holds this number.
    #[must_use]
    pub fn has(&self, choice: Choice) -> bool {
        self.0[choice.row][choice.column] == Some(choice.number as u8 + 1)
    }

    /// Numbers that are set.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.0.iter().flatten().flatten().count()
    }

    /// Whether no two numbers exclude each other.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        let held: Vec<Choice> = Choice::all().filter(|&choice| self.has(choice)).collect();
        held.iter().all(|one| held.iter().all(|other| !one.excludes(*other)))
    }

    /// Whether it solves a puzzle: complete, by the rules, with all of the puzzle's numbers.
    #[must_use]
    pub fn solves(&self, puzzle: &Grid) -> bool {
        let keeps = Choice::all().filter(|&choice| puzzle.has(choice)).all(|choice| self.has(choice));
        keeps && self.filled() == SIDE * SIDE && self.is_consistent()
    }

    /// A random solution.
    #[must_use]
    pub fn random(generator: &mut Mt19937) -> Grid {
        let mut grid = Grid::default();
        grid.fill(0, generator);
        grid
    }

    /// Fills the fields from `index` on in all ways until one fits.
    fn fill(&mut self, index: usize, generator: &mut Mt19937) -> bool {
        let (row, column) = (index / SIDE, index % SIDE);
        if row == SIDE {
            return true;
        }
        for number in permutation(SIDE, generator) {
            self.0[row][column] = Some(number as u8 + 1);
            if self.is_consistent() && self.fill(index + 1, generator) {
                return true;
            }
        }
        self.0[row][column] = None;
        false
    }

    /// This board with only `clues` of its numbers, chosen at random.
    #[must_use]
    pub fn hidden(&self, clues: usize, generator: &mut Mt19937) -> Grid {
        let mut puzzle = Grid::default();
        let filled: Vec<usize> =
            (0..SIDE * SIDE).filter(|field| self.0[field / SIDE][field % SIDE].is_some()).collect();
        for index in permutation(filled.len(), generator).into_iter().take(clues) {
            let (row, column) = (filled[index] / SIDE, filled[index] % SIDE);
            puzzle.0[row][column] = self.0[row][column];
        }
        puzzle
    }
}

/// A random order of `0..count`.
fn permutation(count: usize, generator: &mut Mt19937) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for index in (1..count).rev() {
        order.swap(index, generator.below(index as u32 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_excludes_ten_others() {
        for choice in Choice::all() {
            assert_eq!(Choice::all().filter(|&other| choice.excludes(other)).count(), 3 + 3 + 3 + 1);
        }
    }

    #[test]
    fn random_boards_are_solutions_of_their_puzzles() {
        let mut generator = Mt19937::new(3);
        let mut seen = Vec::new();
        for clues in 0..=16 {
            let solution = Grid::random(&mut generator);
            let puzzle = solution.hidden(clues, &mut generator);
            assert_eq!(puzzle.filled(), clues);
            assert!(solution.solves(&puzzle));
            seen.push(solution);
        }
        assert!(seen.windows(2).any(|pair| pair[0] != pair[1]));
        assert!(!Grid::default().solves(&Grid::default()));
        let twice = Grid::of([[1, 1, 0, 0], [0; 4], [0; 4], [0; 4]]).unwrap();
        assert!(!twice.is_consistent());
        assert!(Grid::of([[5, 0, 0, 0], [0; 4], [0; 4], [0; 4]]).unwrap_err().contains('5'));
    }
}
