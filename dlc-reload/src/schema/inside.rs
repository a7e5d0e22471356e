//! The parts of a leaf in the outline, which only the schema knows.

use serde_json::Value as Json;

use super::{
    lookup::{each, gathered, is_null, members, requires, resolved, says_nothing},
    outline::{Field, Form, Walk, Way, default},
    variants::tags,
    words::{Word, described, without_paths},
};

/// A struct that a value may be, with the variant of an enum that it is.
struct Struct<'s> {
    schema: &'s Json,
    /// The variant in words, where the value may be another one.
    only: Option<String>,
    docs: &'s str,
}

impl<'s> Walk<'s> {
    /// Returns the fields inside of a value: those of a struct, of the variants of an enum, and of any entry of a map or
    /// list.
    pub(super) fn inside(
        &mut self,
        schema: &'s Json,
        way: &Way,
        around: Option<&Json>,
    ) -> Vec<Field> {
        let mut structs = Vec::new();
        self.structs(schema, None, "", &mut structs);
        if structs.iter().any(|one| self.open.iter().any(|open| std::ptr::eq(*open, one.schema))) {
            return Vec::new();
        }
        let before = self.open.len();
        self.open.extend(structs.iter().map(|one| one.schema));
        let mut fields = Vec::new();
        for one in &structs {
            self.parts(one, way, around, &mut fields);
        }
        fields.extend(self.any_entry(schema, way));
        self.open.truncate(before);
        fields
    }

    /// Finds the structs that a value may be.
    fn structs(
        &self,
        schema: &'s Json,
        only: Option<String>,
        docs: &'s str,
        found: &mut Vec<Struct<'s>>,
    ) {
        // Beside a reference stand the words of the field alone.
        let schema = resolved(self.root, schema);
        if schema.get("properties").is_some() {
            found.push(Struct { schema, only: only.clone(), docs });
        }
        for part in members(schema, "allOf") {
            self.structs(part, only.clone(), docs, found);
        }
        for keyword in ["oneOf", "anyOf"] {
            let choices: Vec<_> = members(schema, keyword)
                .filter(|one| !is_null(one) && !says_nothing(one))
                .collect();
            for choice in &choices {
                let only = match choices.len() {
                    1 => only.clone(),
                    _ => only.clone().or_else(|| self.variant(choice)),
                };
                self.structs(choice, only, described(choice), found);
            }
        }
    }

    /// Returns the words for a variant: its tag, or the field that it alone has.
    fn variant(&self, schema: &'s Json) -> Option<String> {
        let schema = resolved(self.root, schema);
        let tags: Vec<_> = tags(schema).map(|(name, tag)| format!("{name}: {tag}")).collect();
        let first = || members(schema, "required").next()?.as_str().map(str::to_owned);
        if tags.is_empty() { first() } else { Some(tags.join(", ")) }
    }

    /// Adds the fields of a struct to those of the other variants.
    fn parts(
        &mut self,
        of: &Struct<'s>,
        way: &Way,
        around: Option<&Json>,
        fields: &mut Vec<Field>,
    ) {
        let properties = of.schema.get("properties").and_then(Json::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            // Such as a key that is gone.
            if schema.get("not").is_some() {
                continue;
            }
            let way = way.child(name, None);
            let mut field = way.field(name, Form::Part);
            self.describe(&mut field, schema);
            field.docs = without_paths(described(schema));
            field.required = requires(self.root, of.schema, name);
            let own = schema.get("default").filter(|_| !field.required);
            let default = default(around, name).or(own).filter(|default| !default.is_null());
            field.default = default.filter(|_| !field.secret).cloned();
            if schema.get("const").is_some() {
                field.docs.clear();
                field.words.iter_mut().for_each(|word| word.docs = without_paths(of.docs));
            }
            field.only = of.only.iter().cloned().collect();
            if !field.secret {
                field.fields = self.inside(schema, &way, field.default.as_ref());
            }
            match fields.iter_mut().find(|known| known.name == *name) {
                Some(known) => known.join(field),
                None => fields.push(field),
            }
        }
        // A tag comes first, whatever its name. Among the others, the schema knows no order.
        let tags: Vec<_> = tags(of.schema).map(|(name, _)| name).collect();
        fields.sort_by_key(|field| (!tags.contains(&field.name.as_str()), !field.required));
    }

    /// Returns the field that stands for any entry of a map or list, where more is to be said than its type.
    fn any_entry(&mut self, schema: &'s Json, way: &Way) -> Option<Field> {
        let entry = each(self.root, schema).filter(|entry| entry.is_object())?;
        let parts = gathered(self.root, [schema], &["anyOf", "allOf", "oneOf"], |_| true);
        let is_list = parts.iter().any(|part| part.get("items").is_some());
        let form = if is_list { Form::Item } else { Form::Entry };
        let way = way.entry(form);
        let mut field = way.field("", form);
        self.describe(&mut field, entry);
        field.docs = without_paths(described(resolved(self.root, entry)));
        field.fields = self.inside(entry, &way, None);
        (!field.fields.is_empty()).then_some(field)
    }
}

impl Field {
    /// Adds the same field of another variant.
    fn join(&mut self, other: Self) {
        let is_new = |word: &Word| !self.words.iter().any(|known| known.value == word.value);
        let more: Vec<_> = other.words.into_iter().filter(is_new).collect();
        let is_tag = !more.is_empty();
        self.words.extend(more);
        if is_tag {
            self.kind = Word::all(&self.words);
        } else if self.kind != other.kind {
            self.kind = format!("{} or {}", self.kind, other.kind);
        }
        self.required &= other.required;
        self.default = self.default.take().or(other.default);
        // One that every variant has is of none alone.
        self.only.extend(other.only);
        if self.docs.is_empty() {
            self.docs = other.docs;
        }
        for field in other.fields {
            match self.fields.iter_mut().find(|known| known.key == field.key) {
                Some(known) => known.join(field),
                None => self.fields.push(field),
            }
        }
    }
}
