//! Neurons with parameters of every kind against the independent solution: conductance-based inputs, exponential and
//! adaptation alone and together, finite reset, hold-off, refractory periods of zero, thresholds below the reset potential,
//! starts above the threshold, coincident inputs and inputs within the refractory period.

use crate::solution::{Input, Plain, exponential};
use hx_chip::random::mix;
use hxemu::analog::{Mode, Outcome, parse, run};

/// Random numbers in 0..1.
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 += 1;
        mix(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)) as f64 / 2f64.powi_of(64)
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn one_in(&mut self, n: f64) -> bool {
        self.unit() * n < 1.0
    }
}

/// Powers of two without the standard library's `powi`.
trait PowerOfTwo {
    fn powi_of(self, n: u32) -> f64;
}

impl PowerOfTwo for f64 {
    fn powi_of(self, n: u32) -> f64 {
        (0..n).fold(1.0, |power, _| power * self)
    }
}

const DURATION_US: f64 = 60.0;
const SAMPLE_US: f64 = 0.37;

fn neuron(draw: &mut Draw) -> Plain {
    let c = draw.within(0.3, 3.0);
    let gl = c / draw.within(1.0, 20.0);
    let el = draw.within(0.3, 0.6);
    let exponential = draw.one_in(2.0);
    let dt = if draw.one_in(4.0) { draw.within(0.002, 0.005) } else { draw.within(0.01, 0.04) };
    let vt = el + draw.within(0.05, 0.2);
    let vth = if exponential { vt + draw.within(2.0, 15.0) * dt } else { el + draw.within(0.02, 0.2) };
    let tref = if draw.one_in(6.0) { 0.0 } else { draw.within(0.1, 3.0) };
    // Free above the exponential threshold without being able to spike has no finite solution.
    let thold = if draw.one_in(3.0) && !exponential { draw.within(0.0, tref) } else { 0.0 };
    let reset_above = tref > 0.0 && draw.one_in(10.0);
    Plain {
        c,
        gl,
        el,
        vth,
        vr: if reset_above { vth + 0.01 } else { el.min(vth) - draw.within(-0.02, 0.2).max(1e-3) },
        tref,
        thold,
        tau: [draw.within(0.3, 10.0), draw.within(0.3, 10.0)],
        coba: draw.one_in(3.0).then(|| [el + 0.6, el - 0.2, el + draw.within(-0.1, 0.1)]),
        exp: exponential.then(|| [vt, dt, gl * draw.within(0.2, 2.0)]),
        adapt: draw.one_in(2.0).then(|| {
            [gl * draw.within(-0.4, 1.0), draw.within(-0.005, 0.02), draw.within(5.0, 300.0), el + 0.01]
        }),
        greset: (tref > thold && draw.one_in(4.0)).then(|| c / draw.within(0.05, 0.5)),
        v0: if draw.one_in(8.0) && !exponential { vth + 1e-3 } else { draw.within(0.3, 0.6).min(vth - 1e-3) },
        w0: draw.within(-0.01, 0.02),
    }
}

fn inputs(draw: &mut Draw, neuron: &Plain) -> Vec<Input> {
    let strength = neuron.c * 0.06;
    let mut inputs = vec![(0.0, 2, draw.within(-0.2, 1.2) * neuron.gl * 0.1), (0.0, 0, strength)];
    let mut t = 0.0;
    while t < DURATION_US {
        let kind = usize::from(draw.one_in(4.0));
        inputs.push((t, kind, strength * draw.within(0.1, 1.0)));
        if draw.one_in(6.0) {
            inputs.push((t, 0, strength * 0.3));
        }
        // A grid of 4 ns, as events have.
        t += (draw.within(0.05, 3.0) * 250.0).round() / 250.0;
    }
    inputs
}

