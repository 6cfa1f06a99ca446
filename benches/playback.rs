//! The workload `playback` of `hxemu bench` under criterion.

use criterion::{Criterion, criterion_group, criterion_main};

fn playback(criterion: &mut Criterion) {
    hx_benches::time(criterion, "playback");
}

criterion_group!(benches, playback);
criterion_main!(benches);
