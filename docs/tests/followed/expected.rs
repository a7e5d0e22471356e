//! The comparison of what a page shows with what came.

use std::{env, fs, io, ops::Range, path::Path, sync::LazyLock};

use libtest_mimic::Failed;
use regex::Regex;

use crate::page::Command;

/// The parts of a line that differ from run to run and are the same for a reader: the time of day, and how long
/// something took. A duration that somebody has set is none of them.
static TIMES: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let regex = |text| Regex::new(text).unwrap();
    [
        (regex(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?"), "<time>"),
        (regex(r"\b\d{2}:\d{2}Z"), "<time>"),
        (regex(r"\((just now|\d+ (s|min) ago|in \d+ (s|min))\)"), "(<when>)"),
        (regex(r"\(\d+(\.\d+)? (ns|µs|ms|s)\)"), "(<duration>)"),
    ]
});

/// The gap between two columns of a table, which is wider the shorter a time of [`TIMES`] is.
static GAP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\S)  +").unwrap());

/// Cargo's progress, which is longer the first time than the second.
static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    let words = "Compiling|Checking|Updating|Locking|Adding|Removing|Downloading|Downloaded|Blocking|Finished|Running|Executable|Creating|Installing|Replacing|Unblocking|Doc-tests";
    Regex::new(&format!("^ *({words}) ")).unwrap()
});

/// Returns a line without what differs from run to run.
fn same(line: &str) -> String {
    let mut line = line.trim_end().to_owned();
    for (regex, name) in &*TIMES {
        line = regex.replace_all(&line, *name).into_owned();
    }
    if line.contains("<when>") {
        line = GAP.replace_all(&line, "$1  ").into_owned();
    }
    line
}

/// Returns the lines of an output that a page shows.
pub(crate) fn shown<'a>(output: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let lines = output.into_iter().filter(|line| !PROGRESS.is_match(line));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// Returns true if a line came as a page shows it, where `[..]` stands for any text.
pub(crate) fn is_line(expected: &str, line: &str) -> bool {
    let parts: Vec<_> = same(expected).split("[..]").map(regex::escape).collect();
    Regex::new(&format!("^{}$", parts.join(".*"))).is_ok_and(|regex| regex.is_match(&same(line)))
}

/// Returns true if an output is what a page shows, where `...` stands for any lines.
pub(crate) fn is_output(expected: &[String], lines: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else { return lines.is_empty() };
    if first.trim() == "..." {
        return (0..=lines.len()).any(|skipped| is_output(rest, &lines[skipped..]));
    }
    lines.split_first().is_some_and(|(line, lines)| is_line(first, line) && is_output(rest, lines))
}

/// The variable that has what comes written into a page, in place of what it shows.
const WRITE: &str = "DLC_RELOAD_TEST_WRITE";

/// The outputs that differ from what a page shows, where they are to be written: the lines of the page, and those that
/// came.
#[derive(Default)]
pub(crate) struct Differences(Vec<(Range<usize>, Vec<String>)>);

impl Differences {
    /// Compares the output of a command with what the page shows, if it shows any.
    pub(crate) fn compare(&mut self, command: &Command, came: Vec<String>) -> Result<(), String> {
        let expected = &command.output;
        let lines = came.iter().map(|line| same(line)).collect::<Vec<_>>();
        if expected.is_empty() || is_output(expected, &lines) {
            return Ok(());
        }
        if env::var_os(WRITE).is_some() {
            self.0.push((command.at..command.at + expected.len(), came));
            return Ok(());
        }
        let (expected, came) = (expected.join("\n"), came.join("\n"));
        Err(format!(
            "`{}`\n--- on the page\n{expected}\n--- here ({WRITE}=1 writes it)\n{came}",
            command.text
        ))
    }

    /// Writes what came into the page.
    pub(crate) fn write(self, page: &Path) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let text = fs::read_to_string(page)?;
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        for (range, came) in self.0.into_iter().rev() {
            drop(lines.splice(range, came));
        }
        fs::write(page, lines.join("\n") + "\n")
    }
}

/// Tries the rules of the comparison themselves.
pub(crate) fn rules() -> Result<(), Failed> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let expected = lines("a\n...\nreload #1 (3 ms) [..]!\n...");
    let rules = [
        is_output(&expected, &lines("a\nreload #1 (41 ms) x!")),
        is_output(&expected, &lines("a\nb\nc\nreload #1 (41 ms) x!\nd")),
        !is_output(&expected, &lines("a\nreload #2 (41 ms) x!")),
        !is_output(&lines("a"), &lines("a\nb")),
        !is_output(&lines("a\nb"), &lines("a")),
        is_output(&lines("as of 17:31Z (just now)"), &lines("as of 08:02Z (2 min ago)")),
        is_output(&lines("a   since 17:31Z (just now)"), &lines("a    since 08:02Z (6 s ago)")),
        !is_output(&lines("a   since noon"), &lines("a    since noon")),
        !is_output(&lines("bakes for 5s"), &lines("bakes for 6s")),
        !is_output(&lines("5 s"), &lines("50 s")),
        shown("   Compiling x v1\nb".lines()) == ["b"],
    ];
    let broken = rules.iter().position(|holds| !holds);
    broken.map_or(Ok(()), |rule| Err(format!("rule {rule} does not hold").into()))
}
