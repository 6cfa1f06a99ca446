//! The workload `ppu-scalar` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn ppu_scalar(criterion: &mut Criterion) {
    hx_benches::time(criterion, "ppu-scalar");
}

criterion_group!(benches, ppu_scalar);
criterion_main!(benches);
