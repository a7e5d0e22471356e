//! Files that values name: read, watched and compared by content, which is shown nowhere.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dlc_reload::{
    Change, Commit, HookResult, Limits, Loader, Probation, Reloadable, Reloader, Report, Trigger,
    Verdict, Watching,
    audit::Audit,
    source::Env,
    testing::Stage,
    units::{FileText, RelativePath},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fixture::{Dir, load, problems};

/// What no text that leaves may contain.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nhunter2";

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of a leaf, with a file deep inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Peer {
    name: String,
    key: Option<FileText>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Trust {
    System,
    Bundle(FileText),
}

/// An enum with a tag, inside of which serde keeps values without their places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Tagged {
    File { path: FileText },
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Tls {
    #[reload(hot, live)]
    cert: FileText,
    #[reload(restart)]
    key: Option<FileText>,
    #[serde(default)]
    #[reload(hot, live)]
    peers: Vec<Peer>,
    #[serde(default)]
    #[reload(hot, live)]
    named: BTreeMap<String, FileText>,
    #[serde(default)]
    #[reload(hot, live)]
    trust: Option<Trust>,
    #[serde(default)]
    #[reload(hot, live)]
    tagged: Option<Tagged>,
    #[serde(default)]
    #[reload(restart)]
    data: RelativePath,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(nested)]
    tls: Tls,
}

fn loader(dir: &Dir) -> Loader<Config> {
    Loader::new().file(dir.join("conf/config.yaml"))
}

fn folder(tls: &str) -> Dir {
    let dir = Dir::new();
    dir.write("conf/cert.pem", "first");
    dir.write("conf/config.yaml", format!("tls:\n  cert: cert.pem\n{tls}"));
    dir
}

fn start(loader: Loader<Config>) -> Reloader<Config> {
    load(loader).reloader().watch(Watching::Off).start().unwrap()
}

fn reload(reloader: &Reloader<Config>) -> Report {
    reloader.reload(Trigger::api("test")).wait().unwrap()
}

fn rows(report: &Report) -> Vec<String> {
    let shown = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(String::new, ToString::to_string)
    };
    report
        .changes()
        .iter()
        .map(|row| format!("{} {} {}", row.key, shown(&row.old), shown(&row.new)))
        .collect()
}

#[test]
fn a_path_is_relative_to_the_file_that_names_it() {
    let dir = folder("  key: /dev/../etc/hostname-that-is-not-there\n");
    dir.write("conf/config.yaml", "include: [sub/more.yaml]\ntls: {cert: cert.pem}\n");
    dir.write("conf/sub/more.yaml", "tls: {key: key.pem, data: var/lib}\n");
    dir.write("conf/sub/key.pem", KEY);
    let boot = load(loader(&dir));
    assert_eq!(
        (boot.tls.cert.text(), boot.tls.cert.path()),
        ("first", &*dir.join("conf/cert.pem"))
    );
    assert_eq!(boot.tls.key.as_ref().unwrap().path(), dir.join("conf/sub/key.pem"));
    assert_eq!(*boot.tls.data, dir.join("conf/sub/var/lib"));
    let absolute = dir.write("elsewhere.pem", "absolute").display().to_string();
    let boot = load(loader(&dir).set("tls.cert", &absolute));
    assert_eq!((boot.tls.cert.text(), boot.tls.cert.path()), ("absolute", Path::new(&absolute)));
}

#[test]
fn what_no_file_names_is_relative_to_the_working_directory() {
    let dir = folder("");
    let expected = "Cargo.toml";
    let variables = Env::new("T").of([("T_TLS__CERT", expected), ("T_TLS__DATA", "var")]);
    let boot = load(loader(&dir).source(variables));
    assert_eq!(boot.tls.cert.path(), Path::new(expected));
    assert_eq!(boot.tls.cert.text(), fs::read_to_string(expected).unwrap());
    assert_eq!(&*boot.tls.data, Path::new("var"));
}

#[test]
fn a_renewed_file_is_a_change_and_the_same_content_is_none() {
    let dir = folder("");
    let reloader = start(loader(&dir));
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
    dir.write("conf/cert.pem", "second");
    let report = reload(&reloader);
    let row = r#"tls.cert "cert.pem (sha256:a7937b64)" "cert.pem (sha256:16367aac)""#;
    assert_eq!((report.verdict(), rows(&report)), (Verdict::Applied, vec![row.to_owned()]));
    let origin = report.changes()[0].origin.to_string();
    assert_eq!(dir.strip(&origin), "conf/config.yaml:2:9");
    assert_eq!(reloader.handle().load().tls.cert.text(), "second");
    dir.write("conf/cert.pem", "second");
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
}

