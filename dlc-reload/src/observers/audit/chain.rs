//! The rule that chains one line to the next, without files.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use super::damage::Damage;

/// The `previous` of the very first line.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The text that every line begins with.
pub(super) const BEGINNING: &str = r#"{"seq":"#;

/// More bytes than the chain adds to the members of a line.
pub(super) const AROUND: u64 = 1024;

const BEFORE_HASH: &str = r#","hash":""#;
const AFTER_HASH: &str = r#""}"#;

/// A line as the chain knows it, such as the last one, to which the next one is chained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) hash: String,
}

/// The members of a line that make the chain.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) previous: String,
    /// The line that had been the last one, where it was gone when this one was written.
    #[serde(default)]
    pub(super) gone: Option<Link>,
    /// True if the report that the line stands for is not in it.
    #[serde(default, deserialize_with = "is_there")]
    pub(super) left_out: bool,
    /// Not the member of that name but what stands at the end of the line, which is the hash that was checked.
    #[serde(skip)]
    pub(super) hash: String,
}

impl Link {
    /// Returns the link to which the very first line is chained.
    pub(super) fn start() -> Self {
        Self { seq: 0, hash: NOTHING.to_owned() }
    }

    /// Reads a link as its [`note`](Self::note) has it.
    pub(super) fn noted(note: &str) -> Option<Self> {
        serde_json::from_str(note).ok()
    }

