//! Environment variables as a source.

use std::collections::BTreeMap;

use dlc_reload::source::Env;

use crate::fixture::{Dir, env, load, problems, warnings, yaml};

#[test]
fn dashes_are_underscores_at_every_depth() {
    let config = load(env([
        ("T_LOGGING__MAX_SIZE", "7"),
        ("T_SAMPLER__SAMPLER_TYPE", "ratio"),
        ("T_SAMPLER__RATIO", "0.5"),
        ("T_SAMPLER__LIMITS__EU_WEST", "3"),
        ("T_LABELS__A", "1"),
    ]));
    assert_eq!(config.logging.max_size, Some(7));
    assert_eq!((config.sampler.sampler_type.as_str(), config.sampler.ratio), ("ratio", 0.5));
    assert_eq!(config.sampler.limits, BTreeMap::from([("eu_west".into(), 3)]));
    assert_eq!(config.labels, BTreeMap::from([("a".into(), 1)]));
}

#[test]
fn a_text_becomes_what_the_field_wants() {
    let config = load(env([
        ("T_SERVER__TAGS", "a, b"),
        ("T_SERVER__PORT", "0x50"),
        ("T_SERVER__HOST", "80"),
        ("T_LOGGING__JSON", "true"),
        ("T_LABELS", "{a: 1, b: 2}"),
        ("T_MOTD", "[not a list]"),
    ]));
    assert_eq!(config.server.tags, ["a", "b"]);
    assert_eq!((config.server.port, config.server.host.as_str()), (80, "80"));
    assert!(config.logging.json);
    assert_eq!(config.labels, BTreeMap::from([("a".into(), 1), ("b".into(), 2)]));
    assert_eq!(config.flat.motd, "[not a list]");
    let brackets = load(env([("T_SERVER__TAGS", "[\"a, b\", c]")]));
    assert_eq!(brackets.server.tags, ["a, b", "c"]);
}

#[test]
fn a_variable_without_a_key_is_a_warning_with_a_suggestion() {
    let found = warnings(env([
        ("T_SERVER__PROT", "1"),
        ("T_SAMPLER__RATOI", "1"),
        ("T_SERVER__TAGS__0", "1"),
        ("T_SERVICE_HOST", "10.0.0.1"),
        ("DLC_ENV", "production"),
        ("TX", "1"),
    ]));
    let expected = "\
environment variable T_SAMPLER__RATOI: warning: names no key and is ignored, did you mean `T_SAMPLER__RATIO`?
environment variable T_SERVER__PROT: warning: names no key and is ignored, did you mean `T_SERVER__PORT`?
environment variable T_SERVER__TAGS__0: warning: names no key and is ignored, did you mean `T_SERVER__TAGS`?
environment variable T_SERVICE_HOST: warning: names no key and is ignored, did you mean `T_SERVER__HOST`?";
    assert_eq!(found, expected);
}

#[test]
fn the_environment_itself_is_never_a_key() {
    use dlc_reload::{Loader, Reloadable, source::Env};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Config {
        #[serde(default)]
        #[reload(restart)]
        env: String,
    }
    let variables = Env::new("DLC").of([("DLC_ENV", "production")]);
    assert_eq!(load(Loader::<Config>::new().source(variables)).env, "");
}

#[test]
fn a_secret_can_stand_in_a_file() {
    let dir = Dir::new();
    let one = dir.write("one", "from a file\n\n");
    let two = dir.write("two", "key\r\n");
    let config = load(env([
        ("T_SECRET_FILE", one.to_str().unwrap()),
        ("T_SAMPLER__API_KEY_FILE", two.to_str().unwrap()),
    ]));
    assert_eq!(config.secret, "from a file\n", "one line break at the end is taken off");
    assert_eq!(config.sampler.api_key.expose(), "key");
    assert_eq!(
        config.handle().get().origin("secret").to_string(),
        "environment variable T_SECRET_FILE"
    );
}

#[test]
fn a_secret_file_is_refused_with_the_reason() {
    let dir = Dir::new();
    let file = dir.write("s", "x");
    let file = file.to_str().unwrap();
    let both = problems(env([("T_SECRET", "a"), ("T_SECRET_FILE", file)]));
    assert_eq!(
        both,
        "environment variable T_SECRET_FILE: secret: environment variable T_SECRET sets it too, remove one of the two"
    );
    assert_eq!(
        problems(env([("T_SECRET_FILE", "/nowhere/x")])),
        "environment variable T_SECRET_FILE: secret: /nowhere/x: no such file, create it"
    );
    // Only secrets can be read from files.
    assert_eq!(
        warnings(env([("T_MOTD_FILE", file)])),
        "environment variable T_MOTD_FILE: warning: names no key and is ignored, correct or remove it"
    );
}

#[test]
fn an_exact_key_goes_before_a_file() {
    use dlc_reload::{Loader, Reloadable, source::Env};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Config {
        #[serde(default)]
        #[reload(restart, secret)]
        key: String,
        #[reload(restart)]
        key_file: String,
    }
    let variables = Env::new("T").of([("T_KEY_FILE", "/etc/key.pem")]);
    let config = load(Loader::<Config>::new().source(variables));
    assert_eq!((config.key_file.as_str(), config.key.as_str()), ("/etc/key.pem", ""));
}

#[test]
fn a_prefix_may_end_in_an_underscore() {
    for prefix in ["T", "T_"] {
        let variables = Env::new(prefix).of([("T_MOTD", "x"), ("T_SERVER__PROT", "1")]);
        let loader = || yaml("{}").source(variables.clone());
        assert_eq!(load(loader()).flat.motd, "x");
        assert_eq!(
            warnings(loader()),
            "environment variable T_SERVER__PROT: warning: names no key and is ignored, did you mean `T_SERVER__PORT`?"
        );
    }
}

#[test]
fn a_word_for_yes_is_answered_with_true_or_false() {
    for word in ["yes", "on", "1"] {
        let found = problems(env([("T_LOGGING__JSON", word)]));
        assert!(found.ends_with("expected `true` or `false`"), "{found}");
    }
}
