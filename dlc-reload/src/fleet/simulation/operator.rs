//! What operators do to the pointer, and the laws that hold for what controllers do to it.

use std::{collections::BTreeSet, time::Duration};

use super::{CANDIDATE, World};
use crate::fleet::{
    choice::{choose, reaches},
    plan::Plan,
    state::Refused,
    target::{Phase, Rollout, Target},
};

/// The things that the laws have to remember.
#[derive(Default)]
pub(super) struct Laws {
    /// The moment at which the stage that runs began.
    begun: Duration,
    /// The machines that the candidate has ended for good in this stage, and that the store no longer has.
    pub(super) vanished: BTreeSet<usize>,
    /// The controller that has the seat, in the process that it had.
    pub(super) decides: Option<(usize, u32)>,
    /// True if a node has run the candidate beyond its trial, although it makes ill.
    pub(super) is_untried: bool,
}

impl Laws {
    /// The store shows another world, in which the stage may have begun at any time.
    pub(super) fn restored(&mut self) {
        self.begun = Duration::ZERO;
        self.vanished.clear();
    }
}

impl World {
    /// Starts a rollout of the candidate.
    pub(super) fn start(&mut self, id: &str, plan: Plan) {
        let mut target = self.engine.target.clone();
        target.rollout = Some(Rollout {
            id: id.to_owned(),
            candidate: CANDIDATE,
            plan,
            stage: 0,
            cuts: Vec::new(),
            counts: Vec::new(),
            phase: Phase::Running,
            halted: None,
            by: "alice".to_owned(),
            why: "a test".to_owned(),
            since: self.moment(0).now,
        });
        self.point(target);
    }

    pub(super) fn rollout(&self) -> Option<&Rollout> {
        self.engine.target.rollout.as_ref()
    }

    pub(super) fn phase(&self) -> Option<Phase> {
        self.rollout().map(|rollout| rollout.phase)
    }

    /// Changes the rollout as an operator does, if it is in one of these phases.
    pub(super) fn operate(&mut self, from: &[Phase], change: impl FnOnce(&mut Rollout)) {
        let mut target = self.engine.target.clone();
        if let Some(rollout) = target.rollout.as_mut().filter(|it| from.contains(&it.phase)) {
            change(rollout);
            self.point(target);
        }
    }

    pub(super) fn pause(&mut self) {
        self.operate(&[Phase::Running], |rollout| rollout.phase = Phase::Paused);
    }

    pub(super) fn resume(&mut self) {
        self.operate(&[Phase::Paused, Phase::Halted], |rollout| {
            (rollout.phase, rollout.halted) = (Phase::Running, None);
        });
        // Whoever resumes has looked at them.
        self.laws.vanished.clear();
    }

