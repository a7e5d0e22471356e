//! Help, completions and manual pages.

use crate::service::{command, run};

const COMMANDS: [&str; 12] = [
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
    run(&mut command(&["man", "nope"])).says(64, &["there is no command `nope`"]);
}
