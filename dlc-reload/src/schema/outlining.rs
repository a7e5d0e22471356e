//! The walk that makes the outline of a configuration: along the table, and for what lies inside of leaves along the
//! schema.

use serde_json::Value as Json;

use super::{
    example::example,
    lookup::{entry, field, holds_secret, is_secret, requires},
    outline::{Field, Form, Outline, Removed},
    shape::Shape,
    words::{for_people, kind, words},
};
use crate::{
    place::Key,
    section::{
        Class, EntriesType, FieldInfo, FieldKind, NESTING, Reloadable, Role, Table, spelled,
    },
};

/// The variables that set fields.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Variables<'p> {
    /// No source reads any.
    Unread,
    /// The names that fields give to theirs; others follow from a prefix that is not known.
    Own,
    /// Those with a prefix.
    Prefixed(&'p str),
}

impl Shape {
    /// Makes the outline of the configuration.
    pub(crate) fn outline(&self, variables: Variables<'_>) -> Outline {
        let variable = match variables {
            Variables::Prefixed(prefix) => Some(prefix.to_owned()),
            Variables::Unread | Variables::Own => None,
        };
        let reads_own = !matches!(variables, Variables::Unread);
        let (table, root) = (self.table(), self.schema());
        let way = Way { key: String::new(), variable };
        let mut walk = Walk { root, reads_own, open: Vec::new() };
        let around = Around { way: &way, schema: root, default: None };
        let fields = walk.section(table, &around, false);
        let docs = for_people(table.docs);
        Outline { name: table.name, docs, fields, removed: removed(table, &way) }
    }
}

/// Returns the outline of a type, with the variables that its fields name.
pub(crate) fn outline_of<C: Reloadable>() -> Outline {
    Shape::of::<C>().outline(Variables::Own)
}

/// The way to the fields of a section or struct.
#[derive(Clone)]
pub(super) struct Way {
    key: String,
    /// The variable of it; where it is the root, the prefix with its `_`.
    variable: Option<String>,
}

impl Way {
    /// Returns the way to a field by its name, and by that of its variable where it has one of its own.
    pub(super) fn child(&self, name: &str, own: Option<&str>) -> Self {
        let name_in_key = Key::root().child(name.to_owned()).to_string();
        let [dot, nesting] = if self.key.is_empty() { ["", ""] } else { [".", NESTING] };
        let derived = || Some([self.variable.as_deref()?, nesting, &spelled(name)].concat());
        let variable = own.map(str::to_owned).or_else(derived);
        Self { key: [&self.key, dot, &name_in_key].concat(), variable }
    }

    /// Returns the way to any entry. No variable leads to an item of a list.
    pub(super) fn entry(&self, form: Form) -> Self {
        if form == Form::Item {
            return Self { key: format!("{}[]", self.key), variable: None };
        }
        let variable = self.variable.as_ref().map(|above| [above, NESTING, "<NAME>"].concat());
        Self { key: format!("{}.<name>", self.key), variable }
    }

    /// Returns the way to the keys that no field has.
    fn rest(&self) -> Self {
        let dot = if self.key.is_empty() { "" } else { "." };
        Self { key: [&self.key, dot, "*"].concat(), variable: None }
    }

    /// Returns the field at the end of the way.
    pub(super) fn field(&self, name: &str, form: Form) -> Field {
        let Self { key, variable } = self.clone();
        let (name, serialized) = (name.to_owned(), name.to_owned());
        Field { key, variable, form, name, serialized, ..Field::default() }
    }
}

/// The section or entry that a field stands in.
struct Around<'s, 'd> {
    way: &'d Way,
    schema: &'s Json,
    /// Its value where no source sets it.
    default: Option<&'d Json>,
}

/// The walk through the fields, with the schema of the whole.
pub(super) struct Walk<'s> {
    pub(super) root: &'s Json,
    /// True if variables are read by the names that fields give them.
    reads_own: bool,
    /// The structs that the walk is in: a type may hold itself.
    pub(super) open: Vec<&'s Json>,
}

impl<'s> Walk<'s> {
    /// Returns the fields of a section or entry, those of flattened sections among them.
    fn section(
        &mut self,
        table: &'static Table,
        around: &Around<'s, '_>,
        frozen: bool,
    ) -> Vec<Field> {
        let fields = table.fields_with_flattened(frozen).into_iter();
        let mut has_rest = false;
        let field = |(info, frozen): (&'static FieldInfo, bool)| match info.kind {
            FieldKind::Section { .. } => self.below(info, around, frozen),
            FieldKind::Leaf(role) if info.flatten => {
                let mut rest = self.rest(role.within(frozen), table, around);
                // Which of several has a field, the schema does not know.
                if std::mem::replace(&mut has_rest, true) {
                    rest.fields.clear();
                }
                rest
            }
            FieldKind::Leaf(role) => self.leaf(info, role.within(frozen), around, frozen),
        };
        fields.map(field).collect()
    }

