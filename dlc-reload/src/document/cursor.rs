//! The deserializer over a node, which makes typed values out of the tree.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, Error as _, Expected, Unexpected, Visitor,
    value::{MapDeserializer, SeqDeserializer},
};

use super::{
    access::{EnumAccess, MapAccess, SeqAccess},
    files::Named,
    heard::Known,
    mismatch::Mismatch,
    node::{Node, Place, Value},
    number::{self, Integer, ScalarKind},
    path::Path,
    retry::{Ignored, Retry},
};
use crate::units::{FILE_TEXT, Period, RELATIVE_PATH};

/// A node and the path to it, as a deserializer.
#[derive(Clone, Copy)]
pub struct Cursor<'de, 'p> {
    pub(super) node: &'de Node,
    pub(super) path: Path<'p>,
    pub(super) retry: &'p Retry,
    /// A filter on the names of the entries; a flattened field sees those that no other field takes.
    pub(super) seen: Option<&'p dyn Fn(&str) -> bool>,
    /// The entry that this is the value of, where it is one of a struct.
    pub(super) member: Option<&'p Member<'de>>,
}

/// Leaves out the value, which may be a secret.
impl fmt::Debug for Cursor<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

/// An entry of a struct, with the names that the struct knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'de> {
    pub(super) name: &'de str,
    pub(super) key: Place,
    pub(super) fields: &'static [&'static str],
}

impl<'de, 'p> Cursor<'de, 'p> {
    pub(crate) fn new(node: &'de Node, path: Path<'p>, retry: &'p Retry) -> Self {
        Self { node, path, retry, seen: None, member: None }
    }

    /// Returns the same map, of which only some entries are seen.
    pub(crate) fn seeing(self, seen: &'p dyn Fn(&str) -> bool) -> Self {
        Self { seen: Some(seen), ..self }
    }

    /// Reads the value for a part of another one. What its type finds wrong after reading stands here, too.
    pub(super) fn read<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mismatch> {
        self.located(match self.retry.poison(self.node) {
            Some(poison) => seed.deserialize(poison),
            None => seed.deserialize(self),
        })
    }

    /// Gives an error the place of this node, unless something deeper has one already.
    pub(super) fn located<T>(self, result: Result<T, Mismatch>) -> Result<T, Mismatch> {
        result.map_err(|mismatch| self.refusal(mismatch))
    }

    /// Returns a refusal with the place of this node, unless it has one already.
    fn refusal(self, mismatch: Mismatch) -> Mismatch {
        self.retry.doubt();
        mismatch.at(self.node.place, || self.path.key())
    }

    /// Returns the mismatch, at the place of this node, of a type that is not the one of the field.
    fn mismatch(self, expected: &dyn Expected) -> Mismatch {
        if self.node.is_null() {
            self.retry.refuse(self.node);
        }
        self.refusal(self.expected(expected))
    }

    /// Returns the mismatch of a node in whose place something else was expected.
    pub(crate) fn expected(self, expected: &dyn Expected) -> Mismatch {
        Mismatch::invalid_type(self.node.unexpected(), expected)
    }

    /// Returns the mismatch, at the place of this node, of a value that is no map.
    pub(crate) fn no_map(self, expected: &dyn Expected) -> Mismatch {
        match self.node.broken_bracket() {
            Some(reason) => self.unread(reason),
            None => self.mismatch(expected),
        }
    }

    fn unread(self, reason: &str) -> Mismatch {
        self.refusal(Mismatch::unread(reason))
    }

    /// Returns the type and text of a scalar; the text of an untyped one decides its type.
    fn scalar(self) -> Option<(ScalarKind, &'de str)> {
        match &self.node.value {
            Value::Scalar(scalar) => Some((scalar.kind, &scalar.text)),
            Value::Untyped(untyped) => Some((untyped.kind(), &untyped.text)),
            _ => None,
        }
    }

