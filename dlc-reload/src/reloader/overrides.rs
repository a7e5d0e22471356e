//! Values that hot fields have for a while, whatever the sources say.

use std::{
    any::Any,
    fmt,
    future::Future,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use serde::Serialize;
use serde_json::Value;

use super::queue::{Queue, Task};
use crate::{
    document::Document,
    error::{Error, Problem},
    key::Key,
    report::{Report, Trigger},
    section::{Field, Overridable, Reloadable, Table},
    source::value_node,
    time::rfc3339,
};

/// The longest time for which a field is overridden; what is to last longer belongs into a source.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// How long to wait after an override could not be ended.
const RETRY: Duration = Duration::from_secs(60);

/// A value that a hot field is to have for a while; made by
/// [`Reloader::override_field`](crate::Reloader::override_field).
#[must_use = "nothing happens before `for_duration`"]
pub struct Override<'r> {
    queue: &'r Queue,
    proposal: Proposal,
    trigger: Trigger,
}

impl<'r> Override<'r> {
    pub(crate) fn new<C: Reloadable, T, K>(
        queue: &'r Queue,
        field: Field<C, T, K>,
        value: T,
    ) -> Self
    where
        T: Serialize + Send + Sync + 'static,
        K: Overridable,
    {
        let key = field.key();
        let trigger = Trigger::api(format!("override of {key}"));
        let shown = serde_json::to_value(&value).unwrap_or_default();
        let write: Write = Arc::new(move |leaf| field.write(leaf, &value));
        let at = field.indices().to_vec();
        Self { queue, proposal: Proposal { at, key, shown, write, lasts: Duration::ZERO }, trigger }
    }

    /// Says who asks for it and why; the report, the status and [`explain`](crate::Reloader::explain)
    /// repeat it.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Puts the value in force, through the hook of the field, and takes it back after this time. It
    /// blocks until the value is in force or refused.
    ///
    /// It replaces an earlier override of the same field. Where it cannot be taken back when its time
    /// is over, because a hook refuses, that is tried again once a minute. A time of zero or of more than a year is
    /// refused.
    ///
    /// # Errors
    ///
    /// As [`Reloader::reload`](crate::Reloader::reload). A value that is refused is a report.
    pub fn for_duration(self, duration: Duration) -> Result<Report, Error> {
        let Self { queue, mut proposal, trigger } = self;
        proposal.lasts = duration;
        queue.request(Task::Override(proposal), trigger)?.wait()
    }

    /// As [`for_duration`](Self::for_duration), to be awaited.
    ///
    /// # Errors
    ///
    /// As [`for_duration`](Self::for_duration).
    pub fn for_duration_async(
        self,
        duration: Duration,
    ) -> impl Future<Output = Result<Report, Error>> + Send + use<> {
        let Self { queue, mut proposal, trigger } = self;
        proposal.lasts = duration;
        let request = queue.request(Task::Override(proposal), trigger);
        async move { request?.wait_async().await }
    }
}

impl fmt::Debug for Override<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { proposal, trigger, .. } = self;
        f.debug_struct("Override")
            .field("proposal", proposal)
            .field("trigger", trigger)
            .finish_non_exhaustive()
    }
}

/// Writes the value into a leaf; false where it cannot hold it.
type Write = Arc<dyn Fn(Option<&mut dyn Any>) -> bool + Send + Sync>;

/// An override that is asked for.
#[derive(Clone)]
pub(crate) struct Proposal {
    /// The field, as indices from the root.
    pub(crate) at: Vec<u16>,
    pub(crate) key: Key,
    /// The value, to be shown.
    shown: Value,
    write: Write,
    lasts: Duration,
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, shown, lasts, .. } = self;
        f.debug_struct("Proposal")
            .field("key", key)
            .field("value", shown)
            .field("lasts", lasts)
            .finish_non_exhaustive()
    }
}

impl Proposal {
    /// Lets it begin now.
    pub(crate) fn begin(
        self,
        by: &Trigger,
        (now, instant): (SystemTime, Instant),
    ) -> Result<Held, Problem> {
        let refused = |message: &str| Problem::error(message).with_key(self.key.clone());
        if self.lasts.is_zero() {
            return Err(refused("an override for no time has no effect, give it a duration"));
        }
        if self.lasts > LONGEST {
            return Err(refused("an override lasts a year at most, edit a source instead"));
        }
        let too_late = || refused("an override cannot last until then");
        let until = now.checked_add(self.lasts).ok_or_else(too_late)?;
        let due = instant.checked_add(self.lasts).ok_or_else(too_late)?;
        Ok(Held { since: now, until, due, by: by.clone(), proposal: self })
    }
}

