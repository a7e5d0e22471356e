//! The error of a value that does not fit its type, in parts, so that it can leave out a secret.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::node::Place;
use crate::place::Key;

/// A value that does not fit its type.
///
/// The error of the deserializer over a `Document`. What was found and what was
/// expected stay apart until the message is made, because what was found may be a secret.
pub struct Mismatch(Box<Inner>);

struct Inner {
    kind: Kind,
    key: Option<Key>,
    place: Option<Place>,
}

enum Kind {
    Type {
        found: Found,
        expected: String,
    },
    Value {
        found: Found,
        expected: String,
    },
    Length {
        found: usize,
        expected: String,
    },
    Variant {
        found: String,
        expected: &'static [&'static str],
    },
    Field {
        found: String,
        expected: &'static [&'static str],
    },
    Missing {
        name: &'static str,
    },
    Duplicate {
        name: &'static str,
    },
    Custom {
        text: String,
    },
    /// A text that does not read as the list or map that it was meant to be.
    Unread {
        reason: String,
    },
}

/// The value that was found: its type may always be shown, its text only where it is no secret.
struct Found {
    kind: &'static str,
    text: Option<String>,
}

impl Mismatch {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, key: None, place: None }))
    }

    /// Makes the mismatch of a text that was meant to be a list or map. The reason holds no text of the source.
    pub(super) fn unread(reason: &str) -> Self {
        Self::new(Kind::Unread { reason: reason.to_owned() })
    }

    /// Returns the same mismatch at this place, unless it has a deeper one already.
    pub(crate) fn at(mut self, place: Place, key: impl FnOnce() -> Key) -> Self {
        if self.0.place.is_none() {
            self.0.place = Some(place);
            self.0.key = Some(match &self.0.kind {
                // The visitor of the struct finds these, so that the place is that of the struct.
                Kind::Missing { name } => key().child(*name),
                _ => key(),
            });
        }
        self
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// Returns the same mismatch at another place.
    pub(crate) fn moved(mut self, place: Place, key: Key) -> Self {
        (self.0.place, self.0.key) = (Some(place), Some(key));
        self
    }

    /// Returns true if both are about a value in whose place the same was expected.
    pub(crate) fn expects_as(&self, other: &Self) -> bool {
        let expected = |mismatch: &Self| match &mismatch.0.kind {
            Kind::Type { expected, .. }
            | Kind::Value { expected, .. }
            | Kind::Length { expected, .. } => Some(expected.clone()),
            _ => None,
        };
        expected(self).is_some_and(|one| expected(other).is_some_and(|other| one == other))
    }

    /// Returns true if both say the same of the same place.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        let same = self.0.place == other.0.place && self.0.key == other.0.key;
        same && self.to_string() == other.to_string()
    }

    /// Returns what the type says is wrong, where it says so in words of its own.
    pub(crate) fn own_text(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Custom { text } => Some(text),
            _ => None,
        }
    }

    /// Returns true if the type says in words of its own what is wrong, or counts the items that it has read: what it
    /// says depends on the value, and not only on the place.
    pub(crate) fn is_own(&self) -> bool {
        self.own_text().is_some() || self.is_length()
    }

    /// Returns true if a list that was buffered has items left.
    pub(crate) fn is_length(&self) -> bool {
        matches!(&self.0.kind, Kind::Length { expected, .. } if expected.ends_with(" in sequence"))
    }

    /// Returns the name that was found in place of a variant's.
    pub(crate) fn unknown_variant(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Variant { found, .. } => Some(found),
            _ => None,
        }
    }

    /// Returns the names of the variants that were expected in place of another name.
    pub(super) fn variants(&self) -> Option<&'static [&'static str]> {
        match &self.0.kind {
            Kind::Variant { expected, .. } => Some(expected),
            _ => None,
        }
    }

    /// Returns the name of the key that a struct refused.
    pub(crate) fn unknown_field(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Field { found, .. } => Some(found),
            _ => None,
        }
    }

    /// Returns true if a value fits no variant of an enum that has no tag.
    pub(crate) fn is_untagged(&self) -> bool {
        // The text that the derive of serde writes; it names the type, which no operator knows.
        let said = "data did not match any variant of untagged enum";
        matches!(&self.0.kind, Kind::Custom { text } if text.starts_with(said))
    }

    /// Returns true if nothing is wrong but that a key is not set.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.0.kind, Kind::Missing { .. })
    }

    pub(crate) fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// Returns the message for people. Text of the source goes through `shown`, which returns it as it may be shown,
    /// or nothing where all of it may be a secret.
    pub(crate) fn message(&self, shown: impl Fn(&str) -> Option<String>) -> String {
        match &self.0.kind {
            Kind::Type { found, expected } => {
                format!("invalid type: {}, expected {}", found.text(&shown), explained(expected))
            }
            Kind::Value { found, expected } => {
                format!("invalid value: {}, expected {}", found.text(&shown), explained(expected))
            }
            Kind::Length { found, expected } => {
                format!("invalid length: {found} items, expected {expected}")
            }
            Kind::Variant { found, expected } => match shown(found) {
                Some(text) => unknown_variant(&text, found, expected),
                None => format!("unknown variant, {}", one_of(expected)),
            },
            Kind::Field { found, expected } => {
                crate::document::misspelt(found, expected.iter().copied())
                    .unwrap_or_else(|| format!("unknown key, {}", one_of(expected)))
            }
            Kind::Missing { .. } => "required, but no source sets it".to_owned(),
            Kind::Duplicate { name } => {
                format!("`{name}` is set twice, under its name and an alias")
            }
            Kind::Unread { reason } => reason.clone(),
            Kind::Custom { text } => shown(text).unwrap_or_else(|| {
                "invalid value (not shown, because it may hold a secret)".to_owned()
            }),
        }
    }
}

