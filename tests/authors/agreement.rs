//! The schema of a file and the loader, compared on the texts that the tests of the workspace load.
//!
//! `tests/authors/agreement.sh` runs those tests, which write down each text with the schema of its type and with the
//! problems that the loader found. Here an independent validator looks at the same texts. A file that loads is valid,
//! and one that is refused for a name or a type is not. What differs is listed in `agreement.txt`, with the reason.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use jsonschema::{Draft, Validator};
use schemars::Schema;
use serde_json::Value;

/// A text that a test loaded.
struct Case {
    name: String,
    text: Value,
    /// The first problem with a name or a type in it.
    refusal: Option<String>,
    /// True if the whole configuration was accepted.
    is_accepted: bool,
}

/// A schema in both of its forms.
struct Both {
    schema: Value,
    newer: Validator,
    older: Validator,
}

impl Both {
    /// Reads a schema; returns `None` for one that refers to nothing, which a test has.
    fn read(path: &Path) -> Option<Self> {
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let older = dlc_reload::draft_07(&Schema::try_from(schema.clone()).unwrap()).to_value();
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{schema:#}");
        assert!(jsonschema::draft7::meta::is_valid(&older), "{older:#}");
        let validator = |draft, schema| jsonschema::options().with_draft(draft).build(schema);
        Some(Self {
            newer: validator(Draft::Draft202012, &schema).ok()?,
            older: validator(Draft::Draft7, &older).ok()?,
            schema,
        })
    }

    /// Returns true unless the schema of the value at a key, or of one around it, says nothing: that of a type without
    /// one.
    fn describes(&self, key: &str) -> bool {
        const WORDS: [&str; 8] =
            ["$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf", "properties"];
        let mut there = &self.schema;
        for name in key.split(['.', '[']) {
            if let Some(target) = there["$ref"].as_str() {
                there = self.schema.pointer(target.trim_start_matches('#')).unwrap();
            }
            // What is not found by its name, as below an alternative, is described there.
            let Some(below) = there["properties"].get(name) else { return true };
            if !WORDS.iter().any(|word| below.get(word).is_some()) {
                return false;
            }
            there = below;
        }
        true
    }

    /// Returns the place of the first error, and what is wrong there.
    fn error(&self, text: &Value) -> Option<String> {
        let error = self.newer.iter_errors(text).next();
        let error = error.map(|error| {
            let rule = error.schema_path().to_string();
            let rule = rule.rsplit('/').find(|part| part.parse::<usize>().is_err());
            format!("{} {}", error.instance_path(), rule.unwrap_or_default())
        });
        assert_eq!(error.is_none(), self.older.is_valid(text), "draft-07 differs for {text}");
        error
    }
}

/// Returns true if a type is that of an example in the documentation: its name is not the same in the next build, and a
/// type that shows one thing is seldom whole.
pub(crate) fn is_of_documentation(path: &str) -> bool {
    path.starts_with("doctest_") || path.starts_with("rust_out::")
}

/// Returns the folder with the records, if the script has made one.
fn folder() -> Option<PathBuf> {
    env::var_os("DLC_RELOAD_TEST_WITNESSES").map(PathBuf::from)
}

/// Reads the records of a kind that the processes of the tests wrote, without the last line of one that was killed
/// while it wrote.
pub(crate) fn records(folder: &Path, kind: &str) -> Vec<Value> {
    let files = fs::read_dir(folder.join(kind)).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let lines = texts.flat_map(|text| {
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
    });
    lines.collect()
}

/// Reads a text with a reader that shares no code with the library.
fn read(format: &str, text: &str) -> Option<Value> {
    match format {
        // As the core schema of YAML 1.2 has them.
        "Yaml" => {
            let options = serde_saphyr::options! { strict_booleans: true };
            serde_saphyr::from_str_with_options(text, options).ok()
        }
        "Toml" => toml::from_str(text).ok(),
        _ => serde_json::from_str(text).ok(),
    }
}

/// Returns true if a problem is about a name or a type. What the code of a type refuses in words of its own, or because
/// of the file that a value names, no schema can say; nor how a number is written, such as with leading zeros.
fn is_about_a_name_or_type(problem: &Value) -> bool {
    const WORDS: [&str; 6] = [
        "unknown key",
        "unknown variant",
        "invalid type",
        "invalid length",
        "invalid value: ",
        "fits none of the forms",
    ];
    let message = problem["message"].as_str().unwrap();
    WORDS.iter().any(|words| message.starts_with(words)) || message.contains(" is set twice")
}

/// Returns the words of a problem, without the values that it quotes.
fn words(problem: &Value) -> String {
    let message = problem["message"].as_str().unwrap();
    // Wherever that is: texts by chance have it anywhere.
    if message.contains(" is set twice") {
        return "two names of one field".to_owned();
    }
    let end = message.find(|c: char| c.is_ascii_digit() || "`\",(-".contains(c));
    let words = message[..end.unwrap_or(message.len())].trim();
    let said = format!("{}: {words}", problem["key"].as_str().unwrap_or_default());
    said.trim().to_owned()
}

/// Returns the texts of a record. Those are left out whose values refer to variables, which the schema does not know,
/// and those that are no map.
fn cases(record: &Value) -> Vec<Case> {
    let problems = || record["problems"].as_array().unwrap().iter();
    let texts = record["texts"].as_array().unwrap();
    let is_alone =
        |text: &&Value| texts.iter().filter(|other| other["source"] == text["source"]).count() == 1;
    let plain = texts.iter().filter(|text| text["refers"] == false).filter(is_alone);
    let cases = plain.filter_map(|text| {
        let is_here = |problem: &&Value| {
            problem["source"] == text["source"] && is_about_a_name_or_type(problem)
        };
        let is_error = |problem: &&Value| problem["severity"] == "Error";
        let format = text["format"].as_str().unwrap();
        Some(Case {
            name: record["type"].as_str().unwrap().to_owned(),
            text: read(format, text["text"].as_str().unwrap()).filter(Value::is_object)?,
            refusal: problems().filter(is_error).find(is_here).map(words),
            // A warning is about an unknown key that the loader was told to ignore, or a value that another source
            // replaces.
            is_accepted: !problems().any(|problem| is_error(&problem) || is_here(&problem)),
        })
    });
    cases.collect()
}

/// The rows of the list, each with its reason, which is the line above it that begins with `#`.
fn listed() -> BTreeMap<&'static str, &'static str> {
    let mut reason = "";
    let lines =
        include_str!("agreement.txt").lines().map(str::trim).filter(|line| !line.is_empty());
    let rows = lines.filter_map(|line| match line.strip_prefix("# ") {
        Some(text) => {
            reason = text;
            None
        }
        None => Some((line, reason)),
    });
    rows.collect()
}

#[test]
fn a_text_is_valid_if_it_loads_and_not_if_a_name_or_type_is_wrong() {
    let listed = listed();
    assert!(listed.values().all(|reason| !reason.is_empty()), "a row has no reason");
    let Some(folder) = folder() else { return };
    let mut schemas: BTreeMap<String, Option<Both>> = BTreeMap::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let (mut valid, mut invalid) = (0, 0);
    for record in records(&folder, "records") {
        let path = record["path"].as_str().unwrap();
        // Random files in each format, which a test of its own compares with the schemas of their types.
        if path.starts_with("authors::evolution::") || is_of_documentation(path) {
            continue;
        }
        let name = record["schema"].as_str().unwrap();
        let read = || Both::read(&folder.join(name));
        let Some(schema) = schemas.entry(name.to_owned()).or_insert_with(read) else { continue };
        for Case { name, text, refusal, is_accepted } in cases(&record) {
            let row = match (refusal, schema.error(&text)) {
                (Some(refusal), None) => {
                    let row = format!("refused, but valid: {name}: {refusal}");
                    let key = refusal.split_once(": ").map_or("", |(key, _)| key);
                    // A type without a schema refuses what it likes, by chance as well.
                    if !listed.contains_key(row.as_str()) && !schema.describes(key) {
                        continue;
                    }
                    row
                }
                (None, Some(error)) if is_accepted => {
                    format!("loads, but not valid: {name}: {error}")
                }
                (refusal, _) => {
                    valid += usize::from(is_accepted);
                    invalid += usize::from(refusal.is_some());
                    continue;
                }
            };
            found.entry(row).or_insert_with(|| text.to_string());
        }
    }
    println!(
        "{valid} texts are valid and load, {invalid} are not and are refused, {} schemas",
        schemas.len()
    );
    assert!(valid > 10_000 && invalid > 300, "these are not all");
    let new = found.iter().filter(|(row, _)| !listed.contains_key(row.as_str()));
    let new: Vec<_> = new.map(|(row, text)| format!("{row}\n    {text:.300}")).collect();
    let gone: Vec<_> = listed.keys().filter(|row| !found.contains_key(**row)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "new, mend the schema or list them in `agreement.txt`:\n{}\ngone, take them out:\n{gone:#?}",
        new.join("\n")
    );
}
