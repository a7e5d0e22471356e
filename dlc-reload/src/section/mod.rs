//! Sections: the trait [`Reloadable`], which the derive implements, and the types that its code uses.

mod annotate;
mod attempt;
mod class;
mod described;
mod entries;
mod field;
mod finer;
mod hooks;
mod identity;
mod inside;
mod leaf;
mod leaves;
mod made_up;
mod optional;
mod path;
pub mod plain;
mod pointer;
mod probe;
mod row;
mod table;
mod undescribed;
mod unit;
mod validation;
mod variable;

use std::any::Any;

use schemars::{JsonSchema, Schema};
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "garde")]
pub use self::validation::garde;
use self::{
    annotate::annotate,
    described::{property, undescribed},
    leaves::adopt_hot,
    probe::{may_be_absent, probe_leaf, probe_section},
    row::{Copying, copy},
    unit::{OneValue, is_section},
};
pub(crate) use self::{
    annotate::{CLASS, OTHER_NAME, drop_redacted},
    attempt::Advice,
    entries::EntriesType,
    field::{Direct, Optional, Overridable, Watchable},
    hooks::{NoHooks, Nothing, StartsWith},
    inside::{Outcome, Suspect},
    leaves::{all_hooked, differing, hooked},
    made_up::{NO_NAME, Step, asked, made_up},
    probe::{Probed, Read, each_leaf, find_unread, probe, whole},
    row::FieldKind,
    table::{Found, Leaf, Part, Prefix},
    undescribed::Content,
    validation::validate_section,
    variable::{FILE as VARIABLE_FILE, NESTING, spelled, variable},
};
pub use self::{
    class::Class,
    described::{Property, Whole, default_json, default_of, described},
    entries::{
        By, ByKey, Entries, EntryChange, entries_differ, entries_finish, entry_change,
        finish_entries,
    },
    field::{At, Field, Frozen, Hot, Mode, Restart},
    hooks::{AcceptsHooks, Anything},
    identity::IdentifiedBy,
    leaf::{Asked, Leaf as LeafType, LeafIn, Lenient, NoLeaf, NoSchema, SchemaIn},
    leaves::debug_diff,
    optional::{MayBeAbsent, Presence, WithoutHooks, presence},
    path::{SectionPath, TypedPath, itself},
    probe::Probe,
    row::{Describe, FieldInfo, Role, SectionType, TypeInfo},
    table::Table,
    unit::{NoSection, SectionIn, Unit, schema_id},
    validation::Validation,
};
use crate::hook::{Diff, Differing, HookResult, Index};

/// The fields of a struct, for code that knows neither. Derived beside [`Reloadable`], and apart from it: it asks
/// nothing of the struct, so that the compiler has nothing to prove for each field.
#[doc(hidden)]
pub trait Parts: 'static {
    /// The hooks of this section, as a trait object.
    type Listener<'h>: ?Sized + Send + Sync;

    /// The fields, as known at compile time.
    const TABLE: &'static Table;
    /// Notes what differs between two values, in declaration order.
    fn compare(old: &Self, new: &Self, found: &mut Differing);

    /// Asks the hook of the leaf, section or entry at the end of a path; one without a hook has nothing to commit.
    fn ask<'t, 'h: 't>(
        at: &[Index],
        old: &'t Self,
        new: &'t Self,
        hooks: &'t Self::Listener<'h>,
    ) -> HookResult<'t>;

    /// Returns the leaf at a path of indices, or the section where the path ends; `None` below an absent section.
    fn leaf_at(&self, at: &[u16]) -> Option<&dyn Any>;

    /// Returns the hot leaf at a path of indices, to be replaced; `None` below an absent section, and
    /// for a field that is not hot.
    fn hot_leaf_mut(&mut self, at: &[u16]) -> Option<&mut dyn Any>;
}

