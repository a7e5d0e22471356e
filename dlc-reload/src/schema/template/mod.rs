//! The template of a configuration: a file with every key, for an operator to begin with.

mod build;
mod comment;
mod entry;
mod json;
mod prose;
mod scalar;
mod toml;
mod yaml;

use self::entry::Entry;
use super::outline::Outline;

impl Outline {
    /// Returns the template as YAML.
    pub(crate) fn yaml(&self) -> String {
        yaml::yaml(&build::commented(self))
    }

    /// Returns the template as TOML.
    pub(crate) fn toml(&self) -> String {
        toml::toml(&build::commented(self))
    }

    /// Returns the template as JSON.
    pub(crate) fn json(&self) -> String {
        json::json(&build::entries(self))
    }

    /// Returns the template with all that is a comment in it set, as JSON.
    pub(crate) fn json_with_all(&self) -> String {
        let mut entries = build::entries(self);
        entries.iter_mut().for_each(Entry::switch_on);
        json::json(&entries)
    }
}
