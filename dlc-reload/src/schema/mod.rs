//! The JSON schema of a configuration, lookups in it, and the Markdown reference made from it.

mod alternatives;
mod lookup;
mod reference;
mod root;
mod shape;

pub(crate) use self::{
    alternatives::Alternatives,
    shape::{Part, Shape, Target, Visibility, is_plain},
};
pub use self::{reference::reference, root::schema};
