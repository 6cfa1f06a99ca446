//! Tutorial 13: a network that solves a puzzle. A neuron stands for every number in every field of a 4x4 sudoku; neurons whose
//! statements exclude each other inhibit each other, each excites itself, and random spikes drive them all. Clues drive their
//! neurons strongly. The number of a field is that of its most active neuron.

mod pictures;
mod puzzle;

use super::lab::pictures::remark;
use super::lab::{Board, Lab, Protocol, Recording, Snippet, Source, chip_name, in_range};
use super::network::{Network, Population, usual_targets};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use hx_host::driver::Hemisphere;
use hx_learn::data::mt19937::Mt19937;
use puzzle::{Choice, Grid, SIDE};
use serde::{Deserialize, Serialize};

/// The puzzle by competition.
pub struct Sudoku;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SudokuConfig {
    /// The puzzle, by rows; 0 is an empty field.
    pub puzzle: [[u8; SIDE]; SIDE],
    /// Numbers of it that are given, chosen at random.
    pub clues: usize,
    /// Random puzzles for each of the numbers of clues in `sweep`.
    pub random_puzzles: usize,
    /// Numbers of clues of the random puzzles.
    pub sweep: Vec<usize>,
    /// Length of a run, us.
    pub duration_us: f64,
    /// Spikes are counted from here on, us.
    pub decide_from_us: f64,
    /// Rate of the random spikes of each neuron, Hz of chip time.
    pub noise_rate_hz: f64,
    /// Weight of the random spikes.
    pub noise_weight: u8,
    /// Weight with which each neuron excites itself.
    pub self_weight: u8,
    /// Weight with which neurons inhibit those that they exclude.
    pub inhibition_weight: u8,
    /// Weight of the clues' spikes.
    pub clue_weight: u8,
    /// Spikes of a clue, evenly over the run.
    pub clue_spikes: usize,
}

impl Default for SudokuConfig {
    fn default() -> SudokuConfig {
        SudokuConfig {
            puzzle: [[3, 2, 4, 1], [1, 4, 3, 2], [2, 3, 1, 4], [4, 1, 2, 3]],
            clues: 8,
            random_puzzles: 6,
            sweep: vec![4, 6, 8, 10, 12],
            duration_us: 500.0,
            decide_from_us: 250.0,
            noise_rate_hz: 5e5,
            noise_weight: 30,
            self_weight: 20,
            inhibition_weight: 50,
            clue_weight: 63,
            clue_spikes: 500,
        }
    }
}

/// Random puzzles are expected to be solved from this number of clues on, in this share.
const EXPECTED: (usize, f64) = (8, 0.8);
/// Noise sources of a background generator: eight generators serve 64 neurons.
const PER_GENERATOR: u8 = 8;

impl SudokuConfig {
    fn check(&self) -> Result<Grid, ExperimentError> {
        let grid = Grid::of(self.puzzle).map_err(ExperimentError::Config)?;
        if !grid.is_consistent() {
            return Err(ExperimentError::Config(
                "puzzle breaks the rules: a number is there twice".to_owned(),
            ));
        }
        in_range("clues", self.clues as f64, 0.0, grid.filled() as f64)?;
        in_range("random_puzzles", self.random_puzzles as f64, 0.0, 200.0)?;
        for &clues in &self.sweep {
            in_range("sweep", clues as f64, 0.0, (SIDE * SIDE) as f64)?;
        }
        in_range("duration_us", self.duration_us, 20.0, 20_000.0)?;
        in_range("decide_from_us", self.decide_from_us, 0.0, self.duration_us - 10.0)?;
        in_range("noise_rate_hz", self.noise_rate_hz, 1e3, 9e5)?;
        for (key, weight) in [
            ("noise_weight", self.noise_weight),
            ("self_weight", self.self_weight),
            ("inhibition_weight", self.inhibition_weight),
            ("clue_weight", self.clue_weight),
        ] {
            in_range(key, weight.into(), 0.0, 63.0)?;
        }
        in_range("clue_spikes", self.clue_spikes as f64, 0.0, 20.0 * self.duration_us)?;
        Ok(grid)
    }
}