#[test]
fn a_rollback_in_the_process_has_the_content_of_then() {
    let dir = folder("");
    let reloader = start(loader(&dir));
    let first = reloader.handle().get().generation();
    dir.write("conf/cert.pem", "second");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    let report = reloader.rollback_to(first, Trigger::api("test")).wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    assert_eq!(reloader.handle().load().tls.cert.text(), "first");
}

#[test]
fn files_stand_at_any_depth_of_a_leaf() {
    let dir = folder(
        "  peers: [{name: a, key: a.pem}, {name: b}]\n  named: {x: x.pem}\n  trust: {bundle: ca.pem}\n",
    );
    for name in ["a", "x", "ca"] {
        dir.write(&format!("conf/{name}.pem"), name);
    }
    let reloader = start(loader(&dir));
    let config = reloader.handle().get();
    assert_eq!(config.tls.peers[0].key.as_ref().unwrap().text(), "a");
    assert_eq!(config.tls.named["x"].text(), "x");
    assert!(matches!(&config.tls.trust, Some(Trust::Bundle(file)) if file.text() == "ca"));
    for (name, key) in [("a", "tls.peers[0].key"), ("x", "tls.named.x"), ("ca", "tls.trust")] {
        dir.write(&format!("conf/{name}.pem"), "renewed");
        let rows = rows(&reload(&reloader));
        assert!(rows.len() == 1 && rows[0].starts_with(key), "{rows:?}");
    }
    dir.write("conf/config.yaml", "tls: {cert: cert.pem, tagged: {kind: file, path: cert.pem}}\n");
    let said = reload(&reloader).to_string();
    assert!(said.contains("a path cannot be read here"), "{said}");
}

#[cfg(unix)]
#[test]
fn what_is_wrong_with_a_file_is_said_at_the_line_that_names_it() {
    type Break = fn(&Dir);
    let cases: [(Break, &str); 6] = [
        (|dir| fs::remove_file(dir.join("conf/cert.pem")).unwrap(), "no such file, create it"),
        (
            |dir| drop(dir.write("conf/cert.pem", [b'a', 0xff])),
            "no UTF-8 at byte 1, write it as a text in UTF-8",
        ),
        (
            |dir| drop(dir.write("conf/cert.pem", "x".repeat(2000))),
            "with it, all sources are larger than 1000 bytes, shorten them",
        ),
        (
            |dir| {
                fs::remove_file(dir.join("conf/cert.pem")).unwrap();
                fs::create_dir(dir.join("conf/cert.pem")).unwrap();
            },
            "a directory and not a file, put a regular file in its place",
        ),
        (
            |dir| {
                fs::remove_file(dir.join("conf/cert.pem")).unwrap();
                std::os::unix::fs::symlink("gone", dir.join("conf/cert.pem")).unwrap();
            },
            "a symbolic link to a file that does not exist, create the file or remove the link",
        ),
        (
            |dir| {
                std::os::unix::net::UnixListener::bind({
                    fs::remove_file(dir.join("conf/cert.pem")).unwrap();
                    dir.join("conf/cert.pem")
                })
                .map(drop)
                .unwrap()
            },
            "a pipe, socket or device and not a file, put a regular file in its place",
        ),
    ];
    for (damage, said) in cases {
        let dir = folder("");
        let limited = || loader(&dir).limits(Limits::default().with_bytes(1000));
        let reloader = start(limited());
        damage(&dir);
        let expected = format!("conf/config.yaml:2:9: tls.cert: conf/cert.pem: {said}");
        assert_eq!(dir.strip(&problems(limited())), expected);
        let report = reload(&reloader);
        assert_eq!(report.verdict(), Verdict::Rejected, "{said}");
        assert_eq!(dir.strip(&report.problems()[0].to_string()), expected);
        assert_eq!(reloader.handle().load().tls.cert.text(), "first");
    }
}

#[test]
fn an_empty_file_is_a_text_and_an_empty_path_is_none() {
    let dir = folder("");
    dir.write("conf/cert.pem", "");
    assert_eq!(load(loader(&dir)).tls.cert.text(), "");
    dir.write("conf/config.yaml", "tls: {cert: ''}\n");
    assert_eq!(
        dir.strip(&problems(loader(&dir))),
        "conf/config.yaml:1:13: tls.cert: names no file, write the path of one"
    );
    dir.write("conf/config.yaml", "tls: {cert: [a]}\n");
    let said = problems(loader(&dir));
    assert!(said.contains("invalid type: list, expected the path of a file"), "{said}");
}

