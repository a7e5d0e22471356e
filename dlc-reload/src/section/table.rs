//! The fields of a section as a constant.

use super::{EntriesType, FieldInfo, FieldKind, Role};
use crate::{
    hook::{EntryKey, Index},
    place::{Key, Segment},
};

/// The fields of one section, in declaration order. A constant that the derive writes.
#[derive(Debug)]
pub struct Table {
    /// The name of the struct.
    pub name: &'static str,
    /// The doc comment of the struct.
    pub docs: &'static str,
    /// One entry for each field that a source can set; skipped fields have none.
    pub fields: &'static [FieldInfo],
    /// The keys that the section had before, each with the reason why it is gone.
    pub removed: &'static [(&'static str, &'static str)],
}

/// One leaf of a configuration, at any depth.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The key, as sources write it. A flattened leaf has the key of the section around it.
    pub key: Key,
    /// The key, as `Serialize` writes it.
    pub serialized: Key,
    /// The role; below a section in which every leaf is `restart`, never a hot one.
    pub role: Role,
    /// The part of the value of the key that it is.
    pub part: Part,
}

/// The part of the value of its key that a [`Leaf`] is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// The entries that no field of the section takes: those of a flattened leaf.
    Beside,
    /// The entries that the fields of a flattened section take.
    Fields(&'static Table),
    /// The order of the items of a list, by the field that tells them apart; that of the entries of a map has no name.
    Order(Option<&'static str>),
}

impl Leaf {
    /// Returns true if another leaf lies in this one, which stands for a section that appeared or disappeared.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        match self.part {
            Part::Whole | Part::Order(_) => self.key.covers(&other.key),
            Part::Beside => false,
            Part::Fields(table) => match other.key.segments().get(self.key.segments().len()) {
                Some(Segment::Name(name)) if self.key.covers(&other.key) => {
                    table.field(name).is_some()
                }
                _ => false,
            },
        }
    }
}

/// The field that a key leads to.
pub(crate) enum Found<'k> {
    /// A section, or the root.
    Section(&'static Table),
    /// A leaf, and the rest of the key, which lies inside of it.
    Leaf(&'static FieldInfo, Role, &'k [Segment]),
    /// No field.
    Nothing,
}

