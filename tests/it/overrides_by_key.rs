//! Overrides by key and JSON, as admin endpoints and commands have them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Secret, Trigger, Verdict,
    schemars::JsonSchema,
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fixture::lines;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Limits {
    rate: u32,
    burst: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Logging {
    #[serde(alias = "verbosity")]
    #[reload(hot)]
    level: String,
    #[reload(restart)]
    json: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Flat {
    #[reload(hot, live)]
    motd: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = Self::check)]
struct Config {
    #[reload(nested)]
    logging: Logging,
    #[reload(hot, live)]
    limits: Limits,
    #[reload(nested)]
    audit: Option<Logging>,
    #[reload(restart, nested)]
    frozen: Logging,
    #[reload(restart)]
    token: Secret<String>,
    #[serde(flatten)]
    #[reload(nested)]
    flat: Flat,
}

impl Config {
    fn check(&self) -> Result<(), dlc_reload::Invalid> {
        match self.limits.rate {
            13 => Err(dlc_reload::Invalid::new().at("limits.rate", "must not be 13")),
            _ => Ok(()),
        }
    }
}

const FIRST: &str = "
logging: {level: info, json: true}
limits: {rate: 1}
frozen: {level: info, json: true}
token: swordfish
motd: one
";

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl LoggingHooks for Heard {
    fn on_level<'a>(&'a self, level: Change<'a, String>) -> HookResult<'a> {
        Ok(Commit::new(|| self.0.lock().unwrap().push(level.new.clone())))
    }
}

impl ConfigLoggingRoute for Heard {
    fn logging(&self) -> &dyn LoggingHooks {
        self
    }
}

impl ConfigAuditRoute for Heard {
    fn audit(&self) -> &dyn LoggingHooks {
        self
    }
}

struct Service {
    file: Memory,
    stage: Stage,
    heard: Arc<Heard>,
    reloader: Reloader<Config>,
}

impl Service {
    fn start() -> Self {
        let (file, stage, heard) = (Memory::yaml(FIRST), Stage::new(), Arc::default());
        let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
        let builder = boot.reloader().hooks(Arc::clone(&heard)).stage(&stage);
        Self { file, stage, heard, reloader: builder.start().unwrap() }
    }

    fn over(&self, key: &str, value: impl Into<Value>) -> Report {
        let trigger = Trigger::admin("PUT /overrides").actor("alice");
        self.reloader.override_key(key, value).trigger(trigger).until_ended().wait().unwrap()
    }

    /// What is wrong with an override.
    fn refuses(&self, key: &str, value: impl Into<Value>) -> String {
        let report = self.over(key, value);
        assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
        assert!(self.reloader.status().overrides.is_empty());
        lines(report.problems()).replace("override by alice: ", "")
    }

    /// What is wrong with the same value in a source.
    fn refuses_in_a_source(&self, key: &str, value: Value) -> String {
        let loader = Loader::<Config>::new().source(self.file.clone()).set(key, value);
        loader.load().map(drop).unwrap_err().to_string().replace("override: ", "")
    }
}

fn by() -> Trigger {
    Trigger::api("a test")
}

#[test]
fn case_18_15_a_key_and_json_override_a_field_through_its_hook() {
    let service = Service::start();
    let report = service.over("logging.level", "debug");
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(report.changes()[0].origin.to_string(), "override by alice");
    assert_eq!(*service.heard.0.lock().unwrap(), ["debug"]);
    let status = service.reloader.status();
    assert_eq!((&status.overrides[0].value, status.overrides[0].until), (&json!("debug"), None));

    // It stays through a reload, replaces and is replaced by the typed one, and ends by its key.
    service.file.write(FIRST.replace("level: info", "level: warn"));
    service.reloader.reload(by()).wait().unwrap();
    let level = Config::fields().logging().level();
    let typed = service.reloader.override_field(level, "trace".to_owned());
    typed.until_ended().wait().unwrap();
    service.over("logging.verbosity", "error");
    assert_eq!(service.reloader.status().overrides.len(), 1);
    service.reloader.end_override("logging.verbosity", by()).wait().unwrap();
    assert_eq!(*service.heard.0.lock().unwrap(), ["debug", "trace", "error", "warn"]);
}

#[test]
fn case_18_15_a_text_stands_for_what_a_source_would_take_it_for() {
    let service = Service::start();
    let limits = || service.reloader.handle().load().limits.clone();
    assert_eq!(service.over("limits", "{rate: 7}").verdict(), Verdict::Applied);
    assert_eq!(limits(), Limits { rate: 7, burst: None });
    let shown = service.reloader.status().overrides[0].value.clone();
    assert_eq!(shown, json!({"rate": 7, "burst": null}), "what it was taken for");
    service.over("limits", json!({"rate": "8", "burst": 9}));
    assert_eq!(limits(), Limits { rate: 8, burst: Some(9) });
    service.over("motd", "over");
    assert_eq!(service.reloader.handle().load().flat.motd, "over");
}

#[test]
fn case_18_15_a_value_that_does_not_fit_is_refused_in_the_words_of_a_source() {
    let service = Service::start();
    let cases = [
        ("limits", json!({"rate": "many"})),
        ("limits", json!({"rate": 1, "brust": 2})),
        ("limits", json!({"rate": -1, "burst": "x"})),
        ("logging.level", json!(7)),
        ("logging.level", json!(["debug"])),
    ];
    for (key, value) in cases {
        let refused = service.refuses(key, value.clone());
        let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!(sorted(&refused), sorted(&service.refuses_in_a_source(key, value)));
        assert!(refused.starts_with(key), "{refused}");
    }
    // It is the whole value, and no layer over that of the sources.
    let refused = service.refuses("limits", json!({}));
    assert!(refused.starts_with("limits.rate: "), "{refused}");
    let refused = service.refuses("limits", json!({"rate": 13}));
    assert_eq!(refused, "limits.rate: must not be 13 (together with the overrides in force)");
}

#[test]
fn case_18_15_a_key_that_cannot_be_overridden_is_refused_with_the_remedy() {
    let service = Service::start();
    let restart = "cannot be overridden, because it keeps its value until the next start: set it in a source and restart the service";
    let cases = [
        ("loging.level", "loging: unknown key, did you mean `logging`?".to_owned()),
        ("logging.levle", "logging.levle: unknown key, did you mean `level`?".to_owned()),
        ("logging.json", format!("logging.json: a `restart` field {restart}")),
        ("frozen.level", format!("frozen.level: a `restart` field {restart}")),
        ("token", format!("token: a secret {restart}")),
        (
            "logging",
            "logging: a section has no value of its own, override its fields one by one".to_owned(),
        ),
        ("limits.rate", "limits.rate: `limits` is one value, override it as a whole".to_owned()),
        (
            "audit.level",
            "audit.level: a field of an absent section cannot be overridden, and an override cannot take a section away"
                .to_owned(),
        ),
    ];
    for (key, expected) in cases {
        assert_eq!(service.refuses(key, "x"), expected);
    }
    let report = service.over("", "x");
    assert_eq!(report.verdict(), Verdict::Rejected, "{report}");
    let ended = service.reloader.end_override("logging.levle", by()).wait().unwrap();
    assert_eq!(ended.verdict(), Verdict::Rejected);
    let problem = ended.problems()[0].to_string();
    assert_eq!(problem, "logging.levle: unknown key, did you mean `level`?");
    let ended = service.reloader.end_override("logging.level", by()).wait().unwrap();
    assert_eq!(ended.verdict(), Verdict::Unchanged);
    assert!(service.stage.calls().is_empty());
}

#[test]
fn a_flattened_value_has_no_key_to_be_overridden_by() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Open {
        #[serde(flatten)]
        #[reload(hot, live)]
        rates: BTreeMap<String, u32>,
    }
    let reloader = Loader::<Open>::new().text("yaml", "a: 1").load().unwrap();
    let reloader = reloader.reloader().start().unwrap();
    let report = reloader.override_key("a", 2).until_ended().wait().unwrap();
    let problem = report.problems()[0].to_string();
    assert_eq!(problem, "a: it has no key of its own, so it cannot be overridden by key");
    let rates = Open::fields().rates();
    let twice = BTreeMap::from([("a".to_owned(), 2)]);
    reloader.override_field(rates, twice).until_ended().wait().unwrap();
    assert_eq!(reloader.handle().load().rates["a"], 2);
    reloader.end_override(rates, by()).wait().unwrap();
    assert_eq!(reloader.handle().load().rates["a"], 1);
}

