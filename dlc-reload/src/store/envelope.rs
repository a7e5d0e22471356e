//! The form of everything that is kept: a version, and then the configuration.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::failed::Failed;
use crate::{report::Report, snapshot::Generation, time::rfc3339};

/// The version of the form.
///
/// 2: the document of a generation is that of what was in force; before, it had the `restart` values that waited.
pub(super) const FORMAT: u32 = 2;

/// The beginning of each file and line, in every version.
pub(super) const BEGINNING: &str = "{\"format\":";

/// A configuration that was in force, in a file or on a line of one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope<A> {
    pub(super) format: u32,
    pub(super) generation: Generation,
    #[serde(with = "rfc3339")]
    pub(super) accepted_at: SystemTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) report: Option<Report>,
    /// The content that was refused then because it had failed its probation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<Failed>,
    pub(super) document: A,
}

impl<A> Envelope<A> {
    pub(super) const fn new(
        generation: Generation,
        accepted_at: SystemTime,
        report: Option<Report>,
        document: A,
    ) -> Self {
        Self { format: FORMAT, generation, accepted_at, report, failed: None, document }
    }

    /// Returns the same envelope with the content that is refused, if some is.
    pub(super) fn with_failed(self, failed: Option<Failed>) -> Self {
        Self { failed, ..self }
    }
}

/// The members that are read before anything else is believed.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) format: u32,
    generation: Option<Generation>,
    #[serde(default)]
    pub(super) failed: Option<Failed>,
}

/// The highest generation; no process lives to count that far, so a higher one is damage. JSON keeps it exactly.
const HIGHEST: Generation = Generation(1 << 53);

impl Header {
    /// Reads the header; `None` where the bytes are no envelope of any version.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Returns the generation, where there is one to be believed.
    pub(super) fn generation(&self) -> Option<Generation> {
        self.generation.filter(|generation| *generation <= HIGHEST)
    }
}