impl Table {
    /// Returns the field at an index of the section's own.
    pub(crate) const fn at(&self, index: u16) -> Option<&'static FieldInfo> {
        // Known at compile time as well.
        if (index as usize) < self.fields.len() { Some(&self.fields[index as usize]) } else { None }
    }

    /// Returns the fields that stand in this section, those of flattened sections included; each with true if it lies
    /// in a section in which every leaf is `restart`, as this one is if `frozen`.
    pub(crate) fn fields_with_flattened(&self, frozen: bool) -> Vec<(&'static FieldInfo, bool)> {
        let mut all = Vec::new();
        for field in self.fields {
            match field.kind {
                FieldKind::Section { table, frozen: here, .. } if field.flatten => {
                    all.extend(table.fields_with_flattened(frozen || here));
                }
                _ => all.push((field, frozen)),
            }
        }
        all
    }

    /// Returns the field that a source means by a name, those of flattened sections included.
    pub(crate) fn field(&self, name: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find_map(|field| match (field.table(), field.flatten) {
            (Some(table), true) => table.field(name),
            (None, true) => None,
            (_, false) => field.names().any(|known| known == name).then_some(field),
        })
    }

    /// Returns the reason why a key is gone that a source means by a name, those of flattened sections included.
    pub(crate) fn reason_for_removal(&self, name: &str) -> Option<&'static str> {
        let own = self.removed.iter().find(|(key, _)| *key == name).map(|(_, reason)| *reason);
        let flattened = self.fields.iter().filter(|field| field.flatten);
        own.or_else(|| {
            flattened.filter_map(FieldInfo::table).find_map(|table| table.reason_for_removal(name))
        })
    }

    /// Returns true if a leaf is secret, at any depth.
    pub(crate) fn has_secret(&self) -> bool {
        self.fields.iter().any(|field| match field.kind {
            FieldKind::Leaf(role) => {
                role.is_secret() || field.table_of_all().is_some_and(Self::has_secret)
            }
            FieldKind::Section { table, .. } => table.has_secret(),
        })
    }

    /// Returns true if a field is deprecated, at any depth.
    pub(crate) fn has_deprecated(&self) -> bool {
        let is_inside = |field: &FieldInfo| field.table_of_all().is_some_and(Self::has_deprecated);
        self.fields.iter().any(|field| field.deprecated.is_some() || is_inside(field))
    }

    /// Returns the flattened map or struct that takes the keys of no other field, if there is one.
    pub(crate) fn flattened_leaf(&self) -> Option<&'static FieldInfo> {
        self.fields.iter().filter(|field| field.flatten).find_map(|field| match field.table() {
            Some(table) => table.flattened_leaf(),
            None => Some(field),
        })
    }

    /// Returns the names that a source should write in this section, those of flattened sections included.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let proposed = self.fields.iter().filter(|field| field.deprecated.is_none());
        let names = proposed.map(|field| match (field.flatten, field.table()) {
            (false, _) => vec![field.name],
            (true, Some(table)) => table.names(),
            (true, None) => Vec::new(),
        });
        names.flatten().collect()
    }

    /// Finds the field that a key leads to, as sources write the key.
    pub(crate) fn find<'k>(&'static self, key: &'k [Segment]) -> Found<'k> {
        let (mut table, mut rest) = (self, key);
        loop {
            let [first, below @ ..] = rest else { return Found::Section(table) };
            let Segment::Name(name) = first else { return Found::Nothing };
            let (field, below) = match (table.field(name), table.flattened_leaf()) {
                (Some(field), _) => (field, below),
                // A flattened map stands among the fields of the section around it.
                (None, Some(field)) => (field, rest),
                (None, None) => return Found::Nothing,
            };
            match field.kind {
                FieldKind::Section { table: inner, .. } => (table, rest) = (inner, below),
                FieldKind::Leaf(role) => match (&field.entries, below) {
                    (Some(entries), [step, below @ ..]) if entries.leads_to_one(step) => {
                        (table, rest) = (entries.table, below);
                    }
                    _ => return Found::Leaf(field, role, below),
                },
            }
        }
    }

    /// Returns the number of steps to the collection in which a key lies, or to which it leads; the outermost, where
    /// one lies in another one.
    pub(crate) fn collection(&'static self, key: &Key) -> Option<usize> {
        let key = key.segments();
        (1..=key.len()).find(|depth| match self.find(&key[..*depth]) {
            Found::Leaf(field, _, []) => field.entries.is_some(),
            _ => false,
        })
    }

    /// Returns the fields of the section at a key, where there is one.
    pub(crate) fn section(&'static self, key: &[Segment]) -> Option<&'static Self> {
        match self.find(key) {
            Found::Section(table) => Some(table),
            Found::Leaf(..) | Found::Nothing => None,
        }
    }

    /// Returns the same key with the names of the fields in place of their aliases.
    pub(crate) fn canonical(&'static self, key: &Key) -> Key {
        self.renamed(key, Self::field)
    }

    /// Returns the same key with the names that sources write in place of those of the source code.
    pub(crate) fn written(&'static self, key: &Key) -> Key {
        self.renamed(key, |table, name| {
            table.field(name).or_else(|| table.fields.iter().find(|field| field.ident == name))
        })
    }

    fn renamed(
        &'static self,
        key: &Key,
        find: impl Fn(&Self, &str) -> Option<&'static FieldInfo>,
    ) -> Key {
        let mut renamed = Key::root();
        let mut table = Some(self);
        let mut entries: Option<&EntriesType> = None;
        for segment in key.segments() {
            if let Some(entries) = entries.take() {
                renamed.push(entries.step(segment));
                table = Some(entries.table);
                continue;
            }
            let field = match (segment, table) {
                (Segment::Name(name), Some(table)) => find(table, name),
                _ => None,
            };
            entries = field.and_then(|field| field.entries.as_ref());
            match field {
                // The fields of a flattened section stand among those around it.
                Some(field) if field.flatten => {}
                Some(field) => renamed.push(Segment::Name(field.name.into())),
                None => renamed.push(segment.clone()),
            }
            table = field.and_then(FieldInfo::table);
        }
        renamed
    }

    /// Returns every leaf of the section and of those below it, in declaration order.
    pub(crate) fn leaves(&'static self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        self.collect(&Prefix::default(), &mut leaves);
        leaves
    }

    fn collect(&'static self, prefix: &Prefix, leaves: &mut Vec<Leaf>) {
        for info in self.fields {
            match info.kind {
                FieldKind::Leaf(role) => leaves.push(prefix.leaf(info, role)),
                FieldKind::Section { table, frozen, .. } => {
                    table.collect(&prefix.field(info).section(frozen), leaves)
                }
            }
        }
    }

    /// Returns the key of the field at a path of indices; the root's where the path leads nowhere.
    pub(crate) fn key(&'static self, at: &[u16]) -> Key {
        self.resolve(at).map(|(key, _)| key).unwrap_or_default()
    }

    /// Returns the key of what a way leads to; the root's where it leads nowhere.
    pub(crate) fn key_of(&'static self, way: &[Index]) -> Key {
        self.leaf_at(way).map(|leaf| leaf.key).unwrap_or_default()
    }

    /// Returns the row of the field at a path of indices, or `None` where the path leads nowhere.
    pub(super) fn row(&'static self, at: &[u16]) -> Option<&'static FieldInfo> {
        let (last, around) = at.split_last()?;
        let around = around.iter().try_fold(self, |table, index| table.at(*index)?.table());
        around?.at(*last)
    }

    /// Returns the leaf or section at a path of indices with its key, or `None` where the path leads nowhere.
    pub(crate) fn resolve(&'static self, at: &[u16]) -> Option<(Key, &'static FieldInfo)> {
        let mut table = self;
        let mut prefix = Prefix::default();
        let mut found = None;
        for index in at {
            let info = table.at(*index)?;
            prefix = prefix.field(info);
            found = Some(info);
            table = info.table().unwrap_or(table);
        }
        found.map(|info| (prefix.key, info))
    }

    /// Returns true if no leaf is of a type that lacks something.
    pub(crate) const fn is_complete(&self) -> bool {
        let mut index = 0;
        while index < self.fields.len() {
            let field = &self.fields[index];
            let below = match field.table() {
                Some(table) => table.is_complete(),
                None => true,
            };
            if !field.is_complete() || !below {
                return false;
            }
            index += 1;
        }
        true
    }

    /// Returns true if a field, or one in a section below, names its variable.
    pub(crate) const fn names_variables(&self) -> bool {
        let mut index = 0;
        while index < self.fields.len() {
            let field = &self.fields[index];
            let below = match field.table() {
                Some(table) => table.names_variables(),
                None => false,
            };
            if field.env.is_some() || below {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Returns the number of sections that lie in each other, this one included.
    pub const fn depth(&self) -> usize {
        let mut deepest = 0;
        let mut index = 0;
        while index < self.fields.len() {
            if let Some(table) = self.fields[index].table() {
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
    key: Key,
    serialized: Key,
    frozen: bool,
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

    /// Returns the way to an entry of the collection that this leads to.
    pub(crate) fn entry(mut self, entry: &EntryKey) -> Self {
        self.key.push(entry.written.clone());
        self.serialized.push(entry.serialized.clone());
        self
    }

    /// Returns the leaf of a field below this.
    pub(crate) fn leaf(&self, info: &FieldInfo, role: Role) -> Leaf {
        let Self { key, serialized, frozen } = self.field(info);
        let part = if info.flatten { Part::Beside } else { Part::Whole };
        Leaf { key, serialized, role: role.within(frozen), part }
    }

    /// Returns the way to any entry of the collection that this leads to.
    pub(crate) fn any_entry(mut self) -> Self {
        self.key.push(Segment::Name("*".into()));
        self.serialized.push(Segment::Name("*".into()));
        self
    }

    /// Returns this section or entry as one leaf; of a flattened section, its fields.
    pub(crate) fn whole(self, role: Role, part: Part) -> Leaf {
        let Self { key, serialized, frozen } = self;
        Leaf { key, serialized, role: role.within(frozen), part }
    }
}
