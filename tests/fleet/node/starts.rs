//! Starts of nodes: with the store, without it, and with versions that let no service start.

use std::{fs, sync::Arc};

use dlc_reload::{
    SourceState, Trigger, Verdict,
    fleet::{Because, Desk, Document, Plan, SigningKey, Store},
};

use serde_json::json;

use super::fixture::World;

/// Points a fleet to a candidate for every node.
pub fn point(store: &impl Store, stable: Option<u64>, candidate: u64, retries: u64) {
    let since = "2026-11-27T12:00:00Z";
    let rollout = json!({
        "id": "r9", "candidate": candidate, "plan": Plan::at_once(), "stage": 0, "cuts": [1_u64 << 52],
        "phase": "running", "by": "alice", "why": "a test", "since": since,
    });
    let target = json!({ "stable": stable, "rollout": rollout, "retries": retries });
    let seen = store.get("target").unwrap().map(|entry| entry.revision).unwrap_or_default();
    store.swap("target", seen, &serde_json::to_vec(&target).unwrap()).unwrap().unwrap();
}

#[test]
fn without_the_store_a_start_has_what_is_kept_and_says_so() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    drop(node);
    world.free("n1");
    world.engine.cut_off("no cable");
    let (fleet, client) = world.member("n1");
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    assert_eq!(node.config.load().rate, 50);
    let status = node.reloader.status();
    let source = status.sources.iter().find(|source| &*source.name == "fleet").unwrap();
    assert_eq!((source.state, source.reason.as_deref()), (SourceState::Stale, Some("no cable")));
    assert_eq!(source.version.as_deref(), Some("1"));

    world.engine.mend();
    let state = world.runs("n1", 1);
    assert_eq!(state.refused, None);
    world.wait("n1", "fresh", |state| state.stale.is_none());
    world.promote("rate: 60");
    assert_eq!(node.config.load().rate, 60);
}

#[test]
fn files_of_a_node_are_those_of_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    world.promote("rate: 60");
    drop(node);
    world.free("n1");
    let cache = world.cache("n1");
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    let entries = fs::read_dir(&cache).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries
        .map(|entry| {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            entry.file_name().into_string().unwrap()
        })
        .collect();
    names.sort();
    assert_eq!(names, ["node.json", "target.json", "version-1.json", "version-2.json"]);
    let kept = fs::read(cache.join("version-2.json")).unwrap();
    let stored = world.engine.client().get("versions/2").unwrap().unwrap().value;
    assert_eq!(kept, stored, "as it was signed");
}

#[test]
fn without_store_and_cache_it_is_the_last_known_good_or_an_error_that_says_both() {
    let world = World::new();
    let good = world.folder.path().join("good.json");
    let start = |cache: &str| {
        let (fleet, client) = world.member("n1");
        let fleet = fleet.cache(world.cache(cache));
        let loader = world.loader(&fleet).last_known_good(&good);
        world.start_with(fleet, client, loader)
    };
    let node = start("n1").unwrap();
    world.runs_nothing("n1");
    world.promote("rate: 50");
    drop(node);
    world.free("n1");
    world.engine.cut_off("no cable");
    let node = start("none").unwrap();
    assert_eq!(node.config.load().rate, 50);
    let problems = node.reloader.status().last_known_good.unwrap().problems;
    assert!(problems[0].message.contains("no cable"), "{problems:?}");
    world.engine.mend();
    world.runs("n1", 1);
    assert!(node.reloader.status().last_known_good.is_none());
    drop(node);

    fs::remove_file(&good).unwrap();
    world.free("n1");
    world.engine.cut_off("no cable");
    let error = start("none at all").err().unwrap().to_string();
    assert!(error.contains("no cable") && error.contains("has no version of it either"), "{error}");
}

#[test]
fn an_altered_copy_is_not_used() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    drop(node);
    world.free("n1");
    world.engine.cut_off("no cable");
    let kept = world.cache("n1").join("version-1.json");
    let altered = fs::read_to_string(&kept).unwrap().replace("50", "51");
    fs::write(&kept, altered).unwrap();
    let (fleet, client) = world.member("n1");
    let loader = world.loader(&fleet);
    assert!(world.start_with(fleet, client, loader).is_err());
}

#[test]
fn a_candidate_that_lets_no_service_start_gives_way_to_the_stable_version() {
    let world = World::new();
    let node = world.start("n1");
    world.promote("rate: 50");
    drop(node);
    world.free("n1");
    let bad = world.publish("rate: many");
    point(&world.engine.client(), Some(1), bad, 0);
    let node = world.start("n1");
    assert_eq!(node.config.load().rate, 50);
    let state = world.refuses("n1", bad, Because::Rejected);
    assert_eq!(state.running, Some(1));
    let problem = &state.refused.unwrap().problems[0];
    assert_eq!(problem.place.as_deref(), Some("base.yaml@2:1:7"));
    let report = node.reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Unchanged, "{report}");
}

#[test]
fn only_versions_by_a_trusted_key_are_taken() {
    let world = World::new();
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----";
    let key = SigningKey::from_pem(pem).unwrap();
    let (fleet, client) = world.member("n1");
    let fleet = fleet.trust([key.trusted()]).min_version(2);
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    world.runs_nothing("n1");
    let unsigned = world.publish("rate: 50");
    point(&world.engine.client(), None, unsigned, 0);
    world.refuses("n1", unsigned, Because::Untrusted);

    let desk = Desk::new(Arc::new(world.engine.client()), "alice").sign_with(key);
    let document = Document { name: "base.yaml".to_owned(), text: "rate: 60".to_owned() };
    let signed = desk.publish(vec![document], "a test").unwrap();
    point(&world.engine.client(), None, signed, 0);
    world.runs("n1", signed);
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 60]);
}
