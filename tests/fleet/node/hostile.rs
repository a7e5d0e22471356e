//! Nodes whose files, stores, names and health checks are not as they should be.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use dlc_reload::{
    Invalid, Loader, Probation, Reloadable, Secret, Trigger,
    fleet::{
        Because, Desk, Entry, Fleet, Hint, Lost, MemoryClient, MemoryStore, NodeState, Outcome,
        Revision, Store, StoreError,
    },
    source::Guard,
};

use crate::told::Told;

use super::fixture::{ILL, LONG, Node, World, plan};

/// Starts a service as a node, where the store may be away.
fn start(world: &World, name: &str) -> Node {
    let (fleet, client) = world.member(name);
    let loader = world.loader(&fleet);
    world.start_with(fleet, client, loader).unwrap()
}

/// Ends a node, has its files changed, and starts it again.
fn restart(world: &World, name: &str, node: Node, change: impl FnOnce(&Path)) -> Node {
    drop(node);
    world.free(name);
    change(&world.cache(name));
    start(world, name)
}

#[test]
fn files_that_are_damaged_are_mended_from_the_store() {
    let world = World::new();
    let mut node = world.start("n1");
    let version = world.promote("rate: 50");
    for damage in [&b""[..], b"{", b"\xff\xfe", b"{}", b"null", b"[[[[", &[b' '; 300_000]] {
        for file in ["node.json", "target.json", "version-1.json"] {
            node = restart(&world, "n1", node, |cache| {
                fs::write(cache.join(file), damage).unwrap();
            });
            assert_eq!(world.runs("n1", version).refused, None, "{file}");
            assert_eq!(node.config.load().rate, 50, "{file}");
        }
        // All are as good as new: the next start needs no store.
        node = restart(&world, "n1", node, |_| world.engine.cut_off("no cable"));
        assert_eq!(node.config.load().rate, 50);
        world.engine.mend();
    }
    // As they are after a disk was full, and after somebody has tidied up.
    node = restart(&world, "n1", node, |cache| fs::remove_dir_all(cache).unwrap());
    world.runs("n1", version);
    node = restart(&world, "n1", node, |cache| {
        fs::remove_file(cache.join("version-1.json")).unwrap();
        fs::create_dir(cache.join("version-1.json")).unwrap();
    });
    let state = world.wait("n1", "in trouble", |state| state.trouble.is_some());
    assert_eq!((state.running, node.config.load().rate), (Some(version), 50), "{state:?}");
}

#[test]
fn a_directory_that_cannot_be_had_is_told_and_holds_nothing_up() {
    let world = World::new();
    fs::write(world.folder.path().join("fleet"), "a file").unwrap();
    let node = start(&world, "n1");
    let version = world.promote("rate: 50");
    let state = world.runs("n1", version);
    assert!(state.trouble.unwrap().contains("cannot be created"));
    assert_eq!(node.config.load().rate, 50);
}

#[test]
fn nodes_with_one_directory_keep_what_is_their_own() {
    let world = World::new();
    let nodes = ["n1", "n2"].map(|name| (name, world.start(name)));
    world.promote("rate: 50");
    let second = world.promote("rate: 60");
    world.desk.pin("n1", 1, "a test").unwrap();
    world.runs("n1", 1);
    world.runs("n2", second);
    let names = nodes.map(|(name, node)| {
        drop(node);
        world.free(name);
        name
    });
    world.engine.cut_off("no cable");
    let nodes = names.map(|name| start(&world, name));
    assert_eq!(nodes.map(|node| node.config.load().rate), [50, 60]);
}

/// As after the data of a store in development was thrown away.
#[test]
fn a_store_that_was_made_anew_has_the_word() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    drop(node);
    let engine = MemoryStore::new("coach/test");
    let desk = Desk::new(std::sync::Arc::new(engine.client()), "alice");
    let world = World { engine, desk, ..world };
    assert_eq!(world.promote("rate: 60"), 1);
    let node = world.start("n1");
    assert_eq!(node.config.load().rate, 60);
    drop(node);
    world.free("n1");
    world.engine.cut_off("no cable");
    assert_eq!(start(&world, "n1").config.load().rate, 60);
}

