//! A page of the book, and the steps that it tells a reader to take.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::docs;

/// A command and the output that a page shows below it.
pub(crate) struct Command {
    pub(crate) text: String,
    pub(crate) output: Vec<String>,
    /// The line of the page at which the output begins, counted from 0.
    pub(crate) at: usize,
}

/// What a reader does, or sees, at one place of a page.
pub(crate) enum Step {
    /// Writes a file.
    File { path: String, text: String },
    /// Types commands; the last one may be said to fail.
    Commands { commands: Vec<Command>, fails: bool, on_terminal: bool },
    /// Starts a service in a terminal of its own, in place of the one that had this name.
    Service { name: String, command: Command },
    /// Sees lines in the output of the service with this name.
    Log { name: String, lines: Vec<String> },
}

/// The folder in which a page starts.
pub(crate) enum Start {
    Empty,
    /// The one in which another page ends.
    Page(PathBuf),
    /// One with the configuration of the reference service, whose programs are installed.
    Coach,
}

/// A page with its steps, each with its line.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) start: Start,
    /// True if its reader has etcd, and a command that knows it.
    pub(crate) needs_etcd: bool,
    pub(crate) steps: Vec<(usize, Step)>,
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let source =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let start =
            source.split_once("<!-- starts with: ").and_then(|(_, rest)| rest.split_once(" -->"));
        let start = match start {
            None => Start::Empty,
            Some(("coach", _)) => Start::Coach,
            Some((first, _)) => Start::Page(resolved(path, first)),
        };
        let needs_etcd = needs_etcd(&source);
        let (mut steps, mut before, mut block) = (Vec::new(), String::new(), None);
        for (event, range) in Parser::new(&source).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    block = Some((kind, source[..range.start].lines().count() + 1, String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    let Some((kind, line, text)) = block.take() else { continue };
                    let info = match &kind {
                        CodeBlockKind::Fenced(info) => &**info,
                        CodeBlockKind::Indented => "",
                    };
                    let step = step(info, &before, text, line);
                    let step =
                        step.map_err(|error| format!("{}:{line}: {error}", path.display()))?;
                    steps.extend(step.map(|step| (line, step)));
                    before.clear();
                }
                Event::Text(text) => match &mut block {
                    Some((_, _, block)) => block.push_str(&text),
                    None => before.push_str(&text),
                },
                Event::Code(code) => before.push_str(&format!("`{code}`")),
                // What names a file is the paragraph right before its text.
                Event::Start(Tag::Paragraph | Tag::Heading { .. }) => before.clear(),
                _ => {}
            }
        }
        Ok(Self { path: path.to_owned(), start, needs_etcd, steps })
    }
}

/// Returns the step that a block is, after the paragraph before it.
fn step(info: &str, before: &str, text: String, line: usize) -> Result<Option<Step>, String> {
    let file = before.trim_end().strip_suffix("`:").and_then(|before| before.rsplit('`').next());
    let kind = info.strip_prefix("console").map(|kind| kind.split_whitespace().collect::<Vec<_>>());
    if let Some(kind) = kind {
        let commands = commands(&text, line)?;
        return match kind[..] {
            ["service", ref name @ ..] => match <[Command; 1]>::try_from(commands) {
                Ok([command]) => Ok(Some(Step::Service { name: name.concat(), command })),
                Err(_) => Err("a service is started by one command".to_owned()),
            },
            _ if kind.iter().all(|kind| ["fails", "terminal"].contains(kind)) => {
                let (fails, on_terminal) = (kind.contains(&"fails"), kind.contains(&"terminal"));
                Ok(Some(Step::Commands { commands, fails, on_terminal }))
            }
            _ => Err(format!("what is a block of `{info}`? see docs/WRITING.md")),
        };
    }
    Ok(Some(match (info, file) {
        (log, _) if log.starts_with("text log") => Step::Log {
            name: log["text log".len()..].trim().to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
        },
        (_, Some(path)) => Step::File { path: path.to_owned(), text },
        // A doctest, a picture in letters, and commands that need what is not here, such as a daemon of docker.
        ("rust" | "rust,no_run" | "text" | "sh", None) => return Ok(None),
        (info, None) => {
            return Err(format!("what is a block of `{info}`? see docs/WRITING.md"));
        }
    }))
}

/// Returns the commands of a block that begins at a line, each with the output below it.
fn commands(text: &str, block: usize) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let at = block + number + 1;
        if let Some(text) = line.strip_prefix("$ ") {
            commands.push(Command { text: text.to_owned(), output: Vec::new(), at });
        } else {
            let last = commands.last_mut().ok_or("a block of commands begins with `$ `")?;
            if goes_on {
                last.text.push('\n');
                last.text.push_str(line);
                last.at = at;
            } else {
                last.output.push(line.to_owned());
            }
        }
        goes_on = (goes_on || line.starts_with("$ ")) && line.ends_with('\\');
    }
    Ok(commands)
}

/// Returns true if there is something to type on a page.
pub(crate) fn has_commands(path: &Path) -> bool {
    fs::read_to_string(path)
        .is_ok_and(|source| source.lines().any(|line| line.starts_with("```console")))
}

/// Returns true if the reader of a page has etcd.
pub(crate) fn needs_etcd(source: &str) -> bool {
    source.contains("<!-- needs: etcd -->")
}

/// Returns the pages of the book, in their order.
pub(crate) fn pages() -> Vec<PathBuf> {
    let summary = docs().join("SUMMARY.md");
    let source = fs::read_to_string(&summary).unwrap_or_default();
    links(&source).into_iter().map(|(link, _)| resolved(&summary, &link)).collect()
}

/// Returns the targets of the links in a text, with the line of each.
pub(crate) fn links(source: &str) -> Vec<(String, usize)> {
    let parsed = Parser::new_ext(source, pulldown_cmark::Options::ENABLE_TABLES).into_offset_iter();
    let links = parsed.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some((dest_url.into_string(), source[..range.start].lines().count()))
        }
        _ => None,
    });
    links.collect()
}

/// Returns the path that a link on a page leads to.
pub(crate) fn resolved(page: &Path, link: &str) -> PathBuf {
    let folder = page.parent().unwrap_or(page);
    let mut path = PathBuf::new();
    for part in folder.join(link).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}
