//! Configuration that changes while a service runs.
mod boot;
mod class;
mod document;
mod error;
mod field;
mod load;
mod origin;
mod path;
mod probe;
mod reloadable;
pub mod source;
mod unknown;
mod validation;

pub use boot::Boot;
pub use class::Class;
pub use document::Limits;
pub use error::{Error, Invalid, Problem, Severity};
pub use load::Loader;
pub use origin::Origin;
pub use path::{Key, Segment};
pub use reloadable::Reloadable;
pub use source::Format;
pub use unknown::UnknownKeys;

#[doc(hidden)]
pub mod __private {
    pub use crate::{
        document::{Cursor, Misfit},
        field::{FieldInfo, FieldKind, Leaf, Table},
        probe::Probe,
        validation::Validation,
    };
}
