//! Loading and reloading of typed configurations of several shapes, beside other libraries and the parsers alone.
//!
//! `cargo bench -p dlc-reload-tests --features compare --bench typed`; with `-- 1000 json` only what has these words.
//!
//! All sides of a row run in turn in one process, and each figure is the median of its runs. A ratio beyond its goal is
//! marked, and counted in the last line.

mod documents;
mod types;

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dlc_reload::{Boot, Format, Limits, Loader, Reloadable, Reloader, Trigger, Verdict, Watching};
use figment::providers::Format as _;
use serde::de::DeserializeOwned;

use self::documents::{Shape, document, render};

/// The time that each side of a row gets.
const TIME: Duration = Duration::from_millis(400);

/// The least number of runs of each side.
const LEAST: usize = 9;

const FORMATS: [(&str, Format); 3] =
    [("yaml", Format::Yaml), ("toml", Format::Toml), ("json", Format::Json)];

/// A benchmark of one configuration, by its name, in one format.
type Bench<'b> = &'b dyn Fn(&mut Tally, &str, (&str, Format));

/// The number of rows, and of those that missed their goal.
#[derive(Default)]
struct Tally {
    rows: usize,
    missed: usize,
}

fn main() {
    let words: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut tally = Tally::default();
    println!("| configuration | format | what | dlc-reload | beside it | ratio | goal |");
    println!("|---|---|---|---|---|---|---|");
    let mut run = |name: &str, bench: Bench<'_>| {
        for format in FORMATS {
            let row = format!("{name} {}", format.0);
            if words.iter().all(|word| row.split(' ').any(|one| one == word)) {
                bench(&mut tally, name, format);
            }
        }
    };
    run("flat 10", &|tally, name, format| {
        bench::<types::Flat>(
            tally,
            name,
            Shape::Sections { groups: 0, sections: 0, fields: 10 },
            format,
        );
    });
    run("sections 1000", &|tally, name, format| {
        let shape = Shape::Sections { groups: 0, sections: 50, fields: 20 };
        bench::<types::Sections>(tally, name, shape, format);
    });
    run("groups 10000", &|tally, name, format| {
        let shape = Shape::Sections { groups: 10, sections: 50, fields: 20 };
        bench::<types::Groups>(tally, name, shape, format);
    });
    run("list 1000", &|tally, name, format| {
        bench::<types::Listed>(tally, name, Shape::List { items: 200 }, format);
    });
    run("map 1000", &|tally, name, format| {
        bench::<types::Mapped>(tally, name, Shape::Map { entries: 200 }, format);
    });
    run("enums 1000", &|tally, name, format| {
        bench::<types::Enums>(tally, name, Shape::Enums { items: 250 }, format);
    });
    println!("\n{} of {} rows missed their goal", tally.missed, tally.rows);
}

/// A file of a configuration, and the same with one other value.
struct Files {
    _dir: tempfile::TempDir,
    path: PathBuf,
    texts: [String; 2],
}

fn bench<C>(tally: &mut Tally, name: &str, shape: Shape, (format_name, format): (&str, Format))
where
    C: Hookless + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(format!("config.{format_name}"));
    let texts = [false, true].map(|changed| render(&document(shape, changed), format_name));
    fs::write(&path, &texts[0]).expect("a file");
    let files = Files { _dir: dir, path, texts };
    let config = ours::<C>(&files);
    assert_eq!(config, typed::<C>(&files.texts[0], format));
    assert_eq!(config, with_figment::<C>(&files.path, format));
    assert_eq!(config, with_config::<C>(&files.path));

    let [own, figment, other, parse] = medians([
        &mut || drop(black_box(ours::<C>(&files))),
        &mut || drop(black_box(with_figment::<C>(&files.path, format))),
        &mut || drop(black_box(with_config::<C>(&files.path))),
        &mut || drop(black_box(typed::<C>(&read(&files.path), format))),
    ]);
    let best = figment.min(other);
    let beside = format!(
        "figment {}, config-rs {}, typed parse {}",
        shown(figment),
        shown(other),
        shown(parse)
    );
    let row = Row { name, format: format_name };
    row.print(tally, "load", own, &beside, ratio(own, best), Some(1.0));

    let same = Service::<C>::start(&files);
    let [own, parse] = medians([&mut || same.reload(Verdict::Unchanged), &mut || {
        drop(black_box(typed::<C>(&read(&files.path), format)));
    }]);
    let beside = format!("typed parse {}", shown(parse));
    // What is left then is the way through two threads, beside which ten keys are nothing.
    let goal = (name != "flat 10").then_some(0.1);
    row.print(tally, "reload, same bytes", own, &beside, ratio(own, parse), goal);
    drop(same);

    // A small document is measured against the slowest of the parsers, as its own costs little.
    let (small, against) =
        (name == "flat 10", if name == "flat 10" { Format::Yaml } else { format });
    let yaml = render(&document(shape, true), "yaml");
    let changed = Service::<C>::start(&files);
    let mut turn = false;
    let [own, parse] = medians([
        &mut || {
            turn = !turn;
            fs::write(&files.path, &files.texts[usize::from(turn)]).expect("a file");
            changed.reload(Verdict::Applied);
        },
        &mut || {
            fs::write(&files.path, &files.texts[0]).expect("a file");
            let text = read(&files.path);
            let text = if small { &yaml } else { &text };
            drop(black_box(typed::<C>(text, against)));
        },
    ]);
    let beside = format!("typed parse{} {}", if small { " of YAML" } else { "" }, shown(parse));
    let goal = Some(if small { 4.0 } else { 1.5 });
    row.print(tally, "reload, one value changed", own, &beside, ratio(own, parse), goal);
}

