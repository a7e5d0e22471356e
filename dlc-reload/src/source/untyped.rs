//! The reader of texts that have no types, such as environment variables.
//!
//! A text that begins with a bracket is JSON or, with the feature `yaml`, YAML. Any other one may be a list
//! with commas. The field decides between the text as it is and the list or map.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

#[cfg(feature = "yaml")]
use super::yaml;
use crate::document::{Builder, Finding, Limits, Node, Place, Scalar, ScalarKind, Untyped, Value};

/// Returns a text that becomes what the field wants.
pub(crate) fn untyped(place: Place, text: impl Into<Box<str>>, limits: &Limits) -> Node {
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
            "is not JSON (nor is YAML read, without the feature `yaml`)"
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
    // The parts are read one by one, so what is wrong with the whole is found before.
    serde_json::from_str::<de::IgnoredAny>(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or_default();
        format!("line {line}, column {column}, {reason}")
    })?;
    let mut builder = Builder::new(limits);
    let read = json_value(text, place, &mut builder);
    built(builder, read, text)
}

fn json_value(text: &str, place: Place, builder: &mut Builder<'_>) -> Result<(), Finding> {
    let wrong = |_: serde_json::Error| Finding::error(place, "an escape that is no character");
    let node = match text.as_bytes().first() {
        Some(b'[' | b'{') => {
            let parts = serde_json::from_str(text).map_err(wrong)?;
            return json_parts(parts, place, builder);
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(text).map_err(wrong)?;
            Node::strict(place, ScalarKind::String, text)
        }
        Some(b'n') => Node::null(place),
        _ => Node { place, value: Value::Scalar(Scalar::item(text)) },
    };
    builder.value(node)
}

fn json_parts(parts: Parts<'_>, place: Place, builder: &mut Builder<'_>) -> Result<(), Finding> {
    match parts {
        Parts::List(items) => {
            builder.start_list(place)?;
            for item in items {
                json_value(item.get(), place, builder)?;
            }
        }
        Parts::Map(entries) => {
            builder.start_map(place)?;
            for (name, value) in entries {
                builder.key(name, place);
                json_value(value.get(), place, builder)?;
            }
        }
    }
    builder.end();
    Ok(())
}

/// The items or entries of JSON, each as it is written.
enum Parts<'t> {
    List(Vec<&'t RawValue>),
    Map(Vec<(String, &'t RawValue)>),
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Both;

        impl<'de> Visitor<'de> for Both {
            type Value = Parts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list or map")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Parts<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Parts::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Parts::Map(entries))
            }
        }

        deserializer.deserialize_any(Both)
    }
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
            "begins with `[`, but is not JSON (nor is YAML read, without the feature `yaml`): line 1, column 2, expected value; write a list as `[\"a\", \"b\"]` or `a,b`"
        );
    }
}
