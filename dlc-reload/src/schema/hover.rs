//! The words of a schema for people: what an editor shows beside a key.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::section::Class;

/// The keyword of a property that some source has to set. A schema of one of several sources has no `required` for it.
pub(super) const REQUIRED: &str = "x-required";

/// The facts about a key that an editor shows beside its doc comment.
#[derive(Debug, Default)]
pub(super) struct Hover {
    /// The sentence on when a change takes effect; empty of a section whose keys differ in that.
    pub(super) effect: String,
    pub(super) is_required: bool,
    pub(super) is_secret: bool,
    /// The sentence on why the key should not be written any more.
    pub(super) deprecated: Option<String>,
}

/// Returns the sentence on a leaf of a class.
pub(super) const fn of_class(class: Class) -> &'static str {
    match class {
        Class::Hot => "Changes live.",
        Class::Restart => "Takes effect at the next start.",
    }
}

/// Returns the sentence on a section all of whose leaves have one class.
pub(super) const fn of_all(class: Class) -> &'static str {
    match class {
        Class::Hot => "Everything in it changes live.",
        Class::Restart => "Everything in it takes effect at the next start.",
    }
}

/// Returns the sentence on a section that may be absent.
pub(super) const fn of_presence(class: Class) -> &'static str {
    match class {
        Class::Hot => "May be added and removed live.",
        Class::Restart => "Adding or removing it takes effect at the next start.",
    }
}

impl Hover {
    /// Puts the words into the description of a property, after the doc comment, as plain text and as Markdown.
    pub(super) fn describe(&self, property: &mut Map<String, Value>, docs: Option<String>) {
        let (mut plain, mut markdown) = (String::new(), String::new());
        let mut say = |sentence: &str, mark: &str| {
            for (text, mark) in [(&mut plain, ""), (&mut markdown, mark)] {
                let gap = if text.is_empty() { "" } else { " " };
                // Writing to a string cannot fail.
                let _ = write!(text, "{gap}{mark}{sentence}{mark}");
            }
        };
        if let Some(why) = &self.deprecated {
            say(why, "");
        }
        if self.is_required {
            say("Required.", "");
            property.insert(REQUIRED.into(), true.into());
        }
        if self.is_secret {
            say("Secret.", "");
        }
        if !self.effect.is_empty() {
            say(&self.effect, "**");
        }
        let docs = docs.unwrap_or_default();
        for (keyword, words) in [("description", plain), ("markdownDescription", markdown)] {
            let parts = [docs.trim(), words.as_str()];
            let text: Vec<_> = parts.into_iter().filter(|text| !text.is_empty()).collect();
            if !text.is_empty() {
                property.insert(keyword.into(), text.join("\n\n").into());
            }
        }
    }
}
