//! TOML to the tree.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::document::{Builder, Flaw, Kind, Lines, Node, SourceId};

/// Reads a document. Every syntax error goes to the builder; a limit that is met is `Err`.
pub(super) fn parse(source: SourceId, text: &str, builder: &mut Builder<'_>) -> Result<(), Flaw> {
    let lines = Lines::new(source, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        builder.flaw(Flaw::new(lines.place(offset), format!("invalid TOML: {}", error.message())));
    }
    // A text of comments alone is an empty document, and an empty document is no value.
    if table.get_ref().is_empty() {
        return Ok(());
    }
    map(table.get_ref(), table.span().start, &lines, builder)
}

fn value(
    spanned: &Spanned<DeValue<'_>>,
    lines: &Lines<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Flaw> {
    let offset = spanned.span().start;
    let place = lines.place(offset);
    let (kind, text) = match spanned.get_ref() {
        DeValue::String(text) => (Kind::String, text.as_ref().to_owned()),
        DeValue::Integer(integer) => (Kind::Integer, integer.to_string()),
        DeValue::Float(float) => (Kind::Float, float.to_string()),
        DeValue::Boolean(value) => (Kind::Bool, value.to_string()),
        DeValue::Datetime(datetime) => (Kind::String, datetime.to_string()),
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
    lines: &Lines<'_>,
    builder: &mut Builder<'_>,
) -> Result<(), Flaw> {
    builder.start_map(lines.place(offset))?;
    for (name, spanned) in table {
        builder.key(name.get_ref().as_ref(), lines.place(name.span().start));
        value(spanned, lines, builder)?;
    }
    builder.end();
    Ok(())
}
