//! The two classes a field can have.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The time at which a new value of a field takes effect.
///
/// Every leaf field of a configuration has exactly one class, written by its author as
/// `#[reload(hot)]` or `#[reload(restart)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A new value takes effect while the service runs.
    Hot,
    /// A new value takes effect at the next start.
    Restart,
}

impl Class {
    /// Returns the word used in attributes, logs, reports and schemas: `hot` or `restart`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
