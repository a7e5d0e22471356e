//! Durations and sizes in a configuration.

use dlc_reload::{
    Loader, Reloadable, schema,
    source::Env,
    units::{Period, Size},
};
use serde::{Deserialize, Serialize};

use crate::fixture::{load, problems};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Cache {
    #[reload(restart)]
    ttl: Period,
    #[reload(restart)]
    memory: Size,
}

fn cache(text: &str) -> Loader<Cache> {
    Loader::new().text("yaml", "ttl: 24h\nmemory: 64 MiB").text("yaml", text)
}

#[test]
fn units_are_read_from_every_source() {
    let boot = load(cache("{}"));
    assert_eq!((boot.ttl.as_secs(), *boot.memory), (86_400, 64 << 20));
    let variables = Env::new("T").of([("T_TTL", "1h 30m"), ("T_MEMORY", "512")]);
    let boot = load(cache("{}").source(variables).set("memory", 1024));
    assert_eq!((boot.ttl.as_secs(), *boot.memory), (5400, 1024));
    assert_eq!(
        serde_json::to_value(&*boot).unwrap(),
        serde_json::json!({"ttl": "1h 30m", "memory": "1 KiB"})
    );
}

#[test]
fn a_number_without_a_unit_is_no_duration() {
    let expected = "a duration such as `30s`, `1h 30m` or `1d`";
    let size = "a size such as `64 MiB`, `10 MB` or `512 B`";
    let cases = [
        ("ttl: 30", format!("text:1:6: ttl: invalid value: string \"30\", expected {expected}")),
        ("ttl: [1]", format!("text:1:6: ttl: invalid type: list, expected {expected}")),
        (
            "memory: 64 mb",
            format!("text:1:9: memory: invalid value: string \"64 mb\", expected {size}"),
        ),
        ("memory: -1", format!("text:1:9: memory: invalid value: integer `-1`, expected {size}")),
        ("memory: 1.5", format!("text:1:9: memory: invalid type: float `1.5`, expected {size}")),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(cache(text)), expected);
    }
}

#[test]
fn the_schema_accepts_what_the_loader_accepts() {
    let schema = schema::<Cache>().to_value();
    assert_eq!(schema["properties"]["ttl"]["type"], "string");
    assert_eq!(schema["properties"]["ttl"]["x-reload"], "restart");
    assert!(schema["properties"]["memory"]["pattern"].as_str().unwrap().contains("MiB"));
}
