//! The JSON schema of a configuration, lookups in it, and the Markdown reference made from it.

mod advice;
mod alternatives;
mod laying;
mod level;
mod lookup;
#[cfg(any(feature = "admin", feature = "cli"))]
mod outline;
mod reference;
mod root;
mod secret_leaves;
mod shape;
mod variants;
mod visibility;

#[cfg(any(feature = "admin", feature = "cli"))]
pub(crate) use self::outline::{Outline, Outlined};
pub(crate) use self::{
    alternatives::Alternatives,
    laying::Layings,
    level::{Entries, Level},
    shape::{SecretLeaf, Shape},
    visibility::{Part, Target, Visibility, is_plain},
};
pub use self::{reference::reference, root::schema};
