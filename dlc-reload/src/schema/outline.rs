//! The outline of a configuration: its fields as a tree, with all that the table and the schema say of each.
//!
//! The reference, the template and the page of the admin API are views of it.

use std::{borrow::Cow, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::words::Word;
use crate::{
    place::{Key, Segment},
    section::Class,
    units::Period,
};

/// The outline of a configuration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outline {
    /// The name of the struct.
    pub(crate) name: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) docs: String,
    /// The fields, in declaration order; those of flattened sections stand among them.
    pub(crate) fields: Vec<Field>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<Removed>,
}

/// The description of one field, at any depth.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Field {
    /// The key, as people read it: `services.<name>.addr` and `upstreams[].weight` are of any entry.
    pub(crate) key: String,
    /// The last part of the key, as sources write it; none of an entry.
    #[serde(skip)]
    pub(crate) name: String,
    /// The same, as `Serialize` writes it.
    #[serde(skip)]
    pub(crate) serialized: String,
    pub(crate) form: Form,
    /// The type in plain words, such as `integer, 0 to 65535`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The values that may stand there, where they have names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) words: Vec<Word>,
    /// The value where no source sets the field; none where that is unknown or unset, and none of a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<Json>,
    /// True if a source has to set it, where anything around it is set.
    pub(crate) required: bool,
    /// The class of a leaf, and that of the presence of a section that may be absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<Class>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
    /// True if the value, which is none, may hold a secret.
    #[serde(skip)]
    pub(crate) holds_secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variable: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) docs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated: Option<&'static str>,
    /// The names that it had before.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) former: &'static [&'static str],
    /// Other names that sources may write.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) aliases: &'static [&'static str],
    /// The variants of an enum that have it, where not all do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) only: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<Removed>,
    /// The fields below it; of a map or list, the one that stands for any entry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Field>,
    /// A value that its type allows.
    #[serde(skip)]
    pub(crate) example: Json,
}

impl Field {
    /// Returns the values that may stand there, where each has a name.
    #[cfg(any(feature = "admin", feature = "cli"))]
    pub(crate) fn only_words(&self) -> &[Word] {
        // The words of a list or map are those of its entries, and beside those of a choice there may be other values.
        let is_all = !self.words.is_empty() && self.kind == Word::all(&self.words);
        if is_all { &self.words } else { &[] }
    }
}

/// The part that a field plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// A struct that classifies its own fields.
    Section,
    /// A value that has a class.
    #[default]
    Leaf,
    /// A flattened map, which takes the keys that no field has.
    Rest,
    /// A part of a leaf.
    Part,
    /// Any entry of a map.
    Entry,
    /// Any item of a list.
    Item,
}

/// A key that is gone.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Removed {
    pub(crate) key: String,
    pub(crate) reason: &'static str,
}

impl Outline {
    /// Returns the same outline with the fields alone that a source has to set.
    pub(crate) fn without_defaults(&self) -> Self {
        let mut bare = self.clone();
        bare.fields.iter_mut().for_each(Field::forget_default);
        bare
    }

    /// Calls a function for the fields that a key leads to and through, the innermost first, until it returns true;
    /// returns false if it never does.
    pub(crate) fn on_the_way(
        &mut self,
        key: &Key,
        then: &mut dyn FnMut(&mut Field) -> bool,
    ) -> bool {
        on_the_way(&mut self.fields, key.segments(), then)
    }
}

#[cfg(any(feature = "admin", feature = "cli"))]
fn find<'f>(fields: &'f [Field], key: &[Segment]) -> Option<&'f Field> {
    let (first, below) = key.split_first()?;
    let of_form = |form| fields.iter().find(|field| field.form == form);
    let field = match first {
        Segment::Name(name) => {
            let named = fields.iter().find(|field| !field.is_entry() && *field.name == **name);
            named.or_else(|| of_form(Form::Entry))?
        }
        Segment::Item(_) | Segment::Entry(_) => of_form(Form::Item)?,
    };
    if below.is_empty() { Some(field) } else { find(&field.fields, below) }
}

fn on_the_way(
    fields: &mut [Field],
    key: &[Segment],
    then: &mut dyn FnMut(&mut Field) -> bool,
) -> bool {
    let Some((first, below)) = key.split_first() else { return false };
    fields.iter_mut().any(|field| match (field.form, first) {
        // Its fields stand among those around it.
        (Form::Rest, _) => on_the_way(&mut field.fields, key, then),
        (Form::Entry | Form::Item, _) => on_the_way(&mut field.fields, below, then),
        (_, Segment::Name(name)) if **name == *field.name => {
            on_the_way(&mut field.fields, below, then) || then(field)
        }
        _ => false,
    })
}

#[cfg(any(feature = "admin", feature = "cli"))]
impl Outline {
    /// Returns the field that has a key, also inside of a leaf; one of an entry is that of any entry.
    pub(crate) fn find(&self, key: &Key) -> Option<&Field> {
        find(&self.fields, key.segments())
    }

    /// Returns the sections in declaration order, without the root and those in entries.
    pub(crate) fn sections(&self) -> Vec<&Field> {
        self.fields
            .iter()
            .flat_map(Field::all_in_sections)
            .filter(|field| field.is_section())
            .collect()
    }

    /// Returns one row for each of the leaves of a [`Table`](crate::section::Table), in the same order.
    pub(crate) fn leaves(&self) -> Vec<&Field> {
        self.fields
            .iter()
            .flat_map(Field::all_in_sections)
            .filter(|field| !field.is_section())
            .collect()
    }
}

impl Field {
    fn forget_default(&mut self) {
        self.default = None;
        self.fields.iter_mut().for_each(Self::forget_default);
    }

    /// Returns a value of the field as sources write it: a duration of `std` is serialized as two numbers.
    pub(crate) fn written<'v>(&self, value: &'v Json) -> Cow<'v, Json> {
        let number = |name: &str| value.get(name).and_then(Json::as_u64);
        match (value.as_object().map(Map::len), number("secs"), number("nanos")) {
            (Some(2), Some(secs), Some(nanos)) if self.example.is_string() => {
                let nanos = u32::try_from(nanos).unwrap_or_default();
                Cow::Owned(Period::new(Duration::new(secs, nanos)).to_string().into())
            }
            _ => Cow::Borrowed(value),
        }
    }

    pub(crate) fn is_section(&self) -> bool {
        self.form == Form::Section
    }

    /// Returns true if it stands for any entry of a map or list.
    pub(crate) const fn is_entry(&self) -> bool {
        matches!(self.form, Form::Entry | Form::Item)
    }

    /// Returns true if it stands for any entry of a collection whose entries are sections.
    pub(crate) fn is_entry_of_sections(&self) -> bool {
        self.is_entry()
            && self.fields.iter().any(|field| field.class.is_some() || field.is_section())
    }

    /// Returns the field and, of a section, those below it down to the leaves.
    #[cfg(any(feature = "admin", feature = "cli"))]
    fn all_in_sections(&self) -> Vec<&Self> {
        let below = self.fields.iter().filter(|_| self.is_section());
        std::iter::once(self).chain(below.flat_map(Self::all_in_sections)).collect()
    }
}
