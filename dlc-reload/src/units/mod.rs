//! Durations and sizes as people write them (`1h 30m`, `64 MiB`), and the files that values name ([`FileText`]).
//!
//! The first two are one value with a unit, checked by the schema in an editor and by the loader at run time. There are
//! no fractions (`1.5h`) and no durations without a unit (`30`): a reader should never have to guess. A field of the
//! type [`std::time::Duration`] is read from the same text as a [`Period`], or from `secs` and `nanos`; inside of an
//! enum with a tag, or beside `flatten`, only from these, because serde keeps the value there without asking its type.
//!
//! ```
//! use dlc_reload::{Loader, Reloadable, units::{Period, Size}};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Reloadable)]
//! struct Cache {
//!     /// The lifetime of an entry.
//!     #[reload(hot, live)]
//!     ttl: Period,
//!     /// The memory that the cache takes.
//!     #[reload(restart)]
//!     memory: Size,
//! }
//!
//! let cache = Loader::<Cache>::new().text("yaml", "ttl: 1h 30m\nmemory: 64 MiB").load()?;
//! assert_eq!(cache.ttl.as_secs(), 5400);
//! assert_eq!(*cache.memory, 64 << 20);
//! # Ok::<(), dlc_reload::Error>(())
//! ```

mod file;

use std::{borrow::Cow, fmt, ops::Deref, str::FromStr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Unexpected, Visitor},
};

pub(crate) use self::file::{FILE_TEXT, RELATIVE_PATH, digest};
pub use self::file::{FileText, RelativePath};

/// The units of a [`Period`] in nanoseconds, longest first.
const TIMES: [(&str, u128); 8] = [
    ("w", 604_800_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The units of a [`Size`], largest first; the binary ones are written.
const BYTES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

const PERIOD: &str = "a duration such as `30s`, `1h 30m` or `1d`";
const SIZE: &str = "a size such as `64 MiB`, `10 MB` or `512 B`";

/// A length of time: `24h`, `1d`, `1h 30m`, `250ms`. It dereferences to [`Duration`].
///
/// The units are `w`, `d`, `h`, `m`, `s`, `ms`, `us` and `ns`, each at most once and the longer
/// ones first. A day is 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(Duration);

/// An amount of memory or storage in bytes: `64 MiB`, `10 MB`, `512 B`. It dereferences to `u64`.
///
/// `KiB`, `MiB`, `GiB` and `TiB` are powers of 1024; `kB`, `MB`, `GB` and `TB` are powers of 1000. A
/// number without a unit counts bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

/// A text that is no [`Period`] or [`Size`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Malformed {}

impl Period {
    /// The words for what is expected in its place.
    pub(crate) const EXPECTED: &str = PERIOD;

    /// Makes a period of this length of time.
    pub const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// Returns true if a struct is the duration of `std`, as serde reads and writes it.
    pub(crate) fn is_read_from(name: &str, fields: &[&str]) -> bool {
        name == "Duration" && fields == ["secs", "nanos"]
    }

    /// Returns the fields that serde reads the duration of `std` from.
    pub(crate) fn parts(self) -> [(&'static str, u64); 2] {
        [("secs", self.0.as_secs()), ("nanos", self.0.subsec_nanos().into())]
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut units = TIMES.iter();
        let mut total: u128 = 0;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let (number, after) = digits(rest)?;
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            // The units that are left are shorter than those read so far.
            let (_, length) = units.find(|(unit, _)| *unit == &after[..end])?;
            total = total.checked_add(u128::from(number).checked_mul(*length)?)?;
            rest = after[end..].trim_start();
        }
        let seconds = u64::try_from(total / 1_000_000_000).ok()?;
        let rest = u32::try_from(total % 1_000_000_000).ok()?;
        Some(Self(Duration::new(seconds, rest)))
    }
}

impl Size {
    /// Makes a size of this many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, after) = digits(text.trim())?;
        let unit = after.trim_start();
        let (_, bytes) =
            BYTES.iter().find(|(name, _)| *name == unit || unit.is_empty() && *name == "B")?;
        number.checked_mul(*bytes).map(Self)
    }
}

/// Splits a text after the number that it starts with.
fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Writes the fewest units that read as the same, from days down.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.as_nanos();
        if left == 0 {
            return f.write_str("0s");
        }
        let mut separator = "";
        // Weeks are read, but not written: `90d` says more to a reader than `12w 6d`.
        for (unit, length) in &TIMES[1..] {
            let count = left / length;
            if count > 0 {
                write!(f, "{separator}{count}{unit}")?;
                separator = " ";
            }
            left %= length;
        }
        Ok(())
    }
}

