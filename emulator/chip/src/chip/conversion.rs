//! Conversions of the CADC in the chip's time: what starts them, what the ramp meets on its way, and who reads the samples.
//!
//! A conversion is lazy like everything analog. Inputs that stand still (sensors, debug lines, ground) are converted at its
//! start; channels that look at neurons stay open. Before anything changes the course of a neuron, the channels that look at
//! it and whose input the ramp has crossed by then take their sample; the others do so at the end.

use super::readout::Input;
use super::{CadcRow, Chip, HEMISPHERES};
use crate::analog::converter::{CadcRamp, cadc_code, cadc_count, cadc_crossing, cadc_duration};
use crate::analog::correlation::Branch;
use crate::omnibus::{CadcAddress, Target, target};
use crate::random::{extend, fast_gaussian, purpose};
use crate::readout::cadc::{self, COLUMNS, Channel};
use crate::readout::{CadcSampling, Conversion, RowSamples};
use crate::time::Time;
use hx_isa::field;
use hx_isa::regmap::Register;
use hx_isa::regmap::register::{CADCChannelConfig, CommonCorrelationConfig};
use std::sync::Arc;

/// Number of a channel of a hemisphere.
const fn channel_of(kind: usize, column: usize) -> Channel {
    COLUMNS * kind + column
}

/// Where a conversion stands: the ramp's count at an instant, below zero before the ramp starts.
fn ramp_count(conversion: &Conversion, reset_wait: u8, at: Time, count_us: f64) -> f64 {
    at.since(conversion.start).as_us() / count_us - f64::from(reset_wait)
}

impl Chip {
    /// Starts a conversion of a hemisphere with the sensors of `row` on the channels that look at them, or lets it wait until
    /// the one under way is over. Without [`CADCConfig`](hx_isa::regmap::register::CADCConfig) `enable` nothing happens.
    pub fn convert_cadc(&mut self, at: Time, hemisphere: usize, row: CadcRow) {
        self.advance(at);
        self.rebuild();
        if !self.cadc_settings[hemisphere].enable {
            return;
        }
        self.cadc_conversions += 1;
        if self.cadc[hemisphere].running.is_some() {
            self.cadc[hemisphere].waiting.push_back((self.cadc_conversions, row));
        } else {
            self.begin_conversion(hemisphere, self.cadc_conversions, row, at);
        }
    }

    fn begin_conversion(&mut self, hemisphere: usize, number: u64, row: CadcRow, start: Time) {
        self.prepare_row(hemisphere, row);
        let end = start + self.conversion(hemisphere);
        let mut conversion = Box::new(Conversion::new(start, end, number));
        let debug_v = self.cadc_debug_v();
        let at_start = self.instance.config.cadc_sampling == CadcSampling::Start;
        for column in 0..COLUMNS {
            for (kind, input) in self.cadc_inputs(hemisphere, row, column, debug_v).into_iter().enumerate() {
                let channel = channel_of(kind, column);
                match input {
                    Input::Neuron(_) if !at_start => conversion.leave_open(channel),
                    Input::Neuron(neuron) => {
                        let v = self.tap_voltage(neuron, start);
                        conversion.close(channel, self.compare(hemisphere, channel, &conversion, |_| v).1);
                    }
                    Input::Fixed(v) => {
                        conversion.close(channel, self.compare(hemisphere, channel, &conversion, |_| v).1);
                    }
                }
            }
        }
        self.cadc[hemisphere].running = Some(conversion);
    }

    /// When the next conversion ends.
    #[inline]
    pub(super) fn next_conversion(&self) -> Time {
        self.cadc[0].end().min(self.cadc[1].end())
    }

    /// Ends the conversions that are due at `at`, and starts those that waited for it.
    pub(super) fn end_conversions(&mut self, at: Time) {
        for hemisphere in 0..HEMISPHERES {
            if self.cadc[hemisphere].end() > at {
                continue;
            }
            let Some(conversion) = self.cadc[hemisphere].running.take() else { continue };
            self.cadc[hemisphere].latched = Arc::new(self.completed(hemisphere, *conversion));
            if let Some((number, row)) = self.cadc[hemisphere].waiting.pop_front() {
                self.begin_conversion(hemisphere, number, row, at);
            }
        }
    }

    /// The samples of a conversion if nothing happens to its inputs any more.
    fn completed(&self, hemisphere: usize, mut conversion: Conversion) -> RowSamples {
        for channel in 0..2 * COLUMNS {
            if conversion.is_open(channel) {
                let code = self.compare_neuron(hemisphere, channel, &conversion).1;
                conversion.close(channel, code);
            }
        }
        conversion.into_samples()
    }

