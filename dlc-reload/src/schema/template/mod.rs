//! The template of a configuration: a file with every key, for an operator to begin with.

mod build;
mod comment;
mod json;
mod prose;
mod scalar;
mod toml;
mod yaml;

use serde_json::Value as Json;

use self::comment::Comment;
use super::outline::Outline;

impl Outline {
    /// Returns the template as YAML.
    pub(crate) fn yaml(&self) -> String {
        yaml::yaml(&build::commented(self))
    }

    /// Returns the template as TOML.
    pub(crate) fn toml(&self) -> String {
        toml::toml(&build::commented(self))
    }

    /// Returns the template as JSON.
    pub(crate) fn json(&self) -> String {
        json::json(&build::entries(self))
    }

    /// Returns the template with all that is a comment in it set, as JSON.
    pub(crate) fn json_with_all(&self) -> String {
        let mut entries = build::entries(self);
        entries.iter_mut().for_each(Entry::switch_on);
        json::json(&entries)
    }
}

/// One key of a template with its value, or a comment alone.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name; none of an item of a list.
    name: String,
    /// The comment before it.
    comments: Vec<Comment>,
    /// True if it is a comment itself, because it need not be set.
    is_off: bool,
    /// True if something has to stand there, though all that may is a comment.
    is_needed: bool,
    content: Content,
}

/// The value of a key.
#[derive(Debug)]
enum Content {
    /// None: there are only comments.
    Nothing,
    /// A value without comments in it.
    Value(Json),
    /// The keys of a section, struct or map.
    Map(Vec<Entry>),
    /// The items of a list.
    List(Vec<Entry>),
}

impl Entry {
    fn switch_on(&mut self) {
        self.is_off = false;
        if let Content::Map(entries) | Content::List(entries) = &mut self.content {
            entries.iter_mut().for_each(Self::switch_on);
        }
    }
}

impl Content {
    /// Returns true if none of these is a key that is set.
    fn is_bare(entries: &[Entry]) -> bool {
        entries.iter().all(|entry| entry.is_off || matches!(entry.content, Self::Nothing))
    }
}
