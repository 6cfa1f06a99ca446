use super::*;
use crate::exponential::exp;

/// `y' = -y / tau + drive * exp(-t / tau_s)`, the drive advanced exactly; a comparator at `threshold`.
struct Driven {
    tau: f64,
    tau_s: f64,
    drive: f64,
    threshold: f64,
    step: f64,
    stages: [f64; 3],
    end: f64,
}

impl Driven {
    fn new(step: f64, threshold: f64) -> Driven {
        Driven { tau: 1.0, tau_s: 1.0, drive: 3.0, threshold, step, stages: [3.0; 3], end: 3.0 }
    }
}

impl Dynamics for Driven {
    fn begin(&mut self, span: f64) {
        let middle = self.drive * exp(-0.5 * span / self.tau_s);
        self.end = self.drive * exp(-span / self.tau_s);
        self.stages = [self.drive, middle, self.end];
    }

    fn slopes(&self, stage: Stage, state: &[f64], slopes: &mut [f64]) {
        slopes[0] = self.stages[stage as usize] - state[0] / self.tau;
    }

    fn commit(&mut self, _: f64, _: &mut [f64]) -> bool {
        self.drive = self.end;
        false
    }

    fn longest_step(&mut self, _: &[f64], _: &[f64]) -> f64 {
        self.step
    }

    fn comparators(&self) -> usize {
        1
    }

    fn distance(&self, _: usize, _: Stage, state: &[f64], slopes: &[f64]) -> Point {
        Point { value: state[0] - self.threshold, slope: slopes[0] }
    }
}

/// The potential after `t`: 3 t exp(-t).
fn exact(t: f64) -> f64 {
    3.0 * t * exp(-t)
}

#[test]
fn the_order_is_four() {
    let error = |step: f64| {
        let (mut state, mut d) = ([0.0], Driven::new(step, f64::INFINITY));
        let progress = run(&mut d, &mut state, 2.0, &mut Workspace::default());
        assert_eq!(progress, Progress { elapsed: 2.0, flipped: None });
        (state[0] - exact(2.0)).abs()
    };
    let errors: Vec<f64> = [0.2, 0.1, 0.05, 0.025].into_iter().map(error).collect();
    for pair in errors.windows(2) {
        let order = libm::log2(pair[0] / pair[1]);
        assert!((order - 4.0).abs() < 0.25, "{errors:?}");
    }
}

#[test]
fn a_flip_is_found_to_the_resolution() {
    // Golden value: tau_m = tau_s = 1, threshold 1, weight 3 crosses after 0.619061286736.
    for step in [0.3, 0.1, 0.01] {
        let (mut state, mut d) = ([0.0], Driven::new(step, 1.0));
        let progress = run(&mut d, &mut state, 5.0, &mut Workspace::default());
        assert_eq!(progress.flipped, Some(0));
        assert!((state[0] - 1.0).abs() < 1e-9);
        let bound = 4.0 * step * step * step * step / 100.0 + 1e-9;
        assert!((progress.elapsed - 0.619_061_286_736).abs() < bound, "{step}: {}", progress.elapsed);
    }
}

#[test]
fn a_grazed_threshold_is_seen_and_a_missed_one_is_not() {
    let peak = 3.0 / std::f64::consts::E;
    let flip = |threshold: f64| {
        let (mut state, mut d) = ([0.0], Driven::new(0.15, threshold));
        run(&mut d, &mut state, 5.0, &mut Workspace::default())
    };
    let grazing = flip(peak - 1e-5);
    assert_eq!(grazing.flipped, Some(0));
    assert!((grazing.elapsed - 1.0).abs() < 0.01, "{grazing:?}");
    assert_eq!(flip(peak + 1e-5), Progress { elapsed: 5.0, flipped: None });
}

#[test]
fn a_search_without_result_leaves_no_trace() {
    let peak = 3.0 / std::f64::consts::E;
    let end = |threshold: f64| {
        let (mut state, mut d) = ([0.0], Driven::new(0.15, threshold));
        run(&mut d, &mut state, 5.0, &mut Workspace::default());
        state[0].to_bits()
    };
    assert_eq!(end(peak + 1e-5), end(f64::INFINITY));
}

#[test]
fn above_the_threshold_nothing_flips_until_it_was_below() {
    let (mut state, mut d) = ([2.0], Driven { drive: 0.0, ..Driven::new(0.1, 1.0) });
    let mut work = Workspace::default();
    assert_eq!(run(&mut d, &mut state, 2.0, &mut work).flipped, None);
    d.drive = 30.0;
    assert_eq!(run(&mut d, &mut state, 2.0, &mut work).flipped, Some(0));
}

#[test]
fn a_budget_ends_a_run() {
    let (mut state, mut d, mut work) = ([0.0], Driven::new(1e-3, 9.0), Workspace::default());
    work.limit_steps(100);
    let progress = run(&mut d, &mut state, 5.0, &mut work);
    assert!(work.exhausted() && (progress.elapsed - 0.1).abs() < 1e-9);
}

/// A steep decay with a comparator where it passes zero.
struct Falling;

impl Dynamics for Falling {
    fn slopes(&self, _: Stage, state: &[f64], slopes: &mut [f64]) {
        slopes[0] = (-32.0 - state[0]) / 0.132;
    }

    fn longest_step(&mut self, _: &[f64], _: &[f64]) -> f64 {
        0.004
    }

    fn comparators(&self) -> usize {
        1
    }

    fn distance(&self, _: usize, _: Stage, state: &[f64], slopes: &[f64]) -> Point {
        Point { value: -state[0] - 1e-12, slope: -slopes[0] }
    }

    fn resolution(&self) -> f64 {
        1e-13
    }
}

#[test]
fn a_last_correction_below_rounding_is_no_flip_at_the_end() {
    for index in 1..2000 {
        let start = 1.8e-5 * f64::from(index);
        let progress = run(&mut Falling, &mut [start], 0.004, &mut Workspace::default());
        assert_eq!(progress.flipped, Some(0));
        let expected = 0.132 * libm::log1p(start / 32.0);
        assert!((progress.elapsed - expected).abs() < 1e-9, "{start}: {progress:?}");
    }
}
