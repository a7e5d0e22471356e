//! The rules on which users may write a configuration file, and which may read its secrets.

/// The rules that a file has to meet before its content is used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    /// Users other than root and the one of the process whose files are used.
    pub(crate) owners: Vec<u32>,
    /// True if files of any owner and mode are used.
    pub(crate) skip: bool,
    /// True if a file that every user can read may hold a secret.
    pub(crate) readable_secrets: bool,
}

#[cfg(unix)]
mod unix {
    use std::{fs::Metadata, os::unix::fs::MetadataExt};

    use super::Permissions;

    const WRITABLE_BY_GROUP: u32 = 0o020;
    const WRITABLE_BY_OTHERS: u32 = 0o002;
    const READABLE_BY_OTHERS: u32 = 0o004;
    const ROOT: u32 = 0;

    impl Permissions {
        /// Returns the reason why this file must not be used, with the remedy.
        pub(crate) fn refuse(&self, file: &Metadata) -> Option<String> {
            if self.skip {
                return None;
            }
            if file.mode() & WRITABLE_BY_OTHERS != 0 {
                return Some(
                    "every user can change it, take that away with `chmod o-w` (or load with `Loader::skip_permission_checks`)"
                        .to_owned(),
                );
            }
            let (owner, group) = (file.uid(), file.gid());
            if ![ROOT, rustix::process::geteuid().as_raw()].contains(&owner)
                && !self.owners.contains(&owner)
            {
                return Some(format!(
                    "owned by user {owner}, who is neither root nor the user of this process: change that with `chown` or load with `Loader::trust_owner({owner})`"
                ));
            }
            if file.mode() & WRITABLE_BY_GROUP != 0 && !is_own(group) {
                return Some(format!(
                    "group {group} can change it, and this process is not in that group: take that away with `chmod g-w` (or load with `Loader::skip_permission_checks`)"
                ));
            }
            None
        }

        /// Returns true if a warning is due where a file holds a secret.
        pub(crate) fn exposes(&self, file: &Metadata) -> bool {
            !self.readable_secrets && file.mode() & READABLE_BY_OTHERS != 0
        }
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
}
