//! A document as the loader reads it, for the check before a publication. It is no part of the public interface.

use std::collections::HashMap;

use serde_json::{Map, Number, Value as Json};

use super::version::Document;
use crate::{
    document::{
        Finding, Integer, Limits, Node, Place, Scalar, ScalarKind, SourceId, SourceInfo, Spent,
        Value, float, misspelt, origin_of, unknown_variant,
    },
    error::{Problem, ProblemKind},
    place::Key,
};

/// A document as the loader reads it, with the places of its keys and values, which go by their JSON pointers.
#[derive(Debug)]
pub struct Placed {
    /// The document as JSON.
    pub value: Json,
    source: [SourceInfo; 1],
    spots: HashMap<String, Spot>,
}

/// A value of a document.
#[derive(Debug)]
struct Spot {
    key: Key,
    /// The place of the key itself.
    named: Place,
    value: Place,
}

impl Placed {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Every problem of its text.
    pub fn read(document: &Document) -> Result<Self, Vec<Problem>> {
        let source = [SourceInfo::new(document.name.as_str())];
        let Some(format) = document.format() else {
            let message = "the ending of its name is none of .yaml, .yml, .toml and .json";
            let origin = origin_of(&source, Place::whole(SourceId(0)));
            return Err(vec![Problem::error(message).with_origin(origin)]);
        };
        let (limits, mut spent) = (Limits::default(), Spent::default());
        let (root, findings) = format.parse(SourceId(0), &document.text, &limits, &mut spent);
        let problem = |finding: Finding| {
            let problem = Problem::error(finding.text).with_kind(finding.kind);
            let problem = problem.with_origin(origin_of(&source, finding.place));
            finding.key.into_iter().fold(problem, Problem::with_key)
        };
        let errors = findings.into_iter().filter(Finding::is_error);
        let problems: Vec<_> = errors.map(problem).collect();
        match root.filter(|_| problems.is_empty()) {
            Some(root) => {
                let mut placed = Self { value: Json::Null, source, spots: HashMap::new() };
                let key = Key::parse("");
                placed.value = placed.take(&root, root.place, key, &mut String::new());
                Ok(placed)
            }
            None => Err(problems),
        }
    }

    /// Makes a problem of a value.
    pub fn about(&self, pointer: &str, message: impl Into<String>) -> Problem {
        self.problem(pointer, message.into(), |spot| spot.value)
    }

    /// Makes a problem of a key.
    pub fn about_key(&self, pointer: &str, message: impl Into<String>) -> Problem {
        self.problem(pointer, message.into(), |spot| spot.named)
    }

    /// Makes the problem of a key that is none of the known ones.
    pub fn unknown_key<'n>(&self, pointer: &str, known: impl Iterator<Item = &'n str>) -> Problem {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        let message = misspelt(&name, known);
        let message = message.unwrap_or_else(|| "unknown key, remove it".to_owned());
        self.about_key(pointer, message).with_kind(ProblemKind::UnknownKey)
    }

    /// Returns the message about a variant of an enum that is none of the known ones.
    pub fn unknown_variant(found: &str, known: &[&str]) -> String {
        unknown_variant(found, found, known)
    }

    fn problem(&self, pointer: &str, message: String, place: impl Fn(&Spot) -> Place) -> Problem {
        let problem = Problem::error(message);
        let spot = self.spots.get(pointer);
        let place = spot.map_or(Place::whole(SourceId(0)), place);
        let problem = problem.with_origin(origin_of(&self.source, place));
        spot.into_iter().fold(problem, |problem, spot| problem.with_key(&spot.key))
    }

    fn take(&mut self, node: &Node, named: Place, key: Key, pointer: &mut String) -> Json {
        let length = pointer.len();
        let value = match &node.value {
            Value::Null => Json::Null,
            Value::Scalar(scalar) => json(scalar),
            Value::Untyped(untyped) => untyped.text.as_str().into(),
            Value::List(items) => {
                let item = |(index, item): (usize, &Node)| {
                    pointer.push_str(&format!("/{index}"));
                    let item = self.take(item, item.place, key.item(index), pointer);
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
                    let key = key.child(name.to_string());
                    map.insert(name.to_string(), self.take(&entry.node, entry.key, key, pointer));
                    pointer.truncate(length);
                }
                map.into()
            }
        };
        self.spots.insert(pointer.clone(), Spot { key, named, value: node.place });
        value
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, text: &str) -> Result<Placed, Vec<Problem>> {
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
            let at = |pointer| placed.about(pointer, "x").to_string();
            assert_eq!(at("/servers/0/port"), format!("{name}:{port}: servers[0].port: x"));
            assert_eq!(at("/servers/0"), format!("{name}:{server}: servers[0]: x"));
            assert_eq!(at("/nothing"), format!("{name}: x"));
            let known = ["a/c", "port"].into_iter();
            let unknown = placed.unknown_key("/servers/0/a~1b", known).to_string();
            assert!(unknown.ends_with("unknown key, did you mean `a/c`?"), "{unknown}");
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
            let found = problems[0].to_string();
            assert!(found.starts_with(place), "{name} {text:?}: {found}");
        }
    }
}
