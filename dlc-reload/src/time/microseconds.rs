//! Durations as JSON has them: whole microseconds. For `#[serde(with = "microseconds")]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

use super::micros;

pub(crate) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(micros(*duration))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_micros)
}
