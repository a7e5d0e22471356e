//! Lines of sources to show beside problems, with everything masked that may be a secret.
//!
//! Only parts that are known to be harmless are shown: the names and values of the tree that may be shown, at
//! the places where they start. Where a source has no tree, because it does not parse, only the name of a
//! field at the start of the line is shown.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use super::{Redaction, parts};
use crate::{
    document::{Document, SourceId, narrow},
    error::{Problem, Quote},
    schema::{Part, Shape, Visibility},
    secret::REDACTED,
    section::{FieldInfo, Table},
};

/// The greatest width of a line that is shown, in characters.
const WIDEST: usize = 160;

/// The width of what is shown before the place that a problem is about, where a line is cut.
const BEFORE: usize = 40;

/// Returns the line of each problem; `None` for a problem without one.
pub(crate) fn quotes(
    problems: &[Problem],
    document: &Document,
    texts: &[(SourceId, Arc<str>)],
    shape: &Shape,
) -> Vec<Option<Quote>> {
    let mut harmless = Harmless {
        shape,
        redaction: Redaction::of(document, shape),
        visibilities: visibilities(document, shape),
        texts: named(document, texts),
        lines: HashMap::new(),
        masked: HashMap::new(),
    };
    problems.iter().map(|problem| harmless.quote(problem)).collect()
}

/// Returns the texts by their names, without those that have the same one: they cannot be told apart here.
fn named<'d>(
    document: &'d Document,
    texts: &'d [(SourceId, Arc<str>)],
) -> HashMap<&'d str, Option<(SourceId, &'d str)>> {
    let mut named = HashMap::new();
    for (id, text) in texts {
        if let Some(info) = document.sources.get(id.0 as usize) {
            let found = named.entry(&*info.name);
            found.and_modify(|known| *known = None).or_insert(Some((*id, &**text)));
        }
    }
    named
}

/// The knowledge of which parts of the sources are harmless, and the lines that were asked for so far.
struct Harmless<'d> {
    shape: &'d Shape,
    redaction: Redaction,
    /// The visibility of every name and scalar of every source.
    visibilities: Visibilities,
    texts: HashMap<&'d str, Option<(SourceId, &'d str)>>,
    /// The lines of each text, which is split once.
    lines: HashMap<SourceId, Vec<&'d str>>,
    /// The masked lines, each with its source and the column from which it is shown.
    masked: HashMap<(SourceId, u32, u32), Masked>,
}

/// The visibility of parts of a text, by the place where each starts, and whether it is a name.
type Visibilities = BTreeMap<(SourceId, u32, u32), (bool, Visibility)>;

fn visibilities(document: &Document, shape: &Shape) -> Visibilities {
    let mut visibilities = Visibilities::new();
    parts(document, shape, &mut |part, visibility| {
        let (place, is_name) = match part {
            Part::Name(_, place) => (place, true),
            Part::Scalar(node) => (node.place, false),
        };
        let place = (place.source, place.line, place.column);
        let (_, known) = visibilities.entry(place).or_insert((is_name, visibility));
        // A value that an alias copies stands in several places of the tree, and is shown only if it may be
        // shown in all of them.
        if visibility != Visibility::Shown {
            *known = visibility;
        }
    });
    visibilities
}

impl<'d> Harmless<'d> {
    fn quote(&mut self, problem: &Problem) -> Option<Quote> {
        let origin = problem.origin.as_ref()?;
        let (line, column) = (origin.line?, origin.column?);
        let (source, text) = (*self.texts.get(&*origin.source)?)?;
        self.lines.entry(source).or_insert_with(|| text.lines().collect());
        let written = self.line(source, line)?;
        let in_source = (source, 0, 0)..(SourceId(source.0.saturating_add(1)), 0, 0);
        let is_parsed = self.visibilities.range(in_source).next().is_some();
        let from = if is_parsed { self.first_harmless(source, line, column) } else { 1 };
        let (visibilities, table) = (&self.visibilities, self.shape.table());
        let masked = self.masked.entry((source, line, from)).or_insert_with(|| {
            let mut masked = Masked::default();
            if is_parsed {
                masked.known(written, from, |column| {
                    visibilities.get(&(source, line, column)).copied()
                });
            } else {
                masked.unknown(written, |name| is_field(name, table));
            }
            masked
        });
        let (text, span) = (&masked.text, masked.span(column));
        let shown = around(text, &span);
        if self.redaction.finds(text, &shown) {
            return None;
        }
        let before = if shown.start > 0 { "…" } else { "" };
        let after = if shown.end < text.len() { "…" } else { "" };
        let moved = |at: usize| at.min(shown.end) - shown.start + before.len();
        let span = moved(span.start)..moved(span.end);
        Some(Quote { line, text: format!("{before}{}{after}", &text[shown]), span })
    }