    /// Returns the text for a field that wants a string, unless the source says that it is no string.
    fn text(self) -> Option<&'de str> {
        let (text, is_text) = self.node.as_text()?;
        if !is_text {
            self.retry.learn_text(self.node);
        }
        Some(text)
    }

    fn string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.text() {
            Some(text) => self.located(visitor.visit_borrowed_str(text)),
            None => Err(self.mismatch(&visitor)),
        }
    }

    /// Returns the integer of a text of that type; `None` where it is too large for 128 bits.
    fn parsed(self, text: &str) -> Result<Option<Integer>, Mismatch> {
        self.located(match number::leading_zero(text) {
            Some(message) => Err(Mismatch::custom(message)),
            None => Ok(Integer::parse(text)),
        })
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Some((ScalarKind::Integer, text)) = self.scalar() else {
            return Err(self.mismatch(&visitor));
        };
        self.located(match self.parsed(text)? {
            Some(integer) if !integer.is_wide() => integer.visit(visitor),
            _ => Err(Mismatch::invalid_value(Unexpected::Other(text), &visitor)),
        })
    }

    fn wide_integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Some((ScalarKind::Integer, text)) = self.scalar() else {
            return Err(self.mismatch(&visitor));
        };
        self.located(match self.parsed(text)? {
            Some(Integer::Unsigned(value)) => visitor.visit_u128(value),
            Some(Integer::Negative(value)) => visitor.visit_i128(value),
            None => Err(Mismatch::invalid_value(Unexpected::Other(text), &visitor)),
        })
    }

    fn float<V: Visitor<'de>>(self, largest: f64, visitor: V) -> Result<V::Value, Mismatch> {
        let value = match self.scalar() {
            Some((ScalarKind::Float, text)) => number::float(text),
            Some((ScalarKind::Integer, text)) => self.parsed(text)?.map(Integer::as_f64),
            _ => return Err(self.mismatch(&visitor)),
        };
        self.located(match value {
            // NaN differs from itself: a reload would see a change every time.
            Some(value) if !value.is_nan() && (value.is_infinite() || value.abs() <= largest) => {
                visitor.visit_f64(value)
            }
            _ => Err(Mismatch::invalid_value(self.node.unexpected(), &visitor)),
        })
    }

    /// Reads a text such as `30s` for the duration of `std`, which asks for its two numbers.
    fn duration<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let Some(text) = self.text() else { return Err(self.mismatch(&Period::EXPECTED)) };
        self.located(match text.parse() {
            Ok(period) => {
                visitor.visit_map(MapDeserializer::new(Period::parts(period).into_iter()))
            }
            Err(_) => Err(Mismatch::invalid_value(Unexpected::Str(text), &Period::EXPECTED)),
        })
    }

    /// Reads the path of a file for a type that asks for what it leads to from here.
    fn named<V: Visitor<'de>, const N: usize>(
        self,
        visitor: V,
        find: impl Fn(&Named, Place, &str) -> Result<[String; N], String>,
    ) -> Result<V::Value, Mismatch> {
        let Some(text) = self.text() else { return Err(self.mismatch(&visitor)) };
        self.located(match find(&self.retry.named, self.node.place, text) {
            Ok(parts) => visitor.visit_seq(SeqDeserializer::new(parts.into_iter())),
            Err(reason) => Err(Mismatch::custom(reason)),
        })
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.retry.hear(self.node, Known::List);
        let Some(items) = self.node.as_list() else {
            return Err(match self.node.no_list() {
                Some(reason) => self.unread(reason),
                None => self.mismatch(&visitor),
            });
        };
        let mut access = SeqAccess::new(items, &self);
        let result = visitor.visit_seq(&mut access).and_then(|value| match access.left() {
            0 => Ok(value),
            left => Err(Mismatch::invalid_length(items.len(), &Fewer(items.len() - left))),
        });
        self.located(result)
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.retry.hear(self.node, Known::Map);
        match self.node.as_map() {
            Some(map) => {
                let before = self.retry.doubts();
                let mut access = MapAccess::new(map, &self);
                let result = self.located(visitor.visit_map(&mut access));
                if access.has_left() || self.retry.doubts() != before {
                    self.retry.note_opaque(map);
                }
                result
            }
            None => Err(self.no_map(&"a map")),
        }
    }
}

/// The number of items that a type takes, for the message about a list with more.
struct Fewer(usize);

