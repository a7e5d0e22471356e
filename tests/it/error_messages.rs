//! Broken inputs in three formats, each with its exact message.

use std::num::{NonZeroI8, NonZeroI64, NonZeroU16, NonZeroUsize};

use dlc_reload::{Loader, Reloadable, source::Text};
use serde::{Deserialize, Serialize};

use crate::fixture::{BASE, Config, problems};

/// Checks the message with which each text over `BASE` is refused; messages call the text `a`.
pub(crate) fn check(format: &'static str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let base = Loader::<Config>::new().text("yaml", BASE);
        let found = problems(base.source(Text::new(format, *text).named("a")));
        assert_eq!(found, *expected, "{text:?}");
    }
}

#[test]
fn broken_yaml_is_refused_with_the_exact_message() {
    check(
        "yaml",
        &[
            ("", "a: holds no keys, write `{}` if that is meant"),
            ("# nothing\n", "a: holds no keys, write `{}` if that is meant"),
            ("---\n", "a: holds no keys, write `{}` if that is meant"),
            ("null", "a: holds no keys, write `{}` if that is meant"),
            ("motd", "a:1:1: expected a map of keys, found a string"),
            ("- a\n- b", "a:1:1: expected a map of keys, found a list"),
            ("42", "a:1:1: expected a map of keys, found an integer"),
            ("motd: [a", "a:1:7: invalid YAML: unclosed bracket '['"),
            ("motd: {a: 1", "a:1:7: invalid YAML: unclosed bracket '{'"),
            ("motd: \"a", "a:1:7: invalid YAML: unclosed quote"),
            ("motd: 'a", "a:1:7: invalid YAML: unclosed quote"),
            (
                "motd: a: b",
                "a:1:8: invalid YAML: mapping values are not allowed in this context, indent this key as those beside it, or quote a text with `: ` in it",
            ),
            (
                "server:\n  port: 1\n host: x",
                "a:3:2: invalid YAML: while parsing a block mapping, did not find expected key, indent this line as those beside it",
            ),
            (
                "server:\n\tport: 1",
                "a:2:2: invalid YAML: tabs disallowed within this context (block indentation), indent with spaces",
            ),
            (
                "motd: *unknown",
                "a:1:7: no anchor has this name before, correct it (a text that starts with `*` needs quotes)",
            ),
            (
                "sampler: {limits: {a: -1, b: x, c: 1, d: []}}",
                "a:1:23: sampler.limits.a: invalid value: integer `-1`, expected an integer from 0 to 4294967295\na:1:30: sampler.limits.b: invalid type: string \"x\", expected an integer from 0 to 4294967295\na:1:42: sampler.limits.d: invalid type: list, expected an integer from 0 to 4294967295",
            ),
            (
                "server: {tags: [[], a, {}]}",
                "a:1:17: server.tags[0]: invalid type: list, expected a string\na:1:24: server.tags[2]: invalid type: map, expected a string",
            ),
            (
                "motd: !custom x",
                "a:1:15: this tag means nothing here, remove it (a text that starts with `!` needs quotes)",
            ),
            ("ratio: !!int x", "a:1:14: the value does not fit its tag `!!int`"),
            (
                "a: 1\n---\nb: 2",
                "a:2:1: a second document starts here: keep one document to a file",
            ),
            ("? [a, b]\n: 1", "a:1:3: a key has to be a single value"),
            (
                "motd: @x",
                "a:1:7: invalid YAML: unexpected character: `@', quote a text that starts with it",
            ),
            (
                "motd: `x`",
                "a:1:7: invalid YAML: unexpected character: ``', quote a text that starts with it",
            ),
            ("%YAML 3.0\n---\nmotd: x", "a:1:1: invalid YAML: unsupported YAML major version"),
            ("<<: 5\nmotd: x", "a:1:5: `<<` takes a map or a list of maps"),
            ("labels: {<<: [1]}", "a:1:14: `<<` takes a map or a list of maps"),
            (
                "motd: \"\\q\"",
                "a:1:7: invalid YAML: while parsing a quoted scalar, found unknown escape character, write `\\\\` for a backslash or use single quotes",
            ),
            (
                "motd: x\nmotd: y",
                "a:2:1: duplicate key `motd`, it is already set in line 1: remove one of the two",
            ),
            (
                "server: {port: 1, port: 2}",
                "a:1:19: duplicate key `port`, it is already set in line 1: remove one of the two",
            ),
            ("labels: &a {x: *a}", "a:1:16: this alias stands inside of what it names"),
            (
                "server: []",
                "a:1:9: server: a list here, but a map in text:1:9, write the same kind in both",
            ),
            (
                "server: text",
                "a:1:9: server: a string here, but a map in text:1:9, write the same kind in both",
            ),
            (
                "server: {port: -1}",
                "a:1:16: server.port: invalid value: integer `-1`, expected an integer from 0 to 65535",
            ),
            (
                "server: {port: 65536}",
                "a:1:16: server.port: invalid value: integer `65536`, expected an integer from 0 to 65535",
            ),
            (
                "server: {port: 1.5}",
                "a:1:16: server.port: invalid type: float `1.5`, expected an integer from 0 to 65535",
            ),
            (
                "server: {port: \"80\"}",
                "a:1:16: server.port: invalid type: string \"80\", expected an integer from 0 to 65535",
            ),
            (
                "server: {port: 99999999999999999999999999999999999999999}",
                "a:1:16: server.port: invalid value: value `99999999999999999999999999999999999999999`, expected an integer from 0 to 65535",
            ),
            (
                "server: {tags: a}",
                "a:1:16: server.tags: invalid type: string \"a\", expected a list",
            ),
            (
                "server: {tags: [1, [2]]}",
                "a:1:20: server.tags[1]: invalid type: list, expected a string",
            ),
            ("server: {tags: {a: b}}", "a:1:16: server.tags: invalid type: map, expected a list"),
            (
                "logging: {level: INFO}",
                "a:1:18: logging.level: unknown variant `INFO`, did you mean `info`?",
            ),
            (
                "logging: {level: 1}",
                "a:1:18: logging.level: unknown variant `1`, expected one of `debug`, `info`",
            ),
            (
                "logging: {level: {debug: 1}}",
                "a:1:26: logging.level.debug: invalid type: integer, expected nothing",
            ),
            (
                "logging: {json: yes}",
                "a:1:17: logging.json: invalid type: string \"yes\", expected `true` or `false`",
            ),
            (
                "logging: {json: 1}",
                "a:1:17: logging.json: invalid type: integer `1`, expected `true` or `false`",
            ),
            (
                "labels: {a: b, c: -1}",
                "a:1:13: labels.a: invalid type: string \"b\", expected an integer from 0 to 4294967295\na:1:19: labels.c: invalid value: integer `-1`, expected an integer from 0 to 4294967295",
            ),
            ("labels: [a]", "a:1:9: labels: invalid type: list, expected a map"),
            ("ratio: .nan", "a:1:8: ratio: invalid value: float `NaN`, expected a number"),
            ("ratio: 1e999", "a:1:8: ratio: invalid value: value `1e999`, expected a number"),
            ("ratio: ten", "a:1:8: ratio: invalid type: string \"ten\", expected a number"),
            ("secret: null", "a:1:9: secret: required, but no source sets it"),
            ("server: {host: null}", "a:1:16: server.host: required, but no source sets it"),
            ("srever: {port: 1}", "a:1:1: srever: unknown key, did you mean `server`?"),
            ("server: {prot: 1}", "a:1:10: server.prot: unknown key, did you mean `port`?"),
            ("logging: {levle: info}", "a:1:11: logging.levle: unknown key, did you mean `level`?"),
            (
                "1: a",
                "a:1:1: 1: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`",
            ),
            (
                "server:",
                "a:1:7: server.host: required, but no source sets it\na:1:7: warning: server: `null` here erases the map in text:1:9, remove this key unless that is meant",
            ),
            ("logging: {max-size: 13}", "a:1:21: logging.max-size: must not be 13"),
            (
                "logging: {max-size: 70000}",
                "a:1:21: logging.max-size: invalid value: integer `70000`, expected an integer from 0 to 65535",
            ),
            (
                "sampler: {ratio: x}",
                "a:1:18: sampler.ratio: invalid type: string \"x\", expected a number",
            ),
            (
                "sampler: {api-key: 5, sampler-type: [x]}",
                "a:1:37: sampler.sampler-type: invalid type: list, expected a string",
            ),
        ],
    );
}

