//! The views of a configuration: all fields as a tree, and one key with its explanation.

#![cfg_attr(
    not(feature = "cli"),
    allow(unreachable_pub, reason = "the command of operators reaches them by the feature `cli`")
)]

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{inside::value_inside, overrides::Overridden, status::FieldStatus};
use crate::{
    place::{Key, Origin, beginning},
    report::{Explanation, Pending},
    schema::{Field as Outlined, Outline, Word as NamedValue},
    section::{Class, Found, Table},
    time::{Timestamp, rfc3339},
};

/// The configuration: its sections, and its fields in the order of their declaration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Config {
    /// The generation in force.
    pub generation: u64,
    /// The time since which it is in force.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub accepted_at: SystemTime,
    /// The sections, but for the root.
    pub sections: Vec<Section>,
    /// The fields.
    pub fields: Vec<Field>,
}

/// A section of the configuration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// The key.
    pub key: Key,
    /// The documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The reason why it should not be used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// A field of the configuration.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// The class, the values and their place.
    #[serde(flatten)]
    pub status: FieldStatus,
    /// The description.
    #[serde(flatten)]
    pub described: Described,
    /// The values in it that wait for the next start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// The override in force.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Overridden>,
}

/// The description of a value by its type.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Described {
    /// The type in plain words, such as `integer, 0 to 65535`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The values that may stand there, where each has a name, such as the variants of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// The documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The value where no source sets it; absent where one has to, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The reason why it should not be used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// A value that a type names.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Word {
    /// The value.
    pub value: Value,
    /// The documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// One key of the configuration, with the explanation of its value.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// The generation in force.
    pub generation: u64,
    /// The key.
    pub key: Key,
    /// The thing that it names.
    pub is: Is,
    /// The fields of the section, or the one field that has the key or the value at the key.
    pub fields: Vec<Field>,
    /// The description of the value, where the key lies inside of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Inside>,
    /// The value in force at a key inside of a field; absent where there is none, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Value>,
    /// The value at a key inside of a field that the sources ask for, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
    /// The place of the value that the sources asked for when they were last accepted.
    pub origin: Origin,
    /// The word of each source on the key, and the one that wins.
    pub explanation: Explanation,
}

/// The description of a value inside of a field, such as a field of an entry.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Inside {
    /// The class: a new value takes effect at once, or at the next start.
    pub class: Class,
    /// The description.
    #[serde(flatten)]
    pub described: Described,
}

/// The thing that a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Is {
    /// A section, or the whole.
    Section,
    /// A field.
    Field,
    /// A value inside of a field.
    Inside,
}

/// The reason why there is nothing to show at a key.
#[derive(Debug)]
pub(crate) enum Nothing {
    /// No field has it; with the one that was probably meant.
    Unknown(Option<Key>),
    /// No value is there at the moment.
    Empty,
}

impl Nothing {
    /// Returns why there is nothing to show at a key, with the remedy.
    pub(crate) fn message(&self, key: &Key) -> String {
        let key = key.to_string();
        let key = beginning(&key, 200);
        match self {
            Self::Unknown(None) => format!("no field has the key `{key}`"),
            Self::Unknown(Some(meant)) => {
                format!("no field has the key `{key}`, did you mean `{meant}`?")
            }
            Self::Empty => format!("there is no value at `{key}`"),
        }
    }
}

/// The parts of which the views are made.
pub(crate) struct Known<'o> {
    pub(crate) generation: u64,
    pub(crate) accepted_at: SystemTime,
    pub(crate) fields: Vec<FieldStatus>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) overrides: Vec<Overridden>,
    pub(crate) outline: &'o Outline,
}

impl Config {
    pub(crate) fn of(known: Known<'_>) -> Self {
        let section = |outlined: &Outlined| Section {
            key: Key::from(outlined.key.as_str()),
            description: outlined.docs.clone(),
            deprecated: outlined.deprecated.map(str::to_owned),
        };
        let sections = known.outline.sections().into_iter().map(section).collect();
        let Known { generation, accepted_at, .. } = known;
        Self { generation, accepted_at, sections, fields: fields(known) }
    }
}

/// Joins what the status and what the schema say of each field.
fn fields(known: Known<'_>) -> Vec<Field> {
    let Known { fields, pending, overrides, outline, .. } = known;
    let field = |(status, outlined): (FieldStatus, &Outlined)| {
        let waits = |pending: &&Pending| status.key.covers(&pending.change.key);
        let holds = |overridden: &&Overridden| overridden.key == status.key;
        Field {
            described: Described::of(outlined),
            pending: pending.iter().filter(waits).cloned().collect(),
            overridden: overrides.iter().find(holds).cloned(),
            status,
        }
    };
    fields.into_iter().zip(outline.leaves()).map(field).collect()
}

impl Described {
    fn of(outlined: &Outlined) -> Self {
        let word =
            |word: &NamedValue| Word { value: word.value.clone(), description: word.docs.clone() };
        Self {
            kind: outlined.kind.clone(),
            words: outlined.only_words().iter().map(word).collect(),
            description: outlined.docs.clone(),
            default: outlined.default.clone(),
            deprecated: outlined.deprecated.map(str::to_owned),
        }
    }
}

impl Explained {
    /// Joins what is known of a key with its explanation, and with the place of its value.
    ///
    /// # Errors
    ///
    /// The reason why there is nothing to show.
    pub(crate) fn of(
        known: Known<'_>,
        explanation: Explanation,
        origin: Origin,
        table: &'static Table,
    ) -> Result<Self, Nothing> {
        let (generation, outline) = (known.generation, known.outline);
        let fields = fields(known);
        let key = explanation.key.clone();
        let meant = explanation.meant().cloned();
        let explained = Self {
            generation,
            key: key.clone(),
            is: Is::Field,
            fields: Vec::new(),
            inside: None,
            effective: None,
            desired: None,
            origin,
            explanation,
        };
        let (own, rest): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| field.status.key == key);
        if !own.is_empty() {
            return Ok(Self { fields: own, ..explained });
        }
        let found = table.find(key.segments());
        let around = match &found {
            Found::Nothing => return Err(Nothing::Unknown(meant)),
            Found::Section(_) => {
                let below = |field: &Field| key.covers(&field.status.key);
                let (below, around): (Vec<_>, Vec<_>) = rest.into_iter().partition(below);
                if !below.is_empty() || key.is_root() {
                    return Ok(Self { is: Is::Section, fields: below, ..explained });
                }
                around
            }
            Found::Leaf(..) => rest,
        };
        let around = around.into_iter().find(|field| field.status.key.covers(&key));
        let Some(field) = around else { return Err(Nothing::Empty) };
        let FieldStatus { effective, desired, secret, .. } = &field.status;
        let part = |whole: &Option<Value>| {
            value_inside(whole.as_ref()?, table, &field.status.key, &key).cloned()
        };
        let (effective, desired) = (part(effective), part(desired));
        if effective.is_none() && desired.is_none() && !secret {
            return Err(Nothing::Empty);
        }
        let desired = desired.filter(|desired| Some(desired) != effective.as_ref());
        let class = field.status.class;
        let inside = outline.find(&key).map(|inside| Inside {
            class: inside.class.unwrap_or(class),
            described: Described::of(inside),
        });
        let (is, fields) = (Is::Inside, vec![field]);
        Ok(Self { is, fields, inside, effective, desired, ..explained })
    }
}
