//! A clock that is set beyond the calendar, which RFC 3339 ends with the year 9999.

use std::{fs, sync::Arc, time::Duration};

use dlc_reload::{Loader, Reloadable, Trigger, Verdict, Watching, audit::Audit, testing::Stage};
use serde::{Deserialize, Serialize};

use crate::fixture::Dir;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
}

/// Eight thousand years.
const AGES: Duration = Duration::from_secs(8_000 * 365 * 24 * 60 * 60);

#[test]
fn a_clock_beyond_the_year_9999_stops_no_reload() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", "rate: 1");
    let [good, history, audit] =
        ["good.json", "history.jsonl", "audit.jsonl"].map(|name| dir.join(name));
    let stage = Stage::new();
    let boot = Loader::<Config>::new().file(&path).last_known_good(&good).load().unwrap();
    let builder = boot.reloader().watch(Watching::Off).history_file(&history).stage(&stage);
    let reloader = builder.observer(Arc::new(Audit::new(&audit))).start().unwrap();
    let kept = fs::read_to_string(&good).unwrap();

    stage.advance(AGES);
    fs::write(&path, "rate: 2").unwrap();
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied);
    assert!(report.to_string().contains("rate"), "it displays: {report}");
    assert_eq!(reloader.handle().load().rate, 2);
    let status = reloader.status();
    let unwritten: Vec<_> = status.unwritten.iter().map(ToString::to_string).collect();
    assert_eq!(unwritten.len(), 2, "{unwritten:?}");
    assert_eq!(fs::read_to_string(&good).unwrap(), kept);
    let lines = fs::read_to_string(&audit).unwrap();
    assert!(lines.lines().last().unwrap().contains("left_out"), "{lines}");
    assert!(serde_json::to_value(&report).is_err() && serde_json::to_value(&status).is_err());
}