/// A section of a configuration, each field of which is `hot` or `restart`. Derived, never written by
/// hand.
///
/// The author of a service calls [`fields`](Self::fields), [`diff`](Self::diff) and
/// [`overlay`](Self::overlay); the rest is for the runtime and may change in any release. Sections can
/// lie 15 deep in each other, the root included; `fields` of a deeper configuration does not compile.
///
/// ```
/// use dlc_reload::Reloadable;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize, Reloadable)]
/// struct Config {
///     #[reload(hot, live)]
///     motd: String,
///     #[reload(restart)]
///     port: u16,
/// }
///
/// let old = Config { motd: "hello".into(), port: 80 };
/// let new = Config { motd: "goodbye".into(), port: 8080 };
///
/// let port = Config::diff(&old, &new).port.unwrap();
/// assert_eq!((*port.old, *port.new), (80, 8080));
///
/// let until_the_restart = Config::overlay(&old, &new);
/// assert_eq!(until_the_restart.motd, "goodbye");
/// assert_eq!(until_the_restart.port, 80);
/// ```
///
/// A section may have parameters. A bound on the struct that serde's derive would write too needs
/// `#[serde(bound = "")]` beside it, because the compiler cannot choose between the two:
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Clone, Serialize, Deserialize, Reloadable)]
/// struct Pool<T> {
///     #[reload(hot, live)]
///     size: T,
/// }
///
/// #[derive(Clone, Serialize, Deserialize, Reloadable)]
/// #[serde(bound = "")]
/// struct Config<S: Reloadable> {
///     #[reload(nested)]
///     reads: S,
///     #[reload(nested)]
///     writes: Option<Box<S>>,
/// }
///
/// let boot = Loader::<Config<Pool<u32>>>::new().text("yaml", "reads: {size: 4}").load()?;
/// assert_eq!(boot.reads.size, 4);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a section: it does not derive `Reloadable`",
    label = "not a section",
    note = "a struct with named fields can derive `Reloadable`; anything else, such as a map, a list or an enum, is one value: mark the field `#[reload(hot)]` or `#[reload(restart)]`"
)]
pub trait Reloadable:
    Parts + Clone + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static
{
    /// The hooks of this section, as a trait object.
    type Hooks<'h>: ?Sized + Send + Sync;
    /// The difference between two values of this section, field by field.
    type Diff<'a>: Diff;
    /// The typed paths of the fields of this section.
    type Fields<R, M: Mode>;
    /// The difference between two values that both have the section.
    #[doc(hidden)]
    type Present<'a>;

    /// True if the section may be absent, as only `Option<Section>` may.
    #[doc(hidden)]
    const OPTIONAL: bool = false;
    /// The facts about the type that the row of a field of it has.
    #[doc(hidden)]
    const SECTION: &'static SectionType = &SectionType::of::<Self>();

    /// Returns the typed paths of all fields: `Config::fields().logging().level()`.
    fn fields() -> Self::Fields<Self, Direct> {
        Self::fields_at(At::root())
    }

    /// Compares two values, field by field and typed.
    fn diff<'a>(old: &'a Self, new: &'a Self) -> Self::Diff<'a>;

    /// Returns `effective` with the hot fields of `candidate`: the configuration that would run once
    /// the candidate is accepted, until the next start.
    #[must_use]
    fn overlay(effective: &Self, candidate: &Self) -> Self {
        let mut overlay = effective.clone();
        adopt_hot(&mut overlay, candidate);
        overlay
    }

    /// Returns the typed paths of all fields of this section, which lies at a place below `R`.
    #[doc(hidden)]
    fn fields_at<R, M: Mode>(at: At<R, M>) -> Self::Fields<R, M>;

    /// Returns the difference from a value, if both have the section.
    #[doc(hidden)]
    fn present<'a>(from: &'a Self, diff: Self::Diff<'a>) -> Option<Self::Present<'a>>;

    /// Runs the validation functions of this section and of those below it.
    #[doc(hidden)]
    fn run_validators(&self, cx: &mut Validation);

    /// True if this section, or one below it, has a function that sets derived values.
    #[doc(hidden)]
    const FINISHES: bool = false;

    /// Runs the functions that set derived values: those of the sections below first.
    #[doc(hidden)]
    fn finish(&mut self) {}
}

/// Returns the schema of a section, each property marked with its class.
pub fn marked<S: Parts>(schema: Schema) -> Schema {
    annotate(schema, S::TABLE)
}
