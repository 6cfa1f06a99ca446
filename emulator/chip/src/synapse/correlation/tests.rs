//! One sensor against reference vectors, and the sensors of a hemisphere against sensors that see every event at once.

use super::super::driver::{Driver, PadiAddress, RowMode};
use super::*;
use crate::random::{extend, mix};
use crate::synapse::delivery::COLUMNS;

/// A vector: parameters by name, then rows of time (us), kind (0 event, 1 spike) and the state after it.
struct Vector<'a> {
    text: &'a str,
}

impl Vector<'_> {
    fn parameter(&self, name: &str) -> f64 {
        let key = format!("# param {name} = ");
        let value = self.text.lines().find_map(|line| line.strip_prefix(&key));
        value.expect("a parameter").parse().expect("a number")
    }

    fn rows(&self) -> impl Iterator<Item = [f64; 4]> {
        let rows = self.text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        rows.map(|line| {
            let numbers: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
            numbers.try_into().expect("four columns")
        })
    }

    fn kernels(&self) -> [Kernel; 2] {
        ["causal", "acausal"].map(|branch| Kernel {
            amplitude_lsb: self.parameter(&format!("eta_{branch}")),
            tau_us: self.parameter(&format!("tau_{branch}_us")),
        })
    }
}

const VECTORS: [&str; 2] =
    [include_str!("../../../tests/data/corr_pairs.csv"), include_str!("../../../tests/data/corr_trains.csv")];

#[test]
fn a_sensor_follows_the_reference_vectors() {
    for text in VECTORS {
        let vector = Vector { text };
        let (kernels, capacity_lsb) = (vector.kernels(), vector.parameter("a_max"));
        let mut sensor = Sensor::default();
        let mut count = 0;
        for [t_us, kind, causal, acausal] in vector.rows() {
            let (at, kernel) = (Time::from_us_f64(t_us), |branch| kernels[branch as usize]);
            if kind == 0.0 {
                sensor.pre(at, capacity_lsb, kernel);
            } else {
                sensor.post(at, capacity_lsb, kernel);
            }
            let error = (sensor.stored_lsb[0] - causal).abs().max((sensor.stored_lsb[1] - acausal).abs());
            assert!(error < 1e-9, "off by {error} at {t_us} us");
            count += 1;
        }
        assert!(count >= 32);
    }
}

const KERNELS: [Kernel; 2] =
    [Kernel { amplitude_lsb: 0.5, tau_us: 5.0 }, Kernel { amplitude_lsb: 0.4, tau_us: 7.0 }];

fn kernel(branch: Branch) -> Kernel {
    KERNELS[branch as usize]
}

#[test]
fn branches_fill_up_and_repeated_events_restart_the_trace() {
    let mut sensor = Sensor::default();
    for i in 0..10 {
        sensor.pre(Time::from_us(100 * i), 2.0, kernel);
        sensor.post(Time::from_us(100 * i), 2.0, kernel);
    }
    assert_eq!(sensor.stored_lsb[0], 2.0);
    let mut sensor = Sensor::default();
    sensor.post(Time::from_us(1), 2.0, kernel);
    assert_eq!(sensor.stored_lsb, [0.0; 2], "nothing to pair with");
    for us in [2, 3, 4] {
        sensor.pre(Time::from_us(us), 2.0, kernel);
    }
    assert_eq!(sensor.stored_lsb, [0.0, KERNELS[1].after(1.0)]);
    sensor.post(Time::from_us(6), 2.0, kernel);
    assert_eq!(sensor.stored_lsb[0], KERNELS[0].after(2.0), "the last event counts");
}

/// A hemisphere in which drivers, labels and kernels differ from row to row.
struct Array {
    drivers: Vec<Driver>,
    labels: Vec<[u8; COLUMNS]>,
}

impl Array {
    fn new() -> Array {
        let driver = |number: usize| Driver {
            enable_receiver: number % 7 != 3,
            row_address_compare_mask: [31, 0b11110, 0, 31][number % 4],
            enable_address_out: !number.is_multiple_of(5),
            rows: [
                RowMode { excitatory: true, inhibitory: false },
                RowMode { excitatory: false, inhibitory: !number.is_multiple_of(3) },
            ],
            ..Driver::default()
        };
        let label = |row: usize, column: usize| (mix((256 * row + column) as u64) % 4) as u8 * 8;
        Array {
            drivers: (0..128).map(driver).collect(),
            labels: (0..256).map(|row| std::array::from_fn(|column| label(row, column))).collect(),
        }
    }

    /// Lets the sensors of all synapses that an event reaches see it at once.
    fn pre(&self, eager: &mut [Sensor], at: Time, address: PadiAddress) {
        for number in (usize::from(address.bus)..128).step_by(4) {
            let driver = &self.drivers[number];
            for half in 0..2 {
                let row = 2 * number + half;
                if !driver.accepts(number / 4, address.row_select) || !driver.rows[half].enabled() {
                    continue;
                }
                for column in 0..COLUMNS {
                    if self.labels[row][column] == driver.forwarded(address.label) {
                        let kernel = |branch| self.kernel(row, column, branch);
                        eager[COLUMNS * row + column].pre(at, self.capacity_lsb(), kernel);
                    }
                }
            }
        }
    }

