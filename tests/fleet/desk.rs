//! The desk: publications, rollouts and all that people do with a fleet, also at the same time.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::{Duration, SystemTime},
};

use dlc_reload::fleet::{
    Desk, DeskError, Document, MemoryStore, Phase, Plan, Reach, Revision, Stage, Store as _,
};

pub(crate) const LIFE: Duration = Duration::from_secs(60);

pub(crate) fn desk(engine: &MemoryStore, by: &str) -> Desk {
    Desk::new(Arc::new(engine.client()), by)
}

pub(crate) fn documents(text: &str) -> Vec<Document> {
    vec![Document { name: "base.yaml".into(), text: text.into() }]
}

/// An engine with three versions, of which the first is stable.
pub(crate) fn fleet() -> (MemoryStore, Desk) {
    let engine = MemoryStore::new("coach/test");
    let alice = desk(&engine, "alice");
    for rate in 1..=3 {
        alice.publish(documents(&format!("rate: {rate}\n")), "rates").unwrap();
    }
    alice.start(1, Plan::careful(), "a test").unwrap();
    (engine, alice)
}

/// The state of a node as JSON.
pub(crate) fn state(running: u64, more: &str) -> String {
    let since = "2026-11-27T12:00:00Z";
    format!(
        r#"{{"running":{running},"trial":"proved","generation":1,"since":"{since}","process":"p"{more}}}"#
    )
}

/// The digests of the schemas that take all and nothing.
const TRUE: &str = "b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b";
const FALSE: &str = "fcbcf165908dd18a9e49f7ff27810176db8e9f63b4352213741664245224f8aa";

