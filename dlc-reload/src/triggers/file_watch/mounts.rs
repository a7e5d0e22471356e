//! Mounts whose changes cause no events: network file systems, and files that are mounted alone.

use std::path::{Path, PathBuf};

/// The mounts of this process.
#[derive(Debug, Default)]
pub(crate) struct Mounts(Vec<Mount>);

#[derive(Debug, PartialEq, Eq)]
struct Mount {
    point: PathBuf,
    kind: String,
}

impl Mounts {
    /// Reads the mounts of this process; there are none where the system does not tell.
    pub(crate) fn read() -> Self {
        // The file is not UTF-8 where a mount point is not; such a mount is not recognised.
        let text = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&text))
    }

    /// Parses the lines of `proc_pid_mountinfo(5)`.
    fn parse(text: &str) -> Self {
        let mount = |line: &str| {
            let (left, right) = line.split_once(" - ")?;
            let point = left.split(' ').nth(4)?;
            let kind = right.split(' ').next()?;
            Some(Mount { point: unescape(point).into(), kind: kind.to_owned() })
        };
        Self(text.lines().filter_map(mount).collect())
    }

    /// Returns the reason why changes of a file, or in a directory, may cause no events.
    ///
    /// The path is a real one, without links.
    pub(crate) fn blind_spot(&self, path: &Path) -> Option<String> {
        // Of mounts on the same point, the last one is seen.
        let mount = self
            .0
            .iter()
            .rev()
            .filter(|mount| path.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.components().count())?;
        let kind = &mount.kind;
        if is_remote(kind) {
            return Some(format!(
                "{} is on {kind}, which does not tell of changes made elsewhere",
                path.display()
            ));
        }
        if mount.point == path && path.is_file() {
            return Some(format!(
                "{} is mounted alone, so a file that replaces it outside is never seen: mount its directory instead",
                path.display()
            ));
        }
        None
    }
}

/// Returns true for a file system on which another machine, or another process behind it, makes changes unseen.
fn is_remote(kind: &str) -> bool {
    match kind {
        "9p" | "afs" | "ceph" | "cifs" | "fuse" | "glusterfs" | "lustre" | "ncpfs" | "nfs"
        | "nfs4" | "smb3" | "smbfs" | "vboxsf" | "virtiofs" => true,
        other => other.starts_with("fuse."),
    }
}

/// Decodes a mount point, in which spaces, tabs, line ends and backslashes are written in octal.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
22 27 0:21 / /proc rw,nosuid - proc proc rw
27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 27 0:35 / /mnt/share rw - nfs4 server:/export rw,vers=4.2
41 27 0:36 / /mnt/with\\040space rw - fuse.sshfs user@host: rw
42 27 254:1 /x /etc/hostname rw - ext4 /dev/vda1 rw
";

    #[test]
    fn what_sends_no_events_is_recognised() {
        let mounts = Mounts::parse(TEXT);
        let blind_spot = |path: &str| mounts.blind_spot(Path::new(path));
        assert_eq!(blind_spot("/etc/app/config.yaml"), None);
        assert!(blind_spot("/mnt/share/a/config.yaml").is_some_and(|why| why.contains("nfs4")));
        assert!(
            blind_spot("/mnt/with space/config.yaml").is_some_and(|why| why.contains("fuse.sshfs"))
        );
        assert_eq!(blind_spot("/mnt/shared"), None);
        // The file that stands behind the last mount exists on every Linux machine.
        assert!(blind_spot("/etc/hostname").is_none_or(|why| why.contains("mounted alone")));
    }
}
