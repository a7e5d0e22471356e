//! The reference of a configuration: all its keys, as a Markdown page for operators.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{
    outline::{Field, Form, Outline, Removed},
    outlining::outline_of,
};
use crate::section::{Class, Reloadable};

/// The characters of a default that a table has room for.
const MAX_DEFAULT: usize = 48;

/// Returns the reference of a configuration as a Markdown page: for each section a table of its keys with type, default
/// and class, and below it what is to be said of each key.
///
/// Keys of entries stand there as `services.<name>.addr` and `upstreams[].weight`, and those inside of a value, such as
/// the fields of an enum, stand below that. Secrets never show a default. The page is a view of
/// [`schema`](crate::schema()), so it is as exact as the schema is: a unit, such as seconds, is in it where the doc
/// comment of a field names it. Every key has an anchor (`#logging.level`).
///
/// Which variables set the fields, only a loader knows: see [`Loader::reference`](crate::Loader::reference).
///
/// ```
/// # use dlc_reload::Reloadable;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config {
/// /// Requests a second.
/// # #[reload(hot)] rate: u32 }
/// let page = dlc_reload::reference::<Config>();
/// assert!(page.contains("| `rate` | integer, 0 or more | required | hot | Requests a second. |"));
/// assert!(page.contains("- changes live"));
/// ```
pub fn reference<C: Reloadable>() -> String {
    outline_of::<C>().reference()
}

impl Outline {
    /// Returns the page.
    pub(crate) fn reference(&self) -> String {
        let mut page = Page { text: String::new() };
        page.line("# Configuration");
        page.docs(&self.docs);
        page.line(
            "A key whose class is `hot` changes live, while the service runs. A new value of one that is `restart` takes effect at the next start.",
        );
        if self.fields.iter().any(has_variable_of_entry) {
            page.line(
                "In a variable, `<NAME>` stands for the name of an entry, in upper case; the name is taken in lower case.",
            );
        }
        page.contents(&self.fields);
        page.keys(&self.fields, &self.removed);
        page.text.truncate(page.text.trim_end().len());
        page.text.push('\n');
        page.text
    }
}

fn has_variable_of_entry(field: &Field) -> bool {
    let names_one = |variable: &String| variable.contains("<NAME>");
    field.variable.as_ref().is_some_and(names_one) || field.fields.iter().any(has_variable_of_entry)
}

/// The page while it is written.
struct Page {
    text: String,
}

impl Page {
    /// Writes a paragraph. Writing to a string cannot fail.
    fn line(&mut self, text: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{text}\n");
    }

    fn docs(&mut self, docs: &str) {
        if !docs.trim().is_empty() {
            self.line(without_headings(docs.trim()));
        }
    }

    /// Writes a link to each section.
    fn contents(&mut self, fields: &[Field]) {
        let mut sections = Vec::new();
        sections_in(fields, &mut sections);
        for section in &sections {
            let anchor = anchor(&section.key);
            let _ = writeln!(self.text, "- [`{}`](#{anchor})", section.key);
        }
        if !sections.is_empty() {
            self.text.push('\n');
        }
    }

    /// Writes a section or any entry, with its heading.
    fn section(&mut self, field: &Field) {
        self.heading("##", field);
        self.docs(&field.docs);
        let facts = facts(field, None);
        for fact in &facts {
            let _ = writeln!(self.text, "{fact}");
        }
        if !facts.is_empty() {
            self.text.push('\n');
        }
        self.keys(&field.fields, &field.removed);
    }

    fn heading(&mut self, level: &str, field: &Field) {
        let anchor = anchor(&field.key);
        self.line(format_args!("<a id=\"{anchor}\"></a>\n{level} `{}`", field.key));
    }

    /// Writes the keys of a section: a table, then each key, then the sections in it.
    fn keys(&mut self, fields: &[Field], removed: &[Removed]) {
        let mut rows = Vec::new();
        rows_of(fields, None, &mut rows);
        if !rows.is_empty() {
            self.text.push_str(
                "| key | type | default | class | description |\n|---|---|---|---|---|\n",
            );
            for (field, leaf) in &rows {
                self.row(field, *leaf);
            }
            self.text.push('\n');
        }
        for Removed { key, reason } in removed {
            let _ = writeln!(self.text, "- `{key}` is gone: {reason}");
        }
        if !removed.is_empty() {
            self.text.push('\n');
        }
        for (field, leaf) in rows {
            self.key(field, leaf);
        }
        let mut sections = Vec::new();
        sections_at(fields, &mut sections);
        for section in sections {
            self.section(section);
        }
    }

    /// Writes the row of a key in the table; `leaf` is the one that it is a part of.
    fn row(&mut self, field: &Field, leaf: Option<&Field>) {
        let class = field.class.or(leaf.and_then(|leaf| leaf.class)).map_or("", Class::as_str);
        let secret = if field.secret { ", secret" } else { "" };
        let default = match default(field) {
            default if default.chars().count() > MAX_DEFAULT => "see below".to_owned(),
            default => default,
        };
        let deprecated = field.deprecated.map(|note| said("deprecated", note));
        let former = names("formerly", field.former);
        let docs = field.docs.split("\n\n").next().unwrap_or_default().trim().to_owned();
        let docs = Some(docs).filter(|docs| !docs.is_empty());
        let remarks: Vec<_> = [deprecated, former, docs].into_iter().flatten().collect();
        let cells = [&field.kind, &default, &format!("{class}{secret}"), &remarks.join("; ")];
        let _ = write!(self.text, "| `{}` |", field.key);
        for cell in cells {
            let space = if cell.is_empty() { "" } else { " " };
            let cell = cell.replace('\n', " ").replace('|', "\\|");
            let _ = write!(self.text, " {cell}{space}|");
        }
        self.text.push('\n');
    }

