//! Sections that appear and vanish while the service runs.

use std::sync::{Arc, Mutex};

use dlc_reload::{
    Boot, Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Secret, Trigger,
    Verdict, Watching, testing::Memory,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    /// With hooks.
    #[reload(nested, live, hook)]
    tls: Option<Tls>,
    /// Without.
    #[reload(nested, live)]
    cache: Option<Box<Cache>>,
    /// Waits for a restart, as any other that comes or goes.
    #[reload(nested)]
    proxy: Option<Cache>,
    #[serde(default)]
    #[reload(restart)]
    port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(hot)]
    ciphers: Vec<String>,
    #[reload(restart)]
    key: Secret<String>,
    #[serde(default)]
    #[reload(restart)]
    depth: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[serde(default)]
    #[reload(hot, live)]
    size: u32,
    #[serde(default)]
    #[reload(restart)]
    path: String,
    #[reload(nested, live)]
    spare: Option<Spare>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Spare {
    #[reload(restart)]
    path: String,
}

#[derive(Default)]
struct Hooks(Mutex<Vec<String>>);

impl Hooks {
    fn noted(&self, what: String) -> HookResult<'_> {
        Ok(Commit::new(move || self.0.lock().unwrap().push(what)))
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ConfigHooks for Hooks {
    fn on_tls<'a>(&'a self, tls: TlsDiff<'a>) -> HookResult<'a> {
        self.noted(format!("~ {tls:?}"))
    }
    fn on_tls_appeared<'a>(&'a self, new: &'a Tls) -> HookResult<'a> {
        if new.ciphers.is_empty() {
            return Err("no ciphers".into());
        }
        self.noted(format!("+ {}", new.key.expose()))
    }
    fn on_tls_vanished(&self, old: &Tls) -> HookResult<'_> {
        self.noted(format!("- {}", old.key.expose()))
    }
}

impl TlsHooks for Hooks {
    fn on_ciphers(&self, ciphers: Change<'_, Vec<String>>) -> HookResult<'_> {
        self.noted(format!("ciphers {:?}", ciphers.new))
    }
}

struct Service {
    source: Memory,
    hooks: Arc<Hooks>,
    reloader: Reloader<Config>,
}

fn started(text: &str) -> Service {
    let source = Memory::yaml(text);
    let boot: Boot<Config> = Loader::new().source(source.clone()).load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
    Service { source, hooks, reloader: builder.start().unwrap() }
}

impl Service {
    fn reload(&self, text: &str) -> Report {
        self.source.write(text);
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }
}

fn rows(report: &Report) -> Vec<String> {
    let row = |row: &str| row.split_whitespace().collect::<Vec<_>>().join(" ");
    report.to_string().lines().skip(1).map(row).collect()
}

#[test]
fn a_live_section_appears_changes_and_vanishes() {
    let service = started("port: 1");
    let report = service.reload("tls: {ciphers: [a], key: the-secret, depth: 2}\nport: 1");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(service.hooks.taken(), ["+ the-secret"]);
    assert_eq!(
        rows(&report),
        [r#"~ tls (absent) → {"ciphers":["a"],"depth":2,"key":"[redacted]"} memory:1:6"#]
    );

    // While it is there, its fields have their own classes.
    let report = service.reload("tls: {ciphers: [b], key: the-secret, depth: 3}\nport: 1");
    assert_eq!(service.hooks.taken(), [r#"ciphers ["b"]"#, "~ {ciphers}"]);
    assert_eq!(
        rows(&report),
        [
            r#"~ tls.ciphers[0] "a" → "b" memory:1:17"#,
            "! tls.depth 2 → 3 memory:1:45 waits for a restart",
        ]
    );

    let report = service.reload("port: 1");
    assert_eq!(service.hooks.taken(), ["- the-secret"]);
    assert_eq!(report.pending(), []);
    assert_eq!(report.changes().len(), 1, "{report}");
    assert!(!report.to_string().contains("the-secret"));
    assert!(service.reloader.handle().load().tls.is_none());
}

#[test]
fn a_section_without_hooks_appears_with_what_is_in_it() {
    let service = started("{}");
    let tls = service.reloader.watch(Config::fields().cache().size());
    let report = service.reload("cache: {path: x, spare: {path: y}}");
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(report.changes().len(), 1);
    assert_eq!(tls.get(), Some(0));
    let spare = |service: &Service| {
        let config = service.reloader.handle().get();
        config.cache.as_ref().and_then(|cache| cache.spare.as_ref()).map(|spare| spare.path.clone())
    };
    assert_eq!(spare(&service).as_deref(), Some("y"));
    // One in it comes and goes as well, and what needs a restart beside it waits.
    let report = service.reload("cache: {path: z}");
    assert_eq!(report.changes()[0].key.to_string(), "cache.spare");
    assert_eq!(report.pending()[0].change.key.to_string(), "cache.path");
    assert_eq!(spare(&service), None);
    assert_eq!(service.reloader.handle().load().cache.as_ref().unwrap().path, "x");
    // Together with the whole, nothing waits.
    let report = service.reload("{}");
    assert_eq!((report.verdict(), report.pending().len()), (Verdict::Applied, 0));
    assert_eq!(tls.get(), None);
}

#[test]
fn a_hook_refuses_a_section_and_a_rollback_brings_one_back() {
    let service = started("tls: {ciphers: [a], key: k}\nport: 1");
    let report = service.reload("port: 1");
    assert_eq!(report.verdict(), Verdict::Applied);
    let report = service.reload("tls: {ciphers: [], key: k}\nport: 1");
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert!(rows(&report)[0].starts_with("× memory:1:6: tls: no ciphers"), "{report}");
    service.hooks.taken();
    let report = service.reloader.rollback_to(1, Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(service.hooks.taken(), ["+ k"]);
    assert_eq!(service.reloader.handle().load().tls.as_ref().unwrap().ciphers, ["a"]);
}

#[test]
fn other_sections_still_wait() {
    let service = started("cache: {}\nport: 1");
    let report = service.reload("cache: {path: x}\nproxy: {size: 1}\nport: 2");
    assert_eq!(report.verdict(), Verdict::PendingRestart);
    let keys: Vec<_> = report.pending().iter().map(|one| one.change.key.to_string()).collect();
    assert_eq!(keys, ["cache.path", "proxy", "port"]);
    // A section that goes while others wait leaves no words of its own behind.
    let report = service.reload("proxy: {size: 1}\nport: 2");
    assert_eq!(report.verdict(), Verdict::Applied);
    let report = service.reloader.rollback_to(1, Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert!(service.reloader.handle().load().cache.is_some());
}

#[test]
fn a_section_of_the_start_appears_to_hooks_that_are_asked_for_it() {
    let boot: Boot<Config> =
        Loader::new().text("yaml", "tls: {ciphers: [a], key: k}").load().unwrap();
    let hooks = Arc::new(Hooks::default());
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off).apply_at_start();
    let _reloader = builder.start().unwrap();
    // As in a reload, those of its fields are asked once it is there.
    assert_eq!(hooks.taken(), ["+ k"]);
}
