//! What the derive implements.

use std::{any::Any, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    change::{Diff, Visitor},
    field::{At, Direct, Mode, Optional, Table},
    hook::Transaction,
    probe::Probe,
    schema::{Frozen, annotate},
    validation::Validation,
};

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
            generator.subschema_for::<Frozen<Self>>()
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

/// A section that may be absent: leaf by leaf while both sides are there, and a change of class
/// `restart` of every leaf when it appears or disappears.
impl<S: Reloadable> Reloadable for Option<S> {
    type Hooks<'h> = S::Hooks<'h>;
    type Diff<'a> = OptionalDiff<'a, S>;
    type Fields<R: Reloadable, M: Mode> = S::Fields<R, Optional<M>>;

    const TABLE: &'static Table = S::TABLE;
    const OPTIONAL: bool = true;

    fn diff<'a>(old: &'a Self, new: &'a Self) -> Self::Diff<'a> {
        match (old, new) {
            (None, None) => OptionalDiff::Absent,
            (Some(old), Some(new)) => OptionalDiff::Present(S::diff(old, new)),
            (None, Some(new)) => OptionalDiff::Appeared(new),
            (Some(old), None) => OptionalDiff::Disappeared(old),
        }
    }

    fn fields_at<R: Reloadable, M: Mode>(at: At<R, M>) -> Self::Fields<R, M> {
        S::fields_at(at.optional())
    }

    fn adopt_hot(&mut self, candidate: &Self) {
        if let (Some(effective), Some(candidate)) = (self, candidate) {
            effective.adopt_hot(candidate);
        }
    }

    fn prepare<'t, 'h: 't>(
        tx: &mut Transaction<'t>,
        diff: &Self::Diff<'t>,
        hooks: &'t Self::Hooks<'h>,
    ) {
        if let OptionalDiff::Present(diff) = diff {
            S::prepare(tx, diff, hooks);
        }
    }

    fn probe(cx: &mut Probe<'_>) {
        S::probe(cx);
    }

    fn validate(&self, cx: &mut Validation) {
        if let Some(section) = self {
            section.validate(cx);
        }
    }

    fn leaf(&self, at: &[u16]) -> Option<&dyn Any> {
        self.as_ref()?.leaf(at)
    }

    fn hot_leaf_mut(&mut self, at: &[u16]) -> Option<&mut dyn Any> {
        self.as_mut()?.hot_leaf_mut(at)
    }

    fn plain_schema(generator: &mut SchemaGenerator) -> Schema {
        S::plain_schema(generator)
    }

    fn schema_reference(generator: &mut SchemaGenerator, frozen: bool) -> Schema {
        S::schema_reference(generator, frozen)
    }
}

/// What differs between two values of a section that may be absent.
pub enum OptionalDiff<'a, S: Reloadable> {
    /// Neither side has the section.
    Absent,
    /// Both sides have it.
    Present(S::Diff<'a>),
    /// Only the new side has it.
    Appeared(&'a S),
    /// Only the old side had it.
    Disappeared(&'a S),
}

impl<S: Reloadable> std::fmt::Debug for OptionalDiff<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Present(_) => "Present",
            Self::Appeared(_) => "Appeared",
            Self::Disappeared(_) => "Disappeared",
        })
    }
}

impl<S: Reloadable> Diff for OptionalDiff<'_, S> {
    fn visit(&self, visitor: &mut dyn Visitor) {
        match self {
            Self::Absent => {}
            Self::Present(diff) => diff.visit(visitor),
            Self::Appeared(_) | Self::Disappeared(_) => visitor.replaced(),
        }
    }
}
