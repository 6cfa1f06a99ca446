//! The sensors of a hemisphere, brought up to date only when somebody looks.
//!
//! Events on the PADI buses and spikes of the neurons are noted down, one entry each, whatever number of synapses they reach.
//! A driver's two rows follow the notes up to now when one of them is read or reset or one of their labels or calibration
//! bits is about to change; all rows do when a driver's settings or a bias are about to change and when the notes have grown
//! to their limit. What a sensor holds depends on the order of its events alone, never on when it follows them, so no event is
//! lost and no bit depends on who looks when.

use super::super::delivery::COLUMNS;
use super::super::driver::{DRIVERS_PER_BUS, Driver, PadiAddress};
use super::{Latch, Sensor};
use crate::analog::correlation::{Branch, Kernel};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// PADI buses of a hemisphere.
const BUSES: usize = 4;
/// Drivers of a hemisphere; driver d serves rows 2 d and 2 d + 1.
const DRIVERS: usize = BUSES * DRIVERS_PER_BUS;
/// Label values.
const LABELS: usize = 64;
/// Notes from which all sensors follow, so that the notes stay small: 16 bytes each.
const LIMIT: usize = 8192;

/// What following needs to know of the synapses of one hemisphere, as it was when the events came.
pub trait SensorSource {
    /// Settings of driver d (rows 2 d and 2 d + 1).
    fn driver(&self, driver: usize) -> &Driver;
    /// Labels of a row in column order.
    fn labels(&self, row: usize) -> &[u8; COLUMNS];
    /// Kernel of a branch of a sensor.
    fn kernel(&self, row: usize, column: usize, branch: Branch) -> Kernel;
    /// Most that a branch can hold, nominal CADC LSB.
    fn capacity_lsb(&self) -> f64;
}

/// A noted event on a PADI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pre {
    at: Time,
    row_select: u8,
    label: u8,
}

/// A noted spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Post {
    at: Time,
    column: u8,
}

/// Sensors of the two rows of a driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rows {
    /// Notes of its bus and spikes that it has followed.
    followed: [usize; 2],
    /// Bottom row, then top row.
    sensors: Vec<Sensor>,
}

/// The sensors of one hemisphere. Default: power-on, no bias. Copies share the sensors until one of them writes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SensorArray {
    /// The sensors have their biases; without, they see nothing.
    powered: bool,
    pres: [Vec<Pre>; BUSES],
    posts: Vec<Post>,
    /// Time of the last note.
    newest: Time,
    /// Last spike of each column among those forgotten; empty: none.
    earlier: Vec<Option<Time>>,
    /// By driver; empty or `None`: never saw an event.
    rows: Arc<Vec<Option<Arc<Rows>>>>,
}

impl SensorArray {
    /// Switches the sensors on or off; off, they forget everything.
    pub fn set_powered(&mut self, powered: bool) {
        if powered != self.powered {
            *self = SensorArray { powered, ..SensorArray::default() };
        }
    }

    /// Whether events matter.
    #[inline]
    #[must_use]
    pub fn powered(&self) -> bool {
        self.powered
    }

    /// Whether [`Self::follow_all`] is due before a note at `at`. Notes of one instant stay together, as an event comes before a
    /// spike at the same instant whichever is noted first.
    #[inline]
    #[must_use]
    pub fn full(&self, at: Time) -> bool {
        self.notes() >= LIMIT && at > self.newest
    }

    /// Events and spikes noted down and not forgotten yet.
    #[inline]
    #[must_use]
    pub fn notes(&self) -> usize {
        self.posts.len() + self.pres.iter().map(Vec::len).sum::<usize>()
    }

    /// An event on a PADI bus reaches the synapses. Times never decrease.
    pub fn pre(&mut self, at: Time, address: PadiAddress) {
        self.newest = self.newest.max(at);
        let pre = Pre { at: self.newest, row_select: address.row_select, label: address.label };
        self.pres[usize::from(address.bus)].push(pre);
    }

    /// The neuron of a column sends a post pulse. Times never decrease.
    pub fn post(&mut self, at: Time, column: u8) {
        self.newest = self.newest.max(at);
        self.posts.push(Post { at: self.newest, column });
    }

