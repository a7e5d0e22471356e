//! A document as the loader reads it, for the check before a publication. It is no part of the public interface.

use std::collections::HashMap;

use serde_json::{Map, Number, Value as Json};

use super::{state::NodeProblem, version::Document};
use crate::{
    document::{
        Finding, Integer, Limits, Node, Place, Scalar, ScalarKind, SourceId, Spent, Value, float,
    },
    place::Key,
};

/// A document as the loader reads it, with the places of its keys and values by their JSON pointers.
#[derive(Debug)]
pub struct Placed {
    /// The document as JSON.
    pub value: Json,
    name: String,
    keys: HashMap<String, Place>,
    values: HashMap<String, Place>,
}

impl Placed {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Every problem of its text.
    pub fn read(document: &Document) -> Result<Self, Vec<NodeProblem>> {
        let name = document.name.clone();
        let Some(format) = document.format() else {
            let (key, place) = (None, Some(name));
            let message = "its ending names no format: .yaml, .yml, .toml or .json do".into();
            return Err(vec![NodeProblem { key, place, message }]);
        };
        let (limits, mut spent) = (Limits::default(), Spent::default());
        let (root, findings) = format.parse(SourceId(0), &document.text, &limits, &mut spent);
        let errors = findings.into_iter().filter(Finding::is_error);
        let problem = |finding: Finding| NodeProblem {
            key: finding.key.as_ref().map(Key::to_string),
            place: Some(shown(&name, finding.place)),
            message: finding.text,
        };
        let problems: Vec<_> = errors.map(problem).collect();
        match root.filter(|_| problems.is_empty()) {
            Some(root) => {
                let (keys, values) = (HashMap::new(), HashMap::new());
                let mut placed = Self { value: Json::Null, name, keys, values };
                placed.value = placed.take(&root, &mut String::new());
                Ok(placed)
            }
            None => Err(problems),
        }
    }

    /// Returns the place of a value: `base.yaml:7:10`.
    pub fn place(&self, pointer: &str) -> String {
        shown(&self.name, self.values.get(pointer).copied().unwrap_or(Place::NONE))
    }

    /// Returns the place of a key.
    pub fn key_place(&self, pointer: &str) -> String {
        match self.keys.get(pointer) {
            Some(place) => shown(&self.name, *place),
            None => self.place(pointer),
        }
    }

    fn take(&mut self, node: &Node, pointer: &mut String) -> Json {
        self.values.insert(pointer.clone(), node.place);
        let length = pointer.len();
        match &node.value {
            Value::Null => Json::Null,
            Value::Scalar(scalar) => json(scalar),
            Value::Untyped(untyped) => untyped.text.as_str().into(),
            Value::List(items) => {
                let item = |(index, item): (usize, &Node)| {
                    pointer.push_str(&format!("/{index}"));
                    let item = self.take(item, pointer);
                    pointer.truncate(length);
                    item
                };
                items.iter().enumerate().map(item).collect()
            }
            Value::Map(entries) => {
                let mut map = Map::new();
                for (name, entry) in entries.iter() {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.keys.insert(pointer.clone(), entry.key);
                    map.insert(name.to_string(), self.take(&entry.node, pointer));
                    pointer.truncate(length);
                }
                map.into()
            }
        }
    }
}

/// Returns a scalar as JSON; what JSON has no number for is the text.
fn json(scalar: &Scalar) -> Json {
    let text = scalar.text.as_str();
    let number = match scalar.kind {
        ScalarKind::Bool => return text.eq_ignore_ascii_case("true").into(),
        ScalarKind::String => None,
        ScalarKind::Integer => Integer::parse(text).and_then(|it| match it {
            Integer::Negative(number) => i64::try_from(number).ok().map(Number::from),
            Integer::Unsigned(number) => u64::try_from(number).ok().map(Number::from),
        }),
        ScalarKind::Float => float(text).and_then(Number::from_f64),
    };
    number.map_or_else(|| text.into(), Json::Number)
}

fn shown(name: &str, place: Place) -> String {
    match place.line {
        0 => name.to_owned(),
        line => format!("{name}:{line}:{}", place.column),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, text: &str) -> Result<Placed, Vec<NodeProblem>> {
        Placed::read(&Document { name: name.into(), text: text.into() })
    }

    #[test]
    fn the_same_values_and_their_places_are_read_in_every_format() {
        for (name, text, server, port) in [
            ("a.yaml", "rate: 1.5\nservers:\n  - port: 80\n    'a/b': yes\n", "3:5", "3:11"),
            ("a.toml", "rate = 1.5\n\n[[servers]]\nport = 80\n\"a/b\" = \"yes\"\n", "3:1", "4:8"),
            (
                "a.json",
                "{\"rate\": 1.5,\n \"servers\": [\n{\"port\": 80, \"a/b\": \"yes\"}]}",
                "3:1",
                "3:10",
            ),
        ] {
            let placed = read(name, text).unwrap();
            let expected = json!({ "rate": 1.5, "servers": [{ "port": 80, "a/b": "yes" }] });
            assert_eq!(placed.value, expected, "{name}");
            assert_eq!(placed.place("/servers/0/port"), format!("{name}:{port}"));
            assert_eq!(placed.place("/servers/0"), format!("{name}:{server}"));
            assert!(placed.key_place("/servers/0/a~1b").starts_with(&format!("{name}:")));
            assert_eq!(placed.place("/nothing"), name);
        }
    }

    #[test]
    fn a_text_that_is_broken_says_where() {
        for (name, text, place) in [
            ("a.yaml", "rate: 1\nrate: 2\n", "a.yaml:2:1"),
            ("a.yaml", "rate: [1\n", "a.yaml:"),
            ("a.toml", "rate = 1\nrate = 2\n", "a.toml:2:1"),
            ("a.json", "{\"rate\": }", "a.json:1:10"),
            ("a.yaml", "- 1\n", "a.yaml:1:1"),
            ("a.yaml", "", "a.yaml"),
            ("a.ini", "", "a.ini"),
        ] {
            let problems = read(name, text).unwrap_err();
            let found = problems[0].place.as_deref().unwrap_or_default();
            assert!(found.starts_with(place), "{name} {text:?}: {problems:?}");
        }
    }
}
