//! What one PADI address does to all neurons of a hemisphere, worked out on first use and kept until a register that it
//! depends on changes. Training rewrites weights every few milliseconds but sends each address dozens of times in between.

use super::driver::{DRIVERS_PER_BUS, Driver, PadiAddress};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Columns of a synapse array; column c feeds neuron c of its hemisphere.
pub const COLUMNS: usize = 256;
/// PADI buses of a hemisphere.
const BUSES: usize = 4;
const ROW_SELECTS: usize = 32;
const LABELS: usize = 64;

/// Line deflections of the neurons `first..first + dx_e.len()` for one event, in V.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Delivery {
    /// First column that is reached.
    pub first: usize,
    /// Deflection of the excitatory lines.
    pub dx_e: Vec<f64>,
    /// Deflection of the inhibitory lines.
    pub dx_i: Vec<f64>,
}

/// What delivery needs to know of the synapses of one hemisphere.
pub trait SynapseSource {
    /// Labels of a row in column order.
    fn labels(&self, row: usize) -> &[u8; COLUMNS];
    /// Weights of a row in column order and natural bit order.
    fn weights(&self, row: usize) -> &[u8; COLUMNS];
    /// Settings of driver d (rows 2 d and 2 d + 1).
    fn driver(&self, driver: usize) -> &Driver;
    /// Weight in units of the least significant bit with the mismatch of that synapse.
    fn effective_weight(&self, row: usize, column: usize, weight: u8) -> f64;
    /// Deflections of the excitatory and inhibitory line of a column per unit of weight for an event on a bus, in V; zero
    /// where the column switch is open.
    fn line_gain_v(&self, bus: usize, column: usize) -> [f64; 2];
}

/// Deliveries known so far, for one hemisphere. Cheap to clone; equal caches are not needed for equal behaviour.
#[derive(Debug, Clone, Default)]
pub struct DeliveryCache {
    /// Nothing until first used.
    known: Option<Arc<Known>>,
}

impl PartialEq for DeliveryCache {
    /// What is known already makes no difference.
    fn eq(&self, _: &DeliveryCache) -> bool {
        true
    }
}

#[derive(Debug, Clone)]
struct Known {
    /// Synapses that can react, sorted by bus and label.
    index: SynapseIndex,
    /// Smallest row select address that reaches the same drivers, per bus.
    canonical: Vec<u8>,
    /// Position in `deliveries` plus one, or zero.
    slots: Vec<u32>,
    /// The same for single drivers; empty until one is asked for.
    driver_slots: Vec<u32>,
    deliveries: Vec<Arc<Delivery>>,
}

impl Known {
    fn new(source: &impl SynapseSource) -> Known {
        Known {
            index: SynapseIndex::new(source),
            canonical: canonical_row_selects(source),
            slots: vec![0; BUSES * ROW_SELECTS * LABELS],
            driver_slots: Vec::new(),
            deliveries: Vec::new(),
        }
    }
}

impl DeliveryCache {
    /// Forgets everything: a weight, label, driver, switch or bias changed.
    pub fn clear(&mut self) {
        self.known = None;
    }

    /// Sorts the synapses, which every first use after a change needs.
    pub fn prepare(&mut self, source: &impl SynapseSource) {
        self.known.get_or_insert_with(|| Arc::new(Known::new(source)));
    }

    /// What an event with this address does.
    pub fn get(&mut self, address: PadiAddress, source: &impl SynapseSource) -> Arc<Delivery> {
        let known = self.known.get_or_insert_with(|| Arc::new(Known::new(source)));
        let row_select =
            known.canonical[usize::from(address.bus) * ROW_SELECTS + usize::from(address.row_select)];
        let slot = (usize::from(address.bus) * ROW_SELECTS + usize::from(row_select)) * LABELS
            + usize::from(address.label);
        if let Some(number) = (known.slots[slot] as usize).checked_sub(1) {
            return Arc::clone(&known.deliveries[number]);
        }
        let delivery = Arc::new(work_out(PadiAddress { row_select, ..address }, &known.index, source));
        let known = Arc::make_mut(known);
        known.deliveries.push(Arc::clone(&delivery));
        known.slots[slot] = known.deliveries.len() as u32;
        delivery
    }

    /// What the two rows of a driver do at the full length of their pulse when it forwards `label`.
    pub fn of_driver(&mut self, driver: usize, label: u8, source: &impl SynapseSource) -> Arc<Delivery> {
        let known = self.known.get_or_insert_with(|| Arc::new(Known::new(source)));
        let slot = LABELS * driver + usize::from(label);
        if let Some(number) = known.driver_slots.get(slot).and_then(|slot| (*slot as usize).checked_sub(1)) {
            return Arc::clone(&known.deliveries[number]);
        }
        let delivery = Arc::new(work_out_driver(driver, label, source));
        let known = Arc::make_mut(known);
        known.driver_slots.resize(BUSES * DRIVERS_PER_BUS * LABELS, 0);
        known.deliveries.push(Arc::clone(&delivery));
        known.driver_slots[slot] = known.deliveries.len() as u32;
        delivery
    }
}

