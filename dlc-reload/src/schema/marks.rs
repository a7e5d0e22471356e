//! The marks of a whole schema: the class of each key at every depth, and words about it for people.
//!
//! One walk over the schema, along the table of the fields. A definition to which references of different classes lead
//! becomes one for each.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    hover::{Hover, of_all, of_class, of_presence},
    lookup::{any_inside, definition_name, field, is_gone, members, requires, resolved},
    walk::each,
};
use crate::section::{CLASS, Class, EntriesType, FieldInfo, FieldKind, OTHER_NAME, Table};

/// The keyword with the class that the presence of an optional section has.
pub(super) const PRESENCE: &str = "x-reload-presence";

/// The keyword with the name of the field that tells the items of a list apart.
pub(super) const IDENTITY: &str = "x-identity";

/// The content of a place, which says what its members are.
#[derive(Clone, Copy)]
enum Content {
    /// A section; if `frozen`, every leaf in it is `restart`.
    Section { table: &'static Table, frozen: bool },
    /// A collection whose entries are sections. If it `merges`, those of several sources are laid over each other.
    Entries { table: &'static Table, frozen: bool, merges: bool },
    /// A leaf or something in it, all of which has the class of the leaf.
    Value(Class),
}

/// A place in a configuration.
#[derive(Clone, Copy)]
struct Place {
    content: Content,
    /// True if one source may set a part of the value and another one the rest, so that none has to set a key.
    in_parts: bool,
}

/// A definition together with what a reference to it is about.
#[derive(PartialEq, Eq)]
struct Use {
    definition: String,
    /// The address of the table of a section, and that of the entries of a collection.
    section: Option<(usize, bool)>,
    is_live: bool,
    in_parts: bool,
}

impl Use {
    /// Returns what tells this use from others of the same definition.
    fn suffix<'u>(&self, others: impl Iterator<Item = &'u Self>) -> String {
        let mut words = [""; 3];
        for other in others {
            if other.is_live && !self.is_live {
                words[0] = "AtRestart";
            }
            if other.section.is_some() && self.section.is_none() {
                words[1] = "Value";
            }
            if other.in_parts && !self.in_parts {
                words[2] = "Whole";
            }
        }
        words.concat()
    }
}

struct Marking<'s> {
    plain: &'s Value,
    /// The uses that were met, with the marked definition of each. A reference leads to its index until all are known.
    uses: Vec<(Use, Value)>,
}

/// Returns a schema with marks on every key. `table` has the fields of its root. If `in_parts`, the schema is that of
/// one of several sources.
pub(super) fn marked(plain: &Value, table: &'static Table, in_parts: bool) -> Value {
    let mut marking = Marking { plain, uses: Vec::new() };
    let mut root = plain.clone();
    if let Some(keywords) = root.as_object_mut() {
        keywords.remove("$defs");
    }
    let content = Content::Section { table, frozen: false };
    marking.walk(&mut root, Place { content, in_parts });
    if let (Some(root), false) = (root.as_object_mut(), marking.uses.is_empty()) {
        root.insert("$defs".into(), json!({}));
    }
    marking.name_definitions(&mut root);
    root
}

impl Content {
    /// Returns the content of a field.
    fn of(info: &FieldInfo, frozen: bool) -> Self {
        match (&info.kind, &info.entries) {
            (FieldKind::Section { table, frozen: here, .. }, _) => {
                Self::Section { table, frozen: frozen || *here }
            }
            (FieldKind::Leaf(_), Some(EntriesType { table, merges, .. })) => {
                Self::Entries { table, frozen, merges: *merges }
            }
            (FieldKind::Leaf(role), None) => Self::Value(role.within(frozen).class()),
        }
    }

    /// Returns the content of the entries and items that have no name in the schema.
    fn further(self) -> Option<Self> {
        match self {
            Self::Section { table, frozen } => {
                let mut fields = table.fields_with_flattened(frozen).into_iter();
                let (info, frozen) = fields.find(|(info, _)| info.flatten)?;
                Some(Self::of(info, frozen))
            }
            Self::Entries { table, frozen, .. } => Some(Self::Section { table, frozen }),
            Self::Value(_) => Some(self),
        }
    }
}

