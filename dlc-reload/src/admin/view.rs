//! The views of a configuration: all fields as a tree, and one key with its explanation.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{inside::value_inside, service::Service};
use crate::{
    place::{Key, Origin},
    reloader::{FieldStatus, Overridden, Status},
    report::{Explanation, Pending},
    schema::{Field as Outlined, Outline},
    section::Found,
    time::{Timestamp, rfc3339},
};

/// The configuration: its sections, and its fields in the order of their declaration.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Config {
    /// The generation in force.
    pub(super) generation: u64,
    /// The time since which it is in force.
    #[serde(serialize_with = "rfc3339::serialize")]
    #[schemars(with = "Timestamp")]
    accepted_at: SystemTime,
    /// The sections, but for the root.
    sections: Vec<Section>,
    /// The fields.
    fields: Vec<Field>,
}

/// A section of the configuration.
#[derive(Debug, Serialize, JsonSchema)]
struct Section {
    /// The key.
    key: Key,
    /// The documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// The reason why it should not be used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'static str>,
}

/// A field of the configuration.
#[derive(Debug, Serialize, JsonSchema)]
struct Field {
    #[serde(flatten)]
    status: FieldStatus,
    /// The type in plain words, such as `integer, 0 to 65535`.
    #[serde(rename = "type")]
    kind: String,
    /// The documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// The value where no source sets the field; absent where one has to, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    /// The reason why it should not be used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'static str>,
    /// The values in it that wait for the next start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<Pending>,
    /// The override in force.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overridden: Option<Overridden>,
}

/// One key of the configuration, with the explanation of its value.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Explained {
    /// The generation in force.
    pub(super) generation: u64,
    /// The key.
    key: Key,
    /// The thing that it names.
    is: Is,
    /// The fields of the section, or the one field that has the key or the value at the key.
    fields: Vec<Field>,
    /// The value in force at a key inside of a field; absent where there is none, and for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<Value>,
    /// The value at a key inside of a field that the sources ask for, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    desired: Option<Value>,
    /// The place of the value that the sources asked for when they were last accepted.
    origin: Origin,
    /// The word of each source on the key, and the one that wins.
    explanation: Explanation,
}

/// The thing that a key names.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Is {
    /// A section, or the whole.
    Section,
    /// A field.
    Field,
    /// A value inside of a field.
    Inside,
}

/// The reason why there is nothing to show at a key.
#[derive(Debug)]
pub(super) enum Nothing {
    /// No field has it; with the one that was probably meant.
    Unknown(Option<Key>),
    /// No value is there at the moment.
    Empty,
}

impl Config {
    pub(super) fn of(service: &dyn Service, outline: &Outline) -> Self {
        let (_, accepted_at) = service.generation();
        let status = service.status();
        let section = |outlined: &Outlined| Section {
            key: Key::from(outlined.key.as_str()),
            description: outlined.docs.clone(),
            deprecated: outlined.deprecated,
        };
        let sections = outline.sections().into_iter().map(section).collect();
        let generation = status.generation;
        Self { generation, accepted_at, sections, fields: fields(status, outline) }
    }
}

/// Joins what the status and what the schema say of each field.
fn fields(status: Status, outline: &Outline) -> Vec<Field> {
    let Status { fields, pending, overrides, .. } = status;
    let field = |(status, outlined): (FieldStatus, &Outlined)| {
        let waits = |pending: &&Pending| status.key.covers(&pending.change.key);
        let holds = |overridden: &&Overridden| overridden.key == status.key;
        Field {
            kind: outlined.kind.clone(),
            description: outlined.docs.clone(),
            default: outlined.default.clone(),
            deprecated: outlined.deprecated,
            pending: pending.iter().filter(waits).cloned().collect(),
            overridden: overrides.iter().find(holds).cloned(),
            status,
        }
    };
    fields.into_iter().zip(outline.leaves()).map(field).collect()
}

impl Explained {
    /// Explains a key.
    ///
    /// # Errors
    ///
    /// The reason why there is nothing to show.
    pub(super) fn of(service: &dyn Service, outline: &Outline, key: &Key) -> Result<Self, Nothing> {
        let table = service.shape().table();
        let key = table.canonical(key);
        let status = service.status();
        let generation = status.generation;
        let fields = fields(status, outline);
        let explanation = service.explain(&key);
        let meant = explanation.meant().cloned();
        let origin = service.origin(&key);
        let explained = |is, fields, effective, desired| {
            Ok(Self {
                generation,
                key: key.clone(),
                is,
                fields,
                effective,
                desired,
                origin,
                explanation,
            })
        };
        let (own, rest): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| field.status.key == key);
        if !own.is_empty() {
            return explained(Is::Field, own, None, None);
        }
        let found = table.find(key.segments());
        let inside = match &found {
            Found::Nothing => return Err(Nothing::Unknown(meant)),
            Found::Section(_) => {
                let below = |field: &Field| key.covers(&field.status.key);
                let (below, around): (Vec<_>, Vec<_>) = rest.into_iter().partition(below);
                if !below.is_empty() || key.is_root() {
                    return explained(Is::Section, below, None, None);
                }
                around
            }
            Found::Leaf(..) => rest,
        };
        let around = inside.into_iter().find(|field| field.status.key.covers(&key));
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
        explained(Is::Inside, vec![field], effective, desired)
    }
}
