//! The words for what is found in a document: everything that may be a secret is left out of them.

use std::cell::OnceCell;

use crate::{
    document::{Document, Finding, Mismatch, Place},
    error::Problem,
    redaction::Redaction,
    schema::Shape,
};

/// The text that follows a message whose key is cut short.
const CUT: &str = "(the rest of the key is not shown, because it may hold a secret)";

/// The knowledge of which text may be said of a document.
pub(super) struct Said<'d> {
    document: &'d Document,
    shape: &'d Shape,
    /// The secrets of the document and those in force, which are looked for when there is something to say.
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
        let all = || Redaction::of(self.document, self.shape).with(self.in_force);
        self.secrets.get_or_init(all).apply(text);
    }

    /// Returns the finding of a value that does not fit.
    pub(super) fn mismatch(&self, mismatch: &Mismatch) -> Finding {
        let key = mismatch.key().cloned().unwrap_or_default();
        let place = mismatch.place().filter(|place| place.line > 0 || !key.is_root());
        if mismatch.is_untagged() {
            let forms = self.shape.alternatives(&key).forms().join(", ");
            let text = format!("fits none of the forms that are allowed here: {forms}");
            return Finding::error(place.unwrap_or(Place::NONE), text).about(key);
        }
        let is_shown = self.shape.is_shown(&key);
        let text = mismatch.message(|text| {
            let mut text = is_shown.then(|| text.to_owned())?;
            self.clean(&mut text);
            Some(one_line(&text))
        });
        Finding::error(place.unwrap_or(Place::NONE), text).about(key)
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
