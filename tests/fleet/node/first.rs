//! The first version of a fleet, which has no other one to go back to.

use dlc_reload::{
    Verdict,
    fleet::{Because, Goal, NodeState, Outcome, Trial},
};

use super::{
    fixture::{ILL, LONG, World, plan},
    starts::point,
};

impl World {
    /// Takes the first version to a stage that lasts, and waits until a node has proven it.
    fn hold(&self, name: &str, text: &str) -> u64 {
        let (version, mut held) = (self.publish(text), plan());
        held.stages[0].bake = LONG.into();
        self.desk.start(version, held, "a test").unwrap();
        self.runs(name, version);
        version
    }
}

fn is_bare(state: &NodeState) -> bool {
    state.running.is_none() && state.trial == Trial::Proved && state.refused.is_none()
}

#[test]
fn a_first_version_that_is_refused_leaves_the_node_as_it_was() {
    let world = World::new();
    let node = world.start("n1");
    let ending = world.roll_out("rate: many");
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let state = world.refuses("n1", 1, Because::Rejected);
    assert_eq!(state.running, None);
    assert_eq!(world.edit("n1", &node, "{rate: 8, motd: own}"), Verdict::Applied);
    world.desk.abort("it has a typo").unwrap();
    world.wait("n1", "without a version", is_bare);
    assert_eq!(world.edit("n1", &node, "{rate: 9, motd: own}"), Verdict::Applied);
    world.promote("rate: 50");
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 8, 9, 50]);
}

#[test]
fn a_first_version_that_makes_ill_is_not_told_as_running() {
    let world = World::new();
    let node = world.start("n1");
    let ending = world.roll_out(&format!("rate: {ILL}"));
    assert_eq!(ending.outcome, Outcome::Halted, "{ending:?}");
    let state = world.refuses("n1", 1, Because::Ill);
    assert_eq!((state.running, state.trial), (None, Trial::Proved));
    assert_eq!(node.config.load().rate, 7);
    let named = |text: &str| world.desk.overview().unwrap().to_string().contains(text);
    assert!(!named("run version 1"), "{}", world.desk.overview().unwrap());
    assert_eq!(world.edit("n1", &node, "{rate: 8, motd: own}"), Verdict::Applied);
    world.desk.abort("it makes ill").unwrap();
    world.wait("n1", "without a version", is_bare);
    // A start knows it, too.
    let node = world.restart("n1", node);
    world.wait("n1", "without a version", is_bare);
    assert_eq!(node.config.load().rate, 8);
    world.promote("rate: 50");
    assert_eq!(*node.rates.seen.lock().unwrap(), [8, 50]);
}

#[test]
fn an_abort_takes_the_first_version_out_of_force_for_good() {
    let world = World::new();
    let node = world.start("n1");
    world.hold("n1", "rate: 50");
    world.desk.abort("no").unwrap();
    world.wait("n1", "without a version", is_bare);
    assert_eq!(*node.rates.seen.lock().unwrap(), [7, 50, 7]);
    assert_eq!(world.edit("n1", &node, "{rate: 8, motd: own}"), Verdict::Applied);
    assert!(world.desk.overview().unwrap().has_converged());

    // Neither the store nor the cache brings it back.
    let node = world.restart("n1", node);
    world.runs_nothing("n1");
    assert_eq!(node.config.load().rate, 8);
    drop(node);
    world.free("n1");
    world.engine.cut_off("no cable");
    let (fleet, client) = world.member("n1");
    let loader = world.loader(&fleet);
    let node = world.start_with(fleet, client, loader).unwrap();
    assert_eq!(node.config.load().rate, 8);
    world.engine.mend();
    world.runs_nothing("n1");
    assert_eq!(world.promote("rate: 60"), 2);
    assert_eq!(node.config.load().rate, 60);
}

