//! The JSON schema of a configuration, lookups in it, the comparison of two versions, and the Markdown reference made
//! from it.

mod advice;
mod aliases;
mod alternatives;
mod closing;
mod draft;
mod evolution;
mod example;
mod file;
mod hot_sections;
mod hover;
mod inside;
mod integers;
mod laying;
mod level;
mod lookup;
mod marks;
mod names;
mod outline;
mod outlining;
mod reference;
mod root;
mod secret_leaves;
mod shape;
mod template;
mod values;
mod variants;
mod visibility;
mod walk;
mod words;
mod written;

#[cfg(any(feature = "admin", feature = "cli"))]
pub(crate) use self::words::Word;
pub(crate) use self::{
    alternatives::Alternatives,
    example::PLACEHOLDER,
    laying::Layings,
    level::{Entries, Level},
    outline::{Field, Form, Outline},
    outlining::Variables,
    shape::{SecretLeaf, Shape},
    visibility::{Part, Target, Visibility, is_plain},
};
pub use self::{
    draft::draft_07,
    evolution::{Grade, SchemaChange, SchemaChangeKind, schema_changes},
    file::file_schema,
    reference::reference,
    root::schema,
    values::values_schema,
};
