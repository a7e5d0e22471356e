//! The comparison of maps: sections, and collections of entries.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    change::{SchemaChange, SchemaChangeKind as Change, below, child},
    form::{Form, Further},
    step::{Below, Pair, Step},
    words::lengths,
};

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
        maps.twins(&mut step);
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
        for name in olds.iter().copied().filter(|name| self.could(name)) {
            let key = self.key(name);
            if !news.contains(name) && matches!(new.further(), Further::Open(_)) {
                let message = "is no field any more, but an entry like any other";
                step.found.push(SchemaChange::new(&key, Change::Moved, message));
            }
            step.below.push(Below { key, old: old.entry(name), new: new.entry(name) });
        }
        let required = new.required();
        let twins = new.twins();
        for name in news.iter().copied().filter(|name| !olds.contains(name)) {
            match old.further() {
                Further::Open(schemas) => {
                    step.below.push(Below {
                        key: self.key(name),
                        old: schemas,
                        new: new.entry(name),
                    });
                }
                Further::Unsaid if matches!(new.further(), Further::Unsaid) => {}
                Further::Unsaid | Further::Closed => {}
            }
            let is_another_name =
                |other: &&(&str, &str)| other.0 == name || other.1 == name && self.could(other.0);
            let is_known = twins.iter().any(|pair| is_another_name(&pair));
            if !required.contains(name) && !is_known && !is_refused(&new.entry(name)) {
                step.found.push(SchemaChange::new(&self.key(name), Change::Added, "is new"));
            }
        }
        for (former, name) in
            twins.iter().filter(|(former, name)| self.could(former) && !self.could(name))
        {
            let message = "has another name, and this one is accepted";
            let change = SchemaChange::new(&self.key(former), Change::Renamed, message);
            step.found.push(change.from_to(Some(format!("`{former}`")), Some(format!("`{name}`"))));
        }
    }

    /// Compares the entries that have no name of their own.
    fn further(&self, step: &mut Step<'s>) {
        let Pair { key, old, new } = self.pair;
        let (olds, news) = (old.patterns(), new.patterns());
        let any_name = || below(key, "<name>");
        let is_plain = olds.is_empty() && news.is_empty();
        let named = || old.names().into_iter().chain(new.names()).next().is_some();
        if !is_plain && named() {
            step.found.push(self.undecided("which of the names follow a pattern"));
            return;
        }
        for (pattern, schema) in &olds {
            let same: Vec<_> = news.iter().filter(|(known, _)| includes(known, pattern)).collect();
            match (same.as_slice(), new.further()) {
                ([], Further::Open(schemas)) if news.is_empty() => {
                    step.below.push(Below { key: any_name(), old: vec![schema], new: schemas });
                }
                ([], _) => {
                    step.found.push(self.undecided(&format!("a name that follows `{pattern}`")))
                }
                (same, _) => step.below.push(Below {
                    key: any_name(),
                    old: vec![schema],
                    new: same.iter().map(|(_, schema)| *schema).collect(),
                }),
            }
        }
        match (old.further(), new.further()) {
            (Further::Closed, _) | (Further::Unsaid, Further::Unsaid) => {}
            (Further::Unsaid, Further::Open(schemas))
            | (Further::Open(_), Further::Open(schemas))
                if !news.is_empty() && olds != news =>
            {
                let _ = schemas;
                step.found.push(self.undecided("an entry of another name"));
            }
            (Further::Unsaid, Further::Open(schemas)) => {
                step.below.push(Below { key: any_name(), old: Vec::new(), new: schemas });
            }
            (Further::Open(schemas), Further::Open(now)) => {
                step.below.push(Below { key: any_name(), old: schemas, new: now });
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
        for names in new.keyword("propertyNames") {
            if !old.keyword("propertyNames").any(|own| own == names) {
                step.found.push(self.undecided("the names of the entries"));
            }
        }
    }

    /// Finds the entries that have to be there, and had not to be before.
    fn required(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let (olds, news) = (old.required(), new.required());
        for name in news.difference(&olds) {
            let is_choice = |names: &&BTreeSet<&str>| names.contains(name) && names.len() > 1;
            let message = match (old.names().contains(name), old.one_of.iter().find(is_choice)) {
                (_, Some(_)) => "has to be set under this name",
                (true, None) => "has to be set, which it had not before",
                (false, None) => "is new and has to be set",
            };
            step.found.push(SchemaChange::new(&self.key(name), Change::Required, message));
        }
        for names in &new.one_of {
            let is_there = olds.iter().any(|name| names.contains(name))
                || old.one_of.iter().any(|own| own.is_subset(names));
            if !is_there {
                let name = names.iter().next().copied().unwrap_or_default();
                let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("has to be set, as one of {}", all.join(", "));
                step.found.push(SchemaChange::new(&self.key(name), Change::Required, message));
            }
        }
        let is_required = |name: &&&str| {
            news.contains(**name) || new.one_of.iter().any(|names| names.contains(**name))
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
    fn twins(&self, step: &mut Step<'s>) {
        let Pair { old, new, .. } = self.pair;
        let pairs = new.twins();
        let pairs = pairs.iter().map(|(one, other)| BTreeSet::from([*one, *other]));
        let choices = new.one_of.iter().flat_map(|names| {
            let names: Vec<_> = names.iter().copied().collect();
            let pairs = names.iter().enumerate().flat_map(|(at, one)| {
                names[at + 1..].iter().map(|other| BTreeSet::from([*one, *other]))
            });
            pairs.collect::<Vec<_>>()
        });
        let apart = pairs.chain(choices).chain(new.not_at_once.iter().cloned());
        let mut found: Vec<BTreeSet<&str>> = apart.collect();
        found.sort();
        found.dedup();
        let twins = old.twins();
        let were_apart = |names: &BTreeSet<&str>| {
            old.one_of.iter().any(|own| own.intersection(names).count() > 1)
                || old.not_at_once.iter().any(|own| own.is_subset(names))
                || twins.iter().any(|(one, other)| names.contains(one) && names.contains(other))
        };
        for names in found {
            if names.iter().all(|name| self.could(name)) && !were_apart(&names) {
                let all: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let message = format!(
                    "{} are names of one key, of which a file can set one",
                    all.join(" and ")
                );
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

/// Returns true if every name that follows a pattern follows another one.
fn includes(pattern: &str, other: &str) -> bool {
    // As schemars writes the names that are integers.
    pattern == other || pattern == r"^-?\d+$" && other == r"^\d+$"
}

/// Returns true if the schemas are those of a key that is gone.
fn is_refused(schemas: &[&Json]) -> bool {
    schemas.iter().any(|schema| {
        **schema == Json::Bool(false)
            || schema.get("not").is_some_and(|not| not == &serde_json::json!({}))
    })
}
