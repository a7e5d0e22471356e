//! The tables that stand below the long help and in the manual page.

use std::fmt::Write;

/// A table: its title in the help, its title in the manual page, and its rows.
type Table = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const TABLES: [Table; 3] = [
    (
        "Exit codes",
        "EXIT STATUS",
        &[
            ("0", "done: the change is in force, or nothing had to change"),
            ("1", "not confirmed: nothing was done"),
            ("2", "accepted, and it waits for the next start of the service"),
            ("3", "rejected: nothing has changed, and the report says why"),
            ("4", "rolled back: a part failed, and everything is as it was"),
            ("5", "inconsistent: restart the service"),
            ("6", "the service is not reachable, or does not let you"),
            ("7", "another change came first: nothing was done"),
            ("8", "not ended within `--timeout`: it may still take effect"),
            ("64", "the command line is wrong, or names what the service does not know"),
            ("74", "the output cannot be written"),
        ],
    ),
    (
        "Environment",
        "ENVIRONMENT",
        &[
            ("DLC_RELOAD_URL", "in place of `--url`"),
            ("DLC_RELOAD_TOKEN_FILE", "in place of `--token-file`"),
            ("DLC_RELOAD_TOKEN", "the token itself, where no file is given"),
            ("DLC_RELOAD_CA_FILE", "in place of `--ca-file`"),
            ("NO_COLOR", "no colours"),
        ],
    ),
    (
        "Examples",
        "EXAMPLES",
        &[
            ("dlc-reload status", ""),
            ("dlc-reload config logging.level", ""),
            ("dlc-reload reload --why 'more room for the EU'", ""),
            ("dlc-reload override logging.level debug --for 15m --why 'slow logins'", ""),
            ("dlc-reload rollback 41", ""),
        ],
    ),
];

/// Returns the tables for the long help.
pub(crate) fn help() -> String {
    let mut text = String::new();
    for (title, _, rows) in TABLES {
        let gap = if text.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{gap}{title}:");
        let width = rows.iter().filter(|row| !row.1.is_empty()).map(|row| row.0.len()).max();
        for (name, meaning) in rows {
            let line = format!("  {name:0$}  {meaning}", width.unwrap_or_default());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

/// Returns the tables as sections of a manual page.
pub(crate) fn roff() -> String {
    let mut text = String::new();
    for (_, title, rows) in TABLES {
        let _ = writeln!(text, ".SH \"{title}\"");
        for (name, meaning) in rows {
            let name = name.replace('-', "\\-").replace('\'', "\\(aq");
            let _ = match *meaning {
                "" => writeln!(text, ".PP\n{name}"),
                meaning => {
                    writeln!(text, ".TP\n\\fB{name}\\fR\n{}", meaning.replace("--", "\\-\\-"))
                }
            };
        }
    }
    text
}
