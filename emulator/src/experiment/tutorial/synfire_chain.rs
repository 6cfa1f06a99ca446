//! Tutorial 12: a synfire chain. Groups of excitatory neurons excite the next group and, in it, inhibitory neurons that soon
//! stop it; a pulse packet given to the first group travels along the chain as a volley of one spike per neuron. Closed to a
//! ring it goes round for as long as it is let.

use super::lab::pictures::remark;
use super::lab::{Lab, Protocol, Recording, Snippet, Source, fit, in_range};
use super::network::{Network, Population, madc_of_cadc, raster, usual_targets};
use crate::experiment::{Check, Context, Experiment, ExperimentError, Options, Report, csv};
use crate::plot::recording::{Recording as Picture, Trace, recording};
use hx_calib::{Strength, Targets};
use serde::{Deserialize, Serialize};

/// A chain and a ring of groups.
pub struct SynfireChain;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynfireChainConfig {
    /// Groups of the chain.
    pub groups: usize,
    /// Excitatory neurons of a group.
    pub excitatory_per_group: usize,
    /// Inhibitory neurons of a group.
    pub inhibitory_per_group: usize,
    /// Refractory period, counts of 8 ns.
    pub refractory_counts: u8,
    /// Weight from the stimulus to the excitatory neurons of the first group.
    pub stim_exc_weight: u8,
    /// Weight from the stimulus to its inhibitory neurons.
    pub stim_inh_weight: u8,
    /// Weight from excitatory neurons to the excitatory ones of the next group.
    pub exc_exc_weight: u8,
    /// Weight from excitatory neurons to the inhibitory ones of the next group; smaller, so that these come later.
    pub exc_inh_weight: u8,
    /// Magnitude of the weight from inhibitory neurons to the excitatory ones of their group.
    pub inh_exc_weight: u8,
    /// Whether the ring is run as well as the chain.
    pub ring: bool,
    /// Length of a recording, us.
    pub duration_us: f64,
    /// What the chip is calibrated to. In a ring, what is left of a volley must have faded when the packet comes round again.
    pub targets: Targets,
}

impl Default for SynfireChainConfig {
    fn default() -> SynfireChainConfig {
        SynfireChainConfig {
            groups: 8,
            excitatory_per_group: 7,
            inhibitory_per_group: 7,
            refractory_counts: 50,
            stim_exc_weight: 52,
            stim_inh_weight: 40,
            exc_exc_weight: 52,
            exc_inh_weight: 40,
            inh_exc_weight: 19,
            ring: true,
            duration_us: 200.0,
            targets: Targets {
                tau_mem_us: 3.0,
                tau_syn_us: 1.0,
                capacitance: 14,
                strength: Strength::PspLsbPerWeight(0.17),
                ..usual_targets()
            },
        }
    }
}

/// When the stimulus comes, us.
const STIMULUS_US: f64 = 5.0;

impl SynfireChainConfig {
    fn check(&self) -> Result<(), ExperimentError> {
        in_range("groups", self.groups as f64, 2.0, 32.0)?;
        in_range("excitatory_per_group", self.excitatory_per_group as f64, 1.0, 60.0)?;
        in_range("inhibitory_per_group", self.inhibitory_per_group as f64, 0.0, 60.0)?;
        in_range("refractory_counts", self.refractory_counts.into(), 31.0, 255.0)?;
        for (key, weight) in [
            ("stim_exc_weight", self.stim_exc_weight),
            ("stim_inh_weight", self.stim_inh_weight),
            ("exc_exc_weight", self.exc_exc_weight),
            ("exc_inh_weight", self.exc_inh_weight),
            ("inh_exc_weight", self.inh_exc_weight),
        ] {
            in_range(key, weight.into(), 0.0, 63.0)?;
        }
        in_range("duration_us", self.duration_us, 2.0 * STIMULUS_US, 100_000.0)
    }
}

