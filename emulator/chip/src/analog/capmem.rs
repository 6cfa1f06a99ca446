//! State of the CapMem cells: what was written, and how far each cell has come.
//!
//! A cell relaxes exponentially from where it is to its new code. All deviations refer to one common instant on a grid of half
//! lives, so that going to the next grid instant halves each of them exactly; consumers re-derive their parameters at those
//! instants only ([`CapMem::next_refresh`]), about fourteen times after a burst of writes whatever its size. The rest is
//! dropped once it is below 1e-4 of the step. Not modelled: drift of cells that are not refreshed.

use super::cell::{BLOCKS, CELLS, COLUMNS, Cell, NeuronCell, SharedCell};
use super::constants::{AnalogConstants, CapMemConstants};
use super::mismatch::CellTransfer;
use crate::exponential::exp;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Code that stops the refresh of a cell, which then holds its value.
pub const REFRESH_DISABLED: u16 = 1023;

/// How a cell follows its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Settling {
    /// Exponentially, as on the chip.
    #[default]
    Exponential,
    /// At once; for tests.
    Instant,
}

/// What every cell was told and where it ends, by [`Cell::index`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settled {
    /// Written code.
    code: Vec<u16>,
    /// Level the cell relaxes to, LSB; a fraction when it was stopped on its way.
    level: Vec<f32>,
}

/// A cell on its way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Moving {
    /// Level minus final level at the common reference instant, LSB.
    deviation: f64,
    /// Magnitude at or below which the deviation counts as zero.
    negligible: f64,
}

/// All CapMem cells of a chip. Plain data; clones share the settled cells until one of them writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapMem {
    settled: Arc<Settled>,
    moving: BTreeMap<Cell, Moving>,
    /// Blocks that are refreshed (CapMemBlockConfig enable_capmem).
    enabled: [bool; BLOCKS],
    /// Time in which a deviation halves, also the spacing of the grid; zero: cells follow at once.
    half_life: Time,
    settled_fraction: f64,
    /// Grid instant the deviations refer to.
    reference: Time,
    /// Next instant at which consumers have something to re-derive.
    due: Option<Time>,
}

impl CapMem {
    /// Cells as after a reset of the chip: all codes and levels zero, no block enabled.
    #[must_use]
    pub fn new(settling: Settling, constants: &CapMemConstants) -> CapMem {
        let half_life_us = std::f64::consts::LN_2 * constants.settling_tau_us;
        CapMem {
            settled: Arc::new(Settled { code: vec![0; CELLS], level: vec![0.0; CELLS] }),
            moving: BTreeMap::new(),
            enabled: [false; BLOCKS],
            half_life: match settling {
                Settling::Exponential => Time::from_us_f64(half_life_us),
                Settling::Instant => Time::ZERO,
            },
            settled_fraction: constants.settled_fraction,
            reference: Time::ZERO,
            due: None,
        }
    }

    /// The code a cell was last written with.
    #[must_use]
    pub fn code(&self, cell: Cell) -> u16 {
        self.settled.code[cell.index()]
    }

    /// Writes a code (0 to 1023; higher bits are ignored). Without refresh of the block only the code is stored.
    pub fn write(&mut self, cell: Cell, code: u16, now: Time) {
        let code = code & 0x3ff;
        if self.code(cell) == code {
            return;
        }
        Arc::make_mut(&mut self.settled).code[cell.index()] = code;
        if self.enabled[cell.block()] {
            self.follow(cell, now);
        }
    }

    /// Starts or stops the refresh of a block (0 to 3). Without it cells hold their values.
    pub fn set_enabled(&mut self, block: usize, enabled: bool, now: Time) {
        if self.enabled[block] == enabled {
            return;
        }
        self.enabled[block] = enabled;
        for cell in Cell::of_block(block) {
            if enabled {
                self.follow(cell, now);
            } else if self.moving.contains_key(&cell) {
                self.retarget(cell, self.level(cell, now), now);
            }
        }
    }

    /// Whether a block is refreshed.
    #[must_use]
    pub fn enabled(&self, block: usize) -> bool {
        self.enabled[block]
    }

    /// Sends a cell towards its code, or stops it where it is.
    fn follow(&mut self, cell: Cell, now: Time) {
        match self.code(cell) {
            REFRESH_DISABLED => self.retarget(cell, self.level(cell, now), now),
            code => self.retarget(cell, f64::from(code), now),
        }
    }

