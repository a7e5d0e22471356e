//! The comparison of two versions of a schema: if every file that the old version accepted is still accepted.
//!
//! A schema is resolved at each place into its *forms*, which have no choices in them. Every old form has to be
//! within a new
//! one. What cannot be compared counts as breaking, unless it is the same.

mod change;
mod form;
mod lists;
mod maps;
mod marks;
mod names;
mod range;
mod step;
mod walk;
mod words;

use serde_json::Value as Json;

pub use self::change::{Grade, SchemaChange, SchemaChangeKind};
use self::{form::definition, step::Below, walk::Walk};
use super::written::of_types_alone;
use crate::error::{Error, Problem};

/// Compares the schemas of two versions of a service: returns each change, the gravest first.
///
/// Both are schemas that this library made: [`schema`](crate::schema()) or that of one file, of draft 2020-12 or
/// draft-07, most often
/// read from a file that the old version committed. No change is [`Grade::Breaking`] only if every file that loads
/// in the old
/// version loads in the new one, as far as a schema can say it. So what cannot be decided, such as two patterns
/// that differ, counts as
/// breaking.
///
/// A schema does not know what is decided by code: validation functions, a `Deserialize` by hand. And it is
/// about values that are written in files; a setting of the `Loader`, such as the prefix of the variables, is none.
///
/// ```
/// # use dlc_reload::Reloadable;
/// use dlc_reload::{Grade, schema, schema_changes};
///
/// # mod old { use dlc_reload::Reloadable;
/// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # pub
/// struct Config {
///     #[reload(hot)]
/// #   pub
///     rate: u32,
/// }
/// # }
/// # mod new { use dlc_reload::Reloadable;
/// #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # pub
/// struct NextConfig {
///     #[reload(restart)]
/// #   pub
///     rate: u16,
/// }
/// # }
/// # use {old::Config, new::NextConfig};
///
/// let changes = schema_changes(&schema::<Config>().to_value(), &schema::<NextConfig>().to_value())?;
/// let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
/// assert_eq!(texts, [
///     "rate: takes fewer values: integer, 0 to 4294967295 → integer, 0 to 65535",
///     "rate: takes effect at the next start, which it did live: hot → restart",
/// ]);
/// assert_eq!(changes.iter().map(|change| change.grade).max(), Some(Grade::Breaking));
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// # Errors
///
/// A value that is no schema, or refers to a definition that it does not have.
pub fn schema_changes(old: &Json, new: &Json) -> Result<Vec<SchemaChange>, Error> {
    for (schema, noun) in [(old, "old"), (new, "new")] {
        check(schema).map_err(|message| {
            Error::invalid(vec![Problem::error(format!("the {noun} schema {message}"))])
        })?;
    }
    let (old, new) = (&of_types_alone(old), &of_types_alone(new));
    let mut found = Walk::new(old, new).place(&Below::new(String::new(), vec![old], vec![new]));
    let mut told: Vec<SchemaChange> = Vec::new();
    found.retain(|change| {
        let is_new = !told.iter().any(|known| {
            known.key == change.key && known.kind == change.kind && known.message == change.message
        });
        if is_new {
            told.push(change.clone());
        }
        is_new
    });
    found.sort_by_key(|change| std::cmp::Reverse(change.grade));
    Ok(found)
}

/// Returns an error where a schema cannot be read.
fn check(root: &Json) -> Result<(), String> {
    if !root.is_object() && !root.is_boolean() {
        return Err(
            "is no schema, but another value: give the file that `schema` printed".to_owned()
        );
    }
    let mut pending = vec![root];
    while let Some(schema) = pending.pop() {
        match schema {
            Json::Object(keywords) => {
                let reference = keywords.get("$ref").and_then(Json::as_str);
                if let Some(reference) = reference.filter(|it| definition(root, it).is_none()) {
                    return Err(format!("refers to `{reference}`, which it does not have"));
                }
                pending.extend(keywords.values());
            }
            Json::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    Ok(())
}
