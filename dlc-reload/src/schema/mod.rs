//! The JSON schema of a configuration, lookups in it, and the Markdown reference made from it.

mod lookup;
mod reference;
mod root;
mod shape;

pub(crate) use self::{
    lookup::Alternatives,
    shape::{Shape, Target, Visibility, visibility_of_unknown},
};
pub use self::{reference::reference, root::schema};