/// The run, the solution's spikes and the worst difference of potentials away from jumps.
fn both(neuron: Plain, inputs: &[Input]) -> (Outcome, Vec<f64>, f64) {
    let text = neuron.to_ron(inputs, SAMPLE_US, DURATION_US);
    let outcome = run(&parse("random.ron", &text).expect("a sound file"), Mode::Exact).expect("it ends");
    let instants: Vec<f64> = outcome.samples.iter().map(|row| row[0]).collect();
    let (spikes, states) = neuron.solve(inputs, &instants, DURATION_US);
    let mut worst = 0.0f64;
    for (row, state) in outcome.samples.iter().zip(&states) {
        assert!(row.iter().all(|value| value.is_finite()));
        let before = if neuron.exp.is_some() { 0.1 } else { 1e-6 };
        let jump = |t: &f64| row[0] > t - before && row[0] < t + 1e-6;
        if !spikes.iter().any(jump) && (row[1] - neuron.vth).abs() < 1.0 {
            worst = worst.max((row[1] - state[0]).abs());
        }
    }
    (outcome, spikes, worst)
}

#[test]
fn neurons_of_every_kind_follow_an_independent_solution() {
    let (mut worst_spike_ns, mut worst_v, mut total) = (0.0f64, 0.0f64, 0);
    for seed in 0..150u64 {
        let mut draw = Draw(seed << 32);
        let neuron = neuron(&mut draw);
        let inputs = inputs(&mut draw, &neuron);
        let (outcome, spikes, v) = both(neuron, &inputs);
        let found = &outcome.spikes_us[0];
        assert_eq!(found.len(), spikes.len(), "seed {seed}: {neuron:?}\n{found:?}\n{spikes:?}");
        let error = found.iter().zip(&spikes).map(|(a, b)| (a - b).abs() * 1e3).fold(0.0, f64::max);
        assert!(error < 0.02, "seed {seed}: spikes off by {error} ns\n{neuron:?}\n{found:?}\n{spikes:?}");
        assert!(v < 5e-6, "seed {seed}: membrane off by {v} V\n{neuron:?}\n{spikes:?}");
        (worst_spike_ns, worst_v) = (worst_spike_ns.max(error), worst_v.max(v));
        total += spikes.len();
    }
    println!(
        "150 neurons, {total} spikes: worst spike {worst_spike_ns:.1e} ns, worst membrane {worst_v:.1e} V"
    );
    assert!(total > 500, "{total}");
}

#[test]
fn chains_follow_the_matrix_exponential() {
    for seed in 0..12u64 {
        let mut draw = Draw((seed + 1000) << 32);
        let n = 2 + (seed as usize % 5);
        let mut text = "(neurons: [(compartments: [".to_owned();
        // State: potentials against the leak, then currents.
        let mut matrix = vec![vec![0.0; 2 * n]; 2 * n];
        let mut c = Vec::new();
        for i in 0..n {
            c.push(draw.within(0.5, 5.0));
            let (gl, tau) = (draw.within(0.05, 0.5), draw.within(0.5, 8.0));
            text += &format!("(C: {}, gl: {gl}, El: 0.4, taus: {tau}), ", c[i]);
            matrix[i][i] = -gl / c[i];
            matrix[i][n + i] = 1.0 / c[i];
            matrix[n + i][n + i] = -1.0 / tau;
        }
        text += "], g_ic: [";
        for j in 1..n {
            let (i, g) = (j - 1, draw.within(0.1, 2.0));
            text += &format!("({i}, {j}, {g}), ");
            for (a, b) in [(i, j), (j, i)] {
                matrix[a][a] -= g / c[a];
                matrix[a][b] += g / c[a];
            }
        }
        let [jump_0, jump_1] = [0.3, 0.2];
        let last = n - 1;
        text += &format!(
            "])], duration_us: 30.0, sample_us: 1.25, inputs: [(0.0, exc0, {jump_0}), (10.0, exc{last}, {jump_1})])"
        );
        let outcome = run(&parse("chain.ron", &text).expect("a sound file"), Mode::Exact).expect("it ends");
        let mut start = vec![0.0; 2 * n];
        start[n] = jump_0;
        let mut middle = exponential(&matrix, 10.0, &start);
        middle[n + last] += jump_1;
        for row in &outcome.samples {
            let state = if row[0] <= 10.0 {
                exponential(&matrix, row[0], &start)
            } else {
                exponential(&matrix, row[0] - 10.0, &middle)
            };
            for i in 0..n {
                let error = (row[1 + i] - 0.4 - state[i]).abs();
                assert!(error < 1e-9, "seed {seed}, compartment {i} at {}: {error}", row[0]);
            }
        }
    }
}

