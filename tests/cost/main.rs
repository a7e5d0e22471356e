//! The cost of hostile sources, counted in allocations: it grows with the sources, and never faster.
//!
//! A binary of its own, because the allocator counts for all threads.

use std::{
    alloc::System,
    collections::BTreeMap,
    fmt::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

use dlc_reload::{
    Format, Invalid, Limits, Loader, Reloadable, Trigger, UnknownKeys, Verdict,
    source::{Env, Interpolated, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The lock that each test holds: the allocator counts for all of them.
static ALONE: Mutex<()> = Mutex::new(());

/// The number of entries in the smallest input of a kind.
const SMALLEST: usize = 500;

/// The greatest growth where the input doubles.
const GREATEST: f64 = 2.3;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Peer {
    weight: u32,
    host: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    #[default]
    Console,
    Http {
        url: String,
    },
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
struct Numbered {
    #[reload(restart)]
    number: u32,
    #[reload(hot, live)]
    weight: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(validate = check)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    level: String,
    #[reload(restart, secret)]
    token: String,
    #[reload(restart)]
    list: Vec<u32>,
    #[reload(restart)]
    labels: BTreeMap<String, u32>,
    #[reload(restart)]
    peers: BTreeMap<String, Peer>,
    #[reload(restart)]
    members: Vec<Peer>,
    #[reload(restart)]
    sinks: BTreeMap<String, Sink>,
    #[reload(restart)]
    refused: Vec<u32>,
    #[reload(hot, live, entries = "number")]
    numbered: Vec<Numbered>,
}

fn check(config: &Config) -> Result<(), Invalid> {
    let mut found = Invalid::new();
    for at in 0..config.refused.len() {
        found.add("refused", format!("the item {at} is refused"));
    }
    found.into_result()
}

/// The work of one kind for inputs of a size; what it prepares is not counted.
type Kind = fn(usize, &Path) -> Box<dyn FnOnce()>;

/// Returns the loader of texts, without the limits that refuse the largest of them.
fn texts(texts: impl IntoIterator<Item = (Format, String)>) -> Loader<Config> {
    let limits = Limits::default().with_files(usize::MAX).with_aliased(usize::MAX);
    texts.into_iter().enumerate().fold(Loader::new().limits(limits), |loader, (at, text)| {
        loader.source(Text::new(text.0, text.1).named(format!("text {at}")))
    })
}

fn yaml(layers: impl IntoIterator<Item = String>) -> Loader<Config> {
    texts(layers.into_iter().map(|text| (Format::Yaml, text)))
}

/// Returns the work of loading what is refused, and of drawing it.
fn refused(loader: Loader<Config>) -> Box<dyn FnOnce()> {
    Box::new(|| {
        let Err(error) = loader.load() else { panic!("it has to be refused") };
        assert!(error.problems().len() <= 51, "{error}");
        assert!(error.excerpts().to_string().len() < 100_000);
    })
}

/// Returns the work of loading what is accepted.
fn loaded(loader: Loader<Config>) -> Box<dyn FnOnce()> {
    Box::new(|| drop(loader.load().unwrap_or_else(|error| panic!("{error}"))))
}

/// Returns the work of a reload that changes one value, of layers one of which is the file.
fn reloaded(folder: &Path, layers: Vec<String>) -> Box<dyn FnOnce()> {
    let path = folder.join("rate.yaml");
    std::fs::write(&path, "rate: 1").unwrap();
    let reloader = yaml(layers).file(&path).load().unwrap().reloader().start().unwrap();
    std::fs::write(&path, "rate: 2").unwrap();
    Box::new(move || {
        reloader.reload(Trigger::admin("a test")).wait().unwrap();
        assert_eq!(reloader.handle().load().rate, 2);
    })
}

/// Returns a line for each number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for at in 0..count {
        writeln!(text, "{}", line(at)).unwrap();
    }
    text
}

fn map(key: &str, count: usize, value: &str) -> String {
    format!("{key}:\n{}", lines(count, |at| format!("  k{at:06}: {value}")))
}

fn list(key: &str, count: usize, value: &str) -> String {
    format!("{key}:\n{}", lines(count, |_| format!("- {value}")))
}

fn json(count: usize, entry: impl Fn(usize) -> String) -> Loader<Config> {
    let entries: Vec<_> = (0..count).map(entry).collect();
    texts([(Format::Json, format!("{{{}}}", entries.join(",")))])
}

const PROBLEMS: &[(&str, Kind)] = &[
    ("unknown keys", |n, _| refused(yaml([lines(n, |at| format!("key{at:06}: 1"))]))),
    ("unknown keys in one line", |n, _| refused(json(n, |at| format!("\"key{at:06}\": 1")))),
    ("unknown keys, warned of", |n, _| {
        let text = lines(n, |at| format!("key{at:06}: 1"));
        loaded(yaml([text]).unknown_keys(UnknownKeys::Warn))
    }),
    ("unknown keys of a struct", |n, _| {
        refused(yaml([format!("members:\n- {{{}}}", lines(n, |at| format!("key{at:06}: 1,")))]))
    }),
    ("unknown keys of many structs", |n, _| refused(yaml([list("members", n, "{weigth: 1}")]))),
    ("unknown keys of enums", |n, _| {
        refused(yaml([map("sinks", n, "{type: http, url: a, ulr: b}")]))
    }),
    ("duplicate keys", |n, _| refused(yaml([lines(n, |_| "rate: 1".to_owned())]))),
    ("duplicate keys below a long name", |n, _| {
        let entries = vec!["\"weight\": 1"; n].join(",");
        let name = "k".repeat(10 * n);
        refused(texts([(Format::Json, format!("{{\"peers\": {{\"{name}\": {{{entries}}}}}}}"))]))
    }),
    ("duplicate keys in one line", |n, _| refused(json(n, |_| "\"rate\": 1".to_owned()))),
    ("duplicate keys of TOML", |n, _| {
        refused(texts([(Format::Toml, lines(n, |_| "rate = 1".to_owned()))]))
    }),
    ("syntax errors of TOML", |n, _| {
        refused(texts([(Format::Toml, lines(n, |_| "a b".to_owned()))]))
    }),
    ("wrong items", |n, _| refused(yaml([list("list", n, "x")]))),
    ("wrong entries", |n, _| refused(yaml([map("labels", n, "x")]))),
    ("wrong enums", |n, _| refused(yaml([map("sinks", n, "{type: none}")]))),
    ("secrets in one line", |n, _| refused(json(n, |at| format!("\"token\": \"secret-{at:06}\"")))),
    ("findings of a validation", |n, _| refused(yaml([list("refused", n, "1")]))),
    ("maps over values", |n, _| refused(yaml([map("labels", n, "1"), map("labels", n, "{a: 1}")]))),
    ("mistakes without effect", |n, _| {
        loaded(yaml([map("labels", n, "x"), map("labels", n, "1")]))
    }),
    ("references to nothing", |n, _| {
        let text = Text::new("yaml", list("list", n, "${NONE}"));
        let none: [(&str, &str); 0] = [];
        refused(yaml(["rate: 1".to_owned()]).source(Interpolated::new(text).of(none)))
    }),
    ("unknown variables", |n, _| {
        let variables = (0..n).map(|at| (format!("T_KEY_{at:06}"), "1".to_owned()));
        loaded(yaml(["rate: 1".to_owned()]).source(Env::new("T").of(variables.collect::<Vec<_>>())))
    }),
];

const COLLECTIONS: &[(&str, Kind)] = &[
    ("a list", |n, _| loaded(yaml([list("list", n, "1")]))),
    ("a map", |n, _| loaded(yaml([map("labels", n, "1")]))),
    ("a map of structs", |n, _| loaded(yaml([map("peers", n, "{weight: 1}")]))),
    ("a map of enums", |n, _| loaded(yaml([map("sinks", n, "{type: http, url: a}")]))),
    ("a map in TOML", |n, _| {
        let text = lines(n, |at| format!("[peers.k{at:06}]\nweight = 1"));
        loaded(texts([(Format::Toml, text)]))
    }),
    ("aliases", |n, _| {
        let items =
            format!("peers:\n  a: &a {{weight: 1}}\n{}", lines(n, |at| format!("  k{at:06}: *a")));
        loaded(yaml([items]))
    }),
    ("merge keys", |n, _| {
        let items = lines(n, |at| format!("  k{at:06}: {{<<: *a}}"));
        loaded(yaml([format!("peers:\n  a: &a {{weight: 1}}\n{items}")]))
    }),
    ("variables", |n, _| {
        let variables = (0..n).map(|at| (format!("T_LABELS__K{at:06}"), "1".to_owned()));
        loaded(yaml(["rate: 1".to_owned()]).source(Env::new("T").of(variables.collect::<Vec<_>>())))
    }),
    ("references", |n, _| {
        let text = list("list", n, "'${ONE}'");
        let text = Interpolated::new(Text::new("yaml", text)).of([("ONE", "1")]);
        loaded(yaml(["rate: 1".to_owned()]).source(text))
    }),
    ("keys that are set", |n, _| {
        let loader = yaml(["rate: 1".to_owned()]);
        loaded((0..n).fold(loader, |loader, at| loader.set(format!("labels.k{at:06}"), at)))
    }),
];

const LAYERS: &[(&str, Kind)] = &[
    ("layers with common values", |n, _| {
        loaded(yaml([map("labels", n, "1"), map("labels", n, "2")]))
    }),
    ("layers with common maps", |n, _| {
        loaded(yaml([map("peers", n, "{weight: 1}"), map("peers", n, "{weight: 2}")]))
    }),
    ("layers with common enums", |n, _| {
        loaded(yaml([map("sinks", n, "{type: console}"), map("sinks", n, "{type: http, url: a}")]))
    }),
    ("layers of one value", |n, _| loaded(yaml((0..n / 4).map(|_| "rate: 1".to_owned())))),
    ("a file that is included again and again", |n, folder| {
        std::fs::write(folder.join("a.yaml"), "rate: 1").unwrap();
        let names = vec!["a.yaml"; n / 4].join(", ");
        std::fs::write(folder.join("root.yaml"), format!("include: [{names}]")).unwrap();
        loaded(yaml([]).file(folder.join("root.yaml")))
    }),
    ("a reload with common values", |n, folder| {
        reloaded(folder, vec![map("labels", n, "1"), map("labels", n, "2")])
    }),
    ("a reload with common maps", |n, folder| {
        reloaded(folder, vec![map("peers", n, "{weight: 1}"), map("peers", n, "{weight: 2}")])
    }),
    ("a reload of a file that shrinks", |n, folder| {
        let path = folder.join("shrinks.yaml");
        std::fs::write(&path, map("labels", n, "1")).unwrap();
        let reloader = yaml([]).file(&path).load().unwrap().reloader().start().unwrap();
        std::fs::write(&path, map("labels", n / 4, "1")).unwrap();
        Box::new(move || drop(reloader.reload(Trigger::admin("a test")).wait().unwrap()))
    }),
    ("a reload in which a layer takes over the values of another", |n, folder| {
        let path = folder.join("taken.yaml");
        std::fs::write(&path, map("labels", n, "1")).unwrap();
        let base = map("labels", n, "2");
        let reloader = yaml([base]).file(&path).load().unwrap().reloader().start().unwrap();
        std::fs::write(&path, "{}").unwrap();
        Box::new(move || drop(reloader.reload(Trigger::admin("a test")).wait().unwrap()))
    }),
    ("a reload that adds an entry to a list and changes each other one", |n, folder| {
        // More rows than a report has are one, which costs other things.
        let (n, path) = (n / 4, folder.join("entries.yaml"));
        let entry = |at| format!("- {{number: {at}, weight: 1}}");
        std::fs::write(&path, format!("numbered:\n{}", lines(n, entry))).unwrap();
        let reloader = yaml([]).file(&path).load().unwrap().reloader().start().unwrap();
        let entry = |at| format!("- {{number: {}, weight: 2}}", (at + n) % (n + 1));
        std::fs::write(&path, format!("numbered:\n{}", lines(n + 1, entry))).unwrap();
        Box::new(move || {
            let report = reloader.reload(Trigger::admin("a test")).wait().unwrap();
            assert_eq!(report.verdict(), Verdict::Applied, "{report}");
        })
    }),
    ("a reload of many layers", |n, folder| {
        reloaded(folder, (0..n / 4).map(|_| "level: a".to_owned()).collect())
    }),
];

#[test]
fn the_cost_of_every_kind_grows_with_its_input() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let mut steep = Vec::new();
    for (name, kind) in [PROBLEMS, COLLECTIONS, LAYERS].concat() {
        let counts = [1, 2, 4].map(|times| {
            let work = kind(SMALLEST * times, folder.path());
            let region = Region::new(ALLOCATOR);
            work();
            let change = region.change();
            [change.allocations + change.reallocations, change.bytes_allocated]
        });
        for (what, at) in [("allocations", 0), ("bytes", 1)] {
            let [one, two, four] = counts.map(|count| f64::from(u32::try_from(count[at]).unwrap()));
            println!("{name}: {one} {what}, {:.2}, {:.2}", two / one, four / two);
            if two > one * GREATEST || four > two * GREATEST {
                steep.push(format!("{name}: {one}, {two}, {four} {what}"));
            }
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}

/// Returns the bytes that are allocated by an action.
fn allocated(action: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    action();
    region.change().bytes_allocated
}

#[test]
fn a_change_in_one_drop_in_of_a_hundred_parses_one_file() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let file = |at: usize| folder.path().join(format!("{at:03}.yaml"));
    // Notes are parsed, and are no configuration.
    let notes = "x-notes: [a, b, c, d, e, f, g, h]\n".to_owned() + &"# a comment\n".repeat(10);
    for at in 0..100 {
        std::fs::write(file(at), format!("{notes}labels: {{label-{at}: 1}}")).unwrap();
    }
    let load = || Loader::<Config>::new().directory(folder.path()).load().unwrap();
    drop(load());
    let first = allocated(|| drop(load()));
    let reloader = load().reloader().watch(dlc_reload::Watching::Off).start().unwrap();
    let reload = |text: &str| {
        std::fs::write(file(50), format!("{notes}rate: {text}\nlabels: {{label-50: 1}}")).unwrap();
        drop(reloader.reload(Trigger::api("a test")).wait().unwrap());
    };
    reload("1");
    let again = allocated(|| reload("2"));
    println!("100 drop-ins: {first} bytes for the first load, {again} for a reload");
    assert!(again * 2 < first, "{again} of {first} bytes");
}

#[test]
fn a_version_in_the_history_takes_little_more_than_its_values() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let labels: String = (0..1000).map(|at| format!("  label-{at:04}: {at}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let write =
        |rate: u32| std::fs::write(&file, format!("rate: {rate}\nlabels:\n{labels}")).unwrap();
    write(0);
    let boot = Loader::<Config>::new().file(&file).load().unwrap();
    let typed = Region::new(ALLOCATOR);
    let copy = (*boot).clone();
    let typed = typed.change();
    let typed = typed.bytes_allocated - typed.bytes_deallocated + size_of::<Config>();
    drop(copy);
    let reloader = boot.reloader().watch(dlc_reload::Watching::Off).start().unwrap();
    let reload = |rate: u32| {
        write(rate);
        drop(reloader.reload(Trigger::api("a test")).wait().unwrap());
    };
    reload(1);
    let region = Region::new(ALLOCATOR);
    (2..12).for_each(reload);
    let change = region.change();
    let each = (change.bytes_allocated - change.bytes_deallocated) / 10;
    println!("a version of 1 000 entries: {each} bytes, {typed} typed");
    assert!(each * 10 <= typed * 13, "{each} bytes where the values take {typed}");
}
