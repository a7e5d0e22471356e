//! Sources that say the same: nothing is read into a type again, and yet everything that may have changed counts.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use crate::fixture::rollback;
use dlc_reload::{Builder, Invalid, Loader, Reloadable, Reloader, Trigger, Verdict, Watching};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// The number of values that were read, for the one test that counts.
static READ: AtomicUsize = AtomicUsize::new(0);

/// The result of validation.
static IS_WELL: AtomicUsize = AtomicUsize::new(1);

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(transparent)]
struct Counted(u32);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Ordering::Relaxed);
        u32::deserialize(deserializer).map(Self)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = is_well)]
struct Counting {
    #[reload(hot, live)]
    rate: Counted,
}

fn is_well(_: &Counting) -> Result<(), Invalid> {
    match IS_WELL.load(Ordering::Relaxed) {
        0 => Err(Invalid::new().at("rate", "the world is ill")),
        _ => Ok(()),
    }
}

fn reload<C: Reloadable>(reloader: &Reloader<C>) -> Verdict {
    reloader.reload(Trigger::api("a test")).wait().unwrap().verdict()
}

#[test]
fn the_same_bytes_are_validated_and_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    fs::write(&path, "rate: 1").unwrap();
    let boot = Loader::<Counting>::new().file(&path).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let read = READ.load(Ordering::Relaxed);
    assert_eq!(reload(&reloader), Verdict::Unchanged);
    // Validation may ask the world.
    IS_WELL.store(0, Ordering::Relaxed);
    assert_eq!(reload(&reloader), Verdict::Rejected);
    IS_WELL.store(1, Ordering::Relaxed);
    assert_eq!(reload(&reloader), Verdict::Unchanged);
    assert_eq!(reloader.plan().wait().unwrap().changes.len(), 0);
    assert_eq!(READ.load(Ordering::Relaxed), read, "nothing was read into the type again");
    fs::write(&path, "rate: 2").unwrap();
    assert_eq!(reload(&reloader), Verdict::Applied);
    assert!(READ.load(Ordering::Relaxed) > read);
    assert_eq!(reloader.handle().load().rate, Counted(2));
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[reload(hot, live)]
    limit: u32,
}

fn start(folder: &std::path::Path) -> Reloader<Config> {
    let boot = Loader::<Config>::new().directory(folder).load().unwrap();
    let builder: Builder<Config, _> = boot.reloader();
    builder.watch(Watching::Off).start().unwrap()
}

#[test]
fn the_places_follow_though_the_texts_stay() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("10.yaml"), "rate: 1").unwrap();
    fs::write(file("20.yaml"), "\nlimit: 2").unwrap();
    let reloader = start(folder.path());
    let places = || {
        let origins = reloader.origins();
        let short = |text: String| text.rsplit('/').next().unwrap().to_owned();
        origins
            .iter()
            .map(|(key, origin)| format!("{key} {}", short(origin.to_string())))
            .collect::<Vec<_>>()
    };
    assert_eq!(places(), ["rate 10.yaml:1:7", "limit 20.yaml:2:8"]);
    // The same text under another name.
    fs::rename(file("20.yaml"), file("30.yaml")).unwrap();
    assert_eq!(reload(&reloader), Verdict::Unchanged);
    assert_eq!(places(), ["rate 10.yaml:1:7", "limit 30.yaml:2:8"]);
    // Another file before both.
    fs::write(file("00.yaml"), "{}").unwrap();
    assert_eq!(reload(&reloader), Verdict::Unchanged);
    assert_eq!(places(), ["rate 10.yaml:1:7", "limit 30.yaml:2:8"]);
    // Two files that change their texts.
    fs::write(file("10.yaml"), "\nlimit: 2").unwrap();
    fs::write(file("30.yaml"), "rate: 1").unwrap();
    assert_eq!(reload(&reloader), Verdict::Unchanged);
    assert_eq!(places(), ["rate 30.yaml:1:7", "limit 10.yaml:2:8"]);
    fs::remove_file(file("10.yaml")).unwrap();
    assert_eq!(reload(&reloader), Verdict::Applied);
    assert_eq!(places(), ["rate 30.yaml:1:7", "limit default"]);
}

#[test]
fn a_generation_has_the_words_of_then_where_they_differ() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("10.yaml");
    fs::write(&file, "rate: 1\nlimit: 7").unwrap();
    let reloader = start(folder.path());
    fs::write(&file, "# a line more\nrate: 2\nlimit: 7").unwrap();
    assert_eq!(reload(&reloader), Verdict::Applied);
    fs::write(&file, "# a line more\nlimit: 7").unwrap();
    assert_eq!(reload(&reloader), Verdict::Applied);
    let origins = |generation: u64| {
        let report = reloader.rollback_to(generation, rollback()).wait().unwrap();
        assert_eq!(report.verdict(), Verdict::Applied);
        let snapshot = reloader.handle().get();
        let place =
            |key: &str| snapshot.origin(key).to_string().rsplit('/').next().unwrap().to_owned();
        (snapshot.rate, place("rate"), place("limit"))
    };
    let expected = |rate, text: &str, limit: &str| (rate, text.to_owned(), limit.to_owned());
    assert_eq!(
        origins(1),
        expected(1, "10.yaml:1:7 as of generation 1", "10.yaml:2:8 as of generation 3")
    );
    assert_eq!(
        origins(2),
        expected(2, "10.yaml:2:7 as of generation 2", "10.yaml:2:8 as of generation 3")
    );
    assert_eq!(origins(3), expected(0, "default", "10.yaml:2:8 as of generation 3"));
}

#[test]
fn a_reader_sees_every_generation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("10.yaml");
    fs::write(&file, "{rate: 0, limit: 0}").unwrap();
    let reloader = start(folder.path());
    let mut reader = reloader.handle().reader();
    let mut other = reader.clone();
    std::thread::scope(|scope| {
        let handle = reloader.handle();
        scope.spawn(move || {
            let mut last = 0;
            while last < 20 {
                let config = other.load();
                assert_eq!(config.rate, config.limit, "one generation");
                assert!(config.rate >= last, "never an older one");
                last = config.rate;
                assert!(other.snapshot().generation() <= handle.get().generation());
            }
        });
        for rate in 1..=20 {
            fs::write(&file, format!("{{rate: {rate}, limit: {rate}}}")).unwrap();
            assert_eq!(reload(&reloader), Verdict::Applied);
            assert_eq!(reader.load().rate, rate);
        }
    });
}