fn said(result: Result<impl std::fmt::Debug, DeskError>) -> String {
    match result.unwrap_err() {
        DeskError::Refused(reason) => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_version_is_published_listed_and_compared() {
    let (engine, alice) = fleet();
    let text = "rate: 9\n# two\n";
    let mut two = documents(text);
    two.insert(0, Document { name: "x.toml".into(), text: String::new() });
    assert_eq!(alice.publish(two, " more ").unwrap(), 4);

    let version = desk(&engine, "bob").version(4).unwrap();
    let names: Vec<_> = version.documents.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["base.yaml", "x.toml"]);
    assert_eq!((version.number, version.parent), (4, Some(1)));
    assert_eq!((version.author.as_str(), version.message.as_str()), ("alice", "more"));
    assert_eq!(version.fleet, "coach/test");

    let numbers: Vec<_> = alice.versions(3).unwrap().iter().map(|it| it.number).collect();
    assert_eq!(numbers, [4, 3, 2]);
    assert_eq!(alice.diff(3, 3).unwrap(), []);
    let diff = alice.diff(3, 4).unwrap();
    assert_eq!(diff.len(), 2);
    assert_eq!(diff[0].before.as_deref(), Some("rate: 3\n"));
    assert_eq!(diff[0].after.as_deref(), Some(text));
    assert_eq!((diff[1].name.as_str(), &diff[1].before), ("x.toml", &None));
    assert_eq!(said(alice.version(9)), "there is no version 9, the last one is 4");
}

#[test]
fn many_who_publish_at_once_get_a_number_each() {
    let engine = MemoryStore::new("coach/test");
    let together = Barrier::new(8);
    let mut numbers: Vec<_> = thread::scope(|scope| {
        let publish = |number: u32| {
            let (desk, together) = (desk(&engine, &format!("p{number}")), &together);
            scope.spawn(move || {
                together.wait();
                let publish =
                    |_| desk.publish(documents(&format!("a: {number}")), "a test").unwrap();
                (0..20).map(publish).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..8).map(publish).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=160).collect::<Vec<_>>());
    let desk = desk(&engine, "me");
    assert!(numbers.iter().all(|number| desk.version(*number).is_ok()));
}

#[test]
fn a_lost_answer_is_no_second_publication_and_no_second_change() {
    let engine = MemoryStore::new("coach/test");
    let client = engine.client();
    let alice = Desk::new(Arc::new(client.clone()), "alice");
    client.lose_answer();
    assert_eq!(alice.publish(documents("a: 1"), "a test").unwrap(), 1);
    assert_eq!(alice.versions(9).unwrap().len(), 1);
    client.lose_answer();
    let target = alice.retry("a test").unwrap();
    assert_eq!((target.retries, target.changes.len()), (1, 1));
    client.cut_off("no cable");
    assert!(matches!(alice.retry("a test"), Err(DeskError::Store(_))));
}

#[test]
fn a_number_does_not_come_again_after_the_store_went_back() {
    let (engine, alice) = fleet();
    let node = engine.client();
    let backup = engine.backup();
    assert_eq!(alice.publish(documents("a: 4"), "a test").unwrap(), 4);
    node.keep("nodes/n1", state(4, "").as_bytes(), LIFE).unwrap().unwrap();
    engine.restore(&backup);
    assert_eq!(alice.publish(documents("b: 4"), "a test").unwrap(), 5);
}

#[test]
fn a_rollout_goes_its_way_by_hand_and_no_second_one_begins() {
    let (engine, alice) = fleet();
    let node = engine.client();
    node.keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    let bob = desk(&engine, "bob");
    let target = bob.start(2, Plan::careful(), "faster").unwrap();
    let rollout = target.rollout.unwrap();
    assert_eq!((rollout.id.as_str(), rollout.phase, rollout.candidate), ("r2", Phase::Running, 2));
    assert_eq!(
        (rollout.by.as_str(), rollout.why.as_str(), target.stable),
        ("bob", "faster", Some(1))
    );
    assert_eq!(
        said(alice.start(3, Plan::careful(), "a test")),
        "rollout r2 of version 2 is running: `abort` or `promote` it first"
    );
    assert_eq!(said(alice.resume("a test")), "there is nothing to resume: rollout r2 is running");
    assert_eq!(alice.pause("lunch").unwrap().rollout.unwrap().phase, Phase::Paused);
    assert_eq!(alice.resume("a test").unwrap().rollout.unwrap().phase, Phase::Running);
    let aborted = alice.abort("too fast").unwrap();
    let rollout = aborted.rollout.unwrap();
    assert_eq!((rollout.phase, rollout.cuts.len(), aborted.stable), (Phase::Aborted, 0, Some(1)));
    assert_eq!(said(alice.abort("x")), "there is nothing to abort: rollout r2 is aborted");

    alice.start(3, Plan::quick(), "a test").unwrap();
    let promoted = alice.promote("now").unwrap();
    assert_eq!((promoted.stable, promoted.nodes), (Some(3), 1));
    let last = promoted.changes.last().unwrap();
    assert_eq!(
        (last.what.as_str(), last.by.as_str(), last.why.as_str()),
        ("promote r3", "alice", "now")
    );
    let overview = bob.overview().unwrap();
    assert_eq!(overview.nodes["n1"].wanted, Some(3));
    assert!(!overview.has_converged());
}

#[test]
fn no_change_is_made_without_a_reason() {
    let (engine, alice) = fleet();
    engine.client().keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    let ahead = SystemTime::now() + LIFE;
    alice.pin("n2", 2, "a test").unwrap();
    alice.start(2, Plan::quick(), "a test").unwrap();
    alice.freeze(ahead, "a test").unwrap();
    let before = alice.target().unwrap();
    for why in ["", " \n"] {
        let changes = [
            alice.start(3, Plan::quick(), why),
            alice.pause(why),
            alice.resume(why),
            alice.abort(why),
            alice.promote(why),
            alice.pin("n1", 2, why),
            alice.unpin("n2", why),
            alice.freeze(ahead, why),
            alice.unfreeze(why),
            alice.retry(why),
        ];
        for changed in changes {
            assert_eq!(said(changed), "say why the change is made (`--why`)");
        }
        let published = alice.publish(documents("rate: 9"), why);
        assert_eq!(said(published), "say why the change is made (`--why`)");
    }
    assert_eq!(alice.target().unwrap(), before);
    assert_eq!(alice.versions(9).unwrap().len(), 3);
}

#[test]
fn what_is_not_there_or_cannot_be_is_said() {
    let (engine, alice) = fleet();
    let ahead = SystemTime::now() + LIFE;
    engine.client().keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    assert_eq!(said(alice.pin("n1", 9, "x")), "there is no version 9, the last one is 3");
    assert_eq!(
        said(alice.start(9, Plan::quick(), "x")),
        "there is no version 9, the last one is 3"
    );
    assert_eq!(said(alice.unpin("n1", "a test")), "no node is pinned");
    assert_eq!(said(alice.unfreeze("a test")), "the fleet is not frozen");
    assert!(said(alice.freeze(SystemTime::now(), "x")).contains("give a time that is ahead"));
    assert!(said(desk(&engine, " ").retry("a test")).contains("--by"));
    assert!(said(alice.retry(&"x".repeat(501))).contains("at most 500 bytes"));

    alice.pin("n1", 2, "to compare").unwrap();
    assert_eq!(said(alice.unpin("n2", "a test")), "`n2` is not pinned, these are: n1");
    assert_eq!(alice.overview().unwrap().nodes["n1"].wanted, Some(2));
    let frozen = alice.freeze(ahead, "a holiday").unwrap().frozen.unwrap();
    assert_eq!((frozen.by.as_str(), frozen.why.as_str()), ("alice", "a holiday"));
    assert_eq!(alice.overview().unwrap().nodes["n1"].wanted, Some(1), "frozen at what it runs");
    alice.unfreeze("a test").unwrap();
    let target = alice.unpin("n1", "a test").unwrap();
    assert!(target.pins.is_empty() && target.frozen.is_none());
}

#[test]
fn without_nodes_the_build_that_came_last_is_the_one_to_check_against() {
    let (engine, alice) = fleet();
    assert!(alice.builds().unwrap().is_empty());
    let node = engine.client();
    let write = |digest: &str, schema: &str| {
        let key = format!("schema/{digest}");
        node.swap(&key, Revision::ABSENT, schema.as_bytes()).unwrap().unwrap();
    };
    write(FALSE, "false");
    write(TRUE, "true");
    // Somebody has written one that is not what its name says.
    write(&TRUE.replace('b', "c"), "{}");
    let builds = alice.builds().unwrap();
    let [build] = &builds[..] else { panic!("{builds:?}") };
    assert_eq!(build.schema, Some(serde_json::Value::Bool(true)));
    assert!(build.nodes.is_empty() && build.programs.is_empty(), "{build:?}");

    let of_an_old_build = state(1, &format!(r#","schema":"{FALSE}","build":"1.0""#));
    node.keep("nodes/n1", of_an_old_build.as_bytes(), LIFE).unwrap().unwrap();
    let builds = alice.builds().unwrap();
    let [build] = &builds[..] else { panic!("{builds:?}") };
    assert_eq!(build.schema, Some(serde_json::Value::Bool(false)));
    assert!(build.nodes.contains("n1") && build.programs.contains("1.0"), "{build:?}");
}

#[test]
fn a_plan_that_cannot_be_carried_out_is_refused() {
    let (_engine, alice) = fleet();
    let stage = |reach| Stage::new(reach, Duration::ZERO, LIFE);
    let all = stage(Reach::Share(1.0));
    let mut europe = all.clone();
    europe.labels = [("region".to_owned(), "eu".to_owned())].into();
    let plans = [
        (vec![], "does not reach all"),
        (vec![stage(Reach::Share(0.5))], "does not reach all"),
        (vec![all.clone(), europe], "does not reach all"),
        (vec![stage(Reach::Share(1.5)), all.clone()], "share of 1.5"),
        (vec![stage(Reach::Share(f64::NAN)), all.clone()], "share of NaN"),
        (vec![stage(Reach::Share(-0.1)), all.clone()], "share of -0.1"),
        (vec![stage(Reach::Count(0)), all.clone()], "no node"),
        (vec![Stage::new(all.reach, LIFE, Duration::ZERO)], "deadline of 0s"),
        (vec![all.clone(); 200], "of the pointer, at most 8192 are allowed"),
    ];
    for (stages, reason) in plans {
        let said = said(alice.start(2, Plan::new("mine", stages), "x"));
        assert!(said.contains(reason), "{said}");
    }
    let mut plan = Plan::new("mine", vec![all]);
    plan.min_alive = -1.0;
    assert!(said(alice.start(2, plan, "x")).contains("min_alive"));
}

#[test]
fn two_desks_that_change_the_pointer_undo_nothing_of_each_other() {
    let (engine, alice) = fleet();
    let together = Barrier::new(2);
    thread::scope(|scope| {
        for by in ["one", "two"] {
            let (desk, together) = (desk(&engine, by), &together);
            scope.spawn(move || {
                together.wait();
                for node in 0..100 {
                    desk.pin(&format!("{by}-{node}"), 2, "x").unwrap();
                }
            });
        }
    });
    let (revision, target) = alice.target().unwrap();
    assert_eq!(target.pins.len(), 200);
    assert!(revision > Revision::ABSENT);
    assert_eq!(target.changes.len(), 16);

    // Of two who start a rollout, one is told of the other.
    engine.client().keep("nodes/n1", state(1, "").as_bytes(), LIFE).unwrap().unwrap();
    let started: Vec<_> = thread::scope(|scope| {
        let start = |by| {
            let (desk, together) = (desk(&engine, by), &together);
            scope.spawn(move || {
                together.wait();
                desk.start(2, Plan::quick(), "a test").map(|target| target.rollout.unwrap().id)
            })
        };
        let threads = ["one", "two"].map(start);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(started.iter().filter(|started| started.is_ok()).count(), 1, "{started:?}");
    assert!(started.iter().any(|it| it.as_ref().is_err_and(|it| it.to_string().contains("r2"))));
}

#[test]
fn a_pointer_that_cannot_be_read_is_never_replaced() {
    let engine = MemoryStore::new("coach/test");
    engine.client().swap("target", Revision::ABSENT, b"{\"stable\": \"x\"}").unwrap().unwrap();
    assert!(said(desk(&engine, "alice").retry("a test")).contains("cannot be read"));
    let written = engine.client().get("target").unwrap().unwrap();
    assert_eq!(written.value, b"{\"stable\": \"x\"}");
}

#[test]
fn the_overview_counts_stages_and_names_those_who_refuse_and_are_stale() {
    let (engine, alice) = fleet();
    let node = engine.client();
    let keep = |name: &str, state: String| {
        node.keep(&format!("nodes/{name}"), state.as_bytes(), LIFE).unwrap().unwrap();
    };
    let problem = r#"{"key":"rate","place":"base.yaml@2:1:7","message":"expected a number"}"#;
    let refused =
        format!(r#","refused":{{"version":2,"because":"rejected","problems":[{problem}]}}"#);
    let stale = r#","stale":{"since":"2026-11-27T12:00:00Z","reason":"no cable"}"#;
    for name in ["n1", "n2", "n3"] {
        keep(name, state(1, ""));
    }
    alice.start(2, Plan::at_once(), "tried elsewhere").unwrap();
    let overview = alice.overview().unwrap();
    assert!(overview.stages.iter().all(|stage| !stage.has_begun));

    // What the controller does.
    let (revision, mut target) = alice.target().unwrap();
    target.rollout.as_mut().unwrap().cuts = vec![1 << 52];
    let target = serde_json::to_vec(&target).unwrap();
    node.swap("target", revision, &target).unwrap().unwrap();
    keep("n1", state(2, ""));
    keep("n2", state(1, &refused));
    keep("n3", state(2, stale).replace("proved", "applied"));
    keep("n4", "{}".into());

    let overview = alice.overview().unwrap();
    let stage = &overview.stages[0];
    let counts = (stage.reached, stage.running, stage.proved, stage.refused, stage.pending);
    assert_eq!(counts, (3, 2, 1, 1, 0));
    assert_eq!(overview.versions.into_iter().collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    let overview = alice.overview().unwrap();
    assert_eq!(overview.refused().map(|(name, _)| name).collect::<Vec<_>>(), ["n2"]);
    assert_eq!(overview.stale().map(|(name, _)| name).collect::<Vec<_>>(), ["n3"]);
    assert_eq!(overview.unreadable.keys().collect::<Vec<_>>(), ["n4"]);
    let shown = overview.to_string();
    for line in [
        "coach/test: stable version 1",
        "rollout r2 of version 2 (at-once) by alice, tried elsewhere: running",
        "  stage 1, 100 %: 3 reached, 2 running, 1 proved, 1 refused",
        "3 nodes in sight: 1 run version 1, 2 run version 2",
        "n2 refuses version 2: rejected",
        "  base.yaml@2:1:7: rate: expected a number",
        "n3 is stale since 2026-11-27T12:00:00Z: no cable",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}\n---\n{shown}");
    }
    let json = serde_json::to_string(&overview).unwrap();
    assert_eq!(serde_json::from_str::<dlc_reload::fleet::Overview>(&json).unwrap(), overview);
}