/// A default neuron with this description and these inputs; spikes and samples.
fn simple(neuron: &str, rest: &str) -> Outcome {
    run(&parse("simple.ron", &format!("(neurons: [({neuron})], {rest})")).unwrap(), Mode::Exact).unwrap()
}

#[test]
#[allow(clippy::disallowed_methods)]
fn closed_forms_hold() {
    // Leak over threshold: period tref + C/gl ln((El - Vr) / (El - Vth)), so the f-I curve.
    for el in [0.57, 0.6, 0.75, 0.9] {
        let spikes =
            simple(&format!("El: {el}, Vth: 0.56, Vr: 0.33, tref: 2.04"), "duration_us: 300").spikes_us;
        let period = 2.04 + 10.0 * f64::ln((el - 0.33) / (el - 0.56));
        for pair in spikes[0].windows(2) {
            assert!((pair[1] - pair[0] - period).abs() < 1e-7, "{el}: {pair:?} {period}");
        }
    }
    // A post-synaptic potential: its peak lies at ln(tau_m / tau_s) tau_m tau_s / (tau_m - tau_s), at tau for equal ones.
    for tau_s in [2.0, 10.0, 25.0f64] {
        let close = (tau_s - 10.0).abs() < 1e-9;
        let peak_us = if close { 10.0 } else { f64::ln(10.0 / tau_s) * 10.0 * tau_s / (10.0 - tau_s) };
        let at = |t: f64| {
            let rest = format!("duration_us: {t}, sample_us: {t}, inputs: [(0.0, exc, 0.02)]");
            let samples = simple(&format!("taue: {tau_s}, spiking: false"), &rest).samples;
            samples.last().unwrap()[1] - 0.37
        };
        let expected = if close {
            0.02 / 2.4 * 10.0 / std::f64::consts::E
        } else {
            let decays = f64::exp(-peak_us / 10.0) - f64::exp(-peak_us / tau_s);
            0.02 / 2.4 * 10.0 * tau_s / (10.0 - tau_s) * decays
        };
        let [before, peak, after] = [0.999, 1.0, 1.001].map(|share| at(share * peak_us));
        assert!((peak - expected).abs() < 1e-10, "{tau_s}: {peak} {expected}");
        assert!(before < peak && after < peak, "{tau_s}");
    }
}

#[test]
fn corner_cases_are_as_the_equations_say() {
    // A reset potential above the threshold fires again whenever the refractory period ends.
    let plateau = simple("V0: 0.5, El: 0.7, Vr: 0.6, tref: 1.5", "duration_us: 20").spikes_us;
    assert!(plateau[0].windows(2).all(|pair| (pair[1] - pair[0] - 1.5).abs() < 1e-9) && plateau[0].len() > 5);
    // A membrane that begins above its threshold has not reached it from below.
    assert_eq!(simple("V0: 0.7", "duration_us: 20").spikes_us[0], Vec::<f64>::new());
    // Without a threshold an exponential ends at the bound, in finite numbers.
    let away = simple("exp: true, spiking: false, El: 0.7", "duration_us: 50, sample_us: 1.0");
    assert!(away.samples.iter().flatten().all(|value| value.is_finite()));
    // The thinnest exponential still has its spikes.
    let sharp =
        simple("exp: true, DT: 1e-6, El: 0.7, Vr: 0.5, V0: 0.5, Vth: 0.9", "duration_us: 50").spikes_us;
    let first = sharp[0][0];
    assert!((first - 10.0 * std::f64::consts::LN_2).abs() < 1e-2 && sharp[0].len() == 5, "{sharp:?}");
    // Several neurons: inputs for all, for one by number, and of their own.
    let text =
        "(neurons: [(), (inputs: [(1.0, exc, 0.1)]), ()], duration_us: 10, inputs: [(5.0, exc2, 0.1)])";
    let three = run(&parse("three.ron", text).unwrap(), Mode::Exact).unwrap();
    let last = three.samples.last().unwrap();
    assert_eq!(three.columns, ["t_us", "n0.V", "n1.V", "n1.s_exc", "n2.V", "n2.s_exc"]);
    assert!(last[1] == 0.37 && last[2] > last[4] && last[4] > 0.38, "{last:?}");
    // Samples do not change the way.
    let spikes = |sample: f64| {
        let rest = format!("duration_us: 100, sample_us: {sample}, inputs: [(0.0, I_const, 0.07)]");
        simple("exp: true, adapt: true, a: 0.02, b: 0.01, Vth: 0.9", &rest).spikes_us
    };
    assert_eq!(spikes(0.1), spikes(37.0));
}

