//! The sources as they were read last: which are fresh, and since when the others are not.

use std::{sync::Arc, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Problem},
    hook::caught,
    source::{Freshness, Guard, Notice, Source, SourceRead},
    time::{Timestamp, rfc3339},
    trigger::{Trigger, TriggerKind},
};

/// One source of a [`Status`](crate::Status), as it was when it was read last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SourceStatus {
    /// The name of the source.
    pub name: Arc<str>,
    /// The state that it is in.
    pub state: SourceState,
    /// The time since which it is in this state.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The reason, unless it is fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version of what it handed over, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Arc<str>>,
    /// The last time at which it handed over what its origin had at that moment; absent if it never did, and for a file
    /// that may be absent and is.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "rfc3339::option")]
    #[schemars(with = "Option<Timestamp>")]
    pub last_success: Option<SystemTime>,
}

/// The state of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SourceState {
    /// It handed over what its origin has.
    Fresh,
    /// It handed over what its origin had, and [cannot reach it](crate::source::Intake::stale) since.
    Stale,
    /// It is optional and absent, or could not be read.
    Missing,
}

impl SourceState {
    /// Returns the word used in logs and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

/// The sources in order, as they were read last.
#[derive(Default)]
pub(super) struct SourceStates(Vec<SourceStatus>);

impl SourceStates {
    /// Takes note of a reading of all sources, and returns those that have become stale or are stale no longer.
    #[must_use = "the log tells of them"]
    pub(super) fn note(&mut self, reads: &[SourceRead], now: SystemTime) -> Vec<SourceStatus> {
        let is_stale = |source: &SourceStatus| source.state == SourceState::Stale;
        let before = std::mem::take(&mut self.0);
        let were_stale: Vec<_> = before.iter().map(is_stale).collect();
        let mut before = before.into_iter();
        self.0 = reads.iter().map(|read| status(read, before.next(), now)).collect();
        let were_stale = were_stale.into_iter().chain(std::iter::repeat(false));
        let turned = self.0.iter().zip(were_stale).filter(|(now, before)| is_stale(now) != *before);
        turned.map(|(source, _)| source.clone()).collect()
    }

    pub(super) fn list(&self) -> Vec<SourceStatus> {
        self.0.clone()
    }
}

fn status(read: &SourceRead, before: Option<SourceStatus>, now: SystemTime) -> SourceStatus {
    let (state, given, reason) = match &read.freshness {
        Freshness::Fresh => (SourceState::Fresh, None, None),
        Freshness::Stale(since, reason) => (SourceState::Stale, Some(*since), Some(&**reason)),
        Freshness::Absent => (SourceState::Missing, None, Some("it does not exist")),
        Freshness::Missing(reason) => (SourceState::Missing, None, Some(&**reason)),
    };
    let same = before.as_ref().filter(|before| before.state == state);
    SourceStatus {
        name: Arc::clone(&read.name),
        state,
        since: given.or_else(|| same.map(|same| same.since)).unwrap_or(now),
        reason: reason.map(str::to_owned),
        version: read.version.clone(),
        last_success: match state {
            SourceState::Fresh => Some(now),
            SourceState::Stale => given,
            SourceState::Missing if matches!(read.freshness, Freshness::Absent) => None,
            SourceState::Missing => before.and_then(|before| before.last_success),
        },
    }
}

/// Lets every source watch for changes. What has changed since the sources were read is found by one look.
///
/// # Errors
///
/// The sources that panicked.
pub(super) fn watch(
    layers: &[(Arc<str>, Box<dyn Source>)],
    notice: &Notice,
) -> Result<Vec<Guard>, Error> {
    let (mut guards, mut problems) = (Vec::new(), Vec::new());
    for (name, source) in layers {
        match caught(|| source.watch(notice.clone())) {
            Ok(guard) => guards.extend(guard),
            // The message of the panic is left out: it may quote a secret.
            Err(_) => problems.push(Problem::error(format!(
                "source {name} panicked when it began to watch, see the error output of the process"
            ))),
        }
    }
    if !problems.is_empty() {
        return Err(Error::invalid(problems));
    }
    if !guards.is_empty() {
        notice.changed(Trigger::new(TriggerKind::Remote));
    }
    Ok(guards)
}
