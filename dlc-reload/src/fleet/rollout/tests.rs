mod losses;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use super::*;
use crate::fleet::{Because, Freeze, NodeProblem, Plan, Refused, Restart, Trial};

const SECOND: Duration = Duration::from_secs(1);
const CANDIDATE: u64 = 42;

/// A fleet on paper, with one controller.
struct Paper {
    target: Target,
    revision: Revision,
    nodes: Nodes,
    now: Moment,
    memory: Memory,
}

impl Paper {
    /// So many nodes at version 41, and a rollout of version 42 that has not begun.
    fn new(nodes: u64, plan: Plan) -> Self {
        let now = Moment { now: SystemTime::UNIX_EPOCH, instant: Instant::now() };
        let rollout = Rollout {
            id: "r1".to_owned(),
            candidate: CANDIDATE,
            plan,
            stage: 0,
            cuts: Vec::new(),
            counts: Vec::new(),
            phase: Phase::Running,
            halted: None,
            by: "alice".to_owned(),
            why: "more room".to_owned(),
            since: now.now,
        };
        let rollout = Some(rollout);
        let target = Target { stable: Some(41), nodes, rollout, ..Target::default() };
        let memory = Memory::new("controller on n0");
        let nodes = (0..nodes).map(|number| (format!("n{number}"), node())).collect();
        Self { target, revision: Revision(1), nodes, now, memory }
    }

    fn of(nodes: u64) -> Self {
        let (bake, deadline) = (SECOND * 60, SECOND * 300);
        let reaches = [Reach::Count(1), Reach::Share(0.5), Reach::Share(1.0)];
        Self::new(nodes, Plan::new("p", reaches.map(|it| Stage::new(it, bake, deadline)).to_vec()))
    }

    /// Decides after a pause, until there is nothing more to decide.
    fn after(&mut self, seconds: u32) -> &mut Self {
        self.now = self.now.after(SECOND * seconds);
        for _ in 0..10 {
            let next = next(&self.target, self.revision, &self.nodes, self.now, &mut self.memory);
            let Some(next) = next else { return self };
            assert_eq!(next.changes.last().unwrap().by, "controller on n0");
            self.set(next);
        }
        panic!("it decides for ever: {:#?}", self.target.changes);
    }

    fn set(&mut self, target: Target) {
        (self.target, self.revision) = (target, Revision(self.revision.0 + 1));
    }

    fn rollout(&mut self) -> &mut Rollout {
        self.target.rollout.as_mut().unwrap()
    }

    fn phase(&self) -> (usize, Phase) {
        let rollout = self.target.rollout.as_ref().unwrap();
        (rollout.stage, rollout.phase)
    }

    /// The reason why it halted.
    #[track_caller]
    fn halted(&self) -> &str {
        let rollout = self.target.rollout.as_ref().unwrap();
        assert_eq!(rollout.phase, Phase::Halted, "{:?}", self.memory.waits);
        rollout.halted.as_deref().unwrap()
    }

    /// The names of those that are to run the candidate, by rank.
    fn reached(&self) -> Vec<String> {
        let rollout = self.target.rollout.as_ref().unwrap();
        let reached = self
            .nodes
            .iter()
            .filter(|(name, state)| super::super::choice::reaches(rollout, name, &state.labels));
        let mut reached: Vec<_> = reached.map(|(name, _)| name.clone()).collect();
        reached.sort_by_key(|name| rank("r1", name));
        reached
    }

    fn change(&mut self, node: &str, change: impl FnOnce(&mut NodeState)) {
        change(self.nodes.get_mut(node).unwrap());
    }

    /// All that are reached run the candidate, and their trial is over.
    fn prove(&mut self) -> &mut Self {
        self.each(|state| (state.running, state.trial) = (Some(CANDIDATE), Trial::Proved))
    }

    fn each(&mut self, change: impl Fn(&mut NodeState)) -> &mut Self {
        self.reached().iter().for_each(|name| self.change(name, &change));
        self
    }

