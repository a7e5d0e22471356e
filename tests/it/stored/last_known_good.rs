//! The last known good: written when a configuration is accepted, read when the sources are refused.

use std::{fs, time::Duration};

use dlc_reload::{
    Loader, Reloadable, Reloader, Severity, TriggerKind, UnknownKeys, Verdict, Watching,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Config, Home, SECRET, reload};
use crate::{
    fixture::{Dir, mode, rollback},
    log_lines::Lines,
};

fn stored(home: &Home) -> Value {
    serde_json::from_str(&home.read("good.json")).unwrap()
}

fn override_rate(reloader: &Reloader<Config>, rate: u32) {
    let proposal = reloader.override_field(Config::fields().rate(), rate);
    assert_eq!(
        proposal.for_duration(Duration::from_secs(3600)).wait().unwrap().verdict(),
        Verdict::Applied
    );
}

#[test]
fn broken_sources_start_the_last_known_good_and_say_so() {
    let home = Home::new("{motd: one, rate: 1, version: 1.20}");
    drop(home.start());
    home.write("motd: [one\n");

    let boot = home.load().unwrap();
    assert_eq!((boot.motd.as_str(), boot.rate, boot.version.as_str()), ("one", 1, "1.20"));
    let good = boot.last_known_good().unwrap().clone();
    assert_eq!(good.path, home.good());
    assert!(good.problems[0].to_string().contains("config.yaml:"), "{:?}", good.problems);
    let explained = home.dir.strip(&boot.explain("motd").to_string());
    assert!(explained.contains("last known good config.yaml:1:8"), "{explained}");
    let token = boot.explain("token").to_string();
    assert!(token.contains("  > environment variable T_TOKEN"), "{token}");

    let lines = Lines::default();
    let reloader = lines.hear(|| boot.reloader().watch(Watching::Off).start().unwrap());
    let said = lines.take();
    let expected = "ERROR the sources are refused, the last known good configuration is in force: mend them path=";
    assert!(said[0].starts_with(expected), "{said:?}");
    assert!(said[1].starts_with("ERROR ") && said[1].contains("config.yaml:"), "{said:?}");

    let status = reloader.status();
    assert_eq!(status.last_known_good.as_ref(), Some(&good));
    let failure = status.last_failure.unwrap();
    assert_eq!((failure.id(), failure.verdict()), (0, Verdict::Rejected));
    assert_eq!(failure.trigger().kind(), TriggerKind::Start);
    assert_eq!(failure.problems(), good.problems);
}

