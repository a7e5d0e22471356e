//! What a JSON schema allows at one place, looked through references and choices.

use serde_json::Value as Json;

use crate::schema::holds_secret;

/// The schemas that a value may follow. A choice (`anyOf`, `oneOf`, `allOf`) counts as all of its
/// members: what is asked here is what may be, not what is valid.
pub(crate) struct Alternatives<'s> {
    root: &'s Json,
    schemas: Vec<&'s Json>,
}

/// References and choices that lie deeper than this are not looked at.
const MAX_DEPTH: usize = 16;

impl<'s> Alternatives<'s> {
    /// What the whole schema allows.
    pub(crate) fn of(root: &'s Json) -> Self {
        let mut all = Self { root, schemas: Vec::new() };
        all.add(root, 0);
        all
    }

    /// Nothing is known.
    pub(crate) const fn none() -> Self {
        Self { root: &Json::Null, schemas: Vec::new() }
    }

    fn add(&mut self, schema: &'s Json, depth: usize) {
        if depth > MAX_DEPTH || self.schemas.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        self.schemas.push(schema);
        let definition = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|reference| reference.strip_prefix("#/$defs/"))
            .and_then(|name| self.root.get("$defs")?.get(name));
        if let Some(definition) = definition {
            self.add(definition, depth + 1);
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for member in schema.get(keyword).and_then(Json::as_array).into_iter().flatten() {
                self.add(member, depth + 1);
            }
        }
    }

    fn below(&self, schemas: impl Iterator<Item = &'s Json>) -> Self {
        let mut all = Self { root: self.root, schemas: Vec::new() };
        for schema in schemas {
            all.add(schema, 0);
        }
        all
    }

    /// What the entry `name` may be: a property, or the values of a map.
    pub(crate) fn entry(&self, name: &str) -> Self {
        let property = |schema: &&'s Json| schema.get("properties")?.get(name);
        let named: Vec<_> = self.schemas.iter().filter_map(property).collect();
        if named.is_empty() { self.values() } else { self.below(named.into_iter()) }
    }

    /// What the values of a map may be.
    pub(crate) fn values(&self) -> Self {
        self.below(self.schemas.iter().filter_map(|schema| schema.get("additionalProperties")))
    }

    /// What the items of a list may be.
    pub(crate) fn items(&self) -> Self {
        let items = self.schemas.iter().filter_map(|schema| schema.get("items"));
        let tuple = self
            .schemas
            .iter()
            .filter_map(|schema| schema.get("prefixItems")?.as_array())
            .flatten();
        self.below(items.chain(tuple))
    }

    /// The names that the schema has properties for.
    pub(crate) fn names(&self) -> Vec<&'s str> {
        let mut names: Vec<_> = self
            .schemas
            .iter()
            .filter_map(|schema| schema.get("properties")?.as_object())
            .flat_map(|properties| properties.keys().map(String::as_str))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether entries of any name may stand here.
    pub(crate) fn is_open(&self) -> bool {
        let says_nothing = |schema: &Json| {
            *schema == Json::Bool(true)
                || !["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "required"]
                    .iter()
                    .any(|keyword| schema.get(keyword).is_some())
        };
        self.schemas.iter().any(|schema| {
            says_nothing(schema)
                || schema
                    .get("additionalProperties")
                    .is_some_and(|values| *values != Json::Bool(false))
        })
    }

    /// Whether no value may stand here, as far as the schema knows.
    pub(crate) fn allow_nothing(&self) -> bool {
        self.schemas.iter().all(|schema| **schema == Json::Bool(false))
    }

    /// Whether the value itself is never shown.
    pub(crate) fn is_secret(&self) -> bool {
        self.schemas.iter().any(|schema| schema.get("writeOnly") == Some(&Json::Bool(true)))
    }

    /// Whether the value is a secret or may hold one, at any depth.
    pub(crate) fn hold_secret(&self) -> bool {
        self.schemas.iter().any(|schema| holds_secret(schema, self.root))
    }
}
