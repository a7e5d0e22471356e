//! Where the configuration comes from: the command line, a mounted ConfigMap, signals.

use std::path::Path;

use dlc_reload::Loader;
use gateway::config::Config;
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    harness::{Gateway, config, mount, refused},
    server::Server,
};

#[test]
fn the_command_line_wins_over_the_file_and_goes_on_winning() {
    let set = ["--set", "rate.requests=7", "--set", "pool.timeout=250ms"];
    let gateway = Gateway::start_with(&config("rate: {requests: 5}"), &set);
    assert_eq!(gateway.effective("rate.requests"), 7);
    assert_eq!(gateway.effective("pool.timeout"), "250ms");

    let (_, report) = gateway.reload(&config("rate: {requests: 6}"));

    let shadowed = &report["shadowed"][0];
    assert_eq!(shadowed["key"], "rate.requests");
    assert!(shadowed.to_string().contains("--set"), "{shadowed}");
    assert_eq!(gateway.effective("rate.requests"), 7);
}

#[test]
fn a_mistake_on_the_command_line_is_refused_by_its_name() {
    let output = refused(&config(""), &["--set", "rate.requests=many"]);
    assert!(output.contains("--set: rate.requests: "), "{output}");
    let output = refused(&config(""), &["--set", "rate.requests"]);
    assert!(output.contains("write `--set KEY=VALUE`"), "{output}");
}

#[test]
fn a_config_map_is_followed_when_its_link_is_replaced() {
    let server = Server::start("a");
    let folder = TempDir::new().unwrap();
    mount(folder.path(), "..2026_11_27_01", &[("config.yaml", &config(""))]);
    let file = folder.path().join("config.yaml");
    let gateway = Gateway::develop(file, folder);
    assert_eq!(gateway.get("/u/a/x").status, 404);

    let upstreams = format!("upstreams: {{a: {{address: '{}'}}}}", server.address);
    mount(gateway.folder.path(), "..2026_11_27_02", &[("config.yaml", &config(&upstreams))]);

    gateway.logged("configuration reloaded", 1);
    assert_eq!(gateway.get("/u/a/x").status, 200);
}

#[test]
fn sighup_reloads_and_sigterm_finishes() {
    let mut gateway = Gateway::start(&config(""));
    gateway.write(&config("flags: {via: true}"));
    gateway.send(Signal::HUP);
    gateway.logged("configuration reloaded", 1);
    assert_eq!(gateway.effective("flags"), json!({ "via": true }));

    gateway.send(Signal::TERM);

    assert!(gateway.ended().success());
    assert!(gateway.output().contains("stopped"));
}

#[test]
fn an_address_is_completed_and_a_name_is_checked() {
    let load = |name: &str| {
        let text = format!("{{admin: {{token: t}}, upstreams: {{{name}: {{address: web}}}}}}");
        Loader::<Config>::new().text("yaml", text).load()
    };
    let boot = load("web-1").unwrap();
    assert_eq!(boot.upstreams["web-1"].address, "web:80");

    let error = load("a/b").unwrap_err().to_string();
    assert!(error.starts_with("text:1:"), "{error}");
    assert!(error.contains("upstreams.a/b: is part of a path"), "{error}");
}

#[test]
fn the_configuration_of_the_example_is_accepted() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.yaml");
    let boot = Loader::<Config>::new().file(file).load().unwrap();
    assert_eq!(boot.flags.len(), 2);
}
