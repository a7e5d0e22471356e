//! The names that follow a pattern, as far as they can be told without an engine for patterns.

use crate::schema::integers::Integers;

/// The names that follow a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of integers.
    Integers(Integers),
    /// Those that begin with a text.
    Starting(String),
    /// One name.
    Only(String),
}

impl Names {
    /// Returns the names that follow a pattern; `None` where it is of another form.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        if let Some(integers) = Integers::of_pattern(pattern) {
            return Some(Self::Integers(integers));
        }
        let text = pattern.strip_prefix('^')?.replace(r"\$", "\u{0}");
        let (text, is_whole) = match text.strip_suffix('$') {
            Some(text) => (text.to_owned(), true),
            None => (text, false),
        };
        let is_plain = |letter: char| letter.is_alphanumeric() || "-_\u{0}".contains(letter);
        let plain = text.chars().all(is_plain).then(|| text.replace('\u{0}', "$"))?;
        Some(if is_whole { Self::Only(plain) } else { Self::Starting(plain) })
    }

    /// Returns true if a name is one of these.
    pub(super) fn have(&self, name: &str) -> bool {
        match self {
            Self::Integers(integers) => integers.have(name),
            Self::Starting(start) => name.starts_with(start.as_str()),
            Self::Only(only) => name == only,
        }
    }

    /// Returns true if all of the others are among these.
    pub(super) fn include(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::Integers(integers), Self::Integers(others)) => integers.include(*others),
            (Self::Starting(start), Self::Starting(other)) => other.starts_with(start.as_str()),
            (_, Self::Only(name)) => self.have(name),
            _ => false,
        }
    }

    /// Returns true if no name is one of both.
    pub(super) fn are_apart(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::Only(name), names) | (names, Self::Only(name)) => !names.have(name),
            (Self::Starting(one), Self::Starting(other)) => {
                !one.starts_with(other.as_str()) && !other.starts_with(one.as_str())
            }
            (Self::Starting(start), Self::Integers(_))
            | (Self::Integers(_), Self::Starting(start)) => {
                start.starts_with(|first: char| !first.is_ascii_digit() && first != '-')
            }
            (Self::Integers(_), Self::Integers(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_far_as_they_are_plain() {
        assert_eq!(Names::of("^x-"), Some(Names::Starting("x-".into())));
        assert_eq!(Names::of(r"^\$schema$"), Some(Names::Only("$schema".into())));
        assert!(matches!(Names::of(r"^-?\d+$"), Some(Names::Integers(_))));
        for other in ["x-", "^[a-z]$", r"^\w", "^a|b$", "^a.c", "^a$b"] {
            assert_eq!(Names::of(other), None, "{other}");
        }
    }
}