/// A configuration without a hook.
trait Hookless: Reloadable {
    fn start(boot: Boot<Self>) -> Reloader<Self>;
}

macro_rules! hookless {
    ($($name:ident)*) => {$(
        impl Hookless for types::$name {
            fn start(boot: Boot<Self>) -> Reloader<Self> {
                boot.reloader().watch(Watching::Off).start().expect("a thread")
            }
        }
    )*};
}

hookless!(Flat Listed Mapped Enums Sections Groups);

/// A service whose file is changed beneath it.
struct Service<C: Reloadable>(Reloader<C>);

impl<C: Hookless> Service<C> {
    fn start(files: &Files) -> Self {
        fs::write(&files.path, &files.texts[0]).expect("a file");
        let boot = loader::<C>(files).load().expect("a valid configuration");
        Self(C::start(boot))
    }

    fn reload(&self, expected: Verdict) {
        let report = self.0.reload(Trigger::api("a benchmark")).expect("a report");
        assert_eq!(report.verdict(), expected, "{report}");
    }
}

/// Runs every side in turn, and returns the median time of each.
fn medians<const N: usize>(mut sides: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    let begun = Instant::now();
    while times[0].len() < LEAST || begun.elapsed() < TIME * u32::try_from(N).unwrap_or(1) {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            side();
            times.push(begun.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    })
}

struct Row<'a> {
    name: &'a str,
    format: &'a str,
}

impl Row<'_> {
    fn print(
        &self,
        tally: &mut Tally,
        what: &str,
        own: Duration,
        beside: &str,
        ratio: f64,
        goal: Option<f64>,
    ) {
        let Self { name, format } = self;
        let missed = goal.is_some_and(|goal| ratio > goal);
        let goal = goal.map_or_else(|| "none".to_owned(), |goal| goal.to_string());
        tally.rows += 1;
        tally.missed += usize::from(missed);
        let mark = if missed { " **missed**" } else { "" };
        println!(
            "| {name} | {format} | {what} | {} | {beside} | {ratio:.2} | {goal}{mark} |",
            shown(own)
        );
    }
}

fn ratio(own: Duration, other: Duration) -> f64 {
    own.as_secs_f64() / other.as_secs_f64()
}

fn shown(time: Duration) -> String {
    match time.as_secs_f64() * 1e6 {
        micros if micros < 1000.0 => format!("{micros:.0} µs"),
        micros => format!("{:.2} ms", micros / 1e3),
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

fn loader<C: Reloadable>(files: &Files) -> Loader<C> {
    Loader::new().file(&files.path).limits(Limits::default().with_bytes(1 << 30))
}

fn ours<C: Reloadable>(files: &Files) -> C {
    loader::<C>(files).load().map(|boot| (*boot).clone()).expect("a valid configuration")
}

fn with_figment<C: DeserializeOwned>(path: &Path, format: Format) -> C {
    use figment::providers::{Json, Toml, Yaml};
    let figment = figment::Figment::new();
    let figment = match format {
        Format::Yaml => figment.merge(Yaml::file(path)),
        Format::Toml => figment.merge(Toml::file(path)),
        _ => figment.merge(Json::file(path)),
    };
    figment.extract().expect("a valid configuration")
}

fn with_config<C: DeserializeOwned>(path: &Path) -> C {
    config::Config::builder()
        .add_source(config::File::from(path))
        .build()
        .and_then(config::Config::try_deserialize)
        .expect("a valid configuration")
}

/// The parser alone: nothing merged, no origins kept.
fn typed<C: DeserializeOwned>(text: &str, format: Format) -> C {
    match format {
        Format::Yaml => {
            let options = serde_saphyr::options! {
                budget: serde_saphyr::budget! { max_nodes: 10_000_000, max_events: 100_000_000 },
            };
            serde_saphyr::from_str_with_options(text, options).expect("a valid configuration")
        }
        Format::Toml => toml::from_str(text).expect("a valid configuration"),
        _ => serde_json::from_str(text).expect("a valid configuration"),
    }
}
