//! The template as JSON, which has no comments: the values alone.

use super::{
    entry::{Content, Entry},
    scalar::{json as inline, quoted},
};

/// Returns the text of the template.
pub(super) fn json(entries: &[Entry]) -> String {
    let mut text = String::new();
    write(entries, ['{', '}'], 0, &mut text);
    text.push('\n');
    text
}

fn write(entries: &[Entry], [open, close]: [char; 2], indent: usize, text: &mut String) {
    let is_on = |entry: &&Entry| !entry.is_off && !matches!(entry.content, Content::Nothing);
    let entries: Vec<_> = entries.iter().filter(is_on).collect();
    text.push(open);
    for (at, entry) in entries.iter().enumerate() {
        text.push_str(if at > 0 { ",\n" } else { "\n" });
        text.extend(std::iter::repeat_n(' ', indent + 2));
        if !entry.name.is_empty() {
            text.push_str(&quoted(&entry.name));
            text.push_str(": ");
        }
        match &entry.content {
            Content::Nothing => {}
            Content::Value(value) => text.push_str(&inline(value)),
            Content::Map(entries) => write(entries, ['{', '}'], indent + 2, text),
            Content::List(items) => write(items, ['[', ']'], indent + 2, text),
        }
    }
    if !entries.is_empty() {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent));
    }
    text.push(close);
}