    fn retarget(&mut self, cell: Cell, target: f64, now: Time) {
        let level = self.level(cell, now);
        if level == target && !self.moving.contains_key(&cell) {
            return;
        }
        self.rebase(now);
        let step = if self.half_life == Time::ZERO { 0.0 } else { level - target };
        let moving = Moving {
            deviation: step / self.decay(now.since(self.reference)),
            negligible: step.abs() * self.settled_fraction,
        };
        self.moving.insert(cell, moving);
        Arc::make_mut(&mut self.settled).level[cell.index()] = target as f32;
        let due = if self.half_life == Time::ZERO { now } else { self.reference + self.half_life };
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// Factor by which deviations shrink within less than a half life.
    fn decay(&self, span: Time) -> f64 {
        if self.half_life == Time::ZERO {
            return 1.0;
        }
        exp(-std::f64::consts::LN_2 * span.0 as f64 / self.half_life.0 as f64)
    }

    /// Half lives passed and the rest of a span.
    fn split(&self, span: Time) -> (u64, Time) {
        match span.0.checked_div(self.half_life.0) {
            None => (0, Time::ZERO),
            Some(halvings) => (halvings, Time(span.0 - halvings * self.half_life.0)),
        }
    }

    /// Moves the common reference instant to the last grid instant before `now`. Bit-exact: deviations are only halved.
    fn rebase(&mut self, now: Time) {
        let (halvings, rest) = self.split(now.since(self.reference));
        if halvings == 0 {
            return;
        }
        self.reference = now - rest;
        for moving in self.moving.values_mut() {
            moving.deviation = halve(moving.deviation, halvings);
        }
    }

    /// Level of a cell in LSB at `now`, which must not lie before its last change.
    #[must_use]
    pub fn level(&self, cell: Cell, now: Time) -> f64 {
        let level = f64::from(self.settled.level[cell.index()]);
        match self.moving.get(&cell) {
            None => level,
            Some(moving) => level + self.deviation(moving, now),
        }
    }

    fn deviation(&self, moving: &Moving, now: Time) -> f64 {
        let (halvings, rest) = self.split(now.since(self.reference));
        let deviation = halve(moving.deviation, halvings);
        if deviation.abs() <= moving.negligible { 0.0 } else { deviation * self.decay(rest) }
    }

    /// Whether any cell is on its way.
    #[must_use]
    pub fn settling(&self) -> bool {
        !self.moving.is_empty()
    }

    /// When consumers have to re-derive what depends on the cells; `None` while all have settled.
    #[must_use]
    pub fn next_refresh(&self) -> Option<Time> {
        self.due
    }

    /// Brings `values` up to `now` and lists in `changed` (cleared first, ascending) the cells that differ. To be called at
    /// every instant of [`Self::next_refresh`]; in between values are held.
    pub fn refresh(
        &mut self,
        now: Time,
        model: &CellModel,
        values: &mut CellValues,
        changed: &mut Vec<Cell>,
    ) {
        self.rebase(now);
        changed.clear();
        if model.crosstalk_lsb == 0.0 {
            changed.extend(self.moving.keys());
            let decay = self.decay(now.since(self.reference));
            for (cell, moving) in &self.moving {
                let rest =
                    if moving.deviation.abs() <= moving.negligible { 0.0 } else { moving.deviation * decay };
                let level = f64::from(self.settled.level[cell.index()]) + rest;
                values.0[cell.index()] = model.transfer.physical(*cell, level);
            }
        } else {
            self.refresh_rows(now, model, values, changed);
        }
        self.moving.retain(|_, moving| moving.deviation.abs() > moving.negligible);
        let next = self.reference + self.half_life;
        self.due = if self.moving.is_empty() { None } else { Some(next) };
    }

    /// The same with crosstalk, where a cell that moves away changes all cells of its row.
    fn refresh_rows(&self, now: Time, model: &CellModel, values: &mut CellValues, changed: &mut Vec<Cell>) {
        let mut rows: Vec<usize> = self.moving.keys().map(|cell| cell.index() / COLUMNS).collect();
        rows.dedup();
        for row in rows {
            let cells = (row * COLUMNS..(row + 1) * COLUMNS).filter_map(Cell::from_index);
            changed.extend(cells.clone());
            for cell in cells {
                values.0[cell.index()] = self.value(cell, now, model);
            }
        }
    }

    /// Shift of a cell by the others of its row that hold the same code, LSB.
    fn crosstalk(&self, cell: Cell, crosstalk_lsb: f64) -> f64 {
        if crosstalk_lsb == 0.0 {
            return 0.0;
        }
        let start = cell.index() - cell.column();
        let row = &self.settled.code[start..start + COLUMNS];
        let same = row.iter().filter(|code| **code == self.code(cell)).count();
        crosstalk_lsb * (same as f64 - 1.0) / 128.0
    }

    /// Voltage (V) or current (uA) of a cell at `now`.
    #[must_use]
    pub fn value(&self, cell: Cell, now: Time, model: &CellModel) -> f64 {
        let level = self.level(cell, now) + self.crosstalk(cell, model.crosstalk_lsb);
        model.transfer.physical(cell, level)
    }

    /// Values of all cells at `now`.
    #[must_use]
    pub fn values(&self, now: Time, model: &CellModel) -> CellValues {
        CellValues((0..CELLS).filter_map(Cell::from_index).map(|cell| self.value(cell, now, model)).collect())
    }
}

/// `value / 2^times`, exactly; zero where it would leave the normal numbers.
fn halve(value: f64, times: u64) -> f64 {
    if times > 900 { 0.0 } else { value * f64::from_bits((1023 - times) << 52) }
}

/// How levels become voltages and currents on a particular chip.
#[derive(Debug, Clone, Copy)]
pub struct CellModel<'a> {
    /// Gain and offset of every cell.
    pub transfer: &'a CellTransfer,
    /// Shift for 128 other cells of the row with the same code, LSB.
    pub crosstalk_lsb: f64,
}

impl<'a> CellModel<'a> {
    /// The cells of a chip.
    #[must_use]
    pub fn new(transfer: &'a CellTransfer, constants: &AnalogConstants) -> CellModel<'a> {
        CellModel { transfer, crosstalk_lsb: constants.capmem.crosstalk_lsb }
    }
}

/// What every cell delivers, V or uA, as of the last refresh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellValues(Vec<f64>);

impl CellValues {
    /// Value of a cell.
    #[inline]
    #[must_use]
    pub fn get(&self, cell: Cell) -> f64 {
        self.0[cell.index()]
    }

    /// Value of a neuron's cell; `neuron` is the AtomicNeuron enumeration.
    #[inline]
    #[must_use]
    pub fn neuron(&self, neuron: usize, parameter: NeuronCell) -> f64 {
        self.get(Cell::of_neuron(neuron, parameter))
    }

    /// Value of a block's shared cell.
    #[inline]
    #[must_use]
    pub fn shared(&self, block: usize, parameter: SharedCell) -> f64 {
        self.get(Cell::shared(block, parameter))
    }
}
