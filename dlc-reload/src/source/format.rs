//! The formats that a source can be written in.

use std::{fmt, path::Path};

use crate::document::{Builder, Finding, Limits, Node, Place, SourceId, Spent, Value, characters};

/// The format of a text: YAML, TOML or JSON.
///
/// Each format is read by one library behind a Cargo feature of the same name; a format whose
/// feature is off is refused with a message that says so.
///
/// # YAML
///
/// Where a text could mean two things, it is refused or read as people who did not write it would:
///
/// - Only `true` and `false` are booleans; `yes`, `no`, `on` and `off` are strings.
/// - An integer with a leading zero (`0644`), which YAML 1.1 reads as octal, is refused wherever no string is
///   wanted, in variables too: write `0o644` or `644`. For a string it is its text, as other numbers are.
/// - An anchor on nothing (`token: &abc`), an alias of no anchor (`token: *abc`), a tag that is none of the
///   core schema (`token: !abc`) and a value without a key are refused: a text that begins so needs quotes.
/// - A key of `{…}` without a colon is refused: `{port:80}` is the key `port:80`, because no space follows the
///   colon.
/// - A block (`|` or `>`) at the end of a file that has no line end there has none either.
/// - One file holds one document; `---` and nothing after it may end it.
///
/// Keys at the root of a text that begin with `x-`, in every format, are no keys of the configuration: see
/// [`File`](super::File).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2: `.yaml` and `.yml`.
    Yaml,
    /// TOML 1.1, with every line end read as LF: `.toml`.
    Toml,
    /// JSON as RFC 8259 has it, without comments: `.json`.
    Json,
}

impl Format {
    /// Returns the format that the extension of a path names, in upper or lower case.
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        Self::from_name(path.as_ref().extension()?.to_str()?)
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Returns its name, as the Cargo feature has it: `yaml`, `toml` or `json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Json => "json",
        }
    }

    /// Reads a text into a tree whose root is a map, and returns it with every finding. There is no
    /// tree where the text does not hold one.
    pub(crate) fn parse(
        self,
        source: SourceId,
        text: &str,
        limits: &Limits,
        spent: &mut Spent,
    ) -> (Option<Node>, Vec<Finding>) {
        let mut builder = Builder::after(limits, *spent);
        if let Err(finding) = self.read(source, text, &mut builder) {
            builder.break_off(finding);
        }
        *spent = builder.spent();
        let (node, mut findings) = builder.finish();
        match node {
            Some(node) if matches!(node.value, Value::Map(_)) => return (Some(node), findings),
            Some(node) if !node.is_null() => {
                let mut message = format!("expected a map of keys, found {}", node.describe());
                message += &characters::hint(text, node.place);
                findings.push(Finding::error(node.place, message));
            }
            _ if findings.is_empty() => {
                findings.push(Finding::error(Place::whole(source), self.emptiness()));
            }
            _ => {}
        }
        (None, findings)
    }

    const fn emptiness(self) -> &'static str {
        match self {
            Self::Yaml | Self::Json => "holds no keys, write `{}` if that is meant",
            Self::Toml => "holds no keys, remove the source if that is meant",
        }
    }

    #[cfg_attr(
        not(any(feature = "yaml", feature = "toml", feature = "json")),
        expect(unused_variables, reason = "without a format nothing is read")
    )]
    fn read(self, source: SourceId, text: &str, builder: &mut Builder<'_>) -> Result<(), Finding> {
        match self {
            #[cfg(feature = "yaml")]
            Self::Yaml => super::yaml::parse(source, text, builder),
            #[cfg(feature = "toml")]
            Self::Toml => super::toml::parse(source, text, builder),
            #[cfg(feature = "json")]
            Self::Json => super::json::parse(source, text, builder),
            #[cfg(not(all(feature = "yaml", feature = "toml", feature = "json")))]
            off => {
                let name = off.as_str();
                let remedy = match READ {
                    [] => String::new(),
                    names => format!(", write {}", names.join(" or ")),
                };
                let message = format!("this program reads no {name}{remedy}");
                Err(Finding::error(Place::whole(source), message))
            }
        }
    }
}

/// The names of the formats that are read.
#[cfg(not(all(feature = "yaml", feature = "toml", feature = "json")))]
const READ: &[&str] = &[
    #[cfg(feature = "yaml")]
    "yaml",
    #[cfg(feature = "toml")]
    "toml",
    #[cfg(feature = "json")]
    "json",
];

/// Reads the name of a format: `yaml`, `yml`, `toml` or `json`, in upper or lower case.
impl TryFrom<&str> for Format {
    type Error = UnknownFormat;

    fn try_from(name: &str) -> Result<Self, UnknownFormat> {
        Self::from_name(name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown format {:?}, write `yaml`, `toml` or `json`", self.0)
    }
}

impl std::error::Error for UnknownFormat {}
