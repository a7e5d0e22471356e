//! Changes of sections and their fields.

use std::collections::BTreeMap;

use dlc_reload::{Grade, Reloadable, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pair, Version};

/// The items of a version: structs with all that they derive, and what they name.
macro_rules! items {
    () => {};
    ($(#[$attr:meta])* pub(crate) struct $name:ident { $($fields:tt)* } $($rest:tt)*) => {
        #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
        $(#[$attr])*
        pub(crate) struct $name { $($fields)* }
        items! { $($rest)* }
    };
    ($item:item $($rest:tt)*) => {
        $item
        items! { $($rest)* }
    };
}

macro_rules! versions {
    ($($name:ident: $grade:ident { $($old:tt)* } => { $($new:tt)* })*) => {
        $(
            mod $name {
                use super::*;
                pub(super) mod old {
                    use super::*;
                    items! { $($old)* }
                }
                pub(super) mod new {
                    use super::*;
                    items! { $($new)* }
                }
            }
        )*
        pub(crate) fn pairs() -> Vec<Pair> {
            vec![$(Pair {
                name: stringify!($name),
                grade: Grade::$grade,
                old: Version::of::<$name::old::Config>(),
                new: Version::of::<$name::new::Config>(),
            }),*]
        }
    };
}

/// A flattened enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Store {
    Memory { limit: u16 },
    Disk { path: String },
}

fn sixty() -> u8 {
    60
}

versions! {
    a_field_more: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    }
    a_required_field_more: Breaking {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[reload(hot)] b: u8 }
    }
    a_field_less: Breaking {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    }
    a_field_removed_with_a_reason: Breaking {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    } => {
        #[reload(removed(b = "nobody used it"))]
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    }
    a_removed_field_is_back: Compatible {
        #[reload(removed(b = "nobody used it"))]
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    }
    renamed: Notable {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[reload(hot)] c: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot, renamed_from = "a")] b: u8, #[reload(hot)] c: u8 }
    }
    renamed_with_a_default: Notable {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[serde(default)] #[reload(hot, renamed_from = "a")] b: u8 }
    }
    renamed_to_another_type: Breaking {
        pub(crate) struct Config { #[reload(hot)] a: u16 }
    } => {
        pub(crate) struct Config { #[reload(hot, renamed_from = "a")] b: u8 }
    }
    renamed_without_a_word: Breaking {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] b: u8 }
    }
    an_alias: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[serde(alias = "b")] #[reload(hot)] a: u8 }
    }
    an_alias_less: Breaking {
        pub(crate) struct Config { #[serde(alias = "b")] #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    }
    two_fields_become_one: Breaking {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[serde(default)] #[reload(hot, renamed_from = "b")] a: u8 }
    }
    two_required_fields_become_one: Breaking {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot, renamed_from = "b")] a: u8 }
    }
    one_field_becomes_two: Breaking {
        pub(crate) struct Config { #[reload(hot, renamed_from = "b")] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    }
    hot_to_restart: Notable {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(restart)] a: u8 }
    }
    restart_to_hot: Notable {
        pub(crate) struct Config { #[reload(restart)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    }
    a_section_is_frozen: Notable {
        pub(crate) struct Config { #[reload(nested)] section: Section }
        pub(crate) struct Section { #[reload(hot)] a: u8, #[reload(restart)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(restart, nested)] section: Section }
        pub(crate) struct Section { #[reload(hot)] a: u8, #[reload(restart)] b: u8 }
    }
    another_default: Notable {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[serde(default = "sixty")] #[reload(hot)] a: u8 }
    }
    another_default_of_a_section: Notable {
        pub(crate) struct Config { #[serde(default)] #[reload(nested)] section: Section }
        #[serde(default)]
        pub(crate) struct Section { #[reload(hot)] a: u8 }
        impl Default for Section { fn default() -> Self { Self { a: 1 } } }
    } => {
        pub(crate) struct Config { #[serde(default)] #[reload(nested)] section: Section }
        #[serde(default)]
        pub(crate) struct Section { #[reload(hot)] a: u8 }
        impl Default for Section { fn default() -> Self { Self { a: 2 } } }
    }
    marked_as_a_secret: Notable {
        pub(crate) struct Config { #[reload(restart)] a: String }
    } => {
        pub(crate) struct Config { #[reload(restart, secret)] a: String }
    }
    deprecated: Notable {
        pub(crate) struct Config { #[serde(default)] #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[serde(default)] #[reload(hot, deprecated = "use nothing")] a: u8 }
    }
    a_section_more: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(nested)] section: Section }
        #[derive(Default)]
        #[serde(default)]
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    }
    an_optional_section_more: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[reload(nested)] section: Option<Section> }
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    }
    an_optional_section_required: Breaking {
        pub(crate) struct Config { #[reload(nested)] section: Option<Section> }
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(nested)] section: Section }
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    }
    a_section_optional: Compatible {
        pub(crate) struct Config { #[reload(nested)] section: Section }
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(nested)] section: Option<Section> }
        pub(crate) struct Section { #[reload(hot)] b: u8 }
    }
    a_section_to_entries: Notable {
        pub(crate) struct Config { #[reload(nested)] services: Services }
        pub(crate) struct Services { #[reload(nested)] web: Service, #[reload(nested)] mail: Service }
        pub(crate) struct Service { #[reload(restart)] port: u16 }
    } => {
        pub(crate) struct Config { #[reload(hot, entries)] services: BTreeMap<String, Service> }
        #[derive(PartialEq)]
        pub(crate) struct Service { #[reload(restart)] port: u16 }
    }
    entries_to_a_section: Breaking {
        pub(crate) struct Config { #[reload(hot, entries)] services: BTreeMap<String, Service> }
        #[derive(PartialEq)]
        pub(crate) struct Service { #[reload(restart)] port: u16 }
    } => {
        pub(crate) struct Config { #[reload(nested)] services: Services }
        pub(crate) struct Services { #[reload(nested)] web: Option<Service>, #[reload(nested)] mail: Option<Service> }
        pub(crate) struct Service { #[reload(restart)] port: u16 }
    }
    entries_that_require: Breaking {
        pub(crate) struct Config { #[reload(hot, entries)] services: BTreeMap<String, Service> }
        #[derive(PartialEq)]
        pub(crate) struct Service { #[reload(hot)] port: u16 }
    } => {
        pub(crate) struct Config { #[reload(hot, entries)] services: BTreeMap<String, Service> }
        #[derive(PartialEq)]
        pub(crate) struct Service { #[reload(hot)] port: u16, #[reload(hot)] host: String }
    }
    items_with_more: Compatible {
        pub(crate) struct Config { #[reload(hot, entries = "name")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] name: String, #[reload(hot)] weight: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot, entries = "name")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] name: String, #[reload(hot)] weight: u16, #[serde(default)] #[reload(hot)] note: String }
    }
    items_told_apart: Breaking {
        pub(crate) struct Config { #[reload(hot)] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot, entries = "id")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    }
    items_told_apart_otherwise: Breaking {
        pub(crate) struct Config { #[reload(hot, entries = "id")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot, entries = "port")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    }
    items_told_apart_no_more: Notable {
        pub(crate) struct Config { #[reload(hot, entries = "id")] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] peers: Vec<Peer> }
        #[derive(PartialEq)]
        pub(crate) struct Peer { #[reload(restart)] id: u8, #[reload(restart)] port: u8 }
    }
    a_map_beside_the_fields: Notable {
        pub(crate) struct Config { #[reload(restart)] a: u8, #[serde(default)] #[reload(restart)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(restart)] a: u8, #[serde(flatten)] #[reload(restart)] others: BTreeMap<String, u8> }
    }
    a_field_out_of_a_map: Breaking {
        pub(crate) struct Config { #[reload(restart)] a: u8, #[serde(flatten)] #[reload(restart)] others: BTreeMap<String, u16> }
    } => {
        pub(crate) struct Config { #[reload(restart)] a: u8, #[serde(default)] #[reload(restart)] b: u8, #[serde(flatten)] #[reload(restart)] others: BTreeMap<String, u16> }
    }
    a_section_flattened: Breaking {
        pub(crate) struct Config { #[reload(nested)] section: Section }
        pub(crate) struct Section { #[serde(default)] #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[serde(flatten)] #[reload(nested)] section: Section }
        pub(crate) struct Section { #[serde(default)] #[reload(hot)] b: u8 }
    }
    fields_into_a_flattened_section: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(default)] #[reload(hot)] b: u8 }
    } => {
        pub(crate) struct Config { #[reload(hot)] a: u8, #[serde(flatten)] #[reload(nested)] section: Section }
        pub(crate) struct Section { #[serde(default)] #[reload(hot)] b: u8 }
    }
    an_enum_beside_the_fields: Compatible {
        pub(crate) struct Config { #[reload(restart)] a: u8, #[serde(flatten)] #[reload(restart)] store: Store }
    } => {
        pub(crate) struct Config { #[reload(restart)] a: u16, #[serde(flatten)] #[reload(restart)] store: Store }
    }
    closed: Compatible {
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    } => {
        #[serde(deny_unknown_fields)]
        pub(crate) struct Config { #[reload(hot)] a: u8 }
    }
    a_secret_with_another_default: Compatible {
        pub(crate) struct Config { #[serde(default = "one")] #[reload(restart)] a: Secret<String> }
        fn one() -> Secret<String> { Secret::new("one".to_owned()) }
    } => {
        pub(crate) struct Config { #[serde(default = "two")] #[reload(restart)] a: Secret<String> }
        fn two() -> Secret<String> { Secret::new("two".to_owned()) }
    }
}
