//! The lifetime of a token, written as text such as `24h`.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A span of time that sources write as `24h`, `1d` or `1h 30m`.
#[derive(Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^\s*\d+\s*[A-Za-z]+(\s*\d+\s*[A-Za-z]+)*\s*$", "examples" = ["24h", "1h 30m"]))]
pub struct Ttl(Duration);

impl Ttl {
    /// Makes a span of whole hours.
    pub const fn from_hours(hours: u64) -> Self {
        Self(Duration::from_secs(hours * 60 * 60))
    }

    /// Returns the whole seconds in it.
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The crate would turn `24h` into `1day`, which the author of the file would not recognise.
        const HOUR: u64 = 60 * 60;
        match self.0.as_secs() {
            secs if secs > 0 && secs % HOUR == 0 && self.0.subsec_nanos() == 0 => {
                write!(f, "{}h", secs / HOUR)
            }
            _ => humantime::format_duration(self.0).fmt(f),
        }
    }
}

impl fmt::Debug for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Ttl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ttl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|error| {
            D::Error::custom(format_args!(
                "`{text}` is not a span of time ({error}): write one such as `24h` or `1h 30m`"
            ))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_reads_back_what_it_writes() {
        for text in ["24h", "1h", "36h", "30m", "90s", "1h 30m", "0s", "1s 5ms"] {
            let ttl: Ttl = serde_json::from_value(text.into()).unwrap();
            let written = serde_json::to_value(ttl).unwrap();
            assert_eq!(serde_json::from_value::<Ttl>(written).unwrap(), ttl, "{text}");
        }
        assert_eq!(Ttl::from_hours(24).to_string(), "24h");
    }

    #[test]
    fn what_is_no_span_of_time_is_refused_with_an_example() {
        for text in ["", "24", "h", "-1h", "24 parsecs"] {
            let error = serde_json::from_value::<Ttl>(text.into()).unwrap_err();
            assert!(error.to_string().contains("`24h`"), "{text}: {error}");
        }
    }
}
