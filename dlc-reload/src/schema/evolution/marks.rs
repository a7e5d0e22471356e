//! The marks of a place: class, default, secret, deprecation.

use serde_json::Value as Json;

use super::{
    change::{SchemaChange, SchemaChangeKind as Kind, child},
    form::{Form, definition},
};
use crate::{
    schema::{
        lookup::{is_secret, members},
        marks::{IDENTITY, PRESENCE},
    },
    section::{CLASS, OTHER_NAME},
};

/// The marks of a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Marks<'s> {
    pub(super) class: Option<&'s str>,
    /// The class of an optional section as a whole.
    presence: Option<&'s str>,
    pub(super) is_secret: bool,
    is_deprecated: bool,
    /// The name of the field that tells the items of a list apart.
    identity: Option<&'s str>,
    default: Option<&'s Json>,
    /// The reason for the removal of a key, if the schema has it.
    pub(super) description: Option<&'s str>,
}

impl<'s> Marks<'s> {
    /// Returns the marks of a value that follows all of the schemas.
    pub(super) fn of(root: &'s Json, heads: &[&'s Json]) -> Self {
        let mut marks = Self::default();
        let mut pending: Vec<_> = heads.iter().rev().copied().collect();
        let mut seen: Vec<&str> = Vec::new();
        while let Some(schema) = pending.pop() {
            let text = |keyword: &str| schema.get(keyword).and_then(Json::as_str);
            marks.class = marks.class.or(text(CLASS));
            marks.presence = marks.presence.or(text(PRESENCE));
            marks.identity = marks.identity.or(text(IDENTITY));
            marks.description = marks.description.or(text("description"));
            marks.default = marks.default.or(schema.get("default"));
            marks.is_secret |= is_secret(schema);
            let is_deprecated = schema.get("deprecated") == Some(&Json::Bool(true));
            marks.is_deprecated |= is_deprecated && schema.get(OTHER_NAME).is_none();
            pending.extend(members(schema, "allOf"));
            let choices = ["anyOf", "oneOf"]
                .into_iter()
                .filter_map(|keyword| schema.get(keyword)?.as_array());
            // In draft-07, a reference stands alone, and what is said beside it around that.
            pending.extend(choices.filter(|choice| choice.len() == 1).flatten());
            if let Some(reference) = text("$ref").filter(|reference| !seen.contains(reference)) {
                seen.push(reference);
                pending.extend(definition(root, reference));
            }
        }
        marks
    }

    /// Returns the value that a file gets which leaves the key out, if the schema says so.
    fn value_left_out(&self, forms: &[Form<'_>]) -> Option<&'s Json> {
        let is_optional = || forms.iter().any(|form| form.kinds.contains(&super::form::Kind::Null));
        self.default.or_else(|| is_optional().then_some(&Json::Null))
    }
}

/// A place in both versions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marked<'a, 's> {
    pub(super) key: &'a str,
    pub(super) old: (&'a Marks<'s>, &'a [Form<'s>]),
    pub(super) new: (&'a Marks<'s>, &'a [Form<'s>]),
}

impl Marked<'_, '_> {
    /// Returns the changes of the marks. The change of a class is left out where `told` says that it is that of
    /// the unit
    /// around the place.
    pub(super) fn changes(&self, told: bool) -> Vec<SchemaChange> {
        let mut found = Vec::new();
        let (old, new) = (self.old.0, self.new.0);
        if !told {
            let said = [
                "changes live, which it did at the next start",
                "takes effect at the next start, which it did live",
            ];
            found.extend(self.class(old.class, new.class, said));
        }
        let said = ["may be added and removed live", "is added and removed at the next start"];
        found.extend(self.class(old.presence, new.presence, said));
        if old.is_secret != new.is_secret {
            let message =
                if new.is_secret { "is a secret" } else { "is no secret any more, and is shown" };
            found.push(SchemaChange::new(self.key, Kind::Secret, message));
        }
        if new.is_deprecated && !old.is_deprecated {
            found.push(SchemaChange::new(
                self.key,
                Kind::Deprecated,
                "is deprecated: setting it causes a warning",
            ));
        }
        if let Some(identity) = new.identity.filter(|_| old.identity != new.identity)
            && self.old.1.iter().any(|form| form.kinds.contains(&super::form::Kind::List))
        {
            let message = format!("refuses two items with the same `{identity}`");
            found.push(SchemaChange::new(self.key, Kind::Narrowed, message));
        }
        if !old.is_secret && !new.is_secret {
            let left_out = (old.value_left_out(self.old.1), new.value_left_out(self.new.1));
            if let (Some(before), Some(now)) = left_out {
                self.defaults(self.key, before, now, &mut found);
            }
        }
        found
    }

    /// Returns the change of a class, in the words for one that is hot now, or for one that is not.
    fn class(&self, old: Option<&str>, new: Option<&str>, said: [&str; 2]) -> Option<SchemaChange> {
        let (old, new) = old.zip(new).filter(|(old, new)| old != new)?;
        let [hot, restart] = said;
        let message = if new == "hot" { hot } else { restart };
        let change = SchemaChange::new(self.key, Kind::Class, message);
        Some(change.with_values(old.to_owned(), new.to_owned()))
    }

    /// Finds the defaults that differ, those of a section key by key.
    fn defaults(&self, key: &str, old: &Json, new: &Json, found: &mut Vec<SchemaChange>) {
        let fields =
            |forms: &[Form<'_>], name: &str| forms.iter().any(|form| form.names().contains(name));
        match (old, new) {
            (old, new) if old == new => {}
            (Json::Object(one), Json::Object(other))
                if one
                    .keys()
                    .chain(other.keys())
                    .all(|name| fields(self.old.1, name) || fields(self.new.1, name)) =>
            {
                for (name, old) in one {
                    if let Some(new) = other.get(name).filter(|new| *new != old) {
                        let key = child(key, name);
                        found.push(default(&key, old, new));
                    }
                }
            }
            _ => found.push(default(key, old, new)),
        }
    }
}

fn default(key: &str, old: &Json, new: &Json) -> SchemaChange {
    let message = "a file that leaves it out gets another default";
    let words = |value: &Json| Some(format!("`{value}`"));
    SchemaChange::new(key, Kind::Default, message).with_values(words(old), words(new))
}
