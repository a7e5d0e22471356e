//! The documents of a version, as a source of the service's configuration.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use super::{state::Stale, version::Version};
use crate::{
    error::Problem,
    place::Origin,
    source::{Intake, Notice},
    sync::lock,
    trigger::{Trigger, TriggerKind},
};

/// The name of the source.
pub(super) const NAME: &str = "fleet";

/// The documents that a node hands over.
#[derive(Default)]
pub(super) struct Documents(Mutex<Held>);

#[derive(Default)]
struct Held {
    version: Option<Arc<Version>>,
    stale: Option<Stale>,
    /// The reason why there are no documents although there should be.
    missing: Option<String>,
    /// What an operator should know, and what refuses nothing.
    warning: Option<String>,
    notice: Option<Notice>,
    /// True for each of the two if it was read: by a look, and by a start.
    begun: (bool, bool),
}

impl Documents {
    /// Takes note that the documents are wanted; returns false at the first time, and at the first time of a start.
    pub(super) fn has_begun(&self, is_start: bool) -> bool {
        let mut held = lock(&self.0);
        let had = if is_start { held.begun.1 } else { held.begun.0 || held.begun.1 };
        held.begun = (true, held.begun.1 || is_start);
        had
    }

    /// Puts a version, or none, in the place of the one that was handed over.
    pub(super) fn set(&self, version: Option<Arc<Version>>) {
        let mut held = lock(&self.0);
        (held.version, held.missing) = (version, None);
    }

    /// Says why there is no version to hand over.
    pub(super) fn miss(&self, reason: String) {
        lock(&self.0).missing = Some(reason);
    }

    /// Returns true if there is no version to hand over although there should be.
    pub(super) fn is_missing(&self) -> bool {
        lock(&self.0).missing.is_some()
    }

    /// Says what an operator should know, or that there is no reason for it any more.
    pub(super) fn warn(&self, warning: Option<String>) {
        lock(&self.0).warning = warning;
        self.changed(Trigger::new(TriggerKind::Remote).detail("the name of this node"));
    }

    /// Says since when they may be out of date; returns true if that was not known.
    pub(super) fn stale(&self, stale: Option<&Stale>) -> bool {
        let mut held = lock(&self.0);
        let is_news = held.stale.as_ref() != stale;
        held.stale = stale.cloned();
        is_news
    }

    /// Takes the way to ask for a look, or gives it up.
    pub(super) fn watched(&self, notice: Option<Notice>) {
        lock(&self.0).notice = notice;
    }

    /// Asks for a look at all sources, for which nobody waits.
    pub(super) fn changed(&self, trigger: Trigger) {
        let notice = lock(&self.0).notice.clone();
        if let Some(notice) = notice {
            notice.changed(trigger);
        }
    }

    /// Returns the number of the version that is handed over.
    pub(super) fn number(&self) -> Option<u64> {
        lock(&self.0).version.as_ref().map(|version| version.number)
    }

    /// Returns the names by which origins call the documents.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let version = lock(&self.0).version.clone();
        version.iter().flat_map(|version| names(version)).collect()
    }

    /// Hands all of it over.
    pub(super) fn read(&self, intake: &mut Intake<'_>) {
        let (version, stale, missing, warning) = {
            let held = lock(&self.0);
            let (missing, warning) = (held.missing.clone(), held.warning.clone());
            (held.version.clone(), held.stale.clone(), missing, warning)
        };
        if let Some(Stale { since, reason }) = stale {
            intake.stale(since, reason);
        }
        let problems = missing.map(Problem::error).into_iter();
        for problem in problems.chain(warning.map(Problem::warning)) {
            intake.problem(problem.with_origin(Origin::source(NAME)));
        }
        let Some(version) = version else { return };
        intake.version(version.number.to_string());
        for (document, name) in version.documents.iter().zip(names(&version)) {
            // One without a format is refused where the version is opened.
            if let Some(format) = document.format() {
                intake.text(name, format, &document.text).without_secrets();
            }
        }
    }
}

/// Returns the names of the documents of a version: `base.yaml@42`.
pub(super) fn names(version: &Version) -> impl Iterator<Item = String> {
    version.documents.iter().map(|document| format!("{}@{}", document.name, version.number))
}
