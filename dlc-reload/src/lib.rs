//! Configuration that changes while a service runs.
mod class;
mod error;
mod field;
mod origin;
mod path;

pub use class::Class;
pub use error::{Error, Invalid, Problem, Severity};
pub use origin::Origin;
pub use path::{Key, Segment};
