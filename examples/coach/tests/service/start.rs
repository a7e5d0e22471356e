//! The start of the service, and the reasons for which it is refused.

use std::{fs, process::Output};

use coach::config::Config;
use dlc_reload::{Format, Loader};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Coach, bare_command, command, edited};

#[test]
fn a_broken_configuration_is_refused_with_every_problem() {
    let config = edited("level: info", "level: inof")
        .replace("ratio: 1.0", "ratio: most")
        .replace("  jwt_secret: the-signing-secret\n", "");
    let output = start_in_vain(&config);

    assert!(!output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    for part in [
        "config.yaml:5:10: logging.level: ",
        "config.yaml:13:12: telemetry.sampler.ratio: ",
        "auth.jwt_secret: ",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
}

#[test]
fn a_missing_file_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("nowhere.yaml");
    let output = command(&file).output().unwrap();
    assert!(!output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("nowhere.yaml"), "{printed}");
}

#[test]
fn required_secrets_come_from_the_environment_as_well() {
    let config = edited("  jwt_secret: the-signing-secret\n", "");
    let coach = Coach::start_with(&config, &[("DLC_AUTH__JWT_SECRET", "the-signing-secret")]);
    let token = coach.log_in();
    assert_eq!(coach.get_as(&token, "/api/v1/me").status, 200);
}

#[test]
fn the_log_goes_to_a_file_where_one_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("coach.log");
    // No host has this address, so the service ends by itself after it has opened its log.
    let config = edited("json: true", &format!("json: true\n  output: {}", file.display()))
        .replace("host: 127.0.0.1", "host: 203.0.113.1");
    let output = start_in_vain(&config);
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(fs::exists(&file).unwrap());
}

#[test]
fn the_shipped_configuration_starts() {
    let output = bare_command().arg("--version").output().unwrap();
    assert!(output.status.success());

    let shipped = fs::read_to_string(shipped_file()).unwrap();
    let coach = Coach::start_with(
        &shipped,
        &[
            ("DLC_SERVER__PORT", "0"),
            ("DLC_SERVER__HOST", "127.0.0.1"),
            ("DLC_LOGGING__JSON", "true"),
        ],
    );
    assert_eq!(coach.get("/api/health").status, 200);
}

#[test]
fn the_shipped_configuration_has_every_key_at_its_default() {
    let minimal = "auth: { jwt_secret: a, admin_master_password: b }";
    let default = Loader::<Config>::new().text(Format::Yaml, minimal).load().unwrap();
    let shipped = Loader::<Config>::new().file(shipped_file()).load().unwrap();
    let [default, shipped] =
        [&default, &shipped].map(|config| serde_json::to_value(&**config).unwrap());
    assert_eq!(shipped, default);

    let text = fs::read_to_string(shipped_file()).unwrap();
    for key in keys(&default) {
        assert!(text.contains(&format!("{key}:")), "{key} is not in the shipped file");
    }
}

fn start_in_vain(config: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    fs::write(&file, config).unwrap();
    command(&file).output().unwrap()
}

fn shipped_file() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/config.yaml")
}

/// Returns the names of all members, at every depth.
fn keys(value: &Value) -> Vec<&str> {
    let members = value.as_object().into_iter().flatten();
    members.flat_map(|(name, below)| std::iter::once(name.as_str()).chain(keys(below))).collect()
}