    /// Returns the text by which the next writer knows this line.
    pub(super) fn note(&self) -> String {
        let Self { seq, hash } = self;
        format!(r#"{{"seq":{seq},"hash":"{hash}"}}"#)
    }

    /// Returns the line that follows, around the members of the JSON object `body`, and its own link.
    pub(super) fn line(&self, kind: &str, gone: Option<&Self>, body: &str) -> (String, Self) {
        let (seq, previous) = (self.seq.saturating_add(1), &self.hash);
        let members = body.strip_prefix('{').and_then(|body| body.strip_suffix('}'));
        let members = members.unwrap_or_default();
        let mut line = format!(r#"{BEGINNING}{seq},"previous":"{previous}","kind":"{kind}""#);
        if let Some(gone) = gone {
            line.push_str(r#","gone":"#);
            line.push_str(&gone.note());
        }
        if !members.is_empty() {
            line.push(',');
            line.push_str(members);
        }
        let hash = hash(line.as_bytes());
        (line + BEFORE_HASH + &hash + AFTER_HASH, Self { seq, hash })
    }

    /// Returns the link to which a new line is chained, where `before` are the lines of the log
    /// from the last one backwards; and `known`, the line that had been the last one, if it is gone. No
    /// more than `most` lines are looked at for each.
    ///
    /// A last line that is damaged counts as one, and the chain goes on from the hash of its raw text.
    /// So the damage is found in its place, and what follows is as good as before.
    pub(super) fn after<E>(
        mut before: impl Iterator<Item = Result<Vec<u8>, E>>,
        known: Option<Self>,
        most: usize,
    ) -> Result<(Self, Option<Self>), E> {
        let (mut raw, mut damaged, mut last) = (None, 0, None);
        for text in before.by_ref().take(most) {
            let text = text?;
            if let Ok(entry) = Entry::read(&text) {
                last = Some(entry);
                break;
            }
            raw.get_or_insert_with(|| hash(&text));
            damaged += 1;
        }
        let seq = last.as_ref().map_or(0, |last| last.seq).saturating_add(damaged);
        let hash = raw.or_else(|| Some(last.as_ref()?.hash.clone()));
        let link = hash.map_or_else(Self::start, |hash| Self { seq, hash });
        let gone = match known {
            Some(known) if known.seq > link.seq || known.is_replaced(last, before, most)? => {
                Some(known)
            }
            _ => None,
        };
        Ok((link, gone))
    }

    /// Returns true if another line stands in the place of this one: the `last` that can be read, or one before.
    fn is_replaced<E>(
        &self,
        last: Option<Entry>,
        before: impl Iterator<Item = Result<Vec<u8>, E>>,
        most: usize,
    ) -> Result<bool, E> {
        // One that cannot be read is found as damage, in its place.
        let Some(mut entry) = last else { return Ok(false) };
        for text in before.take(most) {
            if entry.seq <= self.seq {
                break;
            }
            entry = Entry::read(&text?).unwrap_or(entry);
        }
        Ok(entry.seq == self.seq && entry.hash != self.hash)
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

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

pub(super) fn hash(text: &[u8]) -> String {
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

    fn after_known(lines: &[&str], known: Option<Link>) -> (Link, Option<Link>) {
        let before = lines.iter().rev().map(|line| Ok::<_, Infallible>(line.as_bytes().to_vec()));
        let Ok(found) = Link::after(before, known, 3);
        found
    }

    fn after(lines: &[&str]) -> Link {
        after_known(lines, None).0
    }

    fn line(link: &Link, body: &str) -> String {
        link.line("report", None, body).0
    }

    #[test]
    fn a_line_has_the_members_of_its_body_between_those_of_the_chain() {
        let line = line(&Link::start(), r#"{"id":1,"verdict":"applied"}"#);
        let covered = format!(
            r#"{{"seq":1,"previous":"{NOTHING}","kind":"report","id":1,"verdict":"applied""#
        );
        assert_eq!(line, format!(r#"{covered},"hash":"{}"}}"#, hash(covered.as_bytes())));
        let entry = Entry::read(line.as_bytes()).unwrap();
        assert_eq!((entry.seq, entry.previous.as_str()), (1, NOTHING));
        assert!(crate::durable::is_kept(line.as_bytes()), "it is no drop-in");
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
        let line = line(&Link::start(), body);
        assert!(Entry::read(line.as_bytes()).is_ok(), "{line}");
    }

    #[test]
    fn a_line_may_be_of_any_depth() {
        let (open, close) = ("[".repeat(5000), "]".repeat(5000));
        let line = line(&Link::start(), &format!(r#"{{"old":{open}{close}}}"#));
        assert_eq!(Entry::read(line.as_bytes()).unwrap().seq, 1);
    }

    #[test]
    fn the_chain_goes_on_after_lines_that_nobody_can_read() {
        assert_eq!(after(&[]), Link::start());
        let first = line(&Link::start(), r#"{"id":1}"#);
        let link = after(&[&first]);
        assert_eq!(link, Link { seq: 1, hash: Entry::read(first.as_bytes()).unwrap().hash });
        assert_eq!(after(&[&first, "x"]), Link { seq: 2, hash: hash(b"x") });
        assert_eq!(after(&[&first, "x", "y"]), Link { seq: 3, hash: hash(b"y") });
        assert_eq!(after(&["v", "w", "x", "y"]), Link { seq: 3, hash: hash(b"y") }, "bounded");
        assert_eq!(after(&["x", &first]), link);
    }

    #[test]
    fn a_line_that_had_been_the_last_one_is_known_to_be_gone() {
        let mut lines: Vec<String> = Vec::new();
        let mut links = vec![Link::start()];
        for id in 1..=5 {
            let (line, link) = links[id - 1].line("report", None, &format!(r#"{{"id":{id}}}"#));
            lines.push(line);
            links.push(link);
        }
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let other = line(&links[2], r#"{"id":666}"#);
        // A name, the lines, the number of the known one, and whether it is gone.
        let cases: &[(&str, Vec<&str>, usize, bool)] = &[
            ("as it was", lines.clone(), 5, false),
            ("a note from before the last line", lines.clone(), 4, false),
            ("a note from long before", lines.clone(), 1, false),
            ("all of it", vec![], 5, true),
            ("the last one", lines[..4].to_vec(), 5, true),
            ("all but the first", lines[..1].to_vec(), 5, true),
            ("another one in its place", [&lines[..2], &[&*other]].concat(), 3, true),
            ("another one before the end", [&lines[..2], &[&*other, lines[3]]].concat(), 3, true),
            ("one that cannot be read", [&lines[..2], &["x"]].concat(), 3, false),
            ("one that cannot be read, before the end", vec![lines[0], "x", lines[2]], 2, false),
            ("the one before one that cannot be read", [&lines[..2], &["x"]].concat(), 2, false),
            ("lines that cannot be read, and fewer of them", vec!["x", "y"], 3, true),
        ];
        for (name, lines, known, gone) in cases {
            let known = links[*known].clone();
            let found = after_known(lines, Some(known.clone()));
            assert_eq!(found, (after(lines), gone.then_some(known)), "{name}");
        }
        assert_eq!(Link::noted(&links[5].note()), Some(links[5].clone()));
        let (line, link) = Link::start().line("report", Some(&links[5]), "{}");
        let entry = Entry::read(line.as_bytes()).unwrap();
        assert_eq!((entry.gone, entry.hash), (Some(links[5].clone()), link.hash));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_apart() {
        let line = line(&Link::start(), r#"{"id":1}"#);
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
