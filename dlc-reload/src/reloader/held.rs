//! The memory that a value of an author's type takes, as far as its serialization tells.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{
    Serialize, Serializer,
    ser::{
        Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

/// Returns the size of a value in bytes: its own, that of its texts, and that of the items of its lists and maps, which
/// is what their parts take.
///
/// Parts that are not serialized, and the part that an allocator takes for itself, do not count.
pub(super) fn held<T: Serialize>(value: &T) -> usize {
    let mut held = Held { bytes: size_of::<T>(), apart: 0 };
    let counted = catch_unwind(AssertUnwindSafe(|| value.serialize(&mut held)));
    if let Err(panic) = counted {
        // Its destructor is the author's code as well, and could panic where nothing catches it.
        std::mem::forget(panic);
    }
    held.bytes
}

/// A count of bytes.
struct Held {
    bytes: usize,
    /// The number of lists and maps around the value: an item lies in memory of its own.
    apart: usize,
}

/// An author's refusal to serialize. What was counted before stays.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

impl fmt::Write for Held {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes += text.len();
        Ok(())
    }
}

type Counted = Result<(), Refused>;

impl Held {
    /// Counts an item of a list or map.
    fn apart<T: Serialize + ?Sized>(&mut self, value: &T) -> Counted {
        self.apart += 1;
        let counted = value.serialize(&mut *self);
        self.apart -= 1;
        counted
    }

    /// Counts a value, whose memory is that of the value around it unless it is a part of an item.
    const fn value(&mut self, size: usize) {
        if self.apart > 0 {
            self.bytes += size;
        }
    }
}

/// Methods for values without memory of their own; each is as large as its type.
macro_rules! values {
    ($($method:ident($($argument:ty),*) $size:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Counted {
            self.value(size_of::<$size>());
            Ok(())
        }
    )*};
}

/// Methods that begin something with parts.
macro_rules! begin {
    ($($part:ident: $method:ident($($argument:ty),*))*) => {$(
        type $part = Self;

        fn $method(self, $(_: $argument),*) -> Result<Self, Refused> {
            Ok(self)
        }
    )*};
}

impl Serializer for &mut Held {
    type Ok = ();
    type Error = Refused;

    values! {
        serialize_bool(bool) bool;
        serialize_i8(i8) i8;
        serialize_i16(i16) i16;
        serialize_i32(i32) i32;
        serialize_i64(i64) i64;
        serialize_i128(i128) i128;
        serialize_u8(u8) u8;
        serialize_u16(u16) u16;
        serialize_u32(u32) u32;
        serialize_u64(u64) u64;
        serialize_u128(u128) u128;
        serialize_f32(f32) f32;
        serialize_f64(f64) f64;
        serialize_char(char) char;
        serialize_none() usize;
        serialize_unit() ();
        serialize_unit_struct(&'static str) ();
        serialize_unit_variant(&'static str, u32, &'static str) usize;
    }

    begin! {
        SerializeSeq: serialize_seq(Option<usize>)
        SerializeTuple: serialize_tuple(usize)
        SerializeTupleStruct: serialize_tuple_struct(&'static str, usize)
        SerializeTupleVariant: serialize_tuple_variant(&'static str, u32, &'static str, usize)
        SerializeMap: serialize_map(Option<usize>)
        SerializeStruct: serialize_struct(&'static str, usize)
        SerializeStructVariant: serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_str(self, text: &str) -> Counted {
        self.value(size_of::<String>());
        self.bytes += text.len();
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Counted {
        self.value(size_of::<Vec<u8>>());
        self.bytes += bytes.len();
        Ok(())
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Counted {
        self.value(size_of::<String>());
        fmt::write(self, format_args!("{value}")).map_err(|_| Refused)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Counted {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Counted {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Counted {
        value.serialize(self)
    }
}

/// The parts of something, each counted by a method: within the memory of the whole, or apart from it.
macro_rules! parts {
    ($($kind:ident: $($method:ident($($name:ty)?) $how:ident),+;)*) => {$(
        impl $kind for &mut Held {
            type Ok = ();
            type Error = Refused;

            $(fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Counted {
                parts!(self value $how)
            })+

            fn end(self) -> Counted {
                Ok(())
            }
        }
    )*};
    ($held:ident $value:ident inside) => { $value.serialize(&mut **$held) };
    ($held:ident $value:ident apart) => { $held.apart($value) };
}

parts! {
    SerializeSeq: serialize_element() apart;
    SerializeMap: serialize_key() apart, serialize_value() apart;
    SerializeTuple: serialize_element() inside;
    SerializeTupleStruct: serialize_field() inside;
    SerializeTupleVariant: serialize_field() inside;
    SerializeStruct: serialize_field(&'static str) inside;
    SerializeStructVariant: serialize_field(&'static str) inside;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn texts_and_items_count_beside_the_value_itself() {
        assert_eq!(held(&7_u64), 8);
        assert_eq!(held(&"four".to_owned()), size_of::<String>() + 4);
        assert_eq!(held(&[1_u16, 2]), 4);
        assert_eq!(held(&vec![1_u16, 2]), size_of::<Vec<u16>>() + 4);
        let texts = vec![Some("ab".to_owned()), Some("c".to_owned())];
        assert_eq!(held(&texts), size_of::<Vec<u8>>() + 2 * size_of::<String>() + 3);
        let map = BTreeMap::from([("key".to_owned(), (1_u64, 2_u32))]);
        assert_eq!(held(&map), size_of_val(&map) + size_of::<String>() + 3 + 8 + 4);
    }
}