    /// Returns the field of a section.
    fn below(&mut self, info: &'static FieldInfo, around: &Around<'s, '_>, frozen: bool) -> Field {
        let (mut field, schema, way) = self.named(info, Form::Section, around);
        let FieldKind::Section { table, frozen: here, is_optional, is_live, .. } = info.kind else {
            return field;
        };
        if field.docs.is_empty() {
            field.docs = for_people(table.docs);
        }
        field.kind = "section".to_owned();
        field.class = is_optional.then_some(if is_live { Class::Hot } else { Class::Restart });
        field.removed = removed(table, &way);
        let default = field.default.take();
        let inside = Around { way: &way, schema, default: default.as_ref() };
        field.fields = self.section(table, &inside, frozen || here);
        field.default = default;
        field
    }

    /// Returns the field of a leaf.
    fn leaf(
        &mut self,
        info: &'static FieldInfo,
        role: Role,
        around: &Around<'s, '_>,
        frozen: bool,
    ) -> Field {
        let (mut field, schema, way) = self.named(info, Form::Leaf, around);
        self.describe(&mut field, schema);
        (field.class, field.secret) = (Some(role.class()), field.secret || role.is_secret());
        if field.secret {
            field.default = None;
        } else if let Some(entries) = &info.entries {
            let schema = entry(self.root, schema).unwrap_or(&Json::Null);
            field.fields = vec![self.entry(entries, schema, &way, frozen)];
        } else {
            field.fields = self.inside(schema, &way, field.default.as_ref());
        }
        field
    }

    /// Returns the field that stands for any entry of a collection.
    fn entry(
        &mut self,
        entries: &'static EntriesType,
        schema: &'s Json,
        way: &Way,
        frozen: bool,
    ) -> Field {
        let form = if entries.identity.is_some() { Form::Item } else { Form::Entry };
        let way = way.entry(form);
        let mut field = way.field("", form);
        field.docs = for_people(entries.table.docs);
        field.kind = "section".to_owned();
        field.removed = removed(entries.table, &way);
        let inside = Around { way: &way, schema, default: None };
        let reads_own = std::mem::replace(&mut self.reads_own, false);
        field.fields = self.section(entries.table, &inside, frozen);
        self.reads_own = reads_own;
        field
    }

    /// Returns the field of a flattened map or struct, with the fields that its schema knows.
    fn rest(&mut self, role: Role, table: &'static Table, around: &Around<'s, '_>) -> Field {
        let mut field = around.way.rest().field("", Form::Rest);
        field.kind = "map".to_owned();
        field.class = Some(role.class());
        field.secret = role.is_secret();
        let is_own =
            |name: &str| table.field(name).is_some() || table.reason_for_removal(name).is_some();
        let mut inside = self.inside(around.schema, around.way, around.default);
        inside.retain(|part| !part.is_entry() && !is_own(&part.name));
        field.fields = inside;
        field
    }

    /// Returns the field of a row of the table, with its schema and the way to it.
    fn named(
        &self,
        info: &'static FieldInfo,
        form: Form,
        around: &Around<'s, '_>,
    ) -> (Field, &'s Json, Way) {
        let schema = field(self.root, around.schema, info.name).unwrap_or(&Json::Null);
        let way = around.way.child(info.name, info.env.filter(|_| self.reads_own));
        let mut field = way.field(info.name, form);
        field.serialized = info.serialized.to_owned();
        field.docs = for_people(info.docs);
        field.required = requires(self.root, around.schema, info.name);
        (field.former, field.aliases) = (info.former, info.aliases);
        field.deprecated = info.deprecated;
        let own = schema.get("default").filter(|_| !field.required);
        field.default = default(around.default, info.serialized).or(own).cloned();
        field.default = field.default.filter(|default| !default.is_null());
        (field, schema, way)
    }

    /// Adds what a schema says of a value.
    pub(super) fn describe(&self, field: &mut Field, schema: &'s Json) {
        field.kind = kind(self.root, schema);
        field.words = words(self.root, schema);
        field.example = example(self.root, schema);
        field.secret = is_secret(schema);
        field.holds_secret = holds_secret(schema, self.root);
    }
}

/// Returns the default of a field in that of the section or struct around it.
pub(super) fn default<'d>(around: Option<&'d Json>, serialized: &str) -> Option<&'d Json> {
    around?.get(serialized)
}

/// Returns the keys that are gone from a section, those of flattened ones included.
fn removed(table: &'static Table, way: &Way) -> Vec<Removed> {
    let one =
        |(name, reason): &(&str, &'static str)| Removed { key: way.child(name, None).key, reason };
    let flattened = table.fields.iter().filter(|field| field.flatten).filter_map(FieldInfo::table);
    let own = table.removed.iter().map(one);
    own.chain(flattened.flat_map(|table| removed(table, way))).collect()
}