#[test]
fn more_files_than_sources_may_have_are_refused() {
    let dir = folder("  named: {a: a.pem, b: b.pem}\n");
    dir.write("conf/a.pem", "a");
    dir.write("conf/b.pem", "b");
    let limited = |files| loader(&dir).limits(Limits::default().with_files(files));
    assert_eq!(load(limited(4)).tls.named.len(), 2);
    let said = problems(limited(3));
    assert!(said.contains("more than 3 files, join some"), "{said}");
}

#[test]
fn a_file_that_is_replaced_is_not_looked_for() {
    let dir = folder("");
    dir.write("conf/over.yaml", "tls: {cert: cert.pem}\n");
    dir.write("conf/config.yaml", "tls: {cert: gone.pem}\n");
    let boot = load(loader(&dir).file(dir.join("conf/over.yaml")));
    assert_eq!(boot.tls.cert.text(), "first");
    assert_eq!(boot.warnings(), &[]);
}

#[test]
fn an_override_names_a_file_from_the_working_directory() {
    let dir = folder("");
    let reloader = start(loader(&dir));
    let request = reloader.override_key("tls.cert", json!("Cargo.toml"));
    let report = request.until_ended().wait().unwrap();
    assert_eq!(report.verdict(), Verdict::Applied, "{report}");
    let cert = fs::read_to_string("Cargo.toml").unwrap();
    assert_eq!(reloader.handle().load().tls.cert.text(), cert);
    // What only an override names is no content of the sources.
    assert_eq!(reload(&reloader).verdict(), Verdict::Unchanged);
    let wrong = reloader.override_key("tls.cert", json!("not-there.pem")).until_ended();
    let said = wrong.wait().unwrap().to_string();
    assert!(said.contains("not-there.pem: no such file, create it"), "{said}");
    reloader.end_override("tls.cert", Trigger::api("test")).wait().unwrap();
    assert_eq!(reloader.handle().load().tls.cert.text(), "first");
}

#[test]
fn the_last_known_good_reads_the_file_as_it_is_now() {
    let dir = folder("  data: var\n");
    let kept = dir.join("good.json");
    drop(start(loader(&dir).last_known_good(&kept)));
    let stored = fs::read_to_string(&kept).unwrap();
    assert!(stored.contains("cert.pem") && !stored.contains("first"), "{stored}");
    dir.write("conf/cert.pem", "now");
    dir.write("conf/config.yaml", "tls: {cert: 7x7: no}\n");
    let boot = load(loader(&dir).last_known_good(&kept));
    assert!(boot.last_known_good().is_some());
    assert_eq!((boot.tls.cert.text(), &*boot.tls.data), ("now", &*dir.join("conf/var")));
}

#[test]
fn content_that_failed_its_probation_in_an_earlier_process_is_told_from_a_renewed_one() {
    let dir = folder("");
    let loader = || loader(&dir).last_known_good(dir.join("good.json"));
    let (stage, ill) = (Stage::new(), Arc::new(AtomicBool::new(false)));
    let start = || {
        let ill = Arc::clone(&ill);
        let is_well = move || match ill.load(Ordering::Relaxed) {
            true => Err("no client trusts the certificate".into()),
            false => Ok(()),
        };
        let builder = load(loader()).reloader().watch(Watching::Off).stage(&stage);
        builder.probation(Probation::new(is_well)).start().unwrap()
    };
    let reloader = start();
    stage.advance(Duration::from_secs(60));
    dir.write("conf/cert.pem", "ill");
    assert_eq!(reload(&reloader).verdict(), Verdict::Applied);
    ill.store(true, Ordering::Relaxed);
    stage.advance(Duration::from_secs(1));
    assert_eq!(reloader.handle().load().tls.cert.text(), "first");
    ill.store(false, Ordering::Relaxed);
    assert_eq!(reload(&reloader).verdict(), Verdict::Rejected);
    drop(reloader);
    // The words of the source are the same, and only what they lead to has changed.
    assert!(load(loader()).last_known_good().is_some());
    dir.write("conf/cert.pem", "renewed");
    let boot = load(loader());
    assert!(boot.last_known_good().is_none());
    assert_eq!(boot.tls.cert.text(), "renewed");
}

