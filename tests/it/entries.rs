//! Collections whose entries are sections: maps, and lists whose items have an identity.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Boot, Commit, HookResult, Invalid, Loader, Reloadable, Reloader, Report, Secret, Trigger,
    Verdict, Watching, testing::Memory,
};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Service::check, finish = Service::finish)]
struct Service {
    #[reload(restart, renamed_from = "address")]
    addr: String,
    /// The share of requests.
    #[serde(default)]
    #[reload(hot, live)]
    weight: u32,
    #[serde(default)]
    #[reload(restart)]
    token: Option<Secret<String>>,
}

impl Service {
    fn check(&self) -> Result<(), Invalid> {
        match self.weight {
            ..=100 => Ok(()),
            _ => Err(Invalid::new().at(Self::fields().weight(), "more than 100")),
        }
    }

    fn finish(&mut self) {
        self.addr = self.addr.to_lowercase();
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[serde(rename = "id")]
    #[reload(restart)]
    name: String,
    #[serde(default)]
    #[reload(hot, live)]
    weight: u32,
    #[serde(default)]
    #[reload(restart)]
    zone: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Listener {
    #[reload(restart)]
    port: u16,
    #[reload(hot, live)]
    backlog: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, entries)]
    services: BTreeMap<String, Service>,
    /// The servers behind this one.
    #[reload(hot, entries = "name", merge)]
    upstreams: Vec<Upstream>,
    #[reload(hot, entries = "port")]
    listeners: Option<Vec<Listener>>,
    #[reload(hot, live, entries)]
    read: HashMap<u16, Service>,
    #[reload(restart)]
    other: u32,
}

#[derive(Default)]
struct Hooks(Mutex<Vec<String>>);

impl Hooks {
    fn noted(&self, what: String) -> HookResult<'_> {
        if what.contains("forbidden") {
            return Err("the hook refuses it".into());
        }
        Ok(Commit::new(move || self.0.lock().unwrap().push(what)))
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ConfigHooks for Hooks {
    fn on_services_added(&self, key: &String, new: &Service) -> HookResult<'_> {
        let token = new.token.as_ref().map(|token| token.expose().clone());
        self.noted(format!("+ {key} {} {} {}", new.addr, new.weight, token.unwrap_or_default()))
    }
    fn on_services_removed(&self, key: &String, old: &Service) -> HookResult<'_> {
        self.noted(format!("- {key} {}", old.addr))
    }
    fn on_services_changed<'a>(&'a self, key: &'a String, diff: ServiceDiff<'a>) -> HookResult<'a> {
        let weight = diff.weight.expect("nothing else changes live");
        self.noted(format!("~ {key} {} {}", weight.old, weight.new))
    }
    fn on_upstreams_added<'a>(&'a self, key: &'a String, new: &'a Upstream) -> HookResult<'a> {
        self.noted(format!("+ {key} {}", new.weight))
    }
    fn on_upstreams_removed<'a>(&'a self, key: &'a String, _: &'a Upstream) -> HookResult<'a> {
        self.noted(format!("- {key}"))
    }
    fn on_upstreams_changed(&self, key: &String, diff: UpstreamDiff<'_>) -> HookResult<'_> {
        self.noted(format!("~ {key} {:?}", diff.weight.map(|weight| *weight.new)))
    }
    fn on_listeners_added(&self, port: &u16, _: &Listener) -> HookResult<'_> {
        self.noted(format!("+ {port}"))
    }
    fn on_listeners_removed(&self, port: &u16, _: &Listener) -> HookResult<'_> {
        self.noted(format!("- {port}"))
    }
    fn on_listeners_changed(&self, port: &u16, _: ListenerDiff<'_>) -> HookResult<'_> {
        self.noted(format!("~ {port}"))
    }
}

struct Running {
    source: Memory,
    hooks: Arc<Hooks>,
    reloader: Reloader<Config>,
}