    pub(super) fn abort(&mut self) {
        self.operate(&[Phase::Running, Phase::Paused, Phase::Halted], |rollout| {
            rollout.phase = Phase::Aborted;
            rollout.cuts.clear();
        });
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Target)) {
        let mut target = self.engine.target.clone();
        change(&mut target);
        self.point(target);
    }

    /// Nobody is promoted whom a node in sight has refused, or whom it has not proven.
    pub(super) fn check_decision(&self, next: &Target) {
        let target = &self.engine.target;
        let (Some(before), Some(after)) = (&target.rollout, &next.rollout) else { return };
        let begins = after.cuts.len() > before.cuts.len() && !before.cuts.is_empty();
        if !(begins || after.phase == Phase::Promoted) || target.stable == Some(after.candidate) {
            return;
        }
        let refused = self.nodes().iter().filter(|(name, state)| {
            let refused = state.refused.as_ref();
            let is_refused =
                |it: &Refused| it.version == after.candidate && it.retries >= target.retries;
            let counts = !state.leaving && !target.pins.contains_key(*name);
            counts && reaches(before, name, &state.labels) && refused.is_some_and(is_refused)
        });
        let refused: Vec<_> = refused.map(|(name, _)| name).collect();
        let allowed = usize::try_from(before.plan.max_rejected).unwrap();
        let name = |node: &usize| &self.machines[*node].name;
        let vanished = self.laws.vanished.iter().filter(|it| !target.pins.contains_key(name(it)));
        let may_vanish = before.plan.max_lost.unwrap_or_default();
        // Of two that decide at a time, one may not have seen what the other one has.
        let is_alone = self.controls.len() == 1 || !self.settings.ignore_seat;
        let is_so = vanished.count() as u64 <= may_vanish || !is_alone;
        assert!(is_so, "nodes vanished, and it goes on");
        assert!(refused.len() <= allowed, "{refused:?} have refused what goes on");
    }

    /// No stage is skipped or shortened, no cut shrinks, and nothing but a rollout that runs goes on.
    pub(super) fn check_write(&mut self, next: &Target) {
        let target = &self.engine.target;
        assert_eq!((&next.pins, next.retries), (&target.pins, target.retries));
        let (Some(before), Some(after)) = (&target.rollout, &next.rollout) else {
            return assert_eq!(target.rollout, next.rollout);
        };
        if target.frozen.is_some() || before.phase != Phase::Running {
            return assert_eq!(before, after, "a controller goes on although it may not");
        }
        assert_eq!((&before.id, before.candidate), (&after.id, after.candidate));
        assert!(after.cuts.starts_with(&before.cuts), "a cut has changed");
        let stages = before.plan.stages.len();
        match after.phase {
            Phase::Halted => assert_eq!(before.cuts, after.cuts),
            Phase::Running => {
                let stage = before.cuts.len();
                assert_eq!(
                    (after.cuts.len(), after.stage),
                    (stage + 1, stage),
                    "a stage is skipped"
                );
            }
            Phase::Promoted => {
                let is_last = before.cuts.len() == stages;
                assert!(is_last || target.stable == Some(CANDIDATE), "a stage is skipped");
            }
            Phase::Paused | Phase::Aborted => panic!("a controller does what operators do"),
        }
        let bake = before.plan.stages.get(before.stage).map_or(Duration::ZERO, |it| *it.bake);
        let goes_on = after.phase != Phase::Halted && !before.cuts.is_empty();
        if goes_on && target.stable != Some(CANDIDATE) {
            assert!(self.now >= self.laws.begun + bake, "a stage has not baked");
        }
        if after.cuts.len() > before.cuts.len() {
            self.laws.begun = self.now;
            self.laws.vanished.clear();
        }
    }

    /// Every node that reaches the store runs what the pointer says, or else the stable version if it has refused that,
    /// and the store knows what each node runs.
    pub(super) fn check_converged(&self) {
        for (node, machine) in self.machines.iter().enumerate() {
            let Some(agent) = machine.agent.as_ref().filter(|_| self.is_connected(node)) else {
                continue;
            };
            let (target, state) = (&self.engine.target, agent.state());
            let asked = choose(target, &machine.name, &machine.labels, machine.running);
            let refused = state.refused.as_ref().map(|it| it.version);
            let is_so = machine.running == asked
                || refused == asked
                    && [target.stable, self.settings.stable].contains(&machine.running);
            assert!(
                is_so,
                "{} runs {:?} and is to run {asked:?}: {state:#?}",
                machine.name, machine.running
            );
            let known = self.nodes().get(&machine.name);
            let known = known.map(|state| (state.running, state.trial, &state.refused));
            assert_eq!(
                known,
                Some((state.running, state.trial, &state.refused)),
                "{}",
                machine.name
            );
        }
    }

    /// Tells of a world that went wrong.
    pub(super) fn told(&self) -> String {
        let waits = self.controls.iter().map(|control| (control.node, control.waits()));
        let waits: Vec<_> = waits.collect();
        let machines = self.machines.iter().map(|it| (&it.name, it.is_up, it.running));
        let machines: Vec<_> = machines.collect();
        let (target, nodes) = (&self.engine.target, self.nodes());
        format!("{:#?}\n{target:#?}\n{nodes:#?}\n{machines:?}\n{waits:?}", self.settings)
    }
}
