//! Configurations as operators write them, in each format and in many styles.

use serde_json::{Map, Value};

use super::plant::Random;

/// The ways in which a configuration comes to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Yaml,
    Toml,
    Json,
    Variables,
}

/// The prefix of the variables.
pub(super) const PREFIX: &str = "T";

/// The sections whose keys are not all known, so that no variable can name them.
const FLATTENED: [&str; 2] = ["plugins", "store"];

/// Writes a configuration; variables as lines, those in a value ended by NUL, which no value holds.
pub(super) fn written(form: Form, root: &Map<String, Value>, random: &mut Random) -> String {
    let mut text = String::new();
    match form {
        Form::Yaml => yaml_map(root, 0, random, &mut text),
        Form::Toml => toml(root, random, &mut text),
        Form::Json if random.once_in(3) => text = Value::Object(root.clone()).to_string(),
        Form::Json => text = serde_json::to_string_pretty(root).unwrap(),
        Form::Variables => {
            variables(root, "", random, &mut text);
        }
    }
    text
}

/// Returns the variables in the lines of [`written`].
pub(super) fn read_variables(text: &str) -> Vec<(String, String)> {
    let lines = text.split('\0').filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        (name.trim_start().to_owned(), value.to_owned())
    };
    lines.map(pair).filter(|(name, _)| !name.is_empty()).collect()
}

fn variables(map: &Map<String, Value>, above: &str, random: &mut Random, text: &mut String) {
    for (name, value) in map {
        let key = format!("{above}{}", name.to_uppercase());
        match value {
            Value::Object(below)
                if below.keys().all(|name| is_name(name) && *name == name.to_lowercase())
                    && !FLATTENED.contains(&&**name)
                    && random.once_in(2) =>
            {
                variables(below, &format!("{key}__"), random, text);
            }
            Value::String(value) => text.push_str(&format!("{PREFIX}_{key}={value}\0\n")),
            other => text.push_str(&format!("{PREFIX}_{key}={other}\0\n")),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn yaml_map(map: &Map<String, Value>, indent: usize, random: &mut Random, text: &mut String) {
    for (name, value) in map {
        text.push_str(&format!("{:indent$}{}:", "", yaml_key(name)));
        yaml_value(value, indent + 2, random, text);
    }
}

fn yaml_key(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { Value::from(name).to_string() }
}

/// Writes what follows a colon or a dash.
fn yaml_value(value: &Value, indent: usize, random: &mut Random, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() && !random.once_in(4) => {
            text.push('\n');
            yaml_map(map, indent, random, text);
        }
        Value::Array(items) if !items.is_empty() && !random.once_in(4) => {
            text.push('\n');
            for item in items {
                text.push_str(&format!("{:indent$}-", ""));
                yaml_value(item, indent + 2, random, text);
            }
        }
        Value::String(block) if is_block(block) && !random.once_in(3) => {
            text.push_str(if block.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in block.lines() {
                text.push_str(&format!("{:indent$}{line}\n", ""));
            }
        }
        other => text.push_str(&format!(" {}\n", yaml_flow(other, random))),
    }
}

fn is_block(text: &str) -> bool {
    text.contains('\n') && text.lines().all(is_plain) && !text.ends_with("\n\n")
}

fn yaml_flow(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| {
                format!("{}: {}", yaml_key(name), yaml_flow(value, random))
            };
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| yaml_flow(item, random)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if is_plain(text) && !random.once_in(3) => text.clone(),
        Value::String(text) if !text.contains(['\n', '\t']) && random.once_in(2) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        other => other.to_string(),
    }
}

/// Returns true if a text means itself without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "+/=!.-_:@%?$*; ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !["on", "it's", "true", "null"].contains(&text)
}

fn toml(root: &Map<String, Value>, random: &mut Random, text: &mut String) {
    let (mut first, mut tables) = (String::new(), String::new());
    for (name, value) in root {
        match value {
            Value::Object(map) if random.once_in(2) => {
                tables.push_str(&format!("\n[{name}]\n"));
                for (name, value) in map {
                    let value = toml_value(value, random);
                    tables.push_str(&format!("{} = {value}\n", yaml_key(name)));
                }
            }
            Value::Object(map) if random.once_in(2) => {
                for (below, value) in map {
                    let value = toml_value(value, random);
                    first.push_str(&format!("{name}.{} = {value}\n", yaml_key(below)));
                }
            }
            Value::Array(items) if items.iter().all(Value::is_object) && random.once_in(2) => {
                for item in items.iter().filter_map(Value::as_object) {
                    tables.push_str(&format!("\n[[{name}]]\n"));
                    for (name, value) in item {
                        let value = toml_value(value, random);
                        tables.push_str(&format!("{} = {value}\n", yaml_key(name)));
                    }
                }
            }
            other => first.push_str(&format!("{name} = {}\n", toml_value(other, random))),
        }
    }
    text.push_str(&first);
    text.push_str(&tables);
}

fn toml_value(value: &Value, random: &mut Random) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| {
                format!("{} = {}", yaml_key(name), toml_value(value, random))
            };
            format!("{{ {} }}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| toml_value(item, random)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) if !text.contains(['\n', '\'']) && random.once_in(2) => {
            format!("'{text}'")
        }
        Value::String(text) if text.contains('\n') && random.once_in(2) => {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"\"\"\n{escaped}\"\"\"")
        }
        other => other.to_string(),
    }
}
