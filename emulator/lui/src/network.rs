//! Boards, the wires between them, and what comes from outside. Boards act on each other by the edges of their outputs alone, so
//! each runs for itself up to the next edge that anybody makes.

use crate::board::{Board, Edge, View};
use crate::knobs::{Knobs, TERMINALS, Turn};
use crate::parts::Parts;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most wires that leave a board: it has three outputs, and a jumper can be split once (as the published ring attractor needs).
pub const MOST_WIRES: usize = 2 * TERMINALS;

/// A wire from the output of a board to an input of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// Board whose output it comes from.
    pub from: usize,
    /// Board it goes to.
    pub to: usize,
    /// Input there, 0..3.
    pub input: usize,
}

/// What happens to a board from outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// A knob is turned.
    Turn(Turn),
    /// A voltage is put on an input (0..3), V.
    Input(usize, f64),
    /// A current is fed into the membrane, A.
    Current(f64),
    /// The membrane is put on a voltage for a moment, V.
    Membrane(f64),
}

/// Something from outside, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Time,
    /// To which board.
    pub board: usize,
    /// What.
    pub action: Action,
}

/// An edge of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputEdge {
    /// When.
    pub at: Time,
    /// Whose output.
    pub board: usize,
    /// Whether it rises.
    pub rising: bool,
}

/// Why boards cannot be wired like this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WiringError {
    /// The wire names a board or an input that is not there.
    #[error("wire {wire} goes from board {from} to input {input} of board {to}, which is not all there")]
    Missing {
        /// Number of the wire, from 0.
        wire: usize,
        /// Its beginning.
        from: usize,
        /// Its end.
        to: usize,
        /// The input there.
        input: usize,
    },
    /// Two wires end on one input.
    #[error("input {input} of board {board} has two wires")]
    TwoWires {
        /// The board.
        board: usize,
        /// The input, 0..3.
        input: usize,
    },
    /// More wires leave a board than its outputs hold.
    #[error("board {board} has more than {MOST_WIRES} wires on its outputs")]
    Outputs {
        /// The board.
        board: usize,
    },
}

/// The bench: boards, wires, and what is still to come from outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    boards: Vec<Board>,
    wires: Vec<Wire>,
    /// In order of time; those of equal time in the order they were announced.
    changes: Vec<Change>,
    now: Time,
}

/// What a board is built from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoardSetup {
    /// Its components.
    pub parts: Parts,
    /// Its knobs.
    pub knobs: Knobs,
    /// Its battery, V.
    pub vdd_v: f64,
}

impl Network {
    /// Wires boards and switches them on.
    ///
    /// # Errors
    /// When a wire has no place.
    pub fn new(setups: &[BoardSetup], wires: &[Wire]) -> Result<Network, WiringError> {
        check(setups.len(), wires)?;
        let load = |board| wires.iter().filter(|wire| wire.from == board).count();
        let build = |(index, setup): (usize, &BoardSetup)| {
            Board::new(setup.parts.clone(), setup.knobs, setup.vdd_v, load(index))
        };
        let boards = setups.iter().enumerate().map(build).collect();
        Ok(Network { boards, wires: wires.to_vec(), changes: Vec::new(), now: Time::ZERO })
    }

    /// The boards, as they were at their last event.
    #[must_use]
    pub fn boards(&self) -> &[Board] {
        &self.boards
    }

    /// How far the network has come.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Integrates with this many steps per shortest time constant; for studies of convergence.
    pub fn set_steps_per_time_constant(&mut self, steps: f64) {
        self.boards.iter_mut().for_each(|board| board.set_steps_per_time_constant(steps));
    }

    /// Announces a change; one that should have happened already happens now. Boards that do not exist are not touched.
    pub fn announce(&mut self, change: Change) {
        let change = Change { at: change.at.max(self.now), ..change };
        let place = self.changes.partition_point(|other| other.at <= change.at);
        self.changes.insert(place, change);
    }

    /// What is seen of a board now.
    #[must_use]
    pub fn view(&self, board: usize) -> Option<View> {
        self.boards.get(board).map(|board| board.view(self.now))
    }

