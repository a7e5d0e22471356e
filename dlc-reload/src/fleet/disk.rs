//! The files of a node: what it starts with where the store cannot be reached, and what it remembers of its trials.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    first::Memory,
    store::Revision,
    target::{self, Target},
    version,
};
use crate::{
    durable,
    error::LOG,
    source::{Permissions, trusted},
};

/// The file of the pointer, that of what the node remembers, and the beginning of those of the versions.
const POINTER: &str = "target.json";
const MEMORY: &str = "node.json";
const VERSION: &str = "version-";

/// The greatest size of the files of the pointer and of the memory, in bytes: the pointer in its envelope.
const MOST: usize = 2 * target::MOST_BYTES;

/// The directory of a node's files; without one, nothing is kept and all is well.
pub(super) struct Disk(Option<PathBuf>);

/// The pointer, as it is kept.
#[derive(Serialize, Deserialize)]
struct Pointer {
    revision: u64,
    target: Target,
}

impl Disk {
    pub(super) const fn new(directory: Option<PathBuf>) -> Self {
        Self(directory)
    }

    /// Returns the pointer that was read last.
    pub(super) fn pointer(&self) -> Option<(Target, Revision)> {
        let Pointer { revision, target } = self.read(POINTER)?;
        Some((target, Revision(revision)))
    }

    pub(super) fn keep_pointer(&self, target: &Target, revision: Revision) -> Result<(), String> {
        self.write(POINTER, &Pointer { revision: revision.0, target: target.clone() })
    }

    pub(super) fn memory(&self) -> Memory {
        self.read(MEMORY).unwrap_or_default()
    }

    pub(super) fn remember(&self, memory: &Memory) -> Result<(), String> {
        self.write(MEMORY, memory)
    }

    /// Returns a version as it was in the store; `None` where it is not kept.
    pub(super) fn version(&self, number: u64) -> Option<Vec<u8>> {
        self.bytes(&version_file(number), version::MOST_BYTES)
    }

    /// Keeps these versions and no others.
    pub(super) fn keep_versions(&self, versions: &BTreeMap<u64, &[u8]>) -> Result<(), String> {
        let Some(directory) = &self.0 else { return Ok(()) };
        for (number, bytes) in versions {
            let path = directory.join(version_file(*number));
            // One that is there may be damaged, or be that of another fleet.
            if self.version(*number).as_deref() != Some(*bytes) {
                create(directory)?;
                durable::replace(&path, bytes).map_err(|failure| failure.to_string())?;
            }
        }
        let is_old = |name: &str| {
            name.starts_with(VERSION)
                && !versions.keys().any(|number| name == version_file(*number))
        };
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_old) {
                // It would only be in the way.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Reads a file of this node. One that cannot be used is as good as none, and the log says so.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = self.bytes(name, MOST)?;
        let read = serde_json::from_slice(&bytes);
        read.map_err(|error| {
            tracing::warn!(target: LOG, "the fleet's file {name} on this machine is damaged and not used: {error}");
        })
        .ok()
    }

    fn bytes(&self, name: &str, most: usize) -> Option<Vec<u8>> {
        let path = self.0.as_ref()?.join(name);
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        trusted(&path, most, &Permissions::default()).unwrap_or_else(|why| {
            tracing::warn!(target: LOG, "{} is not used: {why}", path.display());
            None
        })
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), String> {
        let Some(directory) = &self.0 else { return Ok(()) };
        create(directory)?;
        let bytes = serde_json::to_vec(value).map_err(|error| error.to_string())?;
        durable::replace(&directory.join(name), &bytes).map_err(|failure| failure.to_string())
    }
}

fn version_file(number: u64) -> String {
    format!("{VERSION}{number}.json")
}

/// Creates the directory, for this user alone.
fn create(directory: &Path) -> Result<(), String> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let created: io::Result<()> = builder.create(directory);
    created.map_err(|error| format!("{}: cannot be created: {error}", directory.display()))
}