#[test]
fn the_history_holds_the_path_and_no_content() {
    let dir = folder("");
    let history = dir.join("history.jsonl");
    let reloader =
        load(loader(&dir)).reloader().watch(Watching::Off).history_file(&history).start().unwrap();
    dir.write("conf/cert.pem", KEY);
    reload(&reloader);
    drop(reloader);
    let written = fs::read_to_string(&history).unwrap();
    assert!(written.contains("cert.pem (sha256:") && !written.contains("hunter2"), "{written}");
}

#[test]
fn a_content_is_shown_nowhere() {
    let dir = folder("  key: key.pem\n  peers: [{name: a, key: key.pem}]\n");
    dir.write("conf/key.pem", KEY);
    let (history, audit) = (dir.join("history.jsonl"), dir.join("audit.jsonl"));
    let boot = load(loader(&dir));
    let mut shown = vec![format!("{boot:?}"), serde_json::to_string(&*boot).unwrap()];
    shown.push(boot.explain("tls.key").to_string());
    let reloader = boot
        .reloader()
        .watch(Watching::Off)
        .history_file(&history)
        .observer(Arc::new(Audit::new(&audit)))
        .start()
        .unwrap();
    for content in [format!("{KEY} 2"), format!("{KEY} 3")] {
        dir.write("conf/key.pem", content);
        let report = reload(&reloader);
        assert_eq!((report.changes().len(), report.pending().len()), (1, 1), "{report}");
        shown.push(format!("{report} {report:?} {}", serde_json::to_string(&report).unwrap()));
        shown.push(serde_json::to_string(&reloader.status()).unwrap());
        shown.push(format!("{:?} {:?}", reloader.status(), reloader.history()));
    }
    dir.write("conf/key.pem", [KEY.as_bytes(), &[0xff]].concat());
    shown.push(reload(&reloader).to_string());
    drop(reloader);
    shown.push(fs::read_to_string(&history).unwrap());
    shown.push(fs::read_to_string(&audit).unwrap());
    for text in shown {
        assert!(!text.contains("PRIVATE") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn the_schema_says_that_it_is_a_path() {
    let schema = dlc_reload::schema::<Config>().to_value();
    let cert = &schema["$defs"]["Tls"]["properties"]["cert"];
    assert_eq!((&cert["type"], &cert["format"]), (&json!("string"), &json!("path")));
}

/// Hooks that hand on what was committed.
struct Certificates(std::sync::mpsc::Sender<String>);

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Listener {
    #[reload(hot)]
    cert: FileText,
}

impl ListenerHooks for Certificates {
    fn on_cert(&self, cert: Change<'_, FileText>) -> HookResult<'_> {
        let new = cert.new.text().to_owned();
        Ok(Commit::new(move || drop(self.0.send(new))))
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_renewal_through_the_links_of_a_secret_is_found_by_the_watcher() {
    use std::os::unix::fs::symlink;
    let dir = Dir::new();
    let swap = |version: u64| {
        dir.write(&format!("secret/..{version}/tls.crt"), format!("version {version}"));
        symlink(format!("..{version}"), dir.join("secret/..tmp")).unwrap();
        fs::rename(dir.join("secret/..tmp"), dir.join("secret/..data")).unwrap();
        if version > 1 {
            fs::remove_dir_all(dir.join(&format!("secret/..{}", version - 1))).unwrap();
        }
    };
    swap(1);
    symlink("..data/tls.crt", dir.join("secret/tls.crt")).unwrap();
    let config = dir.write("app/config.yaml", "cert: ../secret/tls.crt\n");
    let (sender, committed) = std::sync::mpsc::channel();
    let builder = load(Loader::<Listener>::new().file(config)).reloader().watch(Watching::Always);
    let reloader = builder.hooks(Arc::new(Certificates(sender))).start().unwrap();
    for version in 2..6 {
        swap(version);
        let found = committed.recv_timeout(PATIENCE).unwrap();
        assert_eq!(found, format!("version {version}"));
    }
    // A file that is named from now on is watched as well. It is renewed at once: its watch may be about to begin.
    dir.write("app/other.pem", "another");
    dir.write("app/config.yaml", "cert: other.pem\n");
    assert_eq!(committed.recv_timeout(PATIENCE).unwrap(), "another");
    fs::rename(dir.write("app/new.pem", "renewed"), dir.join("app/other.pem")).unwrap();
    assert_eq!(committed.recv_timeout(PATIENCE).unwrap(), "renewed");
    reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(reloader.status().missed_events, 0, "no comparison of the content found any of it");
}
