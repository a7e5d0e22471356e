//! JSON that is broken, or that says something else than was meant.

use super::check;

#[test]
fn the_message_is_exact() {
    check(
        "json",
        &[
            (
                "{\"motd\": \"x\", # c\n \"ratio\": 1}",
                "a:1:15: invalid JSON: unexpected token, comments are not allowed",
            ),
            (
                "{\"motd\": \"x\",, \"ratio\": 1}",
                "a:1:14: invalid JSON: unexpected token in object",
            ),
            (
                "{\"motd\": x}",
                "a:1:10: invalid JSON: unexpected token, put a text into double quotes",
            ),
            (
                "{\"logging\": {\"json\": True}}",
                "a:1:22: invalid JSON: unexpected token, write `true`, `false` and `null` in lower case",
            ),
            ("{\"motd\": None}", "a:1:10: invalid JSON: unexpected token, write `null`"),
            (
                "{\"ratio\": 1.}",
                "a:1:11: invalid JSON: leading or trailing decimal points on numbers are not allowed",
            ),
            (
                "{\"ratio\": 1e}",
                "a:1:13: invalid JSON: expected plus, minus, or digit in number literal",
            ),
            ("{\"ratio\": --1}", "a:1:12: invalid JSON: expected digit following negative sign"),
            (
                "{\"ratio\": Infinity}",
                "a:1:11: invalid JSON: unexpected token, which is no number in JSON",
            ),
            (
                "{\"ratio\": 1,5}",
                "a:1:13: invalid JSON: expected string for object property, put the key into double quotes",
            ),
            (
                "{\"server\": {\"port\": 080}}",
                "a:1:22: invalid JSON: expected comma, and a number has no leading zero",
            ),
            (
                "{\"server\": {\"port\": 80\n\"host\": \"x\"}}",
                "a:1:23: invalid JSON: expected comma",
            ),
            (
                "{\"motd\": \"\\x41\"}",
                "a:1:11: invalid JSON: invalid escape, write `\\\\` for a backslash",
            ),
            ("{\"motd\": \"\\u12\"}", "a:1:11: invalid JSON: expected four hex digits"),
            (
                "{\"motd\": \"C:\\dir\"}",
                "a:1:13: invalid JSON: invalid escape, write `\\\\` for a backslash",
            ),
            (
                "{\"motd\": “x”}",
                "a:1:10: invalid JSON: unexpected token; line 1, column 10 is a curly quote (U+201C), replace it",
            ),
            ("motd: x", "a:1:1: invalid JSON: unexpected word, begin with `{`"),
            (
                "\"motd\": \"x\", \"ratio\": 1",
                "a:1:7: invalid JSON: text cannot contain more than one JSON value, put braces around the whole",
            ),
            ("{\"motd\": \"x\"]", "a:1:13: invalid JSON: unexpected token in object"),
            (
                "{\"motd\": \"x\"}}",
                "a:1:14: invalid JSON: text cannot contain more than one JSON value",
            ),
            (
                "{\"server\": {\"tags\": [\"a\", ]}}",
                "a:1:25: invalid JSON: trailing commas are not allowed",
            ),
            (
                "{\"server\": {\"tags\": [\"a\", \"b\"}}",
                "a:1:30: invalid JSON: unexpected close brace",
            ),
            ("{\"server\": {\"port\": ${PORT}}}", "a:1:21: invalid JSON: unexpected token"),
            (
                "{\"server\": {\"port\": \"${PORT}\"}}",
                "a:1:21: server.port: invalid type: string \"${PORT}\", expected an integer from 0 to 65535",
            ),
            (
                "{\"server\": {\"port\": 80.0}}",
                "a:1:21: server.port: invalid type: float `80.0`, expected an integer from 0 to 65535",
            ),
            (
                "{1: 2}",
                "a:1:2: invalid JSON: expected string for object property, put the key into double quotes",
            ),
            (
                "{\n<<<<<<< HEAD\n\"motd\": \"a\"\n=======\n\"motd\": \"b\"\n>>>>>>> x\n}",
                "a:2:1: invalid JSON: unexpected token; line 2 is the mark of a merge conflict, resolve it",
            ),
            (
                "{\"motd\": \"x\ny\"}",
                "a:1:12: invalid JSON: U+000A inside of a string, write it as `\\n`",
            ),
            ("{\"secret\": 5}", "a:1:12: secret: invalid type: integer, expected a string"),
        ],
    );
}
