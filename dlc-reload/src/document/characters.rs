//! Characters that cannot be seen, that look like one of the syntax of a format, or that a merge left.

use super::node::Place;

/// Returns a character as Unicode writes it: `U+00A0`.
pub(crate) fn code(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Returns the name of a character that editors put where another one was meant, and its code.
pub(crate) fn named(c: char) -> Option<String> {
    let name = match c {
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "a line separator",
        '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' => "a space of another width",
        '\u{200b}'..='\u{200d}' | '\u{2060}' => "a character without width",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a mark of direction"
        }
        '\u{2018}'..='\u{201f}' => "a curly quote",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "a dash that is no hyphen",
        '\u{feff}' => "a byte order mark",
        '\u{ff01}'..='\u{ff5e}' => "a full-width character",
        _ => return None,
    };
    Some(format!("{name} ({})", code(c)))
}

/// Returns true if a character cannot be seen, or not be told from a space.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{202a}'..='\u{202f}' | '\u{205f}'..='\u{2069}'
        | '\u{3000}' | '\u{feff}')
}

/// Returns the line of the first mark that a merge left in a text; none if it left none.
pub(crate) fn conflict(text: &str) -> Option<usize> {
    let is_mark = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    text.lines().position(is_mark).map(|line| line + 1)
}

/// Returns a remark on such a character in the line of a place or the one before, outside of comments; or on the mark
/// of a merge conflict anywhere, which is more than a slip.
pub(crate) fn hint(text: &str, place: Place) -> String {
    if let Some(line) = conflict(text) {
        return format!("; line {line} is the mark of a merge conflict, resolve it");
    }
    let last = place.line as usize;
    let lines = text.lines().enumerate().take(last).skip(last.saturating_sub(2));
    let found = lines.filter_map(|(line, text)| {
        let text = text.split_once(" #").map_or(text, |(code, _)| code);
        let (column, named) =
            text.chars().enumerate().find_map(|(column, c)| Some((column, named(c)?)))?;
        Some(format!("; line {}, column {} is {named}, replace it", line + 1, column + 1))
    });
    found.last().unwrap_or_default()
}
