//! The only reader of JSON schemas: it finds the values that may stand at a place, and the fields of a
//! struct.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::{
    key::{Key, Segment},
    section::Table,
};

/// The keywords of a choice: a value follows one or more of the members.
///
/// The reader wants to know what may stand there, not what is valid there, so all members count.
const CHOICES: &[&str] = &["anyOf", "oneOf", "allOf"];

/// The keywords that put one struct together from parts.
///
/// An `Option` is an `anyOf` of the value and `null`, and a flattened field stands in an `allOf`. The
/// variants of an enum (`oneOf`) are no parts of one struct.
const PARTS: &[&str] = &["anyOf", "allOf"];

/// The schemas that a value at one place may follow.
pub(crate) struct Alternatives<'s> {
    root: &'s Json,
    schemas: Vec<&'s Json>,
}

impl<'s> Alternatives<'s> {
    /// Returns the schemas of the whole configuration.
    pub(crate) fn of(root: &'s Json) -> Self {
        Self { root, schemas: gathered(root, [root], CHOICES) }
    }

    /// Returns no schemas.
    pub(crate) const fn none() -> Self {
        Self { root: &Json::Null, schemas: Vec::new() }
    }

    fn below(&self, schemas: impl IntoIterator<Item = &'s Json>) -> Self {
        Self { root: self.root, schemas: gathered(self.root, schemas, CHOICES) }
    }

    /// Returns the alternatives for a value below this one.
    pub(crate) fn at(&self, segment: &Segment) -> Self {
        match segment {
            Segment::Name(name) => self.entry(name),
            Segment::Item(_) => self.items(),
        }
    }

    /// Returns the alternatives for the entry `name`: a property, or the values of a map.
    pub(crate) fn entry(&self, name: &str) -> Self {
        let named: Vec<_> = self
            .properties()
            .filter(|(known, _)| *known == name)
            .map(|(_, schema)| schema)
            .collect();
        if named.is_empty() { self.values() } else { self.below(named) }
    }

    /// The alternatives for all entries but those that a section has a field for.
    pub(crate) fn entries_beside(&self, fields: &Table) -> Self {
        let named = self.properties().filter(|(name, _)| fields.field(name).is_none());
        self.below(named.map(|(_, schema)| schema).chain(self.further_entries()))
    }

    /// The alternatives for the values of a map.
    pub(crate) fn values(&self) -> Self {
        self.below(self.further_entries())
    }

    /// The schemas of entries that no property names. schemars writes `unevaluatedProperties` where a map is
    /// flattened beside an enum.
    fn further_entries(&self) -> impl Iterator<Item = &'s Json> {
        let patterns = self.keyword("patternProperties").filter_map(Json::as_object);
        let patterns = patterns.flat_map(|patterns| patterns.values());
        let all = ["additionalProperties", "unevaluatedProperties"];
        all.into_iter().flat_map(|keyword| self.keyword(keyword)).chain(patterns)
    }

    /// Returns the alternatives for the items of a list.
    pub(crate) fn items(&self) -> Self {
        let tuple = self.keyword("prefixItems").filter_map(Json::as_array).flatten();
        self.below(self.keyword("items").chain(tuple))
    }

    /// Returns the names for which the schema has properties, sorted.
    pub(crate) fn names(&self) -> Vec<&'s str> {
        let names: BTreeSet<_> = self.properties().map(|(name, _)| name).collect();
        names.into_iter().collect()
    }

    fn keyword(&self, keyword: &str) -> impl Iterator<Item = &'s Json> {
        self.schemas.iter().filter_map(move |schema| schema.get(keyword))
    }

    fn properties(&self) -> impl Iterator<Item = (&'s str, &'s Json)> {
        let all = self.keyword("properties").filter_map(Json::as_object).flatten();
        all.map(|(name, schema)| (name.as_str(), schema))
    }

    /// Returns true if the schema does not describe the place.
    pub(crate) fn is_unknown(&self) -> bool {
        self.schemas.is_empty()
    }

    /// Returns true if entries of any name may stand here.
    pub(crate) fn is_open(&self) -> bool {
        let says_nothing = |schema: &Json| {
            *schema == Json::Bool(true)
                || !["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "required"]
                    .iter()
                    .any(|keyword| schema.get(keyword).is_some())
        };
        self.schemas.iter().any(|schema| says_nothing(schema))
            || self.further_entries().any(|values| *values != Json::Bool(false))
    }

    /// Returns true if no value may stand here, as far as the schema knows.
    pub(crate) fn allow_nothing(&self) -> bool {
        self.schemas.iter().all(|schema| **schema == Json::Bool(false))
    }

    /// Returns true if the value itself may be a secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.schemas.iter().any(|schema| is_secret(schema))
    }

    /// Returns true if the value is a secret or may hold one, at any depth.
    pub(crate) fn hold_secret(&self) -> bool {
        self.schemas.iter().any(|schema| holds_secret(schema, self.root))
    }

    /// Returns true if the value is a list whose order means nothing.
    pub(crate) fn is_set(&self) -> bool {
        let mut lists =
            self.schemas.iter().filter(|schema| schema.get("items").is_some()).peekable();
        lists.peek().is_some() && lists.all(|schema| is_set(schema))
    }

    /// Returns true if the value is a set or may hold one, at any depth.
    pub(crate) fn hold_set(&self) -> bool {
        self.schemas.iter().any(|schema| any_inside(schema, self.root, is_set))
    }

    /// Returns true if the schema names this very value, such as a variant of an enum.
    pub(crate) fn name_value(&self, value: &Json) -> bool {
        self.keyword("const").any(|known| known == value)
            || self.keyword("enum").filter_map(Json::as_array).flatten().any(|known| known == value)
    }

    /// Returns true if two maps are of different variants of an enum.
    pub(crate) fn tell_apart(&self, one: &Json, other: &Json) -> bool {
        // An enum that is flattened stands beside the other fields of its struct, and is not all of the value.
        let enums = self.schemas.iter().filter(|schema| schema.get("properties").is_none());
        let choices = enums.flat_map(|schema| {
            let all = ["oneOf", "anyOf"].into_iter().filter_map(|choice| schema.get(choice));
            all.filter_map(Json::as_array)
        });
        choices.into_iter().any(|variants| {
            let fit = |value| variants.iter().map(move |schema| fits(self.root, schema, value));
            let both = || fit(one).zip(fit(other));
            fit(one).any(|fits| fits)
                && fit(other).any(|fits| fits)
                && !both().any(|(one, other)| one && other)
        })
    }
}

