//! More of the same kinds: flattened enums, nested sets, hidden corners, and places in other sources.

use dlc_reload::{
    Secret,
    source::{Env, Text},
    testing::Memory,
};

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Mode {
    Simple,
    Full { depth: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Flat {
    #[serde(rename(serialize = "pw"), alias = "pass")]
    #[schemars(rename = "password")]
    #[reload(restart, secret)]
    password: String,
    #[reload(hot, live)]
    enabled: bool,
    #[serde(flatten)]
    #[reload(restart)]
    mode: Mode,
    #[serde(flatten)]
    #[reload(hot, live)]
    labels: BTreeMap<String, serde_json::Value>,
}

#[test]
fn case_f1_flattened_leaves_of_two_classes_are_told_apart() {
    let text = |password: &str, enabled: bool, mode: &str, label: u8| {
        format!("password: {password}\nenabled: {enabled}\n{mode}\nlabel: {label}")
    };
    let flat = edited!(Flat, &text("hunter1", true, "kind: simple", 1));
    assert_eq!(
        flat.rows(&text("hunter2", false, "kind: full\ndepth: 3", 2)),
        [
            "enabled true → false 2:10",
            // serde hands the flattened map what the flattened enum takes, too.
            "depth (absent) → 3 4:8",
            "label 1 → 2 5:8",
            "password secret 1:11",
            "kind \"simple\" → \"full\" 3:7",
        ]
    );
    let only = flat.edit(&text("hunter2", false, "kind: full\ndepth: 3", 3));
    assert_eq!(
        only.changes().iter().map(|row| flat.row(row)).collect::<Vec<_>>(),
        ["label 2 → 3 5:8"]
    );
    let told = format!("{only}{:?}", flat.reloader.status());
    assert!(!told.contains("hunter"), "{told}");
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
enum Shape {
    None,
    Round { names: std::collections::BTreeSet<u8> },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Deep {
    size: u8,
    listed: Vec<HashSet<String>>,
    pair: (u8, HashSet<String>),
    nested: BTreeMap<String, Option<HashSet<Shape>>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Depths {
    #[reload(hot, live)]
    deep: Deep,
}

#[test]
fn case_10_sets_at_every_depth_are_compared_as_sets() {
    let text = |size: u8, more: &str| {
        let set = "[h, a, c, b, e, d, g, f]";
        let shapes = format!("{{a: [None, {{Round: {{names: [10, 9{more}]}}}}]}}");
        format!("deep: {{size: {size}, listed: [{set}], pair: [1, {set}], nested: {shapes}}}")
    };
    for _ in 0..3 {
        let depths = edited!(Depths, &text(1, ""));
        assert_eq!(depths.rows(&text(2, "")), ["deep.size 1 → 2 1:14"]);
        let rows = depths.rows(&text(2, ", 100"));
        let [old, new] = ["9,10", "9,10,100"]
            .map(|names| format!(r#"["None",{{"Round":{{"names":[{names}]}}}}]"#));
        assert_eq!(rows, [format!("deep.nested.a {old} → {new} 1:102")]);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Login {
    Open(bool),
    Token { token: Secret<String>, name: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Auth {
    None,
    Basic(Login),
    Keys(Vec<Secret<String>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Guarded {
    #[reload(restart)]
    auth: Auth,
    #[reload(restart)]
    by_name: HashMap<String, Auth>,
    #[serde(default)]
    #[reload(restart)]
    #[schemars(skip)]
    untold: Vec<String>,
}

#[test]
fn case_f1_secrets_in_enums_and_lists_are_hidden() {
    let guarded = edited!(Guarded, "auth: none\nby_name: {a: {basic: true}}");
    assert_eq!(
        guarded.rows(
            "auth: {basic: {token: hunter1, name: x}}\nby_name: {a: {keys: [hunter2]}, b: none}\nuntold: [hunter3]"
        ),
        [
            r#"auth "none" → {"basic":{"name":"x","token":"[redacted]"}} 1:7"#,
            r#"by_name.a {"basic":"[redacted]"} → {"keys":["[redacted]"]} 2:14"#,
            r#"by_name.b (absent) → "none" 2:36"#,
            "untold secret 3:9",
        ]
    );
    let told = format!("{:?}", guarded.reloader.status());
    assert!(!told.contains("hunter"), "{told}");
}

#[test]
fn case_f5_places_in_other_sources() {
    let file = Memory::new(dlc_reload::Format::Toml, "[clusters.api]\nsticky = false\n");
    let variable = Env::new("T").of([("T_MATRIX", "[[1, 2], [3]]")]);
    let boot = load(
        Loader::<Proxy>::new()
            .source(file.clone())
            .source(variable)
            .source(Text::new(dlc_reload::Format::Yaml, "level: a")),
    );
    let reloader = boot.reloader().start().unwrap();
    file.write("[clusters.api]\nsticky = true\n[clusters.web]\n");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    let rows: Vec<_> =
        report.changes().iter().map(|row| format!("{} {}", row.key, row.origin)).collect();
    assert_eq!(rows, ["clusters.api.sticky memory:2:10", "clusters.web memory:3:1"]);
    let cluster = Proxy::fields().matrix();
    let report = reloader
        .override_field(cluster, vec![vec![1, 2], vec![4]])
        .for_duration(std::time::Duration::from_secs(60))
        .wait()
        .unwrap();
    let row = &report.changes()[0];
    assert_eq!((row.key.to_string().as_str(), row.new.clone()), ("matrix[1][0]", Some(4.into())));
    assert!(row.origin.to_string().starts_with("override"), "{report}");
    let report = reloader.end_override(cluster, Trigger::api("a test")).wait().unwrap();
    assert_eq!(report.changes()[0].origin.to_string(), "environment variable T_MATRIX");
    // The whole of the map is gone, and with several sources no place says by which.
    file.write("ports = []\n");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.changes().len(), 2, "{report}");
    assert!(report.changes().iter().all(|row| row.origin.to_string() == "default"), "{report}");
}

/// A size that is rounded when it is serialized, as some types of other crates are.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(transparent)]
struct Rounded(String);

impl Rounded {
    fn bytes(&self) -> u64 {
        let (number, unit) = self.0.split_at(self.0.len() - 1);
        let unit = if unit == "G" { 1_000_000_000 } else { 1_000_000 };
        number.parse::<u64>().unwrap() * unit
    }
}

impl<'de> Deserialize<'de> for Rounded {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Serialize for Rounded {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} MiB", self.bytes() >> 20))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Sized {
    #[reload(restart)]
    cache: Rounded,
    #[reload(hot, live)]
    limit: Rounded,
    #[reload(hot, live)]
    limits: Vec<Rounded>,
    #[reload(restart)]
    ttl: dlc_reload::units::Period,
}

#[test]
fn case_f13_a_number_with_a_unit_is_shown_as_it_is_written() {
    let text = |cache: &str, limit: &str, limits: &str, ttl: &str| {
        format!("cache: {cache}\nlimit: {limit}\nlimits: [{limits}]\nttl: {ttl}")
    };
    let sized = edited!(Sized, &text("1G", "1000M", "3G, 4G", "60m"));
    let rows = [
        "limit \"1000M\" → \"2G\" 2:8",
        "limits[0] (absent) → \"2G\" 3:10",
        "cache \"1G\" → \"10G\" 1:8",
        "ttl \"60m\" → \"90m\" 4:6",
    ];
    assert_eq!(sized.rows(&text("10G", "2G", "2G, 3G, 4G", "90m")), rows);
    // The old value of what waits is that of the start.
    let rows = ["cache \"1G\" → \"100G\" 1:8", "ttl \"60m\" → \"90m\" 4:6"];
    assert_eq!(sized.rows(&text("100G", "2G", "2G, 3G, 4G", "90m")), rows);
    // A difference that the rounded texts do not show.
    let report = sized.edit(&text("1G", "2001M", "2G, 3G, 5G", "60m"));
    let rows: Vec<_> = report.changes().iter().map(|row| sized.row(row)).collect();
    assert_eq!(rows, ["limit \"2G\" → \"2001M\" 2:8", "limits[2] \"4G\" → \"5G\" 3:18"]);
    let differences = sized.reloader.diff(1, 2).unwrap();
    assert_eq!(sized.row(&differences[0]), "limit \"1000M\" → \"2G\" 2:8 as of generation 2");
}
