//! A page of the book, and the steps that it tells a reader to take.

use std::{
    fs, mem,
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

/// A step that a page asks of its reader, or something that it shows.
pub(crate) enum Step {
    /// Writes a file.
    File { path: String, text: String },
    /// Types commands; the last one may be said to fail.
    Commands { commands: Vec<Command>, fails: bool, on_terminal: bool },
    /// Starts a service in a terminal of its own, in place of the one that had this name.
    Service { name: String, command: Command },
    /// Sees lines in the output of the service with this name.
    Log { name: String, lines: Vec<String> },
    /// Sees none of these lines in its output before the next ones that a page shows.
    NoLog { name: String, lines: Vec<String> },
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
            Some(("coach", _)) if says_how_to_install(&source) => Start::Coach,
            Some(("coach", _)) => {
                return Err(format!("{}: say how one gets `coach`", path.display()));
            }
            Some((first, _)) => Start::Page(resolved(path, first)),
        };
        let needs_etcd = needs_etcd(&source);
        let mut steps = Vec::new();
        for block in blocks(&source).into_iter().filter(|block| block.declared.is_none()) {
            let line = block.line;
            let step =
                step(block).map_err(|error| format!("{}:{line}: {error}", path.display()))?;
            steps.extend(step.map(|step| (line, step)));
        }
        Ok(Self { path: path.to_owned(), start, needs_etcd, steps })
    }
}

/// A block of a page.
pub(crate) struct Block {
    /// The words after the fence, of which the first is the language.
    pub(crate) info: String,
    /// The line of the page at which it begins.
    pub(crate) line: usize,
    /// The paragraph or heading right before it.
    before: String,
    /// The comment right before it, which says why no reader does it and no test runs it.
    pub(crate) declared: Option<String>,
    pub(crate) text: String,
}

/// Returns the blocks of a page.
pub(crate) fn blocks(source: &str) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, _) = (Vec::new(), false);
    let (mut before, mut declared) = (String::new(), None);
    for (event, range) in Parser::new(source).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let line = source[..range.start].lines().count() + 1;
                let (before, declared) = (mem::take(&mut before), declared.take());
                blocks.push(Block { info, line, before, declared, text: String::new() });
                open = true;
            }
            Event::End(TagEnd::CodeBlock) => open = false,
            Event::Text(text) => match blocks.last_mut().filter(|_| open) {
                Some(block) => block.text.push_str(&text),
                None => before.push_str(&text),
            },
            Event::Code(code) => before.push_str(&format!("`{code}`")),
            Event::Html(html) => declared = declaration(&html).or(declared),
            // The text of a file stands right after the paragraph that names it.
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::Item) => {
                before.clear();
                declared = None;
            }
            _ => {}
        }
    }
    blocks
}

/// Returns the words of a comment, unless they say how a page starts.
fn declaration(html: &str) -> Option<String> {
    let words = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    let is_start = ["starts with: ", "needs: "].iter().any(|start| words.starts_with(start));
    (!is_start).then(|| words.to_owned())
}

/// Returns the step that a block is.
pub(crate) fn step(block: Block) -> Result<Option<Step>, String> {
    let Block { info, line, before, text, .. } = block;
    let info = &*info;
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
    let log = |name: &str| (name.trim().to_owned(), text.lines().map(str::to_owned).collect());
    if let Some((name, lines)) = info.strip_prefix("text log").map(log) {
        return Ok(Some(Step::Log { name, lines }));
    }
    if let Some((name, lines)) = info.strip_prefix("text no log").map(log) {
        return Ok(Some(Step::NoLog { name, lines }));
    }
    Ok(Some(match (info, file) {
        (_, Some(path)) => Step::File { path: path.to_owned(), text },
        // A doctest.
        ("rust" | "rust,no_run", None) => return Ok(None),
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

/// Returns true if a page says how one gets the programs of this repository, or leads to the page that does.
fn says_how_to_install(source: &str) -> bool {
    source.contains("`cargo install --path examples/coach`")
        || source.contains("command.md#a-walk)")
}

/// Returns the pages of the book, in their order, and that of the examples.
pub(crate) fn pages() -> Vec<PathBuf> {
    let summary = docs().join("SUMMARY.md");
    let source = fs::read_to_string(&summary).unwrap_or_default();
    let book = links(&source).into_iter().map(|(link, _)| resolved(&summary, &link));
    book.chain([resolved(&summary, "../examples/README.md")]).collect()
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
