//! The service of a node: what is asked of its reloader, and what its reports mean for the fleet.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, mpsc},
};

use super::input::Input;
use crate::{
    fleet::{
        agent::{Event, Outcome},
        source::NAME,
        start::node_problems,
    },
    reloader::Controls,
    report::{Observer, Report, Verdict},
    section::Reloadable,
    trigger::{Trigger, TriggerKind},
};

/// What a node asks of its service, whatever the type of the configuration.
pub(super) trait Service: Send + Sync {
    fn reload(&self, trigger: Trigger);
    fn is_on_probation(&self) -> bool;
    fn runs_last_known_good(&self) -> bool;
    fn drift(&self, documents: &BTreeSet<String>) -> Vec<String>;
}

impl<C: Reloadable> Service for Controls<C> {
    fn reload(&self, trigger: Trigger) {
        self.reload_once_whole(trigger);
    }

    fn is_on_probation(&self) -> bool {
        self.is_on_probation()
    }

    fn runs_last_known_good(&self) -> bool {
        self.runs_last_known_good()
    }

    fn drift(&self, documents: &BTreeSet<String>) -> Vec<String> {
        self.drift(documents).iter().map(ToString::to_string).collect()
    }
}

/// The observer of a node, which only takes note of what it is told.
pub(super) struct Told {
    pub(super) inbox: mpsc::Sender<Input>,
    pub(super) service: Arc<OnceLock<Box<dyn Service>>>,
}

impl Observer for Told {
    fn reported(&self, report: &Report) {
        // The report of the start comes before the node runs, which begins with what it says.
        if let Some(service) = self.service.get() {
            let on_trial = service.is_on_probation();
            let _ = self.inbox.send(Input::Reported(Box::new(report.clone()), on_trial));
        }
    }

    fn proved(&self, generation: u64) {
        let _ = self.inbox.send(Input::Proved(generation));
    }

    fn name(&self) -> std::borrow::Cow<'_, str> {
        NAME.into()
    }
}

/// Returns what a report means for the agent. A report about what was offered, a version or none, ends the wait for it.
/// Origins call the fleet's documents by these names.
pub(super) fn event(
    report: &Report,
    on_trial: bool,
    offered: &mut Option<Option<u64>>,
    documents: &BTreeSet<String>,
) -> Option<Event> {
    let source = report.sources().iter().find(|read| &*read.source == NAME);
    let version = source.and_then(|read| read.version.parse().ok());
    // A rollback and an override are about what is in force.
    let is_look = !matches!(report.trigger().kind(), TriggerKind::Rollback | TriggerKind::Expiry);
    let is_offered = is_look && offered.take_if(|offered| version == *offered).is_some();
    let (generation, verdict) = (report.generation(), report.verdict());
    let problems = || node_problems(report.problems(), documents);
    let has_failed = report.problems().iter().any(crate::Problem::is_error);
    let taken_back = report.trigger().kind() == TriggerKind::Rollback && has_failed && !on_trial;
    let outcome = match verdict {
        Verdict::Inconsistent => Outcome::Inconsistent { generation, problems: problems() },
        _ if taken_back => Outcome::Ill { generation, problems: problems(), in_force: version },
        _ if verdict.is_success() => {
            let pending = report.pending().iter().map(|it| it.change.key.to_string()).collect();
            Outcome::Accepted { generation, pending, on_trial }
        }
        _ if is_offered => Outcome::Refused { problems: problems() },
        // Something on this machine was refused, which is not about the fleet.
        _ => return None,
    };
    // What is accepted while another version is awaited says nothing about that one.
    let waits = offered.is_some() && matches!(outcome, Outcome::Accepted { .. });
    (!waits).then_some(Event::Outcome(outcome))
}
