//! The marks by which a configuration file names its schema to editors.

use std::ops::Range;

use jsonc_parser::{CollectOptions, ParseOptions, ast, common::Ranged, parse_to_ast};

use super::edit::{Edit, line_end, start};
use crate::source::Format;

/// Returns the edit that makes a text name this schema; `None` where it does.
///
/// # Errors
///
/// The text is none of the format, or has no place for a mark.
pub(super) fn edit(format: Format, text: &str, schema: &str) -> Result<Option<Edit>, String> {
    let found = match format {
        Format::Yaml => in_comment(text, yaml_schema),
        Format::Toml => in_comment(text, toml_schema),
        Format::Json => return in_json(text, schema),
    };
    Ok(match found {
        Found::Mark(at) if is_same(&text[at.clone()], schema) => None,
        Found::Mark(at) => Some(Edit { at, new: schema.to_owned() }),
        Found::Place(at) => {
            let mark = match format {
                Format::Toml => format!("#:schema {schema}"),
                _ => format!("# yaml-language-server: $schema={schema}"),
            };
            let end = line_end(text);
            // The line before it may be the last one of the file, and without an end.
            let before = if at > 0 && text[..at].ends_with(is_inside_line) { end } else { "" };
            Some(Edit::insertion(at, format!("{before}{mark}{end}")))
        }
    })
}

/// Returns true if both name the same file beside the configuration file.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |schema: &str| schema.trim_start_matches("./").to_owned();
    plain(one) == plain(other)
}

fn is_inside_line(letter: char) -> bool {
    !matches!(letter, '\n' | '\u{feff}')
}

/// The place of a mark in a text.
enum Found {
    /// There is a mark, with the name of a schema here.
    Mark(Range<usize>),
    /// There is none, and it would stand here.
    Place(usize),
}

/// Finds the mark among the lines above the first key.
fn in_comment(text: &str, schema: fn(&str) -> Option<Range<usize>>) -> Found {
    let start = start(text);
    let mut at = start;
    let mut place = start;
    for line in text[start..].split_inclusive('\n') {
        let trimmed = line.trim();
        // The system looks for this one at the very beginning.
        if at == start && trimmed.starts_with("#!") {
            place = at + line.len();
        }
        if let Some(found) = schema(line) {
            return Found::Mark(at + found.start..at + found.end);
        }
        let is_start = trimmed.split_whitespace().next() == Some("---");
        if !(trimmed.is_empty() || is_start || trimmed.starts_with(['#', '%'])) {
            break;
        }
        at += line.len();
    }
    Found::Place(place)
}

/// Returns the place of the schema in a comment such as `# yaml-language-server: $schema=x` or `# $schema: x`, as the
/// server finds it.
fn yaml_schema(line: &str) -> Option<Range<usize>> {
    let comment = line.strip_prefix('#')?;
    let words = comment.trim_start();
    let server = words.strip_prefix("yaml-language-server");
    let is_mark = server.is_some_and(|rest| rest.trim_start().starts_with(':'))
        || words.starts_with("$schema:");
    if !is_mark || comment.len() == words.len() {
        return None;
    }
    let after = line.find("$schema")? + "$schema".len();
    match line[after..].chars().next()? {
        '=' => word(line, after + 1, false),
        ':' => word(line, after + 1, true),
        _ => None,
    }
}

/// Returns the place of the schema in a comment such as `#:schema x`.
fn toml_schema(line: &str) -> Option<Range<usize>> {
    let indented = line.len() - line.trim_start().len();
    let directive = line[indented..].strip_prefix("#:schema")?;
    let begins = directive.starts_with([' ', '\t']);
    begins.then(|| word(line, line.len() - directive.len(), true)).flatten()
}

/// Returns the place of the word that begins at an offset, or after spaces there.
fn word(line: &str, at: usize, spaced: bool) -> Option<Range<usize>> {
    let rest = &line[at..];
    let trimmed = if spaced { rest.trim_start() } else { rest };
    let start = line.len() - trimmed.len();
    let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
    (length > 0).then(|| start..start + length)
}

/// Finds the member `$schema` of an object, or makes it the first one.
fn in_json(text: &str, schema: &str) -> Result<Option<Edit>, String> {
    let start = start(text);
    let parsed = parse_to_ast(&text[start..], &CollectOptions::default(), &ParseOptions::default());
    let parsed = parsed.map_err(|error| format!("is no JSON: {error}"))?;
    let Some(ast::Value::Object(object)) = parsed.value else {
        return Err("holds no object, so that there is no place for `$schema`".into());
    };
    let quoted = serde_json::Value::from(schema).to_string();
    if let Some(member) = object.get("$schema") {
        let range = member.value.range();
        let is_there =
            matches!(&member.value, ast::Value::StringLit(held) if is_same(&held.value, schema));
        let at = start + range.start..start + range.end;
        return Ok((!is_there).then_some(Edit { at, new: quoted }));
    }
    let open = start + object.range.start + 1;
    let rest = &text[open..];
    let first = rest.len() - rest.trim_start().len();
    let member = format!("\"$schema\": {quoted}");
    Ok(Some(match &rest[..first] {
        _ if object.properties.is_empty() => Edit::insertion(open, member),
        "" => Edit::insertion(open, member + ", "),
        // The first member begins as the second one does.
        space => Edit::insertion(open + first, format!("{member},{space}")),
    }))
}

#[cfg(test)]
mod tests;
