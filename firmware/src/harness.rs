//! The harness: one update of a rule over a few rows, with given weights, labels, sensor codes, random bytes and spike counts,
//! on an emulated processor.

use crate::image::{Image, ImageError};
use std::collections::BTreeMap;

/// Columns of a row.
pub const COLUMNS: usize = 256;
/// Bytes of a vector: one half of a row.
pub const VECTOR_BYTES: usize = 128;

/// One number per column.
pub type Row = [u8; COLUMNS];

/// What surrounds a processor: vectors behind its parallel bus, and words on the on-chip bus, by byte address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Vectors by address.
    pub vectors: BTreeMap<u32, [u8; VECTOR_BYTES]>,
    /// Words by byte address.
    pub words: BTreeMap<u32, u32>,
}

/// What is left after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The processor's memory.
    pub memory: Vec<u32>,
    /// What surrounds it.
    pub surroundings: Surroundings,
    /// Clock cycles from the first instruction to the end.
    pub cycles: u64,
}

/// Something that runs an image from reset until it sleeps.
pub trait Processor {
    /// Runs; the error is a sentence about how it ended instead.
    ///
    /// # Errors
    /// When the program does not reach its `wait`.
    fn run(&mut self, memory: &[u32], surroundings: &Surroundings) -> Result<Finished, String>;
}

/// Regions of the vector I/O space (`asm/ppu.inc`).
mod region {
    pub const WEIGHT: u32 = 0;
    pub const LABEL: u32 = 0x0004_0000;
    pub const CAUSAL: u32 = 0x0008_0000;
    pub const ACAUSAL: u32 = 0x000c_0000;
    pub const RANDOM: u32 = 0x000e_0000;
    pub const BUFFERED: u32 = 0x0020_0000;
}

/// Byte addresses of the spike counters of the western and eastern half, and bytes from neuron to neuron.
const SPIKE_COUNTERS: [u32; 2] = [0x8048_a000, 0x804a_a000];
const SPIKE_COUNTER_STRIDE: u32 = 16;
const SPIKE_COUNTER_RESET: u32 = 0x1000;

/// The state a rule sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synapses {
    /// First row.
    pub first_row: u32,
    /// Weights, row by row.
    pub weights: Vec<Row>,
    /// Labels, row by row.
    pub labels: Vec<Row>,
    /// Causal codes, row by row.
    pub causal: Vec<Row>,
    /// Acausal codes, row by row.
    pub acausal: Vec<Row>,
    /// Random bytes; every read gives the same.
    pub random: Row,
    /// Spike counters with the overflow bit.
    pub counts: [u16; COLUMNS],
}

impl Synapses {
    /// Rows with everything zero.
    #[must_use]
    pub fn new(first_row: u32, rows: usize) -> Synapses {
        let zero = vec![[0; COLUMNS]; rows];
        Synapses {
            first_row,
            weights: zero.clone(),
            labels: zero.clone(),
            causal: zero.clone(),
            acausal: zero,
            random: [0; COLUMNS],
            counts: [0; COLUMNS],
        }
    }

    fn surroundings(&self) -> Surroundings {
        let mut surroundings = Surroundings::default();
        for (row, at) in (self.first_row..).zip(0..self.weights.len()) {
            let mut put = |region: u32, values: &Row| {
                for half in 0..2 {
                    surroundings.vectors.insert(region + 2 * row + half, half_of(values, half));
                }
            };
            put(region::WEIGHT, &self.weights[at]);
            put(region::LABEL, &self.labels[at]);
            for modifier in [0, region::BUFFERED] {
                put(region::CAUSAL | modifier, &self.causal[at]);
                put(region::ACAUSAL | modifier, &self.acausal[at]);
            }
        }
        for half in 0..2 {
            surroundings.vectors.insert(region::RANDOM + half, half_of(&self.random, half));
        }
        for (column, count) in self.counts.iter().enumerate() {
            surroundings.words.insert(counter(column), u32::from(*count));
        }
        surroundings
    }
}

fn counter(column: usize) -> u32 {
    SPIKE_COUNTERS[column / 128] + SPIKE_COUNTER_STRIDE * (column % 128) as u32
}

/// The even or odd columns of a row, the order of a vector's lanes.
fn half_of(row: &Row, half: u32) -> [u8; VECTOR_BYTES] {
    std::array::from_fn(|lane| row[2 * lane + half as usize])
}

/// What one update did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// Weights, row by row.
    pub weights: Vec<Row>,
    /// Labels, row by row.
    pub labels: Vec<Row>,
    /// What was written to the sensors of each row and half: 3 resets both traces.
    pub resets: Vec<Option<[u8; VECTOR_BYTES]>>,
    /// Columns whose spike counter was reset.
    pub counters_reset: usize,
    /// The processor's memory.
    pub memory: Vec<u32>,
    /// Clock cycles of the whole run.
    pub cycles: u64,
}

/// Runs one update of a rule.
///
/// # Errors
/// When the image is no rule, or the processor does not reach the end.
pub fn update(
    processor: &mut dyn Processor,
    image: &Image,
    parameters: &[(&str, u32)],
    synapses: &Synapses,
) -> Result<Updated, String> {
    let mut image = image.clone();
    let rows = synapses.weights.len() as u32;
    let schedule =
        [("first_row", synapses.first_row), ("row_count", rows), ("updates", 1), ("period_cycles", 0)];
    for (symbol, value) in schedule.iter().chain(parameters) {
        image.set_word(symbol, *value).map_err(|error: ImageError| error.to_string())?;
    }
    let before = synapses.surroundings();
    let finished = processor.run(image.words(), &before)?;
    Ok(collect(synapses, &before, finished))
}

fn collect(synapses: &Synapses, before: &Surroundings, finished: Finished) -> Updated {
    let after = &finished.surroundings;
    let rows = || (synapses.first_row..).take(synapses.weights.len());
    let row = |region: u32, row: u32| -> Row {
        let halves = [0, 1].map(|half| after.vectors.get(&(region + 2 * row + half)).copied());
        std::array::from_fn(|column| halves[column % 2].map_or(0, |half| half[column / 2]))
    };
    let halves = || rows().flat_map(|row| [2 * row, 2 * row + 1]);
    let reset = |index: u32| {
        let (old, new) =
            (before.vectors.get(&(region::CAUSAL + index)), after.vectors.get(&(region::CAUSAL + index)));
        new.filter(|new| Some(*new) != old).copied()
    };
    let was_reset = |column: &usize| after.words.contains_key(&(counter(*column) + SPIKE_COUNTER_RESET));
    Updated {
        weights: rows().map(|at| row(region::WEIGHT, at)).collect(),
        labels: rows().map(|at| row(region::LABEL, at)).collect(),
        resets: halves().map(reset).collect(),
        counters_reset: (0..COLUMNS).filter(was_reset).count(),
        cycles: finished.cycles,
        memory: finished.memory,
    }
}
