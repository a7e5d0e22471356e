//! Files that values name: a path with the content behind it, and a path alone.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};

/// The names under which the two types ask for a value; the deserializer of the loader knows them.
pub(crate) const FILE_TEXT: &str = "$dlc_reload::FileText";
pub(crate) const RELATIVE_PATH: &str = "$dlc_reload::RelativePath";

/// The number of bytes of a digest that are shown.
const SHOWN: usize = 4;

/// A text file that a source names by its path: a certificate, a key, a list.
///
/// The value is path and content. The file is read with the sources and watched like them, so that a certificate that
/// is renewed under the same path is a change, also through the links of a ConfigMap or Secret; the same content is
/// none. A file that is missing, cannot be read, is too large or no UTF-8 is an error at the line that names it, and
/// changes nothing.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, Trigger, units::FileText};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
/// struct Tls {
///     #[reload(hot, live)]
///     cert: FileText,
///     #[reload(hot, live)]
///     authorities: Option<FileText>,
/// }
///
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-file-text-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let (config, cert) = (folder.join("tls.yaml"), folder.join("cert.pem"));
/// std::fs::write(&config, "cert: cert.pem\n").unwrap();
/// std::fs::write(&cert, "the first").unwrap();
/// let boot = Loader::<Tls>::new().file(&config).load()?;
/// assert_eq!((boot.cert.text(), boot.cert.path()), ("the first", &*cert));
///
/// let reloader = boot.reloader().start()?;
/// std::fs::write(&cert, "the second").unwrap();
/// let report = reloader.reload(Trigger::api("renewed")).wait()?;
/// assert_eq!(reloader.handle().load().cert.text(), "the second");
/// assert_eq!(report.changes()[0].new.as_ref().unwrap(), "cert.pem (sha256:066085a4)");
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// # The path
///
/// It is relative to the file that names it. What a variable, an override or any other text names is relative to the
/// working directory of the process.
///
/// # Where it can stand
///
/// It is a leaf, or a part of one: in an `Option`, a list, a map, a struct or an enum. It cannot be read inside of an
/// enum with a tag (or `untagged`) nor in what is flattened, because serde keeps the values there without their places.
///
/// # What is shown and kept
///
/// The content is never shown, so that a key may be `hot`: reports, the history, the audit, `Debug` and `Serialize`
/// have the path as it was written and the beginning of the SHA-256 of the content. Nothing but these is written to
/// disk. A rollback within the process has the content of then; the last known good, and a generation of an earlier
/// process, read the file as it is at the time. An override has the content of the time at which it began.
///
/// A content that can be guessed, such as a password, is found by its digest: use a [`Secret`](crate::Secret), which
/// can be read from a file as well.
///
/// # Limits
///
/// The files count as sources do: their size by [`Limits::bytes`](crate::Limits::bytes), together with the sources,
/// their number by [`Limits::files`](crate::Limits::files), and the rules on who may write them.
#[derive(Clone, PartialEq, Eq)]
pub struct FileText {
    written: Box<str>,
    path: PathBuf,
    text: Arc<str>,
}

impl FileText {
    /// Makes the value of a file of this path and content, such as for the test of a hook.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        Self { written: path.display().to_string().into(), path, text: text.into() }
    }

    /// Returns the content.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the path at which the file was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path as it is written in a text that may be that of a value which was shown.
    pub(crate) fn named(text: &str) -> &str {
        let shown = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (sha256:"));
        let is_digest = |digest: &str| {
            digest.len() == 2 * SHOWN && digest.bytes().all(|letter| letter.is_ascii_hexdigit())
        };
        shown.filter(|(_, digest)| is_digest(digest)).map_or(text, |(path, _)| path)
    }
}

/// Returns the beginning of the digest of a content.
pub(crate) fn digest(text: &str) -> String {
    let mut written = String::new();
    for byte in &Sha256::digest(text.as_bytes())[..SHOWN] {
        // Writing into a text cannot fail.
        let _ = write!(written, "{byte:02x}");
    }
    written
}

/// The path, and the beginning of the digest of the content.
impl fmt::Display for FileText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sha256:{})", self.written, digest(&self.text))
    }
}

/// Leaves out the content, which may be a key.
impl fmt::Debug for FileText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileText({self})")
    }
}

impl Serialize for FileText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [written, path, text] =
            deserializer.deserialize_newtype_struct(FILE_TEXT, Parts::<3>)?;
        Ok(Self { written: written.into(), path: path.into(), text: text.into() })
    }
}

impl JsonSchema for FileText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FileText".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "path",
            "description": "The path of a text file, relative to the file that names it; a change of its content is a change.",
        })
    }
}

/// A path that is relative to the file that names it; it dereferences to [`Path`].
///
/// A path that no file names, but a variable or an override, is relative to the working directory of the process, and
/// one that begins at the root stays as it is. Nothing is read: the content of a file is a [`FileText`]. It can stand
/// where that can.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, units::RelativePath};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize, Reloadable)]
/// struct Config {
///     #[reload(restart)]
///     data: RelativePath,
/// }
///
/// # let folder = std::env::temp_dir().join(format!("dlc-reload-path-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let file = folder.join("config.yaml");
/// std::fs::write(&file, "data: var/lib\n").unwrap();
/// let boot = Loader::<Config>::new().file(&file).load()?;
/// assert_eq!(*boot.data, folder.join("var/lib"));
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(PathBuf);

impl RelativePath {
    /// Makes a path that is relative to nothing but the working directory.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl Deref for RelativePath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for RelativePath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Serialize for RelativePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.display())
    }
}

impl<'de> Deserialize<'de> for RelativePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [path] = deserializer.deserialize_newtype_struct(RELATIVE_PATH, Parts::<1>)?;
        Ok(Self(path.into()))
    }
}

impl JsonSchema for RelativePath {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "RelativePath".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "path",
            "description": "A path, relative to the file that names it.",
        })
    }
}

/// Takes the texts that the deserializer of the loader makes of a path.
struct Parts<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for Parts<N> {
    type Value = [String; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the path of a file")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<[String; N], A::Error> {
        let mut found = [const { String::new() }; N];
        for part in &mut found {
            *part = parts.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        }
        Ok(found)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<[String; N], D::Error> {
        Err(D::Error::custom(
            "a path cannot be read here, because the place that names it is not known: in the program, take the tag off the enum around it, or the `flatten`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_names_the_file_again() {
        let file = FileText::new("tls/cert.pem", "content");
        assert_eq!(file.to_string(), "tls/cert.pem (sha256:ed7002b4)");
        assert_eq!(FileText::named(&file.to_string()), "tls/cert.pem");
        for text in ["cert.pem", "a (sha256:ed7002b)", "a (sha256:ed7002bx)", "sha256:ed7002b4)"] {
            assert_eq!(FileText::named(text), text);
        }
    }

    #[test]
    fn no_other_deserializer_makes_a_path() {
        let said = serde_json::from_str::<FileText>("\"a.pem\"").unwrap_err().to_string();
        assert!(said.contains("a path cannot be read here"), "{said}");
        assert!(serde_json::from_str::<RelativePath>("\"a\"").is_err());
        assert!(serde_json::from_str::<FileText>("[\"a\", \"a\", \"made up\"]").is_err());
    }
}
