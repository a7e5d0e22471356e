//! The search for secrets in all that was said.

use std::collections::{BTreeSet, HashSet};

use super::careless::{in_url, out_of_url, password};

/// The length of the shortest piece of a secret that is looked for, in characters.
const SHORTEST: usize = 8;

/// The number of characters that are shown around a leak.
const SHOWN: usize = 100;

/// The greatest length of a name, as the library shows unknown ones.
const LONGEST_NAME: usize = 40;

/// Returns everything by which a person would know a secret: the whole of it, its lines, its halves, and the
/// password in it, as they are, and as Rust, JSON, YAML and URLs write them.
///
/// What may be the name of a key is none of it: names of unknown keys are shown.
pub(super) fn needles(secret: &str) -> BTreeSet<String> {
    let middle = secret.char_indices().nth(secret.chars().count() / 2).map_or(0, |(at, _)| at);
    let (first, second) = secret.split_at(middle);
    let mut plain = vec![secret.to_owned(), secret.trim().to_owned()];
    plain.extend([first.trim().to_owned(), second.trim().to_owned()]);
    plain.extend(secret.lines().map(|line| line.trim().to_owned()));
    if let Some(password) = password(secret) {
        plain.extend([password.to_owned(), out_of_url(password)]);
    }
    let forms = |text: &String| {
        let debug = format!("{text:?}");
        let json = serde_json::to_string(text).unwrap();
        let inner = |quoted: &str| quoted[1..quoted.len() - 1].to_owned();
        let url = in_url(text);
        [
            text.clone(),
            inner(&debug),
            inner(&json),
            text.replace('\'', "''"),
            url.to_lowercase(),
            url,
        ]
    };
    plain.iter().flat_map(forms).filter(|text| is_recognised(text)).collect()
}

fn is_recognised(text: &str) -> bool {
    let length = text.chars().count();
    let is_name = text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    length >= SHORTEST && !(is_name && length <= LONGEST_NAME)
}

/// Texts that were said, each line once.
#[derive(Default)]
pub(super) struct Heard {
    known: HashSet<String>,
    lines: Vec<(&'static str, String)>,
}

impl Heard {
    pub(super) fn hear(&mut self, of: &'static str, text: &str) {
        for line in text.lines() {
            if line.len() >= SHORTEST && self.known.insert(line.to_owned()) {
                self.lines.push((of, line.to_owned()));
            }
        }
    }

    /// Returns the lines in which one of these texts stands, each with its source and the text.
    pub(super) fn find(&self, needles: &BTreeSet<String>) -> Vec<String> {
        // Most places of most lines are passed over by a look at two bytes.
        let mut starts = vec![false; 1 << 16];
        for needle in needles {
            starts[pair(needle.as_bytes())] = true;
        }
        let mut found = Vec::new();
        for (of, line) in &self.lines {
            let mut near = (0..line.len() - 1).filter(|at| starts[pair(&line.as_bytes()[*at..])]);
            let leaked = near.find_map(|at| {
                needles.iter().find(|needle| line.as_bytes()[at..].starts_with(needle.as_bytes()))
            });
            if let Some(needle) = leaked {
                found.push(format!("{of}: `{needle}` in {}", around(line, needle)));
            }
        }
        found
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// Returns a part of a line, with a text in its middle.
fn around(line: &str, text: &str) -> String {
    let (before, after) = line.split_once(text).unwrap_or((line, ""));
    let skipped = before.chars().count().saturating_sub(SHOWN);
    let before: String = before.chars().skip(skipped).collect();
    let after: String = after.chars().take(SHOWN).collect();
    format!("…{before}{text}{after}…")
}
