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
    let variables = Env::new("DLC").of([("DLC_ENV", "production"), ("DLC_RELOAD_URL", "http://x")]);
    let loaded = Loader::<Config>::new().source(variables).load().unwrap();
    assert_eq!(loaded.env, "");
    assert!(loaded.warnings().is_empty(), "those of the command are no mistakes");
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
    // Only secrets can be read from files.
    assert_eq!(
        warnings(env([("T_MOTD_FILE", file)])),
        "environment variable T_MOTD_FILE: warning: names no key and is ignored, correct or remove it"
    );
}

#[cfg(unix)]
#[test]
fn case_19_s9_a_file_variable_that_holds_the_secret_is_not_shown() {
    let dir = Dir::new();
    let (file, long) = (dir.write("hunter2", "x"), "hunter2".repeat(1000));
    let (beside, folder) = (dir.join("hunter2/x"), dir.join("hunter2.d"));
    std::fs::create_dir(&folder).unwrap();
    let start = "environment variable T_SECRET_FILE: secret: the file that it names (not shown, because that may be the secret itself): ";
    let absent = "no such file, create it, or set `T_SECRET` to the secret itself";
    let cases = [
        ("hunter2", absent),
        ("/nowhere/hunter2", absent),
        (beside.to_str().unwrap(), "cannot be read: "),
        (folder.to_str().unwrap(), "a directory and not a file, put a regular file in its place"),
        (&long, "cannot be read: "),
    ];
    for (text, reason) in cases {
        let found = problems(env([("T_SECRET_FILE", text)]));
        assert!(found.starts_with(&format!("{start}{reason}")), "{found}");
        assert!(!found.contains("hunter2"), "{found}");
        let found = problems(env([("T_SAMPLER__API_KEY_FILE", text)]));
        assert!(found.contains("sampler.api-key: the file that it names (not shown"), "{found}");
        assert!(!found.contains("hunter2"), "{found}");
    }
    assert!(problems(env([("T_SAMPLER__API_KEY_FILE", "x")])).contains("`T_SAMPLER__API_KEY`"));
    crate::fixture::mode(&file, 0o666);
    let found = problems(env([("T_SECRET_FILE", file.to_str().unwrap())]));
    assert!(found.starts_with(&format!("{start}every user can change it")), "{found}");
    assert!(!found.contains("hunter2"), "{found}");
}

#[test]
fn an_empty_secret_is_refused() {
    let dir = Dir::new();
    let message = "a secret cannot be empty: set it, or remove the variable";
    for (variable, key) in [
        ("T_SECRET", "secret"),
        ("T_SECRET_FILE", "secret"),
        ("T_SAMPLER__API_KEY", "sampler.api-key"),
        ("T_SAMPLER__API_KEY_FILE", "sampler.api-key"),
    ] {
        assert_eq!(
            problems(env([(variable, "")])),
            format!("environment variable {variable}: {key}: {message}")
        );
    }
    for content in ["", "\n", "\r\n"] {
        let file = dir.write("empty", content);
        let variables = || env([("T_SECRET_FILE", file.to_str().unwrap())]);
        let expected = "environment variable T_SECRET_FILE: secret: the file that it names (not shown, because that may be the secret itself): empty, write the secret into it or remove the variable";
        assert_eq!(problems(variables()), expected);
        assert_eq!(problems(variables().ignore_empty_variables()), expected);
    }
    // Nothing but a secret: a string may be empty.
    assert_eq!(load(env([("T_MOTD", "")])).flat.motd, "");
}

