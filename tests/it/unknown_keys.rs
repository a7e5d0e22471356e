//! Unknown keys inside of leaves, where only serde knows the structs.

use std::collections::BTreeMap;

use dlc_reload::{Loader, Reloadable, UnknownKeys};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Sampler {
    #[serde(rename = "type", alias = "kind")]
    sort: String,
    ratio: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[derive(Default)]
struct Config {
    #[reload(hot, live)]
    sampler: Sampler,
    #[reload(restart)]
    peers: Vec<Sampler>,
    #[reload(restart)]
    regions: BTreeMap<String, Sampler>,
    #[reload(restart)]
    port: u16,
}

fn problems(text: &str) -> Vec<String> {
    match Loader::<Config>::new().text("yaml", text).load() {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_misspelt_key_inside_a_leaf_is_found_at_every_depth() {
    let text = "\
sampler: {kind: x, rato: 1}
peers:
  - ratio: 1
    tpye: y
regions:
  eu: {colour: red}
  us: {ratio: 2}
";
    assert_eq!(
        problems(text),
        [
            "text:1:20: sampler.rato: unknown key, did you mean `ratio`?",
            "text:4:5: peers[0].tpye: unknown key, did you mean `type`?",
            "text:6:8: regions.eu.colour: unknown key, remove it or write one of `kind`, `type`, `ratio`",
        ]
    );
}

#[test]
fn it_is_found_beside_other_mistakes() {
    let text = "sampler: {rato: 1}\nport: many\nprot: 1\n";
    assert_eq!(
        problems(text),
        [
            "text:1:11: sampler.rato: unknown key, did you mean `ratio`?",
            "text:2:7: port: invalid type: string \"many\", expected an integer from 0 to 65535",
            "text:3:1: prot: unknown key, remove it or write one of `peers`, `regions`",
        ]
    );
}

#[test]
fn it_is_a_warning_by_choice() {
    let loader = Loader::<Config>::new().unknown_keys(UnknownKeys::Warn);
    let boot = loader.text("yaml", "sampler: {rato: 1}").load().unwrap();
    let warnings: Vec<_> = boot.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["text:1:11: warning: sampler.rato: unknown key, did you mean `ratio`?"]);
}