#[test]
fn a_store_that_is_slow_holds_no_start_up() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    drop(node);
    world.free("n1");
    let (fleet, client) = world.member("n1");
    client.slow(LONG);
    // The end of a controller waits for the call that it makes.
    let fleet = fleet.control(false);
    let (loader, begun) = (world.loader(&fleet), Instant::now());
    let node = world.start_with(fleet, client, loader).unwrap();
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    assert_eq!(node.config.load().rate, 50);
    node.client.slow(Duration::ZERO);
}

#[test]
fn a_name_that_does_not_fit_is_refused() {
    let world = World::new();
    for name in ["", "a/b", "..", "n 1", "n\n1", "-n", "é", &"n".repeat(129)] {
        let (fleet, _client) = world.member(name);
        let said = world.loader(&fleet).load().unwrap_err().to_string();
        assert!(said.contains("this node of the fleet has a name that does not fit"), "{said}");
        assert!(world.desk.pin(name, 1, "a test").is_err(), "{name:?}");
    }
    assert!(!world.folder.path().join("fleet").exists());
}

#[test]
fn a_health_check_that_panics_makes_ill() {
    static PANICS: AtomicBool = AtomicBool::new(true);
    let world = World::new();
    let (fleet, _client) = world.member("n1");
    let boot = world.loader(&fleet).load().unwrap();
    let config = boot.handle();
    let checked = config.clone();
    let probation = Probation::new(move || {
        assert!(checked.load().rate != 60 || !PANICS.load(Ordering::SeqCst), "a bug in the check");
        Ok(())
    });
    let (lasting, every) = (Duration::from_millis(60), Duration::from_millis(10));
    let probation = probation.lasting(lasting).every(every);
    let _reloader = boot.reloader().probation(probation).fleet(fleet).start().unwrap();
    world.runs_nothing("n1");
    world.promote("rate: 50");
    assert_eq!(world.roll_out("rate: 60").outcome, Outcome::Halted);
    let state = world.refuses("n1", 2, Because::Ill);
    assert!(state.refused.unwrap().problems[0].message.contains("panic"), "the cause");
    assert_eq!(config.load().rate, 50);
    // The thread of the node lives.
    PANICS.store(false, Ordering::SeqCst);
    world.desk.retry("mended").unwrap();
    world.desk.resume("mended").unwrap();
    world.runs("n1", 2);
}

#[test]
fn a_version_at_the_limit_arrives() {
    let world = World::new();
    let node = world.start("n1");
    let long = "x".repeat(1_040_000);
    world.promote(&format!("rate: 50\nmotd: {long}"));
    assert_eq!(node.config.load().motd.len(), long.len());
    let state = world.runs("n1", 1);
    assert!(serde_json::to_vec(&state).unwrap().len() < 2000);
}

/// A client without the permission to write states.
struct WithoutStates(MemoryClient);

impl Store for WithoutStates {
    fn fleet(&self) -> &str {
        self.0.fleet()
    }

    fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.0.get(key)
    }

    fn list(&self, prefix: &str) -> Result<BTreeMap<String, Entry>, StoreError> {
        self.0.list(prefix)
    }

    fn swap(&self, key: &str, _: Revision, _: &[u8]) -> Result<Result<Revision, Lost>, StoreError> {
        Err(StoreError::refused(format!("cannot write `{key}`: permission denied")))
    }

    fn keep(&self, key: &str, _: &[u8], _: Duration) -> Result<Result<(), Lost>, StoreError> {
        Err(StoreError::refused(format!("cannot keep `{key}`: permission denied")))
    }

    fn release(&self, key: &str) -> Result<(), StoreError> {
        self.0.release(key)
    }

    fn watch(&self, prefix: &str, hint: Box<dyn Fn(Hint) + Send + Sync>) -> Guard {
        self.0.watch(prefix, hint)
    }
}

