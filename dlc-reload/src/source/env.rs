//! Environment variables.

use std::{ffi::OsString, sync::Arc};

use super::{Intake, Source};
use crate::{
    document::{Node, Place},
    error::Problem,
    field::{FieldKind, Table},
    origin::Origin,
    path::Key,
};

/// Separates the names of nested keys.
const NESTING: &str = "__";

/// Says in which environment the service runs. It is never a key.
const RESERVED: &str = "DLC_ENV";

/// The environment variables with a prefix: with `DLC`, `DLC_LOGGING__LEVEL` sets `logging.level`.
///
/// A variable is the prefix, `_`, and the names of the key in upper case with `-` as `_`, joined by
/// `__`. Its text becomes what the field wants: a number, a boolean, a string, a list (`a,b` or
/// `[a, b]`) or a map (`{a: 1}`). Below a map, names are taken in lower case. A variable that names no key is a warning,
/// because platforms add their own. `DLC_ENV` is reserved.
#[derive(Clone, Debug)]
pub struct Env {
    prefix: String,
    variables: Option<Arc<[(OsString, OsString)]>>,
}

impl Env {
    /// The variables of this process that start with `prefix` and `_`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), variables: None }
    }

    /// The same prefix, over these variables in place of those of the process.
    #[must_use]
    pub fn of<N, V>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: Some(variables.collect()), ..self }
    }

    fn variables(&self) -> Vec<(String, OsString)> {
        let start = format!("{}_", self.prefix);
        let matching = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok()?;
            (name.starts_with(&start) && name != RESERVED).then_some((name, value))
        };
        let mut variables: Vec<_> = match &self.variables {
            Some(given) => given.iter().cloned().filter_map(matching).collect(),
            None => std::env::vars_os().filter_map(matching).collect(),
        };
        variables.sort();
        variables
    }
}

impl Source for Env {
    fn read(&self, intake: &mut Intake<'_>) {
        for (name, value) in self.variables() {
            let source: Arc<str> = format!("environment variable {name}").into();
            let Some(key) = key_of(intake.table(), &name[self.prefix.len() + 1..]) else {
                let message = "names no key and is ignored, correct or remove it";
                intake.problem(Problem::warning(message).with_origin(Origin::source(source)));
                continue;
            };
            match value.into_string() {
                Ok(text) => {
                    let id = intake.source(source);
                    intake.at(&key, Node::untyped(Place::whole(id), text));
                }
                Err(_) => intake.problem(
                    Problem::error("not UTF-8").with_key(key).with_origin(Origin::source(source)),
                ),
            }
        }
    }
}

/// The key that the rest of a variable's name stands for. A name may hold `__` itself, so every
/// field that fits is tried.
fn key_of(table: &Table, rest: &str) -> Option<Key> {
    table.fields.iter().find_map(|field| {
        if field.flatten {
            return match &field.kind {
                FieldKind::Section { table, .. } => key_of(table, rest),
                FieldKind::Leaf { .. } => None,
            };
        }
        let spellings = std::iter::once(field.name).chain(field.aliases.iter().copied());
        spellings.into_iter().find_map(|spelling| {
            let after = rest.strip_prefix(&variable(spelling))?;
            let here = Key::root().child(field.name);
            if after.is_empty() {
                return Some(here);
            }
            let below = after.strip_prefix(NESTING).filter(|below| !below.is_empty())?;
            match &field.kind {
                FieldKind::Section { table, .. } => key_of(table, below).map(|key| here.join(&key)),
                FieldKind::Leaf { .. } => Some(
                    below.split(NESTING).fold(here, |key, name| key.child(name.to_lowercase())),
                ),
            }
        })
    })
}

fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
