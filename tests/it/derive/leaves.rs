//! Leaf types without a schema.

use std::collections::BTreeMap;

use dlc_reload::{Format, Leaf, Loader, Reloadable, Watching};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A type as another crate has it, which knows nothing of schemas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    #[default]
    Low,
    High,
}

/// A section whose schema is made from its table.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Plain {
    /// The level.
    #[reload(hot, live)]
    level: Level,
    #[reload(restart)]
    maybe: Option<Level>,
    #[reload(restart)]
    levels: BTreeMap<String, Level>,
    #[serde(default)]
    #[reload(restart)]
    last: Level,
}

/// The same, whose schema schemars derives, because an attribute says more than a table holds.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Mirrored {
    /// The level.
    #[reload(hot, live)]
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[reload(restart)]
    maybe: Option<Level>,
    #[reload(restart)]
    levels: BTreeMap<String, Level>,
    #[serde(default)]
    #[schemars(extend("x-note" = "kept"))]
    #[reload(restart)]
    last: Level,
    #[reload(restart)]
    known: Option<u8>,
}

const fn is_leaf<T: Leaf>() {}

fn schema<C: Reloadable>() -> Value {
    dlc_reload::schema::<C>().to_value()
}

/// Returns a property without what it says to people.
fn without_words(property: &Value) -> Value {
    let mut property = property.clone();
    let words = ["description", "markdownDescription", "x-required"];
    property.as_object_mut().unwrap().retain(|keyword, _| !words.contains(&keyword.as_str()));
    property
}

fn problems<C: Reloadable + std::fmt::Debug>(yaml: &str) -> String {
    Loader::<C>::new().text(Format::Yaml, yaml).load().unwrap_err().to_string()
}

#[test]
fn a_leaf_type_needs_no_schema() {
    is_leaf::<Level>();
    let schema = schema::<Plain>();
    let properties = &schema["properties"];
    assert_eq!(properties["level"]["description"], "The level.\n\nRequired. Changes live.");
    let said = |name: &str| without_words(&properties[name]);
    assert_eq!(said("level"), json!({"x-reload": "hot"}));
    assert_eq!(said("maybe"), json!({"x-reload": "restart"}));
    assert_eq!(said("levels"), json!({"x-reload": "restart"}));
    assert_eq!(said("last"), json!({"x-reload": "restart", "default": "low"}));
    assert_eq!(schema["required"], json!(["level", "levels"]));
    let written = "{level: high, levels: {a: low}}";
    let boot = Loader::<Plain>::new().text(Format::Yaml, written).load().unwrap();
    assert_eq!((&boot.level, &boot.maybe, &boot.last), (&Level::High, &None, &Level::Low));
}

#[test]
fn values_of_a_type_without_a_schema_are_checked_when_they_are_read() {
    let said = problems::<Plain>("{level: hihg, levels: {a: x}}");
    assert!(said.contains("1:9: level: unknown variant `hihg`"), "{said}");
    assert!(said.contains("1:27: levels.a: unknown variant `x`"), "{said}");
    assert!(problems::<Plain>("levels: {}").contains("level: required"));
}

#[test]
fn a_mirror_takes_types_without_a_schema() {
    let schema = schema::<Mirrored>();
    let properties = &schema["properties"];
    assert_eq!(properties["level"]["description"], "The level.\n\nRequired. Changes live.");
    let said = |name: &str| without_words(&properties[name]);
    assert_eq!(said("level"), json!({"x-reload": "hot"}));
    assert_eq!(said("levels"), json!({"x-reload": "restart"}));
    let last = json!({"x-reload": "restart", "default": "low", "x-note": "kept"});
    assert_eq!(said("last"), last);
    assert_eq!(properties["known"]["type"], json!(["integer", "null"]));
    assert_eq!(schema["required"], json!(["level", "levels"]));
    assert!(problems::<Mirrored>("levels: {}").contains("level: required"));
}

mod of_a_parameter {
    use super::*;

    #[derive(Clone, PartialEq, Serialize, Deserialize, Reloadable)]
    struct Section {
        #[reload(restart)]
        port: u16,
    }

    #[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Value {
        port: u16,
    }

    #[derive(Clone, Serialize, Deserialize, Reloadable)]
    struct Wrap<T> {
        #[reload(hot, live)]
        value: T,
        #[reload(restart)]
        kept: T,
    }

    #[derive(Clone, Serialize, Deserialize, Reloadable)]
    #[serde(bound = "")]
    struct Config<T: Leaf + JsonSchema> {
        #[reload(nested)]
        wrap: Wrap<T>,
        #[serde(default)]
        #[reload(restart, nested)]
        frozen: Option<Wrap<T>>,
        #[serde(default)]
        #[reload(hot, live, entries)]
        each: BTreeMap<String, Wrap<T>>,
    }

    fn started<T: Leaf + JsonSchema>() -> Vec<String> {
        let boot = Loader::<Config<T>>::new()
            .text("yaml", "wrap: {value: {port: 1}, kept: {port: 2}}")
            .load()
            .unwrap();
        match boot.reloader().watch(Watching::Off).start() {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_hot_leaf_that_turns_out_to_be_a_section_does_not_start() {
        assert!(started::<Value>().is_empty());
        let refused = |key| {
            format!(
                "{key}: the type derives `Reloadable`, so its fields have classes of their own, which one value would lose: mark the field `#[reload(nested)]`"
            )
        };
        assert_eq!(started::<Section>(), ["wrap.value", "each.*.value"].map(refused));
        assert_eq!(started::<Option<Section>>(), ["wrap.value", "each.*.value"].map(refused));
        assert!(started::<Option<Value>>().is_empty());
    }
}
