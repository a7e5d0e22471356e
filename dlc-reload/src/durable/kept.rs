//! The beginnings of the files that this library writes.

/// The number of bytes at the beginning of a file in which [`is_kept`] finds what it looks for.
pub(crate) const LONGEST_BEGINNING: u64 = 256;

/// Returns true if a file begins as the last known good, a history and an audit do.
///
/// No configuration does by chance: the first members of one would have to have the names of these, in this order, and
/// values of their kinds.
pub(crate) fn is_kept(beginning: &[u8]) -> bool {
    let text = beginning.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let stored = || number(text.strip_prefix(r#"{"format":"#)?)?.strip_prefix(r#","generation":"#);
    let is_stored = || number(stored()?)?.strip_prefix(r#","accepted_at":""#);
    let chained = || number(text.strip_prefix(r#"{"seq":"#)?)?.strip_prefix(r#","previous":""#);
    let is_hash = |hash: &str| hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_chained = || chained()?.split_at_checked(64).filter(|(hash, _)| is_hash(hash));
    is_stored().is_some() || is_chained().is_some()
}

/// Returns the text that follows a number.
fn number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_writes_is_told_from_a_configuration() {
        let hash = "0123456789abcdef".repeat(4);
        let cases = [
            (r#"{"format":1,"generation":12,"accepted_at":"2026"#.to_owned(), true),
            (r#"{"format":2,"generation":1,"accepted_at":"x","document":{}}"#.to_owned(), true),
            (format!(r#"{{"seq":12,"previous":"{hash}","kind":"report""#), true),
            (r#"{"format":1,"generation":12}"#.to_owned(), false),
            (r#"{"format":"json","generation":12,"accepted_at":"x"}"#.to_owned(), false),
            (r#"{"format":1}"#.to_owned(), false),
            (r#"{"seq":1,"previous":"x"}"#.to_owned(), false),
            (format!(r#"{{"seq":1,"previous":"{}"}}"#, "é".repeat(32)), false),
            ("format: 1\ngeneration: 1".to_owned(), false),
            (String::new(), false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_kept(text.as_bytes()), expected, "{text}");
        }
    }
}
