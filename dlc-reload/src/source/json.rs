//! The reader of JSON, which makes a tree of it.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, ObjectPropName, Value},
    common::Ranged,
    errors::ParseErrorKind,
    parse_to_ast,
};

use super::remedy;
use crate::document::{Builder, Finding, LineIndex, Node, ScalarKind, SourceId, characters};

/// The options for JSON as RFC 8259 has it: no comments, no trailing commas.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a document. The parser stops at the first syntax error.
pub(super) fn parse(
    source: SourceId,
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    let lines = LineIndex::new(source, text);
    let stray = stray(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    // The parser takes characters that RFC 8259 refuses. What is wrong before them comes first.
    if let Some((at, message)) = stray
        && parsed.as_ref().err().is_none_or(|error| at < error.range().start)
    {
        return Err(Finding::error(lines.place(at), format!("invalid JSON: {message}")));
    }
    let parsed = parsed.map_err(|error| {
        let place = lines.place(error.range().start);
        match error.kind() {
            // The parser has one limit of its own, which is as deep as our deepest.
            ParseErrorKind::NestingDepthExceeded => builder.too_deep(place),
            other => {
                let (before, at) = text.split_at_checked(error.range().start).unwrap_or((text, ""));
                let message = lowered(&other.to_string());
                Finding::syntax("JSON", place, &message, remedy::json(&message, before, at), text)
            }
        }
    })?;
    match &parsed.value {
        Some(root) => value(root, &lines, builder),
        None => Ok(()),
    }
}

fn value(
    json: &Value<'_>,
    lines: &LineIndex<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    let place = lines.place(json.range().start);
    let node = match json {
        Value::StringLit(literal) => {
            Node::strict(place, ScalarKind::String, literal.value.as_ref())
        }
        Value::NumberLit(literal) => {
            let is_float = literal.value.contains(['.', 'e', 'E']);
            Node::strict(
                place,
                if is_float { ScalarKind::Float } else { ScalarKind::Integer },
                literal.value,
            )
        }
        Value::BooleanLit(literal) => {
            Node::strict(place, ScalarKind::Bool, literal.value.to_string())
        }
        Value::NullKeyword(_) => Node::null(place),
        Value::Object(object) => return map(object, lines, builder),
        Value::Array(array) => {
            builder.start_list(place)?;
            for item in &array.elements {
                value(item, lines, builder)?;
            }
            builder.end();
            return Ok(());
        }
    };
    builder.value(node)
}

fn map(
    object: &Object<'_>,
    lines: &LineIndex<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    builder.start_map(lines.place(object.range.start))?;
    for property in &object.properties {
        let name: &str = match &property.name {
            ObjectPropName::String(literal) => &literal.value,
            ObjectPropName::Word(literal) => literal.value,
        };
        builder.key(name, lines.place(property.name.range().start));
        value(&property.value, lines, builder)?;
    }
    builder.end();
    Ok(())
}

/// Returns the first character that stands where JSON has no place for it, and what is wrong with it: a control
/// character in a string (section 7 of RFC 8259), or other white space than its own between two values
/// (section 2).
fn stray(text: &str) -> Option<(usize, String)> {
    let mut in_string = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => {
                let _: Option<_> = chars.next();
            }
            '\0'..' ' if in_string => {
                let escape = match c {
                    '\n' => "\\n".to_owned(),
                    '\r' => "\\r".to_owned(),
                    '\t' => "\\t".to_owned(),
                    _ => format!("\\u{:04x}", u32::from(c)),
                };
                let code = characters::code(c);
                return Some((at, format!("{code} inside of a string, write it as `{escape}`")));
            }
            ' ' | '\t' | '\n' | '\r' => {}
            _ if !in_string && (c.is_whitespace() || c.is_control()) => {
                let named = characters::named(c).unwrap_or_else(|| characters::code(c));
                return Some((at, format!("{named} between two values, remove it")));
            }
            _ => {}
        }
    }
    None
}

fn lowered(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
