//! What the derive knows about the fields of a section.

use crate::{class::Class, path::Key};

/// The fields of one section, in declaration order. A constant that the derive writes.
#[derive(Debug)]
pub struct Table {
    /// The name of the struct.
    pub name: &'static str,
    /// The doc comment of the struct.
    pub docs: &'static str,
    /// One entry for each field that a source can set; skipped fields have none.
    pub fields: &'static [FieldInfo],
}

/// What is known of one field at compile time.
#[derive(Debug)]
pub struct FieldInfo {
    /// The name in the source code, without `r#`.
    pub ident: &'static str,
    /// The name that sources write, after `rename` and `rename_all`.
    pub name: &'static str,
    /// The name that `Serialize` writes; differs from `name` after `rename(serialize = …)`.
    pub serialized: &'static str,
    /// Other names that sources may write.
    pub aliases: &'static [&'static str],
    /// The doc comment.
    pub docs: &'static str,
    /// Whether the fields below stand among the fields of this section (`#[serde(flatten)]`).
    pub flatten: bool,
    /// Whether serde supplies a value when no source sets the field (`#[serde(default)]`).
    pub has_default: bool,
    /// A leaf or a section.
    pub kind: FieldKind,
}

/// What a field holds.
#[derive(Debug)]
pub enum FieldKind {
    /// One value.
    Leaf {
        /// When a new value takes effect.
        class: Class,
        /// Whether it is read through the handle at every use, and so has no hook.
        live: bool,
        /// Whether it is never shown.
        secret: bool,
    },
    /// A struct that classifies its own fields.
    Section {
        /// Its fields.
        table: &'static Table,
        /// Whether every leaf in it is `restart` here, whatever it says itself.
        frozen: bool,
        /// Whether it may be absent (`Option<Section>`).
        optional: bool,
    },
}

/// One leaf that [`Table::leaves`] visits.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The key, as sources write it. A flattened leaf has the key of the section around it.
    pub key: Key,
    /// The key, as `Serialize` writes it.
    pub serialized: Key,
    /// The field.
    pub info: &'static FieldInfo,
    /// When a new value takes effect, sections above included.
    pub class: Class,
    /// Whether it is never shown.
    pub secret: bool,
}
