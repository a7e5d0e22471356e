//! Keys: dotted paths that name a value in a configuration.

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::CharIndices,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// A dotted path that names one value, such as `logging.level`, `peers[2].host` or `upstreams["a"].weight`.
///
/// Keys are written with the serialized names, as they stand in a configuration file. A name that
/// holds a dot, a bracket, a quote or white space, or that is empty, is written in quotes:
/// `limits."eu.west"`. In quotes, a character that cannot be seen is escaped as in Rust: `"ho\u{200b}st"`.
///
/// ```
/// use dlc_reload::Key;
///
/// let key = Key::parse("peers[2].host");
/// assert_eq!(key, Key::root().child("peers").item(2).child("host"));
/// assert_eq!(key.to_string(), "peers[2].host");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
pub struct Key(Vec<Segment>);

/// One step of a [`Key`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The entry of a map, by name.
    Name(Cow<'static, str>),
    /// The item of a list, counted from zero.
    Item(usize),
    /// The item of a list whose items have an identity.
    Entry(Identity),
}

/// The identity of an item of a list, such as `["a"]`: the value of one of its fields.
///
/// Two are the same if the values are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name of the field; empty where it is not known, as in a key that was read from a text.
    pub(crate) by: &'static str,
    value: Box<str>,
    /// The index at which the item is likely to be.
    near: usize,
}

impl Identity {
    pub(crate) fn new(by: &'static str, value: impl Into<Box<str>>) -> Self {
        Self { by, value: value.into(), near: 0 }
    }

    /// Returns the same identity, with the index at which the item is likely to be.
    pub(crate) fn near(self, near: usize) -> Self {
        Self { near, ..self }
    }

    /// Returns the same identity by the field of another name.
    pub(crate) fn by(&self, by: &'static str) -> Self {
        Self { by, ..self.clone() }
    }

    /// Returns the index of the item of a list. From where it is likely to be, it is looked for in both directions: a
    /// list has many items, and from one version to the next most of them stay about where they are.
    pub(crate) fn index_in<T>(&self, items: &[T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
        let near = self.near.min(items.len());
        let both = |away| [near.checked_add(away), near.checked_sub(away + 1)];
        let mut indexes = (0..=items.len()).flat_map(both).flatten();
        indexes.find(|index| items.get(*index).is_some_and(&is_it))
    }

    /// Returns the value, as text.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl Key {
    /// Returns the key of the whole configuration; it has no segments and displays as nothing.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// Returns true if this is the key of the whole configuration.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the key of the entry `name` below this key.
    #[must_use]
    pub fn child(&self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with(Segment::Name(name.into()))
    }

    /// Returns the key of the item `index` below this key.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(Segment::Item(index))
    }

    /// Returns the key that names `below` inside the value that this key names.
    #[must_use]
    pub fn join(&self, below: &Self) -> Self {
        Self([self.segments(), below.segments()].concat())
    }

    /// Returns the steps of this key, from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Returns true if this key names `other` or something above it.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Reads a key as [`Display`](fmt::Display) writes it.
    ///
    /// Every text is a key: what is not an index in brackets or a name in quotes is taken as part
    /// of a plain name.
    pub fn parse(text: &str) -> Self {
        let mut key = Self::root();
        let mut rest = text;
        while !rest.is_empty() {
            let (segment, after) = first_segment(rest);
            key.push(segment);
            rest = after.strip_prefix('.').unwrap_or(after);
        }
        key
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    fn with(&self, segment: Segment) -> Self {
        self.0.iter().cloned().chain([segment]).collect()
    }
}

/// Splits the first segment off a text that is not empty; always consumes at least one byte.
fn first_segment(text: &str) -> (Segment, &str) {
    if let Some(inner) = text.strip_prefix('"')
        && let Some((name, after)) = quoted(inner)
    {
        return (Segment::Name(name.into()), after);
    }
    if let Some(inner) = text.strip_prefix("[\"")
        && let Some((value, after)) = quoted(inner)
        && let Some(after) = after.strip_prefix(']')
    {
        return (Segment::Entry(Identity::new("", value)), after);
    }
    if let Some(inner) = text.strip_prefix('[')
        && let Some((digits, after)) = inner.split_once(']')
        && let Ok(index) = digits.parse()
    {
        return (Segment::Item(index), after);
    }
    if let Some(after) = text.strip_prefix('.') {
        return (Segment::Name(Cow::Borrowed("")), after);
    }
    let mut stops = text.char_indices().skip(1).filter(|&(_, c)| c == '.' || c == '[');
    let end = stops.next().map_or(text.len(), |(at, _)| at);
    (Segment::Name(text[..end].to_owned().into()), &text[end..])
}

fn quoted(inner: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, &inner[at + 1..])),
            '\\' => name.push(unescaped(&mut chars)?),
            other => name.push(other),
        }
    }
    None
}