impl Experiment for SynfireChain {
    const NAME: &'static str = "tutorial-12";
    const ALIASES: &'static [&'static str] = &["synfire-chain"];
    const SUMMARY: &'static str =
        "a pulse packet travels along a chain of groups, and round when the chain is closed";
    const SOURCE: &'static str = "electronicvisions brainscales2-demos: fp_synfireChain";
    type Config = SynfireChainConfig;

    fn adjust(_: &mut SynfireChainConfig, options: &Options) -> Result<(), ExperimentError> {
        options.refuse_all(Self::NAME)
    }

    fn run(config: &SynfireChainConfig, context: &mut Context<'_>) -> Result<Report, ExperimentError> {
        config.check()?;
        let shapes: &[bool] = if config.ring { &[false, true] } else { &[false] };
        let chains = shapes
            .iter()
            .map(|&closed| Chain::new(config, closed, context))
            .collect::<Result<Vec<_>, _>>()?;
        let mut lab = Lab::new(context)?;
        let runs: Vec<_> =
            chains.iter().map(|chain| (chain.network.board.clone(), chain.protocol(config))).collect();
        let recorded = lab.record_all(&runs)?;
        let mut report = Report { chip_time: lab.conclude(context)?, ..Report::default() };
        for (chain, recorded) in chains.iter().zip(&recorded) {
            recorded.add_to(&mut report.bits);
            let name = if chain.closed { "ring" } else { "chain" };
            let volleys = Volleys::of(config, chain, recorded);
            volleys.tell(name, config, chain, &mut report);
            let text = format!(
                "{} groups of {} excitatory and {} inhibitory neurons",
                config.groups, config.excitatory_per_group, config.inhibitory_per_group
            );
            report.add_text(
                &format!("{name}.svg"),
                picture(config, chain, recorded, remark(&text, &context.instance)),
            );
        }
        Ok(report)
    }
}

/// A chain on a board.
struct Chain {
    network: Network,
    closed: bool,
    stimulus: Vec<Source>,
    excitatory: Vec<Population>,
    inhibitory: Vec<Population>,
}

impl Chain {
    fn new(
        config: &SynfireChainConfig,
        closed: bool,
        context: &mut Context<'_>,
    ) -> Result<Chain, ExperimentError> {
        let mut network = Network::calibrated(&config.targets, context)?;
        let mut groups =
            |count| (0..config.groups).map(|_| network.population(count)).collect::<Result<Vec<_>, _>>();
        let excitatory = groups(config.excitatory_per_group)?;
        let inhibitory = groups(config.inhibitory_per_group)?;
        let stimulus = network.inputs(config.excitatory_per_group)?;
        for population in excitatory.iter().chain(&inhibitory) {
            for &neuron in &population.neurons {
                let _ = network.board.neuron(neuron).refractory_counts(config.refractory_counts);
            }
        }
        for group in 0..config.groups {
            let (own, stops) = (&excitatory[group].neurons, &inhibitory[group]);
            network.all_to_all(&stops.sources, own, -i32::from(config.inh_exc_weight))?;
            let next = (group + 1) % config.groups;
            if next == 0 && !closed {
                continue;
            }
            let sources = &excitatory[group].sources;
            network.all_to_all(sources, &excitatory[next].neurons, config.exc_exc_weight.into())?;
            network.all_to_all(sources, &inhibitory[next].neurons, config.exc_inh_weight.into())?;
        }
        network.all_to_all(&stimulus, &excitatory[0].neurons, config.stim_exc_weight.into())?;
        network.all_to_all(&stimulus, &inhibitory[0].neurons, config.stim_inh_weight.into())?;
        Ok(Chain { network, closed, stimulus, excitatory, inhibitory })
    }

    fn protocol(&self, config: &SynfireChainConfig) -> Protocol {
        let spikes = self.stimulus.iter().map(|&source| (STIMULUS_US, source)).collect();
        Protocol::new(vec![Snippet::with_spikes(config.duration_us, spikes)])
            .membrane_of(self.excitatory[0].neurons[0])
    }
}

/// The volleys of the excitatory groups.
struct Volleys {
    /// In the order in which they should come: the mean time of the spikes of a group since the volley before, us (absent
    /// where the activity ended), their standard deviation, and their number per neuron.
    passed: Vec<Volley>,
    spikes: usize,
}

#[derive(Clone, Copy)]
struct Volley {
    us: f64,
    spread_us: f64,
    per_neuron: f64,
}

/// Spikes of a group further apart than this belong to different volleys, us.
const APART_US: f64 = 4.0;

