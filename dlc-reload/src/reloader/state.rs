//! The state beyond the published snapshot.

use std::sync::Arc;

use super::{
    desired::Desired, history::History, next_boot::NextBoot, overrides::Overrides,
    probation::Trial, retry::Retries, sources::SourceStates,
};
use crate::{
    document::Document,
    error::Problem,
    report::{Pending, Report},
    schema::Shape,
    snapshot::Snapshot,
    source::Content,
    store::{Failed, LastKnownGood, Unwritten},
};

/// The state beyond the published snapshot. The reload thread writes it, every thread reads it.
pub(super) struct State<C> {
    pub(super) desired: Desired<C>,
    /// The configuration in force without the overrides.
    pub(super) base: Arc<Snapshot<C>>,
    /// The values on top of it.
    pub(super) overrides: Overrides,
    /// The probation that runs, if one does.
    pub(super) trial: Option<Trial<C>>,
    pub(super) blocked: Blocked,
    pub(super) refused: Option<Refused>,
    pub(super) history: History<C>,
    pub(super) reports: Reports,
    /// False once a failed undo has left the service in a state that nothing asked for.
    pub(super) consistent: bool,
    /// The configuration that the service started with because the sources were refused, until they are accepted.
    pub(super) last_known_good: Option<LastKnownGood>,
    pub(super) unwritten: Unwritten,
    /// The retries of what the sources say, if that was refused and may be accepted later.
    pub(super) retries: Option<Retries>,
    pub(super) next_boot: NextBoot,
    pub(super) sources: SourceStates,
}

/// The document of the refused sources, where it is another one than the desired.
pub(super) struct Refused {
    /// The number of the first reload that refused them.
    pub(super) since: u64,
    /// The sources at the last one.
    pub(super) document: Arc<Document>,
}

impl<C> State<C> {
    /// Takes note that the reload that is under way refuses what the sources say.
    pub(super) fn refuse(&mut self, document: Arc<Document>) {
        let since =
            self.refused.as_ref().map_or_else(|| self.reports.next_id(), |first| first.since);
        self.refused = Some(Refused { since, document });
    }

    /// Returns true if the sources say something else than when they were last accepted. The names of a last
    /// known good say by themselves that they are from another time.
    pub(super) const fn has_diverged(&self) -> bool {
        self.refused.is_some() && self.last_known_good.is_none()
    }

    /// Returns the document that the sources were last accepted with, whose places are of then if it is not
    /// what they say now.
    pub(super) fn desired_document(&self) -> Arc<Document> {
        let Desired { document, generation, .. } = &self.desired;
        if self.has_diverged() {
            Arc::new(document.as_of(generation.0))
        } else {
            Arc::clone(document)
        }
    }

    /// Returns the values that wait for the next start, whose places are of when the sources were last accepted if
    /// these say something else now.
    pub(super) fn pending(&self) -> Vec<Pending> {
        let Desired { pending, generation, .. } = &self.desired;
        let mut pending = pending.clone();
        if self.has_diverged() {
            for Pending { change, .. } in &mut pending {
                change.origin = change.origin.clone().since(generation.0);
            }
        }
        pending
    }
}

/// The reports that are kept.
#[derive(Clone, Default)]
pub(super) struct Reports {
    /// The report of the last reload.
    pub(super) last: Option<Report>,
    /// The report of the last reload, or of the start, that told of an error.
    pub(super) last_failure: Option<Report>,
}

impl Reports {
    /// Returns the number of the next report.
    pub(super) fn next_id(&self) -> u64 {
        self.last.as_ref().map_or(0, Report::id) + 1
    }

    /// Takes a report, and returns the one before.
    pub(super) fn push(&mut self, report: &Report) -> Option<Report> {
        if report.problems().iter().any(Problem::is_error) {
            self.last_failure = Some(report.clone());
        }
        self.last.replace(report.clone())
    }
}

/// Content that is not applied until other content has been accepted. What is refused meanwhile, such
/// as a file that is absent for a moment, does not count as other content.
#[derive(Clone, Default)]
pub(super) struct Blocked {
    /// The content that made the service ill.
    pub(super) after_probation: Option<Ill>,
    /// The content that a rollback turned away from.
    pub(super) after_rollback: Option<Content>,
}

/// Content that made the service ill.
#[derive(Clone)]
pub(super) enum Ill {
    /// It did in this process, which went back.
    RolledBack(Content, Failed),
    /// It did in an earlier process, and this one started with the last known good.
    Earlier(Failed),
    /// There was nothing to go back to.
    InForce(Failed),
}

impl Ill {
    /// Returns what is kept of it on disk.
    pub(super) const fn failed(&self) -> &Failed {
        match self {
            Self::RolledBack(_, failed) | Self::Earlier(failed) | Self::InForce(failed) => failed,
        }
    }

    /// Returns true if the sources ask for it. In the process in which it failed, everything that they say counts;
    /// later, what is kept of it.
    fn is(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::RolledBack(content, _) => *content == asked.content,
            Self::Earlier(failed) | Self::InForce(failed) => failed.is(asked.document, asked.shape),
        }
    }
}

/// The content that the sources ask for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) content: Content,
    pub(super) document: &'a Document,
    pub(super) shape: &'a Shape,
}

impl Blocked {
    /// Returns what is kept on disk of content that made the service ill.
    pub(super) fn failed(&self) -> Option<Failed> {
        self.after_probation.as_ref().map(|ill| ill.failed().clone())
    }

    /// Returns true if what made the service ill is in force, because there was nothing to go back to.
    pub(super) const fn is_ill(&self) -> bool {
        matches!(self.after_probation, Some(Ill::InForce(_)))
    }

    /// Returns the problem with content that is blocked: an error where it is refused, a warning where it is
    /// accepted and not applied.
    pub(super) fn problem(&self, asked: &Asked<'_>) -> Option<Problem> {
        let ill = self.after_probation.as_ref().filter(|ill| ill.is(asked));
        match ill {
            Some(Ill::RolledBack(_, failed)) => Some(Problem::error(format!(
                "this content failed its probation and was rolled back ({}): it is refused until it changes",
                failed.reason()
            ))),
            Some(Ill::Earlier(failed)) => Some(failed.refusal()),
            _ if self.after_rollback == Some(asked.content) => Some(Problem::warning(
                "a rollback turned away from this content: it is applied again once it changes",
            )),
            Some(Ill::InForce(failed)) => Some(failed.warning()),
            None => None,
        }
    }

    /// Takes note that what is in force has proven itself.
    pub(super) fn prove(&mut self) {
        if self.is_ill() {
            self.after_probation = None;
        }
    }

    /// Takes note of content that is accepted.
    pub(super) fn accept(&mut self, asked: &Asked<'_>) {
        if self.after_rollback == Some(asked.content) {
            return;
        }
        // What is in force all the same has not proven itself by being asked for again.
        self.after_probation = self.after_probation.take().filter(|ill| ill.is(asked));
        self.after_rollback = None;
    }
}
