//! Random sequences of configurations with entries and a live section, run against a real reloader and against the
//! rules in a few lines: what comes into force, what waits, which rows a report has, and what the hooks have made of
//! the world.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Trigger, Verdict, Watching,
    testing::Memory,
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
    test_runner::{Config as Run, TestCaseError, TestRunner},
};
use serde::{Deserialize, Serialize};

/// The number of sequences that are run.
const SEQUENCES: &str = "DLC_RELOAD_TEST_SEQUENCES";

/// A weight that a hook refuses.
const REFUSED: u8 = 7;
/// A weight whose commit panics.
const PANICS: u8 = 8;
/// A size whose commit fails.
const FAILS: u8 = 9;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, entries)]
    map: BTreeMap<String, Item>,
    #[reload(hot, entries = "name")]
    list: Vec<Named>,
    #[reload(nested, live, hook)]
    section: Option<Item>,
    #[reload(hot)]
    size: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Item {
    #[reload(hot, live)]
    weight: u8,
    #[reload(restart)]
    addr: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Named {
    #[reload(restart)]
    name: String,
    #[reload(nested)]
    item: Item,
}

/// The world outside, which only commits change: each entry and section under its key, and the size.
type World = BTreeMap<String, (u8, u8)>;

/// Returns the world that belongs to a configuration.
fn world(config: &Config) -> World {
    let both = |item: &Item| (item.weight, item.addr);
    let map = config.map.iter().map(|(key, item)| (format!("map.{key}"), both(item)));
    let list = config.list.iter().map(|one| (format!(r#"list["{}"]"#, one.name), both(&one.item)));
    let section = config.section.iter().map(|item| ("section".to_owned(), both(item)));
    map.chain(list).chain(section).chain([("size".to_owned(), (config.size, 0))]).collect()
}

#[derive(Default)]
struct Hooks(Mutex<World>);

impl Hooks {
    /// Prepares to put a value into the world, or to take it out.
    fn put(&self, key: String, value: Option<(u8, u8)>, fails: bool) -> HookResult<'_> {
        if value.is_some_and(|(weight, _)| weight == REFUSED) {
            return Err("refused".into());
        }
        let run = move || {
            assert!(value.is_none_or(|(weight, _)| weight != PANICS), "the test wants it");
            let mut world = self.0.lock().unwrap();
            match value {
                Some(value) => _ = world.insert(key, value),
                None => _ = world.remove(&key),
            }
        };
        Ok(match fails {
            false => Commit::new(run),
            true => Commit::fallible(move || match value {
                Some((FAILS, _)) => Err("failed".into()),
                _ => {
                    run();
                    Ok(())
                }
            }),
        })
    }

    /// Prepares a new weight of what is there already.
    fn weigh(&self, key: String, diff: ItemDiff<'_>) -> HookResult<'_> {
        let Change { new, .. } = diff.values();
        self.put(key, Some((new.weight, new.addr)), false)
    }
}

fn listed(name: &str) -> String {
    format!(r#"list["{name}"]"#)
}

impl ConfigHooks for Hooks {
    fn on_map_added(&self, key: &String, new: &Item) -> HookResult<'_> {
        self.put(format!("map.{key}"), Some((new.weight, new.addr)), false)
    }
    fn on_map_removed(&self, key: &String, _: &Item) -> HookResult<'_> {
        self.put(format!("map.{key}"), None, false)
    }
    fn on_map_changed(&self, key: &String, diff: ItemDiff<'_>) -> HookResult<'_> {
        self.weigh(format!("map.{key}"), diff)
    }
    fn on_list_added(&self, key: &String, new: &Named) -> HookResult<'_> {
        self.put(listed(key), Some((new.item.weight, new.item.addr)), false)
    }
    fn on_list_removed(&self, key: &String, _: &Named) -> HookResult<'_> {
        self.put(listed(key), None, false)
    }
    fn on_list_changed(&self, key: &String, diff: NamedDiff<'_>) -> HookResult<'_> {
        self.weigh(listed(key), diff.item)
    }
    fn on_section(&self, diff: ItemDiff<'_>) -> HookResult<'_> {
        self.weigh("section".to_owned(), diff)
    }
    fn on_section_appeared(&self, new: &Item) -> HookResult<'_> {
        self.put("section".to_owned(), Some((new.weight, new.addr)), false)
    }
    fn on_section_vanished(&self, _: &Item) -> HookResult<'_> {
        self.put("section".to_owned(), None, false)
    }
    fn on_size<'a>(&'a self, size: Change<'a, u8>) -> HookResult<'a> {
        self.put("size".to_owned(), Some((*size.new, 0)), true)
    }
}

/// The outcome of a reload, by the rules.
struct Expected {
    effective: Config,
    changes: BTreeSet<String>,
    pending: BTreeSet<String>,
}

impl Expected {
    /// Compares what is in force with what is asked for.
    fn of(effective: &Config, asked: &Config) -> Self {
        let mut next = asked.clone();
        let (mut changes, mut pending) = (BTreeSet::new(), BTreeSet::new());
        let mut stays = |key: &str, old: &Item, new: &mut Item| {
            if old.weight != new.weight {
                changes.insert(format!("{key}.weight"));
            }
            if old.addr != new.addr {
                pending.insert(format!("{key}.addr"));
                new.addr = old.addr;
            }
        };
        for (key, new) in &mut next.map {
            if let Some(old) = effective.map.get(key) {
                stays(&format!("map.{key}"), old, new);
            }
        }
        for new in &mut next.list {
            if let Some(old) = effective.list.iter().find(|old| old.name == new.name) {
                stays(&format!("{}.item", listed(&new.name)), &old.item, &mut new.item);
            }
        }
        if let (Some(old), Some(new)) = (&effective.section, &mut next.section) {
            stays("section", old, new);
        }
        let (old, new) = (world(effective), world(&next));
        let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.keys().collect(), new.keys().collect());
        changes.extend(old.symmetric_difference(&new).map(ToString::to_string));
        if effective.size != next.size {
            changes.insert("size".to_owned());
        }
        let common = |one: &Config, other: &Config| -> Vec<String> {
            let names = |config: &Config| {
                config.list.iter().map(|one| one.name.clone()).collect::<Vec<_>>()
            };
            names(one).into_iter().filter(|name| names(other).contains(name)).collect()
        };
        if common(effective, &next) != common(&next, effective) {
            changes.insert("list".to_owned());
        }
        Self { effective: next, changes, pending }
    }

    /// Returns the verdict of a change that is refused or fails: what it asks hooks for decides.
    fn refused(&self, before: &Config) -> Option<Verdict> {
        let (old, new) = (world(before), world(&self.effective));
        let asked = |weight: u8| {
            new.iter().any(|(key, value)| old.get(key) != Some(value) && value.0 == weight)
        };
        if asked(REFUSED) {
            Some(Verdict::Rejected)
        } else if asked(FAILS) || asked(PANICS) {
            Some(Verdict::RolledBack)
        } else {
            None
        }
    }
}

fn weight() -> impl Strategy<Value = u8> {
    prop_oneof![30 => 0..3_u8, 1 => Just(REFUSED), 1 => Just(PANICS)]
}

fn item() -> impl Strategy<Value = Item> {
    (weight(), 0..2_u8).prop_map(|(weight, addr)| Item { weight, addr })
}

fn config() -> impl Strategy<Value = Config> {
    let entries = || btree_map(select(&["a", "b", "c"][..]).prop_map(str::to_owned), item(), 0..3);
    let list = entries().prop_map(|all| {
        all.into_iter().map(|(name, item)| Named { name, item }).collect::<Vec<_>>()
    });
    let size = prop_oneof![12 => 0..2_u8, 1 => Just(FAILS)];
    (entries(), list.prop_shuffle(), option::of(item()), size)
        .prop_map(|(map, list, section, size)| Config { map, list, section, size })
}

#[derive(Clone, Debug)]
enum Operation {
    Reload(Config),
    /// To one of the generations so far, counted from the newest.
    Rollback(u64),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        5 => config().prop_map(Operation::Reload),
        1 => (1..4_u64).prop_map(Operation::Rollback),
    ];
    vec(operation, 1..12)
}

