//! The templates of every configuration that the tests of the workspace load, as `tests/authors/agreement.sh` has them
//! written down. A template loads, and has the same values as no source at all where that is enough. What differs is
//! listed in `templates/witnessed.txt`, with the reason; `*` at the end of a name stands for all that begin so.

use std::{collections::BTreeMap, env, fs, path::Path};

use crate::agreement::{is_of_documentation, records};

/// Reads the list: a type, then the reason.
fn listed() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("authors/templates/witnessed.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, reason) = line.split_once(' ').unwrap();
            (name.to_owned(), reason.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_configuration_of_the_tests_has_a_template_that_loads() {
    let Some(folder) = env::var_os("DLC_RELOAD_TEST_WITNESSES") else { return };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    for record in records(Path::new(&folder), "templates") {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        let outcome = text("outcome");
        *counts.entry(outcome.split(':').next().unwrap().to_owned()).or_default() += 1;
        let is_wrong = outcome != "equal" && outcome != "loads";
        if is_wrong && !is_of_documentation(&text("type")) {
            let whole = format!("{}, {outcome}\n{}", text("format"), text("text"));
            wrong.entry(text("type")).or_insert(whole);
        }
    }
    println!("{counts:?}");
    assert!(counts["loads"] + counts["equal"] > 400, "{counts:?}");
    let listed = listed();
    let names = |listed: &str, name: &str| match listed.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == listed,
    };
    let is_gone = |(listed, reason): &(&String, &String)| {
        !reason.starts_with("sometimes: ") && !wrong.keys().any(|name| names(listed, name))
    };
    let gone: Vec<_> = listed.iter().filter(is_gone).collect();
    wrong.retain(|name, _| !listed.keys().any(|listed| names(listed, name)));
    for (name, what) in &wrong {
        println!("{name}: {what}\n");
    }
    let wrong: Vec<_> = wrong.keys().collect();
    assert!(wrong.is_empty(), "not as it should be: {wrong:#?}");
    assert!(gone.is_empty(), "no longer wrong, take it from the list: {gone:#?}");
}
