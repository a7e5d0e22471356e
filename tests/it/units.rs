//! Durations and sizes in a configuration.

use std::time::Duration;

use dlc_reload::{
    Loader, Reloadable, Trigger, Watching, schema,
    source::Env,
    testing::Memory,
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
        (
            "memory: 1.5",
            format!("text:1:9: memory: invalid value: string \"1.5\", expected {size}"),
        ),
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

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Waits {
    /// The time that a request may take.
    #[reload(hot, live)]
    timeout: Duration,
    #[serde(default)]
    #[reload(restart)]
    pauses: Vec<Duration>,
    #[serde(default)]
    #[reload(hot, live)]
    idle: Option<Duration>,
}

#[test]
fn a_duration_of_std_is_written_as_a_period() {
    let board = Memory::yaml("{timeout: 1m 30s, pauses: [1s, 250ms]}");
    let variables = Env::new("T").of([("T_IDLE", "2h")]);
    let boot = Loader::<Waits>::new().source(board.clone()).source(variables).load().unwrap();
    assert_eq!(boot.timeout, Duration::from_secs(90));
    assert_eq!(boot.pauses, [Duration::from_secs(1), Duration::from_millis(250)]);
    assert_eq!(boot.idle, Some(Duration::from_secs(7200)));
    let shown = boot.explain("timeout").to_string();
    assert!(shown.contains("\"1m 30s\""), "{shown}");

    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write("{timeout: {secs: 20, nanos: 0}}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    let row = &report.changes()[0];
    assert_eq!((&row.old, &row.new), (&Some("1m 30s".into()), &Some("20s".into())));
    let row = &report.pending()[0].change;
    assert_eq!((row.key.to_string(), &row.old), ("pauses[0]".to_owned(), &Some("1s".into())));
    let request = reloader.override_key("timeout", serde_json::json!("5s"));
    request.until_ended().wait().unwrap();
    assert_eq!(reloader.handle().load().timeout, Duration::from_secs(5));
}

#[test]
fn the_schema_of_a_duration_of_std_takes_both_forms() {
    let schema = schema::<Waits>().to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for valid in
        [r#"{"timeout": "30s"}"#, r#"{"timeout": {"secs": 30, "nanos": 0}, "pauses": ["1m 5s"]}"#]
    {
        let value = serde_json::from_str(valid).unwrap();
        assert!(validator.is_valid(&value), "{valid}");
    }
    for wrong in [r#"{"timeout": 30}"#, r#"{"timeout": "30"}"#, r#"{"timeout": {"secs": 30}}"#] {
        let value = serde_json::from_str(wrong).unwrap();
        assert!(!validator.is_valid(&value), "{wrong}");
    }
}
