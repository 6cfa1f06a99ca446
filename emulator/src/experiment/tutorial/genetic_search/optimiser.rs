//! A genetic search over pairs of whole numbers: tournament selection, crossover of one gene, uniform mutation, and the best
//! individual kept unchanged.

use hx_learn::data::mt19937::Mt19937;
use serde::{Deserialize, Serialize};

/// Largest value of a gene.
pub const LARGEST_GENE: u16 = 1022;

/// Genes of an individual.
pub type Genes = [u16; 2];

/// How generations follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evolution {
    /// Individuals of a generation.
    pub population: usize,
    /// Individuals of a tournament, of which the fittest is selected.
    pub tournament: usize,
    /// Probability that a pair exchanges a gene.
    pub crossover: f64,
    /// Probability that an individual is mutated.
    pub mutation: f64,
    /// Probability that a gene of a mutated individual is drawn anew.
    pub gene_mutation: f64,
}

impl Default for Evolution {
    fn default() -> Evolution {
        Evolution { population: 12, tournament: 2, crossover: 0.3, mutation: 0.2, gene_mutation: 0.5 }
    }
}

/// An individual and how far it is from the goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Individual {
    /// Its genes.
    pub genes: Genes,
    /// Distance from the goal; nothing as long as it was not measured.
    pub distance: Option<f64>,
}

impl Individual {
    fn new(genes: Genes) -> Individual {
        Individual { genes, distance: None }
    }

    fn order(&self) -> f64 {
        self.distance.unwrap_or(f64::INFINITY)
    }
}

/// The fittest of a generation.
#[must_use]
pub fn best(generation: &[Individual]) -> Option<&Individual> {
    generation.iter().min_by(|a, b| a.order().total_cmp(&b.order()))
}

impl Evolution {
    /// Individuals with random genes.
    #[must_use]
    pub fn first(&self, generator: &mut Mt19937) -> Vec<Individual> {
        (0..self.population).map(|_| Individual::new([gene(generator), gene(generator)])).collect()
    }

    /// The next generation of one that was measured. Individuals that did not change keep what was measured.
    #[must_use]
    pub fn next(&self, generation: &[Individual], generator: &mut Mt19937) -> Vec<Individual> {
        let mut next: Vec<Individual> =
            (0..self.population).map(|_| self.selected(generation, generator)).collect();
        for pair in next.chunks_mut(2) {
            if let [one, other] = pair
                && generator.uniform() < self.crossover
            {
                let [first, second] = [one.genes, other.genes];
                *one = Individual::new([first[0], second[1]]);
                *other = Individual::new([second[0], first[1]]);
            }
        }
        for individual in &mut next {
            if generator.uniform() < self.mutation {
                let drawn = individual
                    .genes
                    .map(|old| if generator.uniform() < self.gene_mutation { gene(generator) } else { old });
                if drawn != individual.genes {
                    *individual = Individual::new(drawn);
                }
            }
        }
        if let (Some(best), Some(first)) = (best(generation), next.first_mut()) {
            *first = *best;
        }
        next
    }

    fn selected(&self, generation: &[Individual], generator: &mut Mt19937) -> Individual {
        let mut drawn = (0..self.tournament.max(1))
            .map(|_| generation[generator.below(generation.len() as u32) as usize]);
        let first = drawn.next().unwrap_or(generation[0]);
        drawn.fold(first, |fittest, other| if other.order() < fittest.order() { other } else { fittest })
    }
}

fn gene(generator: &mut Mt19937) -> u16 {
    generator.below(u32::from(LARGEST_GENE) + 1) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_come_near_a_goal_and_never_lose_their_best() {
        let evolution = Evolution::default();
        let mut generator = Mt19937::new(1);
        let mut generation = evolution.first(&mut generator);
        let (mut last, mut measured) = (f64::INFINITY, 0);
        for _ in 0..20 {
            for individual in &mut generation {
                measured += usize::from(individual.distance.is_none());
                let [a, b] = individual.genes.map(f64::from);
                individual.distance.get_or_insert((a - 700.0).abs() + (b - 200.0).abs());
            }
            let nearest = best(&generation).unwrap().order();
            assert!(nearest <= last);
            last = nearest;
            generation = evolution.next(&generation, &mut generator);
            assert_eq!(generation.len(), evolution.population);
            assert!(
                generation.iter().flat_map(|individual| individual.genes).all(|gene| gene <= LARGEST_GENE)
            );
        }
        assert!(last < 300.0, "{last}");
        assert!(
            measured < 20 * evolution.population / 2,
            "{measured} measured: unchanged ones keep their distance"
        );
    }
}
