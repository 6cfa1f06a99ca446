//! The Yin-Yang data set (Kriener et al., NICE 2022, arXiv 2102.08211), equal bit for bit to the authors' generator
//! (lkriener/yin_yang_data_set: dataset.py): points of a disc that belong to the yin, the yang or one of the two dots.

use super::DataSet;
use super::mt19937::Mt19937;
use serde::{Deserialize, Serialize};

/// Radius of the disc around (0.5, 0.5).
pub const R_BIG: f64 = 0.5;
/// Radius of the two dots.
pub const R_SMALL: f64 = 0.1;
/// Names of the classes 0, 1, 2 as the data set's authors list them.
pub const CLASS_NAMES: [&str; 3] = ["yin", "yang", "dot"];

/// The three published parts of the data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// 5000 samples, seed 42.
    Train,
    /// 1000 samples, seed 41.
    Validation,
    /// 1000 samples, seed 40.
    Test,
}

impl Split {
    /// Number of samples.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Train => 5000,
            Self::Validation | Self::Test => 1000,
        }
    }

    /// Seed of the generator.
    #[must_use]
    pub const fn seed(self) -> u32 {
        match self {
            Self::Train => 42,
            Self::Validation => 41,
            Self::Test => 40,
        }
    }

    /// The samples.
    #[must_use]
    pub fn load(self) -> DataSet {
        generate(self.size(), self.seed())
    }
}

fn distance(x: f64, y: f64, centre_x: f64) -> f64 {
    let (dx, dy) = (x - centre_x, y - R_BIG);
    (dx * dx + dy * dy).sqrt()
}

/// True inside the disc.
#[must_use]
pub fn inside(x: f64, y: f64) -> bool {
    distance(x, y, R_BIG) <= R_BIG
}

/// Class of a point of the disc.
#[must_use]
pub fn classify(x: f64, y: f64) -> u8 {
    let right = distance(x, y, 1.5 * R_BIG);
    let left = distance(x, y, 0.5 * R_BIG);
    if right < R_SMALL || left < R_SMALL {
        return 2;
    }
    let is_yin =
        right <= R_SMALL || (left > R_SMALL && left <= 0.5 * R_BIG) || (y > R_BIG && right > 0.5 * R_BIG);
    u8::from(is_yin)
}

fn draw(generator: &mut Mt19937, goal: u8) -> (f64, f64) {
    loop {
        let x = generator.uniform() * 2.0 * R_BIG;
        let y = generator.uniform() * 2.0 * R_BIG;
        if inside(x, y) && classify(x, y) == goal {
            return (x, y);
        }
    }
}

/// `count` samples with the features (x, y, 1 - x, 1 - y).
#[must_use]
pub fn generate(count: usize, seed: u32) -> DataSet {
    let mut generator = Mt19937::new(seed);
    let mut set = DataSet { features: 4, classes: 3, ..DataSet::default() };
    for _ in 0..count {
        let goal = generator.below(3) as u8;
        let (x, y) = draw(&mut generator, goal);
        set.values.extend_from_slice(&[x, y, 1.0 - x, 1.0 - y]);
        set.labels.push(goal);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fact {
        split: Split,
        counts: [usize; 3],
        first: [(f64, f64, u8); 3],
        sum: (f64, f64),
    }

    // Evaluated with the authors' generator.
    const FACTS: [Fact; 3] = [
        Fact {
            split: Split::Train,
            counts: [1681, 1702, 1617],
            first: [
                (0.680307538588, 0.450499251970, 2),
                (0.097672114006, 0.684233026512, 1),
                (0.755361410318, 0.425155874491, 2),
            ],
            sum: (2528.32245657, 2505.76686175),
        },
        Fact {
            split: Split::Validation,
            counts: [316, 336, 348],
            first: [
                (0.680572726176, 0.320973393893, 0),
                (0.668515717260, 0.917447848871, 1),
                (0.801977890225, 0.179028729223, 0),
            ],
            sum: (496.40889649, 493.64854667),
        },
        Fact {
            split: Split::Test,
            counts: [350, 316, 334],
            first: [
                (0.234096645596, 0.401724975183, 2),
                (0.751329021957, 0.468242519268, 2),
                (0.138325307188, 0.570953971325, 1),
            ],
            sum: (498.25698935, 488.78023568),
        },
    ];

    #[test]
    fn class_counts_are_the_published_ones() {
        for fact in FACTS {
            let set = fact.split.load();
            for (class, &count) in fact.counts.iter().enumerate() {
                let found = set.labels.iter().filter(|&&l| usize::from(l) == class).count();
                assert_eq!(found, count, "{:?} class {class}", fact.split);
            }
        }
    }

    #[test]
    fn first_samples_are_the_published_ones() {
        for fact in FACTS {
            let set = fact.split.load();
            for (i, (x, y, class)) in fact.first.into_iter().enumerate() {
                let sample = set.sample(i);
                assert!(
                    (sample[0] - x).abs() < 1e-12 && (sample[1] - y).abs() < 1e-12,
                    "{:?} {i}",
                    fact.split
                );
                assert_eq!(sample[2], 1.0 - sample[0]);
                assert_eq!(sample[3], 1.0 - sample[1]);
                assert_eq!(set.labels[i], class);
            }
        }
    }

    #[test]
    fn sums_are_the_published_ones() {
        for fact in FACTS {
            let set = fact.split.load();
            let sum = |feature: usize| (0..set.len()).map(|i| set.sample(i)[feature]).sum::<f64>();
            assert!((sum(0) - fact.sum.0).abs() < 1e-7, "{:?} x {}", fact.split, sum(0));
            assert!((sum(1) - fact.sum.1).abs() < 1e-7, "{:?} y {}", fact.split, sum(1));
        }
    }

    #[test]
    fn classes_of_chosen_points() {
        assert_eq!(classify(0.25, 0.5), 2);
        assert_eq!(classify(0.75, 0.55), 2);
        assert_eq!(classify(0.25, 0.65), 1);
        assert_eq!(classify(0.75, 0.35), 0);
        assert_eq!(classify(0.5, 0.9), 1);
        assert_eq!(classify(0.5, 0.1), 0);
        assert!(!inside(0.05, 0.05));
    }

    #[test]
    fn every_sample_lies_in_the_disc_and_has_the_class_of_its_place() {
        let set = generate(2000, 1);
        for i in 0..set.len() {
            let s = set.sample(i);
            assert!(inside(s[0], s[1]));
            assert_eq!(classify(s[0], s[1]), set.labels[i]);
        }
    }
}