#[test]
fn a_file_that_is_mended_ends_it() {
    let home = Home::new("{motd: one, rate: 1}");
    drop(home.start());
    home.write("{motd: one, rate: many}");
    let reloader = home.start();
    assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    assert!(reloader.status().last_known_good.is_some());

    home.write("{motd: two, rate: 2}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let status = serde_json::to_value(reloader.status()).unwrap();
    assert_eq!(status.get("last_known_good"), None);
    assert_eq!(reloader.explain("motd").rows[1].origin.line, Some(1));
    assert_eq!(home.dir.strip(&reloader.explain("motd").rows[1].origin.source), "config.yaml");
    home.write("motd: [");
    assert_eq!(home.load().unwrap().motd, "two");
}

#[test]
fn the_watcher_picks_up_the_content_that_comes_next() {
    let home = Home::new("{motd: one}");
    drop(home.start());
    home.write("{motd: [}");
    let boot = home.load().unwrap();
    let handle = boot.handle();
    let reloader = boot.reloader().watch(Watching::Always).start().unwrap();
    let motd = reloader.watch(Config::fields().motd());
    home.write("{motd: two}");
    motd.wait().unwrap();
    assert_eq!(handle.load().motd, "two");
}

#[test]
fn a_start_without_the_sources_leaves_the_file_alone() {
    let home = Home::new("{motd: one}");
    drop(home.start());
    let before = home.read("good.json");
    home.write("{motd: 1, rat: 2}");
    for _ in 0..3 {
        let reloader = home.start();
        assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    }
    assert_eq!(home.read("good.json"), before);
}

#[test]
fn without_a_last_known_good_the_error_is_that_of_the_sources() {
    let home = Home::new("{motd: one, rate: many}");
    assert_eq!(home.refused().lines().count(), 1);
    home.write("{motd: one}");
    let boot = home.load().unwrap();
    assert_eq!(boot.last_known_good(), None);
    assert!(!home.good().exists(), "nothing is written before reloading starts");
}

#[test]
fn every_acceptance_is_written_and_nothing_else() {
    let home = Home::new("{motd: one, version: a}");
    let reloader = home.start();
    let first = stored(&home);
    assert_eq!((&first["format"], &first["generation"]), (&2.into(), &1.into()));
    let time = |stored: &Value| stored["accepted_at"].as_str().unwrap().to_owned();
    assert!(time(&first).ends_with('Z'), "{first}");

    home.write("{motd: two, version: a}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let second = stored(&home);
    assert_eq!(second["generation"], 2);
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
    assert_eq!(stored(&home), second, "the same content is not written again");

    home.write("{motd: [");
    assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    assert_eq!(stored(&home), second, "what is refused is not good");

    home.write("{motd: two, version: b}");
    assert_eq!(reload(&reloader).verdict(), Verdict::PendingRestart);
    let waiting = stored(&home);
    assert!(waiting["document"].to_string().contains("\"b\""), "{waiting}");
    assert_eq!(waiting["generation"], 2);
    assert!(time(&waiting) > time(&second));

    home.write("# the same\n{motd: two, version: b}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
    assert_ne!(stored(&home)["document"], waiting["document"], "it stands in another line now");
}

#[test]
fn a_rollback_is_what_the_next_start_falls_back_to() {
    let home = Home::new("{motd: one}");
    let reloader = home.start();
    home.write("{motd: two}");
    reload(&reloader);
    assert_eq!(reloader.rollback_to(1, rollback()).wait().unwrap().verdict(), Verdict::Applied);
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged, "it holds");
    drop(reloader);
    home.write("{motd: [");
    assert_eq!(home.load().unwrap().motd, "one");
}

#[test]
fn what_was_refused_after_a_rollback_does_not_bring_back_what_it_turned_away_from() {
    let home = Home::new("{motd: one}");
    let reloader = home.start();
    home.write("{motd: two}");
    reload(&reloader);
    reloader.rollback_to(1, rollback()).wait().unwrap();
    home.write("{motd: [");
    assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    override_rate(&reloader, 9);
    drop(reloader);
    assert_eq!(home.load().unwrap().motd, "one");
}

#[test]
fn a_start_from_it_does_not_make_it_younger() {
    let home = Home::new("{motd: one}");
    drop(home.start());
    let first = stored(&home);
    home.write("{motd: [");
    let reloader = home.start();
    override_rate(&reloader, 9);
    assert_eq!(stored(&home), first);
    home.write("{motd: two}");
    reload(&reloader);
    assert_ne!(stored(&home), first);
}

#[cfg(unix)]
#[test]
fn a_new_warning_makes_no_new_content() {
    let mut home = Home::new("{motd: one, token: t}");
    home.variables.clear();
    let reloader = home.start();
    home.write("{motd: two, token: t}");
    reload(&reloader);
    reloader.rollback_to(1, rollback()).wait().unwrap();
    mode(&home.dir.join("config.yaml"), 0o644);
    let report = reload(&reloader);
    assert!(report.to_string().contains("every user can read"), "{report}");
    assert_eq!(reloader.handle().load().motd, "one", "{report}");
}

#[test]
fn secrets_are_those_of_now() {
    let mut home = Home::new("{motd: one, pins: {a: hunter2-a}}");
    drop(home.start());
    assert!(!home.read("good.json").contains(SECRET));

    home.variables = vec![("T_TOKEN", "new".into()), ("T_PINS", "{b: c}".into())];
    home.write("{motd: one, rate: many}");
    let boot = home.load().unwrap();
    assert_eq!(boot.token.expose(), "new");
    assert_eq!(boot.pins.get("b").map(String::as_str), Some("c"));

    let mounted = home.dir.write("token", "mounted\n").display().to_string();
    home.variables = vec![("T_TOKEN_FILE", mounted), ("T_PINS", "{b: c}".into())];
    assert_eq!(home.load().unwrap().token.expose(), "mounted");
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let mut home = Home::new("{motd: one, pins: {a: hunter2-a}}");
    drop(home.start());
    home.variables.clear();
    home.write("{motd: one, rate: many}");
    let found = home.refused();
    assert_eq!(found.lines().count(), 3, "{found}");
    assert!(found.contains("token: required, but no source sets it"), "{found}");
    let not_set =
        "may hold a secret and is not kept, and the sources as they are now do not set it";
    assert!(found.contains(&format!(
        "good.json: the last known good configuration cannot be used either: `pins` {not_set}; `token` {not_set}"
    )), "{found}");
}

#[test]
fn a_program_that_wants_something_else_says_so() {
    let home = Home::new("{motd: one, rate: 12}");
    drop(home.start());
    let older = home.read("good.json").replace("\"12\"", "\"13\"");
    home.dir.write("good.json", older);
    home.write("{motd: [");
    let found = home.refused();
    let expected = "good.json: the last known good configuration cannot be used either: last known good config.yaml:1:19: rate: must not be 13";
    assert!(found.ends_with(expected), "{found}");
}

#[test]
fn a_file_that_is_damaged_empty_or_of_another_format_is_said_so() {
    let home = Home::new("{motd: one}");
    drop(home.start());
    let whole = home.read("good.json");
    home.write("{motd: [");
    let damaged =
        "the file is damaged: remove it, the next start that accepts the sources writes a new one";
    let format = "it is written in format 1, and this program reads 2";
    let cases = [
        (String::new(), damaged),
        (whole[..whole.len() - 1].to_owned(), damaged),
        (whole[..whole.len() / 2].to_owned(), damaged),
        (whole.replacen("\"map\"", "\"integer\"", 1), damaged),
        (whole.replacen("\"format\":2", "\"format\":1", 1), format),
    ];
    for (content, expected) in cases {
        home.dir.write("good.json", &content);
        let found = home.refused();
        assert!(found.lines().count() >= 2 && found.ends_with(expected), "{content}: {found}");
    }
    std::fs::remove_file(home.good()).unwrap();
    std::fs::create_dir(home.good()).unwrap();
    assert!(home.refused().contains("a directory and not a file"));
}

#[test]
fn no_damage_to_a_byte_is_more_than_an_error() {
    let home = Home::new("{motd: one, rate: 1, version: 1.20, labels: {a: 1}}");
    drop(home.start());
    let whole = home.read("good.json").into_bytes();
    home.write("{motd: [");
    for at in 0..whole.len() {
        for byte in *b"0\"{]" {
            let mut damaged = whole.clone();
            damaged[at] = byte;
            home.dir.write("good.json", damaged);
            if let Err(error) = home.load() {
                assert!(error.problems().len() > 1, "byte {at}: {error}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_could_have_written_is_refused() {
    use std::os::unix::fs::{MetadataExt, chown};
    let home = Home::new("{motd: one}");
    drop(home.start());
    assert_eq!(home.good().metadata().unwrap().mode() & 0o7777, 0o600);
    home.write("{motd: [");
    mode(&home.good(), 0o602);
    assert!(home.refused().contains("every user can change it"));
    assert_eq!(home.loader().skip_permission_checks().load().unwrap().motd, "one");
    mode(&home.good(), 0o600);
    // Only root can give files away.
    if chown(home.good(), Some(4711), None).is_ok() {
        assert!(home.refused().contains("owned by user 4711"));
        assert_eq!(home.loader().trust_owner(4711).load().unwrap().motd, "one");
    }
    // The next acceptance makes it private again.
    home.write("{motd: two}");
    drop(home.start());
    assert_eq!(home.good().metadata().unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn a_file_that_cannot_be_written_is_shown_and_refuses_nothing() {
    let home = Home::new("{motd: one}");
    let loader = || home.loader().last_known_good(home.dir.join("gone/good.json"));
    let lines = Lines::default();
    let reloader =
        lines.hear(|| loader().load().unwrap().reloader().watch(Watching::Off).start().unwrap());
    let said = lines.take();
    let expected =
        "ERROR the last known good configuration is not kept: gone/good.json.new: No such file";
    assert!(home.dir.strip(&said[1]).starts_with(expected), "{said:?}");
    let unwritten = reloader.status().unwritten;
    assert_eq!((unwritten.len(), unwritten[0].severity), (1, Severity::Warning));

    home.write("{motd: two}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    assert_eq!(reloader.status().unwritten, unwritten);
    std::fs::create_dir(home.dir.join("gone")).unwrap();
    reload(&reloader);
    assert_eq!(reloader.status().unwritten, []);
    assert!(home.dir.join("gone/good.json").exists());
}

#[test]
fn unknown_keys_and_replaced_values_bring_no_secret_to_disk() {
    let home = Home::new("{motd: one, tokn: hunter2-a, pins: {hunter2-b: x}, token: hunter2-c}");
    let boot = home.loader().unknown_keys(UnknownKeys::Warn).load().unwrap();
    let reloader = boot.reloader().watch(Watching::Off).start().unwrap();
    home.write("{motd: two, tokn: {hunter2-d: hunter2-e}, pins: {hunter2-f: y}}");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let written = home.read("good.json");
    assert!(!written.contains(SECRET), "{written}");
    assert!(written.contains("\"left_out\":[\"pins\",\"token\"]"), "{written}");
}

/// A path that names the configuration itself must not cost anyone their configuration.
#[test]
fn a_file_that_holds_something_else_is_left_alone() {
    let home = Home::new("{motd: one}");
    let config = home.dir.join("config.yaml");
    let boot = home.loader().last_known_good(&config).load().unwrap();
    let builder = boot.reloader().watch(Watching::Off).history_file(&config);
    let reloader = builder.start().unwrap();
    assert_eq!(home.read("config.yaml"), "{motd: one}");
    let said: Vec<_> =
        reloader.status().unwritten.iter().map(|one| home.dir.strip(&one.message)).collect();
    let shared = "the history of configurations is not kept: config.yaml: the last known good configuration is kept here too, give each its own file";
    let foreign = "the last known good configuration is not kept: config.yaml: it holds something else and is left alone, move it away or choose another path";
    assert_eq!(said, [shared, foreign]);

    let history = home.load().unwrap().reloader().watch(Watching::Off).history_file(&config);
    let said = history.start().unwrap().status().unwritten;
    assert!(said[0].message.contains("it holds something else"), "{said:?}");
    assert_eq!(home.read("config.yaml"), "{motd: one}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_replaced() {
    let home = Home::new("{motd: one}");
    std::os::unix::fs::symlink(home.dir.join("elsewhere"), home.good()).unwrap();
    let unwritten = home.start().status().unwritten;
    let expected = "the last known good configuration is not kept: good.json: a symbolic link and not a file, put a regular file or nothing in its place";
    assert_eq!(home.dir.strip(&unwritten[0].message), expected);
    assert!(home.good().is_symlink() && !home.dir.join("elsewhere").exists());
}

#[test]
fn a_file_that_somebody_removed_is_written_again() {
    let home = Home::new("{motd: one}");
    let reloader = home.start();
    fs::remove_file(home.good()).unwrap();
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
    assert_eq!(stored(&home)["generation"], 1);
}

#[test]
fn a_start_whose_deserializing_panics_is_one_of_the_last_known_good() {
    #[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
    struct Hasty {
        #[reload(restart)]
        port: Port,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(from = "u32")]
    struct Port(u32);
    impl From<u32> for Port {
        fn from(port: u32) -> Self {
            Self(u16::try_from(port).unwrap().into())
        }
    }

    let dir = Dir::new();
    let load = |text: &str| {
        let loader = Loader::<Hasty>::new().text("yaml", text);
        loader.last_known_good(dir.join("good.json")).load().unwrap()
    };
    drop(load("port: 80").reloader().watch(Watching::Off).start().unwrap());
    let boot = load("port: 80000");
    assert_eq!(boot.port.0, 80);
    let problems = &boot.last_known_good().unwrap().problems;
    assert!(problems[0].message.contains("panicked"), "{problems:?}");
}
