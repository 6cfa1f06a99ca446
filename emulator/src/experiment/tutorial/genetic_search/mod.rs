//! Tutorial 18: a genetic search sets leak and coupling of a chain of compartments. A postsynaptic potential evoked at one end
//! is smaller in every compartment further on; the search looks for the two codes with which it falls off as it did in a
//! chain that was set beforehand.

mod optimiser;
mod pictures;

use super::lab::pictures::remark;
use super::lab::{Board, Lab, Protocol, Recording, Snippet, Source, fit, in_range};
use super::network::usual_targets;
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Progress, Report, csv};
use hx_calib::codes::I_BIAS_LEAK;
use hx_calib::{Selection, Targets};
use hx_host::driver::Cycles;
use hx_isa::field;
use hx_isa::regmap::capmem::{CapMemParameter, capmem_parameter};
use hx_isa::regmap::coordinate::AtomicNeuronOnDLS;
use hx_learn::data::mt19937::Mt19937;
use optimiser::{Evolution, Genes, Individual, LARGEST_GENE, best};
use serde::{Deserialize, Serialize};

/// The search.
pub struct GeneticSearch;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneticSearchConfig {
    /// Generations after the first.
    pub epochs: u32,
    /// How they follow each other.
    pub evolution: Evolution,
    /// Compartments of the chain, two circuits each.
    pub compartments: usize,
    /// First column of the chain, in the top row.
    pub first_column: usize,
    /// Codes of leak bias and coupling of the chain that sets the goal.
    pub goal_codes: Genes,
    /// Runs of which the goal is the mean, and of which the result is.
    pub repetitions: usize,
    /// Sources that spike at once.
    pub inputs: usize,
    /// Their weight.
    pub weight: u8,
}

impl Default for GeneticSearchConfig {
    fn default() -> GeneticSearchConfig {
        GeneticSearchConfig {
            epochs: 5,
            evolution: Evolution::default(),
            compartments: 4,
            first_column: 0,
            goal_codes: [500, 500],
            repetitions: 3,
            inputs: 8,
            weight: 63,
        }
    }
}

/// Coupling conductance.
const I_BIAS_COUPLING: &CapMemParameter = capmem_parameter("i_bias_nmda");
/// Potentials evoked in a run, which are averaged; when the sources spike in each of them, and from one to the next, us.
const EVOKED: usize = 4;
const ONSET_US: f64 = 15.0;
const INTERVAL_US: f64 = 75.0;
/// From the release of the neurons to the first snippet, us: what is left of the step to the resting potential is the same
/// before and after an input within this.
const LEAD_US: f64 = 50.0;
/// The height of a potential is that of a mean over this time, us.
const WINDOW_US: f64 = 1.5;
/// Heights below this are lost in the noise, MADC codes.
const LEAST_HEIGHT: f64 = 0.5;
/// Distance from the goal that the best individual must reach, as a share of the goal.
const REACHED: f64 = 0.1;
/// Searches of fewer generations need only get better.
const WHOLE: u32 = 5;

impl GeneticSearchConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("epochs", self.epochs.into(), 1.0, 200.0)?;
        in_range("compartments", self.compartments as f64, 2.0, 16.0)?;
        in_range("first_column", self.first_column as f64, 0.0, (256 - 2 * self.compartments) as f64)?;
        for code in self.goal_codes {
            in_range("goal_codes", code.into(), 1.0, LARGEST_GENE.into())?;
        }
        in_range("repetitions", self.repetitions as f64, 2.0, 100.0)?;
        in_range("inputs", self.inputs as f64, 1.0, 32.0)?;
        in_range("weight", self.weight.into(), 1.0, 63.0)?;
        let evolution = &self.evolution;
        in_range("evolution.population", evolution.population as f64, 2.0, 500.0)?;
        in_range("evolution.tournament", evolution.tournament as f64, 1.0, evolution.population as f64)?;
        in_range("evolution.crossover", evolution.crossover, 0.0, 1.0)?;
        in_range("evolution.mutation", evolution.mutation, 0.0, 1.0)?;
        in_range("evolution.gene_mutation", evolution.gene_mutation, 0.0, 1.0)
    }
}

