//! The loop that moves the chip through time, from one thing that happens to the next.

use super::synapses::Synapses;
use super::{Chip, HEMISPHERES, Watchers};
use crate::neuron::Fire;
use crate::neuron::array::LANES;
use crate::output::{ChipOutput, ChipPayload};
use crate::random::{extend, purpose, quantiles};
use crate::router::topology::FIRST_L2_OUTPUT;
use crate::time::Time;
use std::sync::Arc;

impl Chip {
    /// Works up to and including `until`.
    pub fn advance(&mut self, until: Time) {
        if until <= self.now {
            return;
        }
        if self.processors.run() {
            self.run_processors(until, &mut Watchers::default());
        }
        self.advance_body(until);
    }

    /// Works up to and including `until`, without the processors.
    pub(super) fn advance_body(&mut self, until: Time) {
        self.rebuild();
        loop {
            let check = self.neurons.next();
            let arrival = self.network.next_arrival().map_or(Time::NEVER, |arrival| arrival.at);
            let refresh = self.capmem.next_refresh().unwrap_or(Time::NEVER);
            let conversion = self.next_conversion();
            let next = check.min(arrival).min(refresh).min(conversion).min(until);
            if self.network.next() <= next {
                self.run_network(next);
                continue;
            }
            self.sample_madc(next);
            if conversion <= next {
                self.end_conversions(next);
            } else if check <= next {
                if conversion < Time::NEVER {
                    self.before_neurons(self.neurons.due(), 1, next);
                }
                self.neurons.step(next, &mut self.fires);
                self.take_fires();
            } else if arrival <= next {
                self.deliver();
            } else if refresh <= next {
                self.refresh_capmem(refresh);
            } else {
                break;
            }
        }
        self.now = until;
    }

    /// Runs the event network up to `until` or to where its own events may reach synapses, whichever is first.
    fn run_network(&mut self, until: Time) {
        let delay = self.network_config.latency.crossbar_to_synapse_cycles;
        let reach = self.network.next() + Time::from_network_cycles(delay);
        let config = Arc::clone(&self.network_config);
        self.network.advance(until.min(reach), &config, &mut self.routed);
        for i in 0..self.routed.len() {
            let routed = self.routed[i];
            let departure = Time::from_network_cycles(routed.cycle);
            debug_assert!(usize::from(routed.output) >= FIRST_L2_OUTPUT);
            self.emit(departure, ChipPayload::Spike { label: routed.label });
        }
        self.routed.clear();
    }

    /// Puts something on the link.
    pub(super) fn emit(&mut self, departure: Time, payload: ChipPayload) {
        let stamp = self.systime(departure) as u8;
        let output = ChipOutput { departure, stamp, payload };
        let place = self.output.partition_point(|other| other.departure <= departure);
        self.output.insert(place, output);
    }

    fn take_fires(&mut self) {
        for i in 0..self.fires.len() {
            let Fire { neuron, at } = self.fires[i];
            let counter = &mut Arc::make_mut(&mut self.spike_counters)[usize::from(neuron)];
            counter.overflow |= counter.count == u8::MAX;
            counter.count = counter.count.wrapping_add(1);
            self.note_fire(usize::from(neuron), at);
            if let Some(address) = self.spike_addresses[usize::from(neuron)] {
                let (column, row) = (neuron as u8, (neuron >> 8) as u8);
                self.network.neuron_event(at, column, row, address, &self.network_config);
            }
        }
        self.fires.clear();
        self.neurons.take_posts(&mut self.fires);
        for i in 0..self.fires.len() {
            let Fire { neuron, at } = self.fires[i];
            self.note_signal(usize::from(neuron), at);
        }
        self.fires.clear();
    }

    /// Carries the earliest event on a PADI bus to the synapses.
    fn deliver(&mut self) {
        let Some(arrival) = self.network.pop_arrival() else { return };
        let hemisphere = usize::from(arrival.hemisphere);
        self.note_event(hemisphere, arrival.at, arrival.address);
        if self.pulses.vary(hemisphere, arrival.address.bus) {
            return self.deliver_varying(arrival);
        }
        let mut cache = std::mem::take(&mut self.deliveries[hemisphere]);
        let delivery = cache.get(arrival.address, &self.synapses(hemisphere));
        self.deliveries[hemisphere] = cache;
        if delivery.dx_e.is_empty() {
            return;
        }
        let first = 256 * hemisphere + delivery.first;
        self.deliver_charges(first, &delivery.dx_e, &delivery.dx_i, arrival.at, arrival.address.label);
    }

    /// Adds line deflections, V, to neurons `first..` with the noise of their charges.
    pub(super) fn deliver_charges(&mut self, first: usize, dx_e: &[f64], dx_i: &[f64], at: Time, label: u8) {
        self.before_neurons(first, dx_e.len(), at);
        let groups = dx_e.chunks(LANES).zip(dx_i.chunks(LANES)).enumerate();
        let sigma = self.instance.config.constants.noise.charge;
        if !self.noisy() || sigma == 0.0 {
            groups.for_each(|(group, (dx_e, dx_i))| {
                self.neurons.deliver(first + LANES * group, dx_e, dx_i, at);
            });
            return;
        }
        let key = self.charge_key(at, first, label);
        let (mut noisy_e, mut noisy_i) = ([0.0; LANES], [0.0; LANES]);
        for (group, (dx_e, dx_i)) in groups {
            let key = extend(key, group as u64);
            scatter(dx_e, key, sigma, &mut noisy_e);
            scatter(dx_i, !key, sigma, &mut noisy_i);
            let count = dx_e.len();
            self.neurons.deliver(first + LANES * group, &noisy_e[..count], &noisy_i[..count], at);
        }
    }

    pub(super) fn synapses(&self, hemisphere: usize) -> Synapses<'_> {
        Synapses {
            hemisphere,
            synram: self.omnibus.synram(hemisphere),
            drivers: &self.drivers[128 * hemisphere..128 * (hemisphere + 1)],
            line_gain: &self.line_gain[256 * hemisphere..256 * (hemisphere + 1)],
            pulse_us: &self.pulse_us[4 * hemisphere..4 * (hemisphere + 1)],
            deviations: &self.instance.deviations.synapse,
        }
    }

    /// Works out ahead what copies of this chip would otherwise each work out for themselves. Changes no result.
    pub fn prepare_copies(&mut self) {
        self.rebuild();
        for hemisphere in 0..HEMISPHERES {
            let mut cache = std::mem::take(&mut self.deliveries[hemisphere]);
            cache.prepare(&self.synapses(hemisphere));
            self.deliveries[hemisphere] = cache;
        }
    }

    fn charge_key(&self, at: Time, first: usize, label: u8) -> u64 {
        const CHARGE: u64 = purpose("synaptic charge");
        extend(extend(self.run_key(), CHARGE), at.0 ^ (first as u64) << 48 ^ u64::from(label) << 57)
    }
}

/// Multiplies each deflection by `1 + sigma z`; five deviates come from one hash.
fn scatter(dx: &[f64], key: u64, sigma: f64, out: &mut [f64; LANES]) {
    let table = quantiles();
    for (group, chunk) in dx.chunks(5).enumerate() {
        let mut hash = extend(key, group as u64);
        for (i, dx) in chunk.iter().enumerate() {
            out[5 * group + i] = dx * (1.0 + sigma * f64::from(table[(hash & 0xfff) as usize]));
            hash >>= 12;
        }
    }
}
