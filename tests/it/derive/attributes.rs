//! The attributes of serde, schemars and the derive on sections.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Change, Commit, Format, HookResult, Invalid, Key, Loader, Reloadable, Secret, Trigger,
    source::Env,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Pool, PoolHooks, classes, differs, listed, load, start};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Names {
    #[reload(hot)]
    pub r#type: String,
    #[reload(hot)]
    #[serde(rename = "Level")]
    pub level: u8,
    #[reload(restart)]
    #[serde(alias = "port", default)]
    pub listen_port: u16,
    #[serde(skip)]
    pub cached: u64,
    #[reload(nested)]
    pub r#match: Pool,
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl NamesHooks for Heard {
    fn on_type(&self, change: Change<'_, String>) -> HookResult<'_> {
        let new = change.new.clone();
        Ok(Commit::new(move || self.0.lock().unwrap().push(format!("type={new}"))))
    }
    fn on_level(&self, _: Change<'_, u8>) -> HookResult<'_> {
        Ok(Commit::none())
    }
}

impl PoolHooks for Heard {
    fn on_size<'a>(&'a self, change: Change<'a, u32>) -> HookResult<'a> {
        // A commit may borrow the new value.
        Ok(Commit::new(move || self.0.lock().unwrap().push(format!("size={}", change.new))))
    }
}

#[test]
fn names_are_those_that_serde_gives() {
    assert_eq!(
        classes::<Names>(),
        listed(&[
            ("type", "hot"),
            ("Level", "hot"),
            ("listen-port", "restart"),
            // Its alias.
            ("port", "restart"),
            ("match.size", "hot"),
            ("match.host", "restart"),
        ])
    );
    assert_eq!(Names::fields().r#type().to_string(), "type");
    assert_eq!(Names::fields().listen_port().to_string(), "listen-port");

    let text = "type: a\nLevel: 1\nport: 80\nmatch: {size: 1, host: h}";
    let (board, reloader) = start::<Names, _>(text, Arc::new(Heard::default()));
    let config = reloader.handle().get();
    assert_eq!((config.listen_port, config.cached), (80, 0), "an alias; nothing sets the other");
    board.write(text.replace("type: a", "type: b").replace("port: 80", "listen-port: 81"));
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.changes()[0].key.to_string(), "type");
    assert_eq!(report.pending()[0].change.key.to_string(), "listen-port");
    assert_eq!(report.pending()[0].change.old, Some(json!(80)));
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Flat {
    #[reload(nested)]
    #[serde(flatten)]
    pub pool: Pool,
    #[reload(hot)]
    pub level: u8,
}

#[test]
fn a_flattened_section_has_no_key_of_its_own() {
    assert_eq!(
        classes::<Flat>(),
        listed(&[("size", "hot"), ("host", "restart"), ("level", "hot")])
    );
    assert_eq!(Flat::fields().pool().size().to_string(), "size");
    assert_eq!(
        differs::<Flat>("{size: 1, host: a, level: 1}", "{size: 2, host: a, level: 1}"),
        "0.0"
    );
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct Defaults {
    #[reload(hot)]
    pub level: u8,
    #[reload(restart, secret)]
    pub password: String,
    #[reload(restart)]
    pub token: Secret<String>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { level: 7, password: "swordfish".into(), token: Secret::new("swordfish".into()) }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct Outer {
    #[reload(nested)]
    pub inner: Defaults,
    #[reload(restart)]
    pub tokens: BTreeMap<String, Secret<String>>,
}

#[test]
fn a_schema_shows_the_defaults_and_never_a_secret() {
    let schema = dlc_reload::schema::<Outer>().to_value();
    assert_eq!(schema["$defs"]["Defaults"]["properties"]["level"]["default"], 7);
    assert_eq!(schema["properties"]["inner"]["default"], json!({"level": 7}));
    assert!(!schema.to_string().contains("swordfish"), "{schema:#}");
    assert!(!schema.to_string().contains("redacted"), "{schema:#}");
    assert_eq!(load::<Outer>("{}").inner.level, 7);
}

/// Its schema is written by hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Reloadable)]
#[reload(schema = false)]
#[schemars(title = "Mine")]
pub struct OwnSchema {
    #[reload(hot)]
    pub level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct WithOwnSchema {
    #[reload(nested)]
    pub own: OwnSchema,
}

#[test]
fn an_own_schema_is_used_as_it_is() {
    let schema = dlc_reload::schema::<WithOwnSchema>().to_value();
    assert_eq!(schema["$defs"]["OwnSchema"]["title"], "Mine");
}

/// Nothing here has a `rename = "Other"`.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct Documented {
    /// Nor has this a `rename = "other"`.
    #[reload(hot)]
    pub level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[schemars(description = "Nothing here has a `rename = \"Other\"`.")]
pub struct Described {
    #[reload(hot)]
    pub level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(rename = "NamedForSerde", rename_all = "camelCase")]
pub struct BySerde {
    #[reload(hot)]
    pub level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[schemars(extend("x-note" = [1, 2]), rename = "NamedForSchemars")]
pub struct BySchemars {
    #[reload(hot)]
    pub level: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[schemars(rename = "OneOf{T}")]
pub struct ByFormat<T> {
    #[reload(hot)]
    pub value: T,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct AllNamed {
    #[reload(nested)]
    pub documented: Documented,
    #[reload(nested)]
    pub described: Described,
    #[reload(nested)]
    pub by_serde: BySerde,
    #[reload(nested)]
    pub by_schemars: BySchemars,
    #[reload(nested)]
    pub by_format: ByFormat<u8>,
}

#[test]
fn only_an_attribute_names_a_struct_in_the_schema() {
    let schema = dlc_reload::schema::<AllNamed>().to_value();
    let named: Vec<_> = schema["$defs"].as_object().unwrap().keys().collect();
    assert_eq!(
        named,
        ["Described", "Documented", "NamedForSchemars", "NamedForSerde", "OneOfuint8"]
    );
    let properties = &schema["$defs"]["Documented"]["properties"];
    let description = properties["level"]["description"].as_str().unwrap();
    assert!(description.starts_with("Nor has this a `rename = \"other\"`.\n"), "{description}");
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
pub struct AsText {
    #[reload(restart)]
    #[serde(default, with = "text")]
    #[schemars(with = "String", !default)]
    pub level: u8,
}

mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(level: &u8, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(level)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
        String::deserialize(from)?.parse().map_err(Error::custom)
    }
}

#[test]
fn the_schema_of_a_with_module_may_be_given_beside_an_option_that_is_taken_back() {
    let schema = dlc_reload::schema::<AsText>().to_value();
    let level = &schema["properties"]["level"];
    assert_eq!((&level["type"][0], level.get("default")), (&json!("string"), None));
    assert_eq!(load::<AsText>("level: '7'").level, 7);
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = even, validate = Self::small)]
pub struct Checked {
    #[reload(hot)]
    pub level: u8,
    #[reload(nested)]
    pub inner: Option<Range>,
}

impl Checked {
    fn small(&self) -> Result<(), Invalid> {
        if self.level < 10 { Ok(()) } else { Err(Invalid::new().at("level", "too large")) }
    }
}

fn even(config: &Checked) -> Result<(), Invalid> {
    if config.level.is_multiple_of(2) { Ok(()) } else { Err(Invalid::new().at("level", "odd")) }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::check)]
pub struct Range {
    #[reload(hot)]
    pub low: u8,
    #[reload(hot)]
    pub high: u8,
}

impl Range {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        if self.low > self.high {
            invalid.add(Self::fields().low(), "above `high`");
        }
        invalid.into_result()
    }
}

#[test]
fn every_validator_runs_and_each_finding_has_its_key() {
    let error = Loader::<Checked>::new()
        .text(Format::Yaml, "{level: 11, inner: {low: 2, high: 1}}")
        .load()
        .expect_err("three findings");
    let found: Vec<_> =
        error.problems().iter().map(|found| (found.key.clone(), &*found.message)).collect();
    let at = |key| Some(Key::parse(key));
    assert_eq!(
        found,
        [(at("level"), "odd"), (at("level"), "too large"), (at("inner.low"), "above `high`")]
    );
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Renamed {
    #[serde(alias = "address", alias = "host")]
    #[reload(restart)]
    listen: String,
    #[serde(default, alias = "num_workers")]
    #[reload(restart)]
    workers: u32,
}

#[test]
fn the_schema_allows_the_other_names_of_a_field() {
    let schema = dlc_reload::schema::<Renamed>().to_value();
    let old = &schema["properties"]["num_workers"];
    assert_eq!((&old["type"], &old["deprecated"]), (&json!("integer"), &json!(true)));
    assert_eq!(schema["properties"]["workers"].get("deprecated"), None);

    let validator = jsonschema::validator_for(&schema).unwrap();
    for (value, accepted) in [
        (json!({"listen": "a"}), true),
        (json!({"address": "a", "num_workers": 2}), true),
        (json!({"host": "a", "workers": 2}), true),
        (json!({"workers": 2}), false),
        (json!({"address": "a", "host": "b"}), false),
        (json!({"address": [7]}), false),
    ] {
        let loaded = Loader::<Renamed>::new().text("json", value.to_string()).load();
        assert_eq!(loaded.is_ok(), accepted, "{value}");
        assert_eq!(validator.is_valid(&value), accepted, "{value}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Around {
    #[reload(restart)]
    whole: Renamed,
}

#[test]
fn a_field_with_other_names_is_required_all_the_same() {
    let reference = dlc_reload::reference::<Renamed>();
    let row = reference.lines().find(|line| line.contains("`listen`")).unwrap();
    assert!(row.contains("| required |"), "{row}");

    // And what stands beside it is still not known.
    let variables = [("T_WHOLE__LISTEN", "a"), ("T_WHOLE__TYPO", "1")];
    let boot = Loader::<Around>::new().source(Env::new("T").of(variables)).load().unwrap();
    let warning = boot.warnings()[0].to_string();
    assert!(warning.contains("T_WHOLE__TYPO"), "{warning}");
}
