//! Findings: problems whose places have no names yet.

use super::node::Place;
use crate::{
    error::{ProblemKind, Severity},
    place::{Key, Origin, Segment},
};

/// An error in a tree, or a warning about it, at a place.
///
/// Only the document can name the place. A check returns findings, so it needs the tree and no document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) place: Place,
    pub(crate) key: Option<Key>,
    pub(crate) kind: ProblemKind,
    pub(crate) severity: Severity,
    pub(crate) text: String,
    pub(crate) origin: Naming,
    /// True if the text is an author's, which may quote a secret.
    pub(crate) may_quote: bool,
    /// The number of findings that it stands for, if it is not one itself.
    pub(crate) more: usize,
}

/// The way to the origin of a finding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Naming {
    /// The document names the place.
    Place,
    /// The source that reports it has said it, or that there is none; the place only gives the finding its turn.
    Given(Option<Origin>),
}

impl Finding {
    /// Makes a finding that refuses the candidate.
    pub(crate) fn error(place: Place, text: impl Into<String>) -> Self {
        let (key, severity, origin) = (None, Severity::Error, Naming::Place);
        let (kind, text) = (ProblemKind::Other, text.into());
        Self { place, key, kind, severity, text, origin, may_quote: false, more: 0 }
    }

    /// Makes the finding that stands for so many that are not listed.
    pub(crate) fn more(more: usize, severity: Severity) -> Self {
        let digits = more.to_string();
        // In groups of three, as people read large numbers.
        let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
        let text = format!("and {} more", groups.collect::<Vec<_>>().join(" "));
        let origin = Naming::Given(None);
        Self { severity, origin, more, ..Self::error(Place::NONE, text) }
    }

    /// Makes the finding of a text that is not of its format. In place of the remedy, it names a character that
    /// cannot be seen, or that looks like another one, in the line of the place or the one before.
    #[cfg(any(feature = "yaml", feature = "toml", feature = "json"))]
    pub(crate) fn syntax(
        format: &str,
        place: Place,
        message: &str,
        remedy: &str,
        text: &str,
    ) -> Self {
        let hint = super::characters::hint(text, place);
        let remedy = if hint.is_empty() { remedy } else { &hint };
        Self::error(place, format!("invalid {format}: {message}{remedy}")).of(ProblemKind::Syntax)
    }

    /// Makes the finding of a key that line `first` sets already.
    pub(crate) fn duplicate(place: Place, key: Key, first: u32) -> Self {
        let name = match key.segments().last() {
            Some(Segment::Name(name)) => format!(" `{name}`"),
            _ => String::new(),
        };
        let text = format!(
            "duplicate key{name}, it is already set in line {first}: remove one of the two"
        );
        Self::error(place, text).about(key).of(ProblemKind::Syntax)
    }

    /// Returns the same finding, of a kind.
    pub(crate) fn of(self, kind: ProblemKind) -> Self {
        Self { kind, ..self }
    }

    /// Returns the same finding, with a text that an author's code wrote.
    pub(crate) fn said_by_author(self) -> Self {
        Self { may_quote: true, ..self }
    }

    /// Returns the same finding, about the value that a key names.
    pub(crate) fn about(self, key: Key) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Returns the first of these findings, errors before warnings, both in the order of the sources and of the text,
    /// and after them one that says how many more there are.
    pub(crate) fn listed(mut found: Vec<Self>, most: usize) -> Vec<Self> {
        found.sort_by_key(|one| (!one.is_error(), one.turn()));
        let errors = found.iter().filter(|one| one.is_error() && one.more == 0).count();
        let mut room_for_errors = most.min(errors);
        let mut room_for_warnings = most - room_for_errors;
        let (mut more, mut severity) = (0, Severity::Warning);
        found.retain(|one| {
            let is_error = one.is_error();
            let room = if is_error { &mut room_for_errors } else { &mut room_for_warnings };
            if one.more == 0 && *room > 0 {
                *room -= 1;
                return true;
            }
            more += one.more.max(1);
            severity = if is_error { Severity::Error } else { severity };
            false
        });
        if more > 0 {
            found.push(Self::more(more, severity));
        }
        found
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Returns the sort key of the finding: the order of the sources, then that of the text.
    pub(crate) const fn turn(&self) -> (u32, u32, u32) {
        match self.place {
            Place::NONE => (0, 0, 0),
            Place { source, line, column } => (source.0, line, column),
        }
    }
}
