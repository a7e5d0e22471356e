//! Help, completions and manual pages.

use crate::service::{command, run};

const COMMANDS: [&str; 13] = [
    "status",
    "config",
    "plan",
    "reload",
    "history",
    "diff",
    "rollback",
    "override",
    "unset",
    "watch",
    "fleet",
    "completions",
    "man",
];

#[test]
fn they_mention_every_command() {
    let mut texts = vec![("help".to_owned(), run(&mut command(&["--help"])))];
    texts.push(("man".to_owned(), run(&mut command(&["man"]))));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        texts.push((shell.to_owned(), run(&mut command(&["completions", shell]))));
    }
    for (name, ran) in &texts {
        let out = ran.exits(0);
        for command in COMMANDS {
            assert!(out.contains(command), "{name}: {command}");
        }
    }
    for code in ["64", "not confirmed", "DLC_RELOAD_TOKEN_FILE", "rollback 41"] {
        assert!(texts[0].1.out.contains(code) && texts[1].1.out.contains(code), "{code}");
    }
}

#[test]
fn each_command_has_a_page() {
    for name in COMMANDS {
        let ran = run(&mut command(&["man", name]));
        assert!(ran.exits(0).contains(&format!("dlc\\-reload\\-{name}")), "{ran:?}");
    }
    let ran = run(&mut command(&["man", "fleet", "wait"]));
    assert!(ran.exits(0).contains("dlc\\-reload\\-fleet\\-wait"), "{ran:?}");
    run(&mut command(&["man", "nope"])).says(64, &["there is no command `nope`"]);
}

/// The store of a fleet comes by a feature, and what it is called by is the same without.
#[test]
fn a_fleet_needs_a_store() {
    run(&mut command(&["fleet", "status"])).says(64, &["no store: give `--store etcd://"]);
    let store = ["fleet", "status", "--store", "etcd://127.0.0.1:1/coach"];
    let ran = run(&mut command(&store));
    if cfg!(feature = "etcd") {
        ran.says(64, &["is no address of etcd"]);
    } else {
        ran.says(64, &["cargo install dlc-reload-command --features etcd", "protobuf-compiler"]);
    }
    let half = ["fleet", "status", "--store", "etcd://127.0.0.1:1/a/b", "--cert", "a.pem"];
    run(&mut command(&half)).says(64, &["`--cert-file` and `--key-file`"]);
    run(&mut command(&["fleet", "freeze", "--why", "x"])).says(64, &["--until"]);
}
