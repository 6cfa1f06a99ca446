//! The workload `yinyang-training` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn yinyang_training(criterion: &mut Criterion) {
    hx_benches::time(criterion, "yinyang-training");
}

criterion_group!(benches, yinyang_training);
criterion_main!(benches);