fn started(text: &str) -> Running {
    let source = Memory::new("yaml", text);
    let boot: Boot<Config> = Loader::new().source(source.clone()).load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
    Running { source, hooks, reloader: builder.start().unwrap() }
}

impl Running {
    fn reload(&self, text: &str) -> Report {
        self.source.write(text);
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }
}

/// Returns the rows of a report, without its heading, with one space between columns.
fn rows(report: &Report) -> Vec<String> {
    let row = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    report.to_string().lines().skip(1).map(row).collect()
}

#[test]
fn each_entry_that_comes_goes_or_changes_has_one_hook_and_one_row() {
    let service = started(
        "services:\n  a: {addr: A, weight: 1}\n  b: {addr: B, weight: 2}\n  c: {addr: C, weight: 3}\n",
    );
    let report = service
        .reload("services:\n  b: {addr: B, weight: 20}\n  c: {addr: C, weight: 3}\n  d: {addr: D, token: xyz}\n");
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(service.hooks.taken(), ["~ b 2 20", "+ d d 0 xyz", "- a a"]);
    assert_eq!(
        rows(&report),
        [
            r#"~ services.b.weight 2 → 20 memory:2:24"#,
            r#"~ services.d (absent) → {"addr":"d","token":"[redacted]","weight":0} memory:4:6"#,
            r#"~ services.a {"addr":"a","token":null,"weight":1} → (absent) memory:2:3"#,
        ]
    );
}

#[test]
fn a_restart_leaf_of_an_entry_that_stays_waits() {
    let service = started("services:\n  a: {addr: a, weight: 1, token: one}\n");
    let report = service.reload("services:\n  a: {addr: b, weight: 2, token: two}\n");
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(service.hooks.taken(), ["~ a 1 2"]);
    assert_eq!(
        rows(&report),
        [
            "~ services.a.weight 1 → 2 memory:2:24",
            r#"! services.a.addr "a" → "b" memory:2:13 waits for a restart"#,
            "! services.a.token secret, not shown memory:2:34 waits for a restart",
        ]
    );
    let config = service.reloader.handle();
    assert_eq!(config.load().services["a"].addr, "a");
    assert_eq!(config.load().services["a"].token.as_ref().unwrap().expose(), "one");
    assert_eq!(config.load().services["a"].weight, 2);

    // The entry as it is in force comes back: nothing waits any more.
    let report = service.reload("services:\n  a: {addr: a, weight: 3, token: one}\n");
    assert_eq!(rows(&report), ["~ services.a.weight 2 → 3 memory:2:24"]);

    // An entry that is new has all that the sources say, whatever the one before it had.
    service.reload("services: {}\n");
    let report = service.reload("services:\n  a: {addr: b, token: two}\n");
    assert!(report.pending().is_empty(), "{report}");
    assert_eq!(service.hooks.taken(), ["~ a 2 3", "- a a", "+ a b 0 two"]);
    assert_eq!(config.load().services["a"].addr, "b");
}

#[test]
fn the_secret_of_an_entry_is_shown_nowhere() {
    let service = started("services:\n  a: {addr: a, token: first-secret}\n");
    let report = service.reload(
        "services:\n  a: {addr: a, token: second-secret}\n  b: {addr: forbidden, token: third-secret}\nother: 1\n",
    );
    assert_eq!(report.verdict(), Verdict::Rejected);
    let said = [
        report.to_string(),
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&service.reloader.status()).unwrap(),
        service.reloader.explain("services.b.token").to_string(),
        service.reloader.explain("services.a.token").to_string(),
        service.reloader.explain("services").to_string(),
        serde_json::to_string(&service.reloader.history()).unwrap(),
    ];
    for said in said {
        assert!(!said.contains("-secret"), "{said}");
    }
    assert_eq!(
        rows(&report),
        [
            r#"× memory:3:6: services.b: the hook refuses it (refused: {"addr":"forbidden","token":"[redacted]","weight":0})"#
        ]
    );

    let report = service.reload("services:\n  b: {addr: b, token: third-secret}\n");
    let said = format!("{report} {}", serde_json::to_string(&report).unwrap());
    assert!(!said.contains("-secret"), "{said}");
    assert_eq!(service.hooks.taken(), ["+ b b 0 third-secret", "- a a"]);
}

