//! Directories in which others can put files, and drop-in directories in which the library has its own.

use std::{
    fs,
    os::unix::fs::{chown, lchown, symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use dlc_reload::{
    Limits, Loader, Origin, Reloadable, Trigger, Verdict, Watching, audit::Audit, source::Env,
};
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Config, Dir, load, mode, problems, warnings, yaml},
    log_lines::Lines,
    subprocess::{in_namespaces, is_alone, passes, this_binary},
};

/// A user and a group that this process has nothing to do with.
const OTHER: u32 = 4711;

/// Makes a directory with a mode.
fn directory(dir: &Dir, name: &str, bits: u32) -> PathBuf {
    let path = dir.join(name);
    fs::create_dir_all(&path).unwrap();
    mode(&path, bits);
    path
}

/// The warnings of a load of this file, without the path of the directory.
fn warned(dir: &Dir, file: &Path) -> String {
    dir.strip(&warnings(yaml("{}").file(file)))
}

fn everybody(name: &str) -> String {
    format!(
        "{name}: warning: every user can put other files in the place of those in this directory: take that away with `chmod go-w {name}`"
    )
}

#[test]
fn o1_a_directory_that_everybody_can_write_is_warned_of_or_refused() {
    let dir = Dir::new();
    let shared = directory(&dir, "etc", 0o777);
    let file = dir.write("etc/a.yaml", "motd: x");
    assert_eq!(warned(&dir, &file), everybody("etc"));
    let boot = load(yaml("{}").file(&file));
    let origin = Origin::source(shared.display().to_string());
    assert_eq!(boot.warnings()[0].origin, Some(origin));
    assert_eq!(boot.flat.motd, "x");

    let refused = problems(yaml("{}").file(&file).refuse_shared_directories());
    assert_eq!(dir.strip(&refused), everybody("etc").replace("warning: ", ""));
    let loader = || yaml("{}").file(&file).skip_permission_checks();
    assert_eq!(warnings(loader()), "");
    assert_eq!(load(loader().refuse_shared_directories()).flat.motd, "x");

    mode(&shared, 0o755);
    assert_eq!(warned(&dir, &file), "");
    assert_eq!(load(yaml("{}").file(&file).refuse_shared_directories()).flat.motd, "x");
}

#[test]
fn o1_a_directory_of_another_group_or_user_is_warned_of() {
    let dir = Dir::new();
    let shared = directory(&dir, "etc", 0o775);
    let file = dir.write("etc/a.yaml", "motd: x");
    assert_eq!(warned(&dir, &file), "", "its group is the process's own");
    // Only root can give files away; without that, there is nothing to test.
    if chown(&shared, None, Some(OTHER)).is_err() {
        return println!("skipped: this user cannot give files away");
    }
    assert_eq!(
        warned(&dir, &file),
        "etc: warning: group 4711, in which this process is not, can put other files in the place of those in this directory: take that away with `chmod go-w etc`"
    );
    mode(&shared, 0o755);
    assert_eq!(warned(&dir, &file), "");
    chown(&shared, Some(OTHER), None).unwrap();
    assert_eq!(
        warned(&dir, &file),
        "etc: warning: user 4711, who is neither root nor the user of this process, owns this directory and can put other files in the place of those in it: give it to one of these with `chown`"
    );
    assert_eq!(warnings(yaml("{}").file(&file).trust_owner(OTHER)), "");
}

#[test]
fn o1_every_directory_with_a_link_on_the_way_counts() {
    let dir = Dir::new();
    for shared in ["of-file", "of-link", "of-directory-link", "above"] {
        directory(&dir, shared, 0o777);
    }
    let safe = dir.write("safe/a.yaml", "motd: x");
    directory(&dir, "safe/links", 0o755);
    let file = dir.write("of-file/a.yaml", "motd: x");
    let link = dir.join("safe/links/a.yaml");
    symlink(file, &link).unwrap();
    assert_eq!(warned(&dir, &link), everybody("of-file"));

    let link = dir.join("of-link/a.yaml");
    symlink("../safe/a.yaml", &link).unwrap();
    assert_eq!(warned(&dir, &link), everybody("of-link"));

    symlink(dir.join("safe"), dir.join("of-directory-link/etc")).unwrap();
    let through = dir.join("of-directory-link/etc/a.yaml");
    assert_eq!(warned(&dir, &through), everybody("of-directory-link"));

    // What lies above is a directory that can be moved, and not where a file lies.
    let below = dir.write("above/etc/a.yaml", "motd: x");
    mode(&dir.join("above/etc"), 0o755);
    assert_eq!(warned(&dir, &below), "");
    assert_eq!(warned(&dir, &safe), "");

    // Both ends, each once.
    let all = yaml("{}").file(dir.join("of-link/a.yaml")).file(&through).file(&link);
    let found = dir.strip(&warnings(all.optional_file(dir.join("of-file/gone.yaml"))));
    let expected = ["of-link", "of-directory-link", "of-file"].map(everybody).join("\n");
    assert_eq!(found, expected);
}

