//! The origin of a value: a source, its version, and a place in it.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::key::on_one_line;

/// The place a value came from: a source and, for a file, the line and column.
///
/// Lines and columns count from one; a column counts characters, not bytes. They are absent for
/// sources that have no lines: environment variables, overrides and defaults.
///
/// It displays as compilers write places, on one line: `config.yaml:7:10`. Where the source says something else by
/// now, as after a rollback, it is `config.yaml:7:10 as of generation 1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Origin {
    /// The name of the source, such as `config.yaml`, `environment variable DLC_MOTD` or `default`; `derived` for
    /// what a function set that `#[reload(finish = …)]` names.
    pub source: Arc<str>,
    /// The line, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in characters, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The generation at which the source had the value at this place, if it says something else now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<u64>,
}

/// The version that a source has what it hands over in, as the source itself counts: the number of a document in a
/// store, a commit, a tag. A source says it by [`Intake::version`](crate::source::Intake::version).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SourceVersion {
    /// The name of the source.
    pub source: Arc<str>,
    /// The version.
    pub version: Arc<str>,
}

/// The words between a place and its generation.
const AS_OF: &str = " as of generation ";

impl Origin {
    /// Returns the origin that is a source as a whole, without a line.
    pub fn source(name: impl Into<Arc<str>>) -> Self {
        Self { source: name.into(), line: None, column: None, as_of: None }
    }

    /// Returns the origin at a line and column of a source, both from one.
    pub fn at(name: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self { line: Some(line), column: Some(column), ..Self::source(name) }
    }

    /// Reads an origin as [`written`](Self::written) returns it.
    pub(crate) fn parse(text: &str) -> Self {
        if let Some((place, generation)) = text.rsplit_once(AS_OF)
            && let Ok(generation) = generation.parse()
        {
            return Self { as_of: Some(generation), ..Self::parse(place) };
        }
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

    /// Returns the same place of a source that says something else since a generation. Where that was said of one
    /// before, it stays; what has no lines, such as a variable, does not change while the process runs.
    #[must_use]
    pub(crate) fn since(self, generation: u64) -> Self {
        let as_of = self.as_of.or(self.line.map(|_| generation));
        Self { as_of, ..self }
    }

    /// Returns the origin of a value that a function of the author set after reading.
    pub(crate) fn derived() -> Self {
        Self::source("derived")
    }

    /// Returns the origin of a value that no source sets.
    pub fn default_value() -> Self {
        Self::source("default")
    }
}

impl Origin {
    /// Returns the text that [`parse`](Self::parse) reads, with the name of the source as it is.
    pub(crate) fn written(&self) -> String {
        format!("{}{}", self.source, Within(self))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", on_one_line(&self.source), Within(self))
    }
}

/// The place within a source, behind its name.
struct Within<'o>(&'o Origin);

impl fmt::Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Origin { line, column, as_of, .. }) = *self;
        if let Some(line) = line {
            write!(f, ":{line}")?;
            if let Some(column) = column {
                write!(f, ":{column}")?;
            }
        }
        as_of.map_or(Ok(()), |generation| write!(f, "{AS_OF}{generation}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_it_is_written() {
        let at = Origin::at("a.yaml", 3, 7);
        let origins = [
            Origin::source("override"),
            at.clone(),
            Origin { as_of: Some(12), ..at },
            Origin::source("notes as of generation x"),
            Origin::at("two\nlines", 1, 2),
        ];
        for origin in origins {
            assert_eq!(Origin::parse(&origin.written()), origin, "{origin}");
        }
    }
}