#[test]
fn a_list_is_compared_by_identity() {
    let service = started(
        "upstreams:\n- {id: a, weight: 1}\n- {id: b, weight: 2, zone: x}\n- {id: c, weight: 3}\n",
    );
    // `a` goes, `d` comes before the others, and `b` changes.
    let report = service.reload(
        "upstreams:\n- {id: d, weight: 4}\n- {id: b, weight: 20, zone: y}\n- {id: c, weight: 3}\n",
    );
    assert_eq!(service.hooks.taken(), ["+ d 4", "~ b Some(20)", "- a"]);
    assert_eq!(
        rows(&report),
        [
            r#"~ upstreams["d"] (absent) → {"id":"d","weight":4,"zone":""} memory:2:3"#,
            r#"~ upstreams["b"].weight 2 → 20 memory:3:19"#,
            r#"~ upstreams["a"] {"id":"a","weight":1,"zone":""} → (absent) memory:2:3"#,
            r#"! upstreams["b"].zone "x" → "y" memory:3:29 waits for a restart"#,
        ]
    );
    let names = |running: &Running| -> Vec<_> {
        running.reloader.handle().load().upstreams.iter().map(|one| one.name.clone()).collect()
    };
    assert_eq!(names(&service), ["d", "b", "c"]);
    assert_eq!(service.reloader.handle().load().upstreams[1].zone, "x");

    // Another order is a change without a hook: it may mean something to a reader.
    let report = service.reload(
        "upstreams:\n- {id: c, weight: 3}\n- {id: b, weight: 20, zone: x}\n- {id: d, weight: 4}\n",
    );
    assert_eq!(report.verdict(), Verdict::Applied);
    assert!(service.hooks.taken().is_empty());
    assert_eq!(names(&service), ["c", "b", "d"]);
    assert!(report.pending().is_empty(), "{report}");
}

#[test]
fn two_items_of_one_identity_are_an_error_at_both_places() {
    let error = load("upstreams:\n- id: a\n- id: b\n- id: a\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "text:4:7: upstreams[2].id: an item has this `id` already, in line 2, column 7: each has its own"
    );
}

/// Lists whose items are told apart by values that have more than one text, or none.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Alike {
    #[serde(default)]
    #[reload(hot, live, entries = "at")]
    addresses: Vec<Address>,
    #[serde(default)]
    #[reload(hot, live, entries = "name")]
    named: Vec<Named>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Address {
    #[reload(restart)]
    at: std::net::IpAddr,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(finish = Self::finish)]
struct Named {
    #[reload(restart)]
    name: String,
    #[reload(hot, live)]
    weight: u32,
}

impl Named {
    fn finish(&mut self) {
        self.name = self.name.to_lowercase();
    }
}

#[test]
fn two_items_of_one_identity_are_an_error_whatever_their_texts() {
    let said = |text: &str| {
        let loaded = Loader::<Alike>::new().text("yaml", text).load();
        loaded.err().unwrap().to_string()
    };
    assert_eq!(
        said("addresses:\n- at: '::1'\n- at: '::2'\n- at: 0:0:0:0:0:0:0:1\n"),
        "text:4:7: addresses[2].at: it is the same as `addresses[0].at`: each has its own"
    );
    assert_eq!(
        said("named:\n- weight: 1\n- weight: 2\n"),
        "text:3:3: named[1].name: it is the same as `named[0].name`: each has its own"
    );
    assert_eq!(
        said("named:\n- name: a\n- name: A\n"),
        "text:3:9: named[1].name: it is the same as `named[0].name`: each has its own"
    );
    // What the text shows is said once.
    assert_eq!(
        said("named:\n- name: a\n- name: a\n"),
        "text:3:9: named[1].name: an item has this `name` already, in line 2, column 9: each has its own"
    );
}

