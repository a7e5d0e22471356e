//! The views of the API that are no types of the library.

use dlc_reload::{Accepted, Changed, Explanation, FieldStatus, Key, Overridden, Pending, Running};
use serde::Deserialize;
use serde_json::Value;

/// The answer to `GET config`.
#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub(crate) generation: u64,
    pub(crate) fields: Vec<Field>,
}

/// A field, with what the schema says of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Field {
    #[serde(flatten)]
    pub(crate) status: FieldStatus,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) default: Option<Value>,
    pub(crate) deprecated: Option<String>,
    #[serde(default)]
    pub(crate) pending: Vec<Pending>,
    #[serde(rename = "override")]
    pub(crate) overridden: Option<Overridden>,
}

/// The answer to `GET config/{key}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Explained {
    pub(crate) key: Key,
    pub(crate) is: Is,
    pub(crate) fields: Vec<Field>,
    pub(crate) effective: Option<Value>,
    pub(crate) desired: Option<Value>,
    pub(crate) explanation: Explanation,
}

/// The thing that a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Is {
    Section,
    Field,
    Inside,
}

/// The answer to `GET history`.
#[derive(Debug, Deserialize)]
pub(crate) struct History {
    pub(crate) history: Vec<Accepted>,
}

/// The answer to `GET history/{a}/diff/{b}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Differences {
    pub(crate) changes: Vec<Changed>,
}

/// The answer with the status 202.
#[derive(Debug, Deserialize)]
pub(crate) struct Unfinished {
    pub(crate) running: Option<Running>,
}
