//! One row of a section's table: a field, and the functions of its type.

use std::any::Any;

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{
    Class, Entries, EntriesType, MayBeAbsent, OneValue, Probe, Property, Reloadable, Table,
    WithoutHooks, is_section, probe_leaf, probe_section, property, undescribed,
};
use crate::secret::{HoldsSecretOrNot, MayBeHot};

/// A function that tries whether a value of a source fits the field at an index.
type Try = fn(&mut Probe<'_>, u16);

/// A function that copies a value: into another one of the same type, or into an `Option` of it.
pub(super) type Copying = fn(&mut dyn Any, &dyn Any);

/// A function that returns the schema of a field.
pub type Describe = fn(&mut SchemaGenerator) -> Property;

/// A function that returns a default, as JSON.
type Default = fn() -> Option<Json>;

/// The facts about one field that are known at compile time.
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
    /// The names that it had before, which sources may write with a warning.
    pub former: &'static [&'static str],
    /// The name of its variable, where the author gives it one.
    pub env: Option<&'static str>,
    /// The doc comment.
    pub docs: &'static str,
    /// True if the fields below stand among the fields of this section (`#[serde(flatten)]`).
    pub flatten: bool,
    /// True if serde supplies a value when no source sets the field (`#[serde(default)]`).
    pub has_default: bool,
    /// The note of `deprecated`, which is empty where the author wrote none.
    pub deprecated: Option<&'static str>,
    /// The kind: a leaf or a section.
    pub(crate) kind: FieldKind,
    /// The facts about its entries, where the leaf is a collection of sections.
    pub(crate) entries: Option<EntriesType>,
    /// The functions of its type.
    pub(super) ty: TypeInfo,
    /// Returns true if the type of the leaf is a section, where only the program knows.
    is_section: fn() -> bool,
    /// Returns the default that the field itself names.
    pub(super) default: Option<Default>,
}

/// The kind of a field.
#[derive(Debug)]
pub(crate) enum FieldKind {
    /// One value.
    Leaf(Role),
    /// A struct that classifies its own fields.
    Section {
        /// The fields of the struct.
        table: &'static Table,
        /// True if every leaf in it is `restart` here, whatever its own class.
        frozen: bool,
        /// True if it may be absent.
        is_optional: bool,
        /// True if it may appear and vanish while the service runs.
        is_live: bool,
        /// True if it has a hook of its own, beside those of its leaves.
        has_hook: bool,
    },
}

/// The functions of the type of a field.
#[derive(Clone, Copy, Debug)]
pub struct TypeInfo {
    /// Tries whether a value of a source fits the field at an index.
    pub(super) probe: Try,
    /// Copies a value.
    copy: Copying,
    /// Returns the schema of a field of this type alone; `None` where only the section around it can say.
    pub(super) property: Option<Describe>,
    /// Returns the schema of a field of this type where the type itself has none.
    undescribed: Describe,
    /// True for a leaf of a type that has no schema.
    lacks_schema: bool,
    /// False for a leaf of a type that lacks something.
    is_complete: bool,
}

impl TypeInfo {
    /// The functions of a type that is none of a leaf.
    pub(super) const INCOMPLETE: Self = Self {
        probe: |_, _| {},
        copy: |_, _| {},
        property: None,
        undescribed: |_| Property::any(true),
        lacks_schema: false,
        is_complete: false,
    };

    /// Returns the functions of a leaf of a type, without its schema.
    pub const fn of_leaf<T: Clone + DeserializeOwned + 'static>() -> Self {
        Self { undescribed: undescribed::<T>, ..Self::tried::<T>(probe_leaf::<T>) }
    }

    /// Returns the functions of a leaf that is tried by a function of its own.
    pub const fn tried<T: Clone + 'static>(probe: Try) -> Self {
        Self { probe, copy: copy::<T>, is_complete: true, ..Self::INCOMPLETE }
    }

    /// Returns the same functions with the schema of the type, which is any value where it has none.
    #[must_use]
    pub const fn described(mut self, schema: Option<Describe>) -> Self {
        self.lacks_schema = schema.is_none();
        self.property = Some(match schema {
            Some(describe) => describe,
            None => self.undescribed,
        });
        self
    }
}

/// The facts about a type that is a section.
#[derive(Debug)]
pub struct SectionType {
    table: &'static Table,
    is_optional: bool,
    ty: TypeInfo,
}