    /// The last stage runs.
    fn at_the_last_stage(&mut self) {
        self.after(0).prove().after(0).after(60).prove().after(0).after(60);
        assert_eq!(self.phase(), (2, Phase::Running));
    }
}

/// A node that runs version 41.
fn node() -> NodeState {
    NodeState {
        running: Some(41),
        refused: None,
        trial: Trial::Proved,
        pending: Vec::new(),
        drift: Vec::new(),
        generation: 1,
        seen: 1,
        since: SystemTime::UNIX_EPOCH,
        build: "1.0".to_owned(),
        process: "p1".to_owned(),
        schema: String::new(),
        labels: BTreeMap::new(),
        consistent: true,
        stale: None,
        trouble: None,
        leaving: false,
    }
}

fn refused(because: Because) -> Refused {
    let problem = NodeProblem {
        key: Some("pool.size".to_owned()),
        place: Some("base.yaml@42:7:10".to_owned()),
        message: "expected a number".to_owned(),
    };
    Refused { version: CANDIDATE, because, retries: 0, problems: vec![problem] }
}

#[test]
fn a_good_version_is_promoted_stage_by_stage() {
    let mut paper = Paper::of(10);
    paper.after(0);
    assert_eq!((paper.phase(), paper.reached().len()), ((0, Phase::Running), 1));
    // It is the trial that must be over, and the bake after it.
    paper.each(|state| (state.running, state.trial) = (Some(42), Trial::Applied));
    assert_eq!(paper.after(200).phase(), (0, Phase::Running));
    assert_eq!(paper.prove().after(0).after(59).phase(), (0, Phase::Running));
    assert_eq!(paper.memory.due(), Some(paper.now.instant + SECOND));
    assert_eq!(paper.after(1).phase(), (1, Phase::Running));
    assert_eq!(paper.reached().len(), 5);
    assert_eq!(paper.prove().after(0).after(60).phase(), (2, Phase::Running));
    assert_eq!(paper.reached().len(), 10);
    paper.prove().after(0).after(60);
    assert_eq!(paper.phase(), (2, Phase::Promoted));
    assert_eq!((paper.target.stable, paper.target.nodes), (Some(42), 10));
    let counts = |reached| Counts { reached, proved: reached, ..Counts::default() };
    assert_eq!(paper.rollout().counts, [1, 5, 10].map(counts));
    let changes: Vec<_> = paper.target.changes.iter().map(|it| it.what.as_str()).collect();
    let stages = ["begin stage 1 of r1", "begin stage 2 of r1", "begin stage 3 of r1"];
    assert_eq!(changes, stages.into_iter().chain(["promote version 42"]).collect::<Vec<_>>());
}

#[test]
fn a_refusal_halts_and_names_the_node_the_key_and_the_place() {
    for (because, said) in [
        (
            Because::Rejected,
            "N refused version 42: base.yaml@42:7:10: pool.size: expected a number",
        ),
        (
            Because::Ill,
            "version 42 made N ill, which took it back: base.yaml@42:7:10: pool.size: expected a number",
        ),
        (
            Because::Killed,
            "version 42 ended the process of N twice: base.yaml@42:7:10: pool.size: expected a number",
        ),
        (
            Because::Untrusted,
            "N does not trust version 42: base.yaml@42:7:10: pool.size: expected a number",
        ),
    ] {
        let mut paper = Paper::of(10);
        paper.after(0).each(|state| state.refused = Some(refused(because))).after(0);
        assert_eq!(paper.halted(), said.replace('N', &paper.reached()[0]));
        let counts = Counts { reached: 1, rejected: 1, ..Counts::default() };
        assert_eq!(paper.rollout().counts, [counts]);
        assert_eq!(paper.after(100_000).phase(), (0, Phase::Halted));
        // Resumed without a change, it halts again; with a retry, the refusal is one of before.
        paper.rollout().phase = Phase::Running;
        paper.after(0).halted();
        paper.rollout().phase = Phase::Running;
        paper.target.retries += 1;
        assert_eq!(paper.after(0).phase(), (0, Phase::Running));
        paper.each(|state| state.refused = None).prove().after(0).after(60);
        assert_eq!(paper.phase(), (1, Phase::Running));
    }
}