impl Expected for Fewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Methods that do the same as another one, which needs none of their other arguments.
macro_rules! forward {
    ($to:ident: $($method:ident $(($($unused:ty),*))?)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($(_: $unused,)*)? visitor: V) -> Result<V::Value, Mismatch> {
            self.$to(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Cursor<'de, '_> {
    type Error = Mismatch;

    forward!(string: deserialize_str deserialize_string deserialize_char);
    forward!(integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    forward!(integer: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    forward!(wide_integer: deserialize_i128 deserialize_u128);
    forward!(list: deserialize_seq);
    forward!(map: deserialize_map);
    forward!(deserialize_bytes: deserialize_byte_buf);
    forward!(deserialize_unit: deserialize_unit_struct(&'static str));

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let name = self.string(visitor);
        self.retry.hear_name(self.node, &name);
        name
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.retry.hear(self.node, Known::Tuple(len));
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        // The type may only keep it, and not look at all of it later.
        self.retry.doubt();
        self.retry.hear(self.node, Known::Anything);
        let (kind, text) = match &self.node.value {
            Value::Null => return self.located(visitor.visit_unit()),
            Value::List(_) => return self.list(visitor),
            Value::Map(_) => return self.map(visitor),
            Value::Untyped(untyped) => match (untyped.collection(), untyped.broken_bracket()) {
                (Some(shape), _) if !self.retry.is_text(self.node) => {
                    return Cursor { node: shape, ..self }.deserialize_any(visitor);
                }
                _ if self.retry.is_list(self.node) => return self.list(visitor),
                // A type that takes no string wants the list or map that this was meant to be.
                (_, Some(reason)) => {
                    let result = visitor.visit_borrowed_str(&untyped.text);
                    return result.map_err(|_: Mismatch| self.unread(reason));
                }
                _ => (untyped.kind(), &untyped.text),
            },
            Value::Scalar(scalar) => (scalar.kind, &scalar.text),
        };
        match kind {
            _ if self.retry.is_text(self.node) => self.located(visitor.visit_borrowed_str(text)),
            ScalarKind::String => self.located(visitor.visit_borrowed_str(text)),
            ScalarKind::Bool => self.deserialize_bool(visitor),
            ScalarKind::Float => self.deserialize_f64(visitor),
            ScalarKind::Integer => match self.parsed(text)? {
                Some(integer) => self.located(integer.visit(visitor)),
                None => self.integer(visitor),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let value = match self.scalar() {
            Some((ScalarKind::Bool, text)) => number::boolean(text),
            _ => None,
        };
        match value {
            Some(value) => self.located(visitor.visit_bool(value)),
            None => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.float(f64::from(f32::MAX), visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.float(f64::MAX, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self.node.value {
            Value::List(_) => self.list(visitor),
            _ => match self.text() {
                Some(text) => self.located(visitor.visit_borrowed_bytes(text.as_bytes())),
                None => Err(self.mismatch(&visitor)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.node.value {
            Value::Null => self.located(visitor.visit_none()),
            _ => self.located(visitor.visit_some(self)),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.node.value {
            Value::Null => self.located(visitor.visit_unit()),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match name {
            FILE_TEXT => self.named(visitor, |named, at, text| named.file(at, text)),
            RELATIVE_PATH => self.named(visitor, |named, at, text| Ok([named.path(at, text)])),
            _ => self.located(visitor.visit_newtype_struct(self)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.retry.hear(self.node, Known::Fields(fields));
        match self.node.as_map() {
            Some(map) => {
                self.retry.note_struct(map);
                self.located(visitor.visit_map(MapAccess::new(map, &self).of_struct(fields)))
            }
            None if Period::is_read_from(name, fields) => self.duration(visitor),
            None => self.map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.retry.hear(self.node, Known::Variants(variants));
        if let Some(map) = self.node.as_map() {
            let Some(access) = EnumAccess::from_map(map, &self) else {
                return self.located(Err(Mismatch::invalid_type(
                    Unexpected::Map,
                    &"the name of a variant, or a map with one key",
                )));
            };
            return self.located(visitor.visit_enum(access));
        }
        match (self.text(), self.node.broken_bracket()) {
            (Some(text), Some(reason)) if !variants.contains(&text) => Err(self.unread(reason)),
            (Some(text), _) => self.located(visitor.visit_enum(EnumAccess::unit(text, &self))),
            (None, _) => Err(self.mismatch(&"the name of a variant")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.member {
            // A field that the struct knows may be of a type that ignores its value.
            Some(Member { name, fields, .. }) if fields.contains(name) => {}
            Some(&Member { key: place, fields, .. }) => {
                let ignored = Ignored { key: self.path.key(), place, fields };
                self.retry.ignore(self.node, ignored);
            }
            None => self.retry.doubt(),
        }
        visitor.visit_unit()
    }
}

impl<'de> de::IntoDeserializer<'de, Mismatch> for Cursor<'de, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
