//! The items of a list, the entries of a map and the variant of an enum, for the deserializer.

use serde::{
    de::{
        self, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};

use super::{
    cursor::{Cursor, Member},
    heard::Keys,
    mismatch::Mismatch,
    node::{Entry, Map, Node, Place, Text},
    number::{self, Integer, ScalarKind},
    path::Path,
};

/// The items of a list, without those that are known not to fit.
pub(super) struct SeqAccess<'de, 'p> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
    /// The item that comes first, out of its turn.
    first: Option<(usize, &'de Node)>,
    list: &'p Cursor<'de, 'p>,
}

impl<'de, 'p> SeqAccess<'de, 'p> {
    pub(super) fn new(items: &'de [Node], list: &'p Cursor<'de, 'p>) -> Self {
        let items = items.iter().enumerate();
        let first = list.retry.find_first(items.clone(), |(_, item)| item);
        Self { items, first, list }
    }

    pub(super) fn left(&self) -> usize {
        self.items.len()
    }
}

impl<'de> de::SeqAccess<'de> for &mut SeqAccess<'de, '_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mismatch> {
        let Cursor { path, retry, .. } = self.list;
        let is_left = |(_, node): &(usize, &Node)| !retry.skips(node) && !retry.is_first(node);
        let next = self.first.take().or_else(|| self.items.find(is_left));
        let Some((index, node)) = next else {
            return Ok(None);
        };
        Cursor::new(node, path.item(index), retry).read(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map, without those that are left out or not seen.
pub(super) struct MapAccess<'de, 'p> {
    entries: indexmap::map::Iter<'de, Text, Entry>,
    /// The entry that comes first, out of its turn.
    first: Option<(&'de str, &'de Entry)>,
    map: &'p Cursor<'de, 'p>,
    current: Option<(&'de str, &'de Entry)>,
    /// The names that a struct knows; none for a map.
    fields: &'static [&'static str],
}

impl<'de, 'p> MapAccess<'de, 'p> {
    pub(super) fn new(entries: &'de Map, map: &'p Cursor<'de, 'p>) -> Self {
        let named = entries.iter().map(|(name, entry)| (&**name, entry));
        let first = map.retry.find_first(named, |(_, entry)| &entry.node);
        Self { entries: entries.iter(), first, map, current: None, fields: &[] }
    }

    /// Returns true if entries are left, of which it is not known how their type would take them.
    pub(super) fn has_left(&self) -> bool {
        self.entries.len() > 0
    }

    /// Returns the same entries, offered to a struct that knows these names.
    pub(super) fn of_struct(self, fields: &'static [&'static str]) -> Self {
        Self { fields, ..self }
    }
}

impl<'de> de::MapAccess<'de> for MapAccess<'de, '_> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Cursor { node, path, retry, seen, .. } = self.map;
        retry.hear_entries(node);
        let is_left = |(name, entry): &(&str, &Entry)| {
            let is_seen = seen.is_none_or(|seen| seen(name));
            !retry.leaves_out(&entry.node) && is_seen && !retry.is_first(&entry.node)
        };
        let mut entries = self.entries.by_ref().map(|(name, entry)| (&**name, entry));
        let next = self.first.take().or_else(|| entries.find(is_left));
        let Some((name, entry)) = next else {
            return Ok(None);
        };
        self.current = Some((name, entry));
        let path = path.name(name);
        let key = KeyCursor { text: name, place: entry.key, path, around: self.map };
        seed.deserialize(key).map(Some).inspect_err(|_| retry.doubt())
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let Some((name, entry)) = self.current.take() else {
            return Err(Mismatch::custom("a value was asked for before its key"));
        };
        let mut cursor = Cursor::new(&entry.node, self.map.path.name(name), self.map.retry);
        // By reference: a cursor lies on the stack several times for each level of a document.
        let member = Member { name, key: entry.key, fields: self.fields };
        cursor.member = (!self.fields.is_empty()).then_some(&member);
        cursor.read(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The key of a map entry: a text that becomes a number or a boolean where the map wants one.
struct KeyCursor<'de, 'p> {
    text: &'de str,
    place: Place,
    path: Path<'p>,
    /// The map, or the value that is a variant.
    around: &'p Cursor<'de, 'p>,
}

impl KeyCursor<'_, '_> {
    fn located<T>(&self, result: Result<T, Mismatch>) -> Result<T, Mismatch> {
        result.map_err(|mismatch| mismatch.at(self.place, || self.path.key()))
    }
}

impl<'de> KeyCursor<'de, '_> {
    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let parsed = match number::resolve(self.text) {
            Some(ScalarKind::Integer) => Integer::parse(self.text),
            _ => None,
        };
        if let Some(message) = parsed.and_then(|_| number::leading_zero(self.text)) {
            return self.located(Err(Mismatch::custom(message)));
        }
        self.located(match parsed {
            Some(integer) => integer.visit(visitor),
            None => Err(Mismatch::invalid_type(Unexpected::Str(self.text), &visitor)),
        })
    }
}

