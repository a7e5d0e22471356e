//! What the log says once, however often it is still so.

use std::{fs, time::Duration};

use dlc_reload::{Loader, Problem, Reloadable, Secret, Trigger, Watching};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Dir, mode, refused},
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

/// Longer than any step takes on a busy machine: one that takes long is a line of the log as well.
const NEVER: Duration = Duration::from_secs(60 * 60);

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
    let reloader = boot.reloader().watch(Watching::Off).slow_steps(NEVER).start().unwrap();
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

#[cfg(unix)]
#[test]
fn case_18_13_a_readable_volume_is_told_of_once_at_most() {
    use std::os::unix::fs::symlink;

    if !is_alone() {
        let name = "log_noise::case_18_13_a_readable_volume_is_told_of_once_at_most";
        return passes(this_binary(name));
    }
    let lines = Lines::default();
    lines.hear_all();
    // The kubelet names a version by its time, and another tool by anything.
    for (version, expected) in [("..2026_11_27_00_00_0", 0), ("..v", 1)] {
        let dir = Dir::new();
        let swap = |number: u32, text: &str| {
            let version = format!("{version}{number}");
            let file = dir.write(&format!("{version}/config.yaml"), text);
            mode(&file, 0o644);
            mode(file.parent().unwrap(), 0o755);
            symlink(&version, dir.join("..next")).unwrap();
            fs::rename(dir.join("..next"), dir.join("..data")).unwrap();
        };
        swap(1, "{rate: 1, burst: 1, token: t}");
        symlink("..data/config.yaml", dir.join("config.yaml")).unwrap();
        let boot = Loader::<Config>::new().file(dir.join("config.yaml")).load().unwrap();
        let reloader = boot.reloader().watch(Watching::Off).slow_steps(NEVER).start().unwrap();
        let warned =
            || said(&lines, &dir).iter().filter(|line| line.contains("every user")).count();
        assert_eq!(warned(), expected, "{version} at the start");
        for (number, rate) in [(2, "2"), (3, "x"), (4, "["), (5, "2"), (6, "3")] {
            swap(number, &format!("{{rate: {rate}, burst: 1, token: t}}"));
            reloader.reload(Trigger::api("a test")).wait().unwrap();
            assert_eq!(warned(), 0, "{version} with the rate {rate}");
        }
    }
}

#[test]
fn case_18_13_errors_come_before_warnings_at_a_failed_start() {
    let dir = Dir::new();
    let path = dir.write("a.yaml", "token: t");
    mode(&path, 0o644);
    let error = refused(Loader::<Config>::new().file(&path).text("yaml", "{rate: x, burst: 1}"));
    let errors: Vec<_> = error.problems().iter().map(Problem::is_error).collect();
    assert_eq!(errors, [true, false], "{error}");
    assert!(error.to_string().starts_with("text:1:8: rate: "), "{error}");
}

/// Returns true if no warning comes before an error.
fn in_order(problems: &[Problem]) -> bool {
    problems.iter().any(Problem::is_error)
        && problems.iter().any(|problem| !problem.is_error())
        && problems.is_sorted_by_key(|problem| !problem.is_error())
}

#[test]
fn case_18_13_errors_come_before_warnings_everywhere() {
    let dir = Dir::new();
    let (first, second) =
        (dir.write("a.yaml", "token: t"), dir.write("b.yaml", "{rate: 1, burst: 1}"));
    let good = dir.join("good.json");
    let load = || {
        let loader = Loader::<Config>::new().file(&first).file(&second);
        loader.last_known_good(&good).load().unwrap()
    };
    drop(load().reloader().watch(Watching::Off).start().unwrap());
    mode(&first, 0o644);
    fs::write(&second, "{rate: x, burst: 1}").unwrap();

    let boot = load();
    assert!(in_order(&boot.last_known_good().unwrap().problems));
    let lines = Lines::default();
    let reloader = lines.hear(|| boot.reloader().watch(Watching::Off).start().unwrap());
    let said = said(&lines, &dir);
    let levels: Vec<_> = said.iter().flat_map(|line| line.split(' ').next()).collect();
    assert_eq!(levels, ["ERROR", "ERROR", "WARN"], "{said:#?}");
    let status = reloader.status();
    assert!(in_order(status.last_failure.unwrap().problems()));
    assert!(in_order(&status.last_known_good.unwrap().problems));
    assert!(in_order(&status.next_boot.problems));

    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert!(in_order(report.problems()), "{report}");
    assert!(in_order(&reloader.status().next_boot.problems));
    assert!(in_order(reloader.plan().wait().unwrap_err().problems()));
}
