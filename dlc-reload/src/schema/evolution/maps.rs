//! The comparison of maps: sections, and collections of entries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{
    change::{SchemaChange, SchemaChangeKind as Change, below, child},
    form::{Form, Further},
    names::Names,
    step::{Below, Pair, Step},
    words::lengths,
};
use crate::schema::{integers::Integers, lookup::is_gone};

/// Two forms of a map, and the names that an old map can have.
struct Maps<'a, 's> {
    pair: Pair<'a, 's>,
    /// Returns true if some value follows the old schemas.
    is_possible: &'a dyn Fn(&[&'s Json]) -> bool,
}

impl<'s> Pair<'_, 's> {
    /// Compares two forms of a map. `is_possible` returns true if some value follows the schemas of the old version.
    pub(super) fn maps(&self, is_possible: &dyn Fn(&[&'s Json]) -> bool) -> Step<'s> {
        let maps = Maps { pair: *self, is_possible };
        let mut step = Step::default();
        maps.names(&mut step);
        maps.further(&mut step);
        maps.required(&mut step);
        maps.merged(&mut step);
        maps.number(&mut step);
        step
    }
}

impl<'s> Maps<'_, 's> {
    fn key(&self, name: &str) -> String {
        child(self.pair.key, name)
    }

    /// Returns true if an old map can have an entry of a name that the schema knows.
    fn could(&self, name: &str) -> bool {
        let Pair { old, .. } = self.pair;
        old.names().contains(name) && (self.is_possible)(&old.entry(name))
    }

    /// Compares the entries that have a name in one of the schemas.
    fn names(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let (olds, news) = (old.names(), new.names());
        let required = new.required();
        for name in olds.iter().copied().filter(|name| self.could(name)) {
            let key = self.key(name);
            if !news.contains(name) && matches!(new.further(), Further::Open(_)) {
                let message = "is no field any more, but an entry like any other";
                step.found.push(SchemaChange::new(&key, Change::Moved, message));
            }
            let may_be_left_out = news.contains(name) && !required.contains(name);
            let below = Below { key, old: old.entry(name), new: new.entry(name), may_be_left_out };
            step.below.push(below);
        }
        for name in news.difference(&olds) {
            let before = old.entry(name);
            if !matches!(old.further(), Further::Unsaid) && (self.is_possible)(&before) {
                step.below.push(Below::new(self.key(name), before, new.entry(name)));
            } else if !required.contains(name)
                && !is_refused(&new.entry(name))
                && !self.is_renamed(name)
            {
                step.found.push(SchemaChange::new(&self.key(name), Change::Added, "is new"));
            }
        }
        for (former, name) in new.other_names() {
            if self.could(former) && !self.could(name) {
                let message = "has another name, and this one is still accepted";
                let change = SchemaChange::new(&self.key(former), Change::Renamed, message);
                step.found.push(change.with_values(format!("`{former}`"), format!("`{name}`")));
            }
        }
    }

    /// Returns true if an old map could have an entry of another name for the same field.
    fn is_renamed(&self, name: &str) -> bool {
        let mut others = self.pair.new.other_names().into_iter();
        others.any(|(other, own)| other == name || own == name && self.could(other))
    }

    /// Compares the entries that have no name of their own.
    fn further(&self, step: &mut Step<'s>) {
        let Pair { key, old, new } = self.pair;
        let (olds, news) = (old.patterns(), new.patterns());
        let any_name = || below(key, "<name>");
        let all = || olds.iter().chain(&news);
        let is_named = !old.names().is_empty() || !new.names().is_empty();
        let untold = all().find(|(pattern, _)| is_named && Names::of(pattern).is_none());
        if let Some((pattern, _)) = untold {
            step.found.push(self.undecided(&format!("which names follow `{pattern}`")));
            return;
        }
        for (pattern, schema) in &olds {
            let (same, others): (Vec<_>, Vec<_>) =
                news.iter().partition(|(known, _)| includes(known, pattern));
            let now: Vec<_> = same.iter().map(|(_, schema)| *schema).collect();
            let met = others.iter().find(|(other, _)| !are_apart(pattern, other));
            match (met.map(|(other, _)| *other), new.further()) {
                (Some(other), _) if integers(pattern).and(integers(other)).is_some() => {
                    let message = format!("entries are refused unless their names {}", said(other));
                    step.found.push(self.pair.narrowed(message));
                }
                (Some(_), _) => {
                    step.found.push(self.undecided(&format!("names that {}", said(pattern))));
                }
                _ if !now.is_empty() => step.below.push(Below::new(any_name(), vec![schema], now)),
                (None, Further::Open(now)) => {
                    step.below.push(Below::new(any_name(), vec![schema], now));
                }
                (None, Further::Closed | Further::Unsaid) => {
                    let message = format!("entries are refused whose names {}", said(pattern));
                    step.found.push(self.pair.narrowed(message));
                }
            }
        }
        self.rest(step);
        for names in new.keyword("propertyNames") {
            if !old.keyword("propertyNames").any(|own| own == names) {
                step.found.push(self.undecided("the names of the entries"));
            }
        }
    }

    /// Compares the entries whose names follow no pattern.
    fn rest(&self, step: &mut Step<'s>) {
        let Pair { key, old, new } = self.pair;
        let (olds, news) = (old.patterns(), new.patterns());
        let any_name = || below(key, "<name>");
        match (old.further(), new.further()) {
            (Further::Closed, _) | (Further::Unsaid, Further::Unsaid) => {}
            (_, Further::Open(_))
                if news.iter().any(|now| !olds.iter().any(|old| old.0 == now.0)) =>
            {
                step.found.push(self.undecided("an entry whose name follows a pattern"));
            }
            (Further::Unsaid, Further::Open(now)) => {
                step.below.push(Below::new(any_name(), Vec::new(), now));
            }
            (Further::Open(schemas), Further::Open(now)) => {
                step.below.push(Below::new(any_name(), schemas, now));
            }
            (Further::Unsaid, Further::Closed) => {
                step.found.push(
                    self.undecided("an entry, because the old schema does not say which there are"),
                );
            }
            (Further::Open(_), Further::Unsaid | Further::Closed) => {
                let message = "entries of other names are refused";
                step.found.push(self.pair.narrowed(message));
            }
        }
    }

    /// Finds the entries that have to be there, and had not to be before.
    fn required(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let (olds, news) = (old.required(), new.required());
        for name in news.difference(&olds) {
            let is_choice = |names: &&BTreeSet<&str>| names.contains(name) && names.len() > 1;
            let message = match (old.names().contains(name), old.one_of().iter().find(is_choice)) {
                (_, Some(_)) => "has to be set under this name",
                (true, None) => "has to be set, which it had not before",
                (false, None) => "is new and has to be set",
            };
            step.found.push(SchemaChange::new(&self.key(name), Change::Required, message));
        }
        for names in &new.one_of() {
            let is_there = olds.iter().any(|name| names.contains(name))
                || old.one_of().iter().any(|own| own.is_subset(names));
            if !is_there {
                let name = names.iter().next().copied().unwrap_or_default();
                let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("has to be set, as one of {}", all.join(", "));
                step.found.push(SchemaChange::new(&self.key(name), Change::Required, message));
            }
        }
        let is_required = |name: &&&str| {
            news.contains(**name) || new.one_of().iter().any(|names| names.contains(**name))
        };
        for name in olds.iter().filter(|name| !is_required(name) && !is_refused(&new.entry(name))) {
            step.found.push(SchemaChange::new(
                &self.key(name),
                Change::Optional,
                "need not be set any more",
            ));
        }
    }

    /// Finds the entries that were two fields, and are two names of one now.
    fn merged(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let before = fields(old);
        let were_apart = |names: &BTreeSet<&str>| {
            before.iter().any(|own| own.intersection(names).count() > 1)
                || old.not_at_once.iter().any(|own| own.is_subset(names))
        };
        let pairs = fields(new).into_iter().flat_map(|names| {
            let names: Vec<_> = names.into_iter().collect();
            let pairs = |at: usize| names[at + 1..].iter().map(move |other| (at, *other));
            let pairs: Vec<_> = (0..names.len()).flat_map(pairs).collect();
            pairs
                .into_iter()
                .map(|(at, other)| BTreeSet::from([names[at], other]))
                .collect::<Vec<_>>()
        });
        let found: BTreeSet<_> = pairs.chain(new.not_at_once.iter().cloned()).collect();
        for names in found {
            if names.iter().all(|name| self.could(name)) && !were_apart(&names) {
                let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let all = all.join(" and ");
                let message = format!("{all} are names of one key, of which a file can set one");
                let name = names.first().copied().unwrap_or_default();
                step.found.push(SchemaChange::new(&self.key(name), Change::Merged, message));
            }
        }
    }

    /// Compares the number of entries.
    fn number(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let number = |form: &Form<'_>| {
            let (least, greatest) = lengths(form, "minProperties", "maxProperties");
            (least.max(form.required().len() as u64), greatest)
        };
        let (before, now) = (number(old), lengths(new, "minProperties", "maxProperties"));
        let is_closed = matches!(old.further(), Further::Closed) && old.patterns().is_empty();
        let greatest = before.1.or_else(|| is_closed.then_some(old.names().len() as u64));
        let is_within = before.0 >= now.0
            && now.1.is_none_or(|now| greatest.is_some_and(|before| before <= now));
        if !is_within {
            step.found.push(self.pair.narrowed("takes another number of entries"));
        }
    }

    fn undecided(&self, of: &str) -> SchemaChange {
        SchemaChange::new(self.pair.key, Change::Undecided, format!("cannot tell of {of}"))
    }
}

