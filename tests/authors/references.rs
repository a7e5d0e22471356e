//! The reference of a configuration: what it says of each kind of key.

use std::collections::{BTreeMap, BTreeSet};

use dlc_reload::{Loader, Reloadable, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The configuration of a gate.
///
/// # How to begin
///
/// With the [address](crate::references::Server).
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(removed(color = "nothing had one"))]
struct Config {
    #[reload(nested)]
    server: Server,
    /// The services behind the gate.
    #[serde(default)]
    #[reload(hot, entries)]
    services: BTreeMap<String, Service>,
    #[serde(default)]
    #[reload(hot, entries = "name")]
    upstreams: Vec<Upstream>,
    /// The place of what is logged.
    ///
    /// A second paragraph | with a bar.
    #[serde(default)]
    #[reload(restart)]
    sinks: BTreeMap<String, Vec<Sink>>,
    /// May be absent.
    #[reload(nested, live)]
    tls: Option<Tls>,
    #[serde(flatten)]
    #[reload(restart)]
    labels: BTreeMap<String, String>,
}

/// The address.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Server {
    #[reload(restart, env = "PORT", renamed_from = "listen-port")]
    #[serde(alias = "number")]
    port: u16,
    #[deprecated(note = "it has no effect")]
    #[serde(default)]
    #[reload(hot, live)]
    workers: u8,
    #[reload(restart, secret)]
    token: Secret<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Service {
    #[reload(restart)]
    addr: String,
    #[serde(default)]
    #[reload(hot, live)]
    weight: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Upstream {
    #[reload(restart)]
    name: String,
    #[serde(default)]
    #[reload(hot, live)]
    weight: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Tls {
    #[reload(restart)]
    cert: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Sink {
    /// Into a file.
    File {
        path: String,
        #[serde(default)]
        level: u8,
    },
    /// Nowhere.
    Null {
        #[serde(default)]
        level: u8,
    },
}

/// Returns the part of a page about a key.
fn part<'p>(page: &'p str, key: &str) -> &'p str {
    let heading = format!("## `{key}`\n");
    let start = page.find(&heading).unwrap_or_else(|| panic!("no {key} in {page}"));
    page[start + heading.len()..].split("<a id").next().unwrap().trim()
}

fn row<'p>(page: &'p str, key: &str) -> &'p str {
    let start = format!("| `{key}` |");
    page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{key} in {page}"))
}

#[test]
fn every_key_has_a_row_and_a_part_down_to_those_of_entries_and_values() {
    let page = Loader::<Config>::new().env("GATE").reference();
    for key in [
        "server.port",
        "server.workers",
        "server.token",
        "services",
        "services.<name>.addr",
        "services.<name>.weight",
        "upstreams[].name",
        "upstreams[].weight",
        "sinks.<name>[].type",
        "sinks.<name>[].path",
        "sinks.<name>[].level",
        "tls.cert",
        "*",
    ] {
        row(&page, key);
        part(&page, key);
    }
    assert_eq!(
        row(&page, "sinks"),
        "| `sinks` | map of lists of maps | `{}` | restart | The place of what is logged. |"
    );
    assert_eq!(
        row(&page, "server.port"),
        "| `server.port` | integer, 0 to 65535 | required | restart | formerly `listen-port` |"
    );
    assert!(page.contains("- `color` is gone: nothing had one\n"), "{page}");
    assert!(
        page.contains("<a id=\"services.NAME.addr\"></a>\n### `services.<name>.addr`\n"),
        "{page}"
    );
    assert!(page.contains("<a id=\"upstreams.ITEM.weight\"></a>\n"), "{page}");
    let anchors: Vec<_> = page.lines().filter(|line| line.starts_with("<a id=")).collect();
    let each: BTreeSet<_> = anchors.iter().collect();
    assert_eq!(each.len(), anchors.len(), "two keys have one anchor: {anchors:#?}");
}

#[test]
fn all_that_is_known_of_a_key_is_said() {
    let page = Loader::<Config>::new().env("GATE").reference();
    assert_eq!(
        part(&page, "server.port"),
        "- type: integer, 0 to 65535\n- required\n- takes effect at the next start\n- variable `PORT`\n- formerly `listen-port`\n- also `number`"
    );
    assert_eq!(
        part(&page, "server.token"),
        "- type: string\n- required\n- takes effect at the next start\n- secret: its value is never shown\n- variable `GATE_SERVER__TOKEN`, or `GATE_SERVER__TOKEN_FILE` for a file with it"
    );
    assert!(part(&page, "server.workers").ends_with("- deprecated: it has no effect"), "{page}");
    assert!(
        part(&page, "sinks")
            .starts_with("The place of what is logged.\n\nA second paragraph | with a bar.")
    );
    assert_eq!(
        part(&page, "sinks.<name>[].type"),
        "- type: one of `file`, `null`\n    - `file`: Into a file.\n    - `null`: Nowhere.\n- required\n- takes effect at the next start, together with `sinks`"
    );
    assert!(part(&page, "sinks.<name>[].path").contains("- only with `type: file`\n"), "{page}");
    assert!(!part(&page, "sinks.<name>[].level").contains("only with"), "{page}");
    assert!(
        part(&page, "services.<name>.weight")
            .contains("- variable `GATE_SERVICES__<NAME>__WEIGHT`"),
        "{page}"
    );
    // No variable sets an item of a list.
    assert!(!part(&page, "upstreams[].weight").contains("variable"), "{page}");
    assert!(
        part(&page, "tls")
            .starts_with("May be absent.\n\n- optional: may appear and vanish live\n"),
        "{page}"
    );
    // Headings and links of rustdoc are none of the page.
    assert!(page.contains("\n**How to begin**\n\nWith the address.\n"), "{page}");
}

#[test]
fn variables_are_those_that_the_sources_read() {
    let without = Loader::<Config>::new().reference();
    assert!(!without.contains("variable"), "{without}");
    let own = dlc_reload::reference::<Config>();
    assert!(own.contains("- variable `PORT`\n") && !own.contains("TOKEN"), "{own}");
    let last = Loader::<Config>::new().env("A").env("B_").reference();
    assert!(last.contains("`B_SERVER__TOKEN`") && !last.contains("`A_"), "{last}");
}

#[test]
fn a_page_is_the_same_each_time() {
    let page = || Loader::<Config>::new().env("GATE").reference();
    assert_eq!(page(), page());
}
