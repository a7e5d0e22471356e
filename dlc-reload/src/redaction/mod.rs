//! The last defence against secrets in messages: every text that stands at a secret key of the document
//! is taken out, of the author's messages as well as of the library's.

mod quote;

pub(crate) use self::quote::quotes;
use crate::{
    document::{Document, Node, Value},
    schema::{Shape, Visibility},
    secret::REDACTED,
};

/// The length in bytes from which a secret is taken out anywhere. A shorter one is taken out where it
/// stands alone; anywhere else it is part of a word.
const LONG: usize = 4;

/// The length in bytes, spaces around it left out, below which a secret is never taken out: it stands in
/// most messages anyway, and is easily guessed.
const SHORTEST: usize = 3;

/// The secrets of one document.
#[derive(Default)]
pub(crate) struct Redaction {
    /// Longest first, so that a secret that holds another one goes as a whole.
    texts: Vec<String>,
}

impl Redaction {
    pub(crate) fn of(document: &Document, shape: &Shape) -> Self {
        let mut texts = Vec::new();
        let mut keep = |node: &Node, visibility| {
            let text = match &node.value {
                _ if visibility != Visibility::Secret => return,
                Value::Scalar(scalar) => &scalar.text,
                Value::Untyped(untyped) => &untyped.text,
                _ => return,
            };
            // Messages quote strings as Rust writes them.
            let escaped = format!("{text:?}");
            let escaped = escaped.trim_matches('"');
            if *escaped != **text {
                texts.push(escaped.to_owned());
            }
            texts.push(text.to_string());
        };
        scalars(document, shape, &mut keep);
        texts.retain(|text| text.trim().len() >= SHORTEST);
        texts.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        texts.dedup();
        Self { texts }
    }

    /// Returns true if a text holds a secret that would be taken out of it.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.texts
            .iter()
            .any(|secret| text.contains(secret.as_str()) && without(text, secret) != text)
    }

    /// Takes every secret out of a message.
    pub(crate) fn apply(&self, message: &mut String) {
        for text in &self.texts {
            if message.contains(text.as_str()) {
                *message = without(message, text);
            }
        }
    }
}

/// Visits every scalar of a document with its visibility, those that a later source replaces included.
fn scalars(document: &Document, shape: &Shape, found: &mut impl FnMut(&Node, Visibility)) {
    shape.scalars(&document.root, found);
    for replaced in &document.replaced {
        shape.scalars_at(&replaced.node, &replaced.key, found);
    }
}

/// Returns a message with every occurrence of a secret masked.
fn without(message: &str, secret: &str) -> String {
    let mut clean = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(secret) {
        let (before, found) = rest.split_at(at);
        let after = &found[secret.len()..];
        clean.push_str(before);
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside = joined(clean.chars().next_back()) || joined(after.chars().next());
        clean.push_str(if secret.len() < LONG && inside { secret } else { REDACTED });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_leaves_words_alone() {
        let cases = [
            ("expected `six` here, not sixty", "six", "expected `[redacted]` here, not sixty"),
            ("hunter2hunter2", "hunter2", "[redacted][redacted]"),
            ("says ab and abc", "ab", "says [redacted] and abc"),
        ];
        for (message, secret, expected) in cases {
            assert_eq!(without(message, secret), expected);
        }
    }
}
