//! Values that no type takes, put in the place of others to find out what a type does with them.
//!
//! A type that buffers a value (an enum with a tag, a struct with `flatten` in it) reads everything and says
//! nothing: neither which entries it ignores, nor at which value it fails. A poisoned value tells both.

use serde::{
    de::{Deserializer, Error as _, Expected, Unexpected, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};

use super::mismatch::Mismatch;

/// A value that no type takes. A few types take the one or the other, but none takes both and looks at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poison {
    /// Bytes that are no text.
    Bytes,
    /// A map whose key is nothing.
    Map,
}

/// The bytes, which are not UTF-8.
const BYTES: &[u8] = &[0xff];

impl Poison {
    /// Returns the mismatch of a value that is found without asking its type.
    pub(super) fn refused(self, expected: &dyn Expected) -> Mismatch {
        let found = match self {
            Self::Bytes => Unexpected::Bytes(BYTES),
            Self::Map => Unexpected::Map,
        };
        Mismatch::invalid_type(found, expected)
    }
}

impl<'de> Deserializer<'de> for Poison {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Bytes => visitor.visit_bytes(BYTES),
            Self::Map => visitor.visit_map(MapDeserializer::new(std::iter::once(((), ())))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
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
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        Err(self.refused(&visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier
    }
}
