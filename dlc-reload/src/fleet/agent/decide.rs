//! The next step of an agent: the version that it reads and offers to the reloader.

use super::{Action, Agent, Mark};
use crate::{fleet::choice::choose, time::Moment};

impl Agent {
    /// Begins what the pointer asks for, unless something is under way: then it is decided anew afterwards. Where it
    /// asks for nothing, a version that was taken back goes all the same.
    pub(super) fn decide(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let Some(target) = &self.target else { return };
        let asked = choose(target, &self.name, &self.state.labels, self.state.running);
        // The one that is held up may be asked for again, and who looks into it wants to know why it was refused.
        let asked = [asked, target.held_up()];
        if asked != self.asked {
            self.refusals.retain(|version, _| asked.contains(&Some(*version)));
            self.asked = asked;
        }
        let [asked, held_up] = asked;
        let refused = |version| self.refusals.get(&version).cloned();
        self.state.refused = asked.and_then(refused).or_else(|| held_up.and_then(refused));
        if self.refusals.is_empty() && std::mem::take(&mut self.noted) {
            actions.push(Action::Forget);
        }
        if self.offered.is_some() || self.fetching.is_some() || !self.may_change() {
            return;
        }
        let is_pinned = target.pins.contains_key(&self.name);
        let wanted = asked.into_iter().chain(target.stable.filter(|_| !is_pinned));
        let wanted = wanted.into_iter().find(|version| !self.refusals.contains_key(version));
        if self.trouble.missing.is_some() && self.trouble.missing != wanted {
            (self.trouble.missing, self.missed) = (None, (0, None));
        }
        let Some(version) = wanted.filter(|version| Some(*version) != self.state.running) else {
            self.missed = (0, None);
            let is_aborted = self.state.running.is_some() && self.state.running == target.aborted();
            if asked.is_none() && is_aborted && self.trouble.bound.is_none() {
                let before = self.before.filter(|before| !self.refusals.contains_key(before));
                self.offer(before, actions);
            }
            return;
        };
        if self.before == Some(version) || self.fetched == Some(version) {
            self.offer(Some(version), actions);
        } else if self.missed.1.is_none_or(|next| now.instant >= next) {
            self.fetching = Some(version);
            self.missed.1 = None;
            actions.push(Action::ReadVersion(version));
        }
    }

    const fn may_change(&self) -> bool {
        self.state.consistent && !self.state.leaving
    }

    /// Offers a version to the reloader, or has it do without one.
    fn offer(&mut self, version: Option<u64>, actions: &mut Vec<Action>) {
        self.offered = Some(version);
        if let Some(version) = version.filter(|_| self.before != version) {
            self.marked = true;
            let build = self.state.build.clone();
            actions.push(Action::Mark(Mark { version, starts: 0, build }));
        }
        let Some(target) = &self.target else { return };
        let seen = self.state.seen;
        let rollout = target.rollout.as_ref().filter(|rollout| Some(rollout.candidate) == version);
        let (detail, actor) = match (rollout, target.changes.last()) {
            (Some(rollout), _) => {
                let stage = rollout.stage + 1;
                let detail = format!("rollout {}, stage {stage}, revision {seen}", rollout.id);
                (detail, Some(rollout.by.clone()))
            }
            (None, Some(change)) => {
                (format!("{}, revision {seen}", change.what), Some(change.by.clone()))
            }
            (None, None) => (format!("revision {seen}"), None),
        };
        actions.push(Action::Offer { version, detail, actor });
    }
}
