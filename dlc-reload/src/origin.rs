//! The origin of a value: a source, and a place in it.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The place a value came from: a source and, for a file, the line and column.
///
/// Lines and columns count from one; a column counts characters, not bytes. They are absent for
/// sources that have no lines: environment variables, overrides and defaults.
///
/// It displays as compilers write places: `config.yaml:7:10`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The name of the source, such as `config.yaml`, `environment variable DLC_MOTD` or `default`.
    pub source: Arc<str>,
    /// The line, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in characters, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl Origin {
    /// Returns the origin that is a source as a whole, without a line.
    pub fn source(name: impl Into<Arc<str>>) -> Self {
        Self { source: name.into(), line: None, column: None }
    }

    /// Returns the origin at a line and column of a source, both from one.
    pub fn at(name: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self { source: name.into(), line: Some(line), column: Some(column) }
    }

    /// Reads an origin as [`Display`](fmt::Display) writes it.
    pub(crate) fn parse(text: &str) -> Self {
        let number = |text: &str| -> Option<u32> {
            let is_one = text.starts_with(|digit| matches!(digit, '1'..='9'));
            is_one.then(|| text.parse().ok()).flatten()
        };
        let split = |text: &'_ str| -> Option<(usize, u32)> {
            let (before, last) = text.rsplit_once(':')?;
            Some((before.len(), number(last)?))
        };
        let Some((end, last)) = split(text) else { return Self::source(text) };
        match split(&text[..end]) {
            Some((end, line)) => Self::at(&text[..end], line, last),
            None => Self { line: Some(last), ..Self::source(&text[..end]) },
        }
    }

    /// Returns the origin of a value that no source sets.
    pub fn default_value() -> Self {
        Self::source("default")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}
