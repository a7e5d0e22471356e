//! The reader of JSON, which makes a tree of it.

use std::borrow::Cow;

use jsonc_parser::{CollectOptions, ParseOptions, errors::ParseErrorKind, parse_to_ast};
use serde::de::IgnoredAny;

use super::remedy;
use crate::document::{Builder, Finding, LineIndex, Node, Place, ScalarKind, SourceId, characters};

/// JSON as RFC 8259 has it: nothing that its many readers do not take.
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

/// Reads a document. A duplicate key goes to the builder, any other finding is `Err`.
///
/// A reader that only checks is fast, and leaves a text in which nothing but the ends of the values has to be found.
/// A text that it refuses is read again by one that says better what is wrong.
pub(super) fn parse(
    source: SourceId,
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    let lines = LineIndex::new(source, text);
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => tree(text, &lines, builder),
        Err(_) if text.trim_ascii().is_empty() => Ok(()),
        Err(error) => Err(refusal(&error, text, &lines, builder)),
    }
}

/// Reads a text that is JSON. It keeps no stack but that of the builder.
fn tree(text: &str, lines: &LineIndex<'_>, builder: &mut Builder<'_>) -> Result<(), Finding> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        let start = at;
        at += 1;
        match first {
            b'{' => builder.start_map(lines.place(start))?,
            b'[' => builder.start_list(lines.place(start))?,
            b'}' | b']' => builder.end(),
            b'"' => {
                let (end, is_escaped) = end_of_string(bytes, at);
                at = end;
                let place = lines.place(start);
                let string = if is_escaped {
                    unescaped(&text[start..at], place)?
                } else {
                    Cow::Borrowed(&text[start + 1..at - 1])
                };
                if builder.wants_key() {
                    builder.key(string, place);
                } else {
                    builder.value(Node::strict(place, ScalarKind::String, string))?;
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' | b':' | b',' => {}
            _ => {
                let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                at += bytes[at..].iter().take_while(|byte| is_inside(byte)).count();
                builder.value(scalar(&text[start..at], lines.place(start)))?;
            }
        }
    }
    Ok(())
}

/// Returns the offset after the quotation mark that ends a string, and true if there is an escape in it.
fn end_of_string(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut is_escaped = false;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                is_escaped = true;
                at += 1;
            }
            _ => {}
        }
    }
    (at, is_escaped)
}

/// Returns the text of a string in quotation marks.
fn unescaped(quoted: &str, place: Place) -> Result<Cow<'_, str>, Finding> {
    // One half of a pair of escapes is all that is left to refuse.
    serde_json::from_str(quoted).map(Cow::Owned).map_err(|_| {
        let message = "invalid JSON: one half of a surrogate pair, write the character itself";
        Finding::error(place, message)
    })
}

/// Returns a number, a boolean or `null`.
fn scalar(text: &str, place: Place) -> Node {
    let kind = match text {
        "null" => return Node::null(place),
        "true" | "false" => ScalarKind::Bool,
        _ if text.bytes().any(|byte| b".eE".contains(&byte)) => ScalarKind::Float,
        _ => ScalarKind::Integer,
    };
    Node::strict(place, kind, text)
}

/// Returns the finding about a text that is no JSON.
fn refusal(
    error: &serde_json::Error,
    text: &str,
    lines: &LineIndex<'_>,
    builder: &Builder<'_>,
) -> Finding {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    // The parser takes characters that RFC 8259 refuses. What is wrong before them comes first.
    if let Some((at, message)) = stray(text)
        && parsed.as_ref().err().is_none_or(|error| at < error.range().start)
    {
        return Finding::error(lines.place(at), format!("invalid JSON: {message}"));
    }
    let Err(parsed) = parsed else {
        let place = lines.start_of(error.line());
        return Finding::error(place, format!("invalid JSON: {}", without_place(error)));
    };
    let place = lines.place(parsed.range().start);
    match parsed.kind() {
        // The parser has one limit of its own, which is as deep as our deepest.
        ParseErrorKind::NestingDepthExceeded => builder.too_deep(place),
        other => {
            let (before, at) = text.split_at_checked(parsed.range().start).unwrap_or((text, ""));
            let message = lowered(&other.to_string());
            Finding::syntax("JSON", place, &message, remedy::json(&message, before, at), text)
        }
    }
}

/// Returns a message without the place at its end, which stands before it already.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split_once(" at line ").map_or(&*message, |(what, _)| what).to_owned()
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
