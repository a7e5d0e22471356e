//! Files, and the files that they include.

use std::{
    borrow::Cow,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Format, Intake, Source,
    parsed::{Parsed, Written},
    permission::Permissions,
    reference,
};
use crate::{
    document::{self, Finding, Node, Place, Value},
    error::{Problem, ProblemKind},
    place::{Key, Origin},
    schema::{Part, SecretLeaf, Shape, Visibility},
};

/// The key that names the files that a file includes, unless the loader is given another one.
pub(crate) const INCLUDE: &str = "include";

/// A file, in the format that its extension names: `.yaml`, `.yml`, `.toml` or `.json`.
///
/// Its key `include` may name other files, as a list of paths relative to the file itself. They lie
/// below the file, in the order of the list: what the file says wins. (A configuration that has a
/// field of that name has no includes, unless [`Loader::include_key`](crate::Loader::include_key) names
/// another key.)
///
/// Keys at its root that begin with `x-` are free for notes, and for anchors in YAML; they are not part
/// of the configuration, and `$schema`, by which editors find a schema, is not either. This holds for
/// every text, for files that are included, and beside a flattened map. (A configuration that has a
/// field of such a name keeps it.)
///
/// With [`Loader::interpolate`](crate::Loader::interpolate), its values may refer to environment variables and to other
/// files.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, source::File};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32, #[reload(restart)] port: u16 }
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-file-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let (base, site) = (folder.join("base.yaml"), folder.join("site.yaml"));
/// std::fs::write(&base, "include: [common.yaml]\nrate: 2\n").unwrap();
/// std::fs::write(folder.join("common.yaml"), "rate: 1\nport: 80\n").unwrap();
/// let loader = Loader::<Config>::new().source(File::required(&base));
/// let config = loader.source(File::optional(&site)).load()?;
/// assert_eq!((config.rate, config.port), (2, 80));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// # Limits
///
/// The size of all files is limited by [`Limits::bytes`](crate::Limits::bytes), their number by
/// [`Limits::files`](crate::Limits::files); a file that is included twice counts twice. Only a regular file, or a link
/// to one, is read; a pipe or a device is an error at once, and never waited for. On Unix it has to belong to root, to
/// the user of the process or to a [trusted](crate::Loader::trust_owner) one, and only its owner and a group of the
/// process may be able to write it. A directory in which others can put another file in its place is [a warning or an
/// error](crate::Loader::refuse_shared_directories). Whatever keeps a file from being read is an error of the load or
/// reload.
#[derive(Clone, Debug)]
pub struct File {
    path: PathBuf,
    presence: Presence,
    /// The format; that of the extension if there is none.
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
    /// Found in a directory just now: if it is gone since then, it is as if it never was there.
    Listed,
}

impl File {
    /// Makes a source of a file that has to exist.
    pub fn required(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), presence: Presence::Required, format: None }
    }

    /// Makes a source of a file that may be absent; a reload reads it once it is there.
    pub fn optional(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), presence: Presence::Optional, format: None }
    }

    pub(super) fn listed(path: PathBuf) -> Self {
        Self { path, presence: Presence::Listed, format: None }
    }

    /// Returns the same file, read in this format whatever its name. Files that it includes have the format that
    /// their names say.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }
}

impl Source for File {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.lies_at(&self.path);
        match read(&self.path, self.format, intake, &mut Vec::new()) {
            Ok(()) => {}
            Err(Unreadable::Absent) if self.presence == Presence::Listed => {}
            Err(Unreadable::Absent) if self.presence == Presence::Optional => {
                intake.is_absent(self.path.display().to_string());
            }
            Err(unreadable) => intake.problem(unreadable.problem(&self.path)),
        }
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.display().to_string().into()
    }
}