#[test]
fn broken_toml_is_refused_with_the_exact_message() {
    check(
        "toml",
        &[
            ("", "a: holds no keys, remove the source if that is meant"),
            ("# nothing", "a: holds no keys, remove the source if that is meant"),
            ("motd", "a:1:5: invalid TOML: key with no value, expected `=`"),
            (
                "motd =",
                "a:1:7: invalid TOML: string values must be quoted, expected literal string",
            ),
            (
                "motd = x",
                "a:1:8: invalid TOML: string values must be quoted, expected literal string",
            ),
            ("motd = \"x", "a:1:10: invalid TOML: invalid basic string, expected `\"`"),
            ("motd = 'x", "a:1:10: invalid TOML: invalid literal string, expected `'`"),
            (
                "motd = \"\\q\"",
                "a:1:10: invalid TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`, write `\\\\` for a backslash or use single quotes",
            ),
            ("[server", "a:1:8: invalid TOML: unclosed table, expected `]`"),
            (
                "[server]\nport = 1\nport = 2",
                "a:3:1: duplicate key `port`, it is already set in line 2: remove one of the two",
            ),
            (
                "[server]\n[server]",
                "a:2:2: duplicate key `server`, it is already set in line 1: remove one of the two",
            ),
            (
                "server.port = 1\n[server]\nhost = \"x\"",
                "a:2:2: duplicate key `server`, it is already set in line 1: remove one of the two",
            ),
            ("a = [1, 2", "a:1:10: invalid TOML: unclosed array, expected `]`"),
            ("a = {b = 1", "a:1:11: invalid TOML: unclosed inline table, expected `}`"),
            ("ratio = 01", "a:1:9: invalid TOML: unexpected leading zero, expected nothing"),
            (
                "ratio = 1__0",
                "a:1:10: invalid TOML: `_` may only go between digits, expected nothing",
            ),
            ("ratio = nan", "a:1:9: ratio: invalid value: float `NaN`, expected a number"),
            (
                "[server]\nport = 70000",
                "a:2:8: server.port: invalid value: integer `70000`, expected an integer from 0 to 65535",
            ),
            (
                "[server]\nport = \"80\"",
                "a:2:8: server.port: invalid type: string \"80\", expected an integer from 0 to 65535",
            ),
            (
                "ratio = 1979-05-27",
                "a:1:9: ratio: invalid type: string \"1979-05-27\", expected a number",
            ),
            (
                "[[server]]\nport = 1",
                "a:1:1: server: a list here, but a map in text:1:9, write the same kind in both",
            ),
            (
                "[logging]\nlevel = \"verbose\"\njson = \"no\"",
                "a:2:9: logging.level: unknown variant `verbose`, expected one of `debug`, `info`\na:3:8: logging.json: invalid type: string \"no\", expected `true` or `false`",
            ),
            (
                "[labels]\na = 1.0",
                "a:2:5: labels.a: invalid type: float `1.0`, expected an integer from 0 to 4294967295",
            ),
            (
                "tags = 1\n[server]\nprt = 1",
                "a:1:1: tags: unknown key, remove it or write one of `logging`, `labels`, `sampler`, `ratio`, `motd`\na:3:1: server.prt: unknown key, did you mean `port`?",
            ),
            (
                "motd = \"\"\"a",
                "a:1:12: invalid TOML: invalid multi-line basic string, expected `\"`",
            ),
            (
                "= 1",
                "a:1:1: invalid TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
            ),
            (
                "server.port = 99999999999999999999",
                "a:1:15: server.port: invalid value: value `99999999999999999999`, expected an integer from 0 to 65535",
            ),
        ],
    );
}