#[test]
fn errors_name_the_place_and_the_parameter() {
    for (neuron, rest, expected) in [
        ("C: -1.0", "duration_us: 1", "`C` is -1; it must be above zero"),
        ("taue: 0", "duration_us: 1", "`taue` is 0; it must be above zero"),
        ("El: NaN", "duration_us: 1", "`El` is NaN; it must be finite"),
        ("gll: 1", "duration_us: 1", "unknown parameter `gll`; did you mean `gl`?"),
        ("thold: 3", "duration_us: 1", "`thold` is 3 us, longer than `tref` with 2 us"),
        ("tref: 0, Vr: 0.6", "duration_us: 1", "would fire without end"),
        ("coba: 1", "duration_us: 1", "`coba` is 1; it must be true or false"),
        ("coba: true, Ee: 0.4", "duration_us: 1", "`Ee` equals `Eref`"),
        ("C: 1, C: 2", "duration_us: 1", "`C` is given twice"),
        ("", "duration_us: -1", "`duration_us` is -1; it must be above zero"),
        ("", "duration_us: 1e9, sample_us: 1e-3", "samples; at most 2000000"),
        ("", "duration_us: 1, inputs: [(1, exd, 1)]", "unknown kind of input `exd`"),
        ("", "duration_us: 1, inputs: [(-1, exc, 1)]", "times are finite and not negative"),
        ("", "duration_us: 1, inputs: [(2, exc, 1), (1, exc, 1)]", "must not decrease"),
        ("", "duration_us: 1, inputs: [(2, pre, 1)]", "neurons take no input `pre`"),
        ("", "duration_us: 1, inputs: [(2, exc4, 1)]", "there is no compartment 4"),
        ("compartments: [(), ()], g_ic: [(0, 5, 1)]", "duration_us: 1", "joins no two of 2 compartments"),
        ("compartments: [(taus: -1)]", "duration_us: 1", "`comp0.taus` is -1; it must be above zero"),
        ("compartments: [()], soma: (i: 0)", "duration_us: 1", "`soma.Vth` is missing"),
        ("U: 2, tau_rec_us: 1", "duration_us: 1", "`U` is 2; it must be from 0 to 1"),
        ("", "sample_us: 1", "`duration_us` is missing"),
        ("", "duration_us: 1, sampel_us: 1", "did you mean `sample_us`?"),
        ("C: 1e-9, gl: 1000", "duration_us: 1000", "a time constant of 1.000e-12 us is too short"),
        ("C: [1]", "duration_us: 1", "`C` is a number, true, false or None"),
    ] {
        let text = format!("(neurons: [({neuron})], {rest})");
        let error = parse("e.ron", &text)
            .map_err(hxemu::analog::AnalogError::from)
            .and_then(|description| run(&description, Mode::Exact))
            .map_or_else(|error| error.to_string(), |_| "no error".to_owned());
        assert!(error.starts_with("e.ron:1:") && error.contains(expected), "{text}\n{error}");
    }
    for (text, expected) in [
        ("(neurons: [(C: 2.4", "v.ron:1:19: expected `,`, found the end of the file"),
        ("(neurons: [] /* no end", "v.ron:1:14: this comment does not end"),
        ("(neurons: [1.2.3])", "v.ron:1:12: `1.2.3` is no number"),
    ] {
        assert_eq!(parse("v.ron", text).unwrap_err().to_string(), expected);
    }
    for (text, expected) in [
        ("# param C = x\nt_us\n", "v.csv:1:13: `x` is no number, True, False or None"),
        ("# param C = 1\n# in exc 1\n", "v.csv:2:6: `# in` wants KIND T VALUE"),
        ("# param C = 1\nt_us,V\n1,0\n0,0\n", "v.csv:4:1: instants must not decrease"),
        ("t_us\n0\n", "v.csv: no `# param` line: this is no reference vector"),
    ] {
        assert_eq!(parse("v.csv", text).unwrap_err().to_string(), expected);
    }
}
