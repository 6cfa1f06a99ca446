//! The workload `yinyang-inference` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn yinyang_inference(criterion: &mut Criterion) {
    hx_benches::time(criterion, "yinyang-inference");
}

criterion_group!(benches, yinyang_inference);
criterion_main!(benches);