#[test]
fn broken_json_is_refused_with_the_exact_message() {
    check(
        "json",
        &[
            ("", "a: holds no keys, write `{}` if that is meant"),
            (" \n", "a: holds no keys, write `{}` if that is meant"),
            ("null", "a: holds no keys, write `{}` if that is meant"),
            ("[]", "a:1:1: expected a map of keys, found a list"),
            ("\"x\"", "a:1:1: expected a map of keys, found a string"),
            ("{", "a:1:1: invalid JSON: unterminated object"),
            (
                "{\"motd\"}",
                "a:1:8: invalid JSON: expected colon after the string or word in object property",
            ),
            ("{\"motd\": }", "a:1:10: invalid JSON: unexpected close brace"),
            ("{\"motd\": \"x\",}", "a:1:13: invalid JSON: trailing commas are not allowed"),
            (
                "{motd: \"x\"}",
                "a:1:2: invalid JSON: expected string for object property, put the key into double quotes",
            ),
            ("{'motd': 'x'}", "a:1:2: invalid JSON: single-quoted strings are not allowed"),
            ("{\"motd\": \"x\" \"ratio\": 1}", "a:1:13: invalid JSON: expected comma"),
            (
                "{\"motd\": \"x\"} {}",
                "a:1:15: invalid JSON: text cannot contain more than one JSON value",
            ),
            (
                "{\"motd\": \"x\\q\"}",
                "a:1:12: invalid JSON: invalid escape, write `\\\\` for a backslash",
            ),
            ("{\"motd\": \"x", "a:1:10: invalid JSON: unterminated string literal"),
            (
                "{\"ratio\": 01}",
                "a:1:12: invalid JSON: expected comma, and a number has no leading zero",
            ),
            ("{\"ratio\": +1}", "a:1:11: invalid JSON: unary plus on numbers is not allowed"),
            (
                "{\"ratio\": NaN}",
                "a:1:11: invalid JSON: unexpected token, which is no number in JSON",
            ),
            ("{\"ratio\": 0x10}", "a:1:11: invalid JSON: hexadecimal numbers are not allowed"),
            (
                "{\"ratio\": .5}",
                "a:1:11: invalid JSON: leading or trailing decimal points on numbers are not allowed",
            ),
            ("{\"motd\": \"x\"} // a comment", "a:1:15: invalid JSON: comments are not allowed"),
            (
                "{\"motd\": 1, \"motd\": 2}",
                "a:1:10: motd: invalid type: integer `1`, expected a string\na:1:13: duplicate key `motd`, it is already set in line 1: remove one of the two",
            ),
            (
                "{\"server\": {\"port\": \"80\", \"host\": 1}}",
                "a:1:21: server.port: invalid type: string \"80\", expected an integer from 0 to 65535\na:1:35: server.host: invalid type: integer `1`, expected a string",
            ),
            (
                "{\"server\": {\"port\": 65536}}",
                "a:1:21: server.port: invalid value: integer `65536`, expected an integer from 0 to 65535",
            ),
            (
                "{\"labels\": {\"a\": \"1\"}}",
                "a:1:18: labels.a: invalid type: string \"1\", expected an integer from 0 to 4294967295",
            ),
            (
                "{\"logging\": {\"level\": null, \"json\": 0}}",
                "a:1:37: logging.json: invalid type: integer `0`, expected `true` or `false`",
            ),
            (
                "{\"ratio\": 1e999}",
                "a:1:11: ratio: invalid value: value `1e999`, expected a number",
            ),
            ("{\"mtod\": \"x\"}", "a:1:2: mtod: unknown key, did you mean `motd`?"),
        ],
    );
}

