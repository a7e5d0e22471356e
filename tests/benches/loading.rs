//! What loading, merging and typing a large file costs, beside the libraries that people use, and
//! how it grows; measured in one run.
//!
//! `cargo bench -p dlc-reload-tests --features compare --bench loading`

use std::{collections::BTreeMap, fmt::Write, hint::black_box, path::PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dlc_reload::{Limits, Loader, Reloadable};
use figment::providers::{Format as _, Yaml};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keys of one service.
const KEYS: usize = 5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Service {
    host: String,
    port: u16,
    weight: f64,
    enabled: bool,
    motd: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(restart)]
    services: BTreeMap<String, Service>,
}

/// A file of so many keys, and one that overrides a few of them.
struct Files {
    _dir: tempfile::TempDir,
    large: PathBuf,
    small: PathBuf,
    text: String,
}

fn files(keys: usize) -> Files {
    let mut text = String::from("services:\n");
    for at in 0..keys.div_ceil(KEYS) {
        _ = write!(
            text,
            "  service-{at}:\n    host: host-{at}.example.com\n    port: {}\n    weight: {}.5\n    enabled: true\n    motd: \"welcome to service {at}\"\n",
            1024 + at % 60_000,
            at % 100,
        );
    }
    let dir = tempfile::tempdir().expect("a directory");
    let (large, small) = (dir.path().join("large.yaml"), dir.path().join("small.yaml"));
    std::fs::write(&large, &text).expect("a file");
    std::fs::write(
        &small,
        "services:\n  service-0:\n    port: 1\n  service-1:\n    enabled: false\n",
    )
    .expect("a file");
    Files { _dir: dir, large, small, text }
}

fn ours(files: &Files) -> Config {
    let limits = Limits::default().with_bytes(1 << 30);
    Loader::<Config>::new()
        .file(&files.large)
        .file(&files.small)
        .limits(limits)
        .load()
        .map(|boot| (*boot).clone())
        .expect("a valid configuration")
}

fn with_figment(files: &Files) -> Config {
    figment::Figment::new()
        .merge(Yaml::file(&files.large))
        .merge(Yaml::file(&files.small))
        .extract()
        .expect("a valid configuration")
}

fn with_config(files: &Files) -> Config {
    config::Config::builder()
        .add_source(config::File::from(files.large.as_path()))
        .add_source(config::File::from(files.small.as_path()))
        .build()
        .and_then(config::Config::try_deserialize)
        .expect("a valid configuration")
}

/// The parser alone: one file, nothing merged, no origins kept.
fn with_saphyr(files: &Files) -> Config {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 10_000_000, max_events: 100_000_000 },
    };
    serde_saphyr::from_str_with_options(&files.text, options).expect("a valid configuration")
}

fn compare(c: &mut Criterion) {
    let files = files(10_000);
    assert_eq!(ours(&files).services, with_figment(&files).services);
    assert_eq!(ours(&files).services, with_config(&files).services);
    let mut group = c.benchmark_group("10 000 keys");
    group.sample_size(30);
    group.bench_function("dlc-reload", |b| b.iter(|| black_box(ours(&files))));
    group.bench_function("figment", |b| b.iter(|| black_box(with_figment(&files))));
    group.bench_function("config-rs", |b| b.iter(|| black_box(with_config(&files))));
    group.bench_function("serde-saphyr, typed", |b| b.iter(|| black_box(with_saphyr(&files))));
    group.finish();
}

fn growth(c: &mut Criterion) {
    let mut group = c.benchmark_group("growth");
    group.sample_size(10);
    for keys in [10, 100, 1_000, 10_000, 100_000] {
        let files = files(keys);
        group.throughput(Throughput::Elements(keys as u64));
        group.bench_with_input(BenchmarkId::from_parameter(keys), &files, |b, files| {
            b.iter(|| black_box(ours(files)));
        });
    }
    group.finish();
}

criterion_group!(benches, compare, growth);
criterion_main!(benches);