#[test]
fn a_node_without_permissions_follows_the_pointer_and_says_what_lacks() {
    let world = World::new();
    let client = world.engine.client();
    let fleet: Fleet = world.member_by("n1", WithoutStates(client.clone()));
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    world.promote("rate: 50");
    let deadline = Instant::now() + LONG;
    let says = || {
        let report = node.reloader.reload(Trigger::api("a test")).wait().unwrap();
        let said = "the fleet does not see this node: cannot keep `nodes/n1`: permission denied";
        report.problems().iter().any(|it| it.message.contains(said))
    };
    while node.config.load().rate != 50 || !says() {
        assert!(Instant::now() < deadline, "{:?}", node.reloader.status());
        std::thread::yield_now();
    }
}

/// Whatever stands in the keys that a node reads, it runs what it ran, and follows the next pointer that it can.
#[test]
fn garbage_in_the_store_changes_nothing_that_runs() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    let client = world.engine.client();
    let write = |key: &str, value: &[u8]| {
        let seen = client.get(key).unwrap().map(|entry| entry.revision).unwrap_or_default();
        client.swap(key, seen, value).unwrap().unwrap();
    };
    let good = client.get("target").unwrap().unwrap().value;
    let is_well = |state: &NodeState| (state.running, state.consistent) == (Some(1), true);
    for garbage in [&b""[..], b"\xff", b"7", b"{\"stable\":{}}", &[b'x'; (64 << 10) + 1]] {
        write("target", garbage);
        write("versions/2", garbage);
        write("versions/x", garbage);
        write("nodes/other", garbage);
        write("rollouts/r7", garbage);
        write("schema/0", garbage);
        assert!(is_well(&world.wait("n1", "in sight", |_| true)));
        write("target", &good);
        client.swap("versions/2", Revision::ABSENT, b"").unwrap().unwrap_err();
        // A version that is none is refused, and not applied.
        world.desk.pin("n1", 1, "a test").unwrap();
        let pinned = String::from_utf8(client.get("target").unwrap().unwrap().value).unwrap();
        write("target", pinned.replace(r#""n1":1"#, r#""n1":2"#).as_bytes());
        world.refuses("n1", 2, Because::Untrusted);
        assert_eq!(node.config.load().rate, 50);
        world.desk.unpin("n1", "a test").unwrap();
        world.wait("n1", "well", |state| is_well(state) && state.refused.is_none());
    }
    let log = world.desk.log(9).unwrap();
    assert_eq!((log.rollouts.len(), log.unreadable.len()), (1, 1));
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50]);
}

const SECRET: &str = "hunter2-and-more";

#[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
#[reload(validate = quotes)]
struct Guarded {
    #[reload(hot, live)]
    rate: u32,
    #[reload(restart)]
    token: Secret<String>,
}

fn quotes(config: &Guarded) -> Result<(), Invalid> {
    let token = config.token.expose();
    match config.rate {
        0 => Err(Invalid::new().at("rate", format!("with 0, {token} is refused"))),
        _ => Ok(()),
    }
}