#[test]
fn o1_drop_ins_includes_and_files_of_secrets_count() {
    let dir = Dir::new();
    let drop_ins = directory(&dir, "conf.d", 0o777);
    let loader = || yaml("{}").directory(&drop_ins);
    assert_eq!(dir.strip(&warnings(loader())), everybody("conf.d"), "others can put one there");
    dir.write("conf.d/1.yaml", "motd: x");
    dir.write("conf.d/2.yaml", "motd: y");
    assert_eq!(dir.strip(&warnings(loader())), everybody("conf.d"));
    let refused = problems(loader().refuse_shared_directories());
    assert_eq!(dir.strip(&refused), everybody("conf.d").replace("warning: ", ""));

    directory(&dir, "included", 0o777);
    dir.write("included/b.yaml", "motd: x");
    let main = dir.write("safe/a.yaml", "include: [../included/b.yaml]");
    assert_eq!(warned(&dir, &main), everybody("included"));

    directory(&dir, "secrets", 0o777);
    let secret = dir.write("secrets/s", "hunter2").display().to_string();
    let variables = Env::new("T").of([("T_SECRET_FILE".to_owned(), secret)]);
    assert_eq!(dir.strip(&warnings(yaml("{}").source(variables))), everybody("secrets"));
}

#[test]
fn o1_the_sticky_bit_protects_what_belongs_to_those_who_are_trusted() {
    let dir = Dir::new();
    let shared = directory(&dir, "tmp", 0o1777);
    let file = dir.write("tmp/a.yaml", "motd: x");
    assert_eq!(warned(&dir, &file), "");
    assert_eq!(warnings(yaml("{}").directory(&shared)), "");
    let link = dir.join("tmp/b.yaml");
    symlink("a.yaml", &link).unwrap();
    if lchown(&link, Some(OTHER), Some(OTHER)).is_err() {
        return println!("skipped: this user cannot give files away");
    }
    // The kernel may refuse to follow it.
    for loader in [yaml("{}").file(&link), yaml("{}").directory(&shared)] {
        let found = problems(loader.refuse_shared_directories());
        let expected = everybody("tmp").replace("warning: ", "");
        assert!(dir.strip(&found).contains(&expected), "{found}");
    }
    fs::remove_file(&link).unwrap();
    assert_eq!(warned(&dir, &file), "");
    chown(&shared, Some(OTHER), None).unwrap();
    assert!(warned(&dir, &file).starts_with("tmp: warning: user 4711"), "the owner is not bound");
}

#[test]
fn o1_a_mount_that_is_read_only_protects_all() {
    if !is_alone() {
        let test = "directories::o1_a_mount_that_is_read_only_protects_all";
        let command = in_namespaces(test, "-Urm", "mount -t tmpfs none /mnt && umount /mnt");
        return command.map_or((), passes);
    }
    let mount = |arguments: &[&str], place: &Path| {
        let status = Command::new("mount").args(arguments).arg(place).status();
        assert!(status.unwrap().success());
    };
    let dir = Dir::new();
    let place = directory(&dir, "map", 0o755);
    mount(&["-n", "-t", "tmpfs", "-o", "mode=0777", "none"], &place);
    let file = dir.write("map/a.yaml", "motd: x");
    assert_eq!(warned(&dir, &file), everybody("map"));
    mount(&["-n", "-o", "remount,ro"], &place);
    assert_eq!(warned(&dir, &file), "");
    mount(&["-n", "-o", "remount,rw"], &place);
    assert_eq!(warned(&dir, &file), everybody("map"));
}

