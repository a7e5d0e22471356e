//! The screen: lines with a tone, tables that fit, and nothing from outside that steers a terminal.

use std::{
    io::{self, IsTerminal, Write},
    time::SystemTime,
};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use terminal_size::terminal_size_of;

use super::failure::{Failure, Fault};
use crate::place::Origin;

/// The tone of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Heading,
    Good,
    Waiting,
    Bad,
    Quiet,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Waiting => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Quiet => Style::new().dimmed(),
        }
    }

    /// Returns the tone of the mark with which a line of a report begins, if it has one.
    fn of_mark(line: &str) -> Option<Self> {
        let mut letters = line.trim_start().chars();
        let (mark, ' ') = (letters.next()?, letters.next()?) else { return None };
        match mark {
            '~' | '>' => Some(Self::Good),
            '!' | '?' | '»' => Some(Self::Waiting),
            '×' => Some(Self::Bad),
            '·' => Some(Self::Quiet),
            _ => None,
        }
    }
}

/// Text that is to be printed, line by line.
#[derive(Debug, Default)]
pub struct Page {
    lines: Vec<(Tone, String)>,
}

/// The widths of an output: that of a terminal, or none.
#[derive(Clone, Copy, Debug)]
pub struct Fit(Option<u16>);

/// A stream of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    Output,
    /// The error output, which has prompts and messages.
    Messages,
}

impl Fit {
    /// Returns the width of the terminal, if it is one.
    pub fn width(self) -> Option<u16> {
        self.0
    }

    /// Returns true if a text has a line for which there is no room.
    pub fn overflows(self, text: &str) -> bool {
        let width = self.0.map_or(usize::MAX, usize::from);
        text.lines().any(|line| line.chars().count() > width)
    }

    /// Returns a place: without the directories of its file, and with a `$` for a variable, where there is not much
    /// room.
    pub fn place(self, origin: &Origin) -> String {
        let whole = origin.to_string();
        let is_long = whole.chars().count() > 24;
        if let Some(name) = whole.strip_prefix("environment variable ")
            && self.0.is_some_and(|width| width < 120)
        {
            return format!("${name}");
        }
        match origin.source.rsplit_once('/') {
            Some((directories, _)) if self.0.is_some_and(|width| width < 120) && is_long => {
                let file = whole.get(clean(directories).len()..).unwrap_or(&whole);
                format!("…{file}")
            }
            _ => whole,
        }
    }
}

impl To {
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Output => io::stdout().is_terminal(),
            Self::Messages => io::stderr().is_terminal(),
        }
    }

    /// Returns the room that lines have there.
    pub fn fit(self) -> Fit {
        let size = match self {
            Self::Output => terminal_size_of(io::stdout()),
            Self::Messages => terminal_size_of(io::stderr()),
        };
        Fit(size.map(|(width, _)| width.0.max(40)))
    }
}

impl Page {
    pub fn line(&mut self, tone: Tone, text: impl AsRef<str>) {
        self.lines.extend(text.as_ref().split('\n').map(|line| (tone, clean(line))));
    }

    /// Adds lines in which a mark at the beginning has its tone.
    pub fn marked(&mut self, text: impl AsRef<str>) {
        self.line(Tone::Plain, text);
    }

    /// Adds a text that is broken between words where there is no room. Each line is indented as the first one is.
    pub fn wrapped(&mut self, tone: Tone, fit: Fit, text: &str) {
        let unindented = text.trim_start_matches(' ');
        let indentation = u16::try_from(text.len() - unindented.len()).unwrap_or(u16::MAX);
        let mut grid = Grid::new(fit).marked(indentation);
        grid.row([unindented.to_owned()]);
        for line in grid.lines() {
            self.line(tone, line);
        }
    }

    /// Adds an empty line, unless the page is empty.
    pub fn gap(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push((Tone::Plain, String::new()));
        }
    }

    /// Adds a heading, after a gap.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        self.line(Tone::Heading, text);
    }

    /// Returns the page with its colours.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (tone, line) in &self.lines {
            text += &toned(*tone, line);
            text.push('\n');
        }
        text
    }

    /// Prints the page.
    pub fn print(&self, to: To) -> Result<(), Failure> {
        print(to, &self.text())
    }
}

/// Returns a line with its tone, which colours either a mark at its beginning or all of it.
fn toned(tone: Tone, line: &str) -> String {
    let (tone, end) = match (tone, Tone::of_mark(line)) {
        (Tone::Plain, Some(tone)) => (
            tone,
            line.char_indices()
                .find(|(_, letter)| *letter != ' ')
                .map_or(0, |(at, letter)| at + letter.len_utf8()),
        ),
        (tone, _) => (tone, line.len()),
    };
    let (toned, rest) = line.split_at(end);
    if tone == Tone::Plain || toned.is_empty() {
        return line.to_owned();
    }
    let style = tone.style();
    format!("{style}{toned}{style:#}{rest}")
}

