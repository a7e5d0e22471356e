//! The words for what is found in a document: everything that may be a secret is left out of them.

use std::cell::OnceCell;

use crate::{
    document::{Document, Finding, Mismatch, Place, ScalarKind},
    error::{Problem, ProblemKind},
    place::{Key, Segment},
    redaction::{InForce, Redaction},
    schema::Shape,
};

/// The text that follows a message whose key is cut short.
const CUT: &str = "(the rest of the key is not shown, because it may hold a secret)";

/// The length in bytes up to which a text is quoted after the words in which its type refused it.
const MAX_FOUND: usize = 60;

/// The length in characters of what is repeated of a value, or of what an author's code says of it.
const MAX_SAID: usize = 500;

/// The knowledge of which text may be said of a document.
pub(super) struct Said<'d> {
    document: &'d Document,
    shape: &'d Shape,
    /// The secrets of the document and those in force, which are looked for when there is something to say.
    secrets: OnceCell<Redaction>,
    /// The secrets in force.
    in_force: &'d InForce,
}

impl<'d> Said<'d> {
    pub(super) fn new(document: &'d Document, shape: &'d Shape, in_force: &'d InForce) -> Self {
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
        let all = || Redaction::of(self.document, self.shape).with(self.in_force.find(self.shape));
        self.secrets.get_or_init(all).apply(text);
    }

    /// Returns the finding of a value that does not fit.
    pub(super) fn mismatch(&self, mismatch: &Mismatch) -> Finding {
        let key = mismatch.key().cloned().unwrap_or_default();
        let place = mismatch.place().filter(|place| place.line > 0 || !key.is_root());
        // The name of a variant that is a key is shown with the key.
        let is_key = |name: &str| matches!(key.segments().last(), Some(Segment::Name(last)) if *last == *name);
        // What a variable or file holds may be a secret that was put in the wrong place.
        let put_in = mismatch.place().and_then(|place| self.document.references.at(place));
        let put_in = put_in.map(|reference| Redaction::of_texts(reference.texts()));
        let is_shown = self.shape.is_shown(&key)
            || mismatch.unknown_variant().is_some_and(is_key) && self.shape.shown_key(&key) == key;
        let clean = |text: &str| {
            let mut text = is_shown.then(|| text.to_owned())?;
            if let Some(put_in) = &put_in {
                mismatch.own_text().filter(|own| *own == text)?;
                put_in.apply(&mut text);
            }
            self.clean(&mut text);
            Some(one_line(&text))
        };
        let mut text = if mismatch.is_untagged() {
            let forms = self.shape.alternatives(&key).forms().join(", ");
            match forms.as_str() {
                // A type without a schema keeps them to itself.
                "" => "fits none of the forms that are allowed here".to_owned(),
                forms => format!("fits none of the forms that are allowed here: {forms}"),
            }
        } else {
            mismatch.message(clean)
        };
        // A type that refuses a text in its own words often does not say which.
        if put_in.is_none()
            && let Some(own) = mismatch.own_text().filter(|_| !mismatch.is_untagged())
            && let Some(found) = self.scalar(&key, mismatch).filter(|found| !own.contains(found))
            && let Some(found) = clean(&format!("{found:?}"))
        {
            text = format!("{text}, found {found}");
        }
        let kind = if mismatch.is_missing() { ProblemKind::Missing } else { ProblemKind::Type };
        Finding::error(place.unwrap_or(Place::NONE), text).about(key).of(kind)
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
        let mut shown = self.shape.shown_key(key);
        if problem.kind == ProblemKind::UnknownKey
            && let Some((Segment::Name(name), around)) = shown.segments().split_last()
        {
            // The name of no field may be a secret that was put in the wrong place.
            let mut text = name.to_string();
            self.clean(&mut text);
            if text != **name {
                shown = around.iter().cloned().collect();
            }
        }
        if shown == *key {
            return problem;
        }
        problem.message = format!("{} {CUT}", problem.message);
        problem.key = Some(shown);
        problem
    }
}

/// Returns a text that the library did not write as one line, which is not longer than people read.
fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines.join(" ");
    match line.char_indices().nth(MAX_SAID) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
