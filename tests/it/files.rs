//! Files, drop-in directories and includes, on a real file system.

use std::{collections::BTreeMap, path::Path};

use dlc_reload::{Limits, Loader, Reloadable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fixture::{Config, Dir, load, mode, problems, warnings, yaml},
    subprocess::{is_alone, passes, this_binary},
};

#[test]
fn drop_ins_are_read_in_the_order_of_their_names_and_droppings_ignored() {
    let dir = Dir::new();
    dir.write("conf.d/20-b.toml", "motd = 'b'\n[server]\nport = 2");
    dir.write("conf.d/10-a.yaml", "motd: a\nserver: {port: 1}\nratio: 1");
    dir.write("conf.d/30-c.json", r#"{"server": {"port": 3}}"#);
    for dropping in
        ["30-c.json~", ".40.yaml.swp", "4913", "#50.yaml#", ".#60.yaml", "x.tmp", "README"]
    {
        dir.write(&format!("conf.d/{dropping}"), "motd: [broken");
    }
    std::fs::create_dir(dir.join("conf.d/90.yaml")).unwrap();
    let config = load(yaml("{}").directory(dir.join("conf.d")).directory(dir.join("absent.d")));
    assert_eq!((config.flat.motd.as_str(), config.server.port, config.ratio), ("b", 3, 1.0));
}

#[cfg(unix)]
#[test]
fn a_drop_in_directory_may_be_a_link() {
    let dir = Dir::new();
    dir.write("one/a.yaml", "motd: linked");
    std::os::unix::fs::symlink("one", dir.join("conf.d")).unwrap();
    assert_eq!(load(yaml("{}").directory(dir.join("conf.d"))).flat.motd, "linked");
    std::os::unix::fs::symlink("gone", dir.join("other.d")).unwrap();
    assert_eq!(
        dir.strip(&problems(yaml("{}").directory(dir.join("other.d")))),
        "other.d: a symbolic link to a directory that does not exist, create it or remove the link"
    );
    assert_eq!(
        dir.strip(&problems(yaml("{}").directory(dir.join("one/a.yaml")))),
        "one/a.yaml: not a directory, put a directory in its place"
    );
}

#[test]
fn the_values_of_includes_give_way_to_the_file_and_paths_are_relative_to_it() {
    let dir = Dir::new();
    dir.write("shared/base.toml", "include = ['deep/more.json']\nratio = 1\nmotd = 'base'");
    dir.write("shared/deep/more.json", r#"{"ratio": 9, "server": {"port": 9, "host": "deep"}}"#);
    dir.write("last.yaml", "server: {port: 7}");
    let main = dir.write(
        "app/main.yaml",
        "include: [../shared/base.toml, ../last.yaml]\nmotd: main\nsecret: s",
    );
    let config = load(Loader::<Config>::new().file(main));
    assert_eq!((config.flat.motd.as_str(), config.ratio), ("main", 1.0));
    assert_eq!((config.server.port, config.server.host.as_str()), (7, "deep"));
    let origin = config.handle().get().origin("server.host").to_string();
    assert_eq!(dir.strip(&origin), "app/../shared/deep/more.json:1:44");
}

#[test]
fn a_wrong_include_is_refused_where_it_is_written() {
    let dir = Dir::new();
    dir.write("a.yaml", "include: [b.yaml]\nmotd: a");
    dir.write("b.yaml", "include:\n  - a.yaml");
    assert_eq!(
        dir.strip(&problems(yaml("{}").file(dir.join("a.yaml")))),
        "b.yaml:2:5: include: a.yaml includes itself, remove one of the includes"
    );
    dir.write("c.yaml", "include: gone.yaml\nserver: {port: x}");
    assert_eq!(
        dir.strip(&problems(yaml("{}").file(dir.join("c.yaml")))),
        "c.yaml:1:10: include: gone.yaml does not exist, create it or remove it here\n\
         c.yaml:2:16: server.port: invalid type: string \"x\", expected an integer from 0 to 65535"
    );
    dir.write("d.yaml", "include: {a: b}");
    assert_eq!(
        dir.strip(&problems(yaml("{}").file(dir.join("d.yaml")))),
        "d.yaml:1:10: include: expected a list of paths, relative to this file"
    );
    // A text in memory stands nowhere, so nothing is relative to it.
    assert_eq!(
        problems(yaml("include: [a.yaml]")),
        "a:1:1: include: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`"
    );
}

#[test]
fn many_files_are_too_many() {
    let dir = Dir::new();
    for at in 0..5 {
        dir.write(&format!("d/{at}.yaml"), "motd: x");
    }
    let loader = yaml("{}").directory(dir.join("d")).limits(Limits::default().with_files(4));
    assert_eq!(dir.strip(&problems(loader)), "d/4.yaml: more than 4 files, join some");
}

#[test]
fn a_schema_for_editors_is_no_key() {
    assert_eq!(load(yaml("$schema: ./schema.json\nmotd: x")).flat.motd, "x");
    let expected = "a:1:11: server.$schema: unknown key, remove it or write one of `port`, `tags`";
    assert_eq!(problems(yaml("server: {  $schema: x}")), expected.replace("1:11", "1:12"));
}

#[test]
fn an_alias_is_merged_as_the_key_it_stands_for() {
    let config = load(yaml("logging: {max_bytes: 1}").text("yaml", "logging: {max-size: 2}"));
    assert_eq!(config.logging.max_size, Some(2));
    let config = load(yaml("logging: {max-size: 2}").set("logging.max_bytes", 3));
    assert_eq!(config.logging.max_size, Some(3));
    assert_eq!(
        problems(yaml("logging:\n  max-size: 1\n  max_bytes: 2")),
        "a:3:3: `max_bytes` is another name of `max-size`, which is set in line 2: remove one of the two"
    );
}

#[cfg(unix)]
#[test]
fn row_13_what_is_no_file_is_refused_without_blocking() {
    let dir = Dir::new();
    let fifo = dir.join("fifo.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    _ = std::os::unix::net::UnixListener::bind(dir.join("socket.yaml")).unwrap();
    std::fs::create_dir(dir.join("dir.yaml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.join("device.yaml")).unwrap();
    dir.write("large.yaml", "motd: more than ten bytes");
    let loader = yaml("{}")
        .file(fifo)
        .file(dir.join("socket.yaml"))
        .file(dir.join("dir.yaml"))
        .file(dir.join("device.yaml"))
        .file(dir.join("large.yaml"))
        .limits(Limits::default().with_bytes(24));
    let expected = "\
base: larger than 24 bytes, shorten it
fifo.yaml: a pipe, socket or device and not a file, put a regular file in its place
socket.yaml: a pipe, socket or device and not a file, put a regular file in its place
dir.yaml: a directory and not a file, put a regular file in its place
device.yaml: a pipe, socket or device and not a file, put a regular file in its place
large.yaml: larger than 24 bytes, shorten it";
    assert_eq!(dir.strip(&problems(loader)), expected);
}

#[cfg(unix)]
#[test]
fn row_09_links_that_lead_nowhere_fail_and_recover() {
    let dir = Dir::new();
    std::os::unix::fs::symlink("gone.yaml", dir.join("dangling.yaml")).unwrap();
    std::os::unix::fs::symlink("b.yaml", dir.join("a.yaml")).unwrap();
    std::os::unix::fs::symlink("a.yaml", dir.join("b.yaml")).unwrap();
    let loader =
        || yaml("{}").optional_file(dir.join("dangling.yaml")).optional_file(dir.join("a.yaml"));
    let expected = "\
dangling.yaml: a symbolic link to a file that does not exist, create the file or remove the link
a.yaml: a symbolic link that leads back to itself, point it at a file";
    assert_eq!(dir.strip(&problems(loader())), expected);
    dir.write("gone.yaml", "motd: back");
    std::fs::remove_file(dir.join("b.yaml")).unwrap();
    dir.write("b.yaml", "ratio: 2");
    let config = load(loader());
    assert_eq!((config.flat.motd.as_str(), config.ratio), ("back", 2.0));
}

#[cfg(unix)]
#[test]
fn row_15_a_file_that_others_can_change_is_refused() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "motd: x");
    mode(&file, 0o602);
    let refusal = "a.yaml: every user can change it, take that away with `chmod o-w`";
    assert_eq!(dir.strip(&problems(yaml("{}").file(&file))), refusal);
    assert_eq!(load(yaml("{}").file(&file).skip_permission_checks()).flat.motd, "x");
    mode(&file, 0o660);
    assert_eq!(load(yaml("{}").file(&file)).flat.motd, "x", "its group is the process's own");
}

#[cfg(unix)]
#[test]
fn row_15_a_file_of_another_user_or_group_is_refused() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "motd: x");
    // Only root can give files away; without that, there is nothing to test.
    if std::os::unix::fs::chown(&file, Some(4711), None).is_err() {
        return;
    }
    assert_eq!(
        dir.strip(&problems(yaml("{}").file(&file))),
        "a.yaml: owned by user 4711, who is neither root nor the user of this process: give it to one of these with `chown`"
    );
    assert_eq!(load(yaml("{}").file(&file).trust_owner(4711)).flat.motd, "x");
    std::os::unix::fs::chown(&file, Some(0), Some(4712)).unwrap();
    mode(&file, 0o640);
    assert_eq!(load(yaml("{}").file(&file)).flat.motd, "x");
    mode(&file, 0o660);
    assert_eq!(
        dir.strip(&problems(yaml("{}").file(&file))),
        "a.yaml: group 4712 can change it, and this process is not in that group: take that away with `chmod g-w`"
    );
}

#[cfg(unix)]
#[test]
fn row_15_a_secret_that_everyone_can_read_is_warned_about() {
    let dir = Dir::new();
    let file = dir.write("a.yaml", "secret: hunter2");
    let plain = dir.write("b.yaml", "motd: x");
    let unit = dir.write("c.yaml", "sampler: {api-key: hunter2}");
    for file in [&file, &plain, &unit] {
        mode(file, 0o644);
    }
    let warning =
        "every user can read this file, and it holds a secret: take that away with `chmod o-r`";
    let loader = || yaml("{}").file(&file).file(&plain).file(&unit);
    assert_eq!(
        dir.strip(&warnings(loader())),
        format!("a.yaml: warning: {warning}\nc.yaml: warning: {warning}")
    );
    assert_eq!(warnings(loader().allow_readable_secrets()), "");
    mode(&file, 0o640);
    mode(&unit, 0o640);
    assert_eq!(warnings(loader()), "");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Plain {
    #[reload(restart)]
    port: u16,
    #[serde(default, rename = "x-trace")]
    #[reload(restart)]
    trace: bool,
    #[serde(default)]
    #[reload(restart)]
    labels: BTreeMap<String, String>,
    #[serde(flatten)]
    #[reload(restart)]
    rest: BTreeMap<String, u32>,
}

#[test]
fn a_key_that_begins_with_x_is_free_for_anchors_and_notes() {
    let dir = Dir::new();
    let notes = "x-labels: &labels {team: a}\nx-note: [whatever, {is: meant}]\nx-: 1\n";
    let main = format!("{notes}include: [more.toml]\nlabels: *labels\nport: 1\nlimit: 2\n");
    let main = dir.write("a.yaml", main);
    dir.write("more.toml", "x-note = 1979-05-27\nx-trace = true\n[x-more]\na = 1");
    dir.write("conf.d/1.json", r#"{"x-note": null, "port": 2, "X-ray": 3}"#);
    let loader = || Loader::<Plain>::new().file(&main).directory(dir.join("conf.d"));
    let config = load(loader());
    assert_eq!((config.port, config.trace), (2, true));
    assert_eq!(config.labels, BTreeMap::from([("team".to_owned(), "a".to_owned())]));
    let rest = [("X-ray".to_owned(), 3), ("limit".to_owned(), 2)];
    assert_eq!(config.rest, BTreeMap::from(rest));
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
    assert_eq!(problems(yaml("server: {x-note: 1}")).lines().count(), 1, "only at the root");
    assert_eq!(load(yaml("{x-motd: a, motd: b}")).flat.motd, "b");
    let duplicate = problems(yaml("x-a: 1\nx-a: 2"));
    assert!(duplicate.contains("duplicate key `x-a`"), "{duplicate}");
}

/// A flattened struct knows its keys, and keeps one that begins with `x-`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Proxy {
    #[serde(rename = "x-forwarded-for")]
    forwarded_for: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Behind {
    #[serde(flatten)]
    #[reload(restart)]
    proxy: Proxy,
}

#[test]
fn a_field_of_a_flattened_struct_may_begin_with_x() {
    let config = load(Loader::<Behind>::new().text("yaml", "x-forwarded-for: true\nx-note: 1"));
    assert!(config.proxy.forwarded_for);
}

#[test]
fn the_include_key_can_be_renamed_and_switched_off() {
    let dir = Dir::new();
    let main = dir.write("a.yaml", "imports: [b.yaml]\nmotd: a");
    dir.write("b.yaml", "imports: c.yaml\nratio: 1\nmotd: b");
    dir.write("c.yaml", "ratio: 2\nserver: {port: 3}");
    let config = load(yaml("{}").include_key("imports").file(&main));
    assert_eq!((config.flat.motd.as_str(), config.ratio, config.server.port), ("a", 1.0, 3));
    // Its place in the chain does not matter.
    assert_eq!(load(yaml("{}").file(&main).include_key("imports")).server.port, 3);
    dir.write("c.yaml", "include: a.yaml");
    let found = dir.strip(&problems(yaml("{}").include_key("imports").file(&main)));
    assert!(found.starts_with("c.yaml:1:1: include: unknown key"), "{found}");
    dir.write("c.yaml", "imports: [gone.yaml]");
    let found = dir.strip(&problems(yaml("{}").include_key("imports").file(&main)));
    assert!(found.starts_with("c.yaml:1:11: imports: gone.yaml does not exist"), "{found}");
    let note = dir.write("e.yaml", "x-include: [f.yaml]\nmotd: a");
    dir.write("f.yaml", "ratio: 5");
    assert_eq!(load(yaml("{}").include_key("x-include").file(note)).ratio, 5.0);
    let included = dir.write("d.yaml", "include: [b.yaml]");
    let found = dir.strip(&problems(yaml("{}").include_key(None).file(included)));
    assert!(found.starts_with("d.yaml:1:1: include: unknown key"), "{found}");
}

#[cfg(unix)]
#[test]
fn case_18_13_a_secret_that_nobody_else_can_get_at_is_not_warned_about() {
    let dir = Dir::new();
    let warned = |file: &Path| !warnings(yaml("{}").file(file)).is_empty();
    let write = |name: &str| {
        let file = dir.write(name, "secret: hunter2");
        mode(&file, 0o644);
        for above in file.ancestors().skip(1).take_while(|above| *above != dir.path()) {
            mode(above, 0o755);
        }
        file
    };
    let file = write("etc/app/a.yaml");
    assert!(warned(&file));
    mode(&dir.join("etc"), 0o750);
    assert!(!warned(&file), "others may not enter a directory above it");
    mode(&dir.join("etc"), 0o751);
    assert!(warned(&file), "others may not list it, and may enter it");

    // A link does not hide a file that others reach by its own path, nor opens one that they do not.
    let link = dir.join("closed/link.yaml");
    write("closed/b.yaml");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    mode(&dir.join("closed"), 0o700);
    assert!(warned(&link));

    // The kubelet makes all of it readable, and nobody in the container can change that.
    write("map/..2026_11_26_10_00_00.123/a.yaml");
    std::os::unix::fs::symlink("..2026_11_26_10_00_00.123", dir.join("map/..data")).unwrap();
    std::os::unix::fs::symlink("..data/a.yaml", dir.join("map/a.yaml")).unwrap();
    assert!(!warned(&dir.join("map/a.yaml")));
}

#[cfg(unix)]
#[test]
fn case_18_13_a_checkout_in_development_is_not_warned_about() {
    if !is_alone() {
        let name = "files::case_18_13_a_checkout_in_development_is_not_warned_about";
        let mut command = this_binary(name);
        command.env("DLC_ENV", "development");
        return passes(command);
    }
    let dir = Dir::new();
    let file = dir.write("a.yaml", "secret: hunter2");
    mode(&file, 0o644);
    assert_eq!(warnings(yaml("{}").file(&file)), "");
}
