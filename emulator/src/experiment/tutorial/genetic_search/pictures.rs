//! The search over its generations, the individuals it tried, and the potentials along the chain.

use super::Repeated;
use super::optimiser::{Genes, Individual, LARGEST_GENE, best};
use crate::experiment::tutorial::lab::fit;
use crate::plot::colour::{ColourScale, INK, series};
use crate::plot::curves::{CurvePanel, Curves, Series, curves};
use crate::plot::panel::{Axis, Panel, TITLE_HEIGHT, legend, title};
use crate::plot::svg::{Area, Stroke, Svg};

/// Distance of the best and of the mean, generation by generation.
pub fn search(generations: &[Vec<Individual>], goal: &Repeated, remark: String) -> String {
    let distances = |generation: &Vec<Individual>| -> Vec<f64> {
        generation.iter().filter_map(|individual| individual.distance).collect()
    };
    let line = |name: &str, value: &dyn Fn(&Vec<Individual>) -> f64| Series {
        name: name.into(),
        points: generations.iter().enumerate().map(|(index, one)| (index as f64, value(one))).collect(),
    };
    let nearest =
        |generation: &Vec<Individual>| best(generation).and_then(|best| best.distance).unwrap_or(f64::NAN);
    curves(&Curves {
        title: "Genetic search: distance from the wanted length constant".into(),
        remark,
        x_label: "generation".into(),
        panels: vec![CurvePanel {
            label: "distance / compartments".into(),
            range: None,
            level: Some((goal.deviation, "trial to trial".into())),
            series: vec![
                line("mean", &|generation| fit::mean_and_spread(&distances(generation)).0),
                line("best", &nearest),
            ],
        }],
    })
}

/// All individuals in the plane of the two codes, bright where late.
pub fn individuals(generations: &[Vec<Individual>], goal: Genes, found: Genes, remark: String) -> String {
    const SIDE: f64 = 420.0;
    let mut svg = Svg::new(SIDE + 140.0, TITLE_HEIGHT + SIDE + 90.0);
    title(&mut svg, 24.0, "Genetic search: what was tried", &remark);
    let area = Area { x: 84.0, y: TITLE_HEIGHT + 34.0, width: SIDE, height: SIDE };
    let range = (0.0, f64::from(LARGEST_GENE));
    let (x, y) = (Axis::new("leak code", range), Axis::new("coupling code", range));
    let panel = Panel::draw(&mut svg, area, &x, &y);
    let scale = ColourScale::Sequential { lo: 0.0, hi: generations.len().max(2) as f64 - 1.0 };
    for (index, individual) in
        generations.iter().enumerate().flat_map(|(index, one)| one.iter().map(move |i| (index, i)))
    {
        let at = panel.map((individual.genes[0].into(), individual.genes[1].into()));
        svg.disc(at, 4.0, scale.colour(index as f64), None);
    }
    for (genes, colour) in [(goal, INK), (found, series(1))] {
        let at = panel.map((genes[0].into(), genes[1].into()));
        svg.disc(at, 5.0, colour, Some(Stroke::solid(colour, 2.0)));
    }
    let (early, late) = (scale.colour(0.0), scale.colour(scale.range().1));
    let names = [("first generation", early), ("last", late), ("goal", INK), ("found", series(1))];
    legend(&mut svg, area.right(), area.y - 8.0, &names);
    svg.finish()
}

/// Heights along the chain.
pub fn attenuation(goal: &Repeated, result: &Repeated, remark: String) -> String {
    let line = |name: &str, repeated: &Repeated| Series {
        name: name.into(),
        points: repeated
            .heights
            .iter()
            .enumerate()
            .map(|(index, share)| ((index + 1) as f64, *share))
            .collect(),
    };
    curves(&Curves {
        title: "A potential along the chain".into(),
        remark: format!("length constant {:.2} wanted, {:.2} found · {remark}", goal.mean, result.mean),
        x_label: "compartment".into(),
        panels: vec![CurvePanel {
            label: "height, of the first".into(),
            range: Some((0.0, 1.05)),
            level: None,
            series: vec![line("goal", goal), line("found", result)],
        }],
    })
}
