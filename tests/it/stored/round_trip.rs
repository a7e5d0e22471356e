//! The round trip to disk and back, which builds the same configuration from every document.

use std::{collections::BTreeMap, fmt::Write};

use dlc_reload::{Loader, Reloadable, Secret, UnknownKeys, Watching, source::Env};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SECRET;
use crate::fixture::Dir;

/// A unit with a secret in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Access {
    Open,
    Key { id: String, key: Secret<String> },
    Many(Vec<Secret<String>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Section {
    #[serde(default, alias = "name")]
    #[reload(restart)]
    title: Option<String>,
    #[serde(default)]
    #[reload(restart)]
    ratio: f64,
    #[serde(default)]
    #[reload(restart)]
    password: Option<Secret<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Config {
    #[serde(default)]
    #[reload(restart)]
    version: String,
    #[serde(default)]
    #[reload(restart)]
    flag: Option<bool>,
    #[serde(default)]
    #[reload(restart)]
    numbers: Vec<i64>,
    #[serde(default)]
    #[reload(restart)]
    access: Option<Access>,
    #[serde(default)]
    #[reload(restart)]
    doors: BTreeMap<String, Access>,
    #[serde(default)]
    #[reload(restart, nested)]
    section: Option<Section>,
    /// Always broken by the second text.
    #[serde(default)]
    #[reload(restart)]
    broken: bool,
    #[serde(flatten)]
    #[reload(restart)]
    rest: BTreeMap<String, String>,
}

/// Texts that look like something else, or are hard to write.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("1.20".to_owned()),
        Just("0x1F".to_owned()),
        Just("null".to_owned()),
        Just("".to_owned()),
        Just("é \"\\ \u{1}".to_owned()),
        "[a-z]{1,6}",
    ]
}

fn secret() -> impl Strategy<Value = String> {
    "[a-z]{1,3}".prop_map(|tail| format!("{SECRET}{tail}"))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn access() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("open".to_owned()),
        (word(), secret())
            .prop_map(|(id, key)| format!("{{key: {{id: {}, key: {key}}}}}", quoted(&id))),
        proptest::collection::vec(secret(), 0..3)
            .prop_map(|many| format!("{{many: [{}]}}", many.join(", "))),
    ]
}

/// The lines of one source, each for one key.
fn source() -> impl Strategy<Value = String> {
    let plain = prop_oneof![Just("1.20"), Just("007"), Just("~"), Just("text"), Just("2026-11-22")];
    let flag = prop_oneof![Just("true"), Just("~"), Just("False")];
    let lines = (
        proptest::option::of(prop_oneof![
            plain.prop_map(str::to_owned),
            word().prop_map(|text| quoted(&text))
        ]),
        proptest::option::of(flag),
        proptest::option::of(proptest::collection::vec(any::<i64>(), 0..4)),
        proptest::option::of(access()),
        proptest::option::of(proptest::collection::btree_map("[a-c]", access(), 0..3)),
        proptest::option::of((
            proptest::option::of(word()),
            any::<f64>(),
            proptest::option::of(secret()),
        )),
        proptest::option::of(word()),
    );
    lines.prop_map(|(version, flag, numbers, access, doors, section, rest)| {
        let mut text = String::from("{}\n");
        let mut line = |line: String| {
            if text == "{}\n" {
                text.clear();
            }
            writeln!(text, "{line}").unwrap();
        };
        version.into_iter().for_each(|version| line(format!("version: {version}")));
        flag.into_iter().for_each(|flag| line(format!("flag: {flag}")));
        numbers.into_iter().for_each(|numbers| line(format!("numbers: {numbers:?}")));
        access.into_iter().for_each(|access| line(format!("access: {access}")));
        if let Some(doors) = doors {
            let doors: Vec<_> =
                doors.iter().map(|(name, access)| format!("{name}: {access}")).collect();
            line(format!("doors: {{{}}}", doors.join(", ")));
        }
        if let Some((title, ratio, password)) = section {
            let ratio = if ratio.is_finite() { ratio } else { 0.5 };
            line(format!("section:\n  ratio: {ratio:?}"));
            title.into_iter().for_each(|title| line(format!("  name: {}", quoted(&title))));
            password.into_iter().for_each(|password| line(format!("  password: {password}")));
        }
        rest.into_iter().for_each(|rest| line(format!("other: {}", quoted(&rest))));
        text
    })
}

fn variables() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let variable = prop_oneof![
        word().prop_map(|text| ("T_VERSION", text.replace('\u{1}', ""))),
        Just(("T_NUMBERS", "1, 2,3".to_owned())),
        Just(("T_NUMBERS", "[4]".to_owned())),
        secret().prop_map(|key| ("T_ACCESS", format!("{{key: {{id: x, key: {key}}}}}"))),
        secret().prop_map(|key| ("T_SECTION", format!("{{title: '7', password: {key}}}"))),
        secret().prop_map(|key| ("T_SECTION__PASSWORD", key)),
    ];
    proptest::collection::btree_map(0_u8..3, variable, 0..3).prop_map(|map| {
        let mut variables: Vec<_> = map.into_values().collect();
        variables.sort();
        variables.dedup_by_key(|(name, _)| *name);
        variables
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_known_good_is_what_was_accepted(
        sources in (source(), source()),
        variables in variables(),
    ) {
        let dir = Dir::new();
        let loader = |last: &str| {
            Loader::<Config>::new()
                .unknown_keys(UnknownKeys::Warn)
                .file(dir.write("a.yaml", &sources.0))
                .file(dir.write("b.yaml", &sources.1))
                .source(Env::new("T").of(variables.clone()))
                .text("yaml", last)
                .last_known_good(dir.join("good.json"))
        };
        let Ok(boot) = loader("{}").load() else {
            // Values of different kinds do not merge; that is another test.
            return Err(TestCaseError::reject("refused"));
        };
        let config = boot.clone();
        drop(boot.reloader().watch(Watching::Off).start().unwrap());
        let written = std::fs::read_to_string(dir.join("good.json")).unwrap();
        prop_assert!(!written.contains(SECRET), "{}", written);

        let again = loader("{broken: maybe}").load().unwrap();
        prop_assert!(again.last_known_good().is_some());
        prop_assert_eq!(&*again, &config);
    }
}
