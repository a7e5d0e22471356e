//! The JSON schema of a configuration, lookups in it, and the Markdown reference made from it.

mod advice;
mod alternatives;
mod example;
mod inside;
mod laying;
mod level;
mod lookup;
mod outline;
mod reference;
mod root;
mod secret_leaves;
mod shape;
mod template;
mod variants;
mod visibility;
mod words;

pub(crate) use self::{
    alternatives::Alternatives,
    example::PLACEHOLDER,
    laying::Layings,
    level::{Entries, Level},
    outline::{Field, Outline, Variables},
    shape::{SecretLeaf, Shape},
    visibility::{Part, Target, Visibility, is_plain},
};
pub use self::{reference::reference, root::schema};
