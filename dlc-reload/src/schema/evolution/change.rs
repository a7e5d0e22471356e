//! A difference between the schemas of two versions, and its grade.

use std::fmt;

use serde::Serialize;

/// The weight of a [`SchemaChange`], and of several: the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Grade {
    /// Every file that the old version accepted is accepted, and means the same.
    Compatible,
    /// Every file is accepted, and operators notice something: a class, a default, a warning.
    Notable,
    /// A file that the old version accepted may be refused.
    Breaking,
}

/// The kind of a [`SchemaChange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SchemaChangeKind {
    /// The key is gone.
    Removed,
    /// The key has to be set.
    Required,
    /// Values that were right are refused.
    Narrowed,
    /// Two keys are names of one field now, of which a file can set one.
    Merged,
    /// The schemas do not tell if every value is still right.
    Undecided,
    /// The class is another one.
    Class,
    /// A file that leaves the key out gets another value.
    Default,
    /// The key was a field, and is an entry of a map like any other.
    Moved,
    /// The key has another name; the old one is accepted.
    Renamed,
    /// The value is a secret now, or none any more.
    Secret,
    /// The key is on its way out: setting it causes a warning.
    Deprecated,
    /// The key is new.
    Added,
    /// The key need not be set any more.
    Optional,
    /// More values are right.
    Widened,
}

impl SchemaChangeKind {
    /// Returns the weight of a change of this kind.
    pub fn grade(self) -> Grade {
        match self {
            Self::Removed | Self::Required | Self::Narrowed | Self::Merged | Self::Undecided => {
                Grade::Breaking
            }
            Self::Class
            | Self::Default
            | Self::Moved
            | Self::Renamed
            | Self::Secret
            | Self::Deprecated => Grade::Notable,
            Self::Added | Self::Optional | Self::Widened => Grade::Compatible,
        }
    }

    /// Returns the advice to the author of the new version.
    const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Removed => Some(
                "keep the key, or name it in `#[reload(renamed_from = \"…\")]` of the field that takes its value",
            ),
            Self::Required => Some("give the field a default: `#[serde(default)]`"),
            Self::Merged => Some("give one of the two names to another field, or keep both fields"),
            _ => None,
        }
    }
}

/// One difference between the schemas of two versions of a service; see [`schema_changes`](crate::schema_changes).
///
/// It displays on one line: `server.port: is gone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SchemaChange {
    /// The key, with `<name>` for each entry of a map and `[]` for each item of a list: `services.<name>.addr`.
    pub key: String,
    /// The kind.
    pub kind: SchemaChangeKind,
    /// The weight, which follows from the kind.
    pub grade: Grade,
    /// The difference in words, lower case.
    pub message: String,
    /// The type, class or default of before, where it is another one now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The type, class or default of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The advice to the author of the new version, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl SchemaChange {
    pub(super) fn new(key: &str, kind: SchemaChangeKind, message: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            grade: kind.grade(),
            message: message.into(),
            old: None,
            new: None,
            remedy: kind.remedy().map(str::to_owned),
        }
    }

    /// Sets the values of before and of now.
    pub(super) fn with_values(
        self,
        old: impl Into<Option<String>>,
        new: impl Into<Option<String>>,
    ) -> Self {
        let (old, new) = (old.into(), new.into());
        if old == new { self } else { Self { old, new, ..self } }
    }

    /// Sets the advice.
    pub(super) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    pub(super) fn is_breaking(&self) -> bool {
        self.grade == Grade::Breaking
    }
}

impl SchemaChange {
    /// Returns the difference in words, with the values of before and of now.
    pub(crate) fn said(&self) -> String {
        let message = &self.message;
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => format!("{message}: {old} → {new}"),
            (Some(old), None) => format!("{message}: was {old}"),
            (None, Some(new)) => format!("{message}: {new}"),
            (None, None) => message.clone(),
        }
    }
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.said())
    }
}

/// Returns the key of an entry, as people read it.
pub(super) fn child(key: &str, name: &str) -> String {
    let name = crate::place::Key::root().child(name.to_owned());
    below(key, &name.to_string())
}

/// Returns the key of a place below another one, by a name that is not put into quotes: `<name>`.
pub(super) fn below(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}
