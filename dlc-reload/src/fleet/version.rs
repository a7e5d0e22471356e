//! A version: the documents of one publication, which never change.

mod sealed;

use std::{cmp::Ordering, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::sealed::{Sign, Trust, open, seal};
use super::words::check_name;
use crate::{
    source::Format,
    time::{Timestamp, rfc3339},
};

/// The prefix of the keys of versions.
pub(crate) const VERSIONS: &str = "versions/";

/// The greatest size of a version as it is stored, in bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// The greatest number of documents of a version.
pub const MOST_DOCUMENTS: usize = 64;

/// A document of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The name, by which messages call it: letters, digits, `.`, `_` and `-`, 128 at most. Its ending names the
    /// format: `.yaml`, `.yml`, `.toml` or `.json`. Documents are laid over each other in the order of their names.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A version: the documents of one publication, which never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Version {
    /// The fleet that it was published for.
    pub fleet: String,
    /// The number, one more than that of the version before.
    pub number: u64,
    /// The documents, in the order of their names.
    pub documents: Vec<Document>,
    /// The person who published it.
    pub author: String,
    /// The reason for it.
    pub message: String,
    /// The time at which it was published, by the clock of who did.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub created_at: SystemTime,
    /// The version that was stable at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
}

impl Document {
    /// Makes a document of the bytes of a file.
    ///
    /// # Errors
    ///
    /// The bytes are no UTF-8, with the line where that begins.
    pub fn from_utf8(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, String> {
        let name = name.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(format!("{name}:{line}: is no text in UTF-8, save it as UTF-8"))
            }
        }
    }

    /// Returns the format that its name says.
    pub(crate) fn format(&self) -> Option<Format> {
        Format::from_path(&self.name)
    }
}

/// Sorts documents by their names, and checks names and number.
pub(crate) fn ordered(mut documents: Vec<Document>) -> Result<Vec<Document>, String> {
    documents.sort_by(|one, other| one.name.cmp(&other.name));
    check(&documents)?;
    Ok(documents)
}

/// Checks the names and the number of the documents of a version, and that they are in order.
fn check(documents: &[Document]) -> Result<(), String> {
    if documents.is_empty() {
        return Err("a version has at least one document".into());
    }
    if documents.len() > MOST_DOCUMENTS {
        let found = documents.len();
        return Err(format!(
            "a version has at most {MOST_DOCUMENTS} documents, these are {found}: put some together"
        ));
    }
    documents.iter().try_for_each(|document| check_document(&document.name))?;
    for (one, other) in documents.iter().zip(&documents[1..]) {
        match one.name.cmp(&other.name) {
            Ordering::Less => {}
            Ordering::Equal => {
                return Err(format!("two documents are called `{}`: rename one", one.name));
            }
            Ordering::Greater => return Err(format!("`{}` is out of order", other.name)),
        }
    }
    let mut folded: Vec<_> = documents.iter().map(|it| it.name.to_ascii_lowercase()).collect();
    folded.sort_unstable();
    match folded.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!(
            "two documents are called `{}` but for upper and lower case: rename one",
            pair[0]
        )),
        None => Ok(()),
    }
}

fn check_document(name: &str) -> Result<(), String> {
    check_name(name)?;
    match Format::from_path(name) {
        Some(_) => Ok(()),
        None => {
            Err(format!("the ending of `{name}` names no format: .yaml, .yml, .toml or .json do"))
        }
    }
}
