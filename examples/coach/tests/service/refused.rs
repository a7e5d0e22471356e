//! A configuration that is refused changes nothing and is reported with its place.

use serde_json::{Value, json};

use crate::harness::{CONFIG, Coach, edited};

/// Edits, and the problem each is reported with: key, line, column and a part of the message.
fn broken() -> [(String, Option<&'static str>, [u64; 2], &'static str); 6] {
    [
        (
            edited("level: info", "level: inof"),
            Some("logging.level"),
            [5, 10],
            "unknown variant `inof`",
        ),
        (
            edited("port: 0", "port: many"),
            Some("server.port"),
            [3, 9],
            "expected an integer from 0 to 65535",
        ),
        (edited("v2_enabled", "v2_enabeld"), Some("api.v2_enabeld"), [8, 3], "v2_enabled"),
        (
            edited("ratio: 1.0", "ratio: 1.5"),
            Some("telemetry.sampler.ratio"),
            [13, 12],
            "1.5 is not between 0 and 1",
        ),
        (edited("ttl: 24h", "ttl: soon"), Some("auth.jwt.ttl"), [16, 10], "`24h`"),
        (edited("  type: always_on", "  type: [always_on"), None, [13, 10], "invalid YAML"),
    ]
}

#[test]
fn each_mistake_is_reported_with_its_place_and_nothing_changes() {
    let coach = Coach::start(CONFIG);
    let token = coach.log_in();
    let before = coach.get_as(&token, "/api/admin/config").body;
    assert_eq!(before.get("last_failure"), None);
    for (config, key, [line, column], message) in broken() {
        // The same edit also makes a harmless change, which must not take effect.
        coach.write(&config.replace("v2_enabled: false", "v2_enabled: true"));

        let answer = coach.reload_as(&token);

        assert_eq!(
            (answer.status, &answer.body["verdict"]),
            (422, &json!("rejected")),
            "{answer:?}"
        );
        let problems = answer.body["problems"].as_array().unwrap();
        let problem = problems.iter().find(|problem| key.is_none_or(|key| problem["key"] == key));
        let problem = problem.unwrap_or_else(|| panic!("no problem at {key:?}: {problems:?}"));
        assert!(problem["source"].as_str().unwrap().ends_with("config.yaml"), "{problem}");
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&json!(line), &json!(column)),
            "{problem}"
        );
        assert!(problem["message"].as_str().unwrap().contains(message), "{problem}");
        let mut after = coach.get_as(&token, "/api/admin/config").body;
        for field in after["fields"].as_array_mut().unwrap() {
            // The file says something else by now, so that its places are of the generation in force.
            let origin = field["origin"].as_object_mut().unwrap();
            let as_of = origin.remove("as_of");
            assert_eq!(as_of, origin.contains_key("line").then_some(json!(1)), "{origin:?}");
        }
        assert_eq!(after["fields"], before["fields"]);
        assert_eq!((&after["generation"], &after["pending"]), (&json!(1), &json!([])));
        assert_eq!(after["last_failure"], answer.body, "it is kept for whoever looks later");
    }
    assert_eq!(coach.get("/api/v2/greet/Ada").status, 404);
}

#[test]
fn all_mistakes_of_an_edit_are_reported_at_once() {
    let coach = Coach::start(CONFIG);
    coach.write(
        &edited("level: info", "level: inof")
            .replace("port: 0", "port: many")
            .replace("ratio: 1.0", "ratios: 1.0"),
    );

    let answer = coach.reload();

    let mut keys: Vec<_> = answer.body["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["key"].as_str().unwrap())
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, ["logging.level", "server.port", "telemetry.sampler.ratios"]);
}

#[test]
fn several_findings_of_one_validation_are_reported_at_once() {
    let coach = Coach::start(CONFIG);
    coach.write(&format!("{CONFIG}  max_open_conns: 0\n  max_idle_conns: 9\n"));

    let answer = coach.reload();

    assert_eq!(answer.body["verdict"], "rejected");
    let places: Vec<_> = answer.body["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["key"].as_str().unwrap(), p["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [("database.max_open_conns", 21), ("database.max_idle_conns", 22)]);
}

#[test]
fn the_watcher_lives_on_after_a_broken_file() {
    let coach = Coach::develop(CONFIG);

    coach.write(&edited("level: info", "level: inof"));
    coach.logged(|line| is_error_at(line, "config.yaml:5:10").then_some(()));

    coach.write(CONFIG);
    coach.logged(|line| {
        (line["message"] == "configuration accepted again, nothing changed").then_some(())
    });

    coach.write(&edited("v2_enabled: false", "v2_enabled: true"));
    coach.until(|coach| coach.get("/api/v2/greet/Ada").status == 200);
}

fn is_error_at(line: &Value, place: &str) -> bool {
    matches!(line["level"].as_str(), Some("ERROR" | "WARN")) && line.to_string().contains(place)
}