#[test]
fn a_node_that_was_away_during_the_abort_begins_without_the_version() {
    let world = World::new();
    let node = world.start("n1");
    let other = world.start("n2");
    let held = |name: &str| world.wait(name, "in sight", |_| true).running.is_some();
    let (version, mut at_once) = (world.publish("rate: 50"), plan());
    at_once.stages.drain(..2);
    at_once.stages[0].bake = LONG.into();
    world.desk.start(version, at_once, "a test").unwrap();
    world.runs("n1", version);
    world.runs("n2", version);
    drop(node);
    world.desk.abort("no").unwrap();
    world.wait("n2", "without a version", is_bare);
    assert_eq!(*other.rates.seen.lock().unwrap(), [7, 50, 7]);
    world.free("n1");
    let node = world.start("n1");
    assert!(!held("n1"));
    assert_eq!(node.config.load().rate, 7);
}

#[test]
fn what_cannot_be_taken_back_is_told_and_taken_back_once_it_can_be() {
    let world = World::new();
    let node = world.start("n1");
    world.hold("n1", "rate: 50");
    // Without the fleet there is no rate any more.
    assert_eq!(world.edit("n1", &node, "{motd: new}"), Verdict::Applied);
    world.desk.abort("no").unwrap();
    let state = world.wait("n1", "in trouble", |state| state.trouble.is_some());
    let trouble = state.trouble.unwrap();
    assert!(trouble.starts_with("version 1 was taken back and is still in force"), "{trouble}");
    assert!(trouble.contains("rate"), "{trouble}");
    assert_eq!((state.running, node.config.load().rate), (Some(1), 50));
    assert!(!world.desk.overview().unwrap().has_converged());
    // What runs still counts for the file of the node.
    assert_eq!(world.edit("n1", &node, "{rate: 8, motd: newer}"), Verdict::Applied);
    assert_eq!((&*node.config.load().motd, node.config.load().rate), ("newer", 50));
    world.desk.retry("mended").unwrap();
    let state = world.wait("n1", "without a version", is_bare);
    assert_eq!((state.trouble, node.config.load().rate), (None, 8));

    // A start does not bring it back, and says what lacks.
    world.edit("n1", &node, "{motd: new}");
    drop(node);
    world.free("n1");
    std::fs::write(world.folder.path().join("coach.yaml"), "{motd: new}").unwrap();
    let (fleet, client) = world.member("n1");
    let loader = world.loader(&fleet);
    let error = world.start_with(fleet, client, loader).err().unwrap().to_string();
    assert!(
        error.contains("rate") && error.contains("the rollout of version 1 is aborted"),
        "{error}"
    );
}

#[test]
fn a_candidate_that_lets_no_service_start_gives_way_to_none() {
    let world = World::new();
    let own = world.folder.path().join("coach.yaml");
    let version = world.publish("rate: many");
    point(&world.engine.client(), None, version, 0);
    let start = |text: &str| {
        std::fs::write(&own, text).unwrap();
        let (fleet, client) = world.member("n1");
        let loader = world.loader(&fleet);
        world.start_with(fleet, client, loader)
    };
    // Where the service needs a version, the error names what is wrong in both.
    let error = start("motd: own").err().unwrap().to_string();
    assert!(error.contains("version 1 is refused here (base.yaml@1:1:7: rate: "), "{error}");
    assert!(error.contains("rate: required"), "{error}");

    let node = start("rate: 7").unwrap();
    assert_eq!(node.config.load().rate, 7);
    let state = world.refuses("n1", version, Because::Rejected);
    assert_eq!(state.running, None);
    assert_eq!(world.edit("n1", &node, "rate: 8"), Verdict::Applied);
    assert_eq!(world.desk.wait(Goal::Promoted, LONG).unwrap().outcome, Outcome::Halted);
    drop(node);
    world.free("n1");
    let error = start("motd: own").err().unwrap().to_string();
    assert!(error.contains("the rollout of version 1 is halted"), "{error}");
}
