//! Reward-modulated plasticity with an eligibility per synapse.

use super::{I1F7, Sensors, product, weight_code, weight_fraction};

/// Constants of the rule (`rules/stdp_reward.s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reward {
    /// What remains of an eligibility from one update to the next.
    pub decay: I1F7,
    /// Amplitude of the exploration noise.
    pub noise: I1F7,
    /// Learning rate, in 1/128.
    pub eta: i32,
    /// The mean follows the reward by 1/2^mean_shift of the difference per update.
    pub mean_shift: u32,
}

/// What the processor's scalar unit keeps between updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RewardState {
    /// Running mean of the reward, in 1/2^15.
    pub mean_reward: i32,
    /// `eta (R - mean R)` of the present update.
    pub modulation: i8,
}

impl Reward {
    /// Takes a reward (in 1/128) into the mean and gives the modulation of this update.
    #[must_use]
    pub fn begin(&self, state: RewardState, reward: i32) -> RewardState {
        let difference = (reward << 8).wrapping_sub(state.mean_reward);
        let modulation = (difference.wrapping_mul(self.eta) >> 15).clamp(-128, 127);
        RewardState {
            mean_reward: state.mean_reward.wrapping_add(difference >> self.mean_shift),
            modulation: modulation as i8,
        }
    }

    /// Weight and eligibility after one update.
    #[must_use]
    pub fn update(&self, modulation: i8, weight: u8, eligibility: i8, sensors: &Sensors) -> (u8, i8) {
        let difference = sensors.causal().saturating_sub(sensors.acausal());
        let eligibility = product(I1F7::from_bits(eligibility), self.decay).saturating_add(difference);
        let change = product(eligibility, I1F7::from_bits(modulation));
        let noise = product(sensors.random(), self.noise);
        let weight = weight_fraction(weight).saturating_add(change).saturating_add(noise);
        (weight_code(weight), eligibility.to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_reward_becomes_the_mean_and_stops_teaching() {
        let rule = Reward { decay: I1F7::ZERO, noise: I1F7::ZERO, eta: 64, mean_shift: 2 };
        let mut state = RewardState::default();
        let first = rule.begin(state, 100);
        assert_eq!(first, RewardState { mean_reward: 6400, modulation: 50 });
        for _ in 0..64 {
            state = rule.begin(state, 100);
        }
        assert!((25_590..=25_600).contains(&state.mean_reward), "{}", state.mean_reward);
        assert_eq!(state.modulation, 0);
    }
}