    /// Something is about to change the course of neurons `first..first + count` of one hemisphere at `at`: their channels that
    /// the ramp has met by then take their samples.
    #[inline]
    pub(super) fn before_neurons(&mut self, first: usize, count: usize, at: Time) {
        if self.cadc.iter().all(|cadc| cadc.running.is_none()) {
            return;
        }
        for neuron in first..first + count {
            self.settle_neuron(neuron, at);
            for i in 0..self.neurons.joined(neuron).len() {
                let other = usize::from(self.neurons.joined(neuron)[i]);
                self.settle_neuron(other, at);
            }
        }
    }

    /// As [`Self::before_neurons`] for all neurons, which may also jump.
    pub(super) fn before_all_neurons(&mut self, at: Time) {
        for hemisphere in 0..HEMISPHERES {
            if let Some(running) = &mut self.cadc[hemisphere].running {
                running.forget_expectations();
                (0..COLUMNS).for_each(|column| self.settle_neuron(COLUMNS * hemisphere + column, at));
            }
            if let Some(running) = &mut self.cadc[hemisphere].running {
                running.forget_expectations();
            }
        }
    }

    /// Lets the channels that look at a neuron take their samples if the ramp has met them by `at`.
    fn settle_neuron(&mut self, neuron: usize, at: Time) {
        let (hemisphere, column) = (neuron / COLUMNS, neuron % COLUMNS);
        let Some(mut running) = self.cadc[hemisphere].running.take() else { return };
        let count_us = self.instance.config.constants.cadc.count_us;
        let count = ramp_count(&running, self.cadc_settings[hemisphere].reset_wait, at, count_us);
        if count >= 0.0 {
            for channel in [channel_of(0, column), channel_of(1, column)] {
                if !running.is_open(channel) || !running.may_have_reached(channel, count) {
                    continue;
                }
                let (crossing, code) = self.compare_neuron(hemisphere, channel, &running);
                if f64::from(crossing) <= count {
                    running.close(channel, code);
                } else {
                    running.expect(channel, count, crossing);
                }
            }
        }
        self.cadc[hemisphere].running = Some(running);
    }

    /// Count and code of a channel that looks at its neuron, on the neuron's present course.
    fn compare_neuron(&self, hemisphere: usize, channel: Channel, conversion: &Conversion) -> (u8, u8) {
        let neuron = COLUMNS * hemisphere + channel % COLUMNS;
        self.compare(hemisphere, channel, conversion, |at| self.tap_voltage(neuron, at))
    }

    /// Count at which the ramp crosses the input of a channel, and the code it gives.
    fn compare(
        &self,
        hemisphere: usize,
        channel: Channel,
        conversion: &Conversion,
        voltage: impl Fn(Time) -> f64,
    ) -> (u8, u8) {
        const CADC: u64 = purpose("CADC noise");
        let constants = &self.instance.config.constants;
        let number = 2 * COLUMNS * hemisphere + channel;
        let key = extend(extend(extend(self.run_key(), CADC), conversion.number), number as u64);
        let noise_lsb = if self.noisy() { constants.cadc.noise_lsb * fast_gaussian(key) } else { 0.0 };
        let ramp = self.ramp(hemisphere, channel % COLUMNS);
        let deviation = &self.instance.deviations.cadc[number];
        let reset_wait = self.cadc_settings[hemisphere].reset_wait;
        let start = conversion.start;
        let count = match self.instance.config.cadc_sampling {
            CadcSampling::Crossing => {
                cadc::sample(start, reset_wait, &ramp, deviation, noise_lsb, constants, voltage)
            }
            CadcSampling::Start => cadc_count(voltage(start), &ramp, deviation, noise_lsb, constants),
        };
        let words = self.omnibus.registers().words(CADCChannelConfig::INDEX, number);
        (count, cadc_code(count, field!(CADCChannelConfig.offset).get_signed(words) as i8))
    }

    /// Ramp of the channels of a column; the offset voltage of either side may be taken from the other.
    fn ramp(&self, hemisphere: usize, column: usize) -> CadcRamp {
        let words = self.omnibus.registers().words(CommonCorrelationConfig::INDEX, hemisphere);
        let right = column >= 128;
        let swapped = if right {
            field!(CommonCorrelationConfig.select_voltage_right).is_set(words)
        } else {
            field!(CommonCorrelationConfig.select_voltage_left).is_set(words)
        };
        let own = &self.blocks[2 * hemisphere + usize::from(right)].cadc_ramp;
        let offset_from = &self.blocks[2 * hemisphere + usize::from(right != swapped)].cadc_ramp;
        CadcRamp { offset_v: offset_from.offset_v, ..*own }
    }