impl Place {
    const fn with(self, content: Content) -> Self {
        Self { content, ..self }
    }

    /// Returns the place of the items of a list, which a later source replaces as a whole unless they are merged.
    const fn of_items(self) -> Self {
        let merges = matches!(self.content, Content::Entries { merges: true, .. });
        Self { in_parts: self.in_parts && merges, ..self }
    }

    fn used(self, definition: &str) -> Use {
        let address = |table: &'static Table| std::ptr::from_ref(table).addr();
        let (section, is_live) = match self.content {
            Content::Section { table, frozen } => (Some((address(table), false)), !frozen),
            Content::Entries { table, frozen, .. } => (Some((address(table), true)), !frozen),
            Content::Value(class) => (None, class == Class::Hot),
        };
        Use { definition: definition.to_owned(), section, is_live, in_parts: self.in_parts }
    }
}

impl Marking<'_> {
    fn walk(&mut self, schema: &mut Value, place: Place) {
        if let Content::Section { table, .. } = place.content {
            self.add_fields(schema, table);
        }
        self.walk_part(schema, place);
    }

    /// Adds the fields of a section that its schema leaves out: the loader reads them all the same.
    fn add_fields(&self, schema: &mut Value, table: &Table) {
        let mut missing = Vec::new();
        for (info, _) in table.fields_with_flattened(false) {
            let known = |name| field(self.plain, schema, name);
            let names = info.names().filter(|name| !info.flatten && known(name).is_none());
            let like = known(info.name).cloned().unwrap_or_else(|| json!({}));
            missing.extend(names.map(|name| {
                let mut property = like.clone();
                if let Some(property) = property.as_object_mut().filter(|_| name != info.name) {
                    property.insert(OTHER_NAME.into(), info.name.into());
                    property.insert("deprecated".into(), true.into());
                }
                (name, property)
            }));
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.extend(missing.into_iter().map(|(name, like)| (name.to_owned(), like)));
        }
    }

    /// Marks a schema that names some of the keys of a map, or all.
    fn walk_part(&mut self, schema: &mut Value, place: Place) {
        let required = required(self.plain, schema);
        let Some(keywords) = schema.as_object_mut() else { return };
        let is_composed = keywords.contains_key("properties");
        if place.in_parts {
            loosen(keywords);
        }
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                ("$ref", reference) => self.redirect(reference, place),
                ("allOf" | "anyOf" | "oneOf", Value::Array(members)) => {
                    for member in members {
                        match is_composed {
                            true => self.walk_part(member, place),
                            false => self.walk(member, place),
                        }
                    }
                }
                ("properties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        self.property(name, property, required.contains(name), place);
                    }
                }
                ("patternProperties", Value::Object(patterns)) => {
                    patterns.values_mut().for_each(|value| self.further(value, place));
                }
                ("prefixItems", Value::Array(items)) => {
                    items.iter_mut().for_each(|item| self.further(item, place.of_items()));
                }
                ("items", value) => self.further(value, place.of_items()),
                ("additionalProperties" | "unevaluatedProperties", value) => {
                    self.further(value, place);
                }
                _ => {}
            }
        }
    }

    /// Marks what may stand at a place that has no name in the schema.
    fn further(&mut self, schema: &mut Value, place: Place) {
        match place.content.further() {
            Some(Content::Value(class)) => self.value(schema, class, false, place),
            Some(content) => self.walk(schema, place.with(content)),
            None => {}
        }
    }

    fn property(&mut self, name: &str, schema: &mut Value, is_required: bool, place: Place) {
        let (table, frozen) = match place.content {
            Content::Section { table, frozen } => (table, frozen),
            Content::Entries { .. } => return self.further(schema, place),
            Content::Value(class) => return self.value(schema, class, is_required, place),
        };
        let fields = table.fields_with_flattened(frozen).into_iter();
        let mut named = fields.filter(|(info, _)| !info.flatten);
        match named.find(|(info, _)| info.names().any(|known| known == name)) {
            Some(found) => self.field((name, schema), is_required, found, place),
            // A key that is gone has its reason already.
            None if is_gone(schema) => {}
            None => self.further(schema, place),
        }
    }

    /// Marks a value that is a leaf or lies in one.
    fn value(&mut self, schema: &mut Value, class: Class, is_required: bool, place: Place) {
        let docs = self.docs(schema);
        self.walk(schema, place.with(Content::Value(class)));
        let is = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(true));
        let hover = Hover {
            effect: of_class(class).into(),
            is_required,
            is_secret: is("writeOnly"),
            deprecated: match schema.get(OTHER_NAME).and_then(Value::as_str) {
                Some(own) => Some(format!("Another name of `{own}`.")),
                None => is("deprecated").then(|| "Deprecated.".to_owned()),
            },
        };
        if let Some(keywords) = schema.as_object_mut() {
            keywords.insert(CLASS.into(), class.as_str().into());
            if keywords.contains_key(OTHER_NAME) {
                keywords.insert("doNotSuggest".into(), true.into());
            }
            hover.describe(keywords, docs);
        }
    }

    fn field(
        &mut self,
        (name, schema): (&str, &mut Value),
        is_required: bool,
        (info, frozen): (&'static FieldInfo, bool),
        place: Place,
    ) {
        if !schema.is_object() {
            *schema = json!({});
        }
        let docs = self.docs(schema);
        let content = Content::of(info, frozen);
        self.walk(schema, place.with(content));
        let Some(keywords) = schema.as_object_mut() else { return };
        let (effect, is_secret) = match info.kind {
            FieldKind::Leaf(role) => {
                let role = role.within(frozen);
                keywords.insert(CLASS.into(), role.class().as_str().into());
                let entries = match (content, role.class()) {
                    (Content::Entries { .. }, Class::Hot) => {
                        " Entries may be added and removed live."
                    }
                    _ => "",
                };
                (format!("{}{entries}", of_class(role.class())), role.is_secret())
            }
            FieldKind::Section { table, frozen: here, is_optional, is_live, .. } => {
                let frozen = frozen || here;
                let presence = if is_live && !frozen { Class::Hot } else { Class::Restart };
                let all = class_of_all(table, frozen).map(of_all);
                let whole = is_optional.then(|| {
                    keywords.insert(PRESENCE.into(), presence.as_str().into());
                    of_presence(presence)
                });
                (all.into_iter().chain(whole).collect::<Vec<_>>().join(" "), false)
            }
        };
        if let Some(identity) = info.entries.as_ref().and_then(|entries| entries.identity) {
            keywords.insert(IDENTITY.into(), identity.into());
        }
        let deprecated = deprecation(name, keywords, info);
        Hover { effect, is_required, is_secret, deprecated }.describe(keywords, docs);
    }

    /// Points a reference at the definition for this content, which is made where there is none yet.
    fn redirect(&mut self, reference: &mut Value, place: Place) {
        let Some(name) = definition_name(reference).map(ToOwned::to_owned) else { return };
        let Some(definition) = self.plain.get("$defs").and_then(|all| all.get(&name)) else {
            return;
        };
        let has_places = any_inside(definition, self.plain, |schema| {
            ["properties", "items", "prefixItems", "additionalProperties", "patternProperties"]
                .iter()
                .any(|keyword| schema.get(keyword).is_some())
        });
        // What has no keys is the same everywhere.
        let used = match has_places {
            true => place.used(&name),
            false => Use { definition: name, section: None, is_live: true, in_parts: true },
        };
        let known = self.uses.iter().position(|(known, _)| *known == used);
        let index = known.unwrap_or_else(|| {
            let index = self.uses.len();
            // It may refer to itself.
            self.uses.push((used, Value::Null));
            let mut marked = definition.clone();
            self.walk(&mut marked, place);
            self.uses[index].1 = marked;
            index
        });
        *reference = index.into();
    }

    /// Names the definitions, and has the references lead to them. One with several uses has the name of each, which
    /// depends on nothing but what they are.
    fn name_definitions(self, root: &mut Value) {
        let known = self.plain.get("$defs").and_then(Value::as_object);
        let mut names: Vec<String> = Vec::new();
        for (used, _) in &self.uses {
            let others = self.uses.iter().map(|(other, _)| other);
            let others = others.filter(|other| other.definition == used.definition);
            let mut name = used.definition.clone() + &used.suffix(others);
            let is_known = |name: &String| known.is_some_and(|all| all.contains_key(name));
            while names.contains(&name) || name != used.definition && is_known(&name) {
                name.push('_');
            }
            names.push(name);
        }
        let mut lead = |schema: &mut Value| {
            if let Some(reference) = schema.get_mut("$ref") {
                let index = reference.as_u64().and_then(|index| usize::try_from(index).ok());
                if let Some(name) = index.and_then(|index| names.get(index)) {
                    *reference = format!("#/$defs/{name}").into();
                }
            }
        };
        each(root, &mut lead);
        for ((_, mut definition), name) in self.uses.into_iter().zip(&names) {
            each(&mut definition, &mut lead);
            if let Some(definitions) = root.get_mut("$defs").and_then(Value::as_object_mut) {
                definitions.insert(name.clone(), definition);
            }
        }
    }

    /// Returns the doc comment of a property, or that of its type.
    fn docs(&self, schema: &Value) -> Option<String> {
        let target = resolved(self.plain, schema);
        let parts =
            ["anyOf", "allOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.get(0));
        let mut all =
            [schema, target].into_iter().chain(parts.map(|one| resolved(self.plain, one)));
        all.find_map(|schema| schema.get("description")?.as_str()).map(ToOwned::to_owned)
    }
}

/// Returns the names of the properties that a schema requires.
fn required(root: &Value, schema: &Value) -> BTreeSet<String> {
    let named = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required = named.map(|(name, _)| name).filter(|name| requires(root, schema, name));
    required.cloned().collect()
}

/// Takes back what a schema requires. The maps among which one was told by what they have to set may all fit then.
fn loosen(keywords: &mut Map<String, Value>) {
    keywords.remove("required");
    let asks_for_a_name = |schema: &Value| {
        members(schema, "oneOf")
            .any(|one| one.get("required").is_some_and(|_| one.get("properties").is_none()))
    };
    if let Some(all) = keywords.get_mut("allOf").and_then(Value::as_array_mut) {
        all.retain(|schema| !asks_for_a_name(schema));
        if all.is_empty() {
            keywords.remove("allOf");
        }
    }
    let is_scalar = |schema: &Value| schema.get("const").is_some() || schema.get("enum").is_some();
    let are_maps = keywords
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|schema| !is_scalar(schema));
    let Some(choice) = keywords.remove("oneOf") else { return };
    let keyword = if are_maps { "anyOf" } else { "oneOf" };
    if !are_maps || !keywords.contains_key("anyOf") {
        keywords.insert(keyword.into(), choice);
    } else if let Some(all) = keywords.entry("allOf").or_insert_with(|| json!([])).as_array_mut() {
        all.push(json!({ "anyOf": choice }));
    }
}