    /// Goes on to `until`, with all changes up to and at it, and appends the edges of the outputs in order of time, those of one
    /// time in the order of the boards.
    pub fn advance(&mut self, until: Time, edges: &mut Vec<OutputEdge>) {
        let mut forecasts: Vec<Option<Forecast>> = vec![None; self.boards.len()];
        loop {
            let change_at = self.changes.first().map_or(Time::NEVER, |change| change.at);
            let limit = until.min(change_at);
            match self.next_edge(&mut forecasts, limit) {
                Some((board, edge)) => self.carry_out(board, edge, &mut forecasts, edges),
                None if change_at <= until => self.change(&mut forecasts),
                None => break,
            }
        }
        for (board, forecast) in self.boards.iter_mut().zip(forecasts) {
            if let Some(Forecast { ahead, edge: None }) = forecast {
                *board = ahead;
            }
        }
        self.now = self.now.max(until);
    }

    /// The earliest edge up to `limit`, and whose it is.
    fn next_edge(&self, forecasts: &mut [Option<Forecast>], limit: Time) -> Option<(usize, Edge)> {
        let mut first: Option<(usize, Edge)> = None;
        for (index, forecast) in forecasts.iter_mut().enumerate() {
            let forecast = forecast.get_or_insert_with(|| Forecast::of(&self.boards[index]));
            if forecast.edge.is_none() {
                forecast.edge = forecast.ahead.advance(limit);
            }
            if let Some(edge) = forecast.edge.filter(|edge| edge.0 <= limit)
                && first.is_none_or(|(_, (at, _))| edge.0 < at)
            {
                first = Some((index, edge));
            }
        }
        first
    }

    /// Lets the edge happen and tells the boards it is wired to.
    fn carry_out(
        &mut self,
        from: usize,
        (at, rising): Edge,
        forecasts: &mut [Option<Forecast>],
        edges: &mut Vec<OutputEdge>,
    ) {
        edges.push(OutputEdge { at, board: from, rising });
        self.now = self.now.max(at);
        if let Some(forecast) = forecasts[from].take() {
            self.boards[from] = forecast.ahead;
        }
        let volts = if rising { self.boards[from].circuit().high_v } else { 0.0 };
        for index in 0..self.wires.len() {
            let Wire { from: source, to, input } = self.wires[index];
            if source == from {
                self.touch(to, at, Action::Input(input, volts), forecasts);
            }
        }
    }

    /// Lets the first announced change happen.
    fn change(&mut self, forecasts: &mut [Option<Forecast>]) {
        let Change { at, board, action } = self.changes.remove(0);
        self.now = self.now.max(at);
        if board < self.boards.len() {
            self.touch(board, at, action, forecasts);
        }
    }

    fn touch(&mut self, board: usize, at: Time, action: Action, forecasts: &mut [Option<Forecast>]) {
        forecasts[board] = None;
        let board = &mut self.boards[board];
        // Nobody's edge is before `at`, this board's neither; one at `at` comes after what happens here.
        board.advance(Time(at.0.saturating_sub(1)));
        match action {
            Action::Turn(turn) => board.turn(at, turn),
            Action::Input(input, volts) => board.drive(at, input, volts),
            Action::Current(current_a) => board.inject(at, current_a),
            Action::Membrane(v_v) => board.set_membrane(at, v_v),
        }
    }
}

/// A board run ahead of the others: just after its next edge, or as far as nobody makes one.
#[derive(Debug, Clone)]
struct Forecast {
    ahead: Board,
    edge: Option<Edge>,
}

impl Forecast {
    fn of(board: &Board) -> Forecast {
        Forecast { ahead: board.clone(), edge: None }
    }
}

fn check(boards: usize, wires: &[Wire]) -> Result<(), WiringError> {
    for (index, &Wire { from, to, input }) in wires.iter().enumerate() {
        if from >= boards || to >= boards || input >= TERMINALS {
            return Err(WiringError::Missing { wire: index, from, to, input });
        }
        let earlier = &wires[..index];
        if earlier.iter().any(|other| (other.to, other.input) == (to, input)) {
            return Err(WiringError::TwoWires { board: to, input });
        }
        if earlier.iter().filter(|other| other.from == from).count() >= MOST_WIRES {
            return Err(WiringError::Outputs { board: from });
        }
    }
    Ok(())
}
