//! The SuperSpike rule (Zenke and Ganguli, Neural Computation 30, 2018) on a grid of time bins: the change of a weight is the
//! integral of the error, the smoothed difference of wanted and emitted spikes, times the smoothed product of the presynaptic
//! current and a function of the membrane that is largest where it is about to fire.

/// Width of a time bin, us.
pub const BIN_US: f64 = 0.1;

/// A filter with an exponential kernel that begins at one, run over bins.
fn decay(signal: impl Iterator<Item = f64>, tau_us: f64) -> impl Iterator<Item = f64> {
    let factor = libm::exp(-BIN_US / tau_us);
    signal.scan(0.0, move |state, value| {
        *state = *state * factor + value;
        Some(*state)
    })
}

/// What the rule knows of the neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Membrane time constant, us.
    pub tau_mem_us: f64,
    /// Synaptic time constant, us.
    pub tau_syn_us: f64,
    /// Steepness of the surrogate derivative.
    pub beta: f64,
}

impl Rule {
    /// Smooths a signal with the shape of a postsynaptic potential; also the kernel of the distance of spike trains.
    fn smooth(&self, signal: &[f64]) -> Vec<f64> {
        let slow = decay(signal.iter().copied(), self.tau_mem_us);
        let fast = decay(signal.iter().copied(), self.tau_syn_us);
        slow.zip(fast).map(|(slow, fast)| slow - fast).collect()
    }

    /// Derivative of the spike with respect to the membrane, which is 0 at its lowest and 1 at the threshold.
    fn surrogate(&self, membrane: f64) -> f64 {
        let distance = 1.0 + (self.beta * (membrane - 1.0)).abs();
        1.0 / (distance * distance)
    }

    /// The error in each bin: positive where a spike is missing.
    #[must_use]
    pub fn error(&self, target_us: &[f64], spikes_us: &[f64], bins: usize) -> Vec<f64> {
        let wanted = binned(target_us, bins);
        let difference: Vec<f64> =
            wanted.into_iter().zip(binned(spikes_us, bins)).map(|(wanted, given)| wanted - given).collect();
        self.smooth(&difference)
    }

    /// The change of the weight of an input, for a rate of one; `membrane` in units of [`Rule::surrogate`].
    #[must_use]
    pub fn change(&self, error: &[f64], membrane: &[f64], input_us: &[f64]) -> f64 {
        let current = decay(binned(input_us, error.len()).into_iter(), self.tau_syn_us);
        let product: Vec<f64> = membrane
            .iter()
            .zip(current)
            .map(|(&membrane, current)| self.surrogate(membrane) * current)
            .collect();
        let eligibility = self.smooth(&product);
        error.iter().zip(eligibility).map(|(error, eligibility)| error * eligibility).sum::<f64>()
            / error.len() as f64
    }
}

/// Spikes in each bin.
fn binned(times_us: &[f64], bins: usize) -> Vec<f64> {
    let mut counts = vec![0.0; bins];
    for us in times_us {
        if let Some(count) = counts.get_mut((us / BIN_US) as usize) {
            *count += 1.0;
        }
    }
    counts
}

/// The van Rossum distance of an error signal, us.
#[must_use]
pub fn distance(error: &[f64]) -> f64 {
    0.5 * BIN_US * error.iter().map(|error| error * error).sum::<f64>()
}

/// Means of samples in bins; a bin without any holds what was before.
#[must_use]
pub fn resampled(samples: &[(f64, f64)], bins: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); bins];
    for &(us, value) in samples {
        if let Some((sum, count)) = sums.get_mut((us / BIN_US) as usize) {
            *sum += value;
            *count += 1.0;
        }
    }
    let mut last = samples.first().map_or(0.0, |sample| sample.1);
    let mean = |(sum, count): (f64, f64)| {
        last = if count > 0.0 { sum / count } else { last };
        last
    };
    sums.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { tau_mem_us: 10.0, tau_syn_us: 5.0, beta: 5.0 };

    #[test]
    fn the_kernel_is_that_of_a_postsynaptic_potential() {
        let error = RULE.error(&[10.0], &[], 1000);
        let at = |us: f64| error[(us / BIN_US) as usize];
        for us in [12.0, 16.93, 30.0, 60.0_f64] {
            let exact = libm::exp(-(us - 10.0) / 10.0) - libm::exp(-(us - 10.0) / 5.0);
            assert!((at(us) - exact).abs() < 0.01, "{us}: {} {exact}", at(us));
        }
        assert_eq!(at(9.0), 0.0);
        // The integral of the square: 10/2 + 5/2 - 2 * 10 * 5 / 15 us, halved.
        assert!((distance(&error) - 0.5 * (5.0 + 2.5 - 20.0 / 3.0)).abs() < 0.01);
    }

    #[test]
    fn a_missing_spike_strengthens_the_inputs_before_it_and_a_wrong_one_weakens_them() {
        let membrane = vec![0.8; 1000];
        let missing = RULE.error(&[30.0], &[], 1000);
        let wrong = RULE.error(&[], &[30.0], 1000);
        let change = |error: &[f64], us: f64| RULE.change(error, &membrane, &[us]);
        assert!(change(&missing, 25.0) > 0.0 && change(&wrong, 25.0) < 0.0);
        assert!(change(&missing, 25.0) > 3.0 * change(&missing, 80.0).abs());
        assert!(change(&missing, 25.0) > change(&missing, 1.0));
        // Far below the threshold an input hardly matters.
        assert!(RULE.change(&missing, &vec![0.0; 1000], &[25.0]) < 0.2 * change(&missing, 25.0));
        assert_eq!(RULE.change(&RULE.error(&[30.0], &[30.0], 1000), &membrane, &[25.0]), 0.0);
    }

    #[test]
    fn samples_are_averaged_and_gaps_filled() {
        assert_eq!(resampled(&[(0.0, 2.0), (0.05, 4.0), (0.31, 7.0)], 5), [3.0, 3.0, 3.0, 7.0, 7.0]);
    }
}
