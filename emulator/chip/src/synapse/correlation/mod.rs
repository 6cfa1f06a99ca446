//! Correlation sensors: what each synapse remembers of the order and distance of its events and its neuron's spikes (analog
//! model, section 5).
//!
//! [`Sensor`] is the rule for one synapse; [`SensorArray`] keeps the sensors of a hemisphere without touching them at every
//! event. `chip/correlation.rs` feeds it, `analog/correlation.rs` knows kernels and voltages.

mod array;
#[cfg(test)]
mod tests;

pub use array::{SensorArray, SensorSource};

use crate::analog::correlation::{Branch, Kernel};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The last event a sensor has seen. It remembers it arbitrarily long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Latch {
    /// None since power-on.
    #[default]
    Unknown,
    /// An event at the synapse.
    Pre(Time),
    /// A spike of the neuron.
    Post(Time),
}

/// The sensor of one synapse.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sensor {
    /// Last event.
    pub latch: Latch,
    /// What the branches hold, by [`Branch`], nominal CADC LSB.
    pub stored_lsb: [f64; 2],
}

impl Sensor {
    /// An event reaches the synapse: pairs with the last spike if no other event came in between.
    pub fn pre(&mut self, at: Time, capacity_lsb: f64, kernel: impl FnMut(Branch) -> Kernel) {
        if let Latch::Post(post) = self.latch {
            self.add(Branch::Acausal, at.since(post), capacity_lsb, kernel);
        }
        self.latch = Latch::Pre(at);
    }

    /// The neuron spikes: pairs with the last event if no other spike came in between.
    pub fn post(&mut self, at: Time, capacity_lsb: f64, kernel: impl FnMut(Branch) -> Kernel) {
        if let Latch::Pre(pre) = self.latch {
            self.add(Branch::Causal, at.since(pre), capacity_lsb, kernel);
        }
        self.latch = Latch::Post(at);
    }

    fn add(
        &mut self,
        branch: Branch,
        delay: Time,
        capacity_lsb: f64,
        mut kernel: impl FnMut(Branch) -> Kernel,
    ) {
        let stored = &mut self.stored_lsb[branch as usize];
        // A full branch needs no kernel.
        if *stored < capacity_lsb {
            *stored = (*stored + kernel(branch).after(delay.as_us())).min(capacity_lsb);
        }
    }

    /// Goes through events and spikes in time order, both sorted; an event comes before a spike at the same instant. Equal to
    /// calling [`Self::pre`] and [`Self::post`] for each, but skips the repeated ones, which add nothing.
    pub fn follow(
        &mut self,
        mut pres: &[Time],
        mut posts: &[Time],
        capacity_lsb: f64,
        mut kernel: impl FnMut(Branch) -> Kernel,
    ) {
        loop {
            let run = posts.first().map_or(pres.len(), |post| run_of(pres, |pre| pre <= *post));
            if let Some((first, last)) = ends(&pres[..run]) {
                self.pre(first, capacity_lsb, &mut kernel);
                self.latch = Latch::Pre(last);
            }
            pres = &pres[run..];
            let run = pres.first().map_or(posts.len(), |pre| run_of(posts, |post| post < *pre));
            let Some((first, last)) = ends(&posts[..run]) else { return };
            self.post(first, capacity_lsb, &mut kernel);
            self.latch = Latch::Post(last);
            posts = &posts[run..];
        }
    }
}

/// How many times from the first on fulfil a condition that no later one does again. Quick for short runs and for long ones.
fn run_of(times: &[Time], holds: impl Fn(Time) -> bool) -> usize {
    let mut bound = 1;
    while bound <= times.len() && holds(times[bound - 1]) {
        bound *= 2;
    }
    let known = bound / 2;
    known + times[known..bound.min(times.len())].partition_point(|time| holds(*time))
}

fn ends(times: &[Time]) -> Option<(Time, Time)> {
    Some((*times.first()?, *times.last()?))
}
