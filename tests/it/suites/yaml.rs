//! yaml-test-suite: the cases of which the root is one map, and those that have to be refused.

use std::fs;

use dlc_reload::Format;

use super::{Deviation, Differences, Tree, folder, read};

/// The cases that are read otherwise than the suite says.
const DEVIATIONS: &[Deviation] = &[
    Deviation {
        reason: "a configuration has texts as keys, and no lists or maps",
        refused: Some("a key has to be a single value"),
        cases: &[
            "6BFJ", "6PBE", "KK5P", "LX3P", "M2N8-1", "M5DY", "Q9WF", "RZP5", "SBG9", "X38W",
            "XW4D",
        ],
    },
    Deviation {
        reason: "a key that is not written is a mistake",
        refused: Some("a value without a key, write the key before the `:`"),
        cases: &["2JQS", "6M2F", "DFF7", "FRK4", "NHX8", "S3PD", "SM9W-1"],
    },
    Deviation {
        reason: "tags beyond the core schema mean nothing here, and look like a text without quotes",
        refused: Some("this tag means nothing here, remove it"),
        cases: &["2XXW", "565N", "7FWL", "CUP7", "M5C3", "UGM3", "Z67P"],
    },
    Deviation {
        reason: "an anchor on nothing is more often a text without quotes",
        refused: Some("an anchor on nothing, remove it"),
        cases: &["6KGN"],
    },
    Deviation {
        reason: "a key of `{…}` without a colon is more often a colon without a space: `{port:80}`",
        refused: Some("a key without a value, write `key: value`"),
        cases: &["4ABK"],
    },
    Deviation {
        reason: "the parser takes text in quotes or brackets that is not indented, which can only mean one thing",
        refused: None,
        cases: &["9C9N", "DK95-1", "QB6E"],
    },
];

/// One case of a file; what it leaves out is as in the case before.
#[derive(Clone, Default)]
struct Case {
    yaml: String,
    /// The events of a parser.
    tree: String,
    json: Option<String>,
    fail: bool,
}

#[test]
fn yaml_is_read_as_its_suite_says() {
    let mut differences = Differences::default();
    let mut files: Vec<_> = fs::read_dir(folder("yaml/src")).unwrap().flatten().collect();
    files.sort_by_key(fs::DirEntry::path);
    for file in files {
        let name = file.file_name().into_string().unwrap();
        let name = name.trim_end_matches(".yaml");
        let text = fs::read_to_string(file.path()).unwrap();
        for (number, case) in cases(&text).iter().enumerate() {
            let name = if number == 0 { name.to_owned() } else { format!("{name}-{number}") };
            let result = read(Format::Yaml, visible(&case.yaml));
            match &case.json {
                _ if case.fail => differences.compare(&name, result, None),
                _ if !is_one_map(&case.tree) => {}
                Some(json) => {
                    let expected = serde_json::from_str(json).unwrap();
                    differences.compare(&name, result, Some(&expected));
                }
                // The suite has no JSON where JSON has no word for it.
                None => differences.add(&name, result),
            }
        }
    }
    differences.are(231, DEVIATIONS);
}

/// Returns the cases of a file, whose root is a list.
fn cases(text: &str) -> Vec<Case> {
    let text = format!("cases:\n{}", text.trim_start_matches("---\n"));
    let Ok(Tree::Map(file)) = read(Format::Yaml, text.as_str()) else { panic!("{text}") };
    let Tree::List(cases) = &file["cases"] else { panic!("{text}") };
    let mut before = Case::default();
    let case = |case: &Tree| {
        let Tree::Map(case) = case else { panic!("{case:?}") };
        let text = |key: &str| match case.get(key) {
            Some(Tree::Text(text)) => Some(text.clone()),
            _ => None,
        };
        before = Case {
            yaml: text("yaml").unwrap_or_else(|| before.yaml.clone()),
            tree: text("tree").unwrap_or_else(|| before.tree.clone()),
            json: text("json").or_else(|| before.json.clone()),
            fail: case.contains_key("fail"),
        };
        before.clone()
    };
    cases.iter().map(case).collect()
}

/// Returns a text in which the characters that the suite makes visible are what they stand for.
fn visible(text: &str) -> String {
    let text = text.replace('␣', " ").replace('—', "").replace('»', "\t").replace('↵', "");
    text.replace("∎\n", "").replace('←', "\r").replace('⇔', "\u{feff}")
}

/// Returns true if the events are those of one document with a map as its root.
fn is_one_map(events: &str) -> bool {
    let mut events = events.lines().map(str::trim_start);
    let starts = ["+STR", "+DOC", "+MAP"];
    let first = starts.iter().all(|start| events.next().is_some_and(|it| it.starts_with(start)));
    first && !events.any(|event| event.starts_with("+DOC"))
}
