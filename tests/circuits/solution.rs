//! A solution of the reference equations that shares nothing with the emulator: the textbook method with steps so small that
//! its own error does not matter, and bisection for everything that needs an instant.

/// The parameters of the reference equations.
#[derive(Debug, Clone, Copy)]
pub struct Plain {
    pub c: f64,
    pub gl: f64,
    pub el: f64,
    pub vth: f64,
    pub vr: f64,
    pub tref: f64,
    pub thold: f64,
    pub tau: [f64; 2],
    /// Excitatory and inhibitory reversal and reference potential.
    pub coba: Option<[f64; 3]>,
    /// V_T, D_T, prefactor.
    pub exp: Option<[f64; 3]>,
    /// a, b, tau_w, E_w.
    pub adapt: Option<[f64; 4]>,
    pub greset: Option<f64>,
    pub v0: f64,
    pub w0: f64,
}

/// An input: instant, excitatory 0, inhibitory 1 or constant 2, value.
pub type Input = (f64, usize, f64);

/// Longest step, us.
const STEP_US: f64 = 0.004;

/// Membrane, adaptation current, synaptic currents.
type State = [f64; 4];

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Free,
    Reset(f64, f64),
    Hold(f64),
}

impl Plain {
    fn slopes(&self, y: State, constant: f64, in_reset: bool) -> State {
        let [v, w, s_e, s_i] = y;
        let synaptic = match self.coba {
            None => s_e - s_i,
            Some([ee, ei, eref]) => s_e * (ee - v) / (ee - eref) - s_i * (v - ei) / (eref - ei),
        };
        let dv = match (in_reset, self.greset) {
            (true, None) => 0.0,
            (true, Some(g)) => (g * (self.vr - v) + synaptic + constant) / self.c,
            (false, _) => {
                let rise = self.exp.map_or(0.0, |[vt, dt, g]| g * dt * libm_exp((v - vt) / dt));
                let adaptation = if self.adapt.is_some() { w } else { 0.0 };
                (self.gl * (self.el - v) + synaptic + constant + rise - adaptation) / self.c
            }
        };
        let dw = self.adapt.map_or(0.0, |[a, _, tau, ew]| (a * (v - ew) - w) / tau);
        [dv, dw, -s_e / self.tau[0], -s_i / self.tau[1]]
    }