    fn line(&self, source: SourceId, line: u32) -> Option<&'d str> {
        self.lines.get(&source)?.get((line as usize).checked_sub(1)?).copied()
    }

    /// Returns the column from which this line cannot belong to a value that started in a line above.
    fn first_harmless(&self, source: SourceId, line: u32, column: u32) -> u32 {
        let above = self.visibilities.range((source, 0, 0)..(source, line, 0)).next_back();
        let Some(((_, at, start), (_, visibility))) = above else { return 1 };
        let rest = self.line(source, *at).map(|line| from_column(line, *start));
        let closed = rest.is_some_and(|rest| {
            !rest.starts_with(['"', '\'']) || quoted(rest).is_some_and(|end| end > 2)
        });
        if *visibility == Visibility::Shown || closed {
            return 1;
        }
        let first = self.visibilities.range((source, line, 0)..(source, line + 1, 0)).next();
        first.map_or(column, |((_, _, first), _)| column.min(*first))
    }
}

/// Returns the bytes of a line that are shown around a place.
fn around(line: &str, place: &Range<usize>) -> Range<usize> {
    if line.char_indices().nth(WIDEST).is_none() {
        return 0..line.len();
    }
    let before = line[..place.start].char_indices().rev().nth(BEFORE - 1);
    let start = before.map_or(0, |(at, _)| at);
    let end = line[start..].char_indices().nth(WIDEST);
    start..end.map_or(line.len(), |(at, _)| start + at)
}

/// A line while it is masked.
struct Masked {
    text: String,
    /// The parts so far, in their order.
    parts: Vec<MaskedPart>,
    /// The column of the part that comes next, from 1.
    column: u32,
}

/// A part of a line, which is as it was written or masked.
struct MaskedPart {
    /// The first byte in the text with the mask.
    start: usize,
    /// The first column, and that of what comes next.
    columns: Range<u32>,
    is_masked: bool,
}

impl Default for Masked {
    fn default() -> Self {
        Self { text: String::new(), parts: Vec::new(), column: 1 }
    }
}