/// Returns true if a map has the fields and the tag of a variant.
fn fits(root: &Json, variant: &Json, map: &Json) -> bool {
    let variant = resolved(root, variant);
    let is_map = variant.get("type").is_none_or(|kind| kind == "object");
    let has_all = || {
        let mut names = members(variant, "required").filter_map(Json::as_str);
        names.all(|name| map.get(name).is_some())
    };
    let is_tagged = || {
        let fields = variant.get("properties").and_then(Json::as_object);
        fields.into_iter().flatten().all(|(name, schema)| {
            let tag = schema.get("const");
            tag.is_none_or(|tag| map.get(name).is_none_or(|value| value == tag))
        })
    };
    is_map && has_all() && is_tagged()
}

/// Returns the schema of the field at a key; `None` for an item of a list.
pub(super) fn find<'s>(root: &'s Json, key: &Key) -> Option<&'s Json> {
    key.segments().iter().try_fold(root, |schema, segment| match segment {
        Segment::Name(name) => {
            let named = properties(root, schema).into_iter().find(|(known, _)| known == name);
            named.map(|(_, schema)| schema)
        }
        Segment::Item(_) => None,
    })
}

/// Returns the properties of a struct; none where the schema is of something else.
fn properties<'s>(root: &'s Json, schema: &'s Json) -> Vec<(&'s str, &'s Json)> {
    let parts = gathered(root, [schema], PARTS).into_iter();
    let objects = parts.filter_map(|part| part.get("properties")?.as_object());
    objects.flatten().map(|(name, schema)| (name.as_str(), schema)).collect()
}

/// Returns true if the schema of a section requires a field, under any of its names.
pub(crate) fn requires(section: &Json, name: &str) -> bool {
    let listed = |schema: &Json| members(schema, "required").any(|required| required == name);
    listed(section) || members(section, "allOf").any(|all| members(all, "oneOf").any(listed))
}

/// Returns true if anything in a schema, or in one that it refers to, is marked as a secret.
pub(crate) fn holds_secret(schema: &Json, root: &Json) -> bool {
    any_inside(schema, root, is_secret)
}

/// Returns true if `is_so` holds for a schema, for anything in it, or in one that it refers to.
fn any_inside(schema: &Json, root: &Json, is_so: impl Fn(&Json) -> bool) -> bool {
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        match schema {
            Json::Object(keywords) => {
                if is_so(schema) {
                    return true;
                }
                let name = keywords.get("$ref").and_then(definition_name);
                if name.is_some_and(|name| seen.insert(name)) {
                    pending.extend(definition(root, schema));
                }
                pending.extend(keywords.values());
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    false
}

/// Returns true if a schema is that of a set.
fn is_set(schema: &Json) -> bool {
    schema.get("uniqueItems") == Some(&Json::Bool(true))
}

/// Returns true if a schema is marked as that of a secret.
fn is_secret(schema: &Json) -> bool {
    schema.get("writeOnly") == Some(&Json::Bool(true))
}

/// Returns the definition that a schema refers to, or the schema itself.
pub(crate) fn resolved<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    definition(root, schema).unwrap_or(schema)
}

/// Returns the name of the definition that the value of a `$ref` means.
pub(crate) fn definition_name(reference: &Json) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/$defs/")
}

/// Returns the definition that a schema refers to.
fn definition<'s>(root: &'s Json, schema: &Json) -> Option<&'s Json> {
    root.get("$defs")?.get(schema.get("$ref").and_then(definition_name)?)
}

/// Returns the members that a keyword lists; none where it is absent.
fn members<'s>(schema: &'s Json, keyword: &str) -> impl Iterator<Item = &'s Json> {
    schema.get(keyword).and_then(Json::as_array).into_iter().flatten()
}

/// Returns these schemas, those that they refer to, and those that the keywords list in them, each once.
fn gathered<'s>(
    root: &'s Json,
    schemas: impl IntoIterator<Item = &'s Json>,
    keywords: &[&str],
) -> Vec<&'s Json> {
    let mut found: Vec<&Json> = Vec::new();
    let mut pending: Vec<_> = schemas.into_iter().collect();
    pending.reverse();
    while let Some(schema) = pending.pop() {
        if found.iter().any(|known| std::ptr::eq(*known, schema)) {
            continue;
        }
        found.push(schema);
        let listed = keywords.iter().flat_map(|keyword| members(schema, keyword));
        let below: Vec<_> = definition(root, schema).into_iter().chain(listed).collect();
        pending.extend(below.into_iter().rev());
    }
    found
}
