//! The schemas that a value may follow, and what they say of it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    lookup::{any_inside, gathered, holds_secret, is_secret, is_set, members, says_nothing},
    variants::{Fields, are_apart, tags, variants},
};
use crate::{
    document::{Map, ScalarKind},
    place::Segment,
    section::Table,
};

/// The keywords of a choice: a value follows one or more of the members.
///
/// The reader wants to know what may stand there, not what is valid there, so all members count.
const CHOICES: &[&str] = &["anyOf", "oneOf", "allOf"];

/// The greatest number of lists in lists that are put into words.
const MAX_NESTED: usize = 3;

/// The schemas that a value at one place may follow.
#[derive(Clone)]
pub(crate) struct Alternatives<'s> {
    root: &'s Json,
    /// The schemas at the place itself.
    heads: Vec<&'s Json>,
    /// These, and every schema that they refer to or choose from.
    schemas: Vec<&'s Json>,
}

impl<'s> Alternatives<'s> {
    /// Returns the schemas of the whole configuration.
    pub(crate) fn of(root: &'s Json) -> Self {
        Self::below_root(root, root)
    }

    fn below_root(root: &'s Json, schema: &'s Json) -> Self {
        Self::gather(root, vec![schema])
    }

    fn below(&self, schemas: impl IntoIterator<Item = &'s Json>) -> Self {
        Self::gather(self.root, schemas.into_iter().collect())
    }

    fn gather(root: &'s Json, heads: Vec<&'s Json>) -> Self {
        let schemas = gathered(root, heads.iter().copied(), CHOICES, |_| true);
        Self { root, heads, schemas }
    }

    /// Returns the alternatives that a map can follow: those of the variant that its tag chooses, and all where the
    /// tag is none that the schema knows.
    pub(crate) fn of_variant(&self, map: &Map) -> Self {
        let is_chosen = |schema: &Json| {
            let properties = schema.get("properties").and_then(Json::as_object);
            properties.into_iter().flatten().all(|(name, property)| {
                let entry = property.get("const").and_then(Json::as_str).zip(map.get(&**name));
                entry.is_none_or(|(tag, entry)| entry.node.text().is_none_or(|text| text == tag))
            })
        };
        let (root, heads) = (self.root, self.heads.clone());
        let schemas = gathered(root, heads.iter().copied(), CHOICES, is_chosen);
        let is_known = schemas.iter().any(|schema| schema.get("properties").is_some());
        if is_known { Self { root, heads, schemas } } else { Self::gather(root, heads) }
    }

