//! Overrides: values that hot fields have for a while in place of those of the sources.

use std::{
    any::Any,
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::values::Values;
use crate::{
    candidate::Sources,
    document::{Document, Limits, shown},
    error::Problem,
    place::Key,
    section::{
        Class, Field, FieldInfo, Found, Leaf, Overridable, Reloadable, Role, Table, differing,
    },
    snapshot::Snapshot,
    source::value_node,
    time::{Timestamp, rfc3339},
    trigger::Trigger,
};

/// The longest time for which a field is overridden; what is to last longer belongs into a source.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The pause after an override could not be ended.
const RETRY: Duration = Duration::from_secs(60);

/// The message about a value for which there is no place.
const NO_PLACE: &str =
    "a field of an absent section cannot be overridden, and an override cannot take a section away";

/// A function that writes the value into a leaf; it returns false where the leaf cannot hold it.
type Write = Arc<dyn Fn(Option<&mut dyn Any>) -> bool + Send + Sync>;

/// An override that is asked for.
#[derive(Clone)]
pub(crate) struct Proposal {
    /// The field, as indices from the root.
    pub(super) at: Vec<u16>,
    pub(super) key: Key,
    /// The value, to be shown.
    shown: Value,
    /// The typed value; none where the shown one is still to be read.
    write: Option<Write>,
    /// The time after which it ends by itself, if it does.
    lasts: Option<Duration>,
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
    pub(super) fn new<C: Reloadable, T, K>(field: Field<C, T, K>, value: T) -> Self
    where
        T: Serialize + Send + Sync + 'static,
        K: Overridable,
    {
        let (at, key) = (field.indices().to_vec(), field.key());
        let shown = shown(&value);
        let write: Write = Arc::new(move |leaf| field.write(leaf, &value));
        Self { at, key, shown, write: Some(write), lasts: None }
    }

    /// Makes the override of a key, which may be that of no field that can be overridden.
    pub(super) fn of_key(key: Key, value: Value, table: &'static Table) -> Self {
        let at = table.hot_leaf(&key).unwrap_or_default();
        Self { at, key, shown: value, write: None, lasts: None }
    }

    /// Returns the same override with another end.
    pub(super) fn lasting(self, lasts: Option<Duration>) -> Self {
        Self { lasts, ..self }
    }

    /// Returns true if an earlier one would have no effect beside this one.
    pub(super) fn replaces(&self, earlier: &Self) -> bool {
        self.at == earlier.at
    }

    /// Begins the override.
    ///
    /// # Errors
    ///
    /// A time that is none, or too long.
    pub(super) fn begin(
        self,
        by: &Trigger,
        now: SystemTime,
        instant: Instant,
    ) -> Result<Held, Problem> {
        let refused = |message: &str| Problem::error(message).with_key(self.key.clone());
        let end = match self.lasts {
            None => None,
            Some(Duration::ZERO) => {
                return Err(refused("an override for no time has no effect, give it a duration"));
            }
            Some(lasts) if lasts > LONGEST => {
                return Err(refused("an override lasts a year at most, edit a source instead"));
            }
            Some(lasts) => {
                let end = now.checked_add(lasts).zip(instant.checked_add(lasts));
                Some(end.ok_or_else(|| refused("an override cannot last until then"))?)
            }
        };
        let (until, due) = end.unzip();
        Ok(Held { since: now, until, due, by: by.clone(), proposal: self })
    }
}

/// An override in force.
#[derive(Clone)]
pub(super) struct Held {
    proposal: Proposal,
    since: SystemTime,
    until: Option<SystemTime>,
    /// The moment at which it ends by itself, if it does.
    due: Option<Instant>,
    by: Trigger,
}

impl Held {
    /// Reads a value that was given as JSON in the way in which a source's value of its key is read.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the value, or the reason why its key cannot be overridden.
    pub(super) fn read<C: Reloadable>(
        mut self,
        others: &Overrides,
        base: &Snapshot<C>,
        sources: &Sources<C>,
    ) -> Result<Self, Vec<Problem>> {
        if self.proposal.write.is_some() {
            return self.of_entries(base);
        }
        let Proposal { at, key, .. } = &self.proposal;
        let (Some(leaf), Some((_, info))) = (C::TABLE.field_at(at), C::TABLE.resolve(at)) else {
            return Err(vec![self.refused(sources)]);
        };
        if base.config().leaf_at(at).is_none() {
            return Err(vec![Problem::error(NO_PLACE).with_key(key)]);
        }
        let document = others.with(self.clone()).over(base.in_force(), C::TABLE);
        let config = sources.typed_apart(&document)?;
        only_hot(key, base.config(), &config)?;
        let shown = Values::some(&config, std::slice::from_ref(&leaf), sources.shape).take(&leaf);
        let write = adopted(at.clone(), info, config);
        self.proposal.shown = shown.unwrap_or_default();
        self.proposal.write = Some(write);
        Ok(self)
    }

    /// Returns the same override of a collection that was given as a value: what needs a restart in its entries follows
    /// the sources, whatever they say later.
    ///
    /// # Errors
    ///
    /// Each leaf that needs a restart and differs.
    fn of_entries<C: Reloadable>(mut self, base: &Snapshot<C>) -> Result<Self, Vec<Problem>> {
        let Proposal { at, key, write, .. } = &self.proposal;
        let (Some((_, info)), Some(write)) = (C::TABLE.resolve(at), write) else { return Ok(self) };
        if info.entries.is_none() {
            return Ok(self);
        }
        let mut asked = C::clone(base.config());
        if write(asked.hot_leaf_mut(at)) {
            only_hot(key, base.config(), &asked)?;
            self.proposal.write = Some(adopted(at.clone(), info, asked));
        }
        Ok(self)
    }

    /// Returns the reason why the key cannot be overridden, and what to do instead.
    fn refused<C: Reloadable>(&self, sources: &Sources<C>) -> Problem {
        let key = &self.proposal.key;
        let message = match (C::TABLE.find(key.segments()), hot_leaf_around::<C>(key)) {
            (Found::Nothing, _) => {
                let unknown = sources.unknown_key(key, origin(self.until, &self.by));
                return unknown.unwrap_or_else(|| Problem::error("unknown key").with_key(key));
            }
            (_, Some(around)) => format!("`{around}` is one value, override it as a whole"),
            (Found::Section(_), None) => {
                "a section has no value of its own, override its fields one by one".to_owned()
            }
            (Found::Leaf(field, role, _), None) => {
                if field.flatten && role.class() == Class::Hot {
                    "it has no key of its own, so it cannot be overridden by key".to_owned()
                } else {
                    keeps_its_value(role)
                }
            }
        };
        Problem::error(message).with_key(sources.shape.shown_key(key))
    }
}

/// Returns the function that puts the value of a leaf of one configuration into another one.
fn adopted<C: Reloadable>(at: Vec<u16>, info: &'static FieldInfo, config: C) -> Write {
    Arc::new(move |place| {
        let both = place.zip(config.leaf_at(&at));
        both.map(|(place, value)| info.adopt(place, value)).is_some()
    })
}

/// Refuses what needs a restart in the value that is to be in force at a key.
///
/// # Errors
///
/// Each such leaf that differs.
fn only_hot<C: Reloadable>(key: &Key, base: &C, asked: &C) -> Result<(), Vec<Problem>> {
    let waits = |leaf: &Leaf| leaf.role.class() == Class::Restart && key.covers(&leaf.key);
    let waiting = differing(base, asked).into_iter().filter(waits);
    let problems: Vec<_> =
        waiting.map(|leaf| Problem::error(keeps_its_value(leaf.role)).with_key(leaf.key)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn keeps_its_value(role: Role) -> String {
    let what = if role.is_secret() { "secret" } else { "`restart` field" };
    format!(
        "a {what} cannot be overridden, because it keeps its value until the next start: set it in a source and restart the service"
    )
}

/// Returns the key of the hot leaf in which a key lies, if it does.
fn hot_leaf_around<C: Reloadable>(key: &Key) -> Option<Key> {
    let around =
        (1..key.segments().len()).map(|end| Key::from_iter(key.segments()[..end].to_vec()));
    around.into_iter().find(|around| C::TABLE.hot_leaf(around).is_some())
}

/// The overrides in force, in the order in which they were asked for; one at most for each field.
#[derive(Clone, Default)]
pub(super) struct Overrides(Vec<Held>);

impl Overrides {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(feature = "fleet")]
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(|held| held.proposal.key.clone())
    }

    /// Returns the moment at which the first of them ends.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.iter().filter_map(|held| held.due).min()
    }

    /// Makes a copy with one more, which takes the place of an earlier one of its field.
    pub(super) fn with(&self, held: Held) -> Self {
        let mut overrides = self.without(|other| held.proposal.replaces(other));
        overrides.0.push(held);
        overrides
    }

    /// Makes a copy without those that end.
    pub(super) fn without(&self, ends: impl Fn(&Proposal) -> bool) -> Self {
        Self(self.0.iter().filter(|held| !ends(&held.proposal)).cloned().collect())
    }

    /// Returns the fields of those whose time is over, as indices and as keys.
    pub(super) fn ended(&self, now: Instant) -> Vec<(Vec<u16>, Key)> {
        let ended = self.0.iter().filter(|held| held.due.is_some_and(|due| due <= now));
        ended.map(|held| (held.proposal.at.clone(), held.proposal.key.clone())).collect()
    }

    /// Puts off the end of one that could not be ended.
    pub(super) fn put_off(&mut self, at: &[u16], now: Instant) {
        for held in self.0.iter_mut().filter(|held| held.proposal.at == at) {
            held.due = Some(now + RETRY);
        }
    }

    /// Writes the values into a configuration.
    ///
    /// # Errors
    ///
    /// A value for which there is no place: its section is absent, or it is absent itself. And a value that differs
    /// from itself, which every reload would take for a change.
    pub(super) fn write<C: Reloadable>(&self, config: &mut C) -> Result<(), Problem> {
        for Held { proposal: Proposal { at, key, write, .. }, .. } in &self.0 {
            let write = write.as_ref().filter(|write| write(config.hot_leaf_mut(at)));
            if write.is_none() {
                return Err(Problem::error(NO_PLACE).with_key(key));
            }
        }
        for leaf in differing(config, config) {
            let message = "a value that holds NaN, or differs from itself in another way, would change with every reload: choose another one";
            if self.0.iter().any(|held| held.proposal.key.covers(&leaf.key)) {
                return Err(Problem::error(message).with_key(leaf.key));
            }
        }
        Ok(())
    }

    /// Makes a copy of those that have to do with a key.
    pub(super) fn about(&self, key: &Key) -> Self {
        let touches = |held: &&Held| {
            let own = &held.proposal.key;
            own.covers(key) || key.covers(own)
        };
        Self(self.0.iter().filter(touches).cloned().collect())
    }

    /// Returns the document with the values on top, each with its override for origin.
    pub(super) fn over(&self, document: &Arc<Document>, table: &'static Table) -> Arc<Document> {
        let mut over = Arc::clone(document);
        for Held { proposal: Proposal { at, key, shown, .. }, until, by, .. } in &self.0 {
            // A flattened value has no key of its own to stand at.
            if table.resolve(at).is_some_and(|(_, info)| !info.flatten) {
                let document = Arc::make_mut(&mut over);
                document.put(key, origin(*until, by), |place| {
                    value_node(shown, place, &Limits::default())
                });
            }
        }
        over
    }

    /// Returns the warnings about overrides that end so that something else can come into force.
    pub(super) fn given_up(&self, because: &[Problem]) -> Vec<Problem> {
        let reasons: Vec<_> = because.iter().map(ToString::to_string).collect();
        let message = format!(
            "the override ends, because the rollback was refused while it held ({})",
            reasons.join("; ")
        );
        let ended = |held: &Held| Problem::warning(&*message).with_key(&held.proposal.key);
        self.0.iter().map(ended).collect()
    }

    /// Lists them for a status.
    pub(super) fn list(&self) -> Vec<Overridden> {
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

/// Returns the origin of the value: `override by alice until 2026-11-22T18:45:00Z`.
fn origin(until: Option<SystemTime>, by: &Trigger) -> String {
    let who = by.actor_name().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let until = until.and_then(|until| jiff::Timestamp::try_from(until).ok());
    let until = until.and_then(|until| until.round(jiff::Unit::Second).ok());
    let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
    format!("override{who}{until}")
}

/// A hot field that has another value for a while than the sources ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Overridden {
    /// The key of the field.
    pub key: Key,
    /// The value it has.
    pub value: Value,
    /// The time at which it began.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The time at which it ends by itself, if it does.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Timestamp>")]
    pub until: Option<SystemTime>,
    /// The trigger of the override, with the actor and the reason.
    pub by: Trigger,
}
