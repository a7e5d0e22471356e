//! The configuration that was accepted last, on disk, to start from when the sources are refused.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::{
    archive::Archive,
    envelope::{BEGINNING, Envelope, FORMAT, Header},
    failed::Failed,
    restore::Restored,
};
use crate::{
    candidate::{Candidate, Rejection, Sources},
    document::Document,
    durable::{self, Failure},
    error::Problem,
    place::{Key, Origin},
    section::Reloadable,
    snapshot::Generation,
    source::{Permissions, trusted},
    time::{Timestamp, rfc3339},
};

/// The words before the names of the sources that a configuration was once read from.
const LABEL: &str = "last known good ";

/// The greatest size of the file, in bytes; a larger one is neither written nor read.
const MOST: u64 = 64 << 20;

/// The configuration of an earlier time, which is in force because the sources were refused at the
/// start; from [`Boot::last_known_good`](crate::Boot::last_known_good).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LastKnownGood {
    /// The time at which the sources asked for it.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub accepted_at: SystemTime,
    /// The file that it was read from.
    #[serde(serialize_with = "displayed")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// The problems for which the sources were refused.
    pub problems: Vec<Problem>,
}

/// Serializes a path as it is displayed: one that is not UTF-8 must not keep the rest from being shown.
fn displayed<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// A last known good that was read, built and checked.
pub(crate) struct KnownGood<C> {
    pub(crate) accepted_at: SystemTime,
    pub(crate) path: PathBuf,
    pub(crate) document: Arc<Document>,
    pub(crate) candidate: Candidate<C>,
}

/// Reads the last known good, with the secrets of the sources as they are now; `None` where there
/// is none yet.
///
/// # Errors
///
/// The reason why it cannot be used, as one problem.
pub(crate) fn read<C: Reloadable>(
    path: &Path,
    sources: &Sources<C>,
    present: &Document,
) -> Result<Option<KnownGood<C>>, Problem> {
    let refuse = |why: String| {
        let message = format!("the last known good configuration cannot be used either: {why}");
        Problem::error(message).with_origin(Origin::source(path.display().to_string()))
    };
    match trusted(path, MOST, &sources.permissions) {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => understood(path, &bytes, sources, present).map(Some).map_err(refuse),
        Err(why) => Err(refuse(why)),
    }
}

fn understood<C: Reloadable>(
    path: &Path,
    bytes: &[u8],
    sources: &Sources<C>,
    present: &Document,
) -> Result<KnownGood<C>, String> {
    let damaged = || {
        "the file is damaged: remove it, the next start that accepts the sources writes a new one"
            .to_owned()
    };
    let Header { format, .. } = Header::of(bytes).ok_or_else(damaged)?;
    if format != FORMAT {
        return Err(format!("it is written in format {format}, and this program reads {FORMAT}"));
    }
    let stored: Envelope<Archive> = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let Restored { document, missing } =
        stored.document.restore(present, LABEL).ok_or_else(damaged)?;
    if !missing.is_empty() {
        return Err(missing.iter().map(no_secret).collect::<Vec<_>>().join("; "));
    }
    match sources.candidate(&document) {
        Ok(candidate) => {
            let (accepted_at, path) = (stored.accepted_at, path.to_owned());
            Ok(KnownGood { accepted_at, path, document, candidate })
        }
        Err(Rejection { problems, .. }) => {
            let errors = problems.iter().filter(|problem| problem.is_error());
            Err(errors.map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
    }
}

/// Returns the message about a secret that is missing. One with a default, or an optional one, counts too: a
/// service must not suddenly run without its password.
fn no_secret(key: &Key) -> String {
    format!(
        "`{key}` may hold a secret and is not kept, and the sources as they are now do not set it"
    )
}

/// The file, as the one writer knows it.
#[derive(Debug)]
pub(crate) struct GoodFile {
    path: PathBuf,
    /// The hash of what this process wrote last.
    written: Option<u64>,
    /// The content that failed its probation, as the file remembers it.
    failed: Option<Failed>,
}

impl GoodFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, written: None, failed: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads which content failed its probation, if the file remembers some. Of a file that cannot be used, none is.
    pub(crate) fn read_failed(&mut self, permissions: &Permissions) -> Option<Failed> {
        let bytes = trusted(&self.path, MOST, permissions).ok()??;
        self.failed = Header::of(&bytes).filter(|header| header.format == FORMAT)?.failed;
        self.failed.clone()
    }

    /// Returns the content that failed its probation, as it was read or written last.
    pub(crate) const fn failed(&self) -> Option<&Failed> {
        self.failed.as_ref()
    }

    /// Writes a document and the content that is refused, unless they are those that were written last and are still
    /// there.
    pub(crate) fn write(
        &mut self,
        document: &Archive,
        accepted_at: SystemTime,
        generation: Generation,
        failed: Option<Failed>,
    ) -> Result<(), Failure> {
        let mut hasher = DefaultHasher::new();
        let unserializable = |error| Failure::no_line(&self.path, error);
        serde_json::to_vec(&(document, &failed)).map_err(unserializable)?.hash(&mut hasher);
        let content = Some(hasher.finish());
        if self.written == content && durable::metadata(&self.path).is_some() {
            return Ok(());
        }
        let stored =
            Envelope::new(generation, accepted_at, None, document).with_failed(failed.clone());
        self.replace(&stored)?;
        (self.written, self.failed) = (content, failed);
        Ok(())
    }

    /// Writes the content that is refused beside the document that is there, which stays.
    pub(crate) fn remember(
        &mut self,
        failed: Failed,
        permissions: &Permissions,
    ) -> Result<(), Failure> {
        let because = |why: String| Failure::because(&self.path, why);
        let unusable = || because("what is there cannot be used, and is left alone".to_owned());
        let bytes = trusted(&self.path, MOST, permissions).map_err(because)?;
        let bytes = bytes.ok_or_else(unusable)?;
        let header = Header::of(&bytes).filter(|header| header.format == FORMAT);
        if header.ok_or_else(unusable)?.failed.as_ref() != Some(&failed) {
            let stored: Envelope<Archive> =
                serde_json::from_slice(&bytes).map_err(|_| unusable())?;
            self.replace(&stored.with_failed(Some(failed.clone())))?;
        }
        self.failed = Some(failed);
        Ok(())
    }

    fn replace(&mut self, stored: &Envelope<impl Serialize>) -> Result<(), Failure> {
        let bytes =
            serde_json::to_vec(stored).map_err(|error| Failure::no_line(&self.path, error))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST {
            let reason = "it would be larger than 64 MiB, so it is not written";
            return Err(Failure::because(&self.path, reason));
        }
        // A path that names the configuration itself must not destroy it.
        durable::refuse_foreign(&self.path, BEGINNING)?;
        // Whatever it holds after a failure, it is written again.
        self.written = None;
        durable::replace(&self.path, &bytes)
    }
}
