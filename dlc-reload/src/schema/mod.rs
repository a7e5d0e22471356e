//! The JSON schema of a configuration, for editors, for validators and for what is asked of it here.

mod lookup;
mod reference;
mod root;
mod shape;

pub(crate) use self::{
    lookup::{Alternatives, find, properties},
    shape::{Shape, Target, Visibility, visibility_of_unknown},
};
pub use self::{reference::reference, root::schema};