/// Reads a file and what it includes. `above` are the files that lead to it by including.
fn read(
    path: &Path,
    format: Option<Format>,
    intake: &mut Intake<'_>,
    above: &mut Vec<PathBuf>,
) -> Result<(), Unreadable> {
    intake.watch_file(path);
    if intake.is_over() {
        intake.incomplete();
        return Ok(());
    }
    match intake.count_file() {
        0 => {}
        1 => return Err(Unreadable::TooMany { most: intake.limits().files }),
        // One message is enough.
        _ => return Ok(()),
    }
    let content = content(path, intake.limits().bytes, intake.permissions())?;
    let name: Arc<str> = path.display().to_string().into();
    let Some(format) = format.or_else(|| Format::from_path(path)) else {
        let message =
            "unknown format, end the name of the file in `.yaml`, `.yml`, `.toml` or `.json`";
        intake.problem(Problem::error(message).with_origin(Origin::source(name)));
        return Ok(());
    };
    let interpolated = intake.variables.is_some();
    let written = Written { format, bytes: &content.text, may_include: true, interpolated };
    let (source, parsed) = intake.parse(Arc::clone(&name), written);
    intake.lies_in_folder_of(source, path);
    if let Some(parsed) = &parsed {
        let holds_secret = || holds_secret(parsed, intake.shape());
        if content.is_exposed && *parsed.holds_secret.get_or_init(holds_secret) {
            intake.exposed(path);
        }
        if let Some(named) = &parsed.include {
            let mut named = named.clone();
            if interpolated {
                let key = intake.include_key().unwrap_or(INCLUDE);
                intake.fill(&mut named, document::Path::Root.name(key), Some(path));
            }
            include(path, &named, intake, above);
        }
    }
    intake.lay_text(source, parsed.as_deref(), Some(path));
    Ok(())
}

/// Reads the files that a file names to be included.
fn include(path: &Path, named: &Node, intake: &mut Intake<'_>, above: &mut Vec<PathBuf>) {
    let refuse = |intake: &mut Intake<'_>, place: Place, message: String| {
        let key = intake.include_key().unwrap_or(INCLUDE).to_owned();
        intake.find(Finding::error(place, message).about(Key::root().child(key)));
    };
    let Some(names) = names(named) else {
        let message = "expected a list of paths, relative to this file".to_owned();
        return refuse(intake, named.place, message);
    };
    above.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    for (place, name) in names {
        if intake.is_unfilled(place) {
            continue;
        }
        let below = beside(Some(path), name);
        let real = below.canonicalize().unwrap_or_else(|_| below.clone());
        if above.contains(&real) {
            let message =
                format!("{} includes itself, remove one of the includes", below.display());
            refuse(intake, place, message);
            continue;
        }
        intake.lies_at(&below);
        match read(&below, None, intake, above) {
            Ok(()) => {}
            Err(Unreadable::Absent) => {
                let message =
                    format!("{} does not exist, create it or remove it here", below.display());
                intake.incomplete();
                refuse(intake, place, message);
            }
            Err(unreadable) => intake.problem(unreadable.problem(&below)),
        }
    }
    above.pop();
}

/// Returns the path of a file that is named in another one, to which a relative path is relative; without one it is as
/// written.
pub(super) fn beside(file: Option<&Path>, path: &str) -> PathBuf {
    file.and_then(Path::parent).unwrap_or_else(|| Path::new("")).join(path)
}

