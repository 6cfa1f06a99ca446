//! Firmware on the processors of a chip: loaded, started and read by the host, working on the synapse array itself.

use hx_chip::chip::ChipConfig;
use hx_firmware::harness::{COLUMNS, Row};
use hx_firmware::reference::{Homeostasis, WEIGHT_MAX};
use hx_firmware::{Firmware, Image};
use hx_host::driver::processor::{self, EXIT_CODE_WORD, MAILBOX_WORD, mailbox_text};
use hx_host::driver::synapse::{write_labels, write_weights};
use hx_host::driver::{Hemisphere, ProgramBuilder, WordsTicket};
use hx_isa::regmap::OmnibusRegister;
use hx_isa::regmap::coordinate::{SynapseQuadOnDLS, SynapseRowOnDLS, column_of_quad, entry_shift};
use hx_isa::regmap::register::SynapseLabelQuad;
use hxemu::setup::in_process;

const QUADS: usize = COLUMNS / 4;
const ROW: usize = 200;
const ROWS: usize = 3;
const MAILBOX_WORDS: usize = 16;

/// What the host finds after a program.
struct Found {
    exit_code: i32,
    mailbox: String,
    weights: Vec<Row>,
    labels: Vec<Row>,
}

fn row(hemisphere: Hemisphere, index: usize) -> SynapseRowOnDLS {
    SynapseRowOnDLS::new(hemisphere.index(), ROW + index).unwrap()
}

fn read_labels(builder: &mut ProgramBuilder, row: SynapseRowOnDLS) -> WordsTicket {
    let first = SynapseQuadOnDLS::from_enum(QUADS * row.to_enum()).unwrap();
    builder.read_words(SynapseLabelQuad::address(first.to_label_quad(), 0), QUADS as u32)
}

fn by_column(words: &[u32]) -> Row {
    let mut values = [0; COLUMNS];
    for (quad, word) in words.iter().enumerate() {
        (0..4).for_each(|entry| values[column_of_quad(quad, entry)] = (word >> entry_shift(entry)) as u8);
    }
    values
}

/// Runs a program with these weights and labels in three rows.
fn run(hemisphere: Hemisphere, image: &Image, weights: &[Row; ROWS], labels: &[Row; ROWS]) -> Found {
    let mut session = in_process(ChipConfig::ideal()).unwrap();
    let mut builder = ProgramBuilder::new();
    for index in 0..ROWS {
        write_weights(&mut builder, row(hemisphere, index), &weights[index]).unwrap();
        write_labels(&mut builder, row(hemisphere, index), &labels[index]).unwrap();
    }
    processor::start(&mut builder, hemisphere, image.words());
    builder.wait_until_processor_sleeps(hemisphere);
    let exit_code = builder.read_processor_word(hemisphere, EXIT_CODE_WORD);
    let mailbox = builder.read_processor_memory(hemisphere, MAILBOX_WORD, MAILBOX_WORDS);
    let weights: Vec<_> = (0..ROWS).map(|index| builder.read_weights(row(hemisphere, index))).collect();
    let labels: Vec<_> = (0..ROWS).map(|index| read_labels(&mut builder, row(hemisphere, index))).collect();
    let responses = session.run(builder).unwrap();
    let words = |ticket: &WordsTicket| -> Vec<u32> {
        ticket.answers(&responses).unwrap().iter().map(|answer| answer.value).collect()
    };
    Found {
        exit_code: responses.get(&exit_code).unwrap().value.cast_signed(),
        mailbox: mailbox_text(&words(&mailbox)),
        weights: weights.iter().map(|ticket| responses.get(ticket).unwrap()).collect(),
        labels: labels.iter().map(|ticket| by_column(&words(ticket))).collect(),
    }
}

/// Every value in some column, another one in each row.
fn rows(factor: usize) -> [Row; ROWS] {
    std::array::from_fn(|row| std::array::from_fn(|column| ((factor * column + 17 * row) % 64) as u8))
}

fn image(name: &str, hemisphere: Hemisphere, parameters: &[(&str, u32)]) -> Image {
    let mut image = Firmware::find(name).unwrap().build().unwrap();
    image.set_word("ppu", hemisphere.index() as u32).unwrap();
    for (symbol, value) in parameters {
        image.set_word(symbol, *value).unwrap();
    }
    image
}

#[test]
fn the_self_test_passes_on_both_processors() {
    for hemisphere in Hemisphere::ALL {
        let found = run(hemisphere, &image("selftest", hemisphere, &[]), &rows(1), &rows(3));
        assert_eq!((found.exit_code, found.mailbox.as_str()), (0, "self-test: 0 failed\n"));
        assert_eq!(found.weights, rows(1), "it leaves these rows alone");
    }
}

#[test]
fn weak_synapses_are_pruned() {
    let (weights, labels) = (rows(1), rows(3));
    for hemisphere in Hemisphere::ALL {
        let parameters = [
            ("first_row", ROW as u32),
            ("row_count", ROWS as u32),
            ("decay", 0),
            ("threshold", 10),
            ("pruned_label", 63),
        ];
        let found = run(hemisphere, &image("weight-decay", hemisphere, &parameters), &weights, &labels);
        assert_eq!(found.exit_code, 0);
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let (weight, label) = (weights[row][column], labels[row][column]);
                let expected = if weight < 10 { (0, 63) } else { (weight, label) };
                let got = (found.weights[row][column], found.labels[row][column]);
                assert_eq!(got, expected, "{hemisphere:?} row {row} column {column}: {weight} {label}");
            }
        }
    }
}

#[test]
fn decay_rounds_at_random_to_both_sides() {
    let weights = [[40; COLUMNS]; ROWS];
    let hemisphere = Hemisphere::Top;
    // Twice the weight, 80, loses 80 * 4/128 = 2.5: by chance 2, which leaves 39, or 3, which leaves 38.
    let parameters = [("first_row", ROW as u32), ("row_count", ROWS as u32), ("decay", 4), ("threshold", 0)];
    let found = run(hemisphere, &image("weight-decay", hemisphere, &parameters), &weights, &rows(3));
    let left = found.weights.as_flattened();
    assert!(left.iter().all(|weight| (38..=39).contains(weight)), "{left:?}");
    let mean = left.iter().map(|weight| f64::from(*weight)).sum::<f64>() / left.len() as f64;
    assert!((mean - 38.5).abs() < 0.1, "{mean}");
}

#[test]
fn silent_neurons_gain_weight() {
    let weights = rows(1);
    for hemisphere in Hemisphere::ALL {
        let parameters = [("first_row", ROW as u32), ("row_count", ROWS as u32), ("target", 5), ("step", 3)];
        let found = run(hemisphere, &image("homeostasis", hemisphere, &parameters), &weights, &rows(3));
        assert_eq!(found.exit_code, 0);
        let rule = Homeostasis { target: 5, step: 3 };
        for (got, old) in found.weights.iter().flatten().zip(weights.as_flattened()) {
            assert_eq!(*got, rule.update(*old, 0), "{old}");
        }
        assert!(found.weights.iter().flatten().all(|weight| *weight <= WEIGHT_MAX));
    }
}
