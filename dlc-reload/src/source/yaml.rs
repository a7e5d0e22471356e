//! The reader of YAML 1.2, which makes a tree straight from the events of the parser.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::remedy;
use crate::document::{
    Builder, Entry, Finding, Map, Node, Place, Scalar, ScalarKind, Size, SourceId, Value, narrow,
    resolve,
};

/// Reads one document. A duplicate key goes to the builder, any other finding is `Err`.
pub(super) fn parse(
    source: SourceId,
    text: &str,
    builder: &mut Builder<'_>,
) -> Result<(), Finding> {
    let depth = builder.deepest();
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    let mut reader = Reader {
        source,
        text,
        anchors: HashMap::new(),
        started: false,
        key_start: Place::whole(source),
        key_end: None,
        further: None,
        pending: Vec::new(),
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| {
            let place = reader.place(error.marker());
            match error.kind() {
                ErrorKind::RecursionLimitExceeded => builder.too_deep(place),
                ErrorKind::UnknownAnchor => Finding::error(place, UNKNOWN_ANCHOR),
                kind => {
                    let offset = error.marker().byte_offset().unwrap_or_default();
                    let (before, at) = text.split_at_checked(offset).unwrap_or((text, ""));
                    let remedy = remedy::yaml(kind, before, at);
                    Finding::syntax("YAML", place, &error.info(), &remedy, text)
                }
            }
        })?;
        reader.event(event, span, builder)?;
    }
    Ok(())
}

/// Returns true if a text, which parses, leaves out a value: `{a: }`, or `{a:1}`, where `a:1` is the key.
pub(super) fn leaves_out_a_value(text: &str) -> bool {
    let nothing = |event: &Event<'_>, span: &Span| {
        matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..)) && span.start == span.end
    };
    Parser::new_from_str(text).flatten().any(|(event, span)| nothing(&event, &span))
}
/// Neither quotes the name: it may be the start of a password that needs quotes.
const UNKNOWN_ANCHOR: &str =
    "no anchor has this name before, correct it (a text that starts with `*` needs quotes)";
const EMPTY_ANCHOR: &str =
    "an anchor on nothing, remove it (a text that starts with `&` needs quotes)";

/// The state between two events of the parser, beside the builder.
struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    anchors: HashMap<usize, Anchored>,
    /// True once the first document has started.
    started: bool,
    /// The place of the last key, and the offset of its end until its value has come.
    key_start: Place,
    key_end: Option<usize>,
    /// The place at which a document after the first one starts.
    further: Option<Place>,
    /// For every open list or map: its anchor and what `<<` put into it.
    pending: Vec<Pending>,
}

/// A value that aliases can repeat.
struct Anchored {
    node: Node,
    size: Size,
}

/// An open list or map.
#[derive(Default)]
struct Pending {
    anchor: usize,
    merged: Vec<Node>,
    /// True if the value that comes next belongs to a `<<`.
    merging: bool,
}