#[test]
fn what_may_be_refused_is_in_the_plan() {
    let mut paper = Paper::of(10);
    paper.rollout().plan.max_rejected = 1;
    paper.at_the_last_stage();
    paper.prove();
    paper.change("n3", |state| state.refused = Some(refused(Because::Rejected)));
    assert_eq!(paper.after(0).phase(), (2, Phase::Running));
    let mut other =
        Paper { target: paper.target.clone(), nodes: paper.nodes.clone(), ..Paper::of(10) };
    assert_eq!(paper.after(60).phase(), (2, Phase::Promoted));
    let last = Counts { reached: 10, proved: 9, rejected: 1, lost: 0 };
    assert_eq!(paper.rollout().counts[2], last);
    other.change("n4", |state| state.consistent = false);
    let said = "2 nodes turned down version 42, more than 1; the first: n3 refused version 42";
    assert!(other.after(0).halted().starts_with(said), "{}", other.halted());
}

#[test]
fn who_comes_while_it_bakes_is_not_waited_for_but_may_halt_it() {
    let mut paper = Paper::of(10);
    paper.at_the_last_stage();
    paper.prove().after(0).after(30);
    paper.nodes.insert("new".to_owned(), node());
    let mut other =
        Paper { target: paper.target.clone(), nodes: paper.nodes.clone(), ..Paper::of(10) };
    assert_eq!(paper.after(0).after(30).phase(), (2, Phase::Promoted));
    other.after(0);
    other.change("new", |state| state.refused = Some(refused(Because::Rejected)));
    assert!(other.after(0).halted().starts_with("new refused version 42"));
}

#[test]
fn a_node_that_does_not_take_it_in_time_halts_it() {
    let mut paper = Paper::of(10);
    paper.after(0);
    let first = paper.reached()[0].clone();
    paper.change(&first, |state| state.trouble = Some("missing version 42".to_owned()));
    assert_eq!(paper.memory.due(), Some(paper.now.instant + SECOND * 300));
    assert_eq!(paper.after(299).phase(), (0, Phase::Running));
    let why = "has not taken version 42 within 5m, it runs version 41: missing version 42";
    assert_eq!(paper.after(1).halted(), format!("{first} {why}"));
    // A trial may take its time: it ends by itself.
    let mut paper = Paper::of(10);
    paper.after(0).prove().each(|state| state.trial = Trial::Applied);
    assert_eq!(paper.after(100_000).phase(), (0, Phase::Running));
}

#[test]
fn it_waits_while_few_nodes_are_in_sight() {
    let mut paper = Paper::of(100);
    paper.after(0).prove().after(0);
    let (all, first) = (paper.nodes.clone(), paper.reached()[0].clone());
    let gone: Vec<_> = all.keys().filter(|name| **name != first).take(21).cloned().collect();
    paper.nodes.retain(|name, _| !gone.contains(name));
    assert_eq!(paper.after(0).after(10_000).phase(), (0, Phase::Running));
    let said = "79 nodes are in sight of 80 that there must be";
    assert_eq!(paper.memory.waits.as_deref(), Some(said));
    // All are back: it bakes anew.
    paper.nodes = all;
    assert_eq!(paper.after(0).after(59).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).phase(), (1, Phase::Running));
    // What vanishes with the candidate is no excuse, also in a fleet so small that one node is a third of it.
    let mut paper = Paper::of(3);
    paper.after(0);
    let first = paper.reached()[0].clone();
    paper.nodes.remove(&first);
    paper.after(0).after(3).halted();
}

