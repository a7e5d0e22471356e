//! The hook of a section, beside and in place of those of its fields.

use std::sync::{Arc, Mutex};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Trigger, Verdict, Watching,
    testing::{Fault, Memory, Stage},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested, hook)]
    pool: Pool,
    #[reload(nested, hook)]
    spare: Option<Box<Limits>>,
    #[reload(hot)]
    last: u32,
}

/// A section with a hook, and one with a hook in it.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Pool {
    #[reload(hot)]
    size: u32,
    #[reload(hot, live)]
    name: String,
    #[reload(restart)]
    host: String,
    #[reload(nested, hook)]
    limits: Arc<Limits>,
    #[reload(restart, nested)]
    frozen: Limits,
    /// Its fields stand among those of the pool.
    #[serde(flatten)]
    #[reload(nested)]
    flat: Flat,
}

/// A section of which the hook stands in place of those of its fields.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limits {
    #[reload(hot, live)]
    low: u32,
    #[reload(hot, live)]
    high: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Flat {
    #[reload(hot, live)]
    weight: u32,
}

#[derive(Default)]
struct Hooks(Mutex<Vec<String>>);

impl Hooks {
    fn limits<'a>(&'a self, name: &'static str, limits: LimitsDiff<'a>) -> HookResult<'a> {
        let Change { old, new, .. } = limits.values();
        if new.low > new.high {
            return Err("the limits are in the wrong order".into());
        }
        let which = format!("{limits:?}");
        Ok(Commit::new(move || {
            let line =
                format!("{name} {which} {}-{} > {}-{}", old.low, old.high, new.low, new.high);
            self.0.lock().unwrap().push(line);
        }))
    }
}

impl ConfigHooks for Hooks {
    fn on_pool<'a>(&'a self, pool: PoolDiff<'a>) -> HookResult<'a> {
        let line = format!("pool {pool:?} {}", pool.values().new.name);
        if let Some(size) = pool.size
            && *size.new > 100 * pool.values().new.flat.weight
        {
            return Err("too large for its weight".into());
        }
        Ok(Commit::new(move || self.0.lock().unwrap().push(line)))
    }
    fn on_spare<'a>(&'a self, spare: LimitsDiff<'a>) -> HookResult<'a> {
        self.limits("spare", spare)
    }
    fn on_last(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl PoolHooks for Hooks {
    fn on_size(&self, _: Change<'_, u32>) -> HookResult<'_> {
        Ok(Commit::none())
    }
    fn on_limits<'a>(&'a self, limits: LimitsDiff<'a>) -> HookResult<'a> {
        self.limits("limits", limits)
    }
}

const FIRST: &str = "\
pool:
  size: 1
  name: a
  host: h
  limits: {low: 1, high: 5}
  frozen: {low: 1, high: 5}
  weight: 1
spare: {low: 1, high: 5}
last: 1
";

struct Service {
    file: Memory,
    stage: Stage,
    hooks: Arc<Hooks>,
    reloader: Reloader<Config>,
}

impl Service {
    fn start() -> Self {
        let (file, stage, hooks) = (Memory::yaml(FIRST), Stage::new(), Arc::new(Hooks::default()));
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
        let reloader = builder.stage(&stage).start().unwrap();
        Self { file, stage, hooks, reloader }
    }

    fn reload(&self, text: &str) -> Report {
        self.file.write(text);
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.hooks.0.lock().unwrap())
    }
}

fn keys(report: &Report) -> Vec<String> {
    report.changes().iter().map(|change| change.key.to_string()).collect()
}

#[test]
fn a_section_is_asked_once_after_its_fields_and_each_field_keeps_its_row() {
    let service = Service::start();
    let text = FIRST
        .replace("size: 1", "size: 2")
        .replace("name: a", "name: b")
        .replace("  limits: {low: 1, high: 5}", "  limits: {low: 2, high: 6}")
        .replace("last: 1", "last: 2");
    let report = service.reload(&text);
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(
        keys(&report),
        ["pool.size", "pool.name", "pool.limits.low", "pool.limits.high", "last"]
    );
    assert_eq!(
        service.stage.calls()[..4],
        ["prepare pool.size", "prepare pool.limits", "prepare pool", "prepare last"]
    );
    assert_eq!(
        service.heard(),
        ["limits {low, high} 1-5 > 2-6", "pool {size, name, limits.low, limits.high} b"]
    );
}

#[test]
fn a_section_is_asked_only_where_something_in_it_changes_live() {
    let service = Service::start();
    let report = service.reload(&FIRST.replace("last: 1", "last: 2"));
    assert_eq!(report.verdict(), Verdict::Applied);
    let report = service.reload(
        &FIRST.replace("host: h", "host: i").replace("  frozen: {low: 1", "  frozen: {low: 2"),
    );
    assert_eq!((report.verdict(), report.pending().len()), (Verdict::Applied, 2), "back to 1");
    assert_eq!(service.heard(), Vec::<String>::new());

    let report = service.reload(&FIRST.replace("weight: 1", "weight: 2"));
    assert_eq!(report.verdict(), Verdict::Applied);
    assert_eq!(service.heard(), ["pool {weight} a"], "a flattened section is a part of it");
}

#[test]
fn an_optional_section_is_asked_while_both_sides_have_it() {
    let service = Service::start();
    let without = FIRST.replace("spare: {low: 1, high: 5}\n", "");
    let report = service.reload(&without);
    assert_eq!(report.verdict(), Verdict::PendingRestart, "{report}");
    let report =
        service.reload(&FIRST.replace("spare: {low: 1, high: 5}", "spare: {low: 2, high: 5}"));
    assert_eq!((report.verdict(), keys(&report)), (Verdict::Applied, vec!["spare.low".to_owned()]));
    assert_eq!(service.heard(), ["spare {low} 1-5 > 2-5"]);
}

#[test]
fn a_refusal_is_at_the_place_of_the_section() {
    let service = Service::start();
    let text = FIRST
        .replace("size: 1", "size: 101")
        .replace("  limits: {low: 1, high: 5}", "  limits: {low: 6, high: 5}");
    let report = service.reload(&text);
    assert_eq!(report.verdict(), Verdict::Rejected);
    let problems: Vec<_> = report.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "memory:5:11: pool.limits: the limits are in the wrong order",
            "memory:2:3: pool: too large for its weight",
        ]
    );
}