    /// Returns the names of the entries whose text says which variant of an enum a map is.
    pub(crate) fn tag_names(&self) -> Vec<&'s str> {
        let names: BTreeSet<_> =
            self.schemas.iter().flat_map(|schema| tags(schema)).map(|(name, _)| name).collect();
        names.into_iter().collect()
    }

    /// Returns an identity of the schemas, which values of one type share.
    pub(crate) fn identity(&self) -> Vec<usize> {
        self.schemas.iter().map(|schema| std::ptr::from_ref(*schema).addr()).collect()
    }

    /// Returns the alternatives for a value below this one.
    pub(crate) fn at(&self, segment: &Segment) -> Self {
        match segment {
            Segment::Name(name) => self.entry(name),
            Segment::Item(index) => self.item(*index),
            Segment::Entry(_) => self.items(),
        }
    }

    /// Returns the alternatives for the entry `name`: a property, or the values of a map.
    pub(crate) fn entry(&self, name: &str) -> Self {
        self.property(name).unwrap_or_else(|| self.values())
    }

    /// Returns the alternatives for the property `name`, if there is one.
    pub(crate) fn property(&self, name: &str) -> Option<Self> {
        let named: Vec<_> = self
            .properties()
            .filter(|(known, _)| *known == name)
            .map(|(_, schema)| schema)
            .collect();
        (!named.is_empty()).then(|| self.below(named))
    }

    /// The alternatives for all entries but those that a section has a field for.
    pub(crate) fn entries_beside(&self, fields: &Table) -> Self {
        let named = self.properties().filter(|(name, _)| fields.field(name).is_none());
        self.below(named.map(|(_, schema)| schema).chain(self.further_entries()))
    }

    /// The alternatives for the values of a map.
    pub(crate) fn values(&self) -> Self {
        self.below(self.further_entries().chain(self.anything()))
    }

    /// The schemas that allow a value of any kind; what is inside of such a value may be anything, too.
    pub(super) fn anything(&self) -> impl Iterator<Item = &'s Json> {
        let nothing = |schema: &&Json| says_nothing(schema) && !self.stands_for_nothing(schema);
        self.schemas.iter().copied().filter(nothing)
    }

    /// Returns true if a schema is the one that schemars writes for `None` where an `Option` of an enum is flattened.
    fn stands_for_nothing(&self, empty: &Json) -> bool {
        let objects = self.schemas.iter().filter(|schema| schema.get("type").is_some());
        objects.flat_map(|schema| members(schema, "anyOf")).any(|part| std::ptr::eq(part, empty))
    }

    /// The schemas of entries that no property names. schemars writes `unevaluatedProperties` where a map is
    /// flattened beside an enum.
    fn further_entries(&self) -> impl Iterator<Item = &'s Json> {
        let patterns = self.keyword("patternProperties").filter_map(Json::as_object);
        let patterns = patterns.flat_map(|patterns| patterns.values());
        let all = ["additionalProperties", "unevaluatedProperties"];
        all.into_iter().flat_map(|keyword| self.keyword(keyword)).chain(patterns)
    }

    /// Returns the alternatives for one item of a list or tuple.
    pub(crate) fn item(&self, index: usize) -> Self {
        let items = self.schemas.iter().filter_map(|schema| {
            let member = schema.get("prefixItems").and_then(|tuple| tuple.get(index));
            member.or_else(|| schema.get("items"))
        });
        self.below(items.chain(self.anything()))
    }

    /// Returns true if the items of a list may differ by their places.
    pub(crate) fn is_tuple(&self) -> bool {
        self.keyword("prefixItems").next().is_some()
    }

    /// Returns true if the names of a map can only be integers.
    pub(crate) fn want_integer_names(&self) -> bool {
        // As schemars writes them.
        let is_integer = |name: &String| matches!(&**name, r"^\d+$" | r"^-?\d+$");
        let patterns = self.keyword("patternProperties").filter_map(Json::as_object);
        let others =
            self.keyword("additionalProperties").any(|values| *values != Json::Bool(false));
        patterns.flat_map(|patterns| patterns.keys()).any(is_integer)
            && !others
            && self.names().is_empty()
    }

    /// Returns the alternatives for the items of a list.
    pub(crate) fn items(&self) -> Self {
        let tuple = self.keyword("prefixItems").filter_map(Json::as_array).flatten();
        self.below(self.keyword("items").chain(tuple).chain(self.anything()))
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

    /// Returns true if entries of any name may stand here.
    pub(crate) fn is_open(&self) -> bool {
        self.anything().next().is_some()
            || self.further_entries().any(|values| *values != Json::Bool(false))
    }

    /// Returns true if an entry that is set belongs to a struct that is left out as a whole where a part of it is
    /// missing or does not fit: an `Option` that is flattened, whose fields are neither required, nor have they
    /// defaults.
    pub(crate) fn may_swallow(&self, name: &str) -> bool {
        let heads: Vec<_> = self.properties().filter(|(known, _)| *known == name).collect();
        !heads.is_empty()
            && !self.require(name)
            && heads.iter().all(|(_, schema)| schema.get("default").is_none())
            && !self.entry(name).admit("null")
    }

    /// Returns what is flattened here and may be left out as a whole: schemars writes a choice between it and anything.
    pub(crate) fn optional_parts(&self) -> Vec<Self> {
        let choices = self.schemas.iter().map(|schema| members(schema, "anyOf"));
        let parts = choices.filter_map(|choice| {
            let (rest, parts): (Vec<_>, Vec<_>) = choice.partition(|part| says_nothing(part));
            (!rest.is_empty()).then(|| self.below(parts))
        });
        parts.collect()
    }

    /// Returns the texts that the schema names, such as the variants of an enum.
    pub(crate) fn words(&self) -> Vec<&'s str> {
        let listed = self.schemas.iter().flat_map(|schema| members(schema, "enum"));
        listed.chain(self.keyword("const")).filter_map(Json::as_str).collect()
    }

    /// Returns true if any text may stand here.
    pub(crate) fn take_any_text(&self) -> bool {
        let names_none =
            |schema: &Json| schema.get("const").is_none() && schema.get("enum").is_none();
        let texts = |schema: &Json| {
            schema.get("type").is_some_and(|kind| kind.to_string().contains("string"))
        };
        self.anything().next().is_some()
            || self.schemas.iter().any(|schema| names_none(schema) && texts(schema))
    }

    /// Returns true if an entry of this name has to be set, in one form at least.
    pub(crate) fn require(&self, name: &str) -> bool {
        self.schemas.iter().any(|schema| members(schema, "required").any(|one| one == name))
    }

    /// Returns true if a value of this type may stand here, by the word that schemas have for it.
    pub(super) fn admit(&self, kind: &str) -> bool {
        let of_kind = |schema: &Json| match schema.get("type") {
            Some(Json::Array(kinds)) => kinds.iter().any(|one| one == kind),
            Some(one) => one == kind,
            None => {
                let words = members(schema, "enum").chain(schema.get("const"));
                kind == "string" && words.into_iter().any(Json::is_string)
            }
        };
        self.anything().next().is_some() || self.schemas.iter().any(|schema| of_kind(schema))
    }

    /// Returns true if a scalar of this kind may stand here.
    pub(crate) fn fit(&self, kind: ScalarKind) -> bool {
        match kind {
            ScalarKind::Bool => self.admit("boolean"),
            ScalarKind::Integer => self.admit("integer") || self.admit("number"),
            ScalarKind::Float => self.admit("number"),
            ScalarKind::String => self.admit("string"),
        }
    }

    /// Returns true if a scalar of this kind can only be meant as the text it is written as.
    pub(crate) fn want_text(&self, kind: ScalarKind) -> bool {
        !self.fit(kind) && self.admit("string")
    }

    /// Returns true if a text in brackets can only be meant as that text.
    pub(crate) fn want_brackets(&self) -> bool {
        self.admit("string") && !self.admit("array") && !self.admit("object")
    }

    /// Returns true if a text that is no map can only be meant as a list.
    pub(crate) fn want_list(&self) -> bool {
        self.admit("array")
            && [ScalarKind::Bool, ScalarKind::Integer, ScalarKind::Float, ScalarKind::String]
                .into_iter()
                .all(|kind| !self.fit(kind))
    }

    /// Returns the values that may stand here in a few words each, such as `a list of strings`.
    pub(crate) fn forms(&self) -> Vec<String> {
        self.forms_within(MAX_NESTED)
    }

    /// Returns the forms, with as many lists in lists: a type may hold itself.
    fn forms_within(&self, depth: usize) -> Vec<String> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let mut forms: Vec<String> = Vec::new();
        for schema in &self.schemas {
            let form = match schema.get("type").and_then(Json::as_str) {
                Some("string") => "a string".to_owned(),
                Some("integer") => "an integer".to_owned(),
                Some("number") => "a number".to_owned(),
                Some("boolean") => "`true` or `false`".to_owned(),
                Some("array") => {
                    match self.below(schema.get("items")).forms_within(depth).as_slice() {
                        [one] => format!("a list of {}", plural(one)),
                        _ => "a list".to_owned(),
                    }
                }
                Some("object") => match members(schema, "required").next().and_then(Json::as_str) {
                    Some(_) => {
                        let names = members(schema, "required").filter_map(Json::as_str);
                        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                        format!("a map with {}", names.join(", "))
                    }
                    None => "a map".to_owned(),
                },
                _ => continue,
            };
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms
    }

    /// Returns true if the schema does not describe the place, as far as it knows: nothing may stand there.
    pub(crate) fn is_unknown(&self) -> bool {
        self.schemas.iter().all(|schema| **schema == Json::Bool(false))
    }

    /// Returns true if the value itself may be a secret.
    pub(crate) fn is_secret(&self) -> bool {
        self.schemas.iter().any(|schema| is_secret(schema))
    }

    /// Returns true if a member of the value is a secret.
    pub(crate) fn have_secret_member(&self) -> bool {
        self.properties().any(|(_, schema)| self.below([schema]).is_secret())
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

    /// Returns true if two maps are of different variants of an enum, which is all of the value.
    pub(crate) fn tell_apart(&self, one: &dyn Fields, other: &dyn Fields) -> bool {
        let enums = self.schemas.iter().filter(|schema| schema.get("properties").is_none());
        enums.into_iter().any(|schema| are_apart(self.root, schema, one, other))
    }

    /// Returns true if two maps are of different variants of an enum that stands beside the other fields of a struct.
    pub(crate) fn tell_apart_beside(&self, one: &dyn Fields, other: &dyn Fields) -> bool {
        let enums = self.schemas.iter().filter(|schema| schema.get("properties").is_some());
        enums.into_iter().any(|schema| are_apart(self.root, schema, one, other))
    }

    /// Returns true if values of several kinds may stand here, as those of an enum.
    pub(crate) fn are_choice(&self) -> bool {
        self.schemas.iter().any(|schema| variants(self.root, schema).len() > 1)
    }
}

/// Returns the words for several values in place of those for one.
fn plural(form: &str) -> String {
    match form.strip_prefix("a ").or_else(|| form.strip_prefix("an ")) {
        Some(noun) if !noun.contains(' ') => format!("{noun}s"),
        _ => form.to_owned(),
    }
}

/// Returns the names of all properties that are marked as secrets, at any depth.
pub(super) fn secret_names(root: &Json) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut pending = vec![root];
    while let Some(schema) = pending.pop() {
        match schema {
            Json::Object(keywords) => {
                let properties = keywords.get("properties").and_then(Json::as_object);
                let secret = |schema: &Json| Alternatives::below_root(root, schema).is_secret();
                names.extend(
                    properties
                        .into_iter()
                        .flatten()
                        .filter(|(_, schema)| secret(schema))
                        .map(|(name, _)| name.as_str()),
                );
                pending.extend(keywords.values());
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    names
}
