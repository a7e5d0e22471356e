//! Comparison of a text with the file that it is committed as.

use std::{fmt::Write, fs, io, path::Path};

use crate::place::on_one_line;

/// The longest piece of a line that is quoted, in characters.
const QUOTED: usize = 100;

/// Returns the way in which a file differs from the text that it should hold; `None` where it does not. The ends of
/// lines do not count: a checkout may have changed them.
pub(crate) fn staleness(path: &Path, text: &str) -> Option<String> {
    let mut found = on_one_line(&path.to_string_lossy()).into_owned();
    let held = match fs::read(path) {
        Ok(held) => held,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some(found + " does not exist");
        }
        Err(error) => return Some(format!("{found} cannot be read: {error}")),
    };
    let Ok(held) = str::from_utf8(&held) else { return Some(found + " is not UTF-8") };
    let (mut held, mut wanted) = (held.trim_end().lines(), text.trim_end().lines());
    for number in 1.. {
        let (held, wanted) = (held.next(), wanted.next());
        match (held, wanted) {
            (None, None) => break,
            (held, wanted) if held == wanted => {}
            (held, wanted) => {
                // Writing to a text does not fail.
                _ = write!(found, " is stale at line {number}");
                _ = write!(found, "\n  holds:  {}", held.map_or("nothing".into(), quoted));
                _ = write!(found, "\n  should: {}", wanted.map_or("nothing".into(), quoted));
                return Some(found);
            }
        }
    }
    None
}

/// Returns a line, cut where it is long.
fn quoted(line: &str) -> String {
    let mut letters = line.chars();
    let mut shown: String = letters.by_ref().take(QUOTED).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    format!("`{}`", on_one_line(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_is_told_by_its_first_line() {
        let folder = std::env::temp_dir().join(format!("dlc-reload-stale-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("schema.json");
        let said = |held: &[u8], text: &str| {
            fs::write(&path, held).unwrap();
            let said = staleness(&path, text);
            said.map(|said| said.replace(&*path.to_string_lossy(), "schema.json"))
        };
        let two = "schema.json is stale at line 2\n  holds:  `b`\n  should: `c`";
        assert_eq!(said(b"a\nb\n", "a\nc\n").as_deref(), Some(two));
        let more = "schema.json is stale at line 2\n  holds:  nothing\n  should: `c`";
        assert_eq!(said(b"a\n", "a\nc\n").as_deref(), Some(more));
        let less = "schema.json is stale at line 3\n  holds:  `d`\n  should: nothing";
        assert_eq!(said(b"a\nc\nd", "a\nc\n").as_deref(), Some(less));
        // A checkout may end lines otherwise, and an editor may end the file otherwise.
        assert_eq!(said(b"a\r\nc", "a\nc\n"), None);
        assert_eq!(said(b"a\nc\n\n", "a\nc"), None);
        assert_eq!(said(b"\xff", "a").as_deref(), Some("schema.json is not UTF-8"));
        let long = said("x".repeat(500).as_bytes(), "a").unwrap();
        assert!(long.contains(&format!("`{}…`", "x".repeat(QUOTED))), "{long}");
        fs::remove_file(&path).unwrap();
        let absent = staleness(&path, "a").unwrap();
        assert!(absent.ends_with("schema.json does not exist"), "{absent}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