impl Masked {
    /// Adds a part of the line, as it is or masked, and returns the rest; `length` is that of the part, in bytes.
    fn part<'l>(&mut self, rest: &'l str, length: usize, shown: bool) -> &'l str {
        let (part, rest) = rest.split_at(length);
        let start = self.text.len();
        let width = narrow(part.chars().count());
        let is_masked = !shown && part.chars().any(|c| !c.is_whitespace());
        self.text.push_str(if is_masked { REDACTED } else { part });
        let end = self.column.saturating_add(width);
        self.parts.push(MaskedPart { start, columns: self.column..end, is_masked });
        self.column = end;
        rest
    }

    /// Returns the bytes that a problem at a column is about: the rest of the part that it stands in.
    fn span(&self, column: u32) -> Range<usize> {
        let at = self.parts.partition_point(|part| part.columns.end <= column);
        let part = self.parts.get(at).filter(|part| part.columns.contains(&column));
        let Some(MaskedPart { start, columns, is_masked }) = part else {
            return self.text.len()..self.text.len();
        };
        let end = self.parts.get(at + 1).map_or(self.text.len(), |next| next.start);
        let skipped = if *is_masked { 0 } else { (column - columns.start) as usize };
        let skipped = self.text[*start..end].char_indices().nth(skipped).map_or(0, |(at, _)| at);
        start + skipped..end
    }

    /// Adds what stands between a key and its value, and returns the rest.
    fn separator<'l>(&mut self, rest: &'l str) -> &'l str {
        let value = rest.trim_start_matches([':', '=', ' ', '\t']);
        self.part(rest, rest.len() - value.len(), true)
    }

    /// Adds a line of a text that parses; `at` returns true for a name that starts at a column, false for a value, and
    /// its visibility.
    fn known(&mut self, line: &str, from: u32, at: impl Fn(u32) -> Option<(bool, Visibility)>) {
        let hidden = line.len() - from_column(line, from).len();
        let mut rest = self.part(line, hidden, false);
        let mut key_may_come = true;
        while let Some(first) = rest.chars().next() {
            rest = if first.is_whitespace() || "{}[],".contains(first) {
                key_may_come |= "{[,".contains(first);
                self.part(rest, first.len_utf8(), true)
            } else if rest.starts_with("- ") {
                self.part(rest, 1, true)
            } else if first == '#' {
                // A comment does not explain the problem, and may hold anything, a secret too.
                break;
            } else if let Some(length) = key(rest)
                .filter(|_| key_may_come && at(self.column).is_none_or(|(is_name, _)| is_name))
            {
                key_may_come = false;
                let (names, _) = rest.split_at(length);
                let mut left = rest;
                for length in names_in(names) {
                    let shown = at(self.column) == Some((true, Visibility::Shown));
                    left = self.part(left, length, shown);
                    if left.starts_with('.') {
                        left = self.part(left, 1, true);
                    }
                }
                self.separator(left)
            } else {
                let shown = at(self.column) == Some((false, Visibility::Shown));
                self.part(rest, token(rest), shown)
            };
        }
    }

    /// Adds a line of a text that does not parse; `field` returns true for the names of fields, which are shown.
    fn unknown(&mut self, line: &str, field: impl Fn(&str) -> bool) {
        let start = line.len() - line.trim_start_matches([' ', '\t', '-', '{', '[', ',']).len();
        let mut rest = self.part(line, start, true);
        if let Some(length) = key(rest)
            && field(rest[..length].trim_matches(['"', '\'']))
        {
            rest = self.part(rest, length, true);
            rest = self.separator(rest);
        }
        let is_punctuation = rest.chars().all(|c| " \t{}[],:".contains(c));
        self.part(rest, rest.len(), is_punctuation);
    }
}

/// Returns the lengths of the names of a key, which TOML joins by dots.
fn names_in(key: &str) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let end = rest.find('.').unwrap_or(rest.len());
        let length = quoted(rest).filter(|_| rest.starts_with(['"', '\''])).unwrap_or(end);
        lengths.push(length);
        rest = rest[length..].strip_prefix('.').unwrap_or("");
    }
    lengths
}

/// Returns the rest of a line from a column on, which counts characters from 1.
fn from_column(line: &str, column: u32) -> &str {
    let skipped = column.saturating_sub(1) as usize;
    line.char_indices().nth(skipped).map_or("", |(at, _)| &line[at..])
}

/// Returns the length of a key in bytes, where one starts here.
fn key(rest: &str) -> Option<usize> {
    let mut length = 0;
    loop {
        let name = &rest[length..];
        length += match name.chars().next()? {
            '"' | '\'' => quoted(name)?,
            _ => name.find(|c: char| !(c.is_alphanumeric() || "_-$".contains(c)))?,
        };
        match rest[length..].strip_prefix('.') {
            Some(_) => length += 1,
            None => break,
        }
    }
    let after = rest[length..].trim_start_matches([' ', '\t']);
    let ends = after.starts_with(['=', ']'])
        || after == ":"
        || after.starts_with(": ")
        || after.starts_with(":\t")
        || after.starts_with(":\"")
        || after.starts_with(":{")
        || after.starts_with(":[");
    (length > 0 && ends).then_some(length)
}

/// Returns the length in bytes of a text in quotes; `None` where the closing quote is missing.
fn quoted(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => _ = chars.next(),
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the length of a value in bytes; never zero unless nothing is left.
fn token(rest: &str) -> usize {
    if rest.starts_with(['"', '\'']) {
        return quoted(rest).unwrap_or(rest.len());
    }
    let end = rest
        .char_indices()
        .skip(1)
        .find(|(at, c)| ",]}".contains(*c) || *c == '#' && rest[..*at].ends_with([' ', '\t']))
        .map_or(rest.len(), |(at, _)| at);
    rest[..end].trim_end().len().max(end.min(1))
}

/// Returns true if a field of any section has this name.
fn is_field(name: &str, table: &'static Table) -> bool {
    let mut pending = vec![table];
    while let Some(table) = pending.pop() {
        if table.field(name).is_some() {
            return true;
        }
        pending.extend(table.fields.iter().filter_map(FieldInfo::table_of_all));
    }
    false
}
