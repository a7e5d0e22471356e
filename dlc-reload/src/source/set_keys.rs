//! Values that are set in code, such as those from the command line.

use std::fmt;

use serde::Serialize;

use super::{Intake, Source, untyped};
use crate::{
    document::{Entry, Layer, Limits, Map, Node, Place, ScalarKind, Text, Value},
    error::Problem,
    key::Key,
    origin::Origin,
};

/// The name of an override in messages.
const NAME: &str = "override";

/// Keys and the values they are set to, in order.
#[derive(Default)]
pub(crate) struct SetKeys {
    /// Without a value where it does not serialize.
    values: Vec<(Key, Option<serde_json::Value>)>,
}

impl SetKeys {
    pub(crate) fn set(&mut self, key: Key, value: impl Serialize) {
        self.values.push((key, serde_json::to_value(value).ok()));
    }
}

/// Leaves out the values, which may be secrets.
impl fmt::Debug for SetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.iter().map(|(key, _)| key)).finish()
    }
}

impl Source for SetKeys {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.together(|intake| self.hand_over(intake));
    }
}

impl SetKeys {
    fn hand_over(&self, intake: &mut Intake<'_>) {
        let first = intake.next_source();
        for (key, value) in &self.values {
            match value {
                Some(value) => {
                    let id = intake.source(NAME.into());
                    intake.at(key, value_node(value, Place::whole(id), intake.limits()));
                }
                None => intake.problem(
                    Problem::error(
                        "the value of this override does not serialize, set one that does",
                    )
                    .with_key(key)
                    .with_origin(Origin::source(NAME)),
                ),
            }
        }
        intake.layer(Layer::Overrides { sources: first..intake.next_source() });
    }
}

/// Turns a JSON value into a node. A string may come from a command line, where every value is one,
/// so it adapts to the field.
pub(crate) fn value_node(value: &serde_json::Value, place: Place, limits: &Limits) -> Node {
    match value {
        serde_json::Value::Null => Node::null(place),
        serde_json::Value::Bool(value) => Node::strict(place, ScalarKind::Bool, value.to_string()),
        serde_json::Value::Number(number) => {
            let kind = if number.is_f64() { ScalarKind::Float } else { ScalarKind::Integer };
            Node::strict(place, kind, number.to_string())
        }
        serde_json::Value::String(text) => untyped(place, text.as_str(), limits),
        serde_json::Value::Array(items) => {
            let items = items.iter().map(|item| value_node(item, place, limits)).collect();
            Node { place, value: Value::List(items) }
        }
        serde_json::Value::Object(object) => {
            let entry = |value| Entry { key: place, node: value_node(value, place, limits) };
            let map: Map = object
                .iter()
                .map(|(name, value)| (Text::from(name.as_str()), entry(value)))
                .collect();
            Node { place, value: Value::Map(Box::new(map)) }
        }
    }
}