impl SectionType {
    /// Returns the facts about a section.
    pub(super) const fn of<S: Reloadable>() -> Self {
        let ty = TypeInfo::tried::<S>(probe_section::<S>).described(Some(property::<S>));
        let (table, is_optional) = (S::TABLE, S::OPTIONAL);
        Self { table, is_optional, ty }
    }
}

/// Copies a value of type `T`.
pub(super) fn copy<T: Clone + 'static>(into: &mut dyn Any, from: &dyn Any) {
    let Some(from) = from.downcast_ref::<T>() else { return };
    if let Some(into) = into.downcast_mut::<T>() {
        into.clone_from(from);
    } else if let Some(into) = into.downcast_mut() {
        *into = Some(from.clone());
    }
}

impl FieldInfo {
    /// Returns the same leaf, as a collection whose entries are sections.
    #[must_use]
    pub const fn entries<E: Entries<B>, B>(mut self, merges: bool) -> Self {
        self.entries = Some(EntriesType::of::<E, B>(merges));
        self
    }

    /// Makes the row of a leaf, with the name it has in the source code.
    pub const fn leaf(ident: &'static str, docs: &'static str, role: Role, ty: TypeInfo) -> Self {
        Self::new(ident, docs, FieldKind::Leaf(role), ty)
    }

    /// Returns the row of another leaf of the same type. The compiler runs this for each field, so it writes no more
    /// than differs.
    #[must_use]
    pub(super) const fn of_plain_leaf(
        mut self,
        ident: &'static str,
        docs: &'static str,
        role: Role,
    ) -> Self {
        self.ident = ident;
        self.name = ident;
        self.serialized = ident;
        self.docs = docs;
        self.kind = FieldKind::Leaf(role);
        self
    }

    /// Makes the row of a section, with the name it has in the source code. If `frozen`, every leaf in it is
    /// `restart`.
    pub const fn section(
        ident: &'static str,
        docs: &'static str,
        section: &'static SectionType,
        frozen: bool,
    ) -> Self {
        let SectionType { table, is_optional, ty } = *section;
        let (is_live, has_hook) = (false, false);
        let kind = FieldKind::Section { table, frozen, is_optional, is_live, has_hook };
        Self::new(ident, docs, kind, ty)
    }

    const fn new(ident: &'static str, docs: &'static str, kind: FieldKind, ty: TypeInfo) -> Self {
        let (name, serialized) = (ident, ident);
        Self {
            ident,
            name,
            serialized,
            aliases: &[],
            former: &[],
            env: None,
            docs,
            flatten: false,
            has_default: false,
            deprecated: None,
            kind,
            entries: None,
            ty,
            is_section: || false,
            default: None,
        }
    }

    /// Returns the same leaf, whose type depends on a parameter, so that it may be a section.
    #[must_use]
    pub const fn of_parameter<T: JsonSchema>(mut self) -> Self {
        self.is_section = is_section::<T>;
        self
    }

    /// Returns true if the type of the leaf is a section, where the compiler did not know.
    pub(crate) fn is_section(&self) -> bool {
        (self.is_section)()
    }

