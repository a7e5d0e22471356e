//! The schema that a table makes, beside the one that schemars derives for the same struct.

use std::{collections::BTreeMap, net::IpAddr};

use dlc_reload::Reloadable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Defines a struct twice: as a section, and as what only schemars knows.
macro_rules! twins {
    ($($(#[$attr:meta])* struct $name:ident { $($(#[$field_attr:meta])* [$class:ident] $field:ident: $ty:ty,)* })*) => {
        mod section {
            #[allow(unused_imports, reason = "not every twin needs all")]
            use super::*;
            $(
                #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
                $(#[$attr])*
                pub(super) struct $name { $($(#[$field_attr])* #[reload($class)] $field: $ty,)* }
            )*
        }
        mod twin {
            #[allow(unused_imports, reason = "not every twin needs all")]
            use super::*;
            $(
                #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
                $(#[$attr])*
                pub(super) struct $name { $($(#[$field_attr])* $field: $ty,)* }
            )*
        }
    };
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Level {
    #[default]
    Low,
    High,
}

fn eight() -> u32 {
    8
}

twins! {
    /// # A heading
    ///
    /// The text of two lines,
    /// and `code`.
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Everything {
        /// A number.
        [hot] plain_number: u64,
        [restart] optional: Option<String>,
        /// # Titled
        [restart] level: Level,
        #[serde(default)]
        [restart] defaulted: Vec<Level>,
        #[serde(default = "eight")]
        [hot] eight: u32,
        #[serde(rename = "Renamed")]
        [restart] other: bool,
        #[serde(rename(serialize = "out", deserialize = "in"))]
        [restart] both: f64,
        #[deprecated(note = "use `level`")]
        [restart] old: Option<Level>,
        [hot] map: BTreeMap<String, Vec<Option<IpAddr>>>,
        [restart] anything: Value,
        [nested] inner: Inner,
        [nested] maybe: Option<Inner>,
        /// A section behind a pointer.
        #[serde(default)]
        [nested] boxed: Box<Inner>,
    }
    /// What has a default as a whole.
    #[serde(default)]
    struct Inner {
        [hot] rate: u32,
        /// Where it listens.
        [restart] address: Option<String>,
        [restart] names: Vec<String>,
    }
}

/// Removes what the library adds to the schema of schemars.
fn without_marks(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let mark = members.remove("x-reload");
            members.values_mut().for_each(without_marks);
            // There is no room for a mark on the schema of any value, which is `true`.
            if mark.is_some() && members.is_empty() {
                *schema = true.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_marks),
        _ => {}
    }
}

#[test]
fn a_table_makes_the_schema_that_schemars_derives() {
    use schemars::generate::SchemaSettings;
    for settings in [SchemaSettings::draft2020_12(), SchemaSettings::draft2020_12().for_serialize()]
    {
        let generator = || settings.clone().into_generator();
        let mut own = generator().into_root_schema_for::<section::Everything>().to_value();
        let twin = generator().into_root_schema_for::<twin::Everything>().to_value();
        without_marks(&mut own);
        assert_eq!(own, twin, "{own:#}");
    }
}
