//! YAML that is broken, or that says something else than was meant.

use super::check;

#[test]
fn the_message_is_exact() {
    check(
        "yaml",
        &[
            (
                "server: {port:8080}",
                "a:1:10: a key without a value, write `key: value` with a space after the colon",
            ),
            (
                "labels: {a 1}",
                "a:1:10: a key without a value, write `key: value` with a space after the colon",
            ),
            (
                "labels: {a: 1 b: 2}",
                "a:1:16: invalid YAML: while parsing a flow mapping, did not find expected ',' or '}'",
            ),
            (
                "labels: {a: 1}}",
                "a:1:15: invalid YAML: misplaced bracket, remove it or quote the text that it is in",
            ),
            ("labels: {a: 1]", "a:1:9: invalid YAML: mismatched bracket '{' closed by ']'"),
            (
                "server: {tags: [a, b}}",
                "a:1:16: invalid YAML: mismatched bracket '[' closed by '}'",
            ),
            (
                "server\n  port: 1",
                "a:2:7: invalid YAML: mapping values are not allowed in this context, indent this key as those beside it, or quote a text with `: ` in it",
            ),
            (
                "[server]\nport = 1",
                "a:2:1: invalid YAML: did not find expected <document start>, indent this line as the first key, and keep to one format",
            ),
            (
                "motd: 'it's'",
                "a:1:11: invalid YAML: invalid trailing content after single-quoted scalar, remove it, or write `''` for a quote inside of the text",
            ),
            (
                "motd: \"x\" y",
                "a:1:11: invalid YAML: invalid trailing content after double-quoted scalar, remove it, or write `\\\"` for a quote inside of the text",
            ),
            (
                "logging:\n  level: \"info\n  json: true\nserver:\n  host: \"a\"",
                "a:5:10: invalid YAML: invalid trailing content after double-quoted scalar, which begins in line 2: close it there, remove it, or write `\\\"` for a quote inside of the text",
            ),
            (
                "motd: 'x\nserver: {host: 'a'}",
                "a:2:17: invalid YAML: invalid trailing content after single-quoted scalar, which begins in line 1: close it there, remove it, or write `''` for a quote inside of the text",
            ),
            (
                "motd: \"C:\\dir\"",
                "a:1:7: invalid YAML: while parsing a quoted scalar, found unknown escape character, write `\\\\` for a backslash or use single quotes",
            ),
            (
                "motd: \"C:\\Users\"",
                "a:1:7: invalid YAML: while parsing a quoted scalar, did not find expected hexadecimal number, write `\\\\` for a backslash or use single quotes",
            ),
            (
                "server:\n  tags: a, b",
                "a:2:9: server.tags: invalid type: string \"a, b\", expected a list",
            ),
            (
                "server:\n  tags:\n    -a\n    -b",
                "a:3:5: server.tags: invalid type: string \"-a -b\", expected a list",
            ),
            (
                "server:\n  tags:\n    - a\n   - b",
                "a:4:4: invalid YAML: while parsing a block mapping, did not find expected key, indent this line as those beside it",
            ),
            (
                "server:\n  tags:\n    - a\n    b",
                "a:4:5: invalid YAML: simple key expected ':', write `key: value`, or indent a text that goes on here",
            ),
            ("ratio: 1,5", "a:1:8: ratio: invalid type: string \"1,5\", expected a number"),
            (
                "server: {port: 1_000}",
                "a:1:16: server.port: invalid type: string \"1_000\", expected an integer from 0 to 65535",
            ),
            (
                "server: {port: 080}",
                "a:1:16: server.port: an integer with a leading zero, write `80`",
            ),
            (
                "server: {port: 0644}",
                "a:1:16: server.port: an integer with a leading zero is read in two ways, write `0o644` (octal) or `644` (decimal)",
            ),
            (
                "server: {port: 1e3}",
                "a:1:16: server.port: invalid type: float `1000.0`, expected an integer from 0 to 65535",
            ),
            (
                "server:\n  port: ${PORT}",
                "a:2:9: server.port: invalid type: string \"${PORT}\", expected an integer from 0 to 65535",
            ),
            (
                "server:\n  port: {{ .Values.port }}",
                "a:2:10: a key has to be a single value: nothing has filled in the template `{{ … }}`, or it needs quotes",
            ),
            (
                "{% if x %}\nmotd: x",
                "a:1:2: invalid YAML: unexpected character: `%', quote a text that starts with it",
            ),
            (
                "logging: {json: \"true\"}",
                "a:1:17: logging.json: invalid type: string \"true\", expected `true` or `false`",
            ),
            (
                "logging: {level: ''}",
                "a:1:18: logging.level: unknown variant ``, expected one of `debug`, `info`",
            ),
            ("logging:\n- level: info", "a:2:3: logging: invalid type: list, expected a map"),
            ("secret: [hunter2]", "a:1:9: secret: invalid type: list, expected a string"),
            (
                "motd: %x",
                "a:1:7: invalid YAML: unexpected character: `%', quote a text that starts with it",
            ),
            (
                "motd: ]",
                "a:1:7: invalid YAML: misplaced bracket, remove it or quote the text that it is in",
            ),
            (
                "motd: > text",
                "a:1:7: invalid YAML: while scanning a block scalar, did not find expected comment or line break, write the text below, or quote one that starts with `|` or `>`",
            ),
            (
                "motd: ? x",
                "a:1:7: invalid YAML: mapping keys are not allowed in this context, quote a text that starts with `? `",
            ),
            (
                "motd: - x",
                "a:1:7: invalid YAML: block sequence entries are not allowed in this context, write a list below its key, and quote a text that starts with `- `",
            ),
            (
                "motd: !x",
                "a:1:9: this tag means nothing here, remove it (a text that starts with `!` needs quotes)",
            ),
            (
                "motd: &x",
                "a:1:7: an anchor on nothing, remove it (a text that starts with `&` needs quotes)",
            ),
            (
                "motd: *",
                "a:1:7: invalid YAML: while scanning an anchor or alias, did not find expected alphabetic or numeric character, quote a text that starts with `&` or `*`",
            ),
            (
                "server: {tags: [*.log]}",
                "a:1:17: no anchor has this name before, correct it (a text that starts with `*` needs quotes)",
            ),
            (
                "motd: !!python/object:os.system x",
                "a:1:33: this tag means nothing here, remove it (a text that starts with `!` needs quotes)",
            ),
            (": x", "a:1:1: a value without a key, write the key before the `:`"),
            (
                "motd: x\n ratio: 1",
                "a:2:7: invalid YAML: mapping values are not allowed in this context, indent this key as those beside it, or quote a text with `: ` in it",
            ),
            (
                " motd: x\nratio: 1",
                "a:2:1: invalid YAML: did not find expected <document start>, indent this line as the first key, and keep to one format",
            ),
            (
                "motd: x\n\tratio: 1",
                "a:1:7: invalid YAML: while scanning a plain scalar, found a tab, indent with spaces",
            ),
            (
                "server:\n    host: a\n  port: 1",
                "a:3:3: invalid YAML: while parsing a block mapping, did not find expected key, indent this line as those beside it",
            ),
            (
                "server:\n  host: a\n    port: 1",
                "a:3:9: invalid YAML: mapping values are not allowed in this context, indent this key as those beside it, or quote a text with `: ` in it",
            ),
            (
                "<<<<<<< HEAD\nmotd: a\n=======\nmotd: b\n>>>>>>> theirs",
                "a:2:5: invalid YAML: mapping values are not allowed in this context; line 1 is the mark of a merge conflict, resolve it",
            ),
            (
                "motd: x\n<<<<<<< HEAD\nratio: 1\n=======\nratio: 2\n>>>>>>> theirs\n",
                "a:2:1: invalid YAML: simple key expected ':'; line 2 is the mark of a merge conflict, resolve it",
            ),
            (
                "motd: x\nEOF",
                "a:2:1: invalid YAML: simple key expected ':', write `key: value`, or indent a text that goes on here",
            ),
            (
                "motd: x\n...\nmotd: y",
                "a:3:1: a second document starts here: keep one document to a file",
            ),
            (
                "// a comment\nmotd: x",
                "a:2:5: invalid YAML: mapping values are not allowed in this context, and a comment begins with `#`",
            ),
            (
                "server: {port: 1}#c",
                "a:1:18: invalid YAML: comments must be separated from other tokens by whitespace, write a space before the `#`",
            ),
            (
                "\"motd\": \"x\",\n\"ratio\": 1,",
                "a:1:12: invalid YAML: invalid trailing content after double-quoted scalar, remove it, or write `\\\"` for a quote inside of the text",
            ),
            (
                "motd: |\nhello",
                "a:2:1: invalid YAML: simple key expected ':', write `key: value`, or indent a text that goes on here",
            ),
            (
                "labels: {a: 5000000000}",
                "a:1:13: labels.a: invalid value: integer `5000000000`, expected an integer from 0 to 4294967295",
            ),
            (
                "logging: {max_bytes: 1, max-size: 2}",
                "a:1:11: `max_bytes` is another name of `max-size`, which is set in line 1: remove one of the two",
            ),
            (
                "labels: {1: 2, 1: 3}",
                "a:1:16: duplicate key `1`, it is already set in line 1: remove one of the two",
            ),
        ],
    );
}
