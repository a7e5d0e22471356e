//! The Helm chart of the service: its schema is up to date, and checks the values as Helm does.

use coach::config::Config;
use dlc_reload::{file_schema, testing::assert_committed, values_schema};
use serde_json::{Value, json};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/chart/values.schema.json");

#[test]
fn the_schema_of_the_values_is_up_to_date() {
    let schema = values_schema(&file_schema::<Config>(), "config");
    let text = serde_json::to_string_pretty(schema.as_value()).unwrap() + "\n";
    let command =
        "cargo run -p coach -- config values-schema -o examples/coach/chart/values.schema.json";
    assert_committed(SCHEMA, &text, command);
}

#[test]
fn the_values_of_the_chart_are_right() {
    assert_eq!(errors(&values()), Vec::<String>::new());
    let mut all = values();
    all["config"] = serde_saphyr::from_str(include_str!("../../config.yaml")).unwrap();
    all["global"] = json!({ "other": [1] });
    assert_eq!(errors(&all), Vec::<String>::new());
}

#[test]
fn wrong_values_are_refused() {
    for (pointer, name, value) in [
        ("/config/logging", "level", json!("verbose")),
        ("/config/logging", "levle", json!("info")),
        ("/config/server", "port", json!(70_000)),
        ("/config", "loging", json!({})),
    ] {
        let mut values = values();
        values.pointer_mut(pointer).unwrap()[name] = value;
        assert_ne!(errors(&values), Vec::<String>::new(), "{pointer}/{name}");
    }
}

fn values() -> Value {
    serde_saphyr::from_str(include_str!("../../chart/values.yaml")).unwrap()
}

/// Returns the errors of the committed schema, by the draft that it names.
fn errors(values: &Value) -> Vec<String> {
    let schema = std::fs::read_to_string(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    validator.iter_errors(values).map(|error| error.to_string()).collect()
}
