//! The template as TOML.

use super::{
    comment,
    entry::{Content, Entry},
    scalar::{toml as inline, toml_name},
};

/// Returns the text of the template.
pub(super) fn toml(entries: &[Entry]) -> String {
    let mut text = String::new();
    table(entries, "", 0, &mut text);
    text
}

/// Writes the keys of a table, then the tables in it; `off` is the number of the signs that make a comment of a line.
fn table(entries: &[Entry], path: &str, off: usize, text: &mut String) {
    let is_table = |entry: &&Entry| matches!(entry.content, Content::Map(_) | Content::List(_));
    let (tables, keys): (Vec<_>, Vec<_>) = entries.iter().partition(is_table);
    for entry in keys {
        apart(entry, text);
        if let Content::Value(value) = &entry.content {
            // A value that TOML does not have is left out: it is no default but an example.
            let Some(value) = inline(value) else { continue };
            let signs = "#".repeat(off + usize::from(entry.is_off));
            text.push_str(&format!("{signs}{} = {value}\n", toml_name(&entry.name)));
        }
    }
    for entry in tables {
        apart(entry, text);
        let off = off + usize::from(entry.is_off);
        let name = toml_name(&entry.name);
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match &entry.content {
            Content::Map(entries) => {
                header(&format!("[{path}]"), off, text);
                table(entries, &path, off, text);
            }
            Content::List(items) => {
                for item in items {
                    header(&format!("[[{path}]]"), off, text);
                    if let Content::Map(entries) = &item.content {
                        table(entries, &path, off, text);
                    }
                }
            }
            Content::Nothing | Content::Value(_) => {}
        }
    }
}

/// Writes a comment, after an empty line.
fn apart(entry: &Entry, text: &mut String) {
    let is_long =
        !entry.comments.is_empty() || matches!(entry.content, Content::Map(_) | Content::List(_));
    let last = text.lines().next_back().unwrap_or_default().trim_start_matches('#');
    if is_long && !text.is_empty() && !last.starts_with('[') {
        text.push('\n');
    }
    comment::write(&entry.comments, 0, text);
}

fn header(header: &str, off: usize, text: &mut String) {
    text.extend(std::iter::repeat_n('#', off));
    text.push_str(header);
    text.push('\n');
}