impl Experiment for Sudoku {
    const NAME: &'static str = "tutorial-13";
    const ALIASES: &'static [&'static str] = &["sudoku"];
    const SUMMARY: &'static str = "a 4x4 sudoku solved by 64 neurons that compete";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: fp_sudoku";
    type Config = SudokuConfig;

    fn adjust(_: &mut SudokuConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &SudokuConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        let grid = config.check()?;
        let mut generator = Mt19937::new(context.instance.seed as u32);
        let solver = Solver::new(config, true, context)?;
        let free = Solver::new(config, false, context)?;
        let mut lab = Lab::new(context)?;
        let puzzle = grid.hidden(config.clues, &mut generator);
        // The analog parameters are the same in all runs: written once, they need no time to settle again.
        let (board, protocol) = solver.run(config, &puzzle)?;
        let mut recorded = vec![lab.record(&board, &protocol)?];
        let mut runs = vec![free.run(config, &puzzle)?];
        let mut puzzles = Vec::new();
        for &clues in &config.sweep {
            for _ in 0..config.random_puzzles {
                puzzles.push(Grid::random(&mut generator).hidden(clues, &mut generator));
            }
        }
        for puzzle in &puzzles {
            runs.push(solver.run(config, puzzle)?);
        }
        recorded.extend(lab.record_all(&runs)?);
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        recorded.iter().for_each(|recorded| recorded.add_to(&mut report.bits));
        let found: Vec<Grid> = recorded.iter().map(|recorded| solver.decide(config, recorded)).collect();
        let (given, chip) =
            (remark(&format!("{} clues", config.clues), &context.instance), chip_name(&context.instance));
        tell_demo(&mut report, &puzzle, &found[0], &found[1]);
        report.add_text("board.svg", pictures::board(&puzzle, &found[0], given));
        report.add_text("raster.svg", pictures::raster(config, &solver, &puzzle, &recorded[0], &chip));
        if !puzzles.is_empty() {
            let shares = shares(config, &puzzles, &found[2..]);
            tell_random(&mut report, config, &shares);
            report.add_text("solved.svg", pictures::solved(&shares, config.random_puzzles, &chip));
        }
        Ok(report)
    }
}

/// The network on a board without clues.
struct Solver {
    network: Network,
    /// Neurons in the order of [`Choice::all`].
    choices: Population,
    clue: Source,
}

impl Solver {
    /// With `rules`, neurons inhibit those they exclude.
    fn new(config: &SudokuConfig, rules: bool, context: &mut Context<'_>) -> Result<Solver, ExperimentError> {
        let seed = context.instance.seed as u32;
        let mut network = Network::calibrated(&usual_targets(), context)?;
        let mut choices = Population::default();
        // Half of the board in each hemisphere: a background generator reaches one.
        for hemisphere in Hemisphere::ALL {
            let count = SIDE * SIDE * SIDE / 2;
            let half = network.population_among(count, |neuron| neuron.y() == hemisphere.index())?;
            for (part, neurons) in half.neurons.chunks(PER_GENERATOR.into()).enumerate() {
                let number = (4 * hemisphere.index() + part) as u32;
                let seed = seed
                    .wrapping_add(1)
                    .wrapping_mul(0x9e37_79b1)
                    .wrapping_add(number.wrapping_mul(0x85eb_ca6b));
                let sources = network.board.background_sources(
                    hemisphere,
                    config.noise_rate_hz,
                    PER_GENERATOR,
                    seed.max(1),
                )?;
                network.one_to_one(&sources, neurons, config.noise_weight.into())?;
            }
            choices.neurons.extend(half.neurons);
            choices.sources.extend(half.sources);
        }
        network.one_to_one(&choices.sources, &choices.neurons, config.self_weight.into())?;
        for (one, source) in Choice::all().zip(&choices.sources) {
            for (other, &neuron) in Choice::all().zip(&choices.neurons) {
                if rules && one.excludes(other) {
                    network.board.connect(*source, neuron, -i32::from(config.inhibition_weight))?;
                }
            }
        }
        let clue = network.board.host_source()?;
        Ok(Solver { network, choices, clue })
    }