struct Service {
    source: Memory,
    hooks: Arc<Hooks>,
    reloader: Reloader<Config>,
}

fn start(first: &Config) -> Service {
    let source = Memory::new("json", serde_json::to_string(first).unwrap());
    let boot = Loader::<Config>::new().source(source.clone()).load().unwrap();
    let hooks =
        Arc::new(Hooks(Mutex::new(World::from_iter([("size".to_owned(), (first.size, 0))]))));
    let builder = boot.reloader().hooks(Arc::clone(&hooks)).watch(Watching::Off);
    Service { source, hooks, reloader: builder.apply_at_start().start().unwrap() }
}

fn agree(operations: &[Operation]) -> Result<(), TestCaseError> {
    let first = Config { map: BTreeMap::new(), list: Vec::new(), section: None, size: 0 };
    let service = start(&first);
    let (mut generations, mut has_rolled_back) = (vec![first], false);
    for operation in operations {
        let effective = generations.last().unwrap().clone();
        let (asked, report) = match operation {
            Operation::Reload(config) => {
                service.source.write(serde_json::to_string(config).unwrap());
                let report = service.reloader.reload(Trigger::api("test")).wait().unwrap();
                (config.clone(), report)
            }
            Operation::Rollback(back) => {
                let number = (generations.len() as u64).saturating_sub(*back).max(1);
                let target = &generations[usize::try_from(number).unwrap() - 1];
                let request = service.reloader.rollback_to(number, Trigger::api("test"));
                (target.clone(), request.wait().unwrap())
            }
        };
        if has_rolled_back && report.to_string().contains("a rollback turned away from this") {
            prop_assert_eq!(report.verdict(), Verdict::Unchanged, "{}", report);
            continue;
        }
        has_rolled_back |= matches!(operation, Operation::Rollback(_));
        let expected = Expected::of(&effective, &asked);
        let keys = |report: &dlc_reload::Report| -> BTreeSet<String> {
            report.changes().iter().map(|change| change.key.to_string()).collect()
        };
        match expected.refused(&effective) {
            Some(verdict) => prop_assert_eq!(report.verdict(), verdict, "{}", report),
            None => {
                prop_assert_eq!(keys(&report), expected.changes.clone(), "{}", report);
                prop_assert_eq!(report.changes().len(), expected.changes.len(), "{}", report);
                if matches!(operation, Operation::Reload(_)) {
                    let waits: BTreeSet<_> =
                        report.pending().iter().map(|one| one.change.key.to_string()).collect();
                    prop_assert_eq!(waits, expected.pending.clone(), "{}", report);
                }
                if !expected.changes.is_empty() {
                    prop_assert_eq!(report.verdict(), Verdict::Applied, "{}", report);
                    generations.push(expected.effective);
                }
            }
        }
        let effective = generations.last().unwrap();
        let in_force = service.reloader.handle().get();
        prop_assert_eq!(in_force.config(), effective, "{}", report);
        prop_assert_eq!(&*service.hooks.0.lock().unwrap(), &world(effective), "{}", report);
        prop_assert_eq!(service.reloader.status().generation, generations.len() as u64);
    }
    Ok(())
}

#[test]
fn entries_and_live_sections_do_what_the_rules_say() {
    let cases = std::env::var(SEQUENCES).map_or(300, |cases| cases.parse().unwrap());
    let config = Run { cases, failure_persistence: None, ..Run::default() };
    let result = TestRunner::new(config).run(&operations(), |operations| agree(&operations));
    if let Err(error) = result {
        panic!("{error}");
    }
}
