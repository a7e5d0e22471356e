//! The reader of TOML, which makes a tree of it.

use std::borrow::Cow;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::remedy;
use crate::{
    document::{Builder, Finding, LineIndex, Node, ScalarKind, SourceId, characters},
    error::Severity,
    place::Key,
};

/// Reads a document. Every syntax error goes to the builder; a limit that is exceeded is `Err`.
pub(super) fn parse(
    source: SourceId,
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    // The specification lets a reader normalise the line ends in a multi-line string. A file is to mean
    // the same whatever editor saved it; no place moves.
    let text = &*normalized(text);
    let lines = LineIndex::new(source, text);
    let (table, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().unwrap_or_default().start);
    let is_conflict = characters::conflict(text).is_some();
    let (mut last, mut told, mut more, mut are_duplicates) = (None, 0, 0, true);
    for error in errors {
        let span = error.span().unwrap_or_default();
        let place = lines.place(span.start);
        // What follows in the same line, or after a string without an end, is most often the same mistake.
        if last.is_some_and(|(line, is_open)| line == place.line || is_open) {
            continue;
        }
        let is_open = is_conflict || error.message().contains(" string, expected ");
        last = Some((place.line, is_open));
        // The remedies are looked for in the whole text, so only for those that are listed.
        if told == builder.limits().problems {
            more += 1;
            are_duplicates &= error.message() == "duplicate key";
            continue;
        }
        told += 1;
        // The first of two equal keys is kept, so that the rest can still be looked at.
        if error.message() == "duplicate key"
            && let Some(name) = text.get(span.clone())
            && let Some((key, first)) = earlier(table.get_ref(), name, span.start)
                .or_else(|| same_start(text, name, span.start))
        {
            builder.step_over(Finding::duplicate(place, key, lines.place(first).line));
        } else {
            let (before, at) = text.split_at_checked(span.start).unwrap_or((text, ""));
            let (message, remedy) = remedy::toml(error.message(), before, at);
            builder.break_off(Finding::syntax("TOML", place, message, remedy, text));
        }
    }
    if more > 0 {
        let finding = Finding::more(more, Severity::Error);
        if are_duplicates { builder.step_over(finding) } else { builder.break_off(finding) }
    }
    // A text of comments alone is an empty document, and an empty document is no value.
    if table.get_ref().is_empty() {
        return Ok(());
    }
    map(table.get_ref(), table.span().start, &lines, builder)
}

/// Returns a text whose lines end in LF.
fn normalized(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// Returns the last key of this name before an offset, and its own offset. A table is written in one piece, so that
/// this is the other one of two.
fn earlier(table: &DeTable<'_>, name: &str, before: usize) -> Option<(Key, usize)> {
    let mut found: Option<(Key, usize)> = None;
    let mut pending = vec![(Key::root(), table)];
    while let Some((above, table)) = pending.pop() {
        for (written, value) in table {
            let (key, at) = (above.child(written.get_ref().to_string()), written.span().start);
            match value.get_ref() {
                DeValue::Table(table) => pending.push((key.clone(), table)),
                DeValue::Array(items) => {
                    let tables = items.iter().enumerate().filter_map(|(index, item)| {
                        Some((key.item(index), item.get_ref().as_table()?))
                    });
                    pending.extend(tables);
                }
                _ => {}
            }
            let later = found.as_ref().is_none_or(|(_, known)| at > *known);
            if written.get_ref().as_ref() == name && at < before && later {
                found = Some((key, at));
            }
        }
    }
    found
}

/// Returns the offset of an earlier line that is the same as the line of an offset, or starts with
/// the same key: `[server]` twice, or `server.port = 1` before `[server]`, is one table, which
/// remembers its last place only.
fn same_start(text: &str, name: &str, offset: usize) -> Option<(Key, usize)> {
    let start = text.get(..offset)?.rfind('\n')? + 1;
    let header = text.get(start..)?.lines().next()?.trim();
    let mut at = 0;
    text.get(..start)?.split_inclusive('\n').find_map(|line| {
        let here = at;
        at += line.len();
        let line = line.trim();
        let key = line.strip_prefix(name).is_some_and(|after| after.starts_with(['.', ' ', '=']));
        (line == header || key).then(|| (Key::root().child(name.to_owned()), here))
    })
}

fn value(
    spanned: &Spanned<DeValue<'_>>,
    lines: &LineIndex<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    let offset = spanned.span().start;
    let place = lines.place(offset);
    let (kind, text) = match spanned.get_ref() {
        DeValue::String(text) => (ScalarKind::String, text.as_ref().to_owned()),
        DeValue::Integer(integer) => (ScalarKind::Integer, integer.to_string()),
        DeValue::Float(float) => (ScalarKind::Float, float.to_string()),
        DeValue::Boolean(value) => (ScalarKind::Bool, value.to_string()),
        DeValue::Datetime(datetime) => (ScalarKind::String, datetime.to_string()),
        DeValue::Array(items) => {
            builder.start_list(place)?;
            for item in items.iter() {
                value(item, lines, builder)?;
            }
            builder.end();
            return Ok(());
        }
        DeValue::Table(table) => return map(table, offset, lines, builder),
    };
    builder.value(Node::strict(place, kind, text))
}

fn map(
    table: &DeTable<'_>,
    offset: usize,
    lines: &LineIndex<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    builder.start_map(lines.place(offset))?;
    for (name, spanned) in table {
        builder.key(name.get_ref().as_ref(), lines.place(name.span().start));
        value(spanned, lines, builder)?;
    }
    builder.end();
    Ok(())
}
