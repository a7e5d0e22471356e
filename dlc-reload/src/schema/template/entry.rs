//! The entries of a template, before they are text.

use serde_json::Value as Json;

use super::comment::Comment;

/// One key of a template with its value, or a comment alone.
#[derive(Debug)]
pub(super) struct Entry {
    /// The name; none of an item of a list.
    pub(super) name: String,
    /// The comment before it.
    pub(super) comments: Vec<Comment>,
    /// True if it is a comment itself, because it need not be set.
    pub(super) is_off: bool,
    /// True if something has to stand there, though all that may is a comment.
    pub(super) is_needed: bool,
    pub(super) content: Content,
}

/// The value of a key.
#[derive(Debug)]
pub(super) enum Content {
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
    pub(super) fn switch_on(&mut self) {
        self.is_off = false;
        if let Content::Map(entries) | Content::List(entries) = &mut self.content {
            entries.iter_mut().for_each(Self::switch_on);
        }
    }
}

impl Content {
    /// Returns true if none of these is a key that is set.
    pub(super) fn is_bare(entries: &[Entry]) -> bool {
        entries.iter().all(|entry| entry.is_off || matches!(entry.content, Self::Nothing))
    }
}
