//! Problems with the lines they are about, in which every possible secret is masked.

use dlc_reload::Loader;

use crate::fixture::{Config, Dir, refused, yaml};

#[test]
fn every_problem_has_its_line() {
    let dir = Dir::new();
    let loader = yaml("{}")
        .file(dir.write("a.yaml", "server:\n  port: 70000 # too large\n  tags: [1, {}]\nratoi: 1"))
        .file(dir.write("b.toml", "[logging]\nlevel = \"verbose\"\njson = 5"))
        .set("ratio", "x");
    let error = refused(loader);
    let expected = "\
error: server.port: invalid value: integer `70000`, expected an integer from 0 to 65535
 --> a.yaml:2:9
  |
2 |   port: 70000 
  |         ^^^^^

error: server.tags[1]: invalid type: map, expected a string
 --> a.yaml:3:13
  |
3 |   tags: [1, {}]
  |             ^

error: ratoi: unknown key, did you mean `ratio`?
 --> a.yaml:4:1
  |
4 | ratoi: [redacted]
  | ^^^^^

error: logging.level: unknown variant `verbose`, expected one of `debug`, `info`
 --> b.toml:2:9
  |
2 | level = \"verbose\"
  |         ^^^^^^^^^

error: logging.json: invalid type: integer `5`, expected `true` or `false`
 --> b.toml:3:8
  |
3 | json = 5
  |        ^

error: override: ratio: invalid type: string \"x\", expected a number";
    assert_eq!(dir.strip(&error.excerpts().to_string()), expected);
    assert!(error.excerpts().colored(true).to_string().contains("\u{1b}["));
}

#[test]
fn the_lines_of_a_text_that_does_not_parse_show_the_names_of_fields_only() {
    let dir = Dir::new();
    let cases = [
        ("a.yaml", "motd: [x", "1 | motd: [redacted]\n"),
        ("b.yaml", "secret: [hunter2", "1 | secret: [redacted]\n"),
        ("c.yaml", "secrt: 'hunter2", "1 | [redacted]\n"),
        ("d.json", "{\"motd\": \"x\", \"secret\": \"hunter2\", }", "1 | {\"motd\": [redacted]\n"),
        ("e.toml", "secret = hunter2", "1 | secret = [redacted]\n"),
        ("f.yaml", "secret: |\n  hunter2\n hunter2 {", "3 |  [redacted]\n"),
        ("g.yaml", "secret: hunter2: x", "1 | secret: [redacted]\n"),
        ("h.yaml", "motd: x\n- hunter2: x", "2 | - [redacted]\n"),
    ];
    for (name, content, expected) in cases {
        let error = refused(Loader::<Config>::new().file(dir.write(name, content)));
        let found = error.excerpts().to_string();
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn no_secret_is_in_a_line() {
    let dir = Dir::new();
    let cases = [
        ("a.yaml", "server: {port: x, hst: 1}\nsecret: hunter2"),
        ("b.yaml", "{secret: hunter2, ratio: x}"),
        ("c.yaml", "{secret: \"a\n  hunter2, ratio: \", ratio: x}"),
        ("d.yaml", "secret: [hunter2]"),
        ("e.yaml", "sampler: {api-key: hunter2, ratio: x}"),
        ("f.yaml", "ratio: x # the password is hunter2"),
        ("g.yaml", "secret: a\nsecret: hunter2"),
        ("h.json", "{\"secret\": {\"motd\": \"hunter2\"}}"),
        ("i.toml", "secret = \"\"\"\nhunter2\"\"\"\nratio = 'x'"),
        ("j.yaml", "token: hunter2"),
        ("k.yaml", "server: hunter2"),
        ("l.yaml", "labels: {secret: hunter2}\nsecret: hunter2"),
    ];
    for (name, content) in cases {
        let error = refused(Loader::<Config>::new().file(dir.write(name, content)));
        let found = error.excerpts().to_string();
        // A value of `labels` is shown; that it is the secret as well, the messages must not say.
        assert!(!found.contains("hunter2"), "{name}: {found}");
    }
}

#[test]
fn a_list_shows_its_harmless_items() {
    let error = refused(yaml("server: {tags: [1, x, {}]}"));
    let found = error.excerpts().to_string();
    assert!(found.contains("1 | server: {tags: [1, x, {}]}"), "{found}");
}