#[test]
fn an_override_cannot_have_two_items_of_one_identity() {
    let service = started("upstreams: [{id: a}]");
    let twice = serde_json::json!([{"id": "b"}, {"id": "c"}, {"id": "b"}]);
    let request = service.reloader.override_key("upstreams", twice);
    let by_key = request.until_ended().wait().unwrap();
    let one = |id: &str| Upstream { name: id.into(), weight: 1, zone: String::new() };
    let field = Config::fields().upstreams();
    let request = service.reloader.override_field(field, vec![one("b"), one("c"), one("b")]);
    let by_field = request.until_ended().wait().unwrap();
    for report in [by_key, by_field] {
        assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
        let said = "upstreams[2].id: it is the same as `upstreams[0].id`: each has its own";
        assert!(rows(&report)[0].contains(said) && rows(&report).len() == 1, "{report}");
    }
    assert!(service.hooks.taken().is_empty());
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Ordered {
    #[reload(hot, entries)]
    stages: IndexMap<String, Service>,
}

impl OrderedHooks for Hooks {
    fn on_stages_added(&self, key: &String, _: &Service) -> HookResult<'_> {
        self.noted(format!("+ {key}"))
    }
    fn on_stages_removed(&self, key: &String, _: &Service) -> HookResult<'_> {
        self.noted(format!("- {key}"))
    }
    fn on_stages_changed(&self, key: &String, _: ServiceDiff<'_>) -> HookResult<'_> {
        self.noted(format!("~ {key}"))
    }
}

