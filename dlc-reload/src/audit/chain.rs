//! The rule that chains one line to the next, without files.

use std::fmt::Write as _;

use serde::{Deserialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use super::Damage;

/// The `previous` of the very first line.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The text that every line begins with.
pub(super) const BEGINNING: &str = r#"{"seq":"#;

/// More bytes than the chain adds to the members of a line.
pub(super) const AROUND: u64 = 1024;

const BEFORE_HASH: &str = r#","hash":""#;
const AFTER_HASH: &str = r#""}"#;

/// The end of the chain, to which the next line is chained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) hash: String,
}

/// The members of a line that make the chain.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) previous: String,
    /// Not the member of that name but what stands at the end of the line, which is the hash that was checked.
    #[serde(skip)]
    pub(super) hash: String,
}

impl Link {
    /// Returns the link to which the very first line is chained.
    pub(super) fn start() -> Self {
        Self { seq: 0, hash: NOTHING.to_owned() }
    }

    /// Returns the line that follows, around the members of the JSON object `body`.
    pub(super) fn line(&self, kind: &str, body: &str) -> String {
        let (seq, previous) = (self.seq.saturating_add(1), &self.hash);
        let members = body.strip_prefix('{').and_then(|body| body.strip_suffix('}'));
        let members = members.unwrap_or_default();
        let mut line = format!(r#"{BEGINNING}{seq},"previous":"{previous}","kind":"{kind}""#);
        if !members.is_empty() {
            line.push(',');
            line.push_str(members);
        }
        let hash = hash(line.as_bytes());
        line + BEFORE_HASH + &hash + AFTER_HASH
    }

    /// Returns the link to which a new line is chained, where `before` are the lines of the log
    /// from the last one backwards. Of those, no more than `most` are looked at.
    ///
    /// A last line that is damaged counts as one, and the chain goes on from the hash of its raw text.
    /// So the damage is found in its place, and what follows is as good as before.
    pub(super) fn after<E>(
        before: impl Iterator<Item = Result<Vec<u8>, E>>,
        most: u64,
    ) -> Result<Self, E> {
        let mut raw = None;
        let mut damaged = 0;
        for text in before {
            let text = text?;
            if let Ok(entry) = Entry::read(&text) {
                let seq = entry.seq.saturating_add(damaged);
                return Ok(Self { seq, hash: raw.unwrap_or(entry.hash) });
            }
            raw.get_or_insert_with(|| hash(&text));
            damaged += 1;
            if damaged == most {
                break;
            }
        }
        Ok(raw.map_or_else(Self::start, |hash| Self { seq: damaged, hash }))
    }
}

impl Entry {
    /// Reads a line and checks its own hash.
    pub(super) fn read(text: &[u8]) -> Result<Self, Damage> {
        Self::whole(text).ok_or_else(|| match serde_json::from_slice::<IgnoredAny>(text) {
            Ok(_) => Damage::Edited,
            Err(_) => Damage::NotJson,
        })
    }

    fn whole(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let (covered, stated) = text.strip_suffix(AFTER_HASH)?.rsplit_once(BEFORE_HASH)?;
        if hash(covered.as_bytes()) != stated {
            return None;
        }
        Some(Self { hash: stated.to_owned(), ..serde_json::from_str(text).ok()? })
    }
}

fn hash(text: &[u8]) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn after(lines: &[&str]) -> Link {
        let before = lines.iter().rev().map(|line| Ok::<_, Infallible>(line.as_bytes().to_vec()));
        let Ok(link) = Link::after(before, 3);
        link
    }

    #[test]
    fn a_line_has_the_members_of_its_body_between_those_of_the_chain() {
        let line = Link::start().line("report", r#"{"id":1,"verdict":"applied"}"#);
        let covered = format!(
            r#"{{"seq":1,"previous":"{NOTHING}","kind":"report","id":1,"verdict":"applied""#
        );
        assert_eq!(line, format!(r#"{covered},"hash":"{}"}}"#, hash(covered.as_bytes())));
        let entry = Entry::read(line.as_bytes()).unwrap();
        assert_eq!((entry.seq, entry.previous.as_str()), (1, NOTHING));
        assert_eq!(entry.hash, hash(covered.as_bytes()));
    }

    #[test]
    fn the_hash_is_sha_256_in_lower_case() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(b"abc"), known);
    }

    #[test]
    fn a_text_that_looks_like_a_hash_inside_a_value_is_not_taken_for_one() {
        let body = r#"{"detail":",\"hash\":\"00\"}"}"#;
        let line = Link::start().line("report", body);
        assert!(Entry::read(line.as_bytes()).is_ok(), "{line}");
    }

    #[test]
    fn the_chain_goes_on_after_lines_that_nobody_can_read() {
        assert_eq!(after(&[]), Link::start());
        let first = Link::start().line("report", r#"{"id":1}"#);
        let link = after(&[&first]);
        assert_eq!(link, Link { seq: 1, hash: Entry::read(first.as_bytes()).unwrap().hash });
        assert_eq!(after(&[&first, "x"]), Link { seq: 2, hash: hash(b"x") });
        assert_eq!(after(&[&first, "x", "y"]), Link { seq: 3, hash: hash(b"y") });
        assert_eq!(after(&["v", "w", "x", "y"]), Link { seq: 3, hash: hash(b"y") }, "bounded");
        assert_eq!(after(&["x", &first]), link);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_apart() {
        let line = Link::start().line("report", r#"{"id":1}"#);
        let read = |text: &str| Entry::read(text.as_bytes()).unwrap_err();
        assert_eq!(read(&line.replace("\"id\":1", "\"id\":2")), Damage::Edited);
        assert_eq!(read("{}"), Damage::Edited);
        assert_eq!(read(""), Damage::NotJson);
        assert_eq!(read(&line[1..]), Damage::NotJson);
        assert_eq!(Entry::read(b"\xff").unwrap_err(), Damage::NotJson);
        // A right hash is not enough: the line also has to have the members of the chain.
        let covered = r#"{"id":1"#;
        let foreign = format!(r#"{covered},"hash":"{}"}}"#, hash(covered.as_bytes()));
        assert_eq!(read(&foreign), Damage::Edited);
    }
}
