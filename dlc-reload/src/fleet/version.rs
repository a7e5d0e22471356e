//! A version: the documents of one publication, which never change.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::time::rfc3339;

/// The prefix of the keys of versions.
pub(crate) const VERSIONS: &str = "versions/";

/// The greatest size of a version, in bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// The greatest number of documents of a version.
pub const MOST_DOCUMENTS: usize = 64;

/// A document of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The name, by which messages call it; its ending names the format: `.yaml`, `.yml`, `.toml` or `.json`. Documents are laid
    /// over each other in the order of their names.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A version: the documents of one publication, which never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The fleet that it was published for.
    pub fleet: String,
    /// The number, one more than that of the version before.
    pub number: u64,
    /// The documents, in the order of their names.
    pub documents: Vec<Document>,
    /// Who published it.
    pub author: String,
    /// The reason for it.
    pub message: String,
    /// The time at which it was published, by the clock of who did.
    #[serde(with = "rfc3339")]
    pub created_at: SystemTime,
    /// The version that was stable at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
}
