//! What the program prints of its configuration: the committed reference, and a template that loads.

use std::{path::Path, process::Output};

use dlc_reload::testing::assert_committed;

use crate::harness::{bare_command, command};

/// The command that mends the committed reference.
const MENDS: &str = "cargo run -p coach -- config reference -o examples/coach/REFERENCE.md";

fn printed(arguments: &[&str]) -> String {
    let output = bare_command().arg("config").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn checked(config: &Path, arguments: &[&str]) -> Output {
    command(config).args(["config", "check"]).args(arguments).output().unwrap()
}

#[test]
fn the_committed_reference_is_up_to_date() {
    assert_committed("REFERENCE.md", &printed(&["reference"]), MENDS);
}

#[test]
fn the_reference_leads_down_to_the_fields_of_entries_and_values() {
    let reference = printed(&["reference"]);
    for words in [
        "<a id=\"logging.level\"></a>\n### `logging.level`\n",
        "- variable `DLC_LOGGING__LEVEL`\n",
        "    - `warn`: Conditions that an operator should look at.\n",
        "- variable `DLC_AUTH__JWT_SECRET`, or `DLC_AUTH__JWT_SECRET_FILE` for a file with it\n",
        "### `telemetry.sampler.type`\n",
        "- changes live, together with `telemetry.sampler`\n",
        "| `webhooks[].url` |",
    ] {
        assert!(reference.contains(words), "{words} in {reference}");
    }
    let json: serde_json::Value = serde_json::from_str(&printed(&["reference", "--json"])).unwrap();
    let level = &json["fields"][1]["fields"][0];
    assert_eq!(level["key"], "logging.level");
    assert_eq!((&level["class"], &level["default"]), (&"hot".into(), &"info".into()));
    assert_eq!(level["words"][2]["docs"], "Events that an operator wants to know.");
}

#[test]
fn the_template_passes_the_check_in_each_format_and_names_what_is_to_be_set() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["yaml", "toml", "json"] {
        let config = folder.path().join("config").with_extension(format);
        std::fs::write(&config, printed(&["template", "--format", format])).unwrap();
        let output = checked(&config, &[]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        for key in ["auth.jwt_secret", "auth.admin_master_password"] {
            assert!(
                said.contains(&format!("{key}: still the placeholder of a template, set it")),
                "{said}"
            );
        }
        assert_eq!(checked(&config, &["--deny-warnings"]).status.code(), Some(1));
    }
}
