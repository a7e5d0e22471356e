//! The JSON schema of a configuration, lookups in it, and the Markdown reference made from it.

mod advice;
mod alternatives;
mod draft;
mod file;
mod laying;
mod level;
mod lookup;
mod marks;
#[cfg(feature = "admin")]
mod outline;
mod reference;
mod root;
mod secret_leaves;
mod shape;
mod variants;
mod visibility;
mod walk;
mod words;
mod written;

#[cfg(feature = "admin")]
pub(crate) use self::outline::{Outline, Outlined};
pub(crate) use self::{
    alternatives::Alternatives,
    laying::Layings,
    level::{Entries, Level},
    shape::{SecretLeaf, Shape},
    visibility::{Part, Target, Visibility, is_plain},
};
pub use self::{draft::draft_07, file::file_schema, reference::reference, root::schema};
