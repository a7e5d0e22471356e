//! Code that the compiler refuses, and the messages with which it does.
//!
//! One folder of `ui` a theme, one file a mistake; the `.stderr` beside it is what the author of a
//! service reads, so the number of errors in it is a measure of quality: one mistake, one message.
//! `TRYBUILD=overwrite cargo test -p dlc-reload-tests ui` accepts new messages.

use std::{collections::BTreeMap, fs, path::Path};

/// The cases with more errors than one, and the reason.
const MORE_THAN_ONE: [(&str, usize, &str); 9] = [
    (
        "leaf/without_anything",
        6,
        "one of the struct's derives each for `Clone` and `Serialize`, three of serde's for `Deserialize`, ours for `PartialEq`",
    ),
    ("leaf/without_deserialize", 3, "serde's derive asks for it at three places"),
    ("entries/identity_of_a_section", 2, "two mistakes"),
    ("options/former_name_without_quotes", 2, "two mistakes"),
    ("options/names_of_a_flattened_field", 2, "two mistakes"),
    ("options/variable_twice", 3, "three mistakes"),
    ("serde/functions_without_schema", 4, "four mistakes"),
    ("serde/not_derived", 2, "two derives are missing"),
    ("several/one_struct", 6, "six mistakes"),
];

#[test]
fn the_compiler_refuses_each_case() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

#[test]
fn each_mistake_has_one_message() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let folders = fs::read_dir(ui).unwrap();
    let cases = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let mut found = BTreeMap::new();
    for case in cases.map(|case| case.unwrap().path()) {
        if case.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let text = fs::read_to_string(&case).unwrap();
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        let theme = case.parent().unwrap().file_name().unwrap();
        let name = Path::new(theme).join(case.file_stem().unwrap());
        found.insert(name.to_str().unwrap().to_owned(), errors);
    }
    assert!(!found.is_empty());
    found.retain(|_, errors| *errors != 1);
    let known = MORE_THAN_ONE.map(|(case, errors, _)| (case.to_owned(), errors));
    assert_eq!(found, BTreeMap::from(known));
}
