//! The values that a report lists.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{
    place::{Key, Origin},
    section::Class,
    time::{Timestamp, rfc3339},
    trigger::Trigger,
};

/// One value that differs: the old one, the new one, and the place of the new one.
///
/// Maps, lists and structs inside of a field are compared entry by entry, and each entry that differs is a change of
/// its own: `clusters.api.backends[2].weight`. So is an entry that came or went, an optional section that did, an enum
/// of which another variant is chosen, and a set, the items of which are sorted. In lists of different lengths, the
/// items that both have in the same order are no changes. A field in which more than 1000 values differ is one change.
///
/// A value that is absent (a section that is not there, a secret) is no member in JSON. Secrets inside of a value are
/// `"[redacted]"`. A value of more than 64 KiB of JSON is a text with its beginning, and one of more than 64 levels is
/// a text with its JSON, so that every reader of JSON takes a report. The lines of a report and of the log cut values
/// earlier, with a `…` around the part that differs, so that no line has more than 200 characters (in the log, without
/// the time that stands before it).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Changed {
    /// The key of the value. For all that `#[serde(flatten)]` puts beside the fields of a section, its last name is
    /// `*`.
    pub key: Key,
    /// The class of the field: the new value takes effect at once, or at the next start.
    pub class: Class,
    /// The value in force until now. A number with a unit, which its type may round, is shown as a source writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The value that the sources ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// The place of the new value. Where no source sets an entry by itself, that of the map or list around it;
    /// `default` for a field that no source sets.
    pub origin: Origin,
    /// True if the values are hidden because they are secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// A value that waits for the next start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Pending {
    /// The value in force and the one that waits.
    #[serde(flatten)]
    pub change: Changed,
    /// The time since which it waits.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The trigger of the reload that found it.
    pub by: Trigger,
}

/// A value that was set without effect, because a later source or an override sets the same key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Shadowed {
    /// The key of the value.
    pub key: Key,
    /// The place of the value without effect.
    pub origin: Origin,
    /// The place of the value in effect.
    #[serde(serialize_with = "written", deserialize_with = "as_written")]
    #[schemars(with = "String")]
    pub by: Origin,
}

fn written<S: Serializer>(origin: &Origin, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&origin.written())
}

fn as_written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Origin, D::Error> {
    String::deserialize(deserializer).map(|text| Origin::parse(&text))
}