impl Experiment for GeneticSearch {
    const NAME: &'static str = "tutorial-18";
    const ALIASES: &'static [&'static str] = &["genetic-search"];
    const SUMMARY: &'static str =
        "a genetic search sets leak and coupling of a chain of compartments to a wanted attenuation";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: ts_04-mc_genetic_algorithms";
    type Config = GeneticSearchConfig;

    fn adjust(config: &mut GeneticSearchConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse("--batch", options.batch.is_some(), Self::NAME)?;
        if options.quick {
            (config.epochs, config.repetitions) = (2, 2);
            config.evolution.population = 6;
        }
        config.epochs = options.epochs.unwrap_or(config.epochs);
        Ok(())
    }

    fn run(config: &GeneticSearchConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let mut generator = Mt19937::new(context.instance.seed as u32);
        let mut chain = Chain::new(config, context)?;
        let goal = chain.repeated(config, config.goal_codes)?;
        let generations = chain.search(config, goal.mean, &mut generator, context)?;
        let found = best(&generations[generations.len() - 1]).map_or(config.goal_codes, |best| best.genes);
        let result = chain.repeated(config, found)?;
        let mut report = Report { chip_time: chain.lab.conclude(context)?, ..Report::default() };
        for repeated in [&goal, &result] {
            report.bits.floats(&repeated.heights);
            report.bits.float(repeated.mean);
        }
        for individual in generations.iter().flatten() {
            report.bits.integers(individual.genes.map(u64::from).into_iter());
            report.bits.float(individual.distance.unwrap_or(f64::NAN));
        }
        tell(&mut report, config, &generations, &goal, found, &result);
        let text = format!(
            "{} compartments, {} generations of {}",
            config.compartments, config.epochs, config.evolution.population
        );
        let remark = remark(&text, &context.instance);
        report.add_text("search.svg", pictures::search(&generations, &goal, remark.clone()));
        report.add_text(
            "individuals.svg",
            pictures::individuals(&generations, config.goal_codes, found, remark.clone()),
        );
        report.add_text("attenuation.svg", pictures::attenuation(&goal, &result, remark));
        Ok(report)
    }
}

/// A chain of compartments on a board.
struct Chain {
    lab: Lab,
    board: Board,
    /// The circuit of each compartment that holds its capacitance, leak and coupling.
    circuits: Vec<AtomicNeuronOnDLS>,
    protocol: Protocol,
}

/// Runs of one chain.
struct Repeated {
    /// Heights of the potential in each compartment, as shares of the first; means over the runs.
    heights: Vec<f64>,
    /// Mean of the length constant, compartments, and its standard deviation.
    mean: f64,
    deviation: f64,
}

impl Chain {
    /// Each compartment is a pair of circuits with their membranes joined. The left one reaches the compartment before by the
    /// soma line, directly; the right one reaches the line to the next by its coupling conductance. The right one alone has
    /// capacitance and leak.
    fn new(config: &GeneticSearchConfig, context: &mut Context<'_>) -> Result<Chain, ExperimentError> {
        let at = |index: usize| super::lab::neuron_at(0, config.first_column + index);
        let numbers = (0..config.compartments).map(|pair| (config.first_column + 2 * pair + 1) as u16);
        let targets = Targets { neurons: Selection::Only(numbers.collect()), ..usual_targets() };
        let calibration = Lab::calibration(context, &targets)?;
        let mut board = Board::calibrated(&calibration)?;
        let mut circuits = Vec::new();
        for compartment in 0..config.compartments {
            let (left, right) = (at(2 * compartment)?, at(2 * compartment + 1)?);
            let (first, last) = (compartment == 0, compartment + 1 == config.compartments);
            let settings = board.neuron(left).cell(I_BIAS_LEAK, 0)?;
            let _ = settings
                .fires(false)
                .hears(false, false)
                .set(field!(NeuronConfig.membrane_capacitor_size), 0)
                .set(field!(NeuronConfig.enable_leak_division), 1)
                .set(field!(NeuronConfig.connect_membrane_right), 1)
                .set(field!(NeuronConfig.connect_soma), u32::from(!first));
            let _ = board
                .neuron(right)
                .fires(false)
                .hears(first, false)
                .set(field!(NeuronConfig.enable_leak_division), 1)
                .set(field!(NeuronConfig.enable_multicomp_conductance), u32::from(!last))
                .set(field!(NeuronConfig.enable_divide_multicomp_conductance_bias), 1)
                .set(field!(NeuronConfig.connect_soma_right), u32::from(!last));
            circuits.push(right);
        }
        let sources = (0..config.inputs).map(|_| board.host_source()).collect::<Result<Vec<Source>, _>>()?;
        for &source in &sources {
            board.connect(source, circuits[0], config.weight.into())?;
        }
        let spikes = sources.into_iter().map(|source| (ONSET_US, source)).collect();
        let snippet = Snippet::with_spikes(INTERVAL_US, spikes);
        let protocol = Protocol::new(vec![snippet; EVOKED]).after(LEAD_US);
        let mut lab = Lab::new(context)?;
        // Eight time constants of the cells: 3e-4 of a step are left.
        lab.session().capmem_settling.large = Cycles::from_ms(20);
        // What all chains have in common is written once.
        let common = Protocol::new(vec![Snippet::quiet(1.0)]);
        let _ = lab.record(&board, &common)?;
        Ok(Chain { lab, board, circuits, protocol })
    }

