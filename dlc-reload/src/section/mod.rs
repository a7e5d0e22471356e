//! Sections: the trait that the derive implements, and all that it calls for one.

mod annotate;
mod class;
mod field;
mod leaves;
mod optional;
mod probe;
mod table;
mod validation;

use std::{any::Any, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use self::annotate::annotate;
#[cfg(feature = "garde")]
pub use self::validation::garde;
pub use self::{
    class::Class,
    field::{At, Field, Frozen, Hot, Mode, Restart},
    probe::Probe,
    table::{FieldInfo, Role, Table},
    validation::Validation,
};
pub(crate) use self::{
    field::{Direct, Optional, Overridable, Watchable},
    leaves::leaves,
    probe::{Probed, probe, whole},
    table::{FieldKind, Found, Leaf, Prefix},
    validation::validate_section,
};
use crate::{change::Diff, hook::Transaction};

/// A section of a configuration whose fields are classified. Derived, never written by hand.
///
/// What a service author calls are [`fields`](Self::fields), [`diff`](Self::diff) and
/// [`overlay`](Self::overlay); the rest is for the runtime and may change in any release.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a section: it does not derive `Reloadable`",
    label = "not a section",
    note = "derive `Reloadable` for `{Self}`, or mark the field `#[reload(hot)]` or `#[reload(restart)]` to treat it as one value"
)]
pub trait Reloadable:
    Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
    /// The hook trait object of this section.
    type Hooks<'h>: ?Sized + Send + Sync;
    /// What differs between two values of this section.
    type Diff<'a>: Diff;
    /// The typed paths of the fields of this section.
    type Fields<R: Reloadable, M: Mode>;

    /// The fields, as known at compile time.
    #[doc(hidden)]
    const TABLE: &'static Table;
    /// Whether the section may be absent; true for `Option<Section>` only.
    #[doc(hidden)]
    const OPTIONAL: bool = false;

    /// The typed paths of all fields: `Config::fields().logging().level()`.
    fn fields() -> Self::Fields<Self, Direct> {
        Self::fields_at(At::root())
    }

    /// Compares two values, field by field and typed.
    fn diff<'a>(old: &'a Self, new: &'a Self) -> Self::Diff<'a>;

    /// The effective value with the hot fields of a candidate: what would run after the candidate
    /// is accepted and before the next start.
    #[must_use]
    fn overlay(effective: &Self, candidate: &Self) -> Self {
        let mut overlay = effective.clone();
        overlay.adopt_hot(candidate);
        overlay
    }

    #[doc(hidden)]
    fn fields_at<R: Reloadable, M: Mode>(at: At<R, M>) -> Self::Fields<R, M>;

    #[doc(hidden)]
    fn adopt_hot(&mut self, candidate: &Self);

    /// Asks the hook of every hot field that differs.
    #[doc(hidden)]
    fn prepare<'t, 'h: 't>(
        tx: &mut Transaction<'t>,
        diff: &Self::Diff<'t>,
        hooks: &'t Self::Hooks<'h>,
    );

    /// Deserializes field by field and notes every failure at its place. Called only after the
    /// whole has failed.
    #[doc(hidden)]
    fn probe(cx: &mut Probe<'_>);

    /// Runs the validation functions of this section and of those below it.
    #[doc(hidden)]
    fn validate(&self, cx: &mut Validation);

    /// The leaf at a path of indices; `None` below an absent section.
    #[doc(hidden)]
    fn leaf(&self, at: &[u16]) -> Option<&dyn Any>;

    /// The hot leaf at a path of indices, to be replaced; `None` below an absent section, and for
    /// what is not hot.
    #[doc(hidden)]
    fn hot_leaf_mut(&mut self, at: &[u16]) -> Option<&mut dyn Any>;

    /// The schema of this section without classes.
    #[doc(hidden)]
    fn plain_schema(generator: &mut SchemaGenerator) -> Schema;

    /// The schema of this section, each property marked with its class.
    #[doc(hidden)]
    fn section_schema(generator: &mut SchemaGenerator, frozen: bool) -> Schema {
        annotate(Self::plain_schema(generator), Self::TABLE, frozen, generator)
    }

    /// A reference to the schema of this section.
    #[doc(hidden)]
    fn schema_reference(generator: &mut SchemaGenerator, frozen: bool) -> Schema {
        if frozen {
            generator.subschema_for::<annotate::Frozen<Self>>()
        } else {
            generator.subschema_for::<Self>()
        }
    }
}

/// That `H` is, or leads to, the hooks of this configuration. Derived beside [`Reloadable`].
#[doc(hidden)]
pub trait AcceptsHooks<H: ?Sized>: Reloadable {
    /// The hooks as the trait object that [`Reloadable::prepare`] takes.
    fn accept(hooks: &Arc<H>) -> &Self::Hooks<'_>;
}

/// Stands for the hooks of a configuration that has none.
#[derive(Debug)]
pub struct NoHooks;