/// The methods that read a key as an integer, each with the name of the type.
macro_rules! integers {
    ($($method:ident $ty:literal),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            let Cursor { node, retry, .. } = self.around;
            let key = self.integer(visitor);
            retry.hear_key(node, Keys::Integers($ty), key.is_ok());
            key
        }
    )*};
}

impl<'de> Deserializer<'de> for KeyCursor<'de, '_> {
    type Error = Mismatch;

    integers!(deserialize_i8 "i8", deserialize_i16 "i16", deserialize_i32 "i32", deserialize_i64 "i64");
    integers!(deserialize_u8 "u8", deserialize_u16 "u16", deserialize_u32 "u32", deserialize_u64 "u64");
    integers!(deserialize_i128 "i128", deserialize_u128 "u128");

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct ignored_any
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Cursor { node, retry, .. } = self.around;
        let name = self.deserialize_any(visitor);
        retry.hear_name(node, &name);
        name
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.around.retry.has_integer_names(self.around.node) {
            return match number::resolve(self.text) {
                Some(ScalarKind::Integer) => self.integer(visitor),
                _ => self.located(Err(Mismatch::invalid_type(
                    Unexpected::Str(self.text),
                    &"an integer",
                ))),
            };
        }
        self.located(visitor.visit_borrowed_str(self.text))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.located(match number::boolean(self.text) {
            Some(value) => visitor.visit_bool(value),
            None => Err(Mismatch::invalid_type(Unexpected::Str(self.text), &visitor)),
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let text: StrDeserializer<'_, Mismatch> = self.text.into_deserializer();
        let Cursor { node, retry, .. } = self.around;
        let key = self.located(visitor.visit_enum(text));
        retry.hear_key(node, Keys::Words(variants), key.is_ok());
        key
    }
}

/// A variant of an enum: its name alone, or its name and its content.
pub(super) struct EnumAccess<'de, 'p> {
    name: &'de str,
    place: Place,
    content: Option<&'de Node>,
    value: &'p Cursor<'de, 'p>,
}

impl<'de, 'p> EnumAccess<'de, 'p> {
    pub(super) fn unit(name: &'de str, value: &'p Cursor<'de, 'p>) -> Self {
        Self { name, place: value.node.place, content: None, value }
    }

    /// Reads the variant from the one entry of a map. Entries that a later source set to `null` do
    /// not count, so that a source can put one variant in the place of another.
    pub(super) fn from_map(map: &'de Map, value: &'p Cursor<'de, 'p>) -> Option<Self> {
        let mut set = map.iter().filter(|(_, entry)| map.len() == 1 || !entry.node.is_null());
        match (set.next(), set.next()) {
            (Some((name, entry)), None) => {
                Some(Self { name, place: entry.key, content: Some(&entry.node), value })
            }
            _ => None,
        }
    }
}

impl<'de, 'p> de::EnumAccess<'de> for EnumAccess<'de, 'p> {
    type Error = Mismatch;
    type Variant = VariantAccess<'de, 'p>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Mismatch> {
        let path = match self.content {
            Some(_) => self.value.path.name(self.name),
            None => self.value.path,
        };
        let key = KeyCursor { text: self.name, place: self.place, path, around: self.value };
        let value = seed.deserialize(key)?;
        Ok((value, VariantAccess(self)))
    }
}

/// The content of a variant, once its name is read.
pub(super) struct VariantAccess<'de, 'p>(EnumAccess<'de, 'p>);

impl<'de> VariantAccess<'de, '_> {
    fn content<T>(
        self,
        wanted: &'static str,
        read: impl FnOnce(Cursor<'de, '_>) -> Result<T, Mismatch>,
    ) -> Result<T, Mismatch> {
        let EnumAccess { name, content, value, .. } = self.0;
        match content {
            Some(node) => {
                let cursor = Cursor::new(node, value.path.name(name), value.retry);
                match value.retry.poison(node) {
                    Some(poison) => cursor.located(Err(poison.refused(&wanted))),
                    None => read(cursor),
                }
            }
            None => {
                let shape = format!("`{{{name}: …}}` with {wanted} in it");
                Err(Mismatch::invalid_type(Unexpected::Str(name), &shape.as_str()))
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for VariantAccess<'de, '_> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.0.content {
            None => Ok(()),
            Some(_) => self.content("nothing", |cursor| serde::Deserialize::deserialize(cursor)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        self.content("a value", |cursor| cursor.read(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.content("a list", |cursor| cursor.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.content("a map", |cursor| cursor.deserialize_struct("", fields, visitor))
    }
}