#[test]
fn a_section_is_undone_with_the_difference_reversed() {
    let service = Service::start();
    service.stage.inject(Config::fields().last(), Fault::FailCommit);
    let text = FIRST
        .replace("  limits: {low: 1, high: 5}", "  limits: {low: 2, high: 5}")
        .replace("last: 1", "last: 2");
    let report = service.reload(&text);
    assert_eq!(report.verdict(), Verdict::RolledBack, "{report}");
    assert_eq!(
        service.heard(),
        [
            "limits {low} 1-5 > 2-5",
            "pool {limits.low} a",
            "pool {limits.low} a",
            "limits {low} 2-5 > 1-5"
        ]
    );
}

#[test]
fn a_fault_can_be_asked_for_in_the_hook_of_a_section() {
    let service = Service::start();
    service.stage.inject("pool.limits", Fault::Refuse);
    let report = service.reload(&FIRST.replace("  limits: {low: 1", "  limits: {low: 2"));
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(report.problems()[0].message, "a fault that the test asked for");
}

#[test]
fn a_section_takes_part_in_a_rehearsal() {
    let start = |text: String| {
        let boot = Loader::<Config>::new().text("yaml", text).load().unwrap();
        boot.reloader().hooks(Arc::new(Hooks::default())).rehearse().start().map(drop)
    };
    assert!(start(FIRST.to_owned()).is_ok());
    let without = FIRST.replace("spare: {low: 1, high: 5}\n", "");
    assert!(start(without).is_ok(), "an absent section is not asked");
    let refused = start(FIRST.replace("spare: {low: 1", "spare: {low: 7")).unwrap_err();
    assert_eq!(refused.to_string(), "text:8:8: spare: the limits are in the wrong order");
}