impl Volleys {
    fn of(config: &SynfireChainConfig, chain: &Chain, recorded: &Recording) -> Volleys {
        let by_group: Vec<Vec<Volley>> =
            chain.excitatory.iter().map(|group| volleys(group, recorded)).collect();
        // Follow the packet: the volley of the next group that begins after this one.
        let mut passed: Vec<Volley> = Vec::new();
        for step in 0.. {
            if !chain.closed && step == config.groups {
                break;
            }
            let after = passed.last().map_or(STIMULUS_US, |volley| volley.us);
            let next = by_group[step % config.groups].iter().find(|volley| volley.us > after);
            match next {
                Some(&volley) if volley.us < after + 4.0 * APART_US => passed.push(volley),
                _ => break,
            }
        }
        let neurons = chain.excitatory.iter().flat_map(|group| &group.neurons);
        let spikes = neurons.map(|&neuron| recorded.spikes_of(neuron).len()).sum();
        Volleys { passed, spikes }
    }

    fn tell(&self, name: &str, config: &SynfireChainConfig, chain: &Chain, report: &mut Report) {
        let steps: Vec<f64> = self.passed.windows(2).map(|pair| pair[1].us - pair[0].us).collect();
        let (step_us, _) = fit::mean_and_spread(&steps);
        let per_neuron: Vec<f64> = self.passed.iter().map(|volley| volley.per_neuron).collect();
        let (mean, _) = fit::mean_and_spread(&per_neuron);
        let widest = self.passed.iter().map(|volley| volley.spread_us).fold(0.0, f64::max);
        let in_volleys =
            per_neuron.iter().sum::<f64>() * config.excitatory_per_group as f64 / self.spikes as f64;
        report.lines.push(format!(
            "{name}: {} volleys, one every {step_us:.2} us, {mean:.2} spikes a neuron, at most {widest:.2} us wide",
            self.passed.len()
        ));
        // A ring must still be alive at the end of the recording.
        let wanted = match chain.closed {
            false => config.groups as f64,
            true => ((config.duration_us - STIMULUS_US) / step_us - 1.5).floor(),
        };
        report.checks.extend([
            Check::at_least(&format!("{name}: groups passed"), self.passed.len() as f64, wanted),
            Check::within(&format!("{name}: spikes of a neuron in a volley"), mean, 1.0, 0.15),
            Check::at_most(&format!("{name}: width of a volley / us"), widest, 1.0),
            Check::at_least(&format!("{name}: share of spikes in the volleys"), in_volleys, 0.95),
        ]);
        report.figures.insert(format!("{name}_volleys"), self.passed.len().into());
        report.figures.insert(format!("{name}_step_us"), step_us.into());
        let rows = self.passed.iter().enumerate();
        let rows = rows.map(|(step, volley)| [step as f64, volley.us, volley.spread_us, volley.per_neuron]);
        report.add_text(
            &format!("{name}.csv"),
            csv(["step", "time_us", "spread_us", "spikes_per_neuron"], rows),
        );
    }
}

/// Most of a recording that is drawn, us.
const LONGEST_SHOWN_US: f64 = 60.0;

/// The volleys of a group.
fn volleys(group: &Population, recorded: &Recording) -> Vec<Volley> {
    let mut times: Vec<f64> = group.neurons.iter().flat_map(|&neuron| recorded.spikes_of(neuron)).collect();
    times.sort_by(f64::total_cmp);
    let parts = times.chunk_by(|earlier, later| later - earlier < APART_US);
    let volley = |spikes: &[f64]| {
        let (us, spread_us) = fit::mean_and_spread(spikes);
        Volley { us, spread_us, per_neuron: spikes.len() as f64 / group.neurons.len() as f64 }
    };
    parts.map(volley).collect()
}

fn picture(config: &SynfireChainConfig, chain: &Chain, recorded: &Recording, remark: String) -> String {
    let title = if chain.closed {
        "Synfire ring: the packet keeps going round"
    } else {
        "Synfire chain: one packet, group by group"
    };
    let last_us = recorded.spikes.iter().map(|spike| spike.us).fold(0.0, f64::max);
    let shown = (last_us + 20.0).min(LONGEST_SHOWN_US).min(config.duration_us);
    recording(&Picture {
        title: title.into(),
        remark,
        range_us: (0.0, shown),
        groups: vec![
            raster("excitatory", &chain.excitatory, recorded),
            raster("inhibitory", &chain.inhibitory, recorded),
        ],
        traces: vec![Trace {
            label: "first neuron / MADC code".into(),
            samples: recorded.samples.clone(),
            levels: vec![(madc_of_cadc(config.targets.threshold), "threshold".into())],
            spikes_us: recorded.spikes_of(chain.excitatory[0].neurons[0]),
        }],
    })
}
