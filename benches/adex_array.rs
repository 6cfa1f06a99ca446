//! The workload `adex-array` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn adex_array(criterion: &mut Criterion) {
    hx_benches::time(criterion, "adex-array");
}

criterion_group!(benches, adex_array);
criterion_main!(benches);
