//! The workload `lif-array` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn lif_array(criterion: &mut Criterion) {
    hx_benches::time(criterion, "lif-array");
}

criterion_group!(benches, lif_array);
criterion_main!(benches);