/// An override in force.
#[derive(Clone)]
pub(crate) struct Held {
    proposal: Proposal,
    since: SystemTime,
    until: SystemTime,
    /// When to end it.
    due: Instant,
    by: Trigger,
}

/// The overrides in force, in the order in which they were asked for; one at most for each field.
#[derive(Clone, Default)]
pub(crate) struct Overrides(Vec<Held>);

impl Overrides {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the first of them ends.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.0.iter().map(|held| held.due).min()
    }

    /// These and one more, which takes the place of an earlier one of its field.
    pub(crate) fn with(&self, held: Held) -> Self {
        let mut overrides = self.without(&held.proposal.at);
        overrides.0.push(held);
        overrides
    }

    /// These without that of the field at these indices.
    pub(crate) fn without(&self, at: &[u16]) -> Self {
        Self(self.0.iter().filter(|held| held.proposal.at != at).cloned().collect())
    }

    /// The fields of those that are to end, as indices and as keys.
    pub(crate) fn ended(&self, now: Instant) -> Vec<(Vec<u16>, Key)> {
        let ended = self.0.iter().filter(|held| held.due <= now);
        ended.map(|held| (held.proposal.at.clone(), held.proposal.key.clone())).collect()
    }

    /// Puts off the end of one that could not be ended.
    pub(crate) fn put_off(&mut self, at: &[u16], now: Instant) {
        for held in self.0.iter_mut().filter(|held| held.proposal.at == at) {
            held.due = now + RETRY;
        }
    }

    /// Writes the values into a configuration.
    ///
    /// # Errors
    ///
    /// A value for which there is no place: its section is absent, or it is absent itself.
    pub(crate) fn write<C: Reloadable>(&self, config: &mut C) -> Result<(), Problem> {
        for Held { proposal: Proposal { at, key, write, .. }, .. } in &self.0 {
            if !write(config.hot_leaf_mut(at)) {
                let message = "a field of an absent section cannot be overridden, and an override cannot take a section away";
                return Err(Problem::error(message).with_key(key));
            }
        }
        Ok(())
    }

    /// Those that have to do with a key.
    pub(crate) fn about(&self, key: &Key) -> Self {
        let touches = |held: &&Held| {
            let own = &held.proposal.key;
            own.covers(key) || key.covers(own)
        };
        Self(self.0.iter().filter(touches).cloned().collect())
    }

    /// The document with the values on top, each with its override for origin.
    pub(crate) fn over(&self, document: &Arc<Document>, table: &'static Table) -> Arc<Document> {
        let mut over = Arc::clone(document);
        for Held { proposal: Proposal { at, key, shown, .. }, until, by, .. } in &self.0 {
            // A flattened value has no key of its own to stand at.
            if table.resolve(at).is_some_and(|(_, info)| !info.flatten) {
                let document = Arc::make_mut(&mut over);
                document.put(key, origin(*until, by), |place| value_node(shown, place));
            }
        }
        over
    }

    /// What to say where they end so that something else can come into force.
    pub(crate) fn given_up(&self, because: &[Problem]) -> Vec<Problem> {
        let reasons: Vec<_> = because.iter().map(ToString::to_string).collect();
        let message = format!(
            "the override ends, because the rollback was refused while it held ({})",
            reasons.join("; ")
        );
        let ended = |held: &Held| Problem::warning(&*message).with_key(&held.proposal.key);
        self.0.iter().map(ended).collect()
    }

    /// What a status lists.
    pub(crate) fn list(&self) -> Vec<Overridden> {
        let listed = |held: &Held| Overridden {
            key: held.proposal.key.clone(),
            value: held.proposal.shown.clone(),
            since: held.since,
            until: held.until,
            by: held.by.clone(),
        };
        self.0.iter().map(listed).collect()
    }
}

/// What the value is from: `override by alice until 2026-11-22T18:45:00Z`.
fn origin(until: SystemTime, by: &Trigger) -> String {
    let who = by.actor_name().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let until = jiff::Timestamp::try_from(until)
        .and_then(|until| until.round(jiff::Unit::Second))
        .map(|until| format!(" until {until}"))
        .unwrap_or_default();
    format!("override{who}{until}")
}

/// A hot field that has another value for a while than the sources say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overridden {
    /// The key of the field.
    pub key: Key,
    /// The value it has.
    pub value: Value,
    /// Since when.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub since: SystemTime,
    /// When it ends.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub until: SystemTime,
    /// Who asked for it, and why.
    pub by: Trigger,
}