#[test]
fn nothing_secret_is_told_whoever_says_it() {
    let world = World::new();
    let file = world.folder.path().join("guarded.yaml");
    fs::write(&file, format!("{{rate: 7, token: {SECRET}}}")).unwrap();
    let (fleet, _client) = world.member("n1");
    let boot = Loader::<Guarded>::new().file(&file).fleet(&fleet).load().unwrap();
    let config = boot.handle();
    let probation = Probation::new(move || match config.load().rate {
        ILL => Err(format!("{SECRET} is no longer taken").into()),
        _ => Ok(()),
    });
    let (lasting, every) = (Duration::from_millis(60), Duration::from_millis(10));
    let probation = probation.lasting(lasting).every(every);
    let reloader = boot.reloader().probation(probation).fleet(fleet).start().unwrap();
    world.runs_nothing("n1");
    world.promote("rate: 50");
    for (text, because) in [
        ("rate: 0".to_owned(), Because::Rejected),
        (format!("rate: {ILL}"), Because::Ill),
        (format!("rate: {SECRET}"), Because::Rejected),
        (format!("{{rate: 60, token: {SECRET}}}"), Because::Rejected),
        (format!("{{rate: 60, {SECRET}: 1}}"), Because::Rejected),
    ] {
        let ending = world.roll_out(&text);
        assert_eq!(ending.outcome, Outcome::Halted, "{text}");
        let told = world.refuses("n1", ending.version, because).refused.unwrap();
        assert!(!told.problems.is_empty() && !told.problems[0].message.is_empty(), "{told:?}");
        // What was published is in its version; it is told nowhere else.
        for key in ["target", "nodes/", "rollouts/", "schema/"] {
            for (name, entry) in world.engine.client().list(key).unwrap() {
                let value = String::from_utf8(entry.value).unwrap();
                assert!(!value.contains(SECRET), "{text}: {key}{name}: {value}");
            }
        }
        world.desk.abort("a test").unwrap();
    }
    drop(reloader);
}

/// A reload for the fleet reads the sources of the machine, too.
#[test]
fn no_value_of_the_own_file_of_a_node_is_told() {
    const VALUE: &str = "a-name-of-the-machine";
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    for (own, said) in [
        (format!("{{rate: 7, port: {VALUE}}}"), "port: the value does not fit the field"),
        (format!("{{rate: 7, motd: [{VALUE}]}}"), "motd: the value does not fit the field"),
        (format!("{{rate: 7, motd: {VALUE}"), "coach.yaml:"),
    ] {
        fs::write(world.folder.path().join("coach.yaml"), own).unwrap();
        let ending = world.roll_out("rate: 60");
        assert_eq!(ending.outcome, Outcome::Halted, "{said}");
        let refused = world.refuses("n1", ending.version, Because::Rejected).refused.unwrap();
        let told: Vec<_> = refused.problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|it| it.contains("coach.yaml:") && it.contains(said)), "{told:?}");
        for key in ["target", "nodes/", "rollouts/"] {
            for (name, entry) in world.engine.client().list(key).unwrap() {
                let value = String::from_utf8(entry.value).unwrap();
                assert!(!value.contains(VALUE), "{key}{name}: {value}");
            }
        }
        world.desk.abort("a test").unwrap();
    }
    // A value of the fleet's own document is quoted.
    fs::write(world.folder.path().join("coach.yaml"), "rate: 7").unwrap();
    let ending = world.roll_out("rate: many");
    let refused = world.refuses("n1", ending.version, Because::Rejected).refused.unwrap();
    assert!(refused.problems[0].message.contains("\"many\""), "{refused:?}");
    drop(node);
}

#[test]
fn a_store_that_panics_ends_no_service_and_is_told_of() {
    let world = World::new();
    let client = world.engine.client();
    let panicking = |key: &str| assert_ne!(key, "versions/1", "a bug in the store");
    let fleet = world.member_by("n1", Told(client.clone(), panicking));
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    world.runs_nothing("n1");
    world.desk.start(world.publish("rate: 50"), plan(), "a test").unwrap();
    let deadline = Instant::now() + LONG;
    let says = || {
        let report = node.reloader.reload(Trigger::api("a test")).wait().unwrap();
        let said = "this service follows its fleet no more, restart it";
        report.problems().iter().any(|it| it.message.contains(said))
    };
    while !says() {
        assert!(Instant::now() < deadline, "{:?}", node.reloader.status());
        std::thread::yield_now();
    }
    assert_eq!(node.config.load().rate, 7);
}
