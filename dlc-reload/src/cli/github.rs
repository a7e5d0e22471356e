//! Plans for pull requests on GitHub: an annotation at each line, and a summary of the job.
//!
//! An annotation is a workflow command: one line of the output, which begins with `::`.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use super::shared::{
    failure::{Failure, Fault},
    screen::{To, print, steers},
    show::{both, count},
};
use crate::{
    error::Problem,
    place::{Key, Origin},
    reloader::Plan,
    report::Changed,
    schema::{Grade, SchemaChange},
};

/// The variable that names the file of the summary.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The variable that names the root of the repository, from which the paths of annotations begin.
const ROOT: &str = "GITHUB_WORKSPACE";

/// The result where a configuration is refused.
pub(super) const REFUSED: &str = "the configuration is refused";

/// Prints the annotations of a plan, and writes the summary.
///
/// # Errors
///
/// One of them cannot be written.
pub(super) fn plan(plan: &Plan) -> Result<(), Failure> {
    let mut told = Told::default();
    told.problems(&plan.warnings);
    let mut change = |level, title, Changed { key, origin, .. }: &Changed, said| {
        told.add(&Note { level, title, key: Some(key), said, origin: Some(origin) });
    };
    for waits in &plan.pending {
        change("warning", "Needs a restart", waits, both(waits));
    }
    for changed in &plan.changes {
        change("notice", "Changes live", changed, both(changed));
    }
    for shadowed in &plan.shadowed {
        let said = format!("is set here, but {} wins", shadowed.by);
        let (key, origin) = (Some(&shadowed.key), Some(&shadowed.origin));
        told.add(&Note { level: "notice", title: "Has no effect", key, said, origin });
    }
    let (hot, waiting) = (plan.changes.len(), plan.pending.len());
    let live = count(hot, "value changes live", "values change live");
    let later = count(waiting, "value needs a restart", "values need a restart");
    told.end(&match (hot, waiting) {
        (0, 0) => "nothing changes".to_owned(),
        (_, 0) => live,
        (0, _) => later,
        _ => format!("{live}, and {later}"),
    })
}

/// Prints the annotations of problems, and writes the summary with the result.
///
/// # Errors
///
/// One of them cannot be written.
pub(super) fn problems(problems: &[Problem], result: &str) -> Result<(), Failure> {
    let mut told = Told::default();
    told.problems(problems);
    told.end(result)
}

/// Prints the annotations of the changes between two schemas, at the file of the new one, and writes the summary with
/// the result.
///
/// # Errors
///
/// One of them cannot be written.
pub(super) fn schema_changes(
    changes: &[SchemaChange],
    new: Option<&Path>,
    result: &str,
) -> Result<(), Failure> {
    let mut told = Told::default();
    let origin = new.map(|path| Origin::source(path.display().to_string()));
    for change in changes {
        let (level, title) = match change.grade {
            Grade::Breaking => ("error", "Refuses files of before"),
            Grade::Notable => ("warning", "Operators notice it"),
            Grade::Compatible => ("notice", "Compatible"),
        };
        let said = change.to_string();
        told.add(&Note { level, title, key: None, said, origin: origin.as_ref() });
    }
    told.end(result)
}

/// One annotation.
struct Note<'n> {
    level: &'static str,
    title: &'static str,
    key: Option<&'n Key>,
    said: String,
    origin: Option<&'n Origin>,
}

/// The annotations, and the rows of the summary.
#[derive(Default)]
struct Told {
    commands: String,
    rows: String,
}

impl Told {
    fn problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            let (level, title) =
                if problem.is_error() { ("error", "Invalid") } else { ("warning", "Warning") };
            let (key, said) = (problem.key.as_ref(), problem.message.clone());
            self.add(&Note { level, title, key, said, origin: problem.place() });
        }
    }

    fn add(&mut self, Note { level, title, key, said, origin }: &Note<'_>) {
        let key = key.filter(|key| !key.is_root()).map(Key::to_string).unwrap_or_default();
        let mut said_of_key = if key.is_empty() { said.clone() } else { format!("{key}: {said}") };
        let place = match origin {
            Some(origin) if is_in_file(origin) => {
                let number = |name, number: Option<u32>| {
                    number.map(|number| format!(",{name}={number}")).unwrap_or_default()
                };
                let (line, column) = (number("line", origin.line), number("col", origin.column));
                format!("file={}{line}{column},", property(&in_repository(&origin.source)))
            }
            Some(origin) => {
                said_of_key = format!("{origin}: {said_of_key}");
                String::new()
            }
            None => String::new(),
        };
        let text = data(&said_of_key);
        self.commands += &format!("::{level} {place}title={title}::{text}\n");
        let origin = origin.map(Origin::to_string).unwrap_or_default();
        let [key, said, origin] = [&key, said, &origin].map(|text| cell(text));
        self.rows += &format!("| {title} | {key} | {said} | {origin} |\n");
    }

    /// Prints the annotations, and the result as the last one.
    fn end(self, result: &str) -> Result<(), Failure> {
        let commands = format!("{}::notice title=Configuration::{result}\n", self.commands);
        print(To::Output, &commands)?;
        let Some(path) = env::var_os(SUMMARY).filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        let mut summary = format!("### Configuration: {result}\n\n");
        if !self.rows.is_empty() {
            summary += "| | Key | Change | Set in |\n|---|---|---|---|\n";
            summary += &self.rows;
            summary.push('\n');
        }
        let failed = |error: io::Error| {
            Failure::new(Fault::Output, format!("cannot write the file of `{SUMMARY}`: {error}"))
        };
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(summary.as_bytes())).map_err(failed)
    }
}

