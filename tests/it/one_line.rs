//! Text from outside, which may not begin a line of its own or steer a terminal.

use dlc_reload::{
    Format, Intent, Loader, Observer, Origin, Problem, Reloadable, Report, Trigger, Veto,
    source::Text, testing::Memory,
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, refused},
    log_lines::Lines,
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[serde(default)]
    #[reload(hot, live)]
    level: Level,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
enum Level {
    #[default]
    Info,
}

/// The end of one line, a line that looks real, and a command for a terminal.
const FORGED: &str = "x\r\n2026-01-01T00:00:00Z INFO reloaded\u{1b}[2J\u{85}\u{2028}";

fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Sees that a text is one line, and that it still shows what it is about.
fn is_one_line(shown: &str) {
    assert!(!shown.contains(breaks), "{shown:?}");
    assert!(shown.contains("2026-01-01T00:00:00Z INFO reloaded"), "{shown}");
}

#[test]
fn w6_what_displays_on_one_line_has_no_other() {
    let trigger = Trigger::admin(FORGED).actor(FORGED);
    is_one_line(&trigger.to_string());
    assert_eq!(trigger.detail_text(), Some(FORGED), "only what is shown differs");
    is_one_line(&Origin::at(FORGED, 1, 2).to_string());
    is_one_line(&Problem::error(FORGED).to_string());
    is_one_line(&Problem::warning("w").with_key(dlc_reload::Key::root().child(FORGED)).to_string());
    is_one_line(&Problem::error("e").with_origin(Origin::source(FORGED)).to_string());
}

#[test]
fn w6_what_a_source_says_stays_on_the_line_of_its_problem() {
    let quoted = serde_json::to_string(FORGED).unwrap();
    for text in [
        format!("{{rate: 1, {quoted}: 1}}"),
        format!("{{rate: 1, level: {quoted}}}"),
        format!("{{rate: 1, {quoted}: 1, {quoted}: 2}}"),
    ] {
        let source = Text::new(Format::Yaml, &text).named(FORGED);
        let error = refused(Loader::<Config>::new().source(source));
        for problem in error.problems() {
            is_one_line(&problem.to_string());
        }
        assert_eq!(error.to_string().lines().count(), error.problems().len(), "{error}");
    }
}

/// An observer that refuses with a text of a request.
struct Refuses;

impl Observer for Refuses {
    fn intended(&self, _: &Intent<'_>) -> Result<(), Veto> {
        Err(FORGED.into())
    }

    fn reported(&self, report: &Report) {
        assert!(report.id() == 0, "{FORGED}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn w6_no_line_of_the_log_is_forged() {
    use crate::subprocess::{is_alone, passes, this_binary};
    if !is_alone() {
        return passes(this_binary("one_line::w6_no_line_of_the_log_is_forged"));
    }
    let lines = Lines::default();
    lines.hear_all();
    let dir = Dir::new();
    let file = Memory::yaml("rate: 1");
    let drop_in = dir.write(&format!("{}.yaml", FORGED.replace('/', "")), "{}");
    let loader = Loader::<Config>::new().source(file.clone()).file(&drop_in);
    let builder = loader.load().unwrap().reloader();
    let past = dir.join(&format!("{FORGED}/history"));
    let reloader =
        builder.observer(std::sync::Arc::new(Refuses)).history_file(past).start().unwrap();
    file.write("rate: 2");
    let report = reloader.reload(Trigger::admin(FORGED).actor(FORGED)).wait().unwrap();
    assert_eq!(report.to_string().lines().count(), 2, "{report}");
    for problem in reloader.status().unwritten {
        is_one_line(&problem.to_string());
    }
    std::fs::write(&drop_in, "rate: [").unwrap();
    reloader.reload(Trigger::admin(FORGED)).wait().unwrap();
    drop(reloader);
    let lines = lines.take();
    assert!(lines.len() > 4, "{lines:#?}");
    for line in lines {
        assert!(!line.contains(breaks), "{line:?}");
    }
}
