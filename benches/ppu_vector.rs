//! The workload `ppu-vector` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn ppu_vector(criterion: &mut Criterion) {
    hx_benches::time(criterion, "ppu-vector");
}

criterion_group!(benches, ppu_vector);
criterion_main!(benches);
