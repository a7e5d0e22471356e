//! The exported schema describes every key and accepts the shipped file.

use coach::config::Config;
use serde_json::{Value, json};

/// Every key and its class.
const LEAVES: [(&str, &str); 19] = [
    ("server.host", "restart"),
    ("server.port", "restart"),
    ("logging.level", "hot"),
    ("logging.json", "restart"),
    ("logging.output", "restart"),
    ("api.v2_enabled", "hot"),
    ("telemetry.enabled", "restart"),
    ("telemetry.sampler", "hot"),
    ("auth.jwt.ttl", "hot"),
    ("auth.jwt_secret", "restart"),
    ("auth.admin_master_password", "restart"),
    ("database.host", "restart"),
    ("database.port", "restart"),
    ("database.user", "restart"),
    ("database.password", "restart"),
    ("database.name", "restart"),
    ("database.ssl_mode", "restart"),
    ("database.max_open_conns", "restart"),
    ("database.max_idle_conns", "restart"),
];

/// The keys that change together with the unit around them.
const INSIDE_A_UNIT: [&str; 2] = ["telemetry.sampler.type", "telemetry.sampler.ratio"];

#[test]
fn every_leaf_has_its_class_and_a_description() {
    let schema = schema();
    for (key, class) in LEAVES {
        let property = property(&schema, key);
        assert_eq!(property["x-reload"], class, "{key}");
        assert!(property["description"].is_string(), "{key}: {property}");
    }
    for key in INSIDE_A_UNIT {
        let property = property(&schema, key);
        assert!(property["description"].is_string(), "{key}: {property}");
    }
}

#[test]
fn secrets_are_write_only_and_have_no_default() {
    let schema = schema();
    for key in ["auth.jwt_secret", "auth.admin_master_password", "database.password"] {
        let property = property(&schema, key);
        assert_eq!(property["writeOnly"], true, "{key}: {property}");
        assert!(property.get("default").is_none(), "{key}: {property}");
    }
}

#[test]
fn the_schema_accepts_the_shipped_file() {
    let errors = errors(&shipped());
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn the_schema_refuses_what_the_service_refuses() {
    for (pointer, value) in [
        ("/logging/level", json!("inof")),
        ("/server/port", json!(70_000)),
        ("/telemetry/sampler/ratio", json!(1.5)),
        ("/auth/jwt/ttl", json!("soon")),
        ("/auth/jwt_secret", Value::Null),
        ("/database/max_open_conns", json!(0)),
    ] {
        let mut config = shipped();
        *config.pointer_mut(pointer).unwrap() = value;
        assert!(!errors(&config).is_empty(), "{pointer}");
    }
    let mut config = shipped();
    config["logging"]["levle"] = json!("info");
    assert!(!errors(&config).is_empty(), "an unknown key");
}

fn schema() -> Value {
    dlc_reload::schema::<Config>().to_value()
}

fn shipped() -> Value {
    serde_saphyr::from_str(include_str!("../../config.yaml")).unwrap()
}

fn errors(config: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    validator
        .iter_errors(config)
        .map(|error| format!("{}: {}", error.instance_path(), error.masked()))
        .collect()
}

/// Returns the property of a key, merged with the definitions that it refers to.
fn property(schema: &Value, key: &str) -> Value {
    key.split('.').fold(schema.clone(), |section, name| {
        let property = section["properties"]
            .get(name)
            .unwrap_or_else(|| panic!("{key}: no `{name}` in {section}"));
        resolved(schema, property)
    })
}

/// Merges a schema with the definition that it refers to; its own members win.
fn resolved(root: &Value, schema: &Value) -> Value {
    let Some(name) =
        schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"))
    else {
        return schema.clone();
    };
    let mut merged = resolved(root, &root["$defs"][name]);
    merged.as_object_mut().unwrap().extend(schema.as_object().unwrap().clone());
    merged
}
