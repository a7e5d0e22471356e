//! The problems that the log has told of, so that it tells of each one once.

use crate::error::{Problem, Severity};

/// The number of problems that are kept of reports that are not about the sources: what is more is told of again.
const MOST: usize = 1000;

/// The problems that were told of and may still be there.
#[derive(Debug, Default)]
pub(super) struct Said(Vec<Problem>);

/// The relation of a report to the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The sources were read and accepted: other problems than those of the report are gone.
    Accepted,
    /// The sources were read and refused: what a refusal leaves unchecked, the warnings, may be there still.
    Refused,
    /// They were not read.
    Nothing,
}

impl Said {
    /// Takes the problems of a report, and returns those that were not told of before.
    pub(super) fn news<'p>(&mut self, problems: &'p [Problem], asked: Asked) -> Vec<&'p Problem> {
        let new = |problem: &&Problem| !self.0.iter().any(|said| is_same(said, problem));
        let news: Vec<_> = problems.iter().filter(new).collect();
        let warns = |said: &Problem| said.severity == Severity::Warning;
        self.0.retain(|said| match asked {
            Asked::Accepted => false,
            Asked::Refused => warns(said),
            Asked::Nothing => true,
        });
        if asked == Asked::Nothing && self.0.len() >= MOST {
            return news;
        }
        for problem in problems {
            if !self.0.iter().any(|said| is_same(said, problem)) {
                self.0.push(problem.clone());
            }
        }
        news
    }
}

/// Returns true if two problems are one. A warning may move, and so may what it names: the lines above were edited.
fn is_same(one: &Problem, other: &Problem) -> bool {
    let source = |problem: &Problem| problem.origin.as_ref().map(|origin| origin.source.clone());
    let says_same = || without_places(&one.message).eq(without_places(&other.message));
    let has_moved =
        || one.severity == Severity::Warning && source(one) == source(other) && says_same();
    (one.severity, &one.key) == (other.severity, &other.key)
        && ((&one.origin, &one.message) == (&other.origin, &other.message) || has_moved())
}

/// Returns the parts of a text around the lines and columns of places in it, as in `a.yaml:3:7`.
fn without_places(text: &str) -> impl Iterator<Item = &str> {
    text.split(':').map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{Asked::*, *};
    use crate::place::Origin;

    /// A name, the reports, and what is told of each.
    type Case<'a> = (&'a str, &'a [(Asked, &'a str)], &'a [&'a str]);

    /// Returns problems from letters: errors in upper case, warnings in lower case.
    fn problems(letters: &str, line: u32) -> Vec<Problem> {
        let problem = |letter: char| {
            let new = if letter.is_uppercase() { Problem::error } else { Problem::warning };
            new(letter.to_string()).with_origin(Origin::at("a.yaml", line, 1))
        };
        letters.chars().map(problem).collect()
    }

    #[test]
    fn each_problem_is_told_of_once_while_it_lasts() {
        let cases: &[Case<'_>] = &[
            ("a warning stays", &[(Accepted, "a"), (Accepted, "a")], &["a", ""]),
            ("another one beside it", &[(Accepted, "a"), (Accepted, "ba")], &["a", "b"]),
            (
                "a refusal in between",
                &[(Accepted, "ab"), (Refused, "E"), (Accepted, "ab")],
                &["ab", "E", ""],
            ),
            (
                "a warning that goes and comes",
                &[(Accepted, "ab"), (Accepted, "a"), (Accepted, "ab")],
                &["ab", "", "b"],
            ),
            ("the same refusal", &[(Refused, "EF"), (Refused, "EF")], &["EF", ""]),
            ("half of it mended", &[(Refused, "EF"), (Refused, "F")], &["EF", ""]),
            (
                "a mistake that is made again",
                &[(Refused, "EF"), (Refused, "F"), (Refused, "EF")],
                &["EF", "", "E"],
            ),
            (
                "a mistake that is made again later",
                &[(Refused, "E"), (Accepted, "a"), (Refused, "E"), (Accepted, "a")],
                &["E", "a", "E", ""],
            ),
            (
                "an override in between",
                &[
                    (Accepted, "a"),
                    (Nothing, ""),
                    (Accepted, "a"),
                    (Refused, "E"),
                    (Nothing, ""),
                    (Refused, "E"),
                ],
                &["a", "", "", "E", "", ""],
            ),
        ];
        for (name, reports, expected) in cases {
            let mut said = Said::default();
            let told = reports.iter().map(|(asked, letters)| {
                let problems = problems(letters, 1);
                let news = said.news(&problems, *asked);
                news.iter().map(|problem| problem.message.as_str()).collect::<String>()
            });
            assert_eq!(told.collect::<Vec<_>>(), *expected, "{name}");
        }
    }

    #[test]
    fn a_warning_that_moves_is_the_same_and_a_mistake_that_moves_is_another() {
        let mut said = Said::default();
        said.news(&problems("aE", 1), Refused);
        let moved = problems("aE", 2);
        assert_eq!(said.news(&moved, Refused), [&moved[1]]);
        // So may the place that it names.
        let shadowed = |by: &str| {
            let text = format!("without effect, because {by} wins");
            [Problem::warning(text).with_origin(Origin::at("a.yaml", 1, 1))]
        };
        assert_eq!(said.news(&shadowed("b.yaml:2:1"), Accepted).len(), 1);
        assert!(said.news(&shadowed("b.yaml:13:1"), Accepted).is_empty());
        assert_eq!(said.news(&shadowed("c.yaml:2:1"), Accepted).len(), 1);
    }
}
