//! Keys of a text that are no keys of the configuration.

use super::Intake;
use crate::schema::Alternatives;

/// The key that names the schema of a file for editors; it is a key of no configuration.
const SCHEMA: &str = "$schema";

/// The beginning of the keys at the root of a text that hold anchors and notes.
const NOTE: &str = "x-";

impl Intake<'_> {
    /// Returns true if a key at the root of a text is not part of the configuration, unless the configuration has
    /// one of that name.
    pub(super) fn is_aside(&self, name: &str) -> bool {
        let is_field = |name| self.shape().table().field(name).is_some();
        // The names of a flattened leaf are in the schema alone.
        let is_property = || Alternatives::of(self.shape().schema()).names().contains(&name);
        name == SCHEMA && !is_field(name)
            || name.starts_with(NOTE)
                && self.include_key() != Some(name)
                && !is_field(name)
                && !is_property()
    }
}
