//! The names that lead to a file: in every directory on its path, and at every hop of its links.

use std::{
    collections::{BTreeMap, VecDeque},
    ffi::{OsStr, OsString},
    fs,
    path::{Component, Path, PathBuf},
};

use crate::source::{Watched, is_drop_in};

/// The number of links that may stand on one path; the same as on Linux.
const MAX_LINKS: usize = 40;

/// The names that matter in one directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    /// The names that lead to a file, and the source that each leads to, as its author wrote it.
    names: BTreeMap<OsString, PathBuf>,
    /// The source that is the directory itself, where every name in it matters.
    all: Option<PathBuf>,
    /// The same where only the names of drop-in files matter.
    drop_ins: Option<PathBuf>,
    /// True if a name may be the file itself, so that writing to it matters too.
    pub(crate) content: bool,
    /// True if names may come, go and change. If not, all of them are directories that are watched
    /// themselves and hold something, and nothing else that happens here is of interest.
    pub(crate) names_change: bool,
}

impl Interest {
    /// Returns the names that lead to a file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.names.keys().map(OsString::as_os_str)
    }

    /// Returns the source that a name leads to, as its author wrote it; absent for an editor's own
    /// files.
    fn source(&self, name: &OsStr) -> Option<PathBuf> {
        let drop_ins = || self.drop_ins.as_ref().filter(|_| is_drop_in(Path::new(name)));
        let inside = || Some(self.all.as_ref().or_else(drop_ins)?.join(name));
        self.names.get(name).cloned().or_else(inside)
    }
}

/// The directories that have to be watched, by their real paths.
pub(crate) type Interests = BTreeMap<PathBuf, Interest>;

/// Returns the source that the name at the end of a path leads to, if it leads to one.
pub(crate) fn source(interests: &Interests, path: &Path) -> Option<PathBuf> {
    interests.get(path.parent()?)?.source(path.file_name()?)
}

/// Returns true if a source is a file of a directory that is a source as a whole.
pub(crate) fn is_listed(source: &Path, watched: &[Watched]) -> bool {
    let lists = |watched: &Watched| match watched {
        Watched::File(_) => false,
        Watched::Directory(path) | Watched::DropIns(path) => source.parent() == Some(path),
    };
    watched.iter().any(lists)
}

/// Returns true if the name at the end of a path leads to a source.
pub(crate) fn leads(interests: &Interests, path: &Path) -> bool {
    source(interests, path).is_some()
}

/// Returns true if a path that leads to a source is absent, or a directory on its way is.
pub(crate) fn is_missing(interests: &Interests, path: &Path) -> bool {
    let mut absent = path.ancestors().take_while(|path| path.symlink_metadata().is_err());
    absent.any(|path| leads(interests, path))
}

/// Finds every name that leads to one of these files or directories, whether it exists or not.
///
/// Where a directory does not exist, its parent is watched for its name, up to the nearest one that
/// does.
pub(crate) fn trace(watched: &[Watched]) -> Interests {
    let mut interests = Interests::new();
    for watched in watched {
        match watched {
            Watched::File(path) => {
                follow(path, &mut interests);
            }
            Watched::Directory(path) | Watched::DropIns(path) => {
                if let Some(directory) = follow(path, &mut interests) {
                    let interest = interests.entry(directory).or_default();
                    let every = matches!(watched, Watched::Directory(_));
                    let names = if every { &mut interest.all } else { &mut interest.drop_ins };
                    *names = Some(path.clone());
                    interest.content = true;
                    interest.names_change = true;
                }
            }
        }
    }
    // A directory in which nothing is left may be removed without another event in it, and its own
    // watch tells of that only once no process stands in it any more. So its name is watched.
    let empty = |(directory, interest): (&PathBuf, &Interest)| {
        let left = interest.names().any(|name| directory.join(name).symlink_metadata().is_ok());
        (!left).then(|| directory.parent().map(Path::to_path_buf))?
    };
    for above in interests.iter().filter_map(empty).collect::<Vec<_>>() {
        interests.entry(above).and_modify(|above| above.names_change = true);
    }
    interests
}

/// Walks a path name by name; returns the directory at its end, if there is one.
fn follow(source: &Path, interests: &mut Interests) -> Option<PathBuf> {
    // Only an empty path has no absolute form.
    let path = std::path::absolute(source).ok()?;
    let mut names: VecDeque<OsString> = VecDeque::new();
    let mut current = push_front(&mut names, &path, PathBuf::from("/"));
    let mut links = 0;
    while let Some(name) = names.pop_front() {
        if name == ".." {
            current.pop();
            continue;
        }
        let interest = interests.entry(current.clone()).or_default();
        interest.content |= names.is_empty();
        interest.names.entry(name.clone()).or_insert_with(|| source.to_path_buf());

        let next = current.join(&name);
        let metadata = next.symlink_metadata();
        interest.names_change |= !metadata.as_ref().is_ok_and(fs::Metadata::is_dir);
        let kind = metadata.ok()?.file_type();
        if kind.is_symlink() {
            links += 1;
            if links > MAX_LINKS {
                return None;
            }
            let target = next.read_link().ok()?;
            current = push_front(&mut names, &target, current);
        } else if kind.is_dir() {
            current = next;
        } else {
            return None;
        }
    }
    Some(current)
}

