use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};

use super::*;

const SCHEMA: &str = "./app.schema.json";

fn association(format: Format, pattern: &str) -> Association {
    Association { format, pattern: pattern.to_owned(), schema: SCHEMA.to_owned() }
}

fn all() -> [Association; 4] {
    [
        association(Format::Yaml, "conf.d/*.yaml"),
        association(Format::Yaml, "conf.d/*.yml"),
        association(Format::Toml, "conf.d/*.toml"),
        association(Format::Json, "conf.d/*.json"),
    ]
}

#[test]
fn new_settings_have_the_associations_and_nothing_else() {
    let expected = r#"{
  "yaml.schemas": {
    "./app.schema.json": ["conf.d/*.yaml", "conf.d/*.yml"]
  },
  "evenBetterToml.schema.associations": {
    "^.*/conf\\.d/[^/]*\\.toml$": "./app.schema.json"
  },
  "json.schemas": [
    {
      "fileMatch": ["conf.d/*.json"],
      "url": "./app.schema.json"
    }
  ]
}
"#;
    let made = with("{}\n", &all()).unwrap();
    assert_eq!(made, expected);
    assert_eq!(with(&made, &all()).unwrap(), made, "twice");
    assert_eq!(with("", &all()).unwrap(), expected);
}

#[test]
fn comments_order_and_other_schemas_stay() {
    let before = "\u{feff}// The team's settings.\r
{\r
\t\"editor.rulers\": [100],   // one hundred\r
\t\"yaml.schemas\": {\r
\t\t// The pipelines.\r
\t\t\"./ci.json\": [\"ci/*.yaml\", \"conf.d/*.yaml\"],\r
\t\t\"./old.json\": \"conf.d/*.yml\",\r
\t\t\"./app.schema.json\": \"extra.yaml\", /* by hand */\r
\t},\r
\t/* last */ \"a\": [1,2 , 3],\r
}\r
";
    let expected = before
        .replace("[\"ci/*.yaml\", \"conf.d/*.yaml\"]", "[\"ci/*.yaml\"]")
        .replace("\t\t\"./old.json\": \"conf.d/*.yml\",\r\n", "")
        .replace("\"extra.yaml\",", "[\"extra.yaml\", \"conf.d/*.yaml\", \"conf.d/*.yml\"],");
    let made = with(before, &all()[..2]).unwrap();
    assert_eq!(made, expected);
    assert_eq!(with(&made, &all()[..2]).unwrap(), made, "twice");
}

#[test]
fn an_association_with_an_earlier_schema_is_moved() {
    let before = r#"{
  "evenBetterToml.schema.associations": { "^.*/conf\\.d/[^/]*\\.toml$": "./old.json" },
  "json.schemas": [
    { "fileMatch": ["conf.d/*.json", "x.json"], "url": "./old.json" },
    { "url": "./app.schema.json" } // ours
  ]
}"#;
    let made = with(before, &all()[2..]).unwrap();
    let read: serde_json::Value = serde_json::from_str(&made.replace("// ours", "")).unwrap();
    let expected = serde_json::json!({
        "evenBetterToml.schema.associations": { "^.*/conf\\.d/[^/]*\\.toml$": SCHEMA },
        "json.schemas": [
            { "fileMatch": ["x.json"], "url": "./old.json" },
            { "url": SCHEMA, "fileMatch": ["conf.d/*.json"] },
        ],
    });
    assert_eq!(read, expected);
    assert!(made.contains("// ours"), "{made}");
    assert_eq!(with(&made, &all()[2..]).unwrap(), made, "twice");
}

#[test]
fn settings_that_are_none_are_refused_and_say_the_remedy() {
    let cases = [
        ("{", "cannot be read, mend it first: "),
        ("[]", "holds no object, mend it first"),
        (r#"{"yaml.schemas": []}"#, "`yaml.schemas` is no object, mend it first"),
    ];
    for (text, expected) in cases {
        let refused = with(text, &all()).unwrap_err();
        assert!(refused.starts_with(expected), "{refused}");
    }
    assert!(
        with(r#"{"json.schemas": 1}"#, &all()).unwrap_err().starts_with("`json.schemas` is no")
    );
}

/// Returns settings as people write them, one member a line.
fn settings() -> impl Strategy<Value = String> {
    let members = [
        "\"editor.rulers\": [100,  120]",
        "\"yaml.schemas\": { \"./ci.json\": \"ci/*.yaml\" }",
        "\"json.schemas\": [\n    // by hand\n    { \"fileMatch\": [ \"a.json\" ], \"url\": \"./a.json\" }\n  ]",
        "\"evenBetterToml.schema.associations\": {\n    /* none */\n  }",
        "/* off */ \"x\" : null",
    ];
    let comments = vec!["", " // why", " /* ü */"];
    let lines = subsequence(members.to_vec(), 0..=members.len()).prop_shuffle();
    let ends = (vec(select(comments), members.len()), any::<bool>(), any::<bool>());
    (lines, ends).prop_map(|(lines, (comments, comma, crlf))| {
        let mut text = String::from("// The settings of all.\n{\n");
        for (at, line) in lines.iter().enumerate() {
            let comma = if comma || at + 1 < lines.len() { "," } else { "" };
            text += &format!("  {line}{comma}{}\n", comments[at]);
        }
        text += "}\n";
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #[test]
    fn all_that_the_settings_say_of_other_things_stays(text in settings()) {
        let made = with(&text, &all()).unwrap();
        prop_assert_eq!(with(&made, &all()).unwrap(), made.clone(), "twice");
        prop_assert_eq!(made.replace("\r\n", "").contains('\n'), !text.contains('\r'));
        // Every letter is there, in its order; lines may have been broken, and commas added.
        let plain = |text: &str| text.replace([' ', '\r', '\n', ','], "");
        let (made, old) = (plain(&made), plain(&text));
        let mut left = made.chars();
        prop_assert!(old.chars().all(|letter| left.any(|made| made == letter)), "{old} is not in {made}");
        for association in all() {
            prop_assert!(made.contains(&association.schema));
        }
    }
}
