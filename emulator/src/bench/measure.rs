//! Timing of a workload by the wall clock: a pass to warm up, then passes for as long as asked, of which the median counts.

use super::{Peer, Setting, Workload};
use crate::experiment::ExperimentError;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Fewest passes a median is taken of.
const LEAST_PASSES: usize = 3;

/// What `hxemu bench --json` prints of a workload; the keys are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// Name of the workload.
    pub name: &'static str,
    /// Unit of `value`, `goal` and `floor`.
    pub unit: &'static str,
    /// Work per second of wall clock, the median over the passes.
    pub value: f64,
    /// Threads used.
    pub threads: usize,
    /// Wall clock of the passes, s.
    pub wall_s: f64,
    /// Chip time of the passes, s.
    pub chip_time_s: f64,
    /// What was measured.
    pub detail: &'static str,
    /// Passes that were timed.
    pub passes: usize,
    /// What is aimed at on two cores.
    pub goal: f64,
    /// Below this something is broken.
    pub floor: f64,
    /// What another program does in the same run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// Our figure over the peer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}

/// Prepares and times a workload for about `least`.
///
/// # Errors
/// Those of the workload.
pub fn measure(
    workload: &Workload,
    setting: &Setting,
    least: Duration,
) -> Result<Measurement, ExperimentError> {
    let mut pass = (workload.prepare)(setting)?;
    pass.run()?;
    let mut rates = Vec::new();
    let (mut wall, mut chip_ps) = (Duration::ZERO, 0);
    while wall < least || rates.len() < LEAST_PASSES {
        let started = Instant::now();
        let work = pass.run()?;
        let taken = started.elapsed();
        rates.push(work.amount / taken.as_secs_f64().max(1e-9));
        chip_ps += work.chip_time.0;
        wall += taken;
    }
    rates.sort_by(f64::total_cmp);
    let Workload { name, unit, detail, goal, floor, .. } = *workload;
    let (value, passes) = (rates[rates.len() / 2], rates.len());
    let threads = if workload.parallel { setting.threads } else { 1 };
    let (wall_s, chip_time_s) = (wall.as_secs_f64(), chip_ps as f64 * 1e-12);
    let peer = workload.peer.and_then(|peer| peer());
    let ratio = peer.map(|peer| value / peer.value);
    Ok(Measurement {
        name,
        unit,
        value,
        threads,
        wall_s,
        chip_time_s,
        detail,
        passes,
        goal,
        floor,
        peer,
        ratio,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Pass, Work};
    use super::*;
    use crate::instance::Instance;
    use hx_chip::time::Time;

    struct Sleep;

    impl Pass for Sleep {
        fn run(&mut self) -> Result<Work, ExperimentError> {
            std::thread::sleep(Duration::from_millis(2));
            Ok(Work { amount: 2.0, chip_time: Time::from_us(10) })
        }
    }

    #[test]
    fn rates_are_work_per_second() {
        let prepare = |_: &Setting| Ok(Box::new(Sleep) as Box<dyn Pass>);
        let workload = Workload {
            name: "sleep",
            unit: "naps/s",
            detail: "",
            parallel: true,
            goal: 1.0,
            floor: 1.0,
            prepare,
            peer: None,
        };
        let setting = Setting { instance: Instance::default(), threads: 1 };
        let measured = measure(&workload, &setting, Duration::ZERO).unwrap();
        assert_eq!(measured.passes, LEAST_PASSES);
        assert!(0.0 < measured.value && measured.value <= 1000.0, "{}", measured.value);
        assert!((measured.chip_time_s - 30e-6).abs() < 1e-12, "{}", measured.chip_time_s);
    }
}
