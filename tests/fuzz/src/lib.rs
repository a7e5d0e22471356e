//! What every target does with its input: load it, and look at everything that comes back.

use std::collections::BTreeMap;

use dlc_reload::{
    Format, Loader, Reloadable, Secret,
    source::{Intake, Source},
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Info,
    Debug,
    Custom(u8),
}

/// Something of everything that a field can be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub struct Config {
    #[reload(restart, nested)]
    pub server: Server,
    #[reload(restart, nested)]
    pub other: Option<Server>,
    #[reload(restart)]
    pub labels: BTreeMap<String, Vec<Option<i8>>>,
    #[reload(restart)]
    pub level: Level,
    #[reload(restart)]
    pub ratio: f32,
    #[reload(restart)]
    pub period: Period,
    #[reload(restart)]
    pub size: Size,
    #[reload(restart)]
    pub secret: Secret<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    #[serde(alias = "address")]
    #[reload(restart)]
    pub host: String,
    #[reload(restart)]
    pub port: u16,
}

/// Bytes that need not be a text.
struct Bytes {
    name: &'static str,
    format: Format,
    content: Vec<u8>,
}

impl Source for Bytes {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.text(self.name, self.format, &self.content);
    }
}

/// Loads sources one over the other; what comes back is the configuration as JSON, if there is one.
pub fn load(sources: &[(&'static str, Format, &[u8])]) -> Option<String> {
    let mut loader = Loader::<Config>::new();
    for (name, format, content) in sources {
        loader = loader.source(Bytes { name, format: *format, content: content.to_vec() });
    }
    match loader.load() {
        Ok(boot) => {
            for (key, _) in boot.origins() {
                _ = boot.explain(key).to_string();
            }
            Some(format!("{:?}", *boot))
        }
        Err(error) => {
            assert!(!error.problems().is_empty(), "refused without a reason");
            assert!(!error.to_string().is_empty());
            _ = error.excerpts().to_string();
            None
        }
    }
}

/// One format alone.
pub fn one(format: Format, content: &[u8]) {
    let once = load(&[("one", format, content)]);
    // The same text twice is the same configuration, and so is the same text over itself.
    assert_eq!(once, load(&[("one", format, content)]));
    if once.is_some() {
        assert_eq!(once, load(&[("one", format, content), ("two", format, content)]));
    }
}
