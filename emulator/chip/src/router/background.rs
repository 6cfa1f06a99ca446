//! Background spike sources: regular or Poisson-like events generated on chip at crossbar inputs 12..20 (electronicvisions
//! haldls:include/haldls/vx/background.h and tests/hw/stadls/vx/v3/common/test-background_source.cpp). The polynomial of the
//! generator and the use of its bits are not public; defaults are a maximal 32-bit Galois register, stepped 16 times per draw.

use super::label::NEURON_LABEL_MASK;
use serde::{Deserialize, Serialize};

/// Number of background sources.
pub const SOURCES: usize = 8;
/// Shortest period in network cycles: a source reaches 125 MEvent/s (brainscales2-demos: fp_brainscales.rst). Zero and one,
/// whose effect is not public, mean the same.
pub const SHORTEST_PERIOD_CYCLES: u64 = 2;
/// Feedback mask of x^32 + x^22 + x^2 + x + 1, right-shifting form.
const FEEDBACK: u32 = 0x8020_0003;
/// "No event" among cycle numbers.
const NEVER: u64 = u64::MAX;

/// Decoded `BackgroundSpikeSource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BackgroundConfig {
    /// A change from false to true loads the seed and starts a full period.
    pub enable: bool,
    /// Random instead of regular events.
    pub enable_random: bool,
    /// Network cycles between spikes (regular) or draws (random).
    pub period: u16,
    /// Start value of the generator; zero acts as one.
    pub seed: u32,
    /// Random mode: bits of the label's low byte that are replaced by random bits.
    pub mask: u8,
    /// Random mode: a draw spikes if its 8-bit number does not exceed this; never if zero.
    pub rate: u8,
    /// Label of the events (14 bits).
    pub neuron_label: u16,
}

/// An event of a background source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackgroundEvent {
    /// Network cycle.
    pub cycle: u64,
    /// Source 0..8.
    pub source: u8,
    /// Neuron label (14 bits).
    pub label: u16,
}

/// State of one source: its generator and the end of the running period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackgroundSource {
    generator: u32,
    /// Cycle at which the running period ends; "never" while disabled.
    end: u64,
}

impl Default for BackgroundSource {
    fn default() -> Self {
        BackgroundSource { generator: 1, end: NEVER }
    }
}

impl BackgroundSource {
    /// Takes note of a write at `cycle` that left the registers at `config`. The source must have been advanced through the
    /// cycle before with the former configuration. A new period applies from the end of the running one.
    pub fn configure(&mut self, cycle: u64, config: &BackgroundConfig) {
        let running = self.end != NEVER;
        if config.enable && !running {
            self.generator = config.seed.max(1);
            self.end = cycle + period(config);
        } else if !config.enable {
            self.end = NEVER;
        }
    }

    /// End of the running period: the next cycle at which an event is possible.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        (self.end != NEVER).then_some(self.end)
    }

    /// Cycle of the next event not later than `until_cycle`, found by drawing ahead on a copy.
    #[must_use]
    pub fn next_event(&self, until_cycle: u64, config: &BackgroundConfig) -> Option<u64> {
        let mut ahead = self.clone();
        while ahead.end <= until_cycle && ahead.end != NEVER {
            let cycle = ahead.end;
            if ahead.end_period(config).is_some() {
                return Some(cycle);
            }
        }
        None
    }

    /// Appends the events up to and including `until_cycle`, in order. The configuration must be the one in force all the time.
    pub fn advance(
        &mut self,
        until_cycle: u64,
        source: u8,
        config: &BackgroundConfig,
        out: &mut Vec<BackgroundEvent>,
    ) {
        while self.end <= until_cycle && self.end != NEVER {
            let cycle = self.end;
            if let Some(label) = self.end_period(config) {
                out.push(BackgroundEvent { cycle, source, label });
            }
        }
    }

    /// Ends the running period and begins the next; the label of the event, if there is one.
    #[inline]
    fn end_period(&mut self, config: &BackgroundConfig) -> Option<u16> {
        self.end += period(config);
        let label = config.neuron_label & NEURON_LABEL_MASK;
        if !config.enable_random {
            return Some(label);
        }
        let draw = self.draw();
        let random = (draw >> 8) & u16::from(config.mask);
        let spikes = config.rate != 0 && draw & 0xff <= u16::from(config.rate);
        spikes.then_some(label & !u16::from(config.mask) | random)
    }

    /// Sixteen fresh bits: 7:0 are compared with the rate, 15:8 go into the label.
    #[inline]
    fn draw(&mut self) -> u16 {
        let state = self.generator;
        self.generator =
            state >> 16 ^ JUMP[0][(state & 0xff) as usize] ^ JUMP[1][(state >> 8 & 0xff) as usize];
        self.generator as u16
    }
}