    /// Writes all that is to be said of a key.
    fn key(&mut self, field: &Field, leaf: Option<&Field>) {
        self.heading("###", field);
        self.docs(&field.docs);
        for fact in facts(field, leaf) {
            let _ = writeln!(self.text, "{fact}");
        }
        self.text.push('\n');
    }
}

/// Finds the sections and entries of sections, which have a heading of their own, at any depth.
fn sections_in<'f>(fields: &'f [Field], found: &mut Vec<&'f Field>) {
    let mut here = Vec::new();
    sections_at(fields, &mut here);
    for section in here {
        found.push(section);
        sections_in(&section.fields, found);
    }
}

/// Finds the sections and entries of sections that lie directly here.
fn sections_at<'f>(fields: &'f [Field], found: &mut Vec<&'f Field>) {
    for field in fields {
        if field.is_section() {
            found.push(field);
        } else {
            found.extend(field.fields.iter().filter(|field| field.is_entry_of_sections()));
        }
    }
}

/// Finds the leaves and their parts, each part with its leaf.
fn rows_of<'f>(
    fields: &'f [Field],
    leaf: Option<&'f Field>,
    found: &mut Vec<(&'f Field, Option<&'f Field>)>,
) {
    for field in fields.iter().filter(|field| !field.is_section() && !field.is_entry_of_sections())
    {
        // Of any entry there is nothing to say but its fields.
        if !field.is_entry() {
            found.push((field, leaf));
        }
        rows_of(&field.fields, leaf.or(Some(field)), found);
    }
}

/// Returns the lines of a list with what is to be said of a key.
fn facts(field: &Field, leaf: Option<&Field>) -> Vec<String> {
    let mut facts = Vec::new();
    if !field.is_section() && !field.is_entry() {
        facts.push(format!("type: {}", field.kind));
        let words = field.words.iter().filter(|word| !word.docs.is_empty());
        facts.extend(words.map(|word| {
            let docs = word.docs.trim().replace('\n', " ");
            format!("    - `{}`: {docs}", word.text())
        }));
        if !default(field).is_empty() {
            let default = default(field);
            facts.push(if field.required { default } else { format!("default: {default}") });
        }
    }
    if !field.only.is_empty() {
        facts.push(names("only with", &field.only).unwrap_or_default());
    }
    facts.extend(class_in_words(field, leaf));
    if field.secret {
        facts.push("secret: its value is never shown".to_owned());
    } else if field.holds_secret && field.fields.is_empty() {
        facts.push("holds secrets, which are never shown".to_owned());
    }
    facts.extend(field.variable.as_ref().filter(|_| !field.is_section()).map(|name| {
        let file = if field.secret {
            format!(", or `{name}_FILE` for a file with it")
        } else {
            String::new()
        };
        format!("variable `{name}`{file}")
    }));
    facts.extend(field.deprecated.map(|note| said("deprecated", note)));
    facts.extend(names("formerly", field.former));
    facts.extend(names("also", field.aliases));
    // Below another one stand the docs of a word.
    let line = |fact: String| if fact.starts_with(' ') { fact } else { format!("- {fact}") };
    facts.into_iter().map(line).collect()
}

/// Returns the class in words; that of a part is that of its leaf.
fn class_in_words(field: &Field, leaf: Option<&Field>) -> Option<String> {
    let words = |class| match class {
        Class::Hot => "changes live",
        Class::Restart => "takes effect at the next start",
    };
    Some(match (field.form, field.class, leaf) {
        (Form::Section, Some(Class::Hot), _) => "optional: may appear and vanish live".to_owned(),
        (Form::Section, Some(Class::Restart), _) => {
            "optional: appears and vanishes at the next start".to_owned()
        }
        (_, Some(class), _) => words(class).to_owned(),
        (_, None, Some(leaf)) => format!("{}, together with `{}`", words(leaf.class?), leaf.key),
        (_, None, None) => return None,
    })
}

/// Returns the default of a field, or that a source has to set it.
fn default(field: &Field) -> String {
    match &field.default {
        _ if field.required => "required".to_owned(),
        Some(default) if !field.secret => format!("`{}`", shown(&field.written(default))),
        _ => String::new(),
    }
}

fn shown(value: &Json) -> String {
    value.to_string().replace('`', "\\u0060")
}

/// Returns a note after what it is about; it may be empty.
fn said(what: &str, note: &str) -> String {
    if note.is_empty() { what.to_owned() } else { format!("{what}: {note}") }
}

fn names(what: &str, names: &[impl AsRef<str>]) -> Option<String> {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
}

/// Returns the anchor of a key.
fn anchor(key: &str) -> String {
    let key = key.replace("<name>", "NAME").replace("[]", ".ITEM");
    key.chars().filter(|c| c.is_alphanumeric() || "._-*".contains(*c)).collect()
}

/// Returns docs in which no heading stands between those of the page.
fn without_headings(docs: &str) -> String {
    let mut is_code = false;
    let line = |line: &str| {
        is_code ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#').trim();
        if is_code || !line.starts_with('#') || heading.is_empty() {
            line.to_owned()
        } else {
            format!("**{heading}**")
        }
    };
    docs.lines().map(line).collect::<Vec<_>>().join("\n")
}
