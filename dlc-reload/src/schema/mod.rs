//! The JSON schema of a configuration, lookups in it, the comparison of two versions, and the Markdown reference made from it.

mod advice;
mod alternatives;
mod evolution;
mod laying;
mod level;
mod lookup;
#[cfg(feature = "admin")]
mod outline;
mod reference;
mod root;
mod secret_leaves;
mod shape;
mod variants;
mod visibility;

#[cfg(feature = "admin")]
pub(crate) use self::outline::{Outline, Outlined};
pub(crate) use self::{
    alternatives::Alternatives,
    laying::Layings,
    level::{Entries, Level},
    shape::{SecretLeaf, Shape},
    visibility::{Part, Target, Visibility, is_plain},
};
pub use self::{
    evolution::{Grade, SchemaChange, SchemaChangeKind, schema_changes},
    reference::reference,
    root::schema,
};
