//! Environment variables that say something else than was meant.

use crate::fixture::{env, problems, warnings};

#[test]
fn the_message_is_exact() {
    for (name, value, expected) in [
        (
            "T_SERVER__PORT",
            " 80",
            "environment variable T_SERVER__PORT: server.port: invalid type: string \" 80\", expected an integer from 0 to 65535",
        ),
        (
            "T_SERVER__PORT",
            "80,90",
            "environment variable T_SERVER__PORT: server.port: invalid type: string \"80,90\", expected an integer from 0 to 65535",
        ),
        (
            "T_SERVER__PORT",
            "080",
            "environment variable T_SERVER__PORT: server.port: an integer with a leading zero, write `80`",
        ),
        (
            "T_SERVER__PORT",
            "65536",
            "environment variable T_SERVER__PORT: server.port: invalid value: integer `65536`, expected an integer from 0 to 65535",
        ),
        (
            "T_SERVER__PORT",
            "$PORT",
            "environment variable T_SERVER__PORT: server.port: invalid type: string \"$PORT\", expected an integer from 0 to 65535",
        ),
        (
            "T_SERVER__PORT",
            "80 # c",
            "environment variable T_SERVER__PORT: server.port: invalid type: string \"80 # c\", expected an integer from 0 to 65535",
        ),
        (
            "T_LOGGING__LEVEL",
            "INFO",
            "environment variable T_LOGGING__LEVEL: logging.level: unknown variant `INFO`, did you mean `info`?",
        ),
        (
            "T_LOGGING__JSON",
            "yes",
            "environment variable T_LOGGING__JSON: logging.json: invalid type: string \"yes\", expected `true` or `false`",
        ),
        (
            "T_LOGGING__MAX_SIZE",
            "13",
            "environment variable T_LOGGING__MAX_SIZE: logging.max-size: must not be 13",
        ),
        (
            "T_LABELS__A",
            "-1",
            "environment variable T_LABELS__A: labels.a: invalid value: integer `-1`, expected an integer from 0 to 4294967295",
        ),
        (
            "T_RATIO",
            "1,5",
            "environment variable T_RATIO: ratio: invalid type: string \"1,5\", expected a number",
        ),
    ] {
        assert_eq!(problems(env([(name, value)])), expected, "{value}");
    }
}

#[test]
fn a_name_that_means_nothing_is_a_warning() {
    for (name, meant) in [
        ("T_SERVER_PORT", "T_SERVER__PORT"),
        ("T_SERVR__PORT", "T_SERVER__PORT"),
        ("T_SERVER__PROT", "T_SERVER__PORT"),
        ("T_SERVER__TAGS__0", "T_SERVER__TAGS"),
    ] {
        let expected = format!(
            "environment variable {name}: warning: names no key and is ignored, did you mean `{meant}`?"
        );
        assert_eq!(warnings(env([(name, "1")])), expected);
    }
}