    /// Samples of a hemisphere as a read at the present finds them: those of the conversion under way, taken as if nothing
    /// happened to its inputs any more, else the latched ones.
    fn samples(&self, hemisphere: usize) -> Arc<RowSamples> {
        match &self.cadc[hemisphere].running {
            Some(running) => Arc::new(self.completed(hemisphere, (**running).clone())),
            None => Arc::clone(&self.cadc[hemisphere].latched),
        }
    }

    /// Samples of the last conversion of a hemisphere in column order; of one under way what it gives if nothing happens to
    /// its inputs any more.
    #[must_use]
    pub fn cadc_samples(&self, hemisphere: usize, branch: Branch) -> Vec<u8> {
        self.samples(hemisphere).channel[branch as usize].clone()
    }

    /// Starts a conversion and returns what one kind of channel gives if nothing happens until it is over, by column.
    pub fn correlation_codes(
        &mut self,
        at: Time,
        hemisphere: usize,
        row: CadcRow,
        branch: Branch,
    ) -> [u8; COLUMNS] {
        self.convert_cadc(at, hemisphere, row);
        let mut codes = [0; COLUMNS];
        codes.copy_from_slice(&self.cadc_samples(hemisphere, branch));
        codes
    }

    /// A word of samples as somebody finds it who cannot wait for the end of the conversion; starts one unless the latched
    /// samples are asked for.
    pub(super) fn read_cadc(&mut self, sample: CadcAddress, at: Time) -> u32 {
        let hemisphere = usize::from(sample.hemisphere);
        if !sample.buffered {
            self.convert_cadc(at, hemisphere, CadcRow::Synapses(sample.row));
        }
        let kind = usize::from(sample.acausal);
        self.word_of_samples(sample, |column| match &self.cadc[hemisphere].running {
            None => self.cadc[hemisphere].latched.channel[kind][column],
            Some(running) if running.is_open(channel_of(kind, column)) => {
                self.compare_neuron(hemisphere, channel_of(kind, column), running).1
            }
            Some(running) => running.sample(channel_of(kind, column)),
        })
    }

    /// The four entries of a quad, the first in the most significant byte.
    fn word_of_samples(&self, sample: CadcAddress, code: impl Fn(usize) -> u8) -> u32 {
        u32::from_be_bytes([0, 1, 2, 3].map(|entry| code(super::bus::column_of(sample.quad, entry))))
    }

    /// Begins a read whose answer takes time, [`Chip::busy`]: starts a conversion if the address says so. The answer is fetched
    /// by [`Chip::finish_read`].
    pub fn begin_read(&mut self, at: Time, address: u32) {
        if self.processors.run() {
            self.take_bus(at);
        }
        if let Target::CadcSample(sample @ CadcAddress { buffered: false, .. }) = target(address) {
            self.convert_cadc(at, usize::from(sample.hemisphere), CadcRow::Synapses(sample.row));
        }
    }

    /// The answer to a read that was begun before, at the end of its time.
    pub fn finish_read(&mut self, at: Time, address: u32) -> u32 {
        let Target::CadcSample(sample) = target(address) else { return self.read(at, address) };
        self.advance(at);
        let latched = &self.cadc[usize::from(sample.hemisphere)].latched;
        self.word_of_samples(sample, |column| latched.channel[usize::from(sample.acausal)][column])
    }

    /// How long after `at` an access to `address` is answered beyond the latency of the bus: until the conversion is over that
    /// it starts, or whose samples it reads.
    #[must_use]
    pub fn busy(&self, at: Time, address: u32) -> Time {
        match target(address) {
            Target::CadcSample(sample) => {
                self.cadc_busy(usize::from(sample.hemisphere), !sample.buffered, at)
            }
            _ => Time::ZERO,
        }
    }

    /// Until the samples of a hemisphere are there that somebody asks for at `at`.
    pub(super) fn cadc_busy(&self, hemisphere: usize, starts: bool, at: Time) -> Time {
        let conversion = self.conversion(hemisphere);
        let cadc = &self.cadc[hemisphere];
        let free = match &cadc.running {
            Some(running) => running.end + Time(conversion.0 * cadc.waiting.len() as u64),
            None => at,
        };
        free.max(at).since(at) + if starts { conversion } else { Time::ZERO }
    }

    /// Duration of a conversion of a hemisphere.
    fn conversion(&self, hemisphere: usize) -> Time {
        let settings = self.cadc_settings[hemisphere];
        cadc_duration(settings.reset_wait, settings.dead_time, &self.instance.config.constants)
    }

    /// When the ramp of a conversion crosses `count`, for displays and tests.
    #[must_use]
    pub fn cadc_crossing(&self, hemisphere: usize, count: u8) -> Time {
        cadc_crossing(self.cadc_settings[hemisphere].reset_wait, count, &self.instance.config.constants)
    }
}