    /// Heights of the potential in every compartment, MADC codes, of chains with these codes. They are carried out at once, on
    /// copies of the chip that each wait for their own analog parameters.
    fn heights(&mut self, chains: &[Genes]) -> Result<Vec<Vec<f64>>, ExperimentError> {
        let mut runs = Vec::new();
        for &[leak, coupling] in chains {
            let mut board = self.board.clone();
            for &circuit in &self.circuits {
                let _ = board.neuron(circuit).cells(&[(I_BIAS_LEAK, leak), (I_BIAS_COUPLING, coupling)])?;
            }
            let protocol = |&circuit| (board.clone(), self.protocol.clone().membrane_of(circuit));
            runs.extend(self.circuits.iter().map(protocol));
        }
        let recorded = self.lab.record_all(&runs)?;
        Ok(recorded.chunks(self.circuits.len()).map(|of| of.iter().map(height).collect()).collect())
    }

    fn repeated(&mut self, config: &GeneticSearchConfig, codes: Genes) -> Result<Repeated, ExperimentError> {
        let runs = self.heights(&vec![codes; config.repetitions])?;
        let lengths: Vec<f64> = runs.iter().map(|heights| length_constant(heights)).collect();
        let (mean, deviation) = fit::mean_and_spread(&lengths);
        let share = |compartment: usize| {
            let shares: Vec<f64> = runs.iter().map(|heights| heights[compartment] / heights[0]).collect();
            fit::mean_and_spread(&shares).0
        };
        Ok(Repeated { heights: (0..config.compartments).map(share).collect(), mean, deviation })
    }

    fn search(
        &mut self,
        config: &GeneticSearchConfig,
        goal: f64,
        generator: &mut Mt19937,
        context: &mut Context<'_>,
    ) -> Result<Vec<Vec<Individual>>, ExperimentError> {
        let mut generations: Vec<Vec<Individual>> = Vec::new();
        for epoch in 0..=config.epochs {
            let mut generation = match generations.last() {
                None => config.evolution.first(generator),
                Some(last) => config.evolution.next(last, generator),
            };
            let mut unknown: Vec<&mut Individual> =
                generation.iter_mut().filter(|individual| individual.distance.is_none()).collect();
            let genes: Vec<Genes> = unknown.iter().map(|individual| individual.genes).collect();
            for (individual, heights) in unknown.iter_mut().zip(self.heights(&genes)?) {
                individual.distance = Some((length_constant(&heights) - goal).abs());
            }
            let (done, total) = (u64::from(epoch) + 1, u64::from(config.epochs) + 1);
            let loss = best(&generation).and_then(|best| best.distance);
            context.observer.progress(&Progress {
                label: "generation",
                done,
                total,
                loss,
                ..Progress::default()
            });
            generations.push(generation);
        }
        Ok(generations)
    }
}