/// Reads what follows a backslash.
fn unescaped(chars: &mut CharIndices<'_>) -> Option<char> {
    Some(match chars.next()?.1 {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        'u' => {
            let (code, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            let character = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
            // Step by step: the caller goes on with this iterator, and its offsets.
            while chars.as_str().len() > rest.len() {
                let _: Option<_> = chars.next();
            }
            character
        }
        other => other,
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Item(index) => write!(f, "[{index}]")?,
                Segment::Entry(identity) => write!(f, "[{:?}]", identity.value)?,
                Segment::Name(name) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    write_name(name, f)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns a text in which nothing begins a new line or steers a terminal: what comes from outside may forge a line
/// of a log.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return text.into();
    }
    let mut shown = String::new();
    for c in text.chars() {
        if breaks(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

/// Returns the beginning of a text that is longer than people read, with the number of bytes that are left out.
pub(crate) fn beginning(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}… ({} more bytes)", &text[..end], text.len() - end).into(),
        None => text.into(),
    }
}

fn write_name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = |c: char| !matches!(c, '.' | '[' | ']' | '"') && !c.is_whitespace();
    let escaped = format!("{name:?}");
    if !name.is_empty() && name.chars().all(plain) && escaped.len() == name.len() + 2 {
        f.write_str(name)
    } else {
        // `parse` reads it back.
        f.write_str(&escaped)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl FromIterator<Segment> for Key {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::parse(text)
    }
}

impl From<&Key> for Key {
    fn from(key: &Key) -> Self {
        key.clone()
    }
}

impl JsonSchema for Key {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_displays() {
        let keys = [
            Key::root(),
            Key::root().child("a").child("b-c").item(0).item(17).child("d"),
            Key::root().child("eu.west").child("").child("a \"b\" \\ [0]"),
            Key::root().item(3),
            Key::root()
                .child("a")
                .with(Segment::Entry(Identity::new("", "x \"y\".[z]")))
                .child("b"),
        ];
        for key in keys {
            assert_eq!(Key::parse(&key.to_string()), key, "{key}");
        }
    }

    #[test]
    fn every_text_is_a_key() {
        for text in [".", "..", "a..b", "[", "[x]", "\"open", "a[", "é.ü", "[9"] {
            let key = Key::parse(text);
            assert_eq!(Key::parse(&key.to_string()), key, "{text}");
        }
    }

    #[test]
    fn an_item_is_found_wherever_it_is_likely_to_be() {
        let items = ["a", "b", "c", "d"];
        for near in [0, 1, 2, 3, 4, 9, usize::MAX] {
            let index =
                |text| Identity::new("", text).near(near).index_in(&items, |it| *it == text);
            assert_eq!(
                ["a", "b", "c", "d", "e"].map(index),
                [Some(0), Some(1), Some(2), Some(3), None]
            );
        }
        assert_eq!(Identity::new("", "a").near(1).index_in(&[], |_: &&str| true), None);
    }
}