    fn post(&self, eager: &mut [Sensor], at: Time, column: u8) {
        let column = usize::from(column);
        for row in 0..256 {
            let kernel = |branch| self.kernel(row, column, branch);
            eager[COLUMNS * row + column].post(at, self.capacity_lsb(), kernel);
        }
    }
}

impl SensorSource for Array {
    fn driver(&self, driver: usize) -> &Driver {
        &self.drivers[driver]
    }

    fn labels(&self, row: usize) -> &[u8; COLUMNS] {
        &self.labels[row]
    }

    fn kernel(&self, row: usize, column: usize, branch: Branch) -> Kernel {
        let nominal = KERNELS[branch as usize];
        Kernel { tau_us: nominal.tau_us + row as f64 * 0.01 + column as f64 * 0.003, ..nominal }
    }

    fn capacity_lsb(&self) -> f64 {
        12.0
    }
}

/// Stored charges of a row, zero where it was never touched.
fn stored(array: &SensorArray, row: usize) -> Vec<[f64; 2]> {
    let sensors = array.row(row).map(|row| row.iter().map(|sensor| sensor.stored_lsb).collect());
    sensors.unwrap_or_else(|| vec![[0.0; 2]; COLUMNS])
}

/// Events and spikes at random, several at the same instant; `look` may act on the sensors in between.
fn play(
    count: u64,
    source: &Array,
    mut look: impl FnMut(u64, &mut SensorArray),
) -> (SensorArray, Vec<Sensor>) {
    let mut lazy = SensorArray::default();
    lazy.set_powered(true);
    let mut eager = vec![Sensor::default(); 65_536];
    let mut at = Time::ZERO;
    for step in 0..count {
        let hash = extend(11, step);
        at += Time(hash % 3 * 700_000);
        // Events of one instant come before its spikes.
        let address = PadiAddress {
            bus: (hash >> 8) as u8 % 4,
            row_select: (hash >> 16) as u8 % 3,
            label: (hash >> 24) as u8 & 0x38,
        };
        source.pre(&mut eager, at, address);
        if lazy.full(at) {
            lazy.follow_all(source);
        }
        if hash >> 40 & 1 == 0 {
            let column = (hash >> 32) as u8 % 5 * 50;
            source.post(&mut eager, at, column);
            lazy.post(at, column);
        }
        lazy.pre(at, address);
        look(step, &mut lazy);
        at += Time(1_000);
    }
    (lazy, eager)
}

#[test]
fn following_late_gives_the_same_bits_as_following_at_once() {
    let source = Array::new();
    let (mut lazy, eager) = play(600, &source, |step, lazy| match step % 97 {
        13 => lazy.follow_all(&source),
        20 | 50 => lazy.follow(step as usize % 128, &source),
        _ => {}
    });
    (0..128).for_each(|driver| lazy.follow(driver, &source));
    let mut nonzero = 0;
    for row in 0..256 {
        let expected: Vec<_> =
            eager[COLUMNS * row..][..COLUMNS].iter().map(|sensor| sensor.stored_lsb).collect();
        assert_eq!(stored(&lazy, row), expected, "row {row}");
        nonzero += expected.iter().filter(|lsb| lsb[0] > 0.0 && lsb[1] > 0.0).count();
    }
    assert!(nonzero > 100, "{nonzero} synapses took part");
}

#[test]
fn notes_do_not_grow_without_limit() {
    let source = Array::new();
    let mut most = 0;
    let (mut lazy, _) = play(7_000, &source, |_, lazy| {
        most = most.max(lazy.notes());
    });
    assert!((8_000..8_300).contains(&most), "{most} notes");
    let (mut reference, _) = play(7_000, &source, |step, lazy| {
        if step % 500 == 0 {
            lazy.follow_all(&source);
        }
    });
    lazy.follow_all(&source);
    reference.follow_all(&source);
    assert!(lazy == reference);
}

#[test]
fn a_reset_empties_what_it_says_and_keeps_the_latch() {
    let source = Array::new();
    let (mut lazy, _) = play(600, &source, |_, _| {});
    let row = (0..256)
        .find(|&row| {
            lazy.follow(row / 2, &source);
            stored(&lazy, row)[50].iter().all(|lsb| *lsb > 0.0)
        })
        .expect("a row with both branches filled");
    let before: Vec<Sensor> = lazy.row(row).expect("used").to_vec();
    lazy.reset(row, |column, branch| column == 50 && branch == Branch::Causal);
    let after = lazy.row(row).expect("used");
    for column in 0..COLUMNS {
        assert_eq!(after[column].latch, before[column].latch);
        let causal = if column == 50 { 0.0 } else { before[column].stored_lsb[0] };
        assert_eq!(after[column].stored_lsb, [causal, before[column].stored_lsb[1]]);
    }
}

#[test]
fn without_power_nothing_is_kept() {
    let source = Array::new();
    let (mut lazy, _) = play(100, &source, |_, _| {});
    lazy.set_powered(false);
    assert!(lazy == SensorArray::default());
}
