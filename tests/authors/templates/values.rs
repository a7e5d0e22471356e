//! Values of any kind as defaults: what a template says, its reader gives back.

use std::collections::BTreeMap;

use dlc_reload::{Format, Reloadable};
use proptest::{
    arbitrary::any,
    collection::{btree_map, vec},
    prelude::*,
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{has_the_defaults, template};

/// Texts that a format may take for something else.
const ODD: [&str; 57] = [
    "",
    " ",
    "a ",
    " a",
    "null",
    "~",
    "Null",
    "true",
    "False",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "N",
    "1",
    "-1",
    "+1",
    "1.0",
    ".5",
    "1e5",
    "1E5",
    "1e",
    "0x1f",
    "0o17",
    "0b1",
    "017",
    "1_000",
    "0",
    "-0",
    ".inf",
    "-.Inf",
    ".nan",
    "nan",
    "inf",
    "2024-01-01",
    "12:30:45",
    "a: b",
    "a #b",
    "#a",
    "- a",
    "-",
    "?",
    "a:",
    ":",
    "[a]",
    "{a}",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "'a'",
    "\"a\"",
    "a\nb\n",
    "\\",
];

fn sample<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn texts() -> Vec<String> {
    let odd = ODD.iter().map(|text| (*text).to_owned());
    let more = [
        "\u{feff}a",
        "\u{2028}",
        "\u{85}",
        "\u{7f}",
        "\t",
        "\r\n",
        "ä",
        "𝄞",
        "\u{200b}",
        "1h 30m",
        "64 MiB",
        "1 2",
    ];
    let visible = sample(&"\\PC*", 60).into_iter().chain(sample(&"[ -~]{0,12}", 200));
    odd.chain(more.map(str::to_owned)).chain(visible).chain(sample(&any::<String>(), 60)).collect()
}

/// Values as JSON has them, nested; without `null`, which is no value.
fn values() -> Vec<Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[ -~]{0,8}".prop_map(Json::from),
    ];
    let nested = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map("[ -~]{0,6}", inner, 0..4).prop_map(|all| all.into_iter().collect::<Json>()),
        ]
    });
    sample(&nested, 80).into_iter().filter(|value| !value.to_string().contains("null")).collect()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Values {
    #[reload(restart)]
    texts: Vec<String>,
    #[reload(restart)]
    by_text: BTreeMap<String, String>,
    #[reload(restart)]
    text: String,
    #[reload(restart)]
    lines: String,
    #[reload(restart)]
    small: Vec<i64>,
    #[reload(restart)]
    large: Vec<u64>,
    #[reload(restart)]
    largest: u64,
    #[reload(restart)]
    least: i64,
    #[reload(restart)]
    floats: Vec<f64>,
    #[reload(restart)]
    halves: Vec<f32>,
    #[reload(restart)]
    values: Vec<Json>,
    #[reload(restart)]
    by_name: BTreeMap<String, Json>,
    #[reload(restart)]
    holes: Vec<Option<u8>>,
}

impl Default for Values {
    fn default() -> Self {
        let finite = |number: &f64| number.is_finite();
        Self {
            texts: texts(),
            by_text: texts().into_iter().map(|text| (text.clone(), text)).collect(),
            text: "1.10".into(),
            lines: "first\n  second # no comment\n\n\tthird\n".into(),
            small: [i64::MIN, i64::MAX, 0, -1]
                .into_iter()
                .chain(sample(&any::<i64>(), 50))
                .collect(),
            large: vec![0, 1, u64::MAX / 2],
            largest: u64::MAX,
            least: i64::MIN,
            floats: [0.0, -0.0, 1.0, 1e300, 1e-300, f64::MIN_POSITIVE, f64::MAX, 0.1]
                .into_iter()
                .chain(sample(&any::<f64>(), 100))
                .filter(finite)
                .collect(),
            halves: vec![0.1, 1.5e30, f32::MIN_POSITIVE, f32::MAX],
            values: values(),
            by_name: texts().into_iter().zip(values()).collect(),
            holes: vec![Some(1), None, Some(2)],
        }
    }
}

#[test]
fn every_value_reads_back_as_it_was() {
    has_the_defaults::<Values>();
    // None of them is left out.
    for (format, ending, missing) in [
        (Format::Yaml, ':', &[][..]),
        // Lists have no holes in TOML.
        (Format::Toml, ' ', &["holes"][..]),
    ] {
        let text = template::<Values>(format);
        let is_set =
            |name: &&str| text.lines().any(|line| line.starts_with(&format!("{name}{ending}")));
        let names = [
            "texts", "by_text", "text", "lines", "small", "large", "largest", "least", "floats",
            "halves", "values", "by_name", "holes",
        ];
        let unset: Vec<_> = names
            .into_iter()
            .filter(|name| !is_set(name) && !text.contains(&format!("\n[{name}]")))
            .collect();
        assert_eq!(unset, missing, "{format:?}");
    }
}