/// Returns the message about a variant that is none of the known ones, which names the one that was probably meant, or
/// all. `shown` is what may be shown of the one that was found.
pub(crate) fn unknown_variant(shown: &str, found: &str, expected: &[&str]) -> String {
    let meant = match crate::document::similar(found, expected.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => one_of(expected),
    };
    format!("unknown variant `{shown}`, {meant}")
}

impl Found {
    fn text(&self, shown: impl Fn(&str) -> Option<String>) -> String {
        match self.text.as_deref().and_then(shown) {
            Some(text) => format!("{} {text}", self.kind),
            None => self.kind.to_owned(),
        }
    }
}

/// Returns the integer in what serde says of one of 128 bits that a type does not take.
fn wide(text: &str) -> Option<&str> {
    let text = text.strip_prefix("integer `")?;
    text.strip_suffix("` as u128").or_else(|| text.strip_suffix("` as i128"))
}

impl From<Unexpected<'_>> for Found {
    fn from(unexpected: Unexpected<'_>) -> Self {
        let (kind, text) = match unexpected {
            Unexpected::Bool(value) => ("boolean", Some(format!("`{value}`"))),
            Unexpected::Unsigned(value) => ("integer", Some(format!("`{value}`"))),
            Unexpected::Signed(value) => ("integer", Some(format!("`{value}`"))),
            Unexpected::Float(value) => ("float", Some(format!("`{value:?}`"))),
            Unexpected::Char(value) => ("character", Some(format!("`{value}`"))),
            Unexpected::Str(value) => ("string", Some(format!("{value:?}"))),
            Unexpected::Bytes(_) => ("bytes", None),
            Unexpected::Unit | Unexpected::Option => ("null", None),
            Unexpected::Seq => ("list", None),
            Unexpected::Map | Unexpected::StructVariant => ("map", None),
            Unexpected::Other(text) => match wide(text) {
                Some(integer) => ("integer", Some(format!("`{integer}`"))),
                None => ("value", Some(format!("`{text}`"))),
            },
            _ => ("value", None),
        };
        Self { kind, text }
    }
}

/// The words that the derive of serde has for types that are written as maps.
const MAPS: [&str; 4] =
    ["struct ", "internally tagged enum ", "adjacently tagged enum ", "struct variant "];

/// Puts what serde expected, which are Rust types, into the words of a person who edits a file.
fn explained(expected: &str) -> String {
    if let Some(integer) = expected.strip_prefix("a nonzero ") {
        let integer = explained(integer);
        return match integer.strip_prefix("an integer from 0") {
            Some(range) => format!("an integer from 1{range}"),
            None => format!("{integer} other than 0"),
        };
    }
    let range = match expected {
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        "i8" => "-128 to 127",
        "i16" => "-32768 to 32767",
        "i32" => "-2147483648 to 2147483647",
        "u64" | "usize" | "u128" => return "an integer from 0".to_owned(),
        "i64" | "isize" | "i128" => return "an integer".to_owned(),
        "f32" | "f64" => return "a number".to_owned(),
        // Other words for a boolean, such as `yes`, are strings, and numbers are no booleans.
        "a boolean" => return "`true` or `false`".to_owned(),
        "a sequence" => return "a list".to_owned(),
        "unit" => return "nothing".to_owned(),
        "variant identifier" => return "the name of a variant".to_owned(),
        _ if expected.starts_with("unit variant ") => return "nothing".to_owned(),
        _ if MAPS.iter().any(|kind| expected.starts_with(kind)) => return "a map".to_owned(),
        // A type that buffers a value takes neither wide integers nor what is no number.
        "any value" => return "a number of at most 64 bits".to_owned(),
        other => return other.to_owned(),
    };
    format!("an integer from {range}")
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "expected nothing here".to_owned(),
        [name] => format!("expected `{name}`"),
        names => format!("expected one of `{}`", names.join("`, `")),
    }
}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(Kind::Custom { text: text.to_string() })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::Type { found: found.into(), expected: expected.to_string() })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::Value { found: found.into(), expected: expected.to_string() })
    }

    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Self::new(Kind::Length { found, expected: expected.to_string() })
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::Variant { found: found.to_owned(), expected })
    }

    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Kind::Field { found: found.to_owned(), expected })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Kind::Missing { name })
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(Kind::Duplicate { name })
    }
}

/// Says what the type said: some types look for a text of their own in it.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Custom { text } => f.write_str(text),
            _ => f.write_str(&self.message(|text| Some(text.to_owned()))),
        }
    }
}

/// Leaves out the value that was found, which may be a secret.
impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(|_| None))
    }
}

impl de::StdError for Mismatch {}
