//! The reader of texts that have no types, such as environment variables.
//!
//! A text that begins with a bracket is JSON or, with the feature `yaml`, YAML. Any other one may be a list
//! with commas. The field decides between the text as it is and the list or map.

use serde::de::IgnoredAny;

#[cfg(feature = "yaml")]
use super::yaml;
use crate::document::{
    Builder, Finding, Limits, Node, Place, Scalar, ScalarKind, Text, Untyped, Value,
};

/// Returns a text that becomes what the field wants.
pub(crate) fn untyped(place: Place, text: impl Into<Text>, limits: &Limits) -> Node {
    let text = text.into();
    let trimmed = text.trim();
    let bracketed = trimmed.starts_with(['[', '{']);
    let shape =
        if bracketed { in_brackets(trimmed, place, limits) } else { separated(trimmed, place) };
    let shape = shape.map_err(Into::into);
    Node { place, value: Value::Untyped(Box::new(Untyped { text, shape, bracketed })) }
}

/// Splits a text at its commas, one of which may stand at the end.
fn separated(text: &str, place: Place) -> Result<Node, String> {
    let mut items = Vec::new();
    for item in text.strip_suffix(',').unwrap_or(text).split(',').map(str::trim) {
        if item.is_empty() && !text.is_empty() {
            let number = items.len() + 1;
            return Err(format!(
                "the item {number} is empty: take a comma away, or write an empty text as in `[\"a\", \"\"]`"
            ));
        }
        items.push(Node { place, value: Value::Scalar(Scalar::item(item)) });
    }
    if text.is_empty() {
        items.clear();
    }
    Ok(Node { place, value: Value::List(items) })
}

fn in_brackets(text: &str, place: Place, limits: &Limits) -> Result<Node, String> {
    let read = json(text, place, limits);
    #[cfg(feature = "yaml")]
    let read = read.or_else(|_| flow(text, place, limits));
    read.map_err(|reason| {
        let kinds = if cfg!(feature = "yaml") {
            "is neither JSON nor YAML"
        } else {
            "is not JSON (this program reads no YAML)"
        };
        let (bracket, remedy) = match text.as_bytes().first() {
            Some(b'[') => ('[', "a list as `[\"a\", \"b\"]` or `a,b`"),
            _ => ('{', "a map as `{\"a\": 1}`"),
        };
        format!("begins with `{bracket}`, but {kinds}: {reason}; write {remedy}")
    })
}

/// Returns the tree, or the reason of the first finding, which quotes no text.
fn built(builder: Builder<'_>, read: Result<(), Finding>, text: &str) -> Result<Node, String> {
    let place = |place: Place| match place.line {
        0 => String::new(),
        1 if !text.contains('\n') => format!("column {}, ", place.column),
        line => format!("line {line}, column {}, ", place.column),
    };
    if let Err(Finding { place: at, text, .. }) = read {
        let reason = text.strip_prefix("invalid YAML: ").unwrap_or(&text);
        return Err(format!("{}{reason}", place(at)));
    }
    match builder.finish() {
        (Some(node), found) if found.is_empty() => Ok(node),
        // Its message would name the key, which may be a secret.
        _ => Err("a key stands in it twice, remove one of the two".to_owned()),
    }
}

/// Reads YAML, of which brackets are the flow style.
#[cfg(feature = "yaml")]
fn flow(text: &str, place: Place, limits: &Limits) -> Result<Node, String> {
    let mut builder = Builder::new(limits);
    let read = yaml::parse(place.source, text, &mut builder);
    let mut node = built(builder, read, text)?;
    if yaml::leaves_out_a_value(text) {
        // In YAML `{a:1}` is one key, and its value is null, which would leave the entry out.
        return Err("a key without a value, write `{a: 1}` with a space, or `{a: null}`".to_owned());
    }
    settle(&mut node, place);
    Ok(node)
}

/// Gives a tree the place of the text that it was read from, which has no lines.
#[cfg(feature = "yaml")]
fn settle(node: &mut Node, place: Place) {
    node.place = place;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| settle(item, place)),
        Value::Map(map) => {
            for entry in map.values_mut() {
                entry.key = place;
                settle(&mut entry.node, place);
            }
        }
        Value::Null | Value::Scalar(_) | Value::Untyped(_) => {}
    }
}

/// Reads JSON, with every number as it is written.
fn json(text: &str, place: Place, limits: &Limits) -> Result<Node, String> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or_default();
        format!("line {line}, column {column}, {reason}")
    })?;
    let mut builder = Builder::new(limits);
    let read = tokens(text, place, &mut builder);
    built(builder, read, text)
}

/// Reads the tokens of a text that is known to be JSON.
fn tokens(json: &str, place: Place, builder: &mut Builder<'_>) -> Result<(), Finding> {
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let mut length = 1;
        match first {
            b'[' => builder.start_list(place)?,
            b'{' => builder.start_map(place)?,
            b']' | b'}' => builder.end(),
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            b'"' => {
                length = quoted(rest);
                // The check of the whole lets half of a surrogate pair pass.
                let text = serde_json::from_str::<String>(&rest[..length])
                    .map_err(|_| Finding::error(place, "an escape that is no character"))?;
                if builder.wants_key() {
                    builder.key(text, place);
                } else {
                    builder.value(Node::strict(place, ScalarKind::String, text))?;
                }
            }
            _ => {
                let ends = [',', ']', '}', ' ', '\t', '\n', '\r'];
                length = rest.find(ends).unwrap_or(rest.len());
                builder.value(match &rest[..length] {
                    "null" => Node::null(place),
                    text => Node { place, value: Value::Scalar(Scalar::item(text)) },
                })?;
            }
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// Returns the length of the string that a text begins with, its quotes included.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Result<Node, Box<str>> {
        match untyped(Place::NONE, text, &Limits::default()).value {
            Value::Untyped(untyped) => untyped.shape,
            _ => unreachable!("a text"),
        }
    }

    /// The text of a scalar.
    fn text(node: &Node) -> &str {
        match &node.value {
            Value::Scalar(scalar) => &scalar.text,
            _ => "no scalar",
        }
    }

    #[test]
    fn json_is_read_with_every_feature() {
        let list = shape(r#" ["a\u0026b", 1.10, true, 340282366920938463463374607431768211456] "#);
        let list = list.unwrap();
        let items: Vec<_> = list.as_list().unwrap().iter().map(text).collect();
        assert_eq!(items, ["a&b", "1.10", "true", "340282366920938463463374607431768211456"]);
        let map = shape(r#"{"a": {"b c": null}}"#).unwrap();
        assert!(map.as_map().unwrap()["a"].node.as_map().unwrap()["b c"].node.is_null());
        for damaged in [r#"["a""#, r#"["\ud800"]"#, r#"{"a": 1, "a": 2}"#, r#"["a"]]"#] {
            assert!(shape(damaged).is_err(), "{damaged}");
        }
    }

    #[cfg(not(feature = "yaml"))]
    #[test]
    fn quotes_are_asked_for_where_yaml_is_not_read() {
        assert_eq!(
            &*shape("[a, b]").unwrap_err(),
            "begins with `[`, but is not JSON (this program reads no YAML): line 1, column 2, expected value; write a list as `[\"a\", \"b\"]` or `a,b`"
        );
    }
}
