//! The schema for editors: committed beside the configuration, which names it, and given to other files by `--install`.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Output,
};

use coach::config::Config;
use dlc_reload::{draft_07, file_schema, testing::assert_committed};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{CONFIG, bare_command, write_private};

const MARK: &str = "# yaml-language-server: $schema=./coach.schema.json";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    bare_command().current_dir(folder).args(arguments).output().unwrap()
}

/// Runs what has to end well, and returns what it printed.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn the_committed_schema_is_up_to_date_and_the_shipped_file_names_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.schema.json");
    let text = format!("{:#}", draft_07(&file_schema::<Config>()).as_value());
    let mends = "cargo run -p coach -- config schema -o examples/coach/config.schema.json";
    assert_committed(path, &text, mends);
    let shipped = read(Path::new(env!("CARGO_MANIFEST_DIR")), "config.yaml");
    assert!(shipped.starts_with("# yaml-language-server: $schema=./config.schema.json\n"));
}

#[test]
fn files_of_every_format_name_the_schema_and_load_as_before() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let yaml = CONFIG.replace('\n', "\r\n");
    let files = [
        ("config.yaml", yaml.as_str()),
        ("more.toml", "# more\n[logging]\nlevel = 'warn' # for now"),
        ("last.json", "{\n\t\"api\": { \"v2_enabled\": true }\n}"),
        ("conf.d/10-site.yaml", "server: {port: 8081}\n"),
    ];
    fs::create_dir(at.join("conf.d")).unwrap();
    fs::create_dir(at.join(".vscode")).unwrap();
    for (name, text) in files {
        write_private(&at.join(name), text).unwrap();
    }
    let paths = ["config.yaml", "more.toml", "last.json", "conf.d"];
    let load: Vec<_> = paths.iter().flat_map(|path| ["--config", path]).collect();
    let shown = [load.as_slice(), &["config", "show", "--json"]].concat();
    let values = |text: &str| -> Vec<Value> {
        let shown: Value = serde_json::from_str(text).unwrap();
        let values = |value: &Value| (value["key"].clone(), value["value"].clone());
        let fields = shown["fields"].as_array().unwrap_or_else(|| panic!("{text}"));
        fields.iter().map(|field| serde_json::to_value(values(field)).unwrap()).collect()
    };
    let before = values(&done(at, &shown));

    let install = [load.as_slice(), &["config", "schema", "--install"]].concat();
    let dry = done(at, &[install.as_slice(), &["--dry-run"]].concat());
    assert!(dry.contains(&format!("1: + {MARK}")), "{dry}");
    assert_eq!(read(at, "more.toml"), files[1].1, "a dry run wrote something");
    done(at, &install);

    assert_eq!(read(at, "config.yaml"), format!("{MARK}\r\n{yaml}"));
    assert_eq!(read(at, "more.toml"), format!("#:schema ./coach.schema.json\n{}", files[1].1));
    let json = "{\n\t\"$schema\": \"./coach.schema.json\",\n\t\"api\": { \"v2_enabled\": true }\n}";
    assert_eq!(read(at, "last.json"), json);
    let beside = MARK.replace("./", "../");
    assert_eq!(read(at, "conf.d/10-site.yaml"), format!("{beside}\n{}", files[3].1));
    let settings: Value = serde_json::from_str(&read(at, ".vscode/settings.json")).unwrap();
    let patterns = &settings["yaml.schemas"]["./coach.schema.json"];
    assert_eq!(patterns, &serde_json::json!(["conf.d/*.yaml", "conf.d/*.yml"]));
    assert_eq!(values(&done(at, &shown)), before);
    done(at, &["config", "schema", "--check", "coach.schema.json"]);

    let again: Value =
        serde_json::from_str(&done(at, &[install.as_slice(), &["--json"]].concat())).unwrap();
    let files = again["files"].as_array().unwrap();
    assert_eq!(files.len(), 6, "{again}");
    assert!(files.iter().all(|file| file["changed"] == false), "{again}");
}

#[test]
fn a_link_stays_one_and_permissions_stay() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("below")).unwrap();
    let real = at.join("below/real.yaml");
    fs::write(&real, CONFIG).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("below/real.yaml", at.join("config.yaml")).unwrap();
    done(at, &["config", "schema", "--install", "config.yaml"]);
    assert!(at.join("config.yaml").symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), format!("{MARK}\n{CONFIG}"));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(at.join("coach.schema.json").is_file());
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("conf.d")).unwrap();
    write_private(&at.join("config.yaml"), CONFIG).unwrap();
    write_private(&at.join("broken.json"), "{\"password\": \"pl4nted\", ").unwrap();
    let refused = |paths: &[&str], code: i32| {
        let output = run(at, &[&["config", "schema", "--install"], paths].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(read(at, "config.yaml"), CONFIG);
        assert!(!at.join("coach.schema.json").exists());
        said
    };
    let absent = refused(&["config.yaml", "gone.yaml"], 64);
    assert!(absent.contains("gone.yaml does not exist, correct the path"), "{absent}");
    let drop_in = refused(&["conf.d", "--schema", "conf.d/x.json"], 64);
    assert!(drop_in.contains("the service would read it as a part of its"), "{drop_in}");
    let broken = refused(&["config.yaml", "broken.json"], 1);
    assert!(broken.contains("broken.json is no JSON: "), "{broken}");
    assert!(!broken.contains("pl4nted"), "{broken}");
}

#[test]
fn a_stale_schema_is_told_with_the_command_that_mends_it() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let whole = ["config", "schema", "--draft", "2020-12", "--whole"];
    done(at, &[&whole[..], &["-o", "s.json"]].concat());
    let schema: Value = serde_json::from_str(&read(at, "s.json")).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["required"], serde_json::json!(["auth"]));
    assert!(jsonschema::meta::is_valid(&schema));
    let printed: Value = serde_json::from_str(&done(at, &["config", "schema"])).unwrap();
    assert_eq!(printed["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(jsonschema::meta::is_valid(&printed));

    fs::write(at.join("s.json"), read(at, "s.json").replace("Port", "Pott")).unwrap();
    let output = run(at, &[&whole[..], &["--check", "s.json"]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let mends = "to mend it, run: coach config schema --draft 2020-12 --whole -o s.json";
    assert!(said.contains(mends), "{said}");
}
