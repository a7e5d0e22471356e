//! Times as JSON has them: RFC 3339 in UTC. For `#[serde(with = "crate::time::rfc3339")]`.

use std::{borrow::Cow, time::SystemTime};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serializer, de, ser};

/// A time in JSON, for `#[schemars(with = "Timestamp")]`.
pub(crate) struct Timestamp;

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

pub(crate) fn serialize<S: Serializer>(
    time: &SystemTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    // Only a clock set to the year 10000 is out of range.
    let timestamp = jiff::Timestamp::try_from(*time).map_err(ser::Error::custom)?;
    serializer.collect_str(&timestamp)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<jiff::Timestamp>().map(SystemTime::from).map_err(de::Error::custom)
}

/// Times that may be absent. For `#[serde(default, with = "rfc3339::option")]`.
pub(crate) mod option {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer};

    /// A time in the form of the module around this one.
    #[derive(Deserialize)]
    struct Written(#[serde(with = "super")] SystemTime);

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::<Written>::deserialize(deserializer)?.map(|Written(time)| time))
    }
}

/// Returns a time in the same form, for messages.
pub(crate) fn displayed(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => "a time that no calendar has".to_owned(),
    }
}
