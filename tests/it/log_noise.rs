//! What the log says once, however often it is still so.

use std::fs;

use dlc_reload::{Loader, Reloadable, Secret, Trigger, Watching};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, mode, refused},
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
    #[reload(hot, live)]
    burst: u32,
    #[reload(restart, secret)]
    token: Secret<String>,
}

/// The warnings and errors about problems, each by its message alone, and the verdicts of refusals.
fn said(lines: &Lines, dir: &Dir) -> Vec<String> {
    let told = |line: &String| line.starts_with("WARN") || line.starts_with("ERROR");
    let short = |line: String| {
        let line = dir.strip(&line);
        line.split(" reload=").next().unwrap_or_default().to_owned()
    };
    lines.take().into_iter().filter(told).map(short).collect()
}

#[test]
fn case_18_13_a_problem_is_told_of_once_while_it_lasts() {
    if !is_alone() {
        let name = "log_noise::case_18_13_a_problem_is_told_of_once_while_it_lasts";
        return passes(this_binary(name));
    }
    let lines = Lines::default();
    lines.hear_all();
    let dir = Dir::new();
    let path = dir.write("config.yaml", "{rate: 1, burst: 1, token: t}");
    mode(&path, 0o644);
    let boot = Loader::<Config>::new().file(&path).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    let readable = "WARN config.yaml: warning: every user can read this file, and it holds a secret: take that away with `chmod o-r`";
    assert_eq!(said(&lines, &dir), [readable], "the start");

    let refused = "ERROR configuration refused, the running values stay";
    let rate = "ERROR config.yaml:1:8: rate: invalid type";
    let burst = "ERROR config.yaml:1:18: burst: invalid type";
    let reloads: [(&str, &[&str]); 8] = [
        ("{rate: 2, burst: 1, token: t}", &[]),
        ("{rate: x, burst: y, token: t}", &[rate, burst, refused]),
        ("{rate: 2, burst: y, token: t}", &[refused]),
        ("{rate: 3, burst: 1, token: t}", &[]),
        ("{rate: x, burst: 1, token: t}", &[rate, refused]),
        ("# a line more\n{rate: 4, burst: 1, token: t}", &[]),
        ("{rate: 4, burst: y, token: t}", &[burst, refused]),
        ("{rate: 4, burst: 1, token: t}", &[]),
    ];
    for (text, expected) in reloads {
        fs::write(&path, text).unwrap();
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        let said = said(&lines, &dir);
        let alike = said.len() == expected.len()
            && said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected));
        assert!(alike, "{text}: {said:#?}");
    }
    for (file, expected) in [(0o600, None), (0o644, Some(readable))] {
        mode(&path, file);
        reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!(said(&lines, &dir), Vec::from_iter(expected), "it was mended, and is back");
    }
}

#[test]
fn case_18_13_errors_come_before_warnings_at_a_failed_start() {
    let dir = Dir::new();
    let path = dir.write("a.yaml", "token: t");
    mode(&path, 0o644);
    let error = refused(Loader::<Config>::new().file(&path).text("yaml", "{rate: x, burst: 1}"));
    let errors: Vec<_> = error.problems().iter().map(dlc_reload::Problem::is_error).collect();
    assert_eq!(errors, [true, false], "{error}");
    assert!(error.to_string().starts_with("text:1:8: rate: "), "{error}");
}
