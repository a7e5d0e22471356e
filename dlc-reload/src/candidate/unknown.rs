//! Keys that no field has.

use crate::{
    document::{Entry, Finding, Ignored, Map, Node, Path, Retry, misspelt},
    error::{ProblemKind, Severity},
    place::Segment,
    section::{FieldInfo, Found, Table},
};

/// The treatment of keys that no field has, at every depth; see [`Loader::unknown_keys`].
///
/// The message proposes the name that was probably meant.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, UnknownKeys};
///
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] #[serde(default)] port: u16 }
/// let loader = || Loader::<Config>::new().text("yaml", "prot: 80");
///
/// let error = loader().load().unwrap_err();
/// assert_eq!(error.to_string(), "text:1:1: prot: unknown key, did you mean `port`?");
///
/// let boot = loader().unknown_keys(UnknownKeys::Warn).load()?;
/// assert_eq!(boot.port, 0);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// [`Loader::unknown_keys`]: crate::Loader::unknown_keys
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownKeys {
    /// The candidate is refused.
    #[default]
    Refuse,
    /// The key is ignored, with a warning.
    Warn,
}

impl UnknownKeys {
    /// Returns a finding about an unknown key as severe as the author wants it.
    pub(super) fn applied(self, finding: Finding) -> Finding {
        let severity = match self {
            Self::Refuse => Severity::Error,
            Self::Warn => Severity::Warning,
        };
        Finding { severity, ..finding }.of(ProblemKind::UnknownKey)
    }
}

/// Finds every unknown key, at every depth down to the leaves. `read` is what is known from reading all of it, if that
/// went well.
pub(crate) fn unknown_keys(
    root: &Node,
    table: &'static Table,
    treat: UnknownKeys,
    read: Option<&Retry>,
) -> Vec<Finding> {
    // Most often a struct has named its fields and found all keys known.
    let read = read.filter(|retry| !retry.has_ignored());
    let mut search = Search { treat, read, found: Vec::new() };
    search.section(root, table, &Path::Root);
    search.found
}

/// Returns a finding for each key that a struct inside of a leaf did not want.
///
/// Only serde knows those structs, so the keys were found while it read them.
pub(crate) fn unknown_inside(
    ignored: Vec<Ignored>,
    table: &'static Table,
    treat: UnknownKeys,
) -> Vec<Finding> {
    let inside =
        ignored.into_iter().filter(|ignored| is_inside_a_leaf(table, ignored.key.segments()));
    inside
        .map(|Ignored { key, place, fields }| {
            let written = match key.segments().last() {
                Some(Segment::Name(name)) => name.clone(),
                _ => "".into(),
            };
            let message = misspelt(&written, fields.iter().copied()).unwrap_or_else(|| {
                format!("unknown key, remove it or write one of `{}`", fields.join("`, `"))
            });
            treat.applied(Finding::error(place, message).about(key))
        })
        .collect()
}

/// Returns true if a key lies below a leaf, where the table has no fields.
fn is_inside_a_leaf(table: &'static Table, key: &[Segment]) -> bool {
    match table.find(key) {
        Found::Leaf(field, _, below) => !field.flatten && !below.is_empty(),
        Found::Section(_) | Found::Nothing => false,
    }
}

struct Search<'r> {
    treat: UnknownKeys,
    read: Option<&'r Retry>,
    found: Vec<Finding>,
}

impl Search<'_> {
    fn below(&mut self, field: &FieldInfo, node: &Node, path: &Path<'_>) {
        field.each_section(node, path, &mut |node, table, path| self.section(node, table, path));
    }

    fn section(&mut self, node: &Node, table: &'static Table, path: &Path<'_>) {
        let Some(map) = node.as_map() else { return };
        if self.read.is_some_and(|retry| retry.is_struct(map)) {
            for field in table.fields {
                if let Some(entry) = map.get(field.name) {
                    self.below(field, &entry.node, &path.name(field.name));
                }
            }
            return;
        }
        let takes_everything = table.flattened_leaf().is_some();
        for (name, entry) in map {
            let path = path.name(name);
            match table.field(name) {
                Some(field) => self.below(field, &entry.node, &path),
                None if takes_everything => {}
                None => {
                    let text = match table.reason_for_removal(name) {
                        Some(reason) => format!("removed: {reason}"),
                        None => unknown(name, entry, map, &table.names()),
                    };
                    let finding = Finding::error(entry.key, text).about(path.key());
                    self.found.push(self.treat.applied(finding));
                }
            }
        }
    }
}

/// Returns the message about an entry of a map that takes other names only.
pub(super) fn unknown(name: &str, entry: &Entry, map: &Map, known: &[&str]) -> String {
    // A name that the same source sets beside this one cannot be what was meant.
    let source = entry.key.source;
    let meant =
        known.iter().filter(|known| map.get(**known).is_none_or(|set| set.key.source != source));
    let free: Vec<&str> = known.iter().copied().filter(|known| !map.contains_key(*known)).collect();
    misspelt(name, meant.copied()).unwrap_or_else(|| match free.len() {
        0 | 13.. => "unknown key, remove it".to_owned(),
        _ => format!("unknown key, remove it or write one of `{}`", free.join("`, `")),
    })
}