    /// Returns the names that sources may write, the field's own first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.other_names())
    }

    /// Returns the names that sources may write in place of the field's own.
    pub(crate) fn other_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.aliases.iter().chain(self.former).copied()
    }

    /// Returns the function that describes the type; `None` where only the section around the field can say.
    pub(crate) const fn describe(&self) -> Option<Describe> {
        self.ty.property
    }

    /// Returns true for a leaf whose type is known to have no schema.
    pub(crate) const fn lacks_schema(&self) -> bool {
        self.ty.lacks_schema
    }

    /// Replaces a value of this field by a copy of another one; entries that both have keep what needs a restart.
    pub(crate) fn adopt(&self, value: &mut dyn Any, other: &dyn Any) {
        let adopt = self.entries.as_ref().map_or(self.ty.copy, |entries| entries.adopt);
        adopt(value, other);
    }

    /// Returns the function that copies a value of this field.
    pub(super) const fn copying(&self) -> Copying {
        self.ty.copy
    }

    /// Returns false for a leaf of a type that lacks something.
    pub(super) const fn is_complete(&self) -> bool {
        self.ty.is_complete
    }

    /// Returns the fields of what lies below this one: of a section, or of the entries of a collection.
    pub(crate) fn table_of_all(&self) -> Option<&'static Table> {
        self.table().or_else(|| self.entries.as_ref().map(|entries| entries.table))
    }

    /// Returns the fields below this one, where it is a section.
    pub(crate) const fn table(&self) -> Option<&'static Table> {
        match self.kind {
            FieldKind::Section { table, .. } => Some(table),
            FieldKind::Leaf(_) => None,
        }
    }

    /// Returns true for a section with a hook of its own.
    pub(super) const fn has_hook(&self) -> bool {
        matches!(self.kind, FieldKind::Section { has_hook: true, .. })
    }

    /// Returns the same section, which may appear and vanish while the service runs.
    #[must_use]
    pub const fn live<S: MayBeAbsent>(mut self) -> Self {
        if let FieldKind::Section { is_live, .. } = &mut self.kind {
            *is_live = true;
        }
        self
    }

    /// Returns the same section, which may appear and vanish while the service runs, and no hook is asked.
    #[must_use]
    pub const fn live_without_hook<S: MayBeAbsent<Section: WithoutHooks>>(self) -> Self {
        self.live::<S>()
    }

    /// Returns the same section, with a hook of its own.
    #[must_use]
    pub const fn hooked(mut self) -> Self {
        if let FieldKind::Section { has_hook, .. } = &mut self.kind {
            *has_hook = true;
        }
        self
    }

    /// Returns the same field under the names that sources and `Serialize` write.
    #[must_use]
    pub const fn named(mut self, name: &'static str, serialized: &'static str) -> Self {
        self.name = name;
        self.serialized = serialized;
        self
    }

    /// Returns the same field with other names that sources may write.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Returns the same field with the names that it had before.
    #[must_use]
    pub const fn renamed_from(mut self, former: &'static [&'static str]) -> Self {
        self.former = former;
        self
    }

    /// Returns the same field with a name for its variable.
    #[must_use]
    pub const fn env(mut self, name: &'static str) -> Self {
        self.env = Some(name);
        self
    }

    /// Returns the same field, flattened.
    #[must_use]
    pub const fn flattened(mut self) -> Self {
        self.flatten = true;
        self
    }

    /// Returns the same field, with a default of the struct.
    #[must_use]
    pub const fn defaulted(mut self) -> Self {
        self.has_default = true;
        self
    }

    /// Returns the same field, with a default of its own.
    #[must_use]
    pub const fn default(mut self, default: Default) -> Self {
        self.has_default = true;
        self.default = Some(default);
        self
    }

    /// Returns the same section, tried by another function.
    #[must_use]
    pub const fn probed(mut self, probe: Try) -> Self {
        self.ty.probe = probe;
        self
    }

    /// Returns the same field, which sources should not set any more; the note may be empty.
    #[must_use]
    pub const fn deprecated(mut self, note: &'static str) -> Self {
        self.deprecated = Some(note);
        self
    }
}

/// The part that a leaf plays in a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Changes live, and its hook is asked.
    Hook,
    /// Changes live, and every use reads the handle, so that it has no hook.
    Live,
    /// Takes effect at the next start.
    Restart,
    /// Takes effect at the next start, and is never shown.
    Secret,
}

impl Role {
    /// Returns the same role, of a leaf whose type may have it.
    #[must_use]
    pub const fn of<S: MayBeHot, U: OneValue>(self, _secret: S, _section: U) -> Self {
        self
    }

    /// Returns the role of a `restart` leaf: [`Secret`](Self::Secret) if its type holds a secret.
    pub const fn restart<S: HoldsSecretOrNot>(_secret: S) -> Self {
        Self::waiting(S::HELD)
    }

    /// Returns the role of the same leaf in a section; if `frozen`, every leaf in that is `restart`.
    #[must_use]
    pub(crate) const fn within(self, frozen: bool) -> Self {
        if frozen { Self::waiting(self.is_secret()) } else { self }
    }

    const fn waiting(secret: bool) -> Self {
        if secret { Self::Secret } else { Self::Restart }
    }

    pub(crate) const fn class(self) -> Class {
        match self {
            Self::Hook | Self::Live => Class::Hot,
            Self::Restart | Self::Secret => Class::Restart,
        }
    }

    pub(crate) const fn is_secret(self) -> bool {
        matches!(self, Self::Secret)
    }
}
