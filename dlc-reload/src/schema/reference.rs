//! The reference of a configuration: its keys in tables, as a Markdown page for operators.

use std::fmt::Write;

use serde_json::Value;

use super::{
    lookup::{each, field, requires, resolved},
    root::of_types,
};
use crate::{
    place::Key,
    section::{FieldInfo, FieldKind, Reloadable, Role, Table},
};

/// Returns the reference of a configuration as a Markdown page: one table a section, one row a key,
/// with type, default, class and what the doc comments say.
///
/// Secrets never show a default. The page is a view of [`schema`](crate::schema()), so it is as
/// exact as the schema is: a unit, such as seconds, is in it where the doc comment of a field names it.
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// /// Requests a second.
/// # #[reload(hot)] rate: u32 }
/// let page = dlc_reload::reference::<Config>();
/// assert!(page.contains("| `rate` | integer, 0 or more | required | hot | Requests a second. |"));
/// ```
pub fn reference<C: Reloadable>() -> String {
    let root = of_types::<C>();
    let mut page = Page { root: &root, text: String::new() };
    page.section(C::TABLE, "", &root, false);
    page.text
}

/// The page while it is written, with the schema of the whole configuration.
struct Page<'a> {
    root: &'a Value,
    text: String,
}

impl Page<'_> {
    /// Writes the table of the section at a key, then those of the sections and entries in it.
    fn section(&mut self, table: &'static Table, key: &str, schema: &Value, frozen: bool) {
        let title = if key.is_empty() { table.name.to_owned() } else { format!("`{key}`") };
        let level = if key.is_empty() { "#" } else { "##" };
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{level} {title}\n");
        if !table.docs.is_empty() {
            let _ = writeln!(self.text, "{}\n", table.docs);
        }
        let fields = table.fields_with_flattened(frozen);
        if fields.iter().any(|(info, _)| info.table().is_none()) {
            self.text.push_str("| key | type | default | class | |\n|---|---|---|---|---|\n");
        }
        for (info, frozen) in &fields {
            if let FieldKind::Leaf(role) = info.kind {
                self.row(info, role.within(*frozen), key, schema);
            }
        }
        for (index, (name, reason)) in table.removed.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            let _ = writeln!(self.text, "{gap}- `{}` is gone: {reason}", child(key, name));
        }
        for (info, frozen) in fields {
            let key = child(key, info.name);
            let schema = field(self.root, schema, info.name).unwrap_or(&Value::Null);
            if let FieldKind::Section { table, frozen: here, .. } = info.kind {
                self.section(table, &key, schema, frozen || here);
            }
            if let Some(entries) = &info.entries {
                let key = key + if entries.identity.is_some() { "[]" } else { ".<name>" };
                let schema = each(self.root, schema).unwrap_or(&Value::Null);
                self.section(entries.table, &key, schema, frozen);
            }
        }
    }

    /// Writes the row of one leaf of a section, which has a schema.
    fn row(&mut self, info: &FieldInfo, role: Role, key: &str, section: &Value) {
        let name = if info.flatten { format!("{key}.*") } else { child(key, info.name) };
        let property = field(self.root, section, info.name).unwrap_or(&Value::Null);
        let (class, secret) = (role.class(), role.is_secret());
        let default = default(property, section, info.name, secret);
        let class = if secret { format!("{class}, secret") } else { class.to_string() };
        let on_its_way_out = info.deprecated.map(|note| format!("deprecated: {note}"));
        let former =
            (!info.former.is_empty()).then(|| format!("formerly `{}`", info.former.join("`, `")));
        let variable = info.env.map(|name| format!("variable `{name}`"));
        let remarks = on_its_way_out.iter().chain(&former).chain(&variable);
        let docs = remarks.map(|text| text.trim_end_matches([':', ' ']));
        let docs = docs.chain([info.docs]).filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let docs = docs.join("; ").replace('\n', " ").replace('|', "\\|");
        let kind = kind(self.root, property);
        let _ = writeln!(self.text, "| `{name}` | {kind} | {default} | {class} | {docs} |");
    }
}

/// Returns the key of a field, as people read it.
fn child(key: &str, name: &str) -> String {
    let name = Key::root().child(name.to_owned());
    if key.is_empty() { name.to_string() } else { format!("{key}.{name}") }
}

fn default(property: &Value, section: &Value, name: &str, secret: bool) -> String {
    match property.get("default") {
        _ if requires(section, name) => "required".to_owned(),
        Some(default) if !secret && !default.is_null() => format!("`{default}`"),
        _ => String::new(),
    }
}

/// Returns the type of a value in plain words, with its choices, range or pattern.
pub(super) fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    let text =
        |keyword: &str| schema.get(keyword).filter(|value| !value.is_null()).map(Value::to_string);
    let list = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
    if let Some(choices) = list("enum") {
        let choices = choices.iter().filter(|choice| !choice.is_null());
        return choices.map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(choices) = list("oneOf").or_else(|| list("anyOf")) {
        let kinds = choices.iter().map(|choice| kind(root, choice));
        let mut kinds: Vec<_> = kinds.filter(|kind| kind != "null").collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    if let Some(constant) = text("const") {
        return format!("`{constant}`");
    }
    let mut kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    };
    match (text("minimum"), text("maximum")) {
        (Some(least), Some(most)) => kind.push_str(&format!(", {least} to {most}")),
        (Some(least), None) => kind.push_str(&format!(", {least} or more")),
        (None, Some(most)) => kind.push_str(&format!(", {most} at most")),
        (None, None) => {}
    }
    if let Some(Value::String(pattern)) = schema.get("pattern") {
        kind.push_str(&format!(", matching `{}`", pattern.replace('|', "\\|")));
    }
    kind
}
