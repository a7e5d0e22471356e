//! The variants of an enum in a schema, and the one that a map is of.

use serde_json::Value as Json;

use super::lookup::{members, resolved};
use crate::document::Node;

/// A map of which a variant of an enum may be read.
pub(crate) trait Fields {
    /// Returns the text of an entry, if the entry is there and is a text.
    fn text(&self, name: &str) -> Option<Option<&str>>;
}

impl Fields for Json {
    fn text(&self, name: &str) -> Option<Option<&str>> {
        self.get(name).map(Self::as_str)
    }
}

/// An entry that is erased is none.
impl Fields for Node {
    fn text(&self, name: &str) -> Option<Option<&str>> {
        let entry = self.as_map()?.get(name)?;
        (!entry.node.is_null()).then(|| entry.node.text())
    }
}

/// Returns the variants of an enum; one or none where the schema is of something else.
pub(super) fn variants<'s>(root: &'s Json, schema: &'s Json) -> Vec<&'s Json> {
    let listed = ["oneOf", "anyOf"].into_iter().flat_map(|keyword| members(schema, keyword));
    let listed = listed.map(|schema| resolved(root, schema));
    listed.filter(|schema| schema.get("type").is_none_or(|kind| kind != "null")).collect()
}

/// Returns true if two maps are of different variants of an enum.
pub(super) fn are_apart(root: &Json, schema: &Json, one: &dyn Fields, other: &dyn Fields) -> bool {
    let variants = variants(root, schema);
    if variants.len() < 2 {
        return false;
    }
    let tags = variants.iter().flat_map(|variant| tags(variant));
    for (name, _) in tags {
        if let (Some(Some(one)), Some(Some(other))) = (one.text(name), other.text(name)) {
            return one != other;
        }
    }
    let fit = |map| variants.iter().map(|variant| fits(variant, map)).collect::<Vec<_>>();
    let (one, other) = (fit(one), fit(other));
    one.contains(&true)
        && other.contains(&true)
        && !one.iter().zip(&other).any(|(one, other)| *one && *other)
}

/// Returns the tags of a variant, each with its name.
pub(super) fn tags(variant: &Json) -> impl Iterator<Item = (&str, &str)> {
    let fields = variant.get("properties").and_then(Json::as_object).into_iter().flatten();
    fields.filter_map(|(name, schema)| Some((name.as_str(), schema.get("const")?.as_str()?)))
}

/// Returns true if a map has the fields and the tag of a variant.
fn fits(variant: &Json, map: &dyn Fields) -> bool {
    let is_map = variant.get("type").is_none_or(|kind| kind == "object");
    let has_all = || {
        let mut names = members(variant, "required").filter_map(Json::as_str);
        names.all(|name| map.text(name).is_some())
    };
    let is_tagged =
        || tags(variant).all(|(name, tag)| map.text(name).flatten().is_none_or(|text| text == tag));
    is_map && has_all() && is_tagged()
}