fn period(config: &BackgroundConfig) -> u64 {
    u64::from(config.period).max(SHORTEST_PERIOD_CYCLES)
}

/// One step of the Galois register.
const fn step(state: u32) -> u32 {
    (state >> 1) ^ (if state & 1 == 1 { FEEDBACK } else { 0 })
}

/// What each of the two low bytes feeds back within sixteen steps; the rest of the register only shifts.
static JUMP: [[u32; 256]; 2] = jump_tables();

const fn jump_tables() -> [[u32; 256]; 2] {
    let mut tables = [[0; 256]; 2];
    let mut entry = 0;
    while entry < 512 {
        let (table, byte) = (entry / 256, entry % 256);
        let mut state = (byte as u32) << (8 * table);
        let mut steps = 0;
        while steps < 16 {
            state = step(state);
            steps += 1;
        }
        tables[table][byte] = state;
        entry += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGULAR: BackgroundConfig = BackgroundConfig {
        enable: true,
        enable_random: false,
        period: 100,
        seed: 1234,
        mask: 0xff,
        rate: 0,
        neuron_label: 0x1234,
    };

    fn run(config: &BackgroundConfig, start: u64, until: u64) -> Vec<BackgroundEvent> {
        let (mut source, mut out) = (BackgroundSource::default(), Vec::new());
        source.configure(start, config);
        source.advance(until, 3, config, &mut out);
        out
    }

    #[test]
    fn regular_events_come_every_period_after_a_full_one() {
        for period in [2u16, 3, 100, 65_535] {
            let out = run(&BackgroundConfig { period, ..REGULAR }, 50, 1_000_000);
            let expected = (1..).map(|n| 50 + n * u64::from(period)).take_while(|&c| c <= 1_000_000);
            assert!(out.iter().map(|e| e.cycle).eq(expected));
            assert!(out.iter().all(|e| (e.source, e.label) == (3, 0x1234)));
        }
    }

    #[test]
    fn count_is_two_fpga_cycles_per_period() {
        // haldls expects running_time[FPGA cycles] * 2 / period spikes.
        let running_fpga_cycles = 125_000;
        assert_eq!(run(&REGULAR, 0, 2 * running_fpga_cycles).len(), 2 * 125_000 / 100);
    }

    #[test]
    fn period_zero_and_one_run_at_the_peak_rate() {
        for period in [0, 1, 2] {
            assert_eq!(run(&BackgroundConfig { period, ..REGULAR }, 0, 1000).len(), 500);
        }
    }

    #[test]
    fn enable_loads_seed_and_period_only_on_its_rising_edge() {
        let random = BackgroundConfig { enable_random: true, rate: 255, ..REGULAR };
        let (mut source, mut out) = (BackgroundSource::default(), Vec::new());
        source.configure(0, &random);
        source.advance(450, 0, &random, &mut out);
        source.configure(450, &BackgroundConfig { seed: 9, ..random });
        source.advance(950, 0, &random, &mut out);
        assert_eq!(out, {
            run(&random, 0, 950).into_iter().map(|e| BackgroundEvent { source: 0, ..e }).collect::<Vec<_>>()
        });
        source.configure(950, &BackgroundConfig { enable: false, ..random });
        assert_eq!(source.next(), None);
        source.configure(960, &random);
        out.clear();
        source.advance(1910, 3, &random, &mut out);
        assert_eq!(out, run(&random, 960, 1910));
    }

    #[test]
    fn a_new_period_begins_after_the_running_one() {
        let (mut source, mut out) = (BackgroundSource::default(), Vec::new());
        source.configure(0, &REGULAR);
        source.advance(149, 0, &REGULAR, &mut out);
        let faster = BackgroundConfig { period: 10, ..REGULAR };
        source.configure(150, &faster);
        source.advance(220, 0, &faster, &mut out);
        assert_eq!(out.iter().map(|e| e.cycle).collect::<Vec<_>>(), [100, 200, 210, 220]);
    }

    #[test]
    fn rate_zero_never_spikes() {
        assert!(run(&BackgroundConfig { enable_random: true, ..REGULAR }, 0, 1_000_000).is_empty());
    }

    #[test]
    fn bins_are_occupied_with_probability_rate_plus_one_over_256() {
        for (rate, seed) in [(1, 1u32), (9, 77), (50, 0xdead_beef), (127, 3), (254, 8), (255, 1)] {
            let config = BackgroundConfig { enable_random: true, period: 2, rate, seed, ..REGULAR };
            let bins = 200_000.0;
            let p = (f64::from(rate) + 1.0) / 256.0;
            let count = run(&config, 0, 400_000).len() as f64;
            let sigma = (bins * p * (1.0 - p)).sqrt();
            assert!((count - bins * p).abs() <= 3.0 * sigma, "rate {rate}: {count} of {}", bins * p);
        }
    }

    #[test]
    fn intervals_of_random_events_are_geometric() {
        let config = BackgroundConfig { enable_random: true, period: 10, rate: 25, ..REGULAR };
        let out = run(&config, 0, 10_000_000);
        let bins: Vec<f64> = out.windows(2).map(|w| (w[1].cycle - w[0].cycle) as f64 / 10.0).collect();
        let n = bins.len() as f64;
        let mean = bins.iter().sum::<f64>() / n;
        let cv = (bins.iter().map(|b| (b - mean) * (b - mean)).sum::<f64>() / n).sqrt() / mean;
        let p: f64 = 26.0 / 256.0;
        assert!((mean * p - 1.0).abs() < 3.0 / n.sqrt(), "mean interval {mean} bins");
        assert!((cv - (1.0 - p).sqrt()).abs() < 0.01, "coefficient of variation {cv}");
        let follows = bins.iter().filter(|&&b| b == 1.0).count() as f64;
        assert!(
            (follows / n - p).abs() < 3.0 * (p * (1.0 - p) / n).sqrt(),
            "successive draws are independent"
        );
    }

    #[test]
    fn only_masked_label_bits_are_random() {
        let config =
            BackgroundConfig { enable_random: true, rate: 255, mask: 0b1010_0110, period: 2, ..REGULAR };
        let out = run(&config, 0, 100_000);
        assert!(out.iter().all(|e| e.label & !0b1010_0110 == 0x1234 & !0b1010_0110));
        for bit in [1, 2, 5, 7] {
            let ones = out.iter().filter(|e| e.label >> bit & 1 == 1).count() as f64;
            let n = out.len() as f64;
            assert!((ones - n / 2.0).abs() < 3.0 * (n / 4.0).sqrt(), "bit {bit}: {ones} of {n}");
        }
    }

    #[test]
    fn eight_seeds_give_eight_uncorrelated_trains() {
        let config = |seed| BackgroundConfig { enable_random: true, rate: 127, period: 2, seed, ..REGULAR };
        let trains: Vec<Vec<u64>> =
            (1..=8).map(|seed| run(&config(seed), 0, 100_000).iter().map(|e| e.cycle).collect()).collect();
        for (i, a) in trains.iter().enumerate() {
            for b in &trains[..i] {
                let shared = a.iter().filter(|c| b.binary_search(c).is_ok()).count() as f64;
                assert!((shared - 12_500.0).abs() < 4.0 * 97.0, "{shared} common bins of 50,000");
            }
        }
    }

    #[test]
    fn looking_ahead_finds_the_next_event_and_changes_nothing() {
        let config = BackgroundConfig { enable_random: true, rate: 3, ..REGULAR };
        let mut source = BackgroundSource::default();
        source.configure(0, &config);
        let first = run(&config, 0, 1_000_000)[0].cycle;
        assert_eq!(source.next_event(1_000_000, &config), Some(first));
        assert_eq!(source.next_event(first - 1, &config), None);
        assert_eq!(source.next(), Some(100));
    }

    #[test]
    fn a_draw_is_sixteen_steps() {
        for seed in [1u32, 0x8000_0000, 0x1234_5678] {
            let mut source = BackgroundSource { generator: seed, end: 0 };
            let stepped = (0..16).fold(seed, |state, _| step(state));
            assert_eq!(source.draw(), stepped as u16);
            assert_eq!(source.generator, stepped);
        }
    }

    #[test]
    fn zero_seed_acts_as_one() {
        let config = |seed| BackgroundConfig { enable_random: true, rate: 40, seed, ..REGULAR };
        assert_eq!(run(&config(0), 0, 100_000), run(&config(1), 0, 100_000));
    }

    /// The step is linear over GF(2): its order is 2^32 - 1 iff that power is the identity and no power by a prime factor less is.
    #[test]
    fn generator_has_maximal_period() {
        let order = u64::from(u32::MAX);
        assert!((0..32).all(|bit| power(order, 1 << bit) == 1 << bit));
        for factor in [3, 5, 17, 257, 65_537] {
            assert!((0..32).any(|bit| power(order / factor, 1 << bit) != 1 << bit), "factor {factor}");
        }
    }

    /// State after `steps` steps, by squaring the step's matrix (columns are images of the unit vectors).
    fn power(mut steps: u64, mut state: u32) -> u32 {
        let apply = |m: &[u32; 32], v: u32| (0..32).filter(|b| v >> b & 1 == 1).fold(0, |sum, b| sum ^ m[b]);
        let mut matrix: [u32; 32] = std::array::from_fn(|bit| step(1 << bit));
        while steps > 0 {
            if steps & 1 == 1 {
                state = apply(&matrix, state);
            }
            matrix = std::array::from_fn(|bit| apply(&matrix, matrix[bit]));
            steps >>= 1;
        }
        state
    }
}
