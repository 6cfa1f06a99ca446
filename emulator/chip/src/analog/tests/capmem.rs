//! Settling of the cells: how far, when consumers look, and what the switches do.

use super::*;
use crate::analog::capmem::REFRESH_DISABLED;
use crate::analog::cell::CELLS;

fn constants() -> AnalogConstants {
    AnalogConstants::default()
}

fn enabled(settling: Settling) -> CapMem {
    let mut cells = CapMem::new(settling, &constants().capmem);
    (0..BLOCKS).for_each(|block| cells.set_enabled(block, true, Time::ZERO));
    cells
}

const CELL: Cell = Cell::of_neuron(130, NeuronCell::VLeak);

/// Refreshes at every instant asked for, up to `until`; returns the instants.
fn run(cells: &mut CapMem, until: Time, model: &CellModel, values: &mut CellValues) -> Vec<Time> {
    let mut instants = Vec::new();
    let mut changed = Vec::new();
    while let Some(at) = cells.next_refresh().filter(|at| *at <= until) {
        cells.refresh(at, model, values, &mut changed);
        instants.push(at);
    }
    instants
}

#[test]
fn twenty_milliseconds_leave_three_parts_in_ten_thousand() {
    let mut cells = enabled(Settling::Exponential);
    let start = Time::from_us(123_456);
    cells.write(CELL, 1000, start);
    assert_eq!(cells.level(CELL, start), 0.0);
    let rest = |ms: u64| 1.0 - cells.level(CELL, start + Time::from_us(1000 * ms)) / 1000.0;
    assert_close(rest(20), libm::exp(-8.0), 1e-4);
    assert_close(rest(5), libm::exp(-2.0), 1e-4);
    assert_eq!(rest(30), 0.0);
    assert_eq!(cells.level(CELL, start + Time::from_us(100_000)), 1000.0);
}

#[test]
fn thousands_of_cells_written_together_are_refreshed_about_fourteen_times() {
    let deviations = Deviations::draw(5, &constants());
    let constants = constants();
    let model = CellModel::new(&deviations.cell, &constants);
    let mut cells = enabled(Settling::Exponential);
    let mut values = cells.values(Time::ZERO, &model);
    for index in 0..CELLS {
        let cell = Cell::from_index(index).unwrap();
        cells.write(cell, (index % 1000) as u16 + 1, Time::from_us(700) + Time::from_ns(16 * index as u64));
    }
    let instants = run(&mut cells, Time::from_us(100_000), &model, &mut values);
    assert!((13..=15).contains(&instants.len()), "{}", instants.len());
    assert!(!cells.settling());
    assert_eq!(values, cells.values(Time::from_us(100_000), &model));
}

#[test]
fn values_do_not_depend_on_who_refreshed_when() {
    let constants = constants();
    let deviations = Deviations::draw(6, &constants);
    let model = CellModel::new(&deviations.cell, &constants);
    let mut watched = enabled(Settling::Exponential);
    let mut values = watched.values(Time::ZERO, &model);
    watched.write(CELL, 700, Time::from_us(300));
    let unwatched = watched.clone();
    for at in (0..40_000).step_by(777).map(|us| Time::from_us(300 + us)) {
        run(&mut watched, at, &model, &mut values);
        let (a, b) = (watched.value(CELL, at, &model), unwatched.value(CELL, at, &model));
        assert_eq!(a.to_bits(), b.to_bits(), "at {} us", at.as_us());
    }
    assert_eq!(values.get(CELL), unwatched.value(CELL, Time::from_us(1_000_000), &model));
}

#[test]
fn a_rewrite_on_the_way_starts_from_where_the_cell_is() {
    let mut cells = enabled(Settling::Exponential);
    cells.write(CELL, 800, Time::ZERO);
    let later = Time::from_us(4_000);
    let level = cells.level(CELL, later);
    cells.write(CELL, 100, later);
    assert_close(cells.level(CELL, later), level, 1e-12);
    assert!(cells.level(CELL, later + Time::from_us(1_000)) < level);
    assert_eq!(cells.level(CELL, later + Time::from_us(60_000)), 100.0);
}