#[test]
fn the_entries_of_an_ordered_map_have_an_order() {
    let source = Memory::new("yaml", "stages: {b: {addr: b, token: hunter2}, a: {addr: a}}");
    let boot: Boot<Ordered> = Loader::new().source(source.clone()).load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
    let reloader = builder.start().unwrap();
    let names = || -> Vec<_> { reloader.handle().load().stages.keys().cloned().collect() };
    assert_eq!(names(), ["b", "a"]);
    let reload = |text: &str| {
        source.write(text);
        reloader.reload(Trigger::api("test")).wait().unwrap()
    };

    let report = reload("stages: {a: {addr: a}, b: {addr: b, token: hunter2}}");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(rows(&report), ["~ stages (not shown) → (not shown) memory:1:9"]);
    assert_eq!((names(), hooks.taken().len()), (vec!["a".to_owned(), "b".to_owned()], 0));

    let report =
        reload("stages: {c: {addr: c}, b: {addr: b, weight: 2, token: hunter2}, a: {addr: a}}");
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, ["stages", "stages.c", "stages.b.weight"]);
    assert_eq!(hooks.taken(), ["+ c", "~ b"]);
    assert_eq!(names(), ["c", "b", "a"]);

    let schema = dlc_reload::schema::<Ordered>();
    let weight = schema.as_value().pointer("/$defs/Service/properties/weight/x-reload").unwrap();
    assert_eq!(weight, "hot");
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Defaults {
    #[serde(default = "two")]
    #[reload(hot, live, entries)]
    services: BTreeMap<String, Marked>,
    #[serde(default = "listed")]
    #[reload(hot, live, entries = "name")]
    list: Vec<Marked>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Marked {
    #[reload(restart)]
    name: String,
    #[reload(restart, secret)]
    token: String,
}

fn listed() -> Vec<Marked> {
    vec![Marked { name: "a".into(), token: "hunter2".into() }]
}

fn two() -> BTreeMap<String, Marked> {
    listed().into_iter().map(|one| (one.name.clone(), one)).collect()
}

#[test]
fn a_default_shows_no_secret_of_an_entry() {
    let schema = dlc_reload::schema::<Defaults>();
    let properties = &schema.as_value()["properties"];
    assert_eq!(properties["services"]["default"], serde_json::json!({"a": {"name": "a"}}));
    assert_eq!(properties["list"]["default"], serde_json::json!([{"name": "a"}]));
    let everywhere = [schema.to_value().to_string(), dlc_reload::reference::<Defaults>()];
    assert!(everywhere.iter().all(|text| !text.contains("hunter2")), "{everywhere:?}");
}

fn load(text: &str) -> Result<Boot<Config>, dlc_reload::Error> {
    Loader::new().text("yaml", text).load()
}

fn problems(text: &str) -> Vec<String> {
    let error = load(text).expect_err("it is refused");
    error.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn mistakes_in_an_entry_are_found_as_in_a_section() {
    assert_eq!(
        problems(
            "services:\n  a: {addr: x, weight: 200}\n  b: {addr: x, wieght: 2}\n  c: {weight: 1}\n"
        ),
        [
            "text:3:16: services.b.wieght: unknown key, did you mean `weight`?",
            "text:4:6: services.c.addr: required, but no source sets it",
        ]
    );
    assert_eq!(
        problems("services:\n  a: {addr: x, weight: 200}\nupstreams:\n- {id: a, weight: 1}\n"),
        ["text:2:24: services.a.weight: more than 100"]
    );
    assert_eq!(
        problems("upstreams:\n- {id: a, weight: much, zon: x}\n- {name: b}\n"),
        [
            "text:2:19: upstreams[0].weight: invalid type: string \"much\", expected an integer from 0 to 4294967295",
            "text:2:25: upstreams[0].zon: unknown key, did you mean `zone`?",
            "text:3:3: upstreams[1].id: required, but no source sets it",
            "text:3:4: upstreams[1].name: unknown key, remove it or write one of `id`, `weight`, `zone`",
        ]
    );
    let boot = load("services:\n  a: {address: X}\n").unwrap();
    let warnings: Vec<_> = boot.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["text:2:7: warning: services.a.address: renamed, write `addr`"]);
    assert_eq!(boot.services["a"].addr, "x");
}

#[test]
fn later_sources_add_to_maps_and_merge_lists_where_asked() {
    let boot: Boot<Config> = Loader::new()
        .text("yaml", "services: {a: {addr: a, weight: 1}}\nupstreams: [{id: a, weight: 1, zone: x}, {id: b}]\nlisteners: [{port: 1, backlog: 1}]")
        .text("yaml", "services: {a: {weight: 2}, b: {addr: b}}\nupstreams: [{id: c}, {id: a, weight: 2}]\nlisteners: [{port: 2, backlog: 2}]")
        .load()
        .unwrap();
    let Config { services, upstreams, listeners, .. } = &*boot;
    assert_eq!((services["a"].weight, &*services["a"].addr), (2, "a"));
    assert_eq!(services["b"].addr, "b");
    let upstreams: Vec<_> =
        upstreams.iter().map(|one| (&*one.name, one.weight, &*one.zone)).collect();
    assert_eq!(upstreams, [("a", 2, "x"), ("b", 0, ""), ("c", 0, "")]);
    let listeners = listeners.as_ref().unwrap();
    assert_eq!(listeners.iter().map(|one| one.port).collect::<Vec<_>>(), [2]);
    let why =
        ["services.a.weight", r#"upstreams["a"].weight"#].map(|key| boot.explain(key).to_string());
    assert!(why[0].contains("> text:1:24  2  wins"), "{}", why[0]);
    assert!(why[1].contains("wins"), "{}", why[1]);
}

#[test]
fn an_optional_list_has_numbers_as_identities() {
    let service = started("{}");
    service.reload("listeners: [{port: 80, backlog: 1}, {port: 81, backlog: 1}]");
    let report = service.reload("listeners: [{port: 81, backlog: 2}]");
    assert_eq!(service.hooks.taken(), ["+ 80", "+ 81", "~ 81", "- 80"]);
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, [r#"listeners["81"].backlog"#, r#"listeners["80"]"#]);
    // Without entries, that there is a list is a change all the same.
    service.reload("listeners: []");
    let report = service.reload("{}");
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert!(service.reloader.handle().load().listeners.is_none());
    assert_eq!(service.hooks.taken(), ["- 81"]);
}

#[test]
fn entries_without_hooks_have_rows_too() {
    let service = started("read: {1: {addr: a}, 2: {addr: b}, 3: {addr: c}}");
    let report =
        service.reload("read: {3: {addr: c, weight: 1}, 5: {addr: e}, 4: {addr: d}, 1: {addr: a}}");
    let keys: Vec<_> = report.changes().iter().map(|change| change.key.to_string()).collect();
    assert_eq!(keys, ["read.2", "read.3.weight", "read.4", "read.5"]);
    assert!(service.hooks.taken().is_empty());
}

#[test]
fn a_refused_entry_rejects_all_and_a_failed_commit_takes_all_back() {
    let service = started("services: {a: {addr: a}}");
    let report =
        service.reload("services: {b: {addr: forbidden}, c: {addr: c}, a: {addr: a, weight: 1}}");
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert!(service.hooks.taken().is_empty());
    assert_eq!(service.reloader.handle().load().services.len(), 1);
}

#[test]
fn entries_of_the_start_are_added_to_hooks_that_are_asked_for_them() {
    let source =
        Memory::new("yaml", "services: {a: {addr: a}, b: {addr: b}}\nupstreams: [{id: x}]");
    let boot: Boot<Config> = Loader::new().source(source).load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off).apply_at_start();
    let _reloader = builder.start().unwrap();
    assert_eq!(hooks.taken(), ["+ a a 0 ", "+ b b 0 ", "+ x 0"]);

    let boot: Boot<Config> =
        Loader::new().text("yaml", "services: {a: {addr: forbidden}}").load().unwrap();
    let builder = boot.reloader().hooks(hooks).watch(Watching::Off).rehearse();
    let error = builder.start().err().unwrap();
    assert_eq!(error.to_string(), "text:1:15: services.a: the hook refuses it");
}

#[test]
fn a_start_that_fails_adds_nothing_twice() {
    #[derive(Clone, Serialize, Deserialize, Reloadable)]
    struct Config {
        #[reload(hot, entries)]
        services: BTreeMap<String, Service>,
    }
    #[derive(Default)]
    struct Hooks(Mutex<Vec<String>>);
    impl ConfigHooks for Hooks {
        fn on_services_added<'a>(&'a self, key: &'a String, _: &'a Service) -> HookResult<'a> {
            self.0.lock().unwrap().push(key.clone());
            let fails = key == "b";
            Ok(Commit::fallible(move || if fails { Err("it fails".into()) } else { Ok(()) }))
        }
        fn on_services_removed(&self, _: &String, _: &Service) -> HookResult<'_> {
            unreachable!("nothing was there before the start")
        }
        fn on_services_changed(&self, _: &String, _: ServiceDiff<'_>) -> HookResult<'_> {
            unreachable!("nothing was there before the start")
        }
    }
    let text = "services: {a: {addr: a}, b: {addr: b}}";
    let boot: Boot<Config> = Loader::new().text("yaml", text).load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off).apply_at_start();
    let error = builder.start().err().unwrap();
    assert_eq!(error.to_string(), "text:1:29: services.b: it fails");
    assert_eq!(*hooks.0.lock().unwrap(), ["a", "b"]);
}

