//! Values that are set in code, such as those from the command line.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value as Json;

use super::{Intake, Source, untyped};
use crate::{
    document::{Layer, Limits, Node, Place},
    error::Problem,
    place::{Key, Origin},
    section::{FieldInfo, Table},
};

/// The name of an override in messages, where the author gives none.
pub(crate) const OVERRIDE: &str = "override";

/// Keys and the values they are set to, in order.
#[derive(Default)]
pub(crate) struct SetKeys(Vec<SetKey>);

struct SetKey {
    /// The name by which messages call it.
    name: Arc<str>,
    key: Key,
    /// None where the value does not serialize.
    value: Option<Json>,
    /// True if other users of the machine can see it, because it is an argument of the process.
    is_argument: bool,
}

impl SetKeys {
    pub(crate) fn set(&mut self, name: Arc<str>, key: Key, value: impl Serialize) {
        let value = serde_json::to_value(value).ok();
        self.0.push(SetKey { name, key, value, is_argument: false });
    }

    /// Sets a key by an argument of the process.
    #[cfg(feature = "cli")]
    pub(crate) fn set_by_argument(&mut self, argument: &str, key: Key, text: &str) {
        let value = Some(text.into());
        self.0.push(SetKey { name: argument.into(), key, value, is_argument: true });
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Leaves out the values, which may be secrets.
impl fmt::Debug for SetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|set| &set.key)).finish()
    }
}

impl Source for SetKeys {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.together(|intake| self.hand_over(intake));
    }

    fn name(&self) -> Cow<'_, str> {
        "values that the program sets".into()
    }
}

impl SetKeys {
    fn hand_over(&self, intake: &mut Intake<'_>) {
        let first = intake.next_source();
        let table = intake.shape().table();
        for SetKey { name, key, value, is_argument } in &self.0 {
            match value {
                Some(value) => {
                    let mut value = Cow::Borrowed(value);
                    if let Some(table) = table.section(table.canonical(key).segments()) {
                        leave_out_absent(value.to_mut(), table);
                    }
                    let id = intake.source(Arc::clone(name));
                    intake.at(key, value_node(&value, Place::whole(id), intake.limits()));
                    if *is_argument {
                        intake.last_is_argument(id);
                    }
                }
                None => intake.problem(
                    Problem::error(
                        "the value of this override does not serialize, set one that does",
                    )
                    .with_key(key)
                    .with_origin(Origin::source(Arc::clone(name))),
                ),
            }
        }
        intake.layer(Layer::Overrides { sources: first..intake.next_source() });
    }
}

/// Takes the fields without a value out of a section: they are options that were not given, and erase nothing.
fn leave_out_absent(section: &mut Json, table: &'static Table) {
    let Json::Object(fields) = section else { return };
    fields.retain(|_, value| !value.is_null());
    for (name, value) in fields {
        if let Some(table) = table.field(name).and_then(FieldInfo::table) {
            leave_out_absent(value, table);
        }
    }
}

/// Turns a JSON value into a node. A string may come from a command line, where every value is one,
/// so it adapts to the field.
pub(crate) fn value_node(value: &Json, place: Place, limits: &Limits) -> Node {
    Node::of_json(value, place, &|text| untyped(place, text, limits))
}
