//! No secret in any message.

use dlc_reload::{
    Invalid, Loader, Reloadable, Secret, UnknownKeys,
    source::{Intake, Source},
};
use serde::{Deserialize, Serialize};

use crate::fixture::{Dir, load, problems, refused, warnings, yaml};

const SECRET: &str = "hunter2\"\\x";

fn assert_hidden(message: &str) {
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn row_27_a_secret_of_the_wrong_type_or_place_is_not_shown() {
    let dir = Dir::new();
    let cases = [
        ("a.yaml", "secret: [hunter2]"),
        ("b.yaml", "secret: {a: hunter2}"),
        ("c.yaml", "secrt: hunter2"),
        ("d.yaml", "jwt_secret: hunter2"),
        ("e.yaml", "server: hunter2"),
        ("f.yaml", "sampler: hunter2"),
        ("g.yaml", "sampler: {api-key: [hunter2]}"),
        ("h.yaml", "sampler: [hunter2]"),
        ("i.yaml", "secret: !hunter2 x"),
        ("j.yaml", "secret: *hunter2"),
        ("k.yaml", "secret: 'hunter2"),
        ("l.toml", "secret = hunter2"),
        ("m.toml", "secret = 'hunter2"),
        ("n.json", "{\"secret\": hunter2}"),
        ("o.json", "{\"secret\": \"hunter2}"),
        ("p.yaml", "secret: hunter2\nmotd: {a: 1}\n"),
    ];
    for (name, content) in cases {
        let found = problems(yaml("{}").file(dir.write(name, content)));
        assert_hidden(&found);
        assert!(dir.strip(&found).starts_with(&format!("{name}:")), "{found}");
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
struct Account {
    #[reload(restart)]
    password: Secret<String>,
    #[reload(restart)]
    name: String,
}

/// What careless authors write.
fn check(account: &Account) -> Result<(), Invalid> {
    let password = account.password.expose();
    let message = format!("{password} and {password:?} are too simple for {}", account.name);
    Err(Invalid::new().at("password", message))
}

#[test]
fn a_message_that_quotes_a_secret_is_redacted() {
    let loader = Loader::<Account>::new().set("password", SECRET).set("name", "ann");
    assert_eq!(
        problems(loader),
        "override: password: [redacted] and \"[redacted]\" are too simple for ann"
    );
}

struct Careless;

impl Source for Careless {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.problem(dlc_reload::Problem::warning("could not log in with hunter2"));
    }
}

#[test]
fn a_message_of_a_source_is_redacted() {
    let loader = yaml("secret: hunter2").source(Careless);
    assert_eq!(warnings(loader), "warning: could not log in with [redacted]");
}

#[test]
fn a_secret_that_another_source_shadows_is_hidden_too() {
    let loader = yaml("secret: [hunter2]").text("yaml", "secret: other").source(Careless);
    let found = warnings(loader);
    assert_hidden(&found);
    assert!(
        found.contains("a:1:9: warning: secret: invalid type: list, expected a string"),
        "{found}"
    );
}

#[test]
fn an_unknown_key_that_looks_like_a_secret_keeps_its_value() {
    let loader = yaml("secert: hunter2\ndb_password: hunter2").unknown_keys(UnknownKeys::Warn);
    let boot = load(loader.source(Careless));
    assert_eq!(
        crate::fixture::lines(boot.warnings()),
        "a:1:1: warning: secert: unknown key, did you mean `secret`?\n\
         a:2:1: warning: db_password: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`\n\
         warning: could not log in with [redacted]"
    );
}

#[test]
fn debug_and_json_of_an_error_are_as_careful() {
    let error = refused(yaml("secret: [hunter2]\nsecrt: hunter2"));
    assert_hidden(&format!("{error:?} {error:#?}"));
    assert_hidden(&serde_json::to_string(error.problems()).unwrap());
}
