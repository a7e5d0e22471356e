//! Messages that name what was found, where it began and what helps.

use std::{sync::Arc, time::Duration};

use dlc_reload::{
    Change, Commit, HookResult, Loader, Reloadable, Trigger, Verdict, Watching, testing::Memory,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Trace,
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Config {
    #[reload(restart)]
    name: String,
    #[reload(hot)]
    level: Level,
    #[reload(hot)]
    names: Vec<String>,
    #[reload(hot)]
    rate: u32,
    #[reload(restart)]
    timeout: Duration,
    #[reload(restart)]
    token: dlc_reload::Secret<String>,
    #[reload(restart, secret)]
    grade: Level,
}

fn problems(text: &str) -> String {
    match Loader::<Config>::new().text("yaml", text).load() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn case_18_a_text_that_is_not_closed_names_the_line_of_its_quote() {
    for text in [
        "# no \" here\nlevel: \"info\nrate: 1\nname: \"hello\"\n",
        "level: # \"not\" this\n  'info\nname: 'hello'\nrate: 1\n",
        "name: \"a\"\nnames: [\"b\", \"c]\nlevel: \"info\"\n",
        "around:\n  name: \"a\nrate: 1\nnames: [\"b\"]\n",
    ] {
        let found = problems(text);
        assert!(
            found.contains("scalar, which begins in line 2: close it there"),
            "{text}: {found}"
        );
    }
    // The line of the place is the one that the quote opened in.
    for text in ["name: \"a\" b\n", "rate: 1\nname: \"a\n"] {
        let found = problems(text);
        assert!(!found.contains("begins in line"), "{text}: {found}");
    }
}

#[test]
fn case_18_a_misspelt_variant_is_answered_by_the_one_that_was_meant() {
    assert_eq!(
        problems("level: inof"),
        "text:1:8: level: unknown variant `inof`, did you mean `info`?"
    );
    assert_eq!(
        problems("level: verbose"),
        "text:1:8: level: unknown variant `verbose`, \
         expected one of `trace`, `debug`, `info`, `warn`, `error`"
    );
    // A guess would tell a secret.
    assert_eq!(
        problems("grade: inof"),
        "text:1:8: grade: unknown variant, \
         expected one of `trace`, `debug`, `info`, `warn`, `error`"
    );
}

#[test]
fn case_18_a_duration_of_std_says_what_it_takes() {
    assert_eq!(
        problems("timeout: 30"),
        "text:1:10: timeout: invalid value: string \"30\", \
         expected a duration such as `30s`, `1h 30m` or `1d`"
    );
    assert_eq!(
        problems("timeout: [30]"),
        "text:1:10: timeout: invalid type: list, expected a duration such as `30s`, `1h 30m` or `1d`"
    );
    assert_eq!(problems("timeout: 30s"), "");
    assert_eq!(problems("timeout: {secs: 30, nanos: 0}"), "");
    assert!(problems("timeout: {secs: x, nanos: 0}").contains("timeout.secs: invalid type"));
}

struct Picky;

impl ConfigHooks for Picky {
    fn on_level(&self, _: Change<'_, Level>) -> HookResult<'_> {
        Err("not today".into())
    }
    fn on_names(&self, _: Change<'_, Vec<String>>) -> HookResult<'_> {
        Err("too many".into())
    }
    fn on_rate(&self, rate: Change<'_, u32>) -> HookResult<'_> {
        let rate = *rate.new;
        Ok(Commit::fallible(move || if rate == 7 { Err("no".into()) } else { Ok(()) }))
    }
}

#[test]
fn case_18_a_refused_change_names_the_value_that_was_refused() {
    let board = Memory::yaml("{level: info, rate: 1}");
    let boot = Loader::<Config>::new().source(board.clone()).load().unwrap();
    let reloader = boot.reloader().hooks(Arc::new(Picky)).watch(Watching::Off).start().unwrap();
    let messages = |text: String| {
        board.write(text);
        let report = reloader.reload(Trigger::api("test")).wait().unwrap();
        let texts: Vec<_> =
            report.problems().iter().map(|problem| problem.message.clone()).collect();
        (report.verdict(), texts)
    };
    let long = "x".repeat(100);
    let (verdict, texts) = messages(format!("{{level: warn, rate: 2, names: [{long}]}}"));
    assert_eq!(verdict, Verdict::Rejected);
    assert_eq!(texts, ["not today (refused: \"warn\")", "too many"]);
    let (verdict, texts) = messages("{level: info, rate: 7}".to_owned());
    assert_eq!(verdict, Verdict::RolledBack);
    assert_eq!(texts, ["no"], "its report lists the changes");
}