/// Returns the names of each field that has several.
fn fields<'s>(form: &Form<'s>) -> Vec<BTreeSet<&'s str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (other, own) in form.other_names() {
        all.entry(own).or_default().extend([other, own]);
    }
    all.into_values().chain(form.one_of()).collect()
}

/// Returns true if every name that follows the second pattern follows the first one.
fn includes(pattern: &str, other: &str) -> bool {
    let names = Names::of(pattern).zip(Names::of(other));
    pattern == other || names.is_some_and(|(names, others)| names.include(&others))
}

/// Returns the integers that a pattern stands for.
fn integers(pattern: &str) -> Option<Integers> {
    match Names::of(pattern) {
        Some(Names::Integers(integers)) => Some(integers),
        _ => None,
    }
}

/// Returns the words for the names that follow a pattern.
fn said(pattern: &str) -> String {
    match integers(pattern) {
        Some(integers) => format!("are {}", integers.words()),
        None => format!("follow `{pattern}`"),
    }
}

/// Returns true if no name follows both patterns.
fn are_apart(one: &str, other: &str) -> bool {
    Names::of(one).zip(Names::of(other)).is_some_and(|(one, other)| one.are_apart(&other))
}

/// Returns true if the schemas are those of a key that is gone.
fn is_refused(schemas: &[&Json]) -> bool {
    schemas.iter().any(|schema| **schema == Json::Bool(false) || is_gone(schema))
}
