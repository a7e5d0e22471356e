//! What reading costs, beside the primitives underneath, measured in one run.
//!
//! `cargo bench -p dlc-reload-tests --bench reads`

use std::hint::black_box;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::{ArcSwap, Cache};
use criterion::{Criterion, criterion_group, criterion_main};
use dlc_reload::{Loader, Reloadable};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    limit: u64,
    #[reload(hot, live)]
    motd: String,
}

fn reads(c: &mut Criterion) {
    let boot = Loader::<Config>::new()
        .text(dlc_reload::Format::Yaml, "limit: 7\nmotd: hi\n")
        .load()
        .expect("a valid text");
    let handle = boot.handle();
    let watch = handle.watch(Config::fields().limit());
    let motd = handle.watch(Config::fields().motd());
    let swap = Arc::new(ArcSwap::from_pointee((7_u64, String::from("hi"))));
    let mut reader = handle.reader();
    let mut cache = Cache::new(Arc::clone(&swap));
    let shared = Arc::new(AtomicU64::new(7));

    let mut group = c.benchmark_group("reads");
    group.bench_function("ArcSwap::load", |b| b.iter(|| black_box(&swap).load().0));
    group.bench_function("Handle::load", |b| b.iter(|| black_box(&handle).load().limit));
    group.bench_function("ArcSwap::load_full", |b| b.iter(|| black_box(&swap).load_full().0));
    group.bench_function("Handle::get", |b| b.iter(|| black_box(&handle).get().limit));
    group.bench_function("Cache::load", |b| b.iter(|| black_box(&mut cache).load().0));
    group.bench_function("Reader::load", |b| b.iter(|| black_box(&mut reader).load().limit));
    group.bench_function("AtomicU64::load relaxed", |b| {
        b.iter(|| black_box(&shared).load(Ordering::Relaxed))
    });
    group.bench_function("Watch::get", |b| b.iter(|| black_box(&watch).get()));
    group.bench_function("Watch::with", |b| b.iter(|| black_box(&motd).with(String::len)));
    group.finish();
}

criterion_group!(benches, reads);
criterion_main!(benches);
