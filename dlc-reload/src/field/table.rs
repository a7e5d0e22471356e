//! The fields of a section as a constant.

use schemars::{Schema, SchemaGenerator};

use crate::{class::Class, path::Key, reloadable::Reloadable};

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

impl FieldInfo {
    /// A leaf, with the name it has in the source code.
    pub const fn leaf(ident: &'static str, docs: &'static str, class: Class) -> Self {
        Self::new(ident, docs, FieldKind::Leaf { class, live: false, secret: false })
    }

    /// A section, with the name it has in the source code.
    pub const fn section<S: Reloadable>(ident: &'static str, docs: &'static str) -> Self {
        let kind = FieldKind::Section {
            table: S::TABLE,
            frozen: false,
            optional: S::OPTIONAL,
            schema: S::schema_reference,
        };
        Self::new(ident, docs, kind)
    }

    const fn new(ident: &'static str, docs: &'static str, kind: FieldKind) -> Self {
        let (name, serialized) = (ident, ident);
        Self {
            ident,
            name,
            serialized,
            aliases: &[],
            docs,
            flatten: false,
            has_default: false,
            kind,
        }
    }

    /// The same leaf, read through the handle at every use.
    #[must_use]
    pub const fn live(mut self) -> Self {
        if let FieldKind::Leaf { live, .. } = &mut self.kind {
            *live = true;
        }
        self
    }

    /// The same leaf, shown or not.
    #[must_use]
    pub const fn secret(mut self, yes: bool) -> Self {
        if let FieldKind::Leaf { secret, .. } = &mut self.kind {
            *secret = yes;
        }
        self
    }

    /// The same section, with every leaf in it `restart`.
    #[must_use]
    pub const fn frozen(mut self) -> Self {
        if let FieldKind::Section { frozen, .. } = &mut self.kind {
            *frozen = true;
        }
        self
    }

    /// The same field under the names that sources and `Serialize` write.
    #[must_use]
    pub const fn named(mut self, name: &'static str, serialized: &'static str) -> Self {
        self.name = name;
        self.serialized = serialized;
        self
    }

    /// The same field with other names that sources may write.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same field, flattened.
    #[must_use]
    pub const fn flattened(mut self) -> Self {
        self.flatten = true;
        self
    }

    /// The same field, with a default.
    #[must_use]
    pub const fn defaulted(mut self) -> Self {
        self.has_default = true;
        self
    }
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
        /// A reference to its schema; with `true`, to the one in which every leaf is `restart`.
        schema: fn(&mut SchemaGenerator, bool) -> Schema,
    },
}

/// One leaf that [`Table::leaves`] visits.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The key, as sources write it. A flattened leaf has the key of the section around it.
    pub key: Key,
    /// The key, as `Serialize` writes it.
    pub serialized: Key,
    /// When a new value takes effect, sections above included.
    pub class: Class,
    /// Whether it has no hook although it is hot.
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "only tests ask which fields have a hook")
    )]
    pub live: bool,
    /// Whether it is never shown.
    pub secret: bool,
}

impl Table {
    /// Every leaf of the section and of those below it, in declaration order.
    pub(crate) fn leaves(&'static self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        self.collect(&Prefix::default(), &mut leaves);
        leaves
    }

    pub(crate) fn collect(&'static self, prefix: &Prefix, leaves: &mut Vec<Leaf>) {
        for info in self.fields {
            let at = prefix.field(info);
            match info.kind {
                FieldKind::Leaf { class, live, secret } => {
                    leaves.push(at.into_leaf(class, live, secret))
                }
                FieldKind::Section { table, frozen, .. } => {
                    table.collect(&at.section(frozen), leaves)
                }
            }
        }
    }

    /// The leaf or section at a path of indices, or `None` where the path leads nowhere.
    pub(crate) fn resolve(&'static self, at: &[u16]) -> Option<(Key, &'static FieldInfo)> {
        let mut table = self;
        let mut prefix = Prefix::default();
        let mut found = None;
        for index in at {
            let info = table.fields.get(usize::from(*index))?;
            prefix = prefix.field(info);
            found = Some(info);
            if let FieldKind::Section { table: below, .. } = info.kind {
                table = below;
            }
        }
        found.map(|info| (prefix.key, info))
    }

    /// How many sections deep the fields lie, this one included.
    pub const fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut index = 0;
        while index < self.fields.len() {
            if let FieldKind::Section { table, .. } = &self.fields[index].kind {
                let depth = table.depth();
                if depth > deepest {
                    deepest = depth;
                }
            }
            index += 1;
        }
        deepest + 1
    }
}

/// The way from the root to a field.
#[derive(Clone, Default)]
pub(crate) struct Prefix {
    pub(crate) key: Key,
    pub(crate) serialized: Key,
    pub(crate) frozen: bool,
}

impl Prefix {
    pub(crate) fn field(&self, info: &FieldInfo) -> Self {
        if info.flatten {
            return self.clone();
        }
        Self {
            key: self.key.child(info.name),
            serialized: self.serialized.child(info.serialized),
            frozen: self.frozen,
        }
    }

    pub(crate) fn section(mut self, frozen: bool) -> Self {
        self.frozen |= frozen;
        self
    }

    pub(crate) fn into_leaf(self, class: Class, live: bool, secret: bool) -> Leaf {
        let class = if self.frozen { Class::Restart } else { class };
        Leaf { key: self.key, serialized: self.serialized, class, live, secret }
    }
}
