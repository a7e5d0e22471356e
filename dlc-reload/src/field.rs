//! What the derive knows about the fields of a section.

use std::{any::Any, fmt, marker::PhantomData};

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
                FieldKind::Leaf { class, secret, .. } => leaves.push(at.into_leaf(class, secret)),
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

    pub(crate) fn into_leaf(self, class: Class, secret: bool) -> Leaf {
        let class = if self.frozen { Class::Restart } else { class };
        Leaf { key: self.key, serialized: self.serialized, class, secret }
    }
}

/// How many sections deep a configuration can be.
const MAX_DEPTH: usize = 15;

/// The place of a field below a root, as indices; small enough to be copied around.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Indices {
    at: [u16; MAX_DEPTH],
    len: u8,
}

impl Indices {
    const ROOT: Self = Self { at: [0; MAX_DEPTH], len: 0 };

    const fn child(mut self, index: u16) -> Self {
        self.at[self.len as usize] = index;
        self.len += 1;
        self
    }

    fn as_slice(&self) -> &[u16] {
        &self.at[..usize::from(self.len)]
    }
}

/// The place of a section below the root `R`; what the generated `…Fields` structs hold.
pub struct At<R, M> {
    indices: Indices,
    types: PhantomData<fn() -> (R, M)>,
}

impl<R: Reloadable> At<R, Direct> {
    /// The root itself.
    pub const fn root() -> Self {
        const {
            assert!(
                R::TABLE.depth() <= MAX_DEPTH,
                "the configuration has sections more than 15 deep"
            )
        };
        Self::new(Indices::ROOT)
    }
}

impl<R, M: Mode> At<R, M> {
    const fn new(indices: Indices) -> Self {
        Self { indices, types: PhantomData }
    }

    /// A leaf of this section.
    pub const fn leaf<T: Clone + 'static, K>(
        self,
        index: u16,
    ) -> Field<R, M::Value<T>, M::Class<K>> {
        Field { indices: self.indices.child(index), read: M::read::<T>, types: PhantomData }
    }

    /// A section below this one.
    pub const fn section(self, index: u16) -> Self {
        Self::new(self.indices.child(index))
    }

    /// A section below this one in which every leaf is `restart`.
    pub const fn frozen(self, index: u16) -> At<R, Frozen<M>> {
        At::new(self.indices.child(index))
    }

    /// This section, which may be absent.
    pub const fn optional(self) -> At<R, Optional<M>> {
        At::new(self.indices)
    }
}

impl<R, M> Clone for At<R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, M> Copy for At<R, M> {}

impl<R: Reloadable, M> fmt::Debug for At<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = R::TABLE.resolve(self.indices.as_slice()).map(|(key, _)| key).unwrap_or_default();
        write!(f, "At({key})")
    }
}

/// How the fields of a section are reached from the root: directly, through an `Option`, or in a
/// section whose leaves are all `restart`.
pub trait Mode: 'static {
    /// What a leaf of type `T` yields.
    type Value<T: Clone + 'static>: Clone + 'static;
    /// The class of a leaf whose own class is `K`.
    type Class<K>;

    /// Reads a leaf; `None` where it is not of the type that the derive named.
    fn read<T: Clone + 'static>(leaf: Option<&dyn Any>) -> Option<Self::Value<T>>;
}

/// Every section on the way is always there.
#[derive(Debug)]
pub enum Direct {}

/// A section on the way may be absent, so its leaves yield `Option<T>`.
#[derive(Debug)]
pub struct Optional<M>(PhantomData<M>);

/// A section on the way is `#[reload(restart, nested)]`.
#[derive(Debug)]
pub struct Frozen<M>(PhantomData<M>);

impl Mode for Direct {
    type Value<T: Clone + 'static> = T;
    type Class<K> = K;

    fn read<T: Clone + 'static>(leaf: Option<&dyn Any>) -> Option<T> {
        leaf?.downcast_ref().cloned()
    }
}

impl<M: Mode> Mode for Optional<M> {
    type Value<T: Clone + 'static> = Option<T>;
    type Class<K> = M::Class<K>;

    fn read<T: Clone + 'static>(leaf: Option<&dyn Any>) -> Option<Option<T>> {
        Some(leaf.and_then(<dyn Any>::downcast_ref).cloned())
    }
}

impl<M: Mode> Mode for Frozen<M> {
    type Value<T: Clone + 'static> = M::Value<T>;
    type Class<K> = Restart;

    fn read<T: Clone + 'static>(leaf: Option<&dyn Any>) -> Option<M::Value<T>> {
        M::read(leaf)
    }
}

/// The class of a [`Field`] that changes live.
#[derive(Debug)]
pub enum Hot {}

/// The class of a [`Field`] that takes effect at the next start.
#[derive(Debug)]
pub enum Restart {}

/// The typed path of one leaf: below which root it lies, what it yields, and its class.
///
/// Get one from [`Reloadable::fields`]. It converts into a [`Key`] and displays as one.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot)] motd: String }
/// assert_eq!(Config::fields().motd().to_string(), "motd");
/// ```
pub struct Field<R, T, K> {
    indices: Indices,
    read: fn(Option<&dyn Any>) -> Option<T>,
    types: PhantomData<fn() -> (R, K)>,
}

impl<R: Reloadable, T, K> Field<R, T, K> {
    /// The key, relative to the root `R`.
    pub fn key(self) -> Key {
        R::TABLE.resolve(self.indices.as_slice()).map(|(key, _)| key).unwrap_or_default()
    }

    /// The value of this field in a configuration.
    ///
    /// # Panics
    ///
    /// Never with derived code: the derive names the type and the place of a field in one go.
    pub fn read(self, root: &R) -> T {
        #[expect(clippy::expect_used, reason = "the derive writes type and place from one field")]
        (self.read)(root.leaf(self.indices.as_slice()))
            .expect("a field has the type that the derive named")
    }
}

impl<R, T, K> Clone for Field<R, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T, K> Copy for Field<R, T, K> {}

impl<R: Reloadable, T, K> fmt::Display for Field<R, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}

impl<R: Reloadable, T, K> fmt::Debug for Field<R, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.key())
    }
}

impl<R: Reloadable, T, K> From<Field<R, T, K>> for Key {
    fn from(field: Field<R, T, K>) -> Self {
        field.key()
    }
}

/// A class whose fields can be watched: [`Hot`] only.
#[diagnostic::on_unimplemented(
    message = "a `restart` field cannot be watched: it keeps its value until the next start",
    label = "this field is `#[reload(restart)]`",
    note = "read it once through the handle, or mark the field `#[reload(hot)]` and implement its hook"
)]
pub trait Watchable: 'static {}

impl Watchable for Hot {}
