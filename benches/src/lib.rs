//! Workloads of hxemu under criterion. What is timed stands in `hxemu::bench`, one file per workload; the files here only
//! hand the passes to criterion, so that `cargo bench` and `hxemu bench` measure the same.

use criterion::Criterion;
use hxemu::bench::{Setting, find};
use hxemu::instance::Instance;

/// Times the passes of a workload of `hxemu bench`.
///
/// # Panics
/// When there is no such workload or it fails: then there is nothing to measure.
pub fn time(criterion: &mut Criterion, name: &str) {
    let setting = Setting { instance: Instance::default(), threads: rayon::current_num_threads() };
    let workload = find(name).unwrap_or_else(|| panic!("no workload `{name}`"));
    let mut pass = (workload.prepare)(&setting).unwrap_or_else(|error| panic!("{name}: {error}"));
    criterion.benchmark_group("hxemu").sample_size(10).bench_function(name, |bencher| {
        bencher.iter(|| pass.run().unwrap_or_else(|error| panic!("{name}: {error}")));
    });
}
