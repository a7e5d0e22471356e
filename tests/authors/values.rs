//! Keys of maps and plain values: a file is valid if it loads, and only then.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::{NonZeroI8, NonZeroU16},
};

use dlc_reload::{
    Loader, Reloadable, file_schema, schema,
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An enum whose words have doc comments, which schemars does not take for the keys of a map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Word {
    /// Little.
    #[serde(alias = "little")]
    Low,
    /// Much.
    High,
}

/// An entry that is a section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Service {
    /// The share of requests.
    #[reload(hot, live)]
    weight: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(restart)]
struct Config {
    bytes: BTreeMap<u8, u8>,
    shorts: BTreeMap<i16, u8>,
    full: BTreeMap<NonZeroU16, u8>,
    wide: BTreeMap<u32, u8>,
    signed: BTreeMap<i64, u8>,
    words: BTreeMap<Word, u8>,
    inside: Vec<BTreeMap<Word, BTreeMap<u8, Word>>>,
    #[reload(hot, entries)]
    services: BTreeMap<Word, Service>,
    half: f32,
    period: Period,
    size: Size,
    step: NonZeroI8,
    set: BTreeSet<u8>,
    machine: isize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bytes: BTreeMap::new(),
            shorts: BTreeMap::new(),
            full: BTreeMap::new(),
            wide: BTreeMap::new(),
            signed: BTreeMap::new(),
            words: BTreeMap::new(),
            inside: Vec::new(),
            services: BTreeMap::new(),
            half: 0.5,
            period: Period::default(),
            size: Size::default(),
            step: NonZeroI8::MIN,
            set: BTreeSet::new(),
            machine: 0,
        }
    }
}

/// Returns the texts of which loader and schemas do not say the same.
fn disagreements(texts: impl Iterator<Item = Value>) -> Vec<String> {
    let schemas = [file_schema::<Config>(), schema::<Config>()]
        .map(|schema| jsonschema::validator_for(schema.as_value()).unwrap());
    let (mut wrong, mut loaded, mut refused) = (Vec::new(), 0, 0);
    for text in texts {
        let result = Loader::<Config>::new().text("json", text.to_string()).load();
        let loads = result.is_ok();
        *(if loads { &mut loaded } else { &mut refused }) += 1;
        // The schema of all sources knows nothing of `null` in a file.
        let said = schemas.iter().map(|schema| schema.is_valid(&text));
        let count = if text.to_string().contains("null") { 1 } else { 2 };
        let said: Vec<_> = said.take(count).collect();
        if said.iter().any(|said| *said != loads) {
            wrong.push(format!("{text}: loads {loads}, valid {said:?}, {:?}", result.err()));
        }
    }
    assert!(loaded > 4 && refused > 4, "{loaded} load, {refused} are refused");
    wrong
}

#[test]
fn a_key_of_a_map_is_valid_as_it_loads() {
    let keys = [
        "0",
        "-0",
        "+0",
        "1",
        "+7",
        "01",
        "-1",
        "127",
        "128",
        "200",
        "249",
        "250",
        "255",
        "256",
        "300",
        "-128",
        "-129",
        "32767",
        "32768",
        "-32768",
        "-32769",
        "65535",
        "65536",
        "70000",
        "4294967295",
        "4294967296",
        "0x0",
        "0x50",
        "0xFF",
        "0xaB",
        "0x100",
        "0x0000ff",
        "0xffffffff",
        "0x1ffffffff",
        "0x7fff",
        "0x8000",
        "0o17",
        "0o377",
        "0o400",
        "0b1",
        "x",
        "",
        "1.0",
        "1_0",
        "low",
        "high",
        "little",
        "Low",
    ];
    let fields = ["bytes", "shorts", "full", "wide", "signed", "words"];
    let texts = fields.iter().flat_map(|field| keys.map(|key| json!({ *field: { key: 1 } })));
    let inside = keys.iter().flat_map(|key| {
        let services = json!({ "services": { *key: { "weight": 1 } } });
        let words = json!({ "inside": [{ *key: { "1": "low" } }] });
        [services, words, json!({ "inside": [{ "high": { *key: "little" } }] })]
    });
    let wrong = disagreements(texts.chain(inside));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_value_is_valid_as_it_loads() {
    let texts = [
        json!({ "half": 3.4e38 }),
        json!({ "half": 3.5e38 }),
        json!({ "half": -1e39 }),
        json!({ "period": " 30s " }),
        json!({ "period": "1h  30m" }),
        json!({ "period": "1 h" }),
        json!({ "period": "" }),
        json!({ "size": "64  MiB" }),
        json!({ "size": " 64MiB\n" }),
        json!({ "size": "64 M iB" }),
        json!({ "step": null }),
        json!({ "step": 0 }),
        json!({ "step": -3 }),
        json!({ "set": [5, 255, 5] }),
        json!({ "set": [5, 256] }),
        json!({ "machine": -5 }),
        json!({ "machine": 18_446_744_073_709_551_615_u64 }),
        json!({ "services": { "low": { "weight": 1, "wieght": 2 } } }),
    ];
    let wrong = disagreements(texts.into_iter());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_entry_with_a_word_as_its_key_is_described() {
    let schema = file_schema::<Config>();
    let weight = &schema.as_value()["properties"]["services"]["properties"]["low"]["properties"];
    assert_eq!(weight["weight"]["x-reload"], "hot", "{schema:#?}");
    let page = dlc_reload::reference::<Config>();
    assert!(page.contains("The share of requests."), "{page}");
}