/// For every bus and row select address, the smallest one that the same drivers accept.
fn canonical_row_selects(source: &impl SynapseSource) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(BUSES * ROW_SELECTS);
    for bus in 0..BUSES {
        let sets: Vec<u32> = (0..ROW_SELECTS)
            .map(|row_select| {
                (0..DRIVERS_PER_BUS)
                    .filter(|&index| source.driver(4 * index + bus).accepts(index, row_select as u8))
                    .fold(0, |set, index| set | 1 << index)
            })
            .collect();
        canonical
            .extend((0..ROW_SELECTS).map(|r| sets.iter().position(|set| *set == sets[r]).unwrap_or(r) as u8));
    }
    canonical
}

/// Synapses with a weight in enabled rows, grouped by bus and the address that reaches them.
#[derive(Debug, Clone, Default)]
struct SynapseIndex {
    /// Start of each group in `places`; group = 64 * bus + label.
    starts: Vec<u32>,
    /// 256 * row + column.
    places: Vec<u16>,
}

impl SynapseIndex {
    fn new(source: &impl SynapseSource) -> SynapseIndex {
        let mut counts = vec![0u32; BUSES * LABELS + 1];
        for_each_synapse(source, |group, _| counts[group + 1] += 1);
        for group in 0..BUSES * LABELS {
            counts[group + 1] += counts[group];
        }
        let mut next = counts.clone();
        let mut places = vec![0; counts[BUSES * LABELS] as usize];
        for_each_synapse(source, |group, place| {
            places[next[group] as usize] = place;
            next[group] += 1;
        });
        SynapseIndex { starts: counts, places }
    }