/// Returns the paths of an include, each with its place; `None` where the value is no list of paths.
fn names(node: &Node) -> Option<Vec<(Place, &str)>> {
    match &node.value {
        Value::Scalar(scalar) => Some(vec![(node.place, &*scalar.text)]),
        Value::List(items) => items
            .iter()
            .map(|item| match &item.value {
                Value::Scalar(scalar) => Some((item.place, &*scalar.text)),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn holds_secret(parsed: &Parsed, shape: &Shape) -> bool {
    let (node, leaves) = (&*parsed.tree, shape.secret_leaves());
    let is_text = |node: &Node| {
        let is_elsewhere = |text| parsed.interpolated && reference::is_elsewhere(text);
        node.text().is_some_and(|text| !is_elsewhere(text))
    };
    let is_set = |SecretLeaf { leaf, .. }: &SecretLeaf| {
        leaf.role.is_secret() && node.below(leaf.key.segments()).is_some_and(is_text)
    };
    // Most files that hold a secret have it where it belongs.
    leaves.iter().any(is_set)
        || !leaves.is_empty() && {
            let mut found = false;
            shape.parts(node, &Key::root(), &mut |part, visibility| {
                let is_value = matches!(part, Part::Scalar(node) if is_text(node));
                found |= is_value && visibility == Visibility::Secret;
            });
            found
        }
}

/// The content of a file.
pub(super) struct Content {
    pub(super) text: Vec<u8>,
    pub(super) is_exposed: bool,
}

/// Reads a file under the rules on who may have written a configuration file; `None` where there is none.
///
/// # Errors
///
/// The reason why its content cannot be used, with the remedy.
pub(crate) fn trusted(
    path: &Path,
    most: u64,
    permissions: &Permissions,
) -> Result<Option<Vec<u8>>, String> {
    match content(path, most, permissions) {
        Ok(content) => Ok(Some(content.text)),
        Err(Unreadable::Absent) => Ok(None),
        Err(Unreadable::TooLarge { most }) => {
            Err(format!("larger than {most} bytes, which this program never writes: remove it"))
        }
        Err(unreadable) => Err(unreadable.message()),
    }
}

/// The reason why a file has no content.
#[derive(Debug)]
pub(super) enum Unreadable {
    Absent,
    /// A link that leads nowhere.
    Dangling,
    /// Links that lead to each other.
    Looping,
    /// A directory, a pipe or a device.
    Irregular(&'static str),
    TooLarge {
        most: u64,
    },
    TooMany {
        most: usize,
    },
    NoText,
    /// A user who is not trusted may have written it.
    Untrusted(String),
    Io(io::Error),
}

impl Unreadable {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Absent => "no such file, create it".to_owned(),
            Self::Dangling => {
                "a symbolic link to a file that does not exist, create the file or remove the link"
                    .to_owned()
            }
            Self::Looping => {
                "a symbolic link that leads back to itself, point it at a file".to_owned()
            }
            Self::Irregular(kind) => {
                format!("{kind} and not a file, put a regular file in its place")
            }
            Self::TooLarge { most } => {
                format!("larger than {most} bytes, shorten it")
            }
            Self::TooMany { most } => {
                format!("more than {most} files, join some")
            }
            Self::NoText => "not UTF-8".to_owned(),
            Self::Untrusted(message) => message.clone(),
            Self::Io(error) => match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    "permission denied, let the user of this process read the file".to_owned()
                }
                _ => format!("cannot be read: {error}"),
            },
        }
    }

    pub(super) fn kind(&self) -> ProblemKind {
        match self {
            Self::Untrusted(_) => ProblemKind::Permission,
            Self::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                ProblemKind::Permission
            }
            _ => ProblemKind::Unreadable,
        }
    }

    pub(super) fn problem(&self, path: &Path) -> Problem {
        let origin = Origin::source(path.display().to_string());
        Problem::error(self.message()).with_origin(origin).with_kind(self.kind())
    }
}

/// Reads a regular file of at most `most` bytes. It never waits, whatever stands in place of the file.
pub(super) fn content(
    path: &Path,
    most: u64,
    permissions: &Permissions,
) -> Result<Content, Unreadable> {
    let file = open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if path.symlink_metadata().is_ok() => Unreadable::Dangling,
        io::ErrorKind::NotFound => Unreadable::Absent,
        io::ErrorKind::IsADirectory => Unreadable::Irregular("a directory"),
        _ if is_loop(&error) => Unreadable::Looping,
        _ if is_socket(&error) => Unreadable::Irregular("a pipe, socket or device"),
        _ => Unreadable::Io(error),
    })?;
    // From here on the open handle is asked, not the path: what is checked is what is read.
    let metadata = file.metadata().map_err(Unreadable::Io)?;
    if metadata.is_dir() {
        return Err(Unreadable::Irregular("a directory"));
    }
    if !metadata.is_file() {
        return Err(Unreadable::Irregular("a pipe, socket or device"));
    }
    if let Some(message) = permissions.refuse(&metadata) {
        return Err(Unreadable::Untrusted(message));
    }
    if metadata.len() > most {
        return Err(Unreadable::TooLarge { most });
    }
    let mut text = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    let read = file.take(most.saturating_add(1)).read_to_end(&mut text).map_err(Unreadable::Io)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > most {
        return Err(Unreadable::TooLarge { most });
    }
    Ok(Content { text, is_exposed: permissions.exposes(&metadata) })
}

#[cfg(unix)]
pub(crate) fn open(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Without this flag, opening a pipe waits for a writer.
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// Returns true if a file could not be opened because it is a socket, or a device without a driver.
#[cfg(unix)]
fn is_socket(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV))
}

#[cfg(not(unix))]
pub(crate) fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::open(path)
}

#[cfg(not(unix))]
const fn is_loop(_: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
const fn is_socket(_: &io::Error) -> bool {
    false
}