/// Writes the largest binary unit that needs no fraction.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, bytes): &&(&str, u64)| self.0 >= *bytes && self.0.is_multiple_of(*bytes);
        let (unit, bytes) = BYTES[..5].iter().find(fits).unwrap_or(&BYTES[4]);
        write!(f, "{} {unit}", self.0 / bytes)
    }
}

/// The impls of a value that is written as a text with a unit, which are the same for all of them.
macro_rules! written_with_unit {
    ($type:ident($value:ty), $expected:expr, $schema:expr) => {
        impl FromStr for $type {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                Self::parse(text).ok_or(Malformed($expected))
            }
        }

        impl Deref for $type {
            type Target = $value;

            fn deref(&self) -> &$value {
                &self.0
            }
        }

        impl From<$value> for $type {
            fn from(value: $value) -> Self {
                Self(value)
            }
        }

        impl From<$type> for $value {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!("dlc_reload::units::", stringify!($type)).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

written_with_unit!(
    Period(Duration),
    PERIOD,
    json_schema!({
        "type": "string",
        "pattern": r"^\s*\d+(w|d|h|m|s|ms|us|ns)(\s*\d+(w|d|h|m|s|ms|us|ns))*\s*$",
        "examples": ["30s", "1h 30m", "1d"],
    })
);

written_with_unit!(
    Size(u64),
    SIZE,
    json_schema!({
        "type": ["string", "integer"],
        "minimum": 0,
        "pattern": r"^\s*\d+(\s*(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB))?\s*$",
        "examples": ["64 MiB", "10 MB", "512 B"],
    })
);

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Period;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(PERIOD)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Period, E> {
                Period::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SIZE)
            }

            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<Size, E> {
                Ok(Size(bytes))
            }

            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<Size, E> {
                let refused = |_| E::invalid_value(Unexpected::Signed(bytes), &self);
                u64::try_from(bytes).map(Size).map_err(refused)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
                Size::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_read_and_written_back() {
        let cases = [
            ("24h", "1d"),
            ("1d", "1d"),
            ("1h 30m", "1h 30m"),
            ("1h30m", "1h 30m"),
            ("90d", "90d"),
            ("2w", "14d"),
            ("1500ms", "1s 500ms"),
            ("0s", "0s"),
            ("1s 2ms 3us 4ns", "1s 2ms 3us 4ns"),
        ];
        for (text, shown) in cases {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.to_string(), shown, "{text}");
            assert_eq!(shown.parse(), Ok(period), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let huge = format!("{}w", u64::MAX);
        for text in ["", " ", "30", "1.5h", "-1s", "1x", "1m 1h", "1h 1h", "h", "1 h", "1M", &huge]
        {
            assert_eq!(text.parse::<Period>(), Err(Malformed(PERIOD)), "{text}");
        }
    }

    #[test]
    fn a_size_is_read_and_written_back() {
        let cases = [
            ("64 MiB", 64 << 20, "64 MiB"),
            ("64MiB", 64 << 20, "64 MiB"),
            ("10 MB", 10_000_000, "10000000 B"),
            ("1024", 1024, "1 KiB"),
            ("0", 0, "0 B"),
            ("3 kB", 3000, "3000 B"),
        ];
        for (text, bytes, shown) in cases {
            let size: Size = text.parse().unwrap();
            assert_eq!((*size, size.to_string().as_str()), (bytes, shown), "{text}");
            assert_eq!(shown.parse(), Ok(size), "{text}");
        }
        for text in ["", "MiB", "1.5 GiB", "-1 B", "1 mb", "1 M", "99999999999 TiB"] {
            assert_eq!(text.parse::<Size>(), Err(Malformed(SIZE)), "{text}");
        }
    }
}