/// Returns true if a place is in a file, and not in a variable or an argument.
fn is_in_file(origin: &Origin) -> bool {
    origin.line.is_some() || Path::new(&*origin.source).is_file()
}

/// Returns the path of a file as the repository has it, whichever directory of it the job works in.
fn in_repository(path: &str) -> String {
    let here = env::current_dir().unwrap_or_default();
    let root = env::var_os(ROOT).filter(|root| !root.is_empty()).map(PathBuf::from);
    below_root(path, &here, &root.unwrap_or_else(|| here.clone()))
}

/// Returns a path from a directory as one from the root; one that leads elsewhere stays.
fn below_root(path: &str, here: &Path, root: &Path) -> String {
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = whole.pop(),
            part => whole.push(part),
        }
    }
    whole.strip_prefix(root).map_or_else(|_| path.to_owned(), |below| below.display().to_string())
}

/// Returns a text as the message of a workflow command.
fn data(text: &str) -> String {
    encoded(text, "")
}

/// Returns a text as a property of a workflow command, which a comma or a colon would end.
fn property(text: &str) -> String {
    encoded(text, ":,")
}

fn encoded(text: &str, also: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '%' | '\r' | '\n' => encoded += &format!("%{:02X}", u32::from(letter)),
            _ if also.contains(letter) => encoded += &format!("%{:02X}", u32::from(letter)),
            _ if steers(letter) => encoded.extend(letter.escape_unicode()),
            _ => encoded.push(letter),
        }
    }
    encoded
}

/// Returns a text as a cell of a table in Markdown, in which nothing means anything.
fn cell(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut cell = String::from("<code>");
    for letter in text.chars() {
        match letter {
            _ if steers(letter) => cell.extend(letter.escape_unicode()),
            '.' | '-' | '/' | ':' => cell.push(letter),
            _ if letter.is_ascii_punctuation() => cell += &format!("&#{};", u32::from(letter)),
            _ => cell.push(letter),
        }
    }
    cell + "</code>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_a_cell() {
        assert_eq!(data("50%\r\n::error::a,b\u{1b}[2J"), "50%25%0D%0A::error::a,b\\u{1b}[2J");
        assert_eq!(property("a,b:c%.yaml"), "a%2Cb%3Ac%25.yaml");
        assert_eq!(cell("a|b`</code>\n"), "<code>a&#124;b&#96;&#60;/code&#62;\\u{a}</code>");
    }

    #[test]
    fn a_path_begins_at_the_root_of_the_repository() {
        let cases = [
            ("config.yaml", "/home/runner/repo/deploy", "deploy/config.yaml"),
            ("./deploy/config.yaml", "/home/runner/repo", "deploy/config.yaml"),
            ("../config.yaml", "/home/runner/repo/deploy", "config.yaml"),
            ("/home/runner/repo/a/b.yaml", "/home/runner/repo/deploy", "a/b.yaml"),
            ("/tmp/base/config.yaml", "/home/runner/repo", "/tmp/base/config.yaml"),
            ("config.yaml", "/elsewhere", "config.yaml"),
        ];
        for (path, here, expected) in cases {
            assert_eq!(below_root(path, Path::new(here), Path::new("/home/runner/repo")), expected);
        }
    }

    #[test]
    fn a_place_in_no_file_is_said() {
        let problem = Problem::error("too small").with_key("server.port");
        let in_file = problem.clone().with_origin(Origin::at("conf/a,b.yaml", 3, 9));
        let set = problem.with_origin(Origin::source("--set"));
        let mut told = Told::default();
        told.problems(&[in_file, set.into_warning()]);
        let expected = "::error file=conf/a%2Cb.yaml,line=3,col=9,title=Invalid::server.port: too small\n\
                        ::warning title=Warning::--set: server.port: too small\n";
        assert_eq!(told.commands, expected);
    }
}