/// Ten mistakes in three files and one variable: ten problems at ten places, in one run.
#[test]
fn ten_mistakes_in_three_files_and_one_variable() {
    let dir = crate::fixture::Dir::new();
    let one = "server:\n  host: 1\n  port: 70000\nserver:\n  tags: []\nratoi: 2\n";
    let two = "[logging]\nmax-size = 13\n\n[sampler]\nratio = \"x\"\nlimits = { a = -1 }\n";
    let three = "{\n  \"labels\": [1],\n  \"secret\": {\"hunter2\": 1},\n  \"mtod\": null\n}\n";
    let loader = Loader::<Config>::new()
        .file(dir.write("one.yaml", one))
        .file(dir.write("two.toml", two))
        .file(dir.write("three.json", three))
        .source(dlc_reload::source::Env::new("T").of([("T_SAMPLER__LIMITS__X", "no")]));
    let found = dir.strip(&problems(loader));
    let expected = "\
one.yaml:3:9: server.port: invalid value: integer `70000`, expected an integer from 0 to 65535
one.yaml:4:1: duplicate key `server`, it is already set in line 1: remove one of the two
one.yaml:6:1: ratoi: unknown key, did you mean `ratio`?
two.toml:2:12: logging.max-size: must not be 13
two.toml:5:9: sampler.ratio: invalid type: string \"x\", expected a number
two.toml:6:16: sampler.limits.a: invalid value: integer `-1`, expected an integer from 0 to 4294967295
three.json:2:13: labels: invalid type: list, expected a map
three.json:3:13: secret: invalid type: map, expected a string
three.json:4:3: mtod: unknown key, did you mean `motd`?
environment variable T_SAMPLER__LIMITS__X: sampler.limits.x: invalid type: string \"no\", expected an integer from 0 to 4294967295";
    assert_eq!(found, expected);
}

#[derive(Clone, Serialize, Deserialize, Reloadable)]
struct Nonzero {
    #[reload(hot, live)]
    workers: NonZeroU16,
    #[reload(hot, live)]
    bytes: NonZeroUsize,
    #[reload(hot, live)]
    offset: NonZeroI8,
    #[reload(hot, live)]
    shift: NonZeroI64,
}

#[test]
fn an_integer_that_may_not_be_zero_is_explained_without_a_type_of_rust() {
    let text = "workers: 0\nbytes: 0\noffset: 0\nshift: many\n";
    let expected = "\
text:1:10: workers: invalid value: integer `0`, expected an integer from 1 to 65535
text:2:8: bytes: invalid value: integer `0`, expected an integer from 1
text:3:9: offset: invalid value: integer `0`, expected an integer from -128 to 127 other than 0
text:4:8: shift: invalid type: string \"many\", expected an integer other than 0";
    assert_eq!(problems(Loader::<Nonzero>::new().text("yaml", text)), expected);
}
