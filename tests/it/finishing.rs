//! Values that functions of the author set after reading: derived defaults, and normal forms.

use std::sync::Arc;

use dlc_reload::{
    Boot, Invalid, Loader, Origin, Reloadable, Trigger, Verdict, Watching, testing::Memory,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(finish = Pool::at_least_one)]
struct Pool {
    #[reload(hot, live)]
    size: u32,
    #[reload(restart)]
    idle: u32,
}

impl Pool {
    fn at_least_one(&mut self) {
        self.size = self.size.max(1);
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(finish = Config::normal_host, finish = Config::derived_idle, validate = Config::check)]
struct Config {
    #[reload(hot, live)]
    host: String,
    #[reload(restart, secret)]
    token: String,
    #[reload(nested)]
    pool: Pool,
    #[reload(nested)]
    spare: Option<Box<Pool>>,
    #[reload(nested)]
    shared: Arc<Pool>,
}

impl Config {
    fn normal_host(&mut self) {
        assert_ne!(self.host, "panic", "the test wants it");
        self.host = self.host.to_lowercase();
        self.token = self.token.trim().to_owned();
    }

    // Runs after those of the sections, so that it sees what they set.
    fn derived_idle(&mut self) {
        if self.pool.idle == 0 {
            self.pool.idle = self.pool.size * 2;
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        if self.pool.size == 0 || self.host != self.host.to_lowercase() {
            return Err("it is not finished".to_owned().into());
        }
        Ok(())
    }
}

fn load(text: &str) -> Boot<Config> {
    Loader::new().text("yaml", text).load().unwrap()
}

fn origin(boot: &Boot<Config>, key: &'static str) -> Origin {
    boot.handle().get().origin(key)
}

#[test]
fn functions_set_values_after_reading_and_before_validation() {
    let boot = load("{host: Example.COM, token: ' sesame-street ', spare: {}, shared: {size: 4}}");
    assert_eq!((&*boot.host, &*boot.token), ("example.com", "sesame-street"));
    assert_eq!((boot.pool.size, boot.pool.idle), (1, 2));
    assert_eq!(boot.spare.as_ref().map(|spare| spare.size), Some(1));
    assert_eq!(boot.shared.size, 4);
}

#[test]
fn what_a_function_set_has_the_origin_derived() {
    let boot = load("{host: Example.COM, token: ' sesame-street ', pool: {size: 3}}");
    assert_eq!(origin(&boot, "host"), Origin::source("derived"));
    assert_eq!(origin(&boot, "pool.idle"), Origin::source("derived"));
    assert_eq!(origin(&boot, "pool.size").to_string(), "text:1:60");
    let shown = boot.explain("host").to_string();
    let lines: Vec<_> = shown.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "host",
            "default                  shadowed by derived",
            "text:1:8  \"Example.COM\"  shadowed by derived",
            "override                 does not set it",
            "> derived   \"example.com\"  wins: no later source sets it",
        ],
        "{shown}"
    );
    let token = boot.explain("token").to_string();
    assert!(!token.contains("sesame-street"), "{token}");
}

#[test]
fn a_reload_compares_finished_values() {
    let board = Memory::yaml("{host: Example.COM}");
    let boot = Loader::<Config>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    board.write("{host: EXAMPLE.com}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Unchanged, "{report}");
    board.write("{host: Other.com, pool: {size: 5}}");
    let report = reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    let rows: Vec<_> = report
        .changes()
        .iter()
        .map(|row| {
            (row.key.to_string(), row.new.clone().unwrap().to_string(), row.origin.to_string())
        })
        .collect();
    assert_eq!(rows[0].0, "host");
    assert_eq!(rows[0].1, "\"other.com\"");
    assert_eq!(rows[0].2, "derived");
    assert_eq!(rows[1].0, "pool.size");
    assert!(rows[1].2.contains("1:"), "{rows:?}");
    assert_eq!(report.pending()[0].change.key.to_string(), "pool.idle");
    assert_eq!(report.pending()[0].change.origin.to_string(), "derived");
    assert_eq!(reloader.handle().load().pool.idle, 2);
}

#[test]
fn a_function_that_panics_refuses_the_configuration_and_says_no_value() {
    let error = Loader::<Config>::new().text("yaml", "{host: panic}").load().unwrap_err();
    assert_eq!(
        error.to_string(),
        "a `finish` function panicked, see the error output of the process"
    );
}

#[test]
fn an_override_has_an_origin_of_its_own() {
    let boot = load("{host: Example.COM}");
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let minute = std::time::Duration::from_secs(60);
    let request = reloader.override_field(Config::fields().host(), "else".to_owned());
    let report = request.for_duration(minute).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert!(reloader.handle().get().origin("host").to_string().contains("override"));
}

#[test]
fn an_override_by_key_is_finished_as_the_value_of_a_source_is() {
    let boot = load("{host: example.com}");
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let request = reloader.override_key("host", serde_json::json!("Else.COM"));
    let report = request.until_ended().wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(reloader.handle().load().host, "else.com");
}