#[test]
fn what_is_set_says_whose_value_it_is() {
    let loader = Loader::<Limited>::new().text("yaml", "{rate: 1, burst: 2}");
    let loader = loader.set("burst", 3).set_from("--set", "rate", "5");
    let boot = loader.load().unwrap();
    assert_eq!((boot.rate, boot.burst), (5, 3));
    let origins: Vec<_> = boot.origins().iter().map(|(_, origin)| origin.to_string()).collect();
    assert_eq!(origins, ["--set", "override"]);
    let explained = boot.explain("rate").to_string();
    assert!(explained.contains("> --set"), "{explained}");

    let loader = Loader::<Limited>::new().text("yaml", "{rate: 1, burst: 2}");
    let error = loader.set_from("--set", "rate", "many").load().map(drop).unwrap_err();
    assert!(error.to_string().starts_with("--set: rate: invalid type"), "{error}");
    let loader = Loader::<Limited>::new().text("yaml", "{rate: 1, burst: 2}");
    let boot = loader.set_from("--set", "rate", 5).load().unwrap();
    let explained = boot.explain("burst").to_string();
    assert!(explained.contains("--set  ") && !explained.contains("override"), "{explained}");
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limited {
    #[reload(hot, live)]
    rate: u32,
    #[reload(hot, live)]
    burst: u32,
}

mod arguments {
    use clap::Parser;

    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Root {
        #[reload(nested)]
        limited: Limited,
        #[reload(hot, live)]
        tags: Option<Vec<String>>,
        #[reload(hot, live)]
        pair: (Option<u32>, u32),
        #[reload(restart)]
        verbose: bool,
    }

    #[derive(Parser, Serialize)]
    struct Arguments {
        /// The file of the configuration, which is not part of it.
        #[arg(long)]
        #[serde(skip)]
        config: Option<String>,
        #[command(flatten)]
        limited: LimitedArguments,
        #[arg(long, value_delimiter = ',')]
        tags: Option<Vec<String>>,
    }

    #[derive(clap::Args, Serialize)]
    struct LimitedArguments {
        #[arg(long)]
        rate: Option<u32>,
        #[arg(long)]
        burst: Option<u32>,
    }

    fn boot(arguments: &[&str]) -> dlc_reload::Boot<Root> {
        let arguments = [&["service"], arguments].concat();
        let arguments = Arguments::try_parse_from(arguments).unwrap();
        assert_eq!(arguments.config.as_deref(), Some("a.yaml"));
        let text = "{limited: {rate: 1, burst: 2}, tags: [a], pair: [1, 2], verbose: true}";
        Loader::<Root>::new()
            .set_from("the command line", "", arguments)
            .text("yaml", text)
            .load()
            .unwrap()
    }

    #[test]
    fn case_18_15_the_struct_of_clap_is_laid_over_the_whole_and_absent_options_are_not() {
        let root = boot(&["--config", "a.yaml", "--rate", "7"]);
        assert_eq!((root.limited.rate, root.limited.burst), (7, 2));
        assert_eq!((root.tags.as_deref(), root.verbose), (Some(&["a".to_owned()][..]), true));
        assert_eq!(root.origins()[0].1.to_string(), "the command line");
        assert_eq!(root.origins()[1].1.to_string(), "text:1:28");
        let root = boot(&["--config", "a.yaml", "--tags", "b,c"]);
        assert_eq!(root.tags.as_deref(), Some(&["b".to_owned(), "c".to_owned()][..]));
        assert_eq!(root.limited.rate, 1);
    }

    #[test]
    fn a_null_erases_a_field_that_is_set_alone_and_is_a_value_inside_of_one() {
        let text = "{limited: {rate: 1, burst: 2}, tags: [a], pair: [1, 2], verbose: true}";
        let loader = || Loader::<Root>::new().text("yaml", text);
        let boot = loader().set("tags", None::<String>).set("pair", (None::<u32>, 3)).load();
        let boot = boot.unwrap();
        assert_eq!((&boot.tags, boot.pair), (&None, (None, 3)));
    }
}
