//! One edit of a text, beside which every byte stays.

use std::ops::Range;

/// The replacement of a piece of a text by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) new: String,
}

impl Edit {
    pub(super) fn insertion(at: usize, new: String) -> Self {
        Self { at: at..at, new }
    }

    pub(super) fn of(&self, text: &str) -> String {
        [&text[..self.at.start], &self.new, &text[self.at.end..]].concat()
    }

    /// Returns the piece that goes, and the one that comes, on one line each.
    pub(super) fn pieces<'t>(&'t self, text: &'t str) -> (Option<&'t str>, &'t str) {
        let old = text[self.at.clone()].trim();
        (Some(old).filter(|old| !old.is_empty()), self.new.trim().trim_end_matches(',').trim_end())
    }

    /// Returns the number of the line at which it is, from 1.
    pub(super) fn line(&self, text: &str) -> usize {
        let leading = self.new.len() - self.new.trim_start().len();
        let breaks = |text: &str| text.matches('\n').count();
        1 + breaks(&text[..self.at.start]) + breaks(&self.new[..leading])
    }
}

/// The mark at the beginning of files that some editors write.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns the offset of the first letter of a text.
pub(super) fn start(text: &str) -> usize {
    text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len()
}

/// Returns the end of the lines of a text, as its first line has it.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
