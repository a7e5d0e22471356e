//! Documents of several shapes, in every format.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// The shape of a configuration.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Groups of sections of scalar fields; without sections, the fields stand at the root.
    Sections { groups: usize, sections: usize, fields: usize },
    /// A list of structs of five fields.
    List { items: usize },
    /// A map of structs of five fields.
    Map { entries: usize },
    /// A list of enums with tags, of three or five fields.
    Enums { items: usize },
}

/// The names of the fields of a section, whose types are `u64`, `bool`, `f64`, `String` and `u32` in turn.
const NAMES: [&str; 5] = ["max_items", "enabled", "ratio", "label", "retries"];

/// Returns the document of a shape, or the same with one value in its middle changed.
pub(super) fn document(shape: Shape, changed: bool) -> Value {
    match shape {
        Shape::Sections { groups, sections, fields } => {
            let total = sections.max(1) * fields * groups.max(1);
            let changed = changed.then_some(total / 2 - total / 2 % 5);
            let section = |at: usize| -> Value {
                let first = at * fields;
                let field = |index: usize| {
                    let name = format!("{}_{index:02}", NAMES[index % 5]);
                    (name, scalar(first + index, changed == Some(first + index)))
                };
                (0..fields).map(field).collect::<Map<_, _>>().into()
            };
            let config = |group: usize| -> Value {
                let one = |at: usize| (format!("section_{at:02}"), section(group * sections + at));
                if sections == 0 {
                    section(0)
                } else {
                    (0..sections).map(one).collect::<Map<_, _>>().into()
                }
            };
            match groups {
                0 => config(0),
                _ => {
                    let one = |at: usize| (format!("group_{at:02}"), config(at));
                    (0..groups).map(one).collect::<Map<_, _>>().into()
                }
            }
        }
        Shape::List { items } => {
            let items: Vec<_> = (0..items).map(|at| item(at, changed && at == items / 2)).collect();
            json!({ "items": items })
        }
        Shape::Map { entries } => {
            let one =
                |at: usize| (format!("entry_{at:04}"), item(at, changed && at == entries / 2));
            json!({ "entries": (0..entries).map(one).collect::<Map<_, _>>() })
        }
        Shape::Enums { items } => {
            let sink = |at: usize| {
                let port = 1024 + at + usize::from(changed && at == items / 2);
                match at % 3 {
                    0 => {
                        json!({"kind": "tcp", "host": format!("host-{at}.example.com"), "port": port, "tls": true, "retries": 3})
                    }
                    1 => json!({"kind": "file", "path": format!("/var/log/{at}"), "size": port}),
                    _ => {
                        json!({"kind": "console", "color": at.is_multiple_of(2), "width": port, "prefix": "app"})
                    }
                }
            };
            json!({ "sinks": (0..items).map(sink).collect::<Vec<_>>() })
        }
    }
}

fn item(at: usize, changed: bool) -> Value {
    json!({
        "host": format!("host-{at}.example.com"),
        "port": 1024 + at + usize::from(changed),
        "weight": at as f64 * 0.25 + 0.5,
        "enabled": at.is_multiple_of(2),
        "motd": format!("welcome to service {at}"),
    })
}

/// Returns the value of a field, of the type that its place has.
fn scalar(at: usize, changed: bool) -> Value {
    let number = at * 7 + usize::from(changed) * 100_003;
    match at % 5 {
        0 => (1000 + number).into(),
        1 => (number.is_multiple_of(2) != changed).into(),
        2 => (number as f64 * 0.25 + 0.5).into(),
        3 => format!("value-{number:06}-of-section").into(),
        _ => (number % 65_536).into(),
    }
}

/// Returns a document in a format.
pub(super) fn render(document: &Value, format: &str) -> String {
    let mut text = String::new();
    match format {
        "json" => {
            text = serde_json::to_string_pretty(document).expect("a document");
            text.push('\n');
        }
        "toml" => toml(document, "", &mut text),
        _ => yaml(document, 0, &mut text),
    }
    text
}

fn yaml(value: &Value, indent: usize, text: &mut String) {
    for (name, value) in value.as_object().expect("a map") {
        _ = write!(text, "{:indent$}{name}:", "");
        match value {
            Value::Object(_) => {
                text.push('\n');
                yaml(value, indent + 2, text);
            }
            Value::Array(items) => {
                text.push('\n');
                for item in items {
                    let from = text.len();
                    yaml(item, indent + 4, text);
                    text.replace_range(from + indent + 2..from + indent + 3, "-");
                }
            }
            Value::String(plain) => _ = writeln!(text, " {plain}"),
            scalar => _ = writeln!(text, " {scalar}"),
        }
    }
}

fn toml(value: &Value, path: &str, text: &mut String) {
    let entries = value.as_object().expect("a map");
    for (name, value) in entries.iter().filter(|(_, value)| !value.is_object() && !value.is_array())
    {
        _ = writeln!(text, "{name} = {value}");
    }
    for (name, value) in entries {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            Value::Object(_) => {
                _ = writeln!(text, "\n[{path}]");
                toml(value, &path, text);
            }
            Value::Array(items) => {
                for item in items {
                    _ = writeln!(text, "\n[[{path}]]");
                    toml(item, &path, text);
                }
            }
            _ => {}
        }
    }
}