    /// Sensors of a row in column order, up to date after [`Self::follow`]; `None`: all hold nothing.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[Sensor]> {
        let rows = self.rows.get(row / 2)?.as_ref()?;
        rows.sensors.chunks(COLUMNS).nth(row % 2)
    }

    /// Empties branches of the sensors of a row; what they remember of the last event stays. `which` says for each column and
    /// branch whether it is reset. The row must have followed.
    pub fn reset(&mut self, row: usize, which: impl Fn(usize, Branch) -> bool) {
        let Some(Some(rows)) = Arc::make_mut(&mut self.rows).get_mut(row / 2) else { return };
        let sensors = &mut Arc::make_mut(rows).sensors[COLUMNS * (row % 2)..COLUMNS * (row % 2 + 1)];
        for (column, sensor) in sensors.iter_mut().enumerate() {
            for branch in Branch::BOTH.into_iter().filter(|&branch| which(column, branch)) {
                sensor.stored_lsb[branch as usize] = 0.0;
            }
        }
    }

    /// Whether there are notes that a driver's sensors have not followed.
    #[inline]
    #[must_use]
    pub fn behind(&self, driver: usize) -> bool {
        self.followed(driver) != [self.pres[driver % BUSES].len(), self.posts.len()]
    }

    /// Notes of its bus and spikes that a driver's sensors have followed.
    fn followed(&self, driver: usize) -> [usize; 2] {
        self.rows.get(driver).and_then(Option::as_ref).map_or([0; 2], |rows| rows.followed)
    }

    /// Brings the sensors of a driver up to date.
    pub fn follow(&mut self, driver: usize, source: &impl SensorSource) {
        self.follow_spikes(driver, source, None);
    }

    /// As [`Self::follow`]; `all` are the noted spikes by column, if somebody has sorted them already.
    fn follow_spikes(&mut self, driver: usize, source: &impl SensorSource, all: Option<&Sorted>) {
        if !self.behind(driver) {
            return;
        }
        let followed = self.followed(driver);
        let events = self.accepted(driver, followed[0], source.driver(driver));
        let known = self.rows.get(driver).is_some_and(Option::is_some);
        if !known && events.is_empty() {
            return;
        }
        let own;
        let spikes = match all {
            Some(all) if followed[1] == 0 => all,
            _ => {
                own = self.spikes(followed[1]);
                &own
            }
        };
        let events = Sorted::new(LABELS, events.into_iter());
        let mut rows = self.take_rows(driver);
        let of = Arc::make_mut(&mut rows);
        of.followed = [self.pres[driver % BUSES].len(), self.posts.len()];
        for half in 0..2 {
            let sensors = &mut of.sensors[COLUMNS * half..COLUMNS * (half + 1)];
            let events = source.driver(driver).rows[half].enabled().then_some(&events);
            follow_row(2 * driver + half, sensors, events, spikes, source);
        }
        Arc::make_mut(&mut self.rows)[driver] = Some(rows);
    }

    /// Brings all sensors up to date and forgets the notes.
    pub fn follow_all(&mut self, source: &impl SensorSource) {
        if self.notes() == 0 {
            return;
        }
        let spikes = self.spikes(0);
        (0..DRIVERS).for_each(|driver| self.follow_spikes(driver, source, Some(&spikes)));
        self.earlier.resize(COLUMNS, None);
        for post in self.posts.drain(..) {
            self.earlier[usize::from(post.column)] = Some(post.at);
        }
        self.pres.iter_mut().for_each(Vec::clear);
        for rows in Arc::make_mut(&mut self.rows).iter_mut().flatten() {
            Arc::make_mut(rows).followed = [0; 2];
        }
    }

    /// Noted spikes from number `from` on by column.
    fn spikes(&self, from: usize) -> Sorted {
        Sorted::new(COLUMNS, self.posts[from..].iter().map(|post| (post.at, post.column)))
    }

    /// Noted events from number `from` on that a driver takes, and the addresses it forwards.
    fn accepted(&self, number: usize, from: usize, driver: &Driver) -> Vec<(Time, u8)> {
        if !driver.enable_receiver {
            return Vec::new();
        }
        let notes = self.pres[number % BUSES][from..].iter();
        let taken = notes.filter(|pre| driver.accepts(number / BUSES, pre.row_select));
        taken.map(|pre| (pre.at, driver.forwarded(pre.label))).collect()
    }

    /// Takes the rows of a driver out, to be put back; those without an event so far have seen at most spikes.
    fn take_rows(&mut self, driver: usize) -> Arc<Rows> {
        let all = Arc::make_mut(&mut self.rows);
        all.resize(DRIVERS, None);
        all[driver].take().unwrap_or_else(|| {
            let latch = |column| match self.earlier.get(column) {
                Some(&Some(spike)) => Latch::Post(spike),
                _ => Latch::Unknown,
            };
            let fresh = |place: usize| Sensor { latch: latch(place % COLUMNS), ..Sensor::default() };
            Arc::new(Rows { followed: [0; 2], sensors: (0..2 * COLUMNS).map(fresh).collect() })
        })
    }
}

/// Lets the sensors of a row follow; without `events` the row is off.
fn follow_row(
    row: usize,
    sensors: &mut [Sensor],
    events: Option<&Sorted>,
    spikes: &Sorted,
    source: &impl SensorSource,
) {
    let capacity_lsb = source.capacity_lsb();
    for (column, (sensor, label)) in sensors.iter_mut().zip(source.labels(row)).enumerate() {
        let pres = events.map_or(&[][..], |events| events.of(*label));
        let mut kernels = [None; 2];
        sensor.follow(pres, spikes.of(column as u8), capacity_lsb, |branch| {
            *kernels[branch as usize].get_or_insert_with(|| source.kernel(row, column, branch))
        });
    }
}

/// Times grouped by a small number, in their order.
struct Sorted {
    /// Where each group starts in `times`.
    starts: Vec<u32>,
    times: Vec<Time>,
}

impl Sorted {
    fn new(groups: usize, items: impl Iterator<Item = (Time, u8)> + Clone) -> Sorted {
        let mut starts = vec![0u32; groups + 1];
        items.clone().for_each(|(_, group)| starts[usize::from(group) + 1] += 1);
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut times = vec![Time::ZERO; starts[groups] as usize];
        for (at, group) in items {
            let place = &mut next[usize::from(group)];
            times[*place as usize] = at;
            *place += 1;
        }
        Sorted { starts, times }
    }

    #[inline]
    fn of(&self, group: u8) -> &[Time] {
        let group = usize::from(group);
        &self.times[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}