#[test]
fn code_1023_holds_the_level_it_finds() {
    let mut cells = enabled(Settling::Exponential);
    cells.write(CELL, 800, Time::ZERO);
    let later = Time::from_us(2_500);
    let level = cells.level(CELL, later);
    cells.write(CELL, REFRESH_DISABLED, later);
    assert_eq!(cells.code(CELL), REFRESH_DISABLED);
    assert_close(cells.level(CELL, Time::from_us(500_000)), level, 1e-6);
    cells.write(CELL, 800, Time::from_us(500_000));
    assert_eq!(cells.level(CELL, Time::from_us(600_000)), 800.0);
}

#[test]
fn a_block_without_refresh_stores_codes_and_follows_when_enabled() {
    let mut cells = CapMem::new(Settling::Instant, &constants().capmem);
    let other = Cell::of_neuron(0, NeuronCell::VLeak);
    cells.write(CELL, 500, Time::ZERO);
    cells.write(other, 400, Time::ZERO);
    assert_eq!(
        (cells.code(CELL), cells.level(CELL, Time::from_us(1)), cells.next_refresh()),
        (500, 0.0, None)
    );
    cells.set_enabled(1, true, Time::from_us(1));
    assert_eq!(cells.level(CELL, Time::from_us(1)), 500.0);
    assert_eq!(cells.level(other, Time::from_us(1)), 0.0);
    cells.set_enabled(1, false, Time::from_us(2));
    cells.write(CELL, 600, Time::from_us(3));
    assert_eq!(cells.level(CELL, Time::from_us(9)), 500.0);
    assert!(cells.enabled(0) == cells.enabled(1));
}

#[test]
fn stopping_a_block_freezes_cells_on_their_way() {
    let mut cells = enabled(Settling::Exponential);
    cells.write(CELL, 800, Time::ZERO);
    let level = cells.level(CELL, Time::from_us(3_000));
    cells.set_enabled(1, false, Time::from_us(3_000));
    assert_close(cells.level(CELL, Time::from_us(90_000)), level, 1e-6);
}

#[test]
fn instant_cells_ask_for_a_refresh_at_once() {
    let constants = constants();
    let deviations = Deviations::ideal(&constants);
    let model = CellModel::new(&deviations.cell, &constants);
    let mut cells = enabled(Settling::Instant);
    let mut values = cells.values(Time::ZERO, &model);
    cells.write(CELL, 1000, Time::from_us(5));
    assert_eq!(cells.next_refresh(), Some(Time::from_us(5)));
    let mut changed = Vec::new();
    cells.refresh(Time::from_us(5), &model, &mut values, &mut changed);
    assert_eq!((changed, cells.next_refresh()), (vec![CELL], None));
    assert_close(values.get(CELL), 1.8 * 1000.0 / 1023.0, 1e-12);
}

#[test]
fn a_stored_state_goes_on_where_it_was() {
    let mut cells = enabled(Settling::Exponential);
    cells.write(CELL, 321, Time::from_us(10));
    let stored = ron::to_string(&cells).unwrap();
    assert_eq!(ron::from_str::<CapMem>(&stored).unwrap(), cells);
}

#[test]
fn crosstalk_shifts_cells_of_a_row_that_hold_the_same_code() {
    let mut constants = constants();
    constants.capmem.crosstalk_lsb = 3.0;
    let deviations = Deviations::ideal(&constants);
    let model = CellModel::new(&deviations.cell, &constants);
    let mut cells = enabled(Settling::Instant);
    let mut values = cells.values(Time::ZERO, &model);
    let row: Vec<_> = (0..128).map(|n| Cell::of_neuron(n, NeuronCell::VLeak)).collect();
    row.iter().for_each(|cell| cells.write(*cell, 600, Time::ZERO));
    let lsb = 1.8 / 1023.0;
    run(&mut cells, Time::ZERO, &model, &mut values);
    assert_close(values.get(row[5]) / lsb, 600.0 + 3.0 * 127.0 / 128.0, 1e-9);
    cells.write(row[5], 601, Time::ZERO);
    run(&mut cells, Time::ZERO, &model, &mut values);
    assert_close(values.get(row[5]) / lsb, 601.0, 1e-9);
    assert_close(values.get(row[6]) / lsb, 600.0 + 3.0 * 126.0 / 128.0, 1e-9);
}
