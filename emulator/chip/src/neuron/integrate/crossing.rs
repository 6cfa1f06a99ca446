//! When a comparator flips within a step: the ends, the interior maximum of the cubic through them (a spike may graze its
//! threshold), and then steps of other lengths from the same beginning until the instant is found.

use super::{Dynamics, Point, Stage, Workspace};

/// Tries to narrow down one instant; Newton's method needs two or three, bisection ends within this.
const TRIES: usize = 60;
/// A cubic whose maximum stays further below zero than this share of its own height over the ends does not hide a flip.
const GRAZING: f64 = 0.05;

/// A comparator that flips within a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flip {
    pub comparator: usize,
    /// Time since the beginning of the step.
    pub after: f64,
}

/// The first flip within the step that `work` has just made from `state`. If there is one, the step in `work` ends there.
pub(super) fn find_flip(
    dynamics: &mut impl Dynamics,
    state: &[f64],
    span: f64,
    work: &mut Workspace,
) -> Option<Flip> {
    let mut first: Option<Flip> = None;
    let mut disturbed = false;
    for comparator in 0..dynamics.comparators() {
        let start = dynamics.distance(comparator, Stage::Start, state, &work.first);
        if start.value >= 0.0 || start.value == f64::NEG_INFINITY {
            continue;
        }
        if disturbed {
            work.step(dynamics, state, span);
            disturbed = false;
        }
        let end = dynamics.distance(comparator, Stage::End, &work.next, &work.last);
        let mut search = Search { comparator, start, state, resolution: dynamics.resolution() };
        let reached = if end.value >= 0.0 {
            Some((span, end))
        } else if start.slope > 0.0 && end.slope < 0.0 {
            disturbed = true;
            search.maximum(dynamics, work, span, end)
        } else {
            None
        };
        let Some(reached) = reached else { continue };
        disturbed = true;
        let after = search.root(dynamics, work, reached);
        if first.is_none_or(|flip| after < flip.after) {
            first = Some(Flip { comparator, after });
        }
    }
    match (first, disturbed) {
        (Some(flip), _) => work.step(dynamics, state, flip.after),
        (None, true) => work.step(dynamics, state, span),
        (None, false) => {}
    }
    first
}

/// The search for one comparator's flip.
struct Search<'a> {
    comparator: usize,
    start: Point,
    state: &'a [f64],
    resolution: f64,
}

impl Search<'_> {
    /// Distance after a step of this length.
    fn at(&self, dynamics: &mut impl Dynamics, work: &mut Workspace, span: f64) -> Point {
        work.step(dynamics, self.state, span);
        dynamics.distance(self.comparator, Stage::End, &work.next, &work.last)
    }

    /// An instant at which the distance is not negative, if its maximum within the step is so high.
    fn maximum(
        &mut self,
        dynamics: &mut impl Dynamics,
        work: &mut Workspace,
        span: f64,
        end: Point,
    ) -> Option<(f64, Point)> {
        let top = cubic_maximum(span, self.start, end);
        let height = cubic(span, self.start, end, top);
        let rise = (height - self.start.value).max(height - end.value);
        if height < -GRAZING * rise {
            return None;
        }
        let (mut low, mut high) = ((0.0, self.start), (span, end));
        let mut try_at = top;
        for _ in 0..8 {
            let point = self.at(dynamics, work, try_at);
            if point.value >= 0.0 {
                return Some((try_at, point));
            }
            if point.slope > 0.0 {
                low = (try_at, point);
            } else {
                high = (try_at, point);
            }
            let width = high.0 - low.0;
            // How much higher it can get between the two: no more than the tangents say.
            if width < self.resolution || point.value + 0.5 * width * point.slope.abs() < -1e-3 * rise {
                return None;
            }
            try_at = low.0 + cubic_maximum(width, low.1, high.1);
        }
        None
    }

    /// The first instant at which the distance is zero, between the beginning and an instant where it is not negative.
    fn root(&self, dynamics: &mut impl Dynamics, work: &mut Workspace, end: (f64, Point)) -> f64 {
        let (mut low, mut high) = (0.0, end.0);
        let mut at = cubic_root(end.0, self.start, end.1);
        for _ in 0..TRIES {
            let point = self.at(dynamics, work, at);
            if point.value >= 0.0 {
                high = at;
            } else {
                low = at;
            }
            let change = point.value / point.slope;
            if change.abs() < self.resolution || high - low < self.resolution {
                // The last correction is free: the error after it is far below the resolution.
                return (at - change).clamp(low, high);
            }
            let newton = at - change;
            at = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        }
        high
    }
}

/// The cubic through two points with their slopes, at `t` in 0..span.
fn cubic(span: f64, start: Point, end: Point, t: f64) -> f64 {
    let s = t / span;
    let (rest, rise) = (1.0 - s, end.value - start.value);
    let a = start.slope * span - rise;
    let b = rise - end.slope * span;
    rest * start.value + s * end.value + s * rest * (a * rest + b * s)
}

/// Where it has its maximum; the slopes are positive and negative in turn.
fn cubic_maximum(span: f64, start: Point, end: Point) -> f64 {
    let (d0, d1) = (start.slope, end.slope);
    let secant = (end.value - start.value) / span;
    let a = (d0 + d1 - 2.0 * secant) / (span * span);
    let b = (3.0 * secant - 2.0 * d0 - d1) / span;
    let discriminant = (b * b - 3.0 * a * d0).max(0.0).sqrt();
    // The root of the quadratic at which the slope falls, in the form that does not cancel.
    let t = d0 / (discriminant - b);
    if t > 0.0 && t < span { t } else { span * d0 / (d0 - d1) }
}

/// Where it first is zero, between a negative beginning and an end that is not.
fn cubic_root(span: f64, start: Point, end: Point) -> f64 {
    let (mut low, mut high) = (0.0, span);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if cubic(span, start, end, middle) >= 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