impl Reader<'_> {
    fn event(
        &mut self,
        event: Event<'_>,
        span: Span,
        builder: &mut Builder<'_>,
    ) -> Result<(), Finding> {
        let place = self.place(&span.start);
        if let Some(further) = self.further {
            // A file may end with `---` and nothing after it.
            let is_nothing = match event {
                Event::Scalar(_, _, 0, None) => span.start == span.end,
                Event::DocumentEnd | Event::StreamEnd => true,
                _ => false,
            };
            let second = "a second document starts here: keep one document to a file";
            return if is_nothing { Ok(()) } else { Err(Finding::error(further, second)) };
        }
        let is_key = builder.wants_key();
        match event {
            Event::DocumentStart(..) if self.started => self.further = Some(place),
            Event::DocumentStart(..) => self.started = true,
            Event::Scalar(_, ScalarStyle::Plain, anchor, None) if span.start == span.end => {
                self.nothing(anchor, &span.start, builder)?
            }
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.as_written(&text, style, &span);
                self.scalar(text, style, anchor, tag.as_deref(), place, builder)?
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_key(&span.start, builder)?;
                check_tag(tag.as_deref(), "seq", place)?;
                builder.start_list(place)?;
                self.pending.push(Pending { anchor, ..Pending::default() });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_key(&span.start, builder)?;
                check_tag(tag.as_deref(), "map", place)?;
                builder.start_map(place)?;
                self.pending.push(Pending { anchor, ..Pending::default() });
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(builder)?,
            Event::Alias(anchor) => self.alias(anchor, place, builder)?,
            _ => {}
        }
        self.key_start = if is_key { place } else { self.key_start };
        self.key_end = span.end.byte_offset().filter(|_| is_key);
        Ok(())
    }

    /// Takes a key or value of which nothing is written.
    fn nothing(
        &mut self,
        anchor: usize,
        at: &Marker,
        builder: &mut Builder<'_>,
    ) -> Result<(), Finding> {
        let place = self.place(at);
        match anchor {
            _ if builder.wants_key() => {
                let message = "a value without a key, write the key before the `:`";
                Err(Finding::error(place, message))
            }
            0 if self.is_bare_key() => {
                let message =
                    "a key without a value, write `key: value` with a space after the colon";
                Err(Finding::error(self.key_start, message))
            }
            0 => self.value(Node::null(place), builder),
            _ => Err(Finding::error(self.anchor_before(at), EMPTY_ANCHOR)),
        }
    }

    /// Returns true if the last key of `{…}` stands there without a colon: `{port:80}` is the key `port:80`.
    fn is_bare_key(&self) -> bool {
        let after = self.key_end.and_then(|end| self.text.get(end..));
        let mut code = after.unwrap_or_default().lines().map(|line| match line.trim_start() {
            comment if comment.starts_with('#') => "",
            code => code,
        });
        code.find(|code| !code.is_empty()).is_some_and(|code| code.starts_with([',', '}']))
    }

    /// Returns the place of the anchor before the place at which its value would have begun.
    fn anchor_before(&self, at: &Marker) -> Place {
        let before = at.byte_offset().and_then(|offset| self.text.get(..offset));
        let Some((before, anchor)) = before.and_then(|before| before.rsplit_once('&')) else {
            return self.place(at);
        };
        let line = before.rsplit('\n').next().unwrap_or_default();
        Place {
            source: self.source,
            line: narrow(at.line() - anchor.matches('\n').count()),
            column: narrow(line.chars().count() + 1),
        }
    }

    /// Returns the text of a scalar without the line end that the parser adds to a block at the end of a text
    /// that has none.
    fn as_written<'t>(&self, text: &'t str, style: ScalarStyle, span: &Span) -> &'t str {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if is_block && span.end.byte_offset() == Some(self.text.len()) {
            let last = self.text.rsplit(['\n', '\r']).next().unwrap_or_default();
            if !last.trim().is_empty() {
                return text.strip_suffix('\n').unwrap_or(text);
            }
        }
        text
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
        builder: &mut Builder<'_>,
    ) -> Result<(), Finding> {
        if builder.wants_key() {
            if let Some(pending) = self.pending.last_mut() {
                pending.merging = text == "<<" && style == ScalarStyle::Plain;
            }
            if anchor != 0 {
                self.keep(anchor, &Node::strict(place, ScalarKind::String, text), builder)?;
            }
            builder.key(text, place);
            return Ok(());
        }
        let node = scalar_node(text, style, tag, place)?;
        self.keep(anchor, &node, builder)?;
        self.value(node, builder)
    }

    fn alias(
        &mut self,
        anchor: usize,
        place: Place,
        builder: &mut Builder<'_>,
    ) -> Result<(), Finding> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Finding::error(place, "this alias stands inside of what it names"));
        };
        if builder.wants_key() {
            return match &anchored.node.value {
                Value::Scalar(scalar) => {
                    builder.copy(anchored.size, place)?;
                    builder.key(scalar.text.clone(), place);
                    Ok(())
                }
                _ => Err(Finding::error(place, "a key has to be a single value")),
            };
        }
        builder.copy(anchored.size, place)?;
        builder.count(anchored.size.nodes - 1, place)?;
        builder.check_depth(builder.depth() + anchored.size.height, place)?;
        let node = Node { place, ..anchored.node.clone() };
        self.value(node, builder)
    }

    /// Takes a whole value, which belongs to a `<<` or to the tree.
    fn value(&mut self, node: Node, builder: &mut Builder<'_>) -> Result<(), Finding> {
        if let Some(pending) = self.pending.last_mut()
            && pending.merging
        {
            pending.merging = false;
            pending.merged.extend(mergeable(node)?);
            builder.drop_key();
            return Ok(());
        }
        builder.value(node)
    }

    fn end(&mut self, builder: &mut Builder<'_>) -> Result<(), Finding> {
        let (Some(pending), Some(mut node)) = (self.pending.pop(), builder.take()) else {
            return Ok(());
        };
        if let Value::Map(map) = &mut node.value {
            fill(map, pending.merged);
        }
        self.keep(pending.anchor, &node, builder)?;
        if self.pending.last().is_some_and(|pending| pending.merging) {
            return self.value(node, builder);
        }
        builder.put(node);
        Ok(())
    }

    /// Keeps a value that aliases can repeat.
    fn keep(
        &mut self,
        anchor: usize,
        node: &Node,
        builder: &mut Builder<'_>,
    ) -> Result<(), Finding> {
        if anchor != 0 {
            let size = Size::of(node);
            // Inside of another one it is kept once more with that one, and so at each level.
            if self.pending.iter().any(|pending| pending.anchor != 0) {
                builder.copy(size, node.place)?;
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        Ok(())
    }

    fn check_key(&self, at: &Marker, builder: &Builder<'_>) -> Result<(), Finding> {
        if !builder.wants_key() {
            return Ok(());
        }
        let before = at.byte_offset().and_then(|offset| self.text.get(..offset));
        let is_template = before.is_some_and(|before| before.ends_with('{'))
            && at
                .byte_offset()
                .and_then(|at| self.text.get(at..))
                .is_some_and(|at| at.starts_with('{'));
        Err(Finding::error(
            self.place(at),
            if is_template {
                "a key has to be a single value: nothing has filled in the template `{{ … }}`, or it needs quotes"
            } else {
                "a key has to be a single value"
            },
        ))
    }

    fn place(&self, marker: &Marker) -> Place {
        Place {
            source: self.source,
            line: narrow(marker.line()),
            column: narrow(marker.col()).saturating_add(1),
        }
    }
}

fn scalar_node(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    place: Place,
) -> Result<Node, Finding> {
    let plain = style == ScalarStyle::Plain;
    let guessed = if plain { resolve(text) } else { Some(ScalarKind::String) };
    let Some(tag) = tag else {
        let value = match guessed {
            None => Value::Null,
            Some(kind) => Value::Scalar(Scalar { text: text.into(), kind, plain }),
        };
        return Ok(Node { place, value });
    };
    let written = resolve(text);
    let kind = match tag.core_suffix() {
        Some("str") => ScalarKind::String,
        Some("null") if written.is_none() => return Ok(Node::null(place)),
        Some("bool") if written == Some(ScalarKind::Bool) => ScalarKind::Bool,
        Some("int") if written == Some(ScalarKind::Integer) => ScalarKind::Integer,
        Some("float") if matches!(written, Some(ScalarKind::Float | ScalarKind::Integer)) => {
            ScalarKind::Float
        }
        Some(suffix @ ("null" | "bool" | "int" | "float")) => {
            return Err(Finding::error(
                place,
                format!("the value does not fit its tag `!!{suffix}`"),
            ));
        }
        // `!` alone says that nothing is to be guessed.
        None if tag.suffix() == "!" || tag.original() == "!" => ScalarKind::String,
        _ => return Err(unknown_tag(place)),
    };
    Ok(Node::strict(place, kind, text))
}

fn check_tag(tag: Option<&Tag>, wanted: &str, place: Place) -> Result<(), Finding> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(wanted) => Err(unknown_tag(place)),
        _ => Ok(()),
    }
}

/// Returns the finding of an unknown tag, and does not quote it: it may be the start of a password
/// that needs quotes.
fn unknown_tag(place: Place) -> Finding {
    Finding::error(
        place,
        "this tag means nothing here, remove it (a text that starts with `!` needs quotes)",
    )
}

/// Returns the maps that the value of a `<<` stands for.
fn mergeable(node: Node) -> Result<Vec<Node>, Finding> {
    let place = node.place;
    let maps = match node.value {
        Value::List(items) => items,
        _ => vec![node],
    };
    if maps.iter().all(|map| matches!(map.value, Value::Map(_))) {
        Ok(maps)
    } else {
        Err(Finding::error(place, "`<<` takes a map or a list of maps"))
    }
}

/// Adds the entries of the merged maps that the map itself does not have; of several, the first wins.
fn fill(map: &mut Map, merged: Vec<Node>) {
    for node in merged {
        if let Value::Map(entries) = node.value {
            for (name, entry) in *entries {
                let _: &mut Entry = map.entry(name).or_insert(entry);
            }
        }
    }
}