    fn step(&self, y: State, h: f64, constant: f64, in_reset: bool) -> State {
        let along = |k: State, h: f64| [0, 1, 2, 3].map(|i| y[i] + h * k[i]);
        let f = |y: State| self.slopes(y, constant, in_reset);
        let k1 = f(y);
        let k2 = f(along(k1, 0.5 * h));
        let k3 = f(along(k2, 0.5 * h));
        let k4 = f(along(k3, h));
        [0, 1, 2, 3].map(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]))
    }

    /// Spikes, and the state at every instant asked for; both in the order of time.
    pub fn solve(&self, inputs: &[Input], instants: &[f64], duration: f64) -> (Vec<f64>, Vec<State>) {
        let (mut y, mut t, mut constant) = ([self.v0, self.w0, 0.0, 0.0], 0.0, 0.0);
        let (mut spikes, mut samples) = (Vec::new(), Vec::new());
        let (mut inputs, mut phase) = (inputs.iter().peekable(), Phase::Free);
        let mut instants = instants.iter().peekable();
        loop {
            while let Some(&(_, kind, value)) = inputs.next_if(|input| input.0 <= t) {
                match kind {
                    2 => constant = value,
                    _ => y[2 + kind] += value,
                }
            }
            while instants.next_if(|instant| **instant <= t).is_some() {
                samples.push(y);
            }
            if t >= duration {
                return (spikes, samples);
            }
            let phase_end = match phase {
                Phase::Free => f64::INFINITY,
                Phase::Reset(release, _) => release,
                Phase::Hold(end) => end,
            };
            let mut until = duration.min(phase_end).min(t + STEP_US);
            until = inputs.peek().map_or(until, |input| until.min(input.0));
            until = instants.peek().map_or(until, |instant| until.min(**instant));
            let in_reset = matches!(phase, Phase::Reset(..));
            if let (Some([vt, dt, _]), false) = (self.exp, in_reset)
                && y[0] > vt - 3.0 * dt
            {
                let slope = self.slopes(y, constant, false)[0].abs();
                until = until.min(t + (0.02 * dt / slope).max(1e-9));
            }
            let h = until - t;
            let next = self.step(y, h, constant, in_reset);
            let crosses = phase == Phase::Free && y[0] < self.vth && next[0] >= self.vth;
            if !crosses {
                (y, t) = (next, until);
            } else {
                let (mut low, mut high) = (0.0, h);
                for _ in 0..80 {
                    let middle = 0.5 * (low + high);
                    if self.step(y, middle, constant, false)[0] < self.vth {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                y = self.step(y, low, constant, false);
                t += low;
                phase = self.spike(t, &mut y, &mut spikes);
            }
            loop {
                match phase {
                    Phase::Reset(release, end) if release <= t => phase = Phase::Hold(end),
                    Phase::Hold(end) if end <= t => {
                        phase = Phase::Free;
                        if y[0] >= self.vth {
                            phase = self.spike(t, &mut y, &mut spikes);
                        }
                    }
                    _ => break,
                }
            }
        }
    }

    fn spike(&self, t: f64, y: &mut State, spikes: &mut Vec<f64>) -> Phase {
        spikes.push(t);
        y[1] += self.adapt.map_or(0.0, |adapt| adapt[1]);
        if self.greset.is_none() {
            y[0] = self.vr;
        }
        Phase::Reset(t + self.tref - self.thold, t + self.tref)
    }

    /// The same as a RON file.
    pub fn to_ron(self, inputs: &[Input], sample_us: f64, duration: f64) -> String {
        let Plain { c, gl, el, vth, vr, tref, thold, tau: [taue, taui], v0, w0, .. } = self;
        let mut text = format!(
            "(neurons: [(C: {c}, gl: {gl}, El: {el}, Vth: {vth}, Vr: {vr}, tref: {tref}, thold: {thold}, \
             taue: {taue}, taui: {taui}, V0: {v0}, w0: {w0}"
        );
        if let Some([ee, ei, eref]) = self.coba {
            text += &format!(", coba: true, Ee: {ee}, Ei: {ei}, Eref: {eref}");
        }
        if let Some([vt, dt, g]) = self.exp {
            text += &format!(", exp: true, VT: {vt}, DT: {dt}, gexp: {g}");
        }
        if let Some([a, b, tau, ew]) = self.adapt {
            text += &format!(", adapt: true, a: {a}, b: {b}, tauw: {tau}, Ew: {ew}");
        }
        if let Some(g) = self.greset {
            text += &format!(", greset: {g}");
        }
        text += &format!(")], duration_us: {duration}, sample_us: {sample_us}, inputs: [");
        for (t, kind, value) in inputs {
            text += &format!("({t}, {}, {value}), ", ["exc", "inh", "I_const"][*kind]);
        }
        text + "])"
    }
}

/// The standard library's is good enough where nothing depends on the last bit.
#[allow(clippy::disallowed_methods)]
fn libm_exp(x: f64) -> f64 {
    x.min(300.0).exp()
}

/// `exp(A t) y` for a small matrix by scaling, a Taylor series and squaring.
pub fn exponential(matrix: &[Vec<f64>], t: f64, y: &[f64]) -> Vec<f64> {
    let n = y.len();
    let times = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| a[i][k] * b[k][j]).sum()).collect()).collect()
    };
    let identity: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let small: Vec<Vec<f64>> =
        matrix.iter().map(|row| row.iter().map(|x| x * t / 1024.0).collect()).collect();
    let (mut sum, mut term) = (identity.clone(), identity);
    for order in 1..20 {
        term = times(&term, &small);
        term.iter_mut().flatten().for_each(|x| *x /= f64::from(order));
        for (row, added) in sum.iter_mut().zip(&term) {
            row.iter_mut().zip(added).for_each(|(x, added)| *x += added);
        }
    }
    for _ in 0..10 {
        sum = times(&sum, &sum);
    }
    sum.iter().map(|row| row.iter().zip(y).map(|(a, y)| a * y).sum()).collect()
}
