//! The last defence against secrets in messages: every text that stands at a secret key of the document
//! is taken out of what authors say, in every form in which they may quote it.

mod forms;
mod quote;

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Arc, Mutex, OnceLock},
};

use self::forms::forms;
pub(crate) use self::quote::quotes;
use crate::{
    document::{Document, Reference},
    place::Key,
    schema::{Part, Shape, Visibility},
    secret::REDACTED,
    sync::lock,
};

/// The length in characters from which a secret that is no word is taken out of the middle of other text, too.
/// Anything else stands there by chance, and taking it out would tell what the secret is.
const LONG: usize = 6;

/// The length in characters below which a secret is never taken out: it stands in most messages anyway, and is
/// easily guessed.
const SHORTEST: usize = 3;

/// The secrets of one document.
#[derive(Default)]
pub(crate) struct Redaction {
    /// Longest first, so that a secret that holds another one goes as a whole.
    texts: Vec<String>,
}

impl Redaction {
    pub(crate) fn of(document: &Document, shape: &Shape) -> Self {
        if shape.secret_leaves().is_empty() {
            return Self::default();
        }
        let mut texts = BTreeSet::new();
        parts(document, shape, &mut |part, visibility| {
            if visibility == Visibility::Secret {
                texts.extend(text_of(part));
                // A password in a URL, say, which is quoted alone.
                if let Part::Scalar(node) = part {
                    let reference = document.references.at(node.place);
                    texts.extend(reference.into_iter().flat_map(Reference::texts));
                }
            }
        });
        Self::of_texts(texts)
    }

    /// Makes that of secrets that are known.
    pub(crate) fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let forms: BTreeSet<_> = texts.into_iter().flat_map(forms).collect();
        let long = |text: &String| text.chars().count() >= SHORTEST;
        Self::longest_first(forms.into_iter().filter(long).collect())
    }

    fn longest_first(mut texts: Vec<String>) -> Self {
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { texts }
    }

    /// Adds the secrets of another document. One of them may be the start of one of these.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        self.texts.extend(other.texts.iter().cloned());
        Self::longest_first(self.texts)
    }

    /// Returns true if a part of a text shows a secret that would be taken out of the text, or a piece of one.
    pub(crate) fn finds(&self, text: &str, part: &Range<usize>) -> bool {
        self.texts.iter().any(|secret| {
            // With the character beside it, which tells a word from a part of one.
            let reach = secret.len() + '\u{10ffff}'.len_utf8();
            let start = text.floor_char_boundary(part.start.saturating_sub(reach));
            let end = text.ceil_char_boundary(part.end.saturating_add(reach));
            without(&text[start..end], secret).is_some()
        })
    }

    /// Takes every secret out of a message.
    pub(crate) fn apply(&self, message: &mut String) {
        for secret in &self.texts {
            if let Some(clean) = without(message, secret) {
                *message = clean;
            }
        }
    }
}

/// The secrets in force, which are looked for in the document of the start when something is to be said.
#[derive(Default)]
pub(crate) struct InForce {
    document: Mutex<Option<Arc<Document>>>,
    found: OnceLock<Redaction>,
}

impl InForce {
    /// Makes those of the configuration that a process starts with. They are `restart`, so they stay in force.
    pub(crate) fn of(document: Arc<Document>) -> Self {
        Self { document: Mutex::new(Some(document)), found: OnceLock::new() }
    }

    /// Finds them, unless that was done before, and lets the document go.
    pub(crate) fn find(&self, shape: &Shape) -> &Redaction {
        self.found.get_or_init(|| {
            let document = lock(&self.document).take();
            document.map(|document| Redaction::of(&document, shape)).unwrap_or_default()
        })
    }
}

/// Returns the text of a part; none where it is `null`.
fn text_of(part: Part<'_>) -> Option<&str> {
    match part {
        Part::Name(name, _) => Some(name),
        Part::Scalar(node) => node.text(),
    }
}

/// Visits every part of a document with its visibility, those that a later source replaces included.
fn parts<'d>(document: &'d Document, shape: &Shape, found: &mut impl FnMut(Part<'d>, Visibility)) {
    shape.parts(&document.root, &Key::root(), found);
    for replaced in &document.replaced {
        shape.parts(&replaced.node, &replaced.key, found);
    }
}

/// Returns a message with every occurrence of a secret masked; `None` if it has none.
fn without(message: &str, secret: &str) -> Option<String> {
    let is_word = secret.chars().all(char::is_alphabetic) || secret.chars().count() < LONG;
    let mut clean = String::new();
    let mut rest = message;
    let mut masked = false;
    while let Some(at) = rest.find(secret) {
        let (before, found) = rest.split_at(at);
        let after = &found[secret.len()..];
        clean.push_str(before);
        let inside = is_word && (joins(&clean, secret) || joins(secret, after));
        clean.push_str(if inside { secret } else { REDACTED });
        masked |= !inside;
        rest = after;
    }
    clean.push_str(rest);
    masked.then_some(clean)
}

/// Returns true if the end of one text and the start of the next are parts of one word.
fn joins(before: &str, after: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    before.chars().next_back().is_some_and(in_word) && after.chars().next().is_some_and(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_may_be_a_word_leaves_other_words_alone() {
        let cases = [
            (
                "expected `six` here, not sixty",
                "six",
                Some("expected `[redacted]` here, not sixty"),
            ),
            ("hunter2hunter2", "hunter2", Some("[redacted][redacted]")),
            ("says ab and abc", "ab", Some("says [redacted] and abc")),
            ("`pkcs12_password` is needed", "password", None),
            ("the passwords", "password", None),
            ("a1b a1b2", "a1b", Some("[redacted] a1b2")),
        ];
        for (message, secret, expected) in cases {
            assert_eq!(without(message, secret).as_deref(), expected);
        }
    }
}
