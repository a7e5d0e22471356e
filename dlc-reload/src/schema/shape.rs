//! The shape of a configuration: the fields of its sections, and the schema of what is inside of leaves.

use std::{
    any::TypeId,
    collections::BTreeMap,
    sync::{Mutex, OnceLock},
};

use serde_json::Value as Json;

use super::{
    alternatives::{Alternatives, secret_names},
    root::{of_types, schema},
};
use crate::{
    document::{Node, Retry, Value, similar},
    place::{Key, Segment},
    section::{Found, Leaf, Reloadable, Table},
    sync::lock,
};

/// The fields of a configuration, its schema, and what follows from it. All but the fields is made when it is first
/// needed, once in a process: it is knowledge of a type.
pub(crate) struct Shape {
    table: &'static Table,
    make: fn() -> Json,
    #[cfg_attr(not(feature = "admin"), allow(dead_code, reason = "the admin API shows it"))]
    publish: fn() -> Json,
    schema: OnceLock<Json>,
    /// The names of all fields that are secrets, at any depth.
    secret_names: OnceLock<Vec<String>>,
    /// The leaves that are secrets or may hold some.
    pub(super) secret_leaves: OnceLock<Vec<SecretLeaf>>,
}

/// A leaf that is a secret, or may hold one.
#[derive(Debug)]
pub(crate) struct SecretLeaf {
    pub(crate) leaf: Leaf,
    /// False if the schema does not describe the value, which then may be anything.
    pub(super) is_described: bool,
}

/// Words in the name of an unknown key that suggest a secret value.
const SECRET_WORDS: [&str; 7] =
    ["secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey"];

impl Shape {
    /// Returns the shape of a type.
    pub(crate) fn of<C: Reloadable>() -> &'static Self {
        const {
            assert!(
                C::TABLE.is_complete(),
                "the type of a leaf is `Clone` and `Deserialize`: derive what it lacks"
            )
        };
        static KNOWN: Mutex<BTreeMap<TypeId, &Shape>> = Mutex::new(BTreeMap::new());
        let new = || -> &'static Self {
            Box::leak(Box::new(Self {
                table: C::TABLE,
                make: || of_types::<C>(),
                publish: || schema::<C>().to_value(),
                schema: OnceLock::new(),
                secret_names: OnceLock::new(),
                secret_leaves: OnceLock::new(),
            }))
        };
        lock(&KNOWN).entry(TypeId::of::<C>()).or_insert_with(new)
    }

    pub(crate) const fn table(&self) -> &'static Table {
        self.table
    }

    /// Returns the schema of the types.
    pub(crate) fn schema(&self) -> &Json {
        self.schema.get_or_init(self.make)
    }

    /// Returns the schema that people and editors see.
    #[cfg(feature = "admin")]
    pub(crate) fn published(&self) -> Json {
        (self.publish)()
    }

    /// Returns true if a name that no field has looks like that of a secret: its value is most likely one.
    pub(crate) fn looks_secret(&self, name: &str) -> bool {
        let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        let plain = plain.to_lowercase();
        let names = self.secret_names.get_or_init(|| {
            let leaves = self.table.leaves().into_iter();
            let fields =
                leaves.filter(|leaf| leaf.role.is_secret()).filter_map(|leaf| {
                    match leaf.key.segments().last()? {
                        Segment::Name(name) => Some(name.to_string()),
                        Segment::Item(_) | Segment::Entry(_) => None,
                    }
                });
            fields.chain(secret_names(self.schema()).into_iter().map(str::to_owned)).collect()
        });
        SECRET_WORDS.iter().any(|word| plain.contains(word))
            || similar(name, names.iter().map(String::as_str)).is_some()
    }

    /// Returns what the schema allows for a leaf; `None` where it does not describe the leaf. A flattened one
    /// takes the entries that no field of the section around it takes.
    pub(super) fn allowed(&self, leaf: &Leaf) -> Option<Alternatives<'_>> {
        let there = self.alternatives(&leaf.key);
        if there.is_unknown() {
            return None;
        }
        Some(match self.table.find(leaf.key.segments()) {
            Found::Section(table) => there.entries_beside(table),
            Found::Leaf(..) | Found::Nothing => there,
        })
    }

    /// Returns what the schema allows at a key.
    pub(crate) fn alternatives(&self, key: &Key) -> Alternatives<'_> {
        let all = Alternatives::of(self.schema());
        key.segments().iter().fold(all, |above, segment| above.at(segment))
    }

    /// Teaches which scalars of the leaf at a key can only be meant as the text they are written as. A type that
    /// buffers its value asks for no text, and gets the number or list that it looks like.
    pub(crate) fn teach_texts(&self, key: &Key, leaf: &Node, retry: &Retry) {
        let mut pending = vec![(self.alternatives(key), leaf)];
        while let Some((allowed, node)) = pending.pop() {
            match &node.value {
                Value::Map(map) => {
                    let allowed = allowed.of_variant(map);
                    if allowed.want_integer_names() {
                        retry.learn_integer_names(node);
                    }
                    pending
                        .extend(map.iter().map(|(name, entry)| (allowed.entry(name), &entry.node)));
                }
                Value::List(items) => {
                    let items = items.iter().enumerate();
                    pending.extend(items.map(|(at, item)| (allowed.item(at), item)));
                }
                Value::Untyped(text) if text.bracketed && !allowed.want_brackets() => {
                    pending.extend(text.shape.iter().map(|shape| (allowed.clone(), shape)));
                }
                Value::Untyped(text) if allowed.want_list() => {
                    retry.learn_list(node);
                    pending.extend(text.shape.iter().map(|shape| (allowed.clone(), shape)));
                }
                Value::Untyped(text) => {
                    if text.bracketed || allowed.want_text(text.kind()) {
                        retry.learn_text(node);
                    }
                }
                Value::Scalar(scalar) if scalar.plain && allowed.want_text(scalar.kind) => {
                    retry.learn_text(node);
                }
                Value::Scalar(_) | Value::Null => {}
            }
        }
    }
}
