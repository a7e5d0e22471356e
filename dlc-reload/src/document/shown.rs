//! Values as JSON to be shown, where one that JSON has no word for hides nothing beside it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use serde::ser::{self, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::{
    place::{Identity, Segment},
    units::Period,
};

/// The text in place of a value that does not serialize.
const UNSHOWN: &str = "(cannot be shown)";

/// The struct as which `serde_json` serializes a number whose digits it keeps as text, by a feature that
/// any crate of a program can switch on.
const DIGITS: &str = "$serde_json::private::Number";

/// The parts of a value that are to be shown.
#[derive(Debug)]
pub(crate) enum Wanted {
    All,
    /// Some of the entries of a map or struct.
    Entries(BTreeMap<Box<str>, Self>),
}

impl Wanted {
    /// Adds what a key leads to.
    pub(crate) fn add(&mut self, key: &[Segment]) {
        match (self, key) {
            (Self::All, _) => {}
            (Self::Entries(entries), [Segment::Name(name), below @ ..]) => {
                let none = || Self::Entries(BTreeMap::new());
                entries.entry(name.as_ref().into()).or_insert_with(none).add(below);
            }
            (wanted, _) => *wanted = Self::All,
        }
    }
}

/// Returns a value as JSON, to be shown. What JSON has no word for is text: `"inf"`, `"-inf"`, `"nan"`, the
/// digits of an integer of more than 64 bits. A part that does not serialize, or panics, says so.
pub(crate) fn shown(value: &(impl Serialize + ?Sized)) -> Json {
    shown_parts(value, &Wanted::All)
}

/// Returns the wanted parts of a value as JSON, to be shown. The others are not serialized.
pub(crate) fn shown_parts(value: &(impl Serialize + ?Sized), wanted: &Wanted) -> Json {
    let serialized = catch_unwind(AssertUnwindSafe(|| value.serialize(Show(wanted))));
    let serialized = serialized.map_err(|panic| {
        // Its destructor is the author's code as well, and could panic where nothing catches it.
        std::mem::forget(panic);
        Unshown
    });
    serialized.flatten().unwrap_or_else(|Unshown| UNSHOWN.into())
}

/// Returns the value at a path below one that is shown.
pub(crate) fn shown_below<'v>(value: &'v Json, path: &[Segment]) -> Option<&'v Json> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Name(name) => value.get(name.as_ref()),
        Segment::Item(index) => value.get(index),
        Segment::Entry(identity) => value.get(place_of(value, identity)?),
    })
}

/// Returns the value at a path below one that is shown, to be taken out.
pub(crate) fn shown_below_mut<'v>(value: &'v mut Json, path: &[Segment]) -> Option<&'v mut Json> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Name(name) => value.get_mut(name.as_ref()),
        Segment::Item(index) => value.get_mut(index),
        Segment::Entry(identity) => {
            let index = place_of(value, identity)?;
            value.get_mut(index)
        }
    })
}

/// Returns the index of the item of a list that has an identity.
fn place_of(list: &Json, identity: &Identity) -> Option<usize> {
    let is_it = |item: &Json| item.get(identity.by).is_some_and(|by| plain(by) == identity.value());
    identity.index_in(list.as_array()?, is_it)
}

/// Returns a scalar as a source writes it, without quotes.
pub(crate) fn plain(value: &Json) -> Cow<'_, str> {
    match value {
        Json::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

/// Returns a number as JSON, to be shown.
pub(crate) fn shown_float(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None => value.to_string().to_lowercase().into(),
    }
}

/// A serializer that makes values to be shown, or the wanted parts of them.
struct Show<'w>(&'w Wanted);

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

impl<'w> Serializer for Show<'w> {
    type Ok = Json;
    type Error = Unshown;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries<'w>;
    type SerializeStruct = Entries<'w>;
    type SerializeStructVariant = Entries<'w>;

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

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'w>, Unshown> {
        Ok(Entries::new(self.0))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Entries<'w>, Unshown> {
        Ok(Entries { name: Some(name), ..Entries::new(self.0) })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries<'w>, Unshown> {
        // A variant is one value.
        Ok(Entries { variant: Some(variant), ..Entries::new(&Wanted::All) })
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
struct Entries<'w> {
    wanted: &'w Wanted,
    variant: Option<&'static str>,
    key: Option<String>,
    entries: Map<String, Json>,
    /// The name of the struct, where it is one.
    name: Option<&'static str>,
}

impl<'w> Entries<'w> {
    fn new(wanted: &'w Wanted) -> Self {
        Self { wanted, variant: None, key: None, entries: Map::new(), name: None }
    }

    fn insert(
        &mut self,
        key: impl Into<String>,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), Unshown> {
        let key = key.into();
        let wanted = match self.wanted {
            Wanted::All => Some(self.wanted),
            Wanted::Entries(entries) => entries.get(&*key),
        };
        if let Some(wanted) = wanted {
            // A flattened map may hold what another flattened field holds as well; the first one counts.
            self.entries.entry(key).or_insert_with(|| shown_parts(value, wanted));
        }
        Ok(())
    }

    fn whole(self) -> Result<Json, Unshown> {
        if self.name == Some(DIGITS) {
            let digits = self.entries.into_iter().next().map(|(_, digits)| digits);
            let number = digits.as_ref().and_then(Json::as_str).map(serde_json::from_str);
            return number.and_then(Result::ok).ok_or(Unshown);
        }
        Ok(match self.duration() {
            Some(period) => period.to_string().into(),
            None => below(self.variant, Json::Object(self.entries)),
        })
    }

    /// Returns the duration of `std`, if it is one.
    fn duration(&self) -> Option<Period> {
        let part = |name| self.entries.get(name).and_then(Json::as_u64);
        let (seconds, nanos) = (part("secs")?, part("nanos")?);
        let is_it = self.name == Some("Duration") && self.entries.len() == 2;
        let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
        is_it.then(|| Period::new(Duration::new(seconds, nanos)))
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
    SerializeStruct for Entries<'_>: serialize_field(key);
    SerializeStructVariant for Entries<'_>: serialize_field(key);
}

impl ser::SerializeMap for Entries<'_> {
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
mod tests;