    fn run(&self, config: &SudokuConfig, puzzle: &Grid) -> Result<(Board, Protocol), ExperimentError> {
        let mut board = self.network.board.clone();
        for (choice, &neuron) in Choice::all().zip(&self.choices.neurons) {
            if puzzle.has(choice) {
                board.connect(self.clue, neuron, config.clue_weight.into())?;
            }
        }
        let spacing_us = config.duration_us / config.clue_spikes.max(1) as f64;
        let spikes = (0..config.clue_spikes).map(|index| (spacing_us * index as f64, self.clue)).collect();
        let protocol = Protocol::new(vec![Snippet::with_spikes(config.duration_us, spikes)]).after(0.0);
        Ok((board, protocol))
    }

    /// The number of each field is that of the neuron that spiked most; a silent field stays empty.
    fn decide(&self, config: &SudokuConfig, recorded: &Recording) -> Grid {
        let count =
            |neuron| recorded.spikes_of(neuron).iter().filter(|&&us| us >= config.decide_from_us).count();
        let counts: Vec<usize> = self.choices.neurons.iter().map(|&neuron| count(neuron)).collect();
        let mut grid = Grid::default();
        for (field, counts) in counts.chunks(SIDE).enumerate() {
            let most = (0..SIDE).max_by_key(|&number| (counts[number], SIDE - number));
            grid.0[field / SIDE][field % SIDE] =
                most.filter(|&number| counts[number] > 0).map(|number| number as u8 + 1);
        }
        grid
    }
}

/// Share of random puzzles solved, by number of clues.
fn shares(config: &SudokuConfig, puzzles: &[Grid], found: &[Grid]) -> Vec<(usize, f64)> {
    let solved: Vec<f64> =
        puzzles.iter().zip(found).map(|(puzzle, found)| f64::from(found.solves(puzzle))).collect();
    let parts = solved.chunks(config.random_puzzles);
    let share = |(&clues, part): (&usize, &[f64])| (clues, part.iter().sum::<f64>() / part.len() as f64);
    config.sweep.iter().zip(parts).map(share).collect()
}

fn tell_demo(report: &mut Report, puzzle: &Grid, found: &Grid, without_rules: &Grid) {
    let show = |number: &Option<u8>| number.map_or("·".to_owned(), |number| number.to_string());
    for (given, found) in puzzle.0.iter().zip(&found.0) {
        let [given, found] = [given, found].map(|row| row.iter().map(show).collect::<Vec<_>>().join(" "));
        report.lines.push(format!("{given}   ->   {found}"));
    }
    report.checks.push(Check::equal("the demonstration puzzle is solved", found.solves(puzzle), true));
    report.checks.push(Check::equal(
        "without inhibition it is solved",
        without_rules.solves(puzzle) && puzzle.filled() < SIDE * SIDE,
        false,
    ));
}

fn tell_random(report: &mut Report, config: &SudokuConfig, shares: &[(usize, f64)]) {
    let (least, share) = EXPECTED;
    let easy: Vec<f64> =
        shares.iter().filter(|(clues, _)| *clues >= least).map(|(_, share)| *share).collect();
    if !easy.is_empty() {
        let name = format!("share of random puzzles solved from {least} clues on");
        report.checks.push(Check::at_least(&name, easy.iter().sum::<f64>() / easy.len() as f64, share));
    }
    let all = shares.iter().map(|(_, share)| share).sum::<f64>() / shares.len() as f64;
    report.figures.insert("share_solved".into(), all.into());
    let parts: Vec<String> =
        shares.iter().map(|(clues, share)| format!("{clues} clues {:.0} %", 100.0 * share)).collect();
    report.lines.push(format!("{} random puzzles each: {}", config.random_puzzles, parts.join(", ")));
    let rows = shares.iter().map(|&(clues, share)| [clues as f64, share]);
    report.add_text("solved.csv", csv(["clues", "share_solved"], rows));
}
