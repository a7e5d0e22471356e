//! Siblings of the cases about values in enums, below `flatten` and behind other types, by the number of their case.

use std::collections::BTreeMap;

use dlc_reload::{Format, Loader, Reloadable, source::Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::problems;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Link {
    Tcp {
        host: String,
        #[serde(default)]
        port: u16,
        #[serde(default)]
        weight: u16,
    },
    Off,
}

/// A value of any form, which may hold itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Any {
    Number(u32),
    List(Vec<Any>),
    Map(BTreeMap<String, Any>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Required {
    #[reload(hot, live)]
    link: Link,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(hot, live)]
    any: BTreeMap<String, Any>,
}

fn yaml<C: Reloadable>(written: &str) -> Loader<C> {
    Loader::new().source(Text::new(Format::Yaml, written))
}

#[test]
fn case_09_a_type_that_holds_itself_has_forms() {
    assert_eq!(
        problems(yaml::<Config>("any: {a: x}")),
        "text:1:10: any.a: fits none of the forms that are allowed here: an integer, a list, a map"
    );
}

#[test]
fn case_09_each_wrong_value_of_a_required_enum() {
    assert_eq!(
        problems(yaml::<Required>("link: {type: tcp, host: a, port: x, weight: 70000}")),
        "text:1:34: link.port: invalid type: string \"x\", expected an integer from 0 to 65535\n\
         text:1:45: link.weight: invalid value: integer `70000`, expected an integer from 0 to 65535"
    );
}
