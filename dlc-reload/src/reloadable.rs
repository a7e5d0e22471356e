//! What the derive implements.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{field::Table, probe::Probe, validation::Validation};

/// A section of a configuration whose fields are classified. Derived, never written by hand.
pub trait Reloadable: Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The fields, as known at compile time.
    const TABLE: &'static Table;
    /// Whether the section may be absent; true for `Option<Section>` only.
    const OPTIONAL: bool = false;

    /// Deserializes field by field and notes every failure at its place. Called only after the
    /// whole has failed.
    fn probe(cx: &mut Probe<'_>);

    /// Runs the validation functions of this section and of those below it.
    fn validate(&self, cx: &mut Validation);
}
