//! The rules on which users may write a configuration file, or the directory that it lies in, and which may read its
//! secrets.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

/// The directories that one reading has come across.
#[derive(Debug, Default)]
pub(super) struct Directories {
    /// The real path of each directory that holds a file.
    pub(super) real: HashMap<PathBuf, PathBuf>,
    /// Those about which there is a finding, and the files with one about their secrets.
    pub(super) told: HashSet<PathBuf>,
}

/// The rules that a file has to meet before its content is used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    /// Users other than root and the one of the process whose files are used.
    pub(crate) owners: Vec<u32>,
    /// True if files of any owner and mode are used.
    pub(crate) skip: bool,
    /// True if a file that every user can read may hold a secret.
    pub(crate) readable_secrets: bool,
    /// True if files are refused where others can put another one in their place.
    pub(crate) refuse_shared: bool,
}

#[cfg(unix)]
pub(super) use self::unix::is_within_reach;

#[cfg(unix)]
mod unix {
    use std::{
        fs::Metadata,
        os::unix::fs::MetadataExt,
        path::{Component, Path},
    };

    use super::Permissions;
    use crate::environment::Environment;

    const WRITABLE_BY_GROUP: u32 = 0o020;
    const WRITABLE_BY_OTHERS: u32 = 0o002;
    const READABLE_BY_OTHERS: u32 = 0o004;
    const SEARCHABLE_BY_OTHERS: u32 = 0o001;
    const STICKY: u32 = 0o1000;
    const ROOT: u32 = 0;

    impl Permissions {
        /// Returns the reason why this file must not be used, with the remedy.
        pub(crate) fn refuse(&self, file: &Metadata) -> Option<String> {
            if self.skip {
                return None;
            }
            if file.mode() & WRITABLE_BY_OTHERS != 0 {
                return Some(
                    "every user can change it, take that away with `chmod o-w`".to_owned(),
                );
            }
            let (owner, group) = (file.uid(), file.gid());
            if !self.trusts(owner) {
                return Some(format!(
                    "owned by user {owner}, who is neither root nor the user of this process: give it to one of these with `chown`"
                ));
            }
            if file.mode() & WRITABLE_BY_GROUP != 0 && !is_own(group) {
                return Some(format!(
                    "group {group} can change it, and this process is not in that group: take that away with `chmod g-w`"
                ));
            }
            None
        }

        fn trusts(&self, owner: u32) -> bool {
            [ROOT, rustix::process::geteuid().as_raw()].contains(&owner)
                || self.owners.contains(&owner)
        }

        /// Returns the reason why others can put a file into a directory in the place of `entry`, or one beside it,
        /// with the remedy.
        ///
        /// Nobody can where the mount is read-only, as that of a ConfigMap is, whose directories everybody may write.
        /// In a directory with the sticky bit, only its owner and that of the entry can.
        pub(crate) fn shared(&self, directory: &Path, entry: Option<&Path>) -> Option<String> {
            let found = directory.metadata().ok().filter(|_| !self.skip)?;
            let (owner, path) = (found.uid(), directory.display());
            let text = if self.trusts(owner) {
                let by = self.other_writers(&found, entry)?;
                format!(
                    "{by} can put other files in the place of those in this directory: take that away with `chmod go-w {path}`"
                )
            } else {
                format!(
                    "user {owner}, who is neither root nor the user of this process, owns this directory and can put other files in the place of those in it: give it to one of these with `chown`"
                )
            };
            (!is_read_only(directory)).then_some(text)
        }

        /// Returns the users beside its owner who can do that.
        fn other_writers(&self, directory: &Metadata, entry: Option<&Path>) -> Option<String> {
            let (mode, group) = (directory.mode(), directory.gid());
            let by = if mode & WRITABLE_BY_OTHERS != 0 {
                "every user".to_owned()
            } else if mode & WRITABLE_BY_GROUP != 0 && !is_own(group) {
                format!("group {group}, in which this process is not,")
            } else {
                return None;
            };
            let entry = entry.and_then(|entry| entry.symlink_metadata().ok());
            let is_protected =
                mode & STICKY != 0 && entry.is_none_or(|entry| self.trusts(entry.uid()));
            (!is_protected).then_some(by)
        }

        /// Returns true if the mode of a file lets every user read it, and that matters.
        pub(crate) fn exposes(&self, file: &Metadata) -> bool {
            !self.readable_secrets && file.mode() & READABLE_BY_OTHERS != 0
        }
    }

    /// Returns true if a file whose mode lets every user read it is in fact within reach of others.
    ///
    /// A checkout has that mode in development, and a volume of a container has it as well: its platform
    /// gave it to one container, and no operator can change it there.
    pub(crate) fn is_within_reach(path: &Path) -> bool {
        let Ok(real) = path.canonicalize() else { return false };
        let is_searchable = |directory: &Path| {
            directory.metadata().map_or(true, |file| file.mode() & SEARCHABLE_BY_OTHERS != 0)
        };
        Environment::from_env() == Environment::Production
            && !is_of_container(&real)
            && real.ancestors().skip(1).all(is_searchable)
    }

    /// Returns true if a file is in a volume of a container: a ConfigMap or Secret of Kubernetes, whose
    /// versions are directories like `..2026_11_26_10_00_00.1`, or a secret of Docker or Podman.
    fn is_of_container(real: &Path) -> bool {
        let is_version =
            |name: Component<'_>| name.as_os_str().as_encoded_bytes().starts_with(b"..2");
        real.starts_with("/run/secrets") || real.components().any(is_version)
    }

    fn is_read_only(path: &Path) -> bool {
        rustix::fs::statvfs(path)
            .is_ok_and(|mount| mount.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
    }

    fn is_own(group: u32) -> bool {
        rustix::process::getegid().as_raw() == group
            || rustix::process::getgroups()
                .is_ok_and(|groups| groups.iter().any(|own| own.as_raw() == group))
    }
}

#[cfg(not(unix))]
impl Permissions {
    /// Refuses nothing: elsewhere, owners and modes do not tell which users may write.
    pub(crate) fn refuse(&self, _: &std::fs::Metadata) -> Option<String> {
        _ = (&self.owners, self.skip);
        None
    }

    pub(crate) fn exposes(&self, _: &std::fs::Metadata) -> bool {
        _ = self.readable_secrets;
        false
    }

    pub(crate) fn shared(
        &self,
        _: &std::path::Path,
        _: Option<&std::path::Path>,
    ) -> Option<String> {
        None
    }
}

/// Returns false: elsewhere, modes do not tell which users may read.
#[cfg(not(unix))]
pub(super) fn is_within_reach(_: &std::path::Path) -> bool {
    false
}
