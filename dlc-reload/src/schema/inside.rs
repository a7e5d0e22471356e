//! The parts of a leaf in the outline, which only the schema knows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{
    lookup::{each, gathered, is_gone, is_null, members, requires, resolved, says_nothing},
    outline::{Field, Form},
    outlining::{Walk, Way, default},
    variants::tags,
    words::{Word, described, for_people, is_duration},
};

/// A struct that a value may be, with the variant of an enum that it is.
struct Struct<'s> {
    schema: &'s Json,
    /// The variant in words, where the value may be another one.
    only: Option<String>,
    docs: &'s str,
    /// True if it may be left out as a whole, as an `Option` that is flattened.
    may_be_absent: bool,
}

impl<'s> Walk<'s> {
    /// Returns the fields inside of a value: those of a struct, of the variants of an enum, and of any entry of a map
    /// or list.
    pub(super) fn inside(
        &mut self,
        schema: &'s Json,
        way: &Way,
        around: Option<&Json>,
    ) -> Vec<Field> {
        if is_duration(self.root, schema) {
            return Vec::new();
        }
        let head = resolved(self.root, schema);
        let mut structs = Vec::new();
        self.structs((schema, &[]), None, "", &mut structs);
        let mut inside: Vec<_> = structs.iter().map(|one| one.schema).chain([head]).collect();
        if inside.iter().any(|one| self.open.iter().any(|open| std::ptr::eq(*open, *one))) {
            return Vec::new();
        }
        let before = self.open.len();
        self.open.append(&mut inside);
        let mut fields = Vec::new();
        for one in &structs {
            self.parts(one, way, around, &mut fields);
        }
        let variants: BTreeSet<_> = structs.iter().filter_map(|one| one.only.as_ref()).collect();
        if !self.may_be_no_map(schema) {
            // One that every variant has is of none alone.
            let is_of_all = |field: &&mut Field| field.only.len() == variants.len();
            fields.iter_mut().filter(is_of_all).for_each(|field| field.only.clear());
        }
        fields.extend(self.any_entry(schema, way));
        self.open.truncate(before);
        fields
    }

    /// Finds the structs that a value may be, below the schemas that choose from this one.
    fn structs(
        &self,
        (schema, above): (&'s Json, &[&'s Json]),
        only: Option<String>,
        docs: &'s str,
        found: &mut Vec<Struct<'s>>,
    ) {
        // Beside a reference stand the words of the field alone.
        let schema = resolved(self.root, schema);
        if above.iter().any(|one| std::ptr::eq(*one, schema)) {
            return;
        }
        let above = [above, &[schema]].concat();
        if schema.get("properties").is_some() {
            let may_be_absent = false;
            found.push(Struct { schema, only: only.clone(), docs, may_be_absent });
        }
        for part in members(schema, "allOf") {
            self.structs((part, &above), only.clone(), docs, found);
        }
        for keyword in ["oneOf", "anyOf"] {
            let choices = members(schema, keyword).filter(|one| !is_null(one));
            let (absent, choices): (Vec<_>, Vec<_>) = choices.partition(|one| says_nothing(one));
            let first = found.len();
            for choice in &choices {
                let only = match choices.len() {
                    1 => only.clone(),
                    _ => only.clone().or_else(|| self.variant(choice)),
                };
                self.structs((choice, &above), only, described(choice), found);
            }
            found[first..].iter_mut().for_each(|one| one.may_be_absent |= !absent.is_empty());
        }
    }

    /// Returns true if a value may be something else than a map.
    fn may_be_no_map(&self, schema: &'s Json) -> bool {
        let forms = gathered(self.root, [schema], &["anyOf", "allOf", "oneOf"], |_| true);
        let is_other = |form: &&Json| {
            let is_word = form.get("const").is_some() || form.get("enum").is_some();
            let kind = form.get("type").and_then(Json::as_str);
            is_word || kind.is_some_and(|kind| !["object", "null"].contains(&kind))
        };
        forms.iter().any(is_other)
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
            let is_other_name = properties.is_some_and(|all| is_other_name(schema, all));
            if is_gone(schema) || is_other_name {
                continue;
            }
            let way = way.child(name, None);
            let mut field = way.field(name, Form::Part);
            self.describe(&mut field, schema);
            field.docs = for_people(described(schema));
            field.required = !of.may_be_absent && requires(self.root, of.schema, name);
            field.deprecated = is_deprecated(schema).then_some("");
            let own = schema.get("default").filter(|_| !field.required && !of.may_be_absent);
            let default = default(around, name).or(own).filter(|default| !default.is_null());
            field.default = default.filter(|_| !field.secret).cloned();
            if schema.get("const").is_some() {
                field.docs.clear();
                field.words.iter_mut().for_each(|word| word.docs = for_people(of.docs));
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
        field.docs = for_people(described(resolved(self.root, entry)));
        field.fields = self.inside(entry, &way, None);
        (!field.fields.is_empty()).then_some(field)
    }
}

fn is_deprecated(schema: &Json) -> bool {
    schema.get("deprecated") == Some(&Json::Bool(true))
}

/// Returns true if a property is another name of one beside it, of which it differs in the mark alone.
fn is_other_name(schema: &Json, beside: &Map<String, Json>) -> bool {
    let Some(own) = schema.as_object().filter(|_| is_deprecated(schema)) else { return false };
    let is_same = |other: &Json| {
        let known = own.iter().filter(|(keyword, _)| *keyword != "deprecated");
        !is_deprecated(other) && other.as_object().is_some_and(|other| known.eq(other))
    };
    beside.values().any(is_same)
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