    fn group(&self, bus: usize, label: u8) -> &[u16] {
        let group = LABELS * bus + usize::from(label);
        &self.places[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

/// Visits every synapse with a weight in an enabled row of a listening driver, row by row.
fn for_each_synapse(source: &impl SynapseSource, mut visit: impl FnMut(usize, u16)) {
    for number in 0..BUSES * DRIVERS_PER_BUS {
        let driver = source.driver(number);
        for half in (0..2).filter(|&half| driver.enable_receiver && driver.rows[half].enabled()) {
            let row = 2 * number + half;
            for (column, (&label, &weight)) in source.labels(row).iter().zip(source.weights(row)).enumerate()
            {
                if weight != 0 {
                    visit(LABELS * (number % BUSES) + usize::from(label), (COLUMNS * row + column) as u16);
                }
            }
        }
    }
}

fn work_out(address: PadiAddress, index: &SynapseIndex, source: &impl SynapseSource) -> Delivery {
    let mut dx = [[0.0f64; COLUMNS]; 2];
    let mut reached = [false; COLUMNS];
    let bus = usize::from(address.bus);
    // Drivers that forward only the highest bit present another address than the others.
    let forwarded = [address.label, address.label & 0x20];
    for label in &forwarded[..1 + usize::from(forwarded[0] != forwarded[1])] {
        for &place in index.group(bus, *label) {
            let (row, column) = (usize::from(place) / COLUMNS, usize::from(place) % COLUMNS);
            let driver = source.driver(row / 2);
            if driver.forwarded(address.label) == *label
                && driver.accepts(row / 2 / BUSES, address.row_select)
            {
                let weight = source.effective_weight(row, column, source.weights(row)[column]);
                let mode = driver.rows[row % 2];
                dx[0][column] += if mode.excitatory { weight } else { 0.0 };
                dx[1][column] += if mode.inhibitory { weight } else { 0.0 };
                reached[column] = true;
            }
        }
    }
    scale_and_trim(source, bus, &dx, &reached)
}

fn work_out_driver(number: usize, label: u8, source: &impl SynapseSource) -> Delivery {
    let mut dx = [[0.0f64; COLUMNS]; 2];
    let mut reached = [false; COLUMNS];
    let driver = source.driver(number);
    for half in (0..2).filter(|&half| driver.rows[half].enabled()) {
        let (row, mode) = (2 * number + half, driver.rows[half]);
        for (column, (&own, &weight)) in source.labels(row).iter().zip(source.weights(row)).enumerate() {
            if own == label && weight != 0 {
                let weight = source.effective_weight(row, column, weight);
                dx[0][column] += if mode.excitatory { weight } else { 0.0 };
                dx[1][column] += if mode.inhibitory { weight } else { 0.0 };
                reached[column] = true;
            }
        }
    }
    scale_and_trim(source, number % BUSES, &dx, &reached)
}

fn scale_and_trim(
    source: &impl SynapseSource,
    bus: usize,
    dx: &[[f64; COLUMNS]; 2],
    reached: &[bool; COLUMNS],
) -> Delivery {
    let Some(first) = reached.iter().position(|r| *r) else { return Delivery::default() };
    let last = reached.iter().rposition(|r| *r).unwrap_or(first);
    let line = |line: usize| {
        let scaled = |column: usize| dx[line][column] * source.line_gain_v(bus, column)[line];
        (first..=last).map(scaled).collect()
    };
    Delivery { first, dx_e: line(0), dx_i: line(1) }
}

#[cfg(test)]
mod tests {
    use super::super::driver::RowMode;
    use super::*;

    struct Array {
        labels: Vec<[u8; COLUMNS]>,
        weights: Vec<[u8; COLUMNS]>,
        drivers: Vec<Driver>,
    }

    impl SynapseSource for Array {
        fn labels(&self, row: usize) -> &[u8; COLUMNS] {
            &self.labels[row]
        }
        fn weights(&self, row: usize) -> &[u8; COLUMNS] {
            &self.weights[row]
        }
        fn driver(&self, driver: usize) -> &Driver {
            &self.drivers[driver]
        }
        fn effective_weight(&self, _row: usize, _column: usize, weight: u8) -> f64 {
            f64::from(weight)
        }
        fn line_gain_v(&self, bus: usize, column: usize) -> [f64; 2] {
            [0.001 * (bus + 1) as f64, if column == 9 { 0.0 } else { 0.002 }]
        }
    }

    fn array(mask: u8) -> Array {
        let rows = [
            RowMode { excitatory: true, inhibitory: false },
            RowMode { excitatory: false, inhibitory: true },
        ];
        let driver = Driver {
            enable_receiver: true,
            row_address_compare_mask: mask,
            enable_address_out: true,
            rows,
            ..Driver::default()
        };
        Array {
            labels: vec![[0; COLUMNS]; 256],
            weights: vec![[0; COLUMNS]; 256],
            drivers: vec![driver; 128],
        }
    }

    #[test]
    fn only_matching_synapses_of_the_addressed_driver_react() {
        let mut synapses = array(31);
        // Driver 5 is index 1 on bus 1: its rows are 10 (excitatory) and 11 (inhibitory).
        for (row, column, label, weight) in [(10, 7, 3, 63), (11, 9, 3, 10), (11, 8, 3, 20), (10, 20, 4, 50)]
        {
            synapses.labels[row][column] = label;
            synapses.weights[row][column] = weight;
        }
        let mut cache = DeliveryCache::default();
        let hit = cache.get(PadiAddress { bus: 1, row_select: 1, label: 3 }, &synapses);
        assert_eq!((hit.first, hit.dx_e.as_slice()), (7, [63.0 * 0.002, 0.0, 0.0].as_slice()));
        assert_eq!(hit.dx_i, [0.0, 0.04, 0.0], "the column switch of column 9 is open");
        assert!(cache.get(PadiAddress { bus: 1, row_select: 2, label: 3 }, &synapses).dx_e.is_empty());
        assert!(cache.get(PadiAddress { bus: 0, row_select: 1, label: 3 }, &synapses).dx_e.is_empty());
    }

    #[test]
    fn several_rows_add_up_when_the_mask_lets_them() {
        let mut synapses = array(0);
        for index in 0..5 {
            synapses.labels[2 * (4 * index + 2)][30] = 1;
            synapses.weights[2 * (4 * index + 2)][30] = 10;
        }
        let mut cache = DeliveryCache::default();
        for row_select in [0, 7, 31] {
            let hit = cache.get(PadiAddress { bus: 2, row_select, label: 1 }, &synapses);
            assert!((hit.dx_e[0] - 0.15).abs() < 1e-12);
        }
        assert_eq!(
            cache.known.map_or(0, |known| known.deliveries.len()),
            1,
            "row selects that mean the same share one entry"
        );
    }

    #[test]
    fn clearing_makes_changes_visible() {
        let mut synapses = array(31);
        synapses.weights[0][0] = 5;
        let address = PadiAddress { bus: 0, row_select: 0, label: 0 };
        let mut cache = DeliveryCache::default();
        assert_eq!(cache.get(address, &synapses).dx_e, [0.005]);
        synapses.weights[0][0] = 6;
        cache.clear();
        assert_eq!(cache.get(address, &synapses).dx_e, [0.006]);
    }
}