/// Height of the mean of all potentials in a recording, MADC codes.
fn height(recording: &Recording) -> f64 {
    let mean = |from: f64, to: f64| {
        let one = |begin: &f64| recording.mean_in(begin + from, begin + to);
        recording.boundaries_us[..EVOKED].iter().map(one).sum::<f64>() / EVOKED as f64
    };
    let windows = ((INTERVAL_US - ONSET_US) / WINDOW_US) as usize;
    let window = |index: usize| {
        let from = ONSET_US + WINDOW_US * index as f64;
        mean(from, from + WINDOW_US)
    };
    let peak = (0..windows).map(window).fold(f64::NEG_INFINITY, f64::max);
    (peak - mean(0.0, ONSET_US)).max(LEAST_HEIGHT)
}

/// Compartments over which a potential falls to 1/e: minus the inverse slope of the heights' logarithms. Noise adds to heights
/// alike, so that of a logarithm grows as the height falls: points weigh as the squares of their heights.
fn length_constant(heights: &[f64]) -> f64 {
    let sum = |value: &dyn Fn(f64, f64) -> f64| -> f64 {
        heights
            .iter()
            .enumerate()
            .map(|(index, height)| height * height * value(index as f64, libm::log(*height)))
            .sum()
    };
    let (total, x, y) = (sum(&|_, _| 1.0), sum(&|x, _| x), sum(&|_, y| y));
    let (xx, xy) = (sum(&|x, _| x * x), sum(&|x, y| x * y));
    let slope = (total * xy - x * y) / (total * xx - x * x);
    // A chain without any fall has no length; a tenth of a percent a compartment is as good as none.
    -1.0 / slope.min(-1e-3)
}

fn tell(
    report: &mut Report,
    config: &GeneticSearchConfig,
    generations: &[Vec<Individual>],
    goal: &Repeated,
    found: Genes,
    result: &Repeated,
) {
    let nearest =
        |generation: &Vec<Individual>| best(generation).and_then(|best| best.distance).unwrap_or(f64::NAN);
    // Not the mean: one chain that hardly leaks is so far off that everything else were near beside it.
    let mut distances: Vec<f64> =
        generations[0].iter().filter_map(|individual| individual.distance).collect();
    distances.sort_by(f64::total_cmp);
    let first = distances.get(distances.len() / 2).copied().unwrap_or(f64::NAN);
    let last = nearest(&generations[generations.len() - 1]);
    report.lines.push(format!(
        "goal: length constant {:.3} +- {:.3} compartments (codes {}, {})",
        goal.mean, goal.deviation, config.goal_codes[0], config.goal_codes[1]
    ));
    report.lines.push(format!(
        "found: {:.3} +- {:.3} compartments with leak {} and coupling {}",
        result.mean, result.deviation, found[0], found[1]
    ));
    let falls = goal.heights.windows(2).all(|pair| pair[1] < pair[0]);
    report.checks.push(Check::equal("the potential falls from compartment to compartment", falls, true));
    report.checks.push(Check::at_most(
        "distance of the best, of the median of the first generation",
        last / first,
        0.5,
    ));
    if config.epochs >= WHOLE {
        let off = (result.mean - goal.mean).abs() / goal.mean;
        report.checks.push(Check::at_most("length constant found: off its goal by a share of", off, REACHED));
    }
    report.figures.insert("goal_length_constant".into(), goal.mean.into());
    report.figures.insert("found_length_constant".into(), result.mean.into());
    report.figures.insert("found_codes".into(), found.to_vec().into());
    let rows = generations.iter().enumerate().flat_map(|(index, generation)| {
        generation.iter().map(move |individual| {
            let [leak, coupling] = individual.genes.map(f64::from);
            [index as f64, leak, coupling, individual.distance.unwrap_or(f64::NAN)]
        })
    });
    report.add_text("individuals.csv", csv(["generation", "leak_code", "coupling_code", "distance"], rows));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_constant_of_an_exponential_is_its_own() {
        let heights: Vec<f64> = (0..4).map(|index| 80.0 * libm::exp(-f64::from(index) / 1.7)).collect();
        assert!((length_constant(&heights) - 1.7).abs() < 1e-9);
        assert!((length_constant(&[5.0; 4]) - 1000.0).abs() < 1e-6);
        // What is lost in the noise hardly counts.
        let noisy = length_constant(&[80.0, 40.0, 20.0, 9.0]);
        assert!((noisy - 1.0 / libm::log(2.0)).abs() < 0.02, "{noisy}");
    }
}
