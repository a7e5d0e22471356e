//! The words for what is found in a document: everything that may be a secret is left out of them.

use std::cell::OnceCell;

use crate::{
    document::{Document, Finding, Mismatch, Place, ScalarKind},
    error::Problem,
    key::Key,
    redaction::Redaction,
    schema::Shape,
};

/// The text that follows a message whose key is cut short.
const CUT: &str = "(the rest of the key is not shown, because it may hold a secret)";

/// The length in bytes up to which a text that a type refused is quoted.
const MAX_FOUND: usize = 60;

/// The knowledge of which text may be said of a document.
pub(super) struct Said<'d> {
    document: &'d Document,
    shape: &'d Shape,
    /// The secrets of the document, which are looked for when there is something to say.
    secrets: OnceCell<Redaction>,
    /// The secrets in force.
    in_force: &'d Redaction,
}

impl<'d> Said<'d> {
    pub(super) fn new(document: &'d Document, shape: &'d Shape, in_force: &'d Redaction) -> Self {
        Self { document, shape, secrets: OnceCell::new(), in_force }
    }

    pub(super) const fn document(&self) -> &'d Document {
        self.document
    }

    pub(super) const fn shape(&self) -> &'d Shape {
        self.shape
    }

    /// Takes the secrets of the document and those in force out of a text.
    pub(super) fn clean(&self, text: &mut String) {
        self.secrets.get_or_init(|| Redaction::of(self.document, self.shape)).apply(text);
        self.in_force.apply(text);
    }

    /// Returns the finding of a value that does not fit.
    pub(super) fn mismatch(&self, mismatch: &Mismatch) -> Finding {
        let key = mismatch.key().cloned().unwrap_or_default();
        let place = mismatch.place().filter(|place| place.line > 0 || !key.is_root());
        let is_shown = self.shape.is_shown(&key);
        let clean = |text: &str| {
            let mut text = is_shown.then(|| text.to_owned())?;
            self.clean(&mut text);
            Some(one_line(&text))
        };
        let text = match mismatch.own_text() {
            Some(_) if mismatch.is_untagged() => {
                let forms = self.shape.alternatives(&key).forms().join(", ");
                format!("fits none of the forms that are allowed here: {forms}")
            }
            // A type that refuses a text often does not say which.
            Some(own) => match self.scalar(&key, mismatch).filter(|text| !own.contains(text)) {
                Some(text) if is_shown => clean(&format!("{own}, found {text:?}")),
                _ => None,
            }
            .unwrap_or_else(|| mismatch.message(clean)),
            None => mismatch.message(clean),
        };
        Finding::error(place.unwrap_or(Place::NONE), text).about(key)
    }

    /// Returns the text that a mismatch is about, if it is short and no number.
    fn scalar(&self, key: &Key, mismatch: &Mismatch) -> Option<&'d str> {
        let node = self.document.node(key).filter(|node| Some(node.place) == mismatch.place())?;
        let is_text = node.kind() == Some(ScalarKind::String);
        node.text().filter(|text| is_text && !text.is_empty() && text.len() <= MAX_FOUND)
    }

    /// Turns a finding into a problem, with the name of its place.
    pub(super) fn problem(&self, finding: Finding) -> Problem {
        let may_quote = finding.may_quote;
        let mut problem = self.document.problem(finding);
        if may_quote {
            self.clean(&mut problem.message);
            problem.message = one_line(&problem.message);
        }
        let Some(key) = &problem.key else { return problem };
        let shown = self.shape.shown_key(key);
        if shown == *key {
            return problem;
        }
        problem.message = format!("{} {CUT}", problem.message);
        problem.key = Some(shown);
        problem
    }
}

/// Returns a text without line breaks, as a problem is one line of a log.
fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}