#[test]
fn a_collection_in_which_very_much_differs_is_one_row() {
    let text = |weight: u32| -> String {
        let entry =
            |number| format!("  {number}: {{addr: a, weight: {weight}, token: secret-{weight}}}\n");
        (0..1001).map(entry).collect()
    };
    let service = started(&format!("services: {{a: {{addr: a}}}}\nread:\n{}", text(1)));
    let report = service.reload(&format!("services: {{}}\nread:\n{}", text(2)));
    assert_eq!(report.verdict(), Verdict::Applied);
    let keys = |rows: Vec<&dlc_reload::Changed>| -> Vec<_> {
        rows.into_iter().map(|row| row.key.to_string()).collect()
    };
    assert_eq!(keys(report.changes().iter().collect()), ["services.a", "read"]);
    assert_eq!(keys(report.pending().iter().map(|one| &one.change).collect()), ["read"]);
    assert!(report.pending()[0].change.secret, "{report}");
    let said = serde_json::to_string(&report).unwrap();
    assert!(!said.contains("secret-1") && said.len() < 200_000, "{}", said.len());
}

#[test]
fn a_rollback_brings_entries_back() {
    let service = started(
        "services: {a: {addr: a, token: one}, b: {addr: b}}\nupstreams: [{id: x, weight: 1}]",
    );
    service.reload("services: {b: {addr: b, weight: 1}}\nupstreams: [{id: y}]");
    service.hooks.taken();
    let report = service.reloader.rollback_to(1, Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(service.hooks.taken(), ["+ a a 0 one", "~ b 1 0", "+ x 1", "- y"]);
    let config = service.reloader.handle();
    assert_eq!(config.load().services["a"].token.as_ref().unwrap().expose(), "one");
    assert_eq!(config.load().upstreams[0].name, "x");
}

#[test]
fn an_override_replaces_a_collection_but_for_what_needs_a_restart() {
    let service = started("services: {a: {addr: a, weight: 1}}");
    let overridden = |value| {
        let request = service.reloader.override_key("services", value);
        request.until_ended().wait().unwrap()
    };
    let report =
        overridden(serde_json::json!({"a": {"addr": "a", "weight": 2}, "b": {"addr": "b"}}));
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(service.hooks.taken(), ["~ a 1 2", "+ b b 0 "]);

    let report = overridden(serde_json::json!({"a": {"addr": "other"}}));
    assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
    assert_eq!(
        rows(&report),
        [
            "× services.a.addr: a `restart` field cannot be overridden, because it keeps its value until the next start: set it in a source and restart the service"
        ]
    );
    let request = service.reloader.override_key("services.a.weight", serde_json::json!(3));
    let report = request.until_ended().wait().unwrap();
    assert_eq!(
        rows(&report),
        ["× services.a.weight: `services` is one value, override it as a whole"]
    );
}

#[test]
fn the_schema_and_the_reference_describe_entries() {
    let schema = dlc_reload::schema::<Config>();
    let json = schema.as_value();
    let service = json.pointer("/$defs/Service/properties").unwrap();
    assert_eq!(service["addr"]["x-reload"], "restart");
    assert_eq!(service["weight"]["x-reload"], "hot");
    assert_eq!(service["token"]["writeOnly"], true);
    assert_eq!(json.pointer("/properties/services/x-reload").unwrap(), "hot");
    let reference = dlc_reload::reference::<Config>();
    for row in ["| `services.<name>.addr` |", "| `upstreams[].weight` |", "| `listeners[].port` |"]
    {
        assert!(reference.contains(row), "{row} in {reference}");
    }
}

#[test]
fn the_diff_of_a_configuration_has_the_collections() {
    let [old, new] = ["services: {a: {addr: a}}", "services: {a: {addr: b}}\nother: 1"]
        .map(|text| Config::clone(&load(text).unwrap()));
    let diff = Config::diff(&old, &new);
    assert_eq!(format!("{diff:?}"), "{services.a.addr, other}");
    assert!(diff.services.is_some() && diff.upstreams.is_none());
    let overlay = Config::overlay(&old, &new);
    assert_eq!((overlay.services["a"].addr.as_str(), overlay.other), ("a", 0));
}