#[test]
fn empty_variables_are_ignored_where_that_is_asked_for() {
    let variables = [
        ("T_SECRET", ""),
        ("T_SAMPLER__API_KEY_FILE", ""),
        ("T_SERVER__PORT", ""),
        ("T_SERVER__HOST", ""),
        ("T_SERVER__TAGS", ""),
        ("T_LABELS__X", ""),
        ("T_SERVER__PROT", ""),
        ("T_MOTD", "x"),
    ];
    let strict = problems(env(variables));
    assert_eq!(strict.lines().count(), 5, "{strict}");
    let loader = env(variables).ignore_empty_variables();
    assert_eq!(warnings(loader), "");
    let boot = load(env(variables).ignore_empty_variables());
    let without = load(env([("T_MOTD", "x")]));
    assert_eq!(*boot, *without);
    for key in ["server.host", "server.port", "secret"] {
        assert_eq!(boot.explain(key).to_string(), without.explain(key).to_string());
    }
    // Not set is not set twice either.
    let dir = Dir::new();
    let file = dir.write("s", "from a file");
    let both = [("T_SECRET", ""), ("T_SECRET_FILE", file.to_str().unwrap())];
    assert!(problems(env(both)).contains("sets it too"));
    assert_eq!(load(env(both).ignore_empty_variables()).secret, "from a file");
    // A space is a text.
    assert_eq!(load(env([("T_MOTD", " ")]).ignore_empty_variables()).flat.motd, " ");
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

mod own_names {
    use dlc_reload::{Loader, Reloadable, source::Env};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
    #[serde(default)]
    struct Rest {
        #[reload(restart, env = "PORT")]
        listen_port: u16,
        #[reload(restart, secret, env = "SERVICE_TOKEN")]
        token: String,
        #[reload(restart, env = "LABELS")]
        labels: std::collections::BTreeMap<String, String>,
        #[reload(restart)]
        host: String,
    }

    #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
    #[serde(default)]
    struct Config {
        #[reload(nested)]
        rest: Rest,
        #[reload(nested, env = "SPARE")]
        spare: Option<Spare>,
    }

    #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
    #[serde(default)]
    struct Spare {
        #[reload(restart)]
        host: String,
    }

    fn load(variables: &[(&str, &str)]) -> Result<dlc_reload::Boot<Config>, dlc_reload::Error> {
        Loader::new().source(Env::new("T").of(variables.iter().copied())).load()
    }

    #[test]
    fn a_field_names_its_variable() {
        let boot = load(&[
            ("PORT", "80"),
            ("SERVICE_TOKEN", "sesame-street"),
            ("LABELS__ZONE", "a"),
            ("T_REST__HOST", "h"),
            ("PORTS", "no business of ours"),
        ])
        .unwrap();
        let rest = &boot.rest;
        assert_eq!((rest.listen_port, &*rest.token, &*rest.host), (80, "sesame-street", "h"));
        assert_eq!(rest.labels["zone"], "a");
        assert_eq!(boot.warnings(), []);
        let shown = boot.explain("rest.listen_port").to_string();
        assert!(shown.contains("> environment variable PORT"), "{shown}");
        let unset = load(&[]).unwrap().explain("rest.listen_port").to_string();
        assert!(unset.contains("environment variable PORT"), "{unset}");
    }

    #[test]
    fn a_variable_with_a_name_of_its_own_may_be_shorter_than_the_prefix() {
        // The prefix would end in the middle of a letter.
        let variables = [("LABELS__\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", "a")];
        let env = Env::new("SERVICE_PREFIX").of(variables);
        let boot = Loader::<Config>::new().source(env).load().unwrap();
        assert_eq!(boot.rest.labels.len(), 1);
    }

    #[test]
    fn a_section_names_the_beginning_of_its_variables() {
        let boot = load(&[("SPARE__HOST", "h")]).unwrap();
        assert_eq!(boot.spare.as_ref().map(|spare| &*spare.host), Some("h"));
    }

    #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
    #[serde(default)]
    struct Twice {
        #[reload(nested)]
        rest: Rest,
        #[reload(nested)]
        other: Option<Rest>,
        #[reload(restart)]
        labels: String,
    }

    #[test]
    fn a_variable_is_that_of_one_field() {
        let shown = |loader: Loader<Twice>| -> Vec<String> {
            let error = loader.load().unwrap_err();
            let problems = error.problems().iter();
            problems
                .map(|problem| problem.to_string().split(", too").next().unwrap().to_owned())
                .collect()
        };
        let one = [
            "other.listen_port: environment variable PORT sets `rest.listen_port`",
            "other.token: environment variable SERVICE_TOKEN sets `rest.token`",
            "other.labels: environment variable LABELS sets `rest.labels`",
        ];
        assert_eq!(shown(Loader::new()), one);
        assert_eq!(shown(Loader::new().source(Env::new("T").of([("PORT", "80")]))), one);

        #[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
        #[serde(default)]
        struct Met {
            #[reload(restart, env = "T_HOST")]
            listen: String,
            #[reload(restart)]
            host: String,
        }
        let met = || Loader::<Met>::new();
        met().load().unwrap();
        met().source(Env::new("U").of([("T_HOST", "h")])).load().unwrap();
        let error = met().source(Env::new("T").of([("T_HOST", "h")])).load().unwrap_err();
        assert_eq!(
            error.problems()[0].to_string(),
            "host: environment variable T_HOST sets `listen`, too, and can set one field only: give one of the two another name with `env = \"…\"`, which a struct that is several sections cannot have"
        );
    }

    #[test]
    fn a_secret_is_read_from_the_file_that_its_own_variable_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "sesame-street\n").unwrap();
        let boot = load(&[("SERVICE_TOKEN_FILE", path.to_str().unwrap())]).unwrap();
        assert_eq!(boot.rest.token, "sesame-street");
    }

    #[test]
    fn the_variable_that_the_key_would_have_leads_to_the_own_one() {
        let boot = load(&[("T_REST__LISTEN_PORT", "80"), ("T_REST__HOSTS", "h")]).unwrap();
        assert_eq!(boot.rest.listen_port, 0);
        let shown: Vec<_> = boot.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "environment variable T_REST__HOSTS: warning: names no key and is ignored, did you mean `T_REST__HOST`?",
                "environment variable T_REST__LISTEN_PORT: warning: names no key and is ignored, write `PORT`",
            ]
        );
        assert!(dlc_reload::reference::<Config>().contains("variable `PORT`"));
    }
}
