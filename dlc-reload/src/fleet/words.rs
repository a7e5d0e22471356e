//! The words of a fleet: names, and reasons as far as they may go.

/// The greatest length of a name of a node or a document, in bytes.
pub(crate) const LONGEST_NAME: usize = 128;

/// The greatest length of a reason, and of who gives it, in characters. What people and nodes say has any length; a
/// pointer that had it all could not be read any more.
const LONGEST: usize = 500;

/// Checks that a name may be part of a key, and be the name of a file.
///
/// # Errors
///
/// The name, and how it should be.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.len() > LONGEST_NAME {
        let shown: String = name.chars().take(LONGEST_NAME).flat_map(char::escape_debug).collect();
        return Err(format!("the name `{shown}…` is longer than {LONGEST_NAME} bytes: shorten it"));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(is_plain) {
        return Err(format!(
            "`{}` is no plain name: it has letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
            name.escape_debug()
        ));
    }
    Ok(())
}

/// Returns words as far as they may go.
pub(crate) fn shortened(words: &str) -> String {
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
