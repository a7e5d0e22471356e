//! The sources of a document, and the order in which they are layered.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use super::node::{Place, SourceId};
use crate::place::Origin;

/// One step of the layering, in order: a source as an explanation of a key lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layer {
    /// A text or a value with a name of its own.
    One(SourceId),
    /// A file or directory that may be absent, and is.
    Absent(Arc<str>),
    /// The environment, whose names start with the prefix: one source for each variable that is set.
    Variables { prefix: Arc<str>, sources: Range<SourceId> },
    /// The values that the program sets: one source for each.
    Overrides { sources: Range<SourceId> },
}

impl Layer {
    /// Returns the sources that it stands for.
    pub(crate) fn sources(&self) -> Range<SourceId> {
        match self {
            Self::One(source) => *source..SourceId(source.0 + 1),
            Self::Absent(_) => SourceId(0)..SourceId(0),
            Self::Variables { sources, .. } | Self::Overrides { sources } => sources.clone(),
        }
    }

    /// The same layer, with its names changed.
    pub(crate) fn renamed(&self, rename: impl Fn(&Arc<str>) -> Arc<str>) -> Self {
        match self {
            Self::Absent(name) => Self::Absent(rename(name)),
            Self::Variables { prefix, sources } => {
                Self::Variables { prefix: rename(prefix), sources: sources.clone() }
            }
            Self::One(_) | Self::Overrides { .. } => self.clone(),
        }
    }
}

/// A source as the document refers to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SourceInfo {
    pub(crate) name: Arc<str>,
    /// The generation at which the source was like this, if it is not any more.
    pub(crate) as_of: Option<u64>,
    /// The folder in which the relative paths of its values begin; the working directory if there is none.
    pub(crate) folder: Option<Arc<str>>,
}

impl SourceInfo {
    pub(crate) fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), as_of: None, folder: None }
    }
}

/// Returns the origin of a place; that of an unknown source is `default`.
pub(crate) fn origin_of(sources: &[SourceInfo], place: Place) -> Origin {
    let source = sources.get(place.source.0 as usize);
    let name = source.map_or_else(|| "default".into(), |source| Arc::clone(&source.name));
    let origin = match place.line {
        0 => Origin::source(name),
        line => Origin::at(name, line, place.column),
    };
    match source.and_then(|source| source.as_of) {
        Some(generation) => origin.since(generation),
        None => origin,
    }
}
