//! Values on one line, as YAML, TOML and JSON write them.

use std::fmt::Write;

use serde_json::Value as Json;

/// Returns a text in double quotes, in which nothing is that a format refuses or a reader cannot see.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if is_unseen(c) => {
                // Writing to a string cannot fail. No such character lies beyond those of four digits.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}')
}

/// Returns a value as JSON on one line, with spaces.
pub(super) fn json(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", "))
        }
        Json::Object(all) if !all.is_empty() => {
            let all = all.iter().map(|(name, value)| format!("{}: {}", quoted(name), json(value)));
            format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Returns a value as YAML on one line.
pub(super) fn yaml(value: &Json) -> String {
    match value {
        Json::String(text) => yaml_text(text),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", "))
        }
        Json::Object(all) if !all.is_empty() => {
            let all =
                all.iter().map(|(name, value)| format!("{}: {}", yaml_text(name), yaml(value)));
            format!("{{ {} }}", all.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Returns a text as YAML, without quotes where every reader of YAML takes it for a text.
pub(super) fn yaml_text(text: &str) -> String {
    const OTHERS: [&str; 12] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let is_plain = is_plain || is_with_unit(text);
    if is_plain && !OTHERS.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Returns true for a text such as `1h 30m` and `64 MiB`.
fn is_with_unit(text: &str) -> bool {
    let mut after_number = false;
    for word in text.split(' ') {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let has_number = unit.len() < word.len();
        // A number such as `0x1f` or `1e5` has digits after its letter.
        let is_unit = unit.chars().all(|c| c.is_ascii_alphabetic());
        let fits = match (has_number, unit.is_empty()) {
            (true, is_bare) => {
                let before = std::mem::replace(&mut after_number, is_bare);
                !before
            }
            (false, false) => std::mem::replace(&mut after_number, false),
            (false, true) => false,
        };
        if !fits || !is_unit || word.starts_with("0x") || word.starts_with("0o") {
            return false;
        }
    }
    !after_number
}

/// Returns a value as TOML on one line; `None` where TOML has no such value.
pub(super) fn toml(value: &Json) -> Option<String> {
    Some(match value {
        Json::Null => return None,
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(toml).collect();
            format!("[{}]", items?.join(", "))
        }
        Json::Object(all) => {
            // What is absent is `null`.
            let all = all.iter().filter(|(_, value)| !value.is_null());
            let all: Option<Vec<_>> = all
                .map(|(name, value)| Some(format!("{} = {}", toml_name(name), toml(value)?)))
                .collect();
            match all?.join(", ") {
                all if all.is_empty() => "{}".to_owned(),
                all => format!("{{ {all} }}"),
            }
        }
        other => other.to_string(),
    })
}

/// Returns a key of TOML.
pub(super) fn toml_name(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}
