//! Values as JSON to be shown, where one that JSON has no word for hides nothing beside it.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::ser::{self, Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// The text in place of a value that does not serialize.
const UNSHOWN: &str = "(cannot be shown)";

/// The struct as which `serde_json` serializes a number whose digits it keeps as text, by a feature that
/// any crate of a program can switch on.
const DIGITS: &str = "$serde_json::private::Number";

/// Returns a value as JSON, to be shown. What JSON has no word for is text: `"inf"`, `"-inf"`, `"nan"`, the
/// digits of an integer of more than 64 bits. A part that does not serialize, or panics, says so.
pub(crate) fn shown(value: &(impl Serialize + ?Sized)) -> Json {
    let serialized = catch_unwind(AssertUnwindSafe(|| value.serialize(Show)));
    let serialized = serialized.map_err(|panic| {
        // Its destructor is the author's code as well, and could panic where nothing catches it.
        std::mem::forget(panic);
        Unshown
    });
    serialized.flatten().unwrap_or_else(|Unshown| UNSHOWN.into())
}

/// Returns a number as JSON, to be shown.
pub(crate) fn shown_float(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None => value.to_string().to_lowercase().into(),
    }
}

/// A serializer that makes values to be shown.
struct Show;

/// The error of a value that does not serialize, without the text: that may quote a secret.
#[derive(Debug)]
struct Unshown;

impl fmt::Display for Unshown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNSHOWN)
    }
}

impl std::error::Error for Unshown {}

impl ser::Error for Unshown {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Returns the content of an enum's variant below its name, if there is one.
fn below(variant: Option<&'static str>, content: Json) -> Json {
    match variant {
        Some(name) => Json::Object(Map::from_iter([(name.to_owned(), content)])),
        None => content,
    }
}

/// Methods that do the same as another one with a wider type.
macro_rules! widened {
    ($($method:ident($type:ty) => $wide:ty)*) => {$(
        fn $method(self, value: $type) -> Result<Json, Unshown> {
            Ok(<$wide>::from(value).into())
        }
    )*};
}

impl Serializer for Show {
    type Ok = Json;
    type Error = Unshown;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    widened! {
        serialize_bool(bool) => bool
        serialize_i8(i8) => i64
        serialize_i16(i16) => i64
        serialize_i32(i32) => i64
        serialize_i64(i64) => i64
        serialize_u8(u8) => u64
        serialize_u16(u16) => u64
        serialize_u32(u32) => u64
        serialize_u64(u64) => u64
        serialize_char(char) => String
        serialize_str(&str) => String
    }

    fn serialize_i128(self, value: i128) -> Result<Json, Unshown> {
        Ok(i64::try_from(value).map_or_else(|_| value.to_string().into(), Json::from))
    }

    fn serialize_u128(self, value: u128) -> Result<Json, Unshown> {
        Ok(u64::try_from(value).map_or_else(|_| value.to_string().into(), Json::from))
    }

    fn serialize_f32(self, value: f32) -> Result<Json, Unshown> {
        // By its digits: `0.1`, and not the `f64` that is closest to it.
        Ok(shown_float(value.to_string().parse().unwrap_or(f64::from(value))))
    }

