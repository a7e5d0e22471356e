//! TOML that is broken, or that says something else than was meant.

use super::check;

#[test]
fn the_message_is_exact() {
    check(
        "toml",
        &[
            (
                "motd: hello",
                "a:1:5: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`, write `key = value`",
            ),
            (
                "server:\n  port: 80",
                "a:1:7: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`, write `key = value`\na:2:9: invalid TOML: key with no value, expected `=`",
            ),
            (
                "motd = 'it's'",
                "a:1:12: invalid TOML: unexpected key or value, expected newline, `#`, write one value to a line, and a text in quotes",
            ),
            (
                "[server]]",
                "a:1:9: invalid TOML: unexpected key or value, expected newline, `#`, write one value to a line, and a text in quotes",
            ),
            (
                "server = {port: 1}",
                "a:1:15: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`, write `key = value`",
            ),
            (
                "[server]\ntags = [\"a\", \"b\"",
                "a:2:17: invalid TOML: unclosed array, expected `]`",
            ),
            (
                "[logging]\njson = True",
                "a:2:8: invalid TOML: invalid boolean, write `true` or `false` in lower case",
            ),
            (
                "[logging]\nlevel = info",
                "a:2:9: invalid TOML: string values must be quoted, expected literal string",
            ),
            ("motd = null", "a:1:8: invalid TOML: there is no null in TOML, remove the key"),
            (
                "ratio = .5",
                "a:1:9: invalid TOML: invalid mantissa, expected digits, write one before and after the point",
            ),
            (
                "ratio = 1,5",
                "a:1:10: invalid TOML: unexpected key or value, expected newline, `#`, write one value to a line, and a text in quotes",
            ),
            (
                "[server]\nport = 080",
                "a:2:8: invalid TOML: unexpected leading zero, expected nothing",
            ),
            (
                "[server]\nport = 80,",
                "a:2:10: invalid TOML: unexpected key or value, expected newline, `#`, write one value to a line, and a text in quotes",
            ),
            (
                "[server]\nport = ${PORT}",
                "a:2:8: invalid TOML: string values must be quoted, expected literal string",
            ),
            (
                "[server]\nport = {{ port }}",
                "a:2:9: invalid TOML: missing key for inline table element, expected key",
            ),
            (
                "server..port = 1",
                "a:1:8: invalid TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
            ),
            ("motd = \"a\nb\"", "a:1:10: invalid TOML: invalid basic string, expected `\"`"),
            (
                "motd = \"C:\\dir\"",
                "a:1:12: invalid TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`, write `\\\\` for a backslash or use single quotes",
            ),
            (
                "motd = \"C:\\Users\"",
                "a:1:13: invalid TOML: too few unicode value digits, expected unicode hexadecimal value, write `\\\\` for a backslash or use single quotes",
            ),
            (
                "motd = 1979-13-01",
                "a:1:8: invalid TOML: invalid date, expected month between 01 and 12",
            ),
            (
                "motd = 25:00:00",
                "a:1:8: invalid TOML: invalid time, expected hour between 00 and 23",
            ),
            (
                "server = 1\nserver.port = 2",
                "a:2:1: invalid TOML: cannot extend value of type integer with a dotted key",
            ),
            (
                "// c\nmotd = \"x\"",
                "a:1:1: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`, and a comment begins with `#`",
            ),
            (
                "<<<<<<< HEAD\nmotd = \"a\"\n=======\nmotd = \"b\"\n>>>>>>> theirs",
                "a:1:1: invalid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`; line 1 is the mark of a merge conflict, resolve it",
            ),
            ("motd == 1", "a:1:7: invalid TOML: extra `=`, expected nothing"),
            (
                "[server] port = 1",
                "a:1:10: invalid TOML: unexpected key or value, expected newline, `#`, write one value to a line, and a text in quotes",
            ),
            (
                "[server]\nport = 1\nmotd = \"x\"",
                "a:3:1: server.motd: unknown key, remove it or write one of `tags`",
            ),
            (
                "motd = 10.0.0.1",
                "a:1:12: invalid TOML: invalid float, expected nothing, put a text into quotes",
            ),
            (
                "motd = 10s",
                "a:1:8: invalid TOML: string values must be quoted, expected literal string",
            ),
            (
                "{\"motd\": \"x\"}",
                "a:1:1: invalid TOML: invalid key-value pair, expected key, write `key = value`, and no brackets around the whole",
            ),
            ("motd 1", "a:1:6: invalid TOML: key with no value, expected `=`"),
        ],
    );
}