/// Prints text whose colours are left out where the stream is no terminal, or `NO_COLOR` is set.
pub fn print(to: To, text: &str) -> Result<(), Failure> {
    let written = match to {
        To::Output => {
            let mut stream = anstream::stdout().lock();
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
        }
        To::Messages => {
            let mut stream = anstream::stderr().lock();
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
        }
    };
    match written {
        // There is nobody left to tell that the messages do not arrive.
        Err(error) if to == To::Output => {
            Err(Failure::new(Fault::Output, format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints JSON of the API. Where a terminal might obey a character of it, the same is written as an escape of JSON.
pub fn print_json(json: &str) -> Result<(), Failure> {
    print(To::Output, &clean_json(json))
}

/// Returns JSON as it is printed.
pub fn clean_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for letter in json.trim_end().chars() {
        if steers(letter) && !matches!(letter, '\n' | '\r' | '\t') {
            text += &format!("\\u{:04x}", u32::from(letter));
        } else {
            text.push(letter);
        }
    }
    text.push('\n');
    text
}

/// Prints a message of one line.
pub fn note(tone: Tone, text: &str) {
    let mut page = Page::default();
    page.line(tone, text);
    // Printing to the messages does not fail.
    let _ = page.print(To::Messages);
}

/// Returns true for a character that steers a terminal, begins a line, or turns the direction of what follows.
pub fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns a text in which such characters are escaped.
pub fn clean(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        if steers(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
        shown
    })
}

/// A table without lines around its cells.
#[derive(Debug)]
pub struct Grid {
    table: Table,
    fit: Fit,
    /// The height of a row; what does not fit ends with a `…`.
    height: Option<usize>,
    /// The indentation, where the first column is one of marks.
    marks: Option<u16>,
}

impl Grid {
    pub fn new(fit: Fit) -> Self {
        let mut table = Table::new();
        table.load_style(NOTHING);
        if let Some(width) = fit.0 {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        Self { table, fit, height: None, marks: None }
    }

    /// Lets the first column be one of marks, this far from the edge.
    pub fn marked(mut self, indentation: u16) -> Self {
        self.marks = Some(indentation);
        self
    }

    /// Cuts each row to one line, where it does not fit.
    pub fn one_line(mut self) -> Self {
        self.height = self.fit.0.map(|_| 1);
        self
    }

    pub fn header(mut self, cells: &[&str]) -> Self {
        self.table.set_header(cells.iter().copied());
        self
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row = comfy_table::Row::from(cells.into_iter().map(|cell| clean(&cell)));
        if let Some(height) = self.height {
            row.max_height(height);
        }
        self.table.add_row(row);
    }

    /// Adds the table to a page.
    pub fn add_to(mut self, page: &mut Page) {
        let is_headed = self.table.header().is_some();
        for (at, line) in self.lines().into_iter().enumerate() {
            page.line(if at == 0 && is_headed { Tone::Quiet } else { Tone::Plain }, line);
        }
    }

    fn lines(&mut self) -> Vec<String> {
        for column in self.table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some((indentation, column)) = self.marks.zip(self.table.column_mut(0)) {
            column.set_padding((indentation, 1));
        }
        self.table.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// Returns a time with its distance from now, such as `07:39Z (3 min ago)`; with its date, if that is not near.
pub fn moment(time: SystemTime) -> String {
    const NEAR: u64 = 20 * 60 * 60;
    let (seconds, distance) = match SystemTime::now().duration_since(time) {
        Ok(past) if past.as_secs() < 5 => (0, "just now".to_owned()),
        Ok(past) => (past.as_secs(), format!("{} ago", period(past.as_secs()))),
        Err(ahead) => {
            let seconds = ahead.duration().as_secs();
            (seconds, format!("in {}", period(seconds)))
        }
    };
    let form = if seconds < NEAR { "%H:%MZ" } else { "%Y-%m-%d %H:%MZ" };
    format!("{} ({distance})", formatted(time, form))
}

/// Returns a time as `2026-11-27 07:39:48Z`.
pub fn stamp(time: SystemTime) -> String {
    formatted(time, "%Y-%m-%d %H:%M:%SZ")
}

fn formatted(time: SystemTime, form: &str) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.strftime(form).to_string(),
        Err(_) => "a time that no calendar has".to_owned(),
    }
}

fn period(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}