#[test]
fn a_restart_that_is_waited_for_is_accepted_or_holds_the_stage() {
    for (restart, phase) in
        [(Restart::Accept, (1, Phase::Running)), (Restart::Hold, (0, Phase::Running))]
    {
        let mut paper = Paper::of(10);
        paper.rollout().plan.restart = restart;
        paper.after(0).prove().each(|state| state.pending = vec!["port".to_owned()]);
        assert_eq!(paper.after(0).after(100_000).phase(), phase);
    }
}

#[test]
fn a_freeze_holds_everything_until_it_ends() {
    let mut paper = Paper::of(10);
    paper.after(0).prove().after(0).after(30);
    let until = paper.now.now + SECOND * 40;
    let (by, why) = ("bob".to_owned(), "holidays".to_owned());
    paper.set(Target { frozen: Some(Freeze { by, why, until }), ..paper.target.clone() });
    assert_eq!(paper.after(39).phase(), (0, Phase::Running));
    assert!(paper.target.frozen.is_some());
    paper.after(1);
    assert!(paper.target.frozen.is_none());
    // It bakes anew: what was frozen has shown nothing.
    assert_eq!(paper.after(59).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).phase(), (1, Phase::Running));
}

#[test]
fn pinned_nodes_do_not_count() {
    let mut paper = Paper::of(10);
    let mut order: Vec<_> = paper.nodes.keys().cloned().collect();
    order.sort_by_key(|name| rank("r1", name));
    paper.target.pins.insert(order[0].clone(), 41);
    paper.after(0);
    // The first that is not pinned is the one to try it.
    assert_eq!(paper.reached(), order[..2]);
    paper.change(&order[0], |state| state.refused = Some(refused(Because::Rejected)));
    paper.change(&order[1], |state| state.refused = Some(refused(Because::Ill)));
    paper.after(0).halted();
    // Pinned and resumed, nobody is left in the stage: it waits, and halts.
    paper.target.pins.insert(order[1].clone(), 41);
    paper.rollout().phase = Phase::Running;
    assert_eq!(paper.after(0).after(299).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).halted(), "no node that stage 1 takes was in sight for 5m");
}

#[test]
fn labels_choose_the_nodes_of_a_stage() {
    let mut paper = Paper::of(10);
    let eu = BTreeMap::from([("region".to_owned(), "eu".to_owned())]);
    for stage in &mut paper.rollout().plan.stages[..2] {
        stage.labels.clone_from(&eu);
    }
    ["n2", "n5", "n6"]
        .into_iter()
        .for_each(|name| paper.change(name, |it| it.labels.clone_from(&eu)));
    paper.after(0);
    assert_eq!(paper.reached().len(), 1);
    assert_eq!(paper.nodes[&paper.reached()[0]].labels, eu);
    paper.prove().after(0).after(60);
    assert_eq!((paper.phase(), paper.reached().len()), ((1, Phase::Running), 2));
    paper.prove().after(0).after(60);
    assert_eq!((paper.phase(), paper.reached().len()), ((2, Phase::Running), 10));
}

#[test]
fn what_needs_no_stages_is_promoted_at_once() {
    let mut stable = Paper::of(5);
    stable.target.stable = Some(42);
    assert_eq!(stable.after(0).phase(), (0, Phase::Promoted));
    for phase in [Phase::Paused, Phase::Halted, Phase::Aborted, Phase::Promoted] {
        let mut still = Paper::of(5);
        still.rollout().phase = phase;
        assert_eq!(still.after(0).after(10_000).phase(), (0, phase));
    }
}

#[test]
fn another_controller_lengthens_a_bake_and_never_shortens_it() {
    let mut paper = Paper::of(10);
    paper.after(0).prove().after(0).after(59);
    paper.memory = Memory::new("controller on n0");
    assert_eq!(paper.after(1).after(59).phase(), (0, Phase::Running));
    // A store that has gone back shows another world.
    paper.revision = Revision(1);
    assert_eq!(paper.after(1).after(59).phase(), (0, Phase::Running));
    assert_eq!(paper.after(1).phase(), (1, Phase::Running));
}