#[test]
fn o1_it_is_told_once_while_it_lasts() {
    if !is_alone() {
        return passes(this_binary("directories::o1_it_is_told_once_while_it_lasts"));
    }
    let dir = Dir::new();
    let shared = directory(&dir, "etc", 0o777);
    let file = dir.write("etc/a.yaml", "rate: 1");
    dir.write("etc/conf.d/1.yaml", "{}");
    mode(&dir.join("etc/conf.d"), 0o755);
    let logged = Lines::default();
    logged.hear_all();
    let loader = Loader::<Service>::new().file(&file).directory(dir.join("etc/conf.d"));
    let reloader = loader.load().unwrap().reloader().watch(Watching::Off).start().unwrap();
    let told = || {
        let lines = logged.take();
        lines.iter().filter(|line| line.contains("every user can put other files")).count()
    };
    assert_eq!(told(), 1);
    for rate in 2..5 {
        dir.write("etc/a.yaml", format!("rate: {rate}"));
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!((report.verdict(), report.problems().len()), (Verdict::Applied, 1));
    }
    assert_eq!(told(), 0);
    mode(&shared, 0o755);
    assert_eq!(reloader.reload(Trigger::api("a test")).wait().unwrap().problems(), []);
    mode(&shared, 0o777);
    reloader.reload(Trigger::api("a test")).wait().unwrap();
    assert_eq!(told(), 1, "it is back");
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Service {
    #[reload(hot, live)]
    rate: u32,
}

/// What stands in the history, the last known good and the audit under these names.
const OWN: [&str; 3] = ["conf.d/05-good.json", "conf.d/history.json", "conf.d/z-audit.json"];

#[test]
fn the_librarys_own_files_in_a_drop_in_directory_are_no_drop_ins() {
    let dir = Dir::new();
    let drop_ins = directory(&dir, "conf.d", 0o755);
    dir.write("conf.d/10.yaml", "rate: 1");
    let [good, history, audit] = OWN.map(|name| dir.join(name));
    for process in 0..3 {
        // Less than what the history and the audit hold after a few lines.
        let limits = Limits::default().with_bytes(100).with_files(1);
        let loader = Loader::<Service>::new().directory(&drop_ins).limits(limits);
        let boot = loader.last_known_good(&good).load().unwrap_or_else(|error| panic!("{error}"));
        assert!(boot.last_known_good().is_none());
        let builder = boot.reloader().history_file(&history).watch(Watching::Off);
        let builder = builder.observer(Arc::new(Audit::new(&audit).rotate(2000, 2).required()));
        let reloader = builder.start().unwrap();
        for step in 0..8 {
            let rate = 10 * process + step + 2;
            dir.write("conf.d/10.yaml", format!("rate: {rate}"));
            let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
            assert_eq!(report.verdict(), Verdict::Applied, "{report}");
            assert_eq!(report.problems(), []);
            assert_eq!(reloader.handle().load().rate, rate);
        }
        assert_eq!(reloader.status().unwritten, []);
        assert_eq!(reloader.origins().len(), 1);
    }
    assert!(OWN.iter().all(|name| dir.join(name).exists()));
    let names = fs::read_dir(&drop_ins).unwrap().map(|entry| entry.unwrap().file_name());
    let rotated = |name: &str| name.starts_with("z-audit.json.0");
    assert!(names.into_iter().any(|name| rotated(name.to_str().unwrap())), "it has rotated");
    // A copy is none either, and a link to one.
    fs::copy(&good, dir.join("conf.d/20-copy.json")).unwrap();
    symlink("history.json", dir.join("conf.d/30-link.json")).unwrap();
    assert_eq!(load(Loader::<Service>::new().directory(&drop_ins)).rate, 29);
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Lookalike {
    #[serde(default)]
    #[reload(restart)]
    format: u32,
    #[serde(default)]
    #[reload(restart)]
    seq: u32,
    #[serde(default)]
    #[reload(restart)]
    generation: u32,
    #[serde(default)]
    #[reload(restart)]
    previous: String,
}

#[test]
fn a_configuration_that_begins_like_one_of_them_is_a_drop_in() {
    let dir = Dir::new();
    dir.write("conf.d/1.json", r#"{"format":1,"generation":2}"#);
    dir.write("conf.d/2.json", r#"{"seq":3,"previous":"x"}"#);
    let config = load(Loader::<Lookalike>::new().directory(dir.join("conf.d")));
    let found = (config.format, config.generation, config.seq, config.previous.as_str());
    assert_eq!(found, (1, 2, 3, "x"));
    // What is named is read, and refused like any other text.
    let good = dir.join("good.json");
    let boot = Loader::<Config>::new().text("yaml", crate::fixture::BASE).last_known_good(&good);
    drop(boot.load().unwrap().reloader().start().unwrap());
    assert!(problems(yaml("{}").file(&good)).contains("unknown key"));
}
