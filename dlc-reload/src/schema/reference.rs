//! The reference of a configuration: its keys in tables, as a Markdown page for operators.

use std::fmt::Write;

use serde_json::Value;

use super::{
    lookup::{find, requires, resolved},
    root::schema,
};
use crate::{
    key::Key,
    section::{FieldKind, Reloadable, Table},
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
    let root = schema::<C>().to_value();
    let mut page = Page { root: &root, text: String::new() };
    page.section(C::TABLE, &Key::root(), &root, false);
    page.text
}

/// The page while it is written, with the schema of the whole configuration.
struct Page<'a> {
    root: &'a Value,
    text: String,
}

impl Page<'_> {
    fn section(&mut self, table: &'static Table, key: &Key, schema: &Value, frozen: bool) {
        let title = if key.is_root() { table.name.to_owned() } else { format!("`{key}`") };
        let level = if key.is_root() { "#" } else { "##" };
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{level} {title}\n");
        if !table.docs.is_empty() {
            let _ = writeln!(self.text, "{}\n", table.docs);
        }
        self.rows(table, key, schema, frozen, true);
        self.below(table, key, frozen);
    }

    /// Writes one row for each leaf, those of flattened sections included.
    fn rows(
        &mut self,
        table: &'static Table,
        key: &Key,
        schema: &Value,
        frozen: bool,
        mut head: bool,
    ) {
        for info in table.fields {
            match info.kind {
                FieldKind::Leaf(role) => {
                    if std::mem::take(&mut head) {
                        self.text.push_str(
                            "| key | type | default | class | |\n|---|---|---|---|---|\n",
                        );
                    }
                    let role = if frozen { role.frozen() } else { role };
                    let (class, secret) = (role.class(), role.is_secret());
                    let name = if info.flatten {
                        format!("{key}.*")
                    } else {
                        key.child(info.name).to_string()
                    };
                    let property = find(self.root, &key.child(info.name)).unwrap_or(&Value::Null);
                    let default = default(property, schema, info.name, secret);
                    let class = if secret { format!("{class}, secret") } else { class.to_string() };
                    let docs = info.docs.replace('\n', " ").replace('|', "\\|");
                    let kind = kind(self.root, property);
                    let _ =
                        writeln!(self.text, "| `{name}` | {kind} | {default} | {class} | {docs} |");
                }
                FieldKind::Section { table, frozen: here, .. } if info.flatten => {
                    self.rows(table, key, schema, frozen || here, head);
                    head = false;
                }
                FieldKind::Section { .. } => {}
            }
        }
    }

    fn below(&mut self, table: &'static Table, key: &Key, frozen: bool) {
        for info in table.fields {
            let FieldKind::Section { table, frozen: here, .. } = info.kind else { continue };
            if info.flatten {
                self.below(table, key, frozen || here);
            } else {
                let key = key.child(info.name);
                let schema = find(self.root, &key).unwrap_or(&Value::Null);
                self.section(table, &key, schema, frozen || here);
            }
        }
    }
}

fn default(property: &Value, section: &Value, name: &str, secret: bool) -> String {
    let required = requires(section, name);
    match property.get("default") {
        _ if required => "required".to_owned(),
        Some(default) if !secret && !default.is_null() => format!("`{default}`"),
        _ => String::new(),
    }
}

/// Returns the type of a value in plain words, with its choices, range or pattern.
fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    let text =
        |keyword: &str| schema.get(keyword).filter(|value| !value.is_null()).map(Value::to_string);
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<_> = choices
            .iter()
            .filter(|choice| !choice.is_null())
            .map(|choice| format!("`{choice}`"))
            .collect();
        return choices.join(", ");
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(keyword).and_then(Value::as_array) {
            let mut kinds: Vec<_> = choices
                .iter()
                .map(|choice| kind(root, choice))
                .filter(|kind| kind != "null")
                .collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
    }
    if let Some(constant) = text("const") {
        return format!("`{constant}`");
    }
    let mut kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> =
                kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            kinds.join(" or ")
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