/// Returns the class that all leaves of a section have, if it is one.
fn class_of_all(table: &Table, frozen: bool) -> Option<Class> {
    if frozen {
        return Some(Class::Restart);
    }
    let mut classes = table.fields.iter().map(|info| match (&info.kind, &info.entries) {
        (FieldKind::Section { table, frozen, .. }, _) => class_of_all(table, *frozen),
        (FieldKind::Leaf(role), None) => Some(role.class()),
        (FieldKind::Leaf(role), Some(entries)) => {
            class_of_all(entries.table, false).filter(|class| *class == role.class())
        }
    });
    let first = classes.next()??;
    classes.all(|class| class == Some(first)).then_some(first)
}

/// Returns the sentence on why a key should not be written any more, and has editors say so.
fn deprecation(name: &str, keywords: &mut Map<String, Value>, info: &FieldInfo) -> Option<String> {
    let own = info.name;
    if info.former.contains(&name) {
        let note = format!("renamed to `{own}`");
        keywords.insert("deprecationMessage".into(), note.into());
        return Some(format!("The former name of `{own}`."));
    }
    if name != own {
        keywords.insert("doNotSuggest".into(), true.into());
        return Some(format!("Another name of `{own}`."));
    }
    let note = info.deprecated?;
    let said = if note.is_empty() { "Deprecated.".into() } else { format!("Deprecated: {note}") };
    let shown = if note.is_empty() { "deprecated" } else { note };
    keywords.insert("deprecationMessage".into(), shown.into());
    Some(if said.ends_with(['.', '!']) { said } else { said + "." })
}