    fn serialize_f64(self, value: f64) -> Result<Json, Unshown> {
        Ok(shown_float(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Json, Unshown> {
        Ok(value.into())
    }

    fn serialize_none(self) -> Result<Json, Unshown> {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Unshown> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Json, Unshown> {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Json, Unshown> {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Json, Unshown> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Json, Unshown> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Json, Unshown> {
        Ok(below(Some(variant), shown(value)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Unshown> {
        Ok(Items::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, Unshown> {
        Ok(Items::default())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Unshown> {
        Ok(Items::default())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, Unshown> {
        Ok(Items { variant: Some(variant), ..Items::default() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Unshown> {
        Ok(Entries::default())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Entries, Unshown> {
        Ok(Entries { is_digits: name == DIGITS, ..Entries::default() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, Unshown> {
        Ok(Entries { variant: Some(variant), ..Entries::default() })
    }
}

/// The items of a list.
#[derive(Default)]
struct Items {
    variant: Option<&'static str>,
    items: Vec<Json>,
}

impl Items {
    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unshown> {
        self.items.push(shown(value));
        Ok(())
    }

    fn whole(self) -> Result<Json, Unshown> {
        Ok(below(self.variant, Json::Array(self.items)))
    }
}

/// The entries of a map or struct.
#[derive(Default)]
struct Entries {
    variant: Option<&'static str>,
    key: Option<String>,
    entries: Map<String, Json>,
    is_digits: bool,
}

impl Entries {
    fn insert(
        &mut self,
        key: impl Into<String>,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), Unshown> {
        // A flattened map may hold what another flattened field holds as well; the first one counts.
        self.entries.entry(key).or_insert_with(|| shown(value));
        Ok(())
    }

    fn whole(self) -> Result<Json, Unshown> {
        if self.is_digits {
            let digits = self.entries.into_iter().next().map(|(_, digits)| digits);
            let number = digits.as_ref().and_then(Json::as_str).map(serde_json::from_str);
            return number.and_then(Result::ok).ok_or(Unshown);
        }
        Ok(below(self.variant, Json::Object(self.entries)))
    }
}

/// Implements the traits of serde that differ in the name of one method only.
macro_rules! parts {
    ($($trait:ident for $type:ty: $method:ident($($key:ident)?);)*) => {$(
        impl ser::$trait for $type {
            type Ok = Json;
            type Error = Unshown;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), Unshown> {
                parts!(@add self, value $(, $key)?)
            }

            fn end(self) -> Result<Json, Unshown> {
                self.whole()
            }
        }
    )*};
    (@add $self:ident, $value:ident) => { $self.push($value) };
    (@add $self:ident, $value:ident, $key:ident) => { $self.insert($key, $value) };
}

parts! {
    SerializeSeq for Items: serialize_element();
    SerializeTuple for Items: serialize_element();
    SerializeTupleStruct for Items: serialize_field();
    SerializeTupleVariant for Items: serialize_field();
    SerializeStruct for Entries: serialize_field(key);
    SerializeStructVariant for Entries: serialize_field(key);
}

impl ser::SerializeMap for Entries {
    type Ok = Json;
    type Error = Unshown;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unshown> {
        self.key = Some(match shown(key) {
            // Each entry has a name of its own, so that none hides another.
            Json::String(text) if text == UNSHOWN => format!("{text} {}", self.entries.len()),
            Json::String(text) => text,
            other => other.to_string(),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unshown> {
        let key = self.key.take().ok_or(Unshown)?;
        self.insert(key, value)
    }

    fn end(self) -> Result<Json, Unshown> {
        self.whole()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::ser::SerializeStruct;
    use serde_json::json;

    use super::*;

    /// A number as `serde_json` serializes it where it keeps the digits.
    struct Digits(&'static str);

    impl Serialize for Digits {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut number = serializer.serialize_struct(DIGITS, 1)?;
            number.serialize_field(DIGITS, self.0)?;
            number.end()
        }
    }

    #[derive(serde::Serialize)]
    enum Shape {
        Unit,
        Newtype(f32),
        Tuple(u8, u128),
        Struct { a: Option<char>, b: () },
    }

    #[test]
    fn every_shape_is_shown_as_json_has_it() {
        let shapes = [
            Shape::Unit,
            Shape::Newtype(0.1),
            Shape::Tuple(1, u128::MAX),
            Shape::Struct { a: Some('x'), b: () },
        ];
        let expected = json!([
            "Unit",
            {"Newtype": 0.1},
            {"Tuple": [1, u128::MAX.to_string()]},
            {"Struct": {"a": "x", "b": null}},
        ]);
        assert_eq!(shown(&shapes), expected);
        assert_eq!(shown(&BTreeMap::from([((1, true), f64::NAN)])), json!({"[1,true]": "nan"}));
    }

    #[test]
    fn a_number_that_keeps_its_digits_is_a_number() {
        let numbers = [Digits("12"), Digits("1.5"), Digits("no number")];
        assert_eq!(shown(&numbers), json!([12, 1.5, UNSHOWN]));
    }
}
