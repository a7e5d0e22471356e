//! What a report lists: one row for each value that differs, whatever it lies in, and no secret.

mod rows;
mod secrets;
mod siblings;
#[cfg(target_os = "linux")]
mod triggers;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dlc_reload::{Changed, Loader, Reloadable, Reloader, Report, Trigger};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, load};

/// A service whose one file is edited.
struct Edited<C: Reloadable> {
    dir: Dir,
    reloader: Reloader<C>,
}

/// Starts a service of this configuration. A macro, because only the type itself says that it has no hooks.
macro_rules! edited {
    ($config:ty, $text:expr) => {{
        let dir = Dir::new();
        let boot = load(Loader::<$config>::new().file(dir.write("a.yaml", $text)));
        Edited { reloader: boot.reloader().start().unwrap(), dir }
    }};
}
use edited;

impl<C: Reloadable> Edited<C> {
    fn edit(&self, text: &str) -> Report {
        self.dir.write("a.yaml", text);
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }

    /// The rows of the report of an edit, each with its origin.
    fn rows(&self, text: &str) -> Vec<String> {
        let report = self.edit(text);
        let waiting = report.pending().iter().map(|pending| &pending.change);
        report.changes().iter().chain(waiting).map(|row| self.row(row)).collect()
    }

    fn row(&self, row: &Changed) -> String {
        let shown = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or_else(|| "(absent)".to_owned(), ToString::to_string)
        };
        let values = match row.secret {
            true => "secret".to_owned(),
            false => format!("{} → {}", shown(&row.old), shown(&row.new)),
        };
        let key = row.key.to_string();
        let origin = self.dir.strip(&row.origin.to_string());
        format!("{key} {values} {}", origin.strip_prefix("a.yaml:").unwrap_or(&origin))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Backend {
    address: String,
    #[serde(default)]
    weight: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Cluster {
    sticky: bool,
    backends: Vec<Backend>,
    tags: HashSet<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Proxy {
    #[reload(hot, live)]
    level: String,
    #[reload(hot, live)]
    clusters: BTreeMap<String, Cluster>,
    #[reload(restart)]
    ports: Vec<u16>,
    #[reload(hot, live)]
    matrix: Vec<Vec<u8>>,
}

const PROXY: &str = "\
clusters:
  api:
    backends:
      - {address: a, weight: 10}
      - {address: b, weight: 20}
      - address: c
        weight: 50
  web: {sticky: true}
ports: [1, 2, 3, 4, 5]
matrix: [[1, 2], [3, 4]]
";

#[test]
fn case_f5_an_entry_that_differs_is_a_row_of_its_own() {
    let proxy = edited!(Proxy, PROXY);
    let next = PROXY.replace("weight: 50", "weight: 60");
    assert_eq!(proxy.rows(&next), ["clusters.api.backends[2].weight 50 → 60 7:17"]);
    let next = next.replace("[3, 4]", "[3, 5]");
    assert_eq!(proxy.rows(&next), ["matrix[1][1] 4 → 5 10:22"]);
    // A map has entries that come and go, and so has a list.
    let next = next.replace("  web: {sticky: true}", "  www: {sticky: true}");
    let web = r#"{"backends":[],"sticky":true,"tags":[]}"#;
    let expected = [
        format!("clusters.web {web} → (absent) 2:3"),
        format!("clusters.www (absent) → {web} 8:8"),
    ];
    assert_eq!(proxy.rows(&next), expected);
    let next = next.replace("      - {address: b, weight: 20}\n", "");
    let gone = r#"{"address":"b","weight":20}"#;
    let expected = [format!("clusters.api.backends[1] {gone} → (absent) 4:7")];
    assert_eq!(proxy.rows(&next), expected);
    // A field that is not set has the place of what is.
    let next = next.replace("\n        weight: 60", "");
    assert_eq!(proxy.rows(&next), ["clusters.api.backends[1].weight 60 → 0 5:9"]);
}

#[test]
fn case_f5_items_that_are_only_moved_along_are_not_listed() {
    let proxy = edited!(Proxy, PROXY);
    let ports = |ports: &str| PROXY.replace("[1, 2, 3, 4, 5]", ports);
    assert_eq!(proxy.rows(&ports("[1, 9, 2, 3, 4, 5]")), ["ports[1] (absent) → 9 9:12"]);
    assert_eq!(proxy.rows(&ports("[1, 2, 4, 5]")), ["ports[2] 3 → (absent) 9:8"]);
    assert_eq!(
        proxy.rows(&ports("[1, 7, 8, 4, 5]")),
        ["ports[1] 2 → 7 9:12", "ports[2] 3 → 8 9:15"]
    );
    assert_eq!(
        proxy.rows(&ports("[0, 1, 2, 4, 5, 6]")),
        ["ports[0] (absent) → 0 9:9", "ports[2] 3 → (absent) 9:8", "ports[5] (absent) → 6 9:24"]
    );
    // What waits keeps its time, while another entry of the same list is edited.
    let since = |report: &Report| report.pending().iter().map(|one| one.since).collect::<Vec<_>>();
    let first = proxy.edit(&ports("[8, 2, 3, 4, 5]"));
    let second = proxy.edit(&ports("[8, 2, 3, 4, 9]"));
    assert_eq!(since(&second)[0], since(&first)[0]);
    assert_ne!(since(&second)[1], since(&first)[0]);
    assert_eq!(proxy.rows(PROXY), Vec::<String>::new());
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Check {
    Tcp { port: u16 },
    Http { path: String, port: u16 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Probe {
    name: String,
    #[serde(flatten)]
    check: Check,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Checked {
    #[reload(hot, live)]
    checks: Vec<Check>,
    #[reload(hot, live)]
    probe: Option<Probe>,
    #[serde(skip_serializing)]
    #[reload(restart)]
    quiet: u8,
}

#[test]
fn case_f5_another_variant_is_one_row() {
    let checked = edited!(Checked, "checks: [{kind: tcp, port: 1}]");
    assert_eq!(
        checked.rows("checks: [{kind: http, port: 1, path: /}]"),
        [r#"checks[0] {"kind":"tcp","port":1} → {"kind":"http","path":"/","port":1} 1:10"#]
    );
    assert_eq!(
        checked.rows("checks: [{kind: http, port: 2, path: /}]"),
        ["checks[0].port 1 → 2 1:29"]
    );
    // Beside other fields, an enum is listed as they are.
    checked.edit("probe: {name: a, kind: http, port: 1, path: /}");
    assert_eq!(
        checked.rows("probe: {name: a, kind: tcp, port: 1}"),
        ["probe.kind \"http\" → \"tcp\" 1:24", "probe.path \"/\" → (absent) 1:8"]
    );
    let quiet = checked.edit("probe: {name: a, kind: tcp, port: 1}\nquiet: 2").to_string();
    assert!(quiet.contains("! quiet  (not shown) → (not shown)  "), "{quiet}");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Unit {
    size: u32,
    tags: HashSet<String>,
    #[serde(default)]
    pairs: HashSet<(u8, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Sets {
    #[reload(hot, live)]
    unit: Option<Unit>,
    #[reload(hot, live)]
    units: HashMap<String, Unit>,
    #[reload(hot, live)]
    hosts: HashSet<String>,
    #[reload(hot, live)]
    numbers: BTreeSet<u32>,
}

#[test]
fn case_10_a_set_in_another_order_is_the_same() {
    let text = |size: u8, more: &str| {
        let unit =
            format!("{{size: {size}, tags: [h, a, c, b, e, d, g, f], pairs: [[2, b], [1, a]]}}");
        format!(
            "unit: {unit}\nunits: {{x: {unit}, y: {unit}}}\nhosts: [d, b, a, c{more}]\nnumbers: [10, 9]"
        )
    };
    // Each time, the sets of a process have another order.
    for _ in 0..3 {
        let sets = edited!(Sets, &text(1, ""));
        let report = sets.rows(&text(2, ""));
        let rows = ["unit.size 1 → 2 1:14", "units.x.size 1 → 2 2:19", "units.y.size 1 → 2 2:90"];
        assert_eq!(report, rows);
        let differences = sets.reloader.diff(1, 2).unwrap();
        assert_eq!(differences.iter().map(|row| sets.row(row)).collect::<Vec<_>>(), rows);
        assert!(sets.reloader.status().fields.iter().all(|field| field.desired.is_none()));
        let hosts = r#"hosts ["a","b","c","d"] → ["a","b","bb","c","d"] 3:8"#;
        assert_eq!(sets.rows(&text(2, ", bb")), [hosts]);
        let gone = sets.rows("hosts: [a]\nnumbers: [100, 9, 10]");
        let unit =
            r#"{"pairs":[[1,"a"],[2,"b"]],"size":2,"tags":["a","b","c","d","e","f","g","h"]}"#;
        assert_eq!(gone[0], format!("unit {unit} → (absent) 1:1"));
        assert_eq!(gone.last().unwrap(), "numbers [9,10] → [9,10,100] 2:10");
        let status = sets.reloader.status();
        assert_eq!(status.fields[3].effective, Some(serde_json::json!([9, 10, 100])));
    }
}

/// A value whose own code fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Shy(String);

impl Serialize for Shy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert_ne!(self.0, "panics");
        match &*self.0 {
            "fails" | "fails too" => Err(serde::ser::Error::custom("hunter2")),
            text => serializer.serialize_str(text),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Odd {
    #[reload(hot, live)]
    level: u8,
    #[reload(hot, live)]
    flags: BTreeMap<bool, u8>,
    #[reload(hot, live)]
    ports: BTreeMap<u16, Cluster>,
    #[reload(hot, live)]
    shy: Shy,
    #[reload(hot, live)]
    shies: BTreeMap<Shy, u8>,
}

#[test]
fn case_f11_what_cannot_be_shown_hides_nothing_else() {
    let odd = edited!(Odd, "{level: 1, flags: {true: 1}, ports: {443: {sticky: false}}}");
    assert_eq!(
        odd.rows("{level: 2, flags: {true: 2}, ports: {443: {sticky: true}}, shy: panics}"),
        [
            "level 1 → 2 1:9",
            "flags.true 1 → 2 1:26",
            "ports.443.sticky false → true 1:52",
            "shy \"\" → \"(cannot be shown)\" 1:65"
        ]
    );
    let rows = odd.rows("{level: 3, shy: fails, shies: {fails: 1, fails too: 2, plain: 3}}");
    assert_eq!(rows[0], "level 2 → 3 1:9");
    let shies: Vec<_> = rows.iter().filter(|row| row.starts_with("shies")).collect();
    assert_eq!(shies.len(), 3, "{rows:#?}");
    assert!(rows.iter().any(|row| row == "shies.plain (absent) → 3 1:63"), "{rows:#?}");
    assert!(!rows.concat().contains("hunter2"));
}
