//! The template as YAML.

use serde_json::Value as Json;

use super::{
    comment::{self, WIDTH},
    entry::{Content, Entry},
    scalar::{yaml as inline, yaml_text},
};

/// Returns the text of the template.
pub(super) fn yaml(entries: &[Entry]) -> String {
    let mut text = String::new();
    write(entries, Place { indent: 0, off: 0 }, &mut text);
    text
}

/// The place of a line.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    /// The number of the signs that make a comment of it.
    off: usize,
}

impl Place {
    const fn below(self) -> Self {
        Self { indent: self.indent + 2, ..self }
    }

    /// Begins a line.
    fn begin(self, text: &mut String) {
        text.extend(std::iter::repeat_n(' ', self.indent));
        text.extend(std::iter::repeat_n('#', self.off));
    }
}

fn write(entries: &[Entry], place: Place, text: &mut String) {
    let mut was_long = false;
    for (at, entry) in entries.iter().enumerate() {
        let is_long = !entry.comments.is_empty() || !matches!(entry.content, Content::Value(_));
        if at > 0 && (is_long || was_long) {
            text.push('\n');
        }
        was_long = is_long;
        comment::write(&entry.comments, place.indent, text);
        let place = Place { off: place.off + usize::from(entry.is_off), ..place };
        let before = if entry.name.is_empty() {
            "-".to_owned()
        } else {
            format!("{}:", yaml_text(&entry.name))
        };
        match &entry.content {
            Content::Nothing => continue,
            Content::Value(value) => value_of(&before, value, place, text),
            content => {
                place.begin(text);
                text.push_str(&before);
                let below = match content {
                    Content::Map(entries) | Content::List(entries) => entries.as_slice(),
                    Content::Nothing | Content::Value(_) => &[],
                };
                // Without a key in it, a section that is required would not be there.
                let is_absent = Content::is_bare(below) && entry.is_needed;
                text.push_str(if is_absent { " {}\n" } else { "\n" });
                write(below, place.below(), text);
            }
        }
    }
}

/// Writes a value after its key, on one line if there is room.
fn value_of(before: &str, value: &Json, place: Place, text: &mut String) {
    let line = inline(value);
    place.begin(text);
    text.push_str(before);
    let fits = place.indent + before.len() + 1 + line.chars().count() <= WIDTH;
    match value {
        Json::Object(all) if !fits => {
            text.push('\n');
            for (name, value) in all {
                value_of(&format!("{}:", yaml_text(name)), value, place.below(), text);
            }
        }
        Json::Array(items) if !fits => {
            text.push('\n');
            items.iter().for_each(|item| value_of("-", item, place.below(), text));
        }
        _ => {
            text.push(' ');
            text.push_str(&line);
            text.push('\n');
        }
    }
}
