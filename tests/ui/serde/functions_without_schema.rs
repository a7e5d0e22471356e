use dlc_reload::Reloadable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

fn even<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    Ok(u16::deserialize(deserializer)? * 2)
}

fn as_text<S: Serializer>(value: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Limits>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Limits {
    #[reload(restart)]
    most: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    #[serde(deserialize_with = "even")]
    port: u16,
    #[reload(restart)]
    #[serde(default, serialize_with = "as_text")]
    backlog: u16,
    #[reload(hot, live)]
    #[serde(deserialize_with = "even", serialize_with = "as_text")]
    once: u16,
    #[reload(restart, nested)]
    #[serde(deserialize_with = "limits")]
    limits: Option<Limits>,
    #[reload(restart)]
    #[serde(deserialize_with = "even")]
    #[schemars(with = "u16")]
    said: u16,
}

fn main() {}
