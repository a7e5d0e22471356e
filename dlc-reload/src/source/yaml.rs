//! The reader of YAML 1.2, which makes a tree straight from the events of the parser.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, Span, Tag};

use crate::document::{
    Builder, Entry, Finding, Map, Node, Place, Scalar, ScalarKind, SourceId, Value, narrow, resolve,
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
        aliased: builder.limits().aliased,
        anchors: HashMap::new(),
        started: false,
        further: None,
        pending: Vec::new(),
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = next.map_err(|error| {
            let place = reader.place(error.marker());
            match error.kind() {
                ErrorKind::RecursionLimitExceeded => builder.too_deep(place),
                _ => Finding::syntax("YAML", place, &error.info(), text),
            }
        })?;
        reader.event(event, span, builder)?;
    }
    Ok(())
}

/// The state between two events of the parser, beside the builder.
struct Reader {
    source: SourceId,
    /// The number of values that aliases may still copy.
    aliased: usize,
    anchors: HashMap<usize, Anchored>,
    /// True once the first document has started.
    started: bool,
    /// The place at which a document after the first one starts.
    further: Option<Place>,
    /// For every open list or map: its anchor and what `<<` put into it.
    pending: Vec<Pending>,
}

/// A value that aliases can repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

/// An open list or map.
#[derive(Default)]
struct Pending {
    anchor: usize,
    merged: Vec<Node>,
    /// True if the value that comes next belongs to a `<<`.
    merging: bool,
}

impl Reader {
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
        match event {
            Event::DocumentStart(..) if self.started => self.further = Some(place),
            Event::DocumentStart(..) => self.started = true,
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), place, builder)?
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_key(place, builder)?;
                check_tag(tag.as_deref(), "seq", place)?;
                builder.start_list(place)?;
                self.pending.push(Pending { anchor, ..Pending::default() });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_key(place, builder)?;
                check_tag(tag.as_deref(), "map", place)?;
                builder.start_map(place)?;
                self.pending.push(Pending { anchor, ..Pending::default() });
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(builder)?,
            Event::Alias(anchor) => self.alias(anchor, place, builder)?,
            _ => {}
        }
        Ok(())
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
            self.keep(anchor, || Node::strict(place, ScalarKind::String, text));
            builder.key(text, place);
            return Ok(());
        }
        let node = scalar_node(text, style, tag, place)?;
        self.keep(anchor, || node.clone());
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
                    builder.key(scalar.text.clone(), place);
                    Ok(())
                }
                _ => Err(Finding::error(place, "a key has to be a single value")),
            };
        }
        if anchored.nodes > self.aliased {
            return Err(Finding::error(place, "aliases copy too many values, write fewer of them"));
        }
        self.aliased -= anchored.nodes;
        builder.count(anchored.nodes - 1, place)?;
        builder.check_depth(builder.depth() + anchored.height, place)?;
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
        self.keep(pending.anchor, || node.clone());
        if self.pending.last().is_some_and(|pending| pending.merging) {
            return self.value(node, builder);
        }
        builder.put(node);
        Ok(())
    }

    fn keep(&mut self, anchor: usize, node: impl FnOnce() -> Node) {
        if anchor != 0 {
            let node = node();
            let (nodes, height) = measure(&node);
            self.anchors.insert(anchor, Anchored { node, nodes, height });
        }
    }

    fn check_key(&self, place: Place, builder: &Builder<'_>) -> Result<(), Finding> {
        if builder.wants_key() {
            Err(Finding::error(place, "a key has to be a single value"))
        } else {
            Ok(())
        }
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

/// Returns the number of nodes and the height of a tree.
fn measure(node: &Node) -> (usize, usize) {
    let mut nodes = 0;
    let mut height = 0;
    let mut left = vec![(node, 0)];
    while let Some((node, depth)) = left.pop() {
        nodes += 1;
        match &node.value {
            Value::List(items) => left.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Map(map) => left.extend(map.values().map(|entry| (&entry.node, depth + 1))),
            _ => continue,
        }
        height = height.max(depth + 1);
    }
    (nodes, height)
}