/// Puts the names of a path before those that are still to be walked; returns the directory to go on
/// from.
fn push_front(names: &mut VecDeque<OsString>, path: &Path, mut current: PathBuf) -> PathBuf {
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => names.push_front(name.to_owned()),
            Component::ParentDir => names.push_front("..".into()),
            Component::RootDir | Component::Prefix(_) => current = component_root(path),
            Component::CurDir => {}
        }
    }
    current
}

/// Returns `/`, or the drive where there are drives.
fn component_root(path: &Path) -> PathBuf {
    path.components()
        .take_while(|part| matches!(part, Component::Prefix(_) | Component::RootDir))
        .collect()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir()
                .join(format!("dlc-reload-trace-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path.canonicalize().unwrap())
        }

        /// Returns what is watched below the folder: `directory: names`.
        fn traced(&self, file: &str) -> Vec<String> {
            let interests = trace(&[Watched::File(self.0.join(file))]);
            let below = |(directory, interest): (&PathBuf, &Interest)| {
                let directory = directory.strip_prefix(&self.0).ok()?;
                let names: Vec<_> = interest.names().map(|name| name.to_string_lossy()).collect();
                let content = if interest.content { " (content)" } else { "" };
                Some(format!("{}: {}{content}", directory.display(), names.join(" ")))
            };
            interests.iter().filter_map(below).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_plain_file_is_watched_by_its_directory() {
        let folder = Folder::new("plain");
        fs::create_dir(folder.0.join("etc")).unwrap();
        fs::write(folder.0.join("etc/config.yaml"), "").unwrap();
        assert_eq!(folder.traced("etc/config.yaml"), [": etc", "etc: config.yaml (content)"]);
    }

    #[test]
    fn what_is_missing_is_watched_from_the_nearest_directory() {
        let folder = Folder::new("missing");
        assert_eq!(folder.traced("etc/app/config.yaml"), [": etc"]);
    }

    #[test]
    fn every_hop_of_a_config_map_is_watched() {
        let folder = Folder::new("configmap");
        fs::create_dir(folder.0.join("..2026")).unwrap();
        fs::write(folder.0.join("..2026/config.yaml"), "").unwrap();
        symlink("..2026", folder.0.join("..data")).unwrap();
        symlink("..data/config.yaml", folder.0.join("config.yaml")).unwrap();
        assert_eq!(
            folder.traced("config.yaml"),
            [": ..2026 ..data config.yaml (content)", "..2026: config.yaml (content)"]
        );
    }

    #[test]
    fn an_event_is_about_the_source_it_leads_to_and_no_editor_file_is_one() {
        let folder = Folder::new("source");
        fs::create_dir_all(folder.0.join("map/..2026")).unwrap();
        fs::create_dir(folder.0.join("conf.d")).unwrap();
        symlink("..2026", folder.0.join("map/..data")).unwrap();
        symlink("..data/config.yaml", folder.0.join("map/config.yaml")).unwrap();
        let (file, directory) = (folder.0.join("map/config.yaml"), folder.0.join("conf.d"));
        let interests = trace(&[Watched::File(file.clone()), Watched::DropIns(directory.clone())]);
        for (place, name, expected) in [
            ("map", "config.yaml", Some(file.clone())),
            ("map", "..data", Some(file.clone())),
            ("map", ".config.yaml.swp", None),
            ("conf.d", "10-local.yaml", Some(directory.join("10-local.yaml"))),
            ("conf.d", ".10-local.yaml.swp", None),
            ("conf.d", "10-local.yaml~", None),
        ] {
            assert_eq!(source(&interests, &folder.0.join(place).join(name)), expected, "{name}");
        }
    }

    #[test]
    fn links_that_loop_or_dangle_end_somewhere() {
        let folder = Folder::new("loop");
        symlink("b", folder.0.join("a")).unwrap();
        symlink("a", folder.0.join("b")).unwrap();
        symlink("../nowhere/c", folder.0.join("dangling")).unwrap();
        assert_eq!(folder.traced("a"), [": a b (content)"]);
        assert_eq!(folder.traced("dangling"), [": dangling (content)"]);
    }
}
