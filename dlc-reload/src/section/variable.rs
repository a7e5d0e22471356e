//! The names of the environment variables that set fields.

use super::{FieldInfo, Table};
use crate::place::{Key, Segment};

/// The separator between the names of a nested key.
pub(crate) const NESTING: &str = "__";

/// The ending of a variable that names a file, for the value of a secret.
pub(crate) const FILE: &str = "_FILE";

/// Returns a name as variables write it: in upper case, with `-` as `_`.
pub(crate) fn spelled(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// Returns the variable that sets a key; `start` is the prefix with its `_`. `None` for the root and for items of
/// lists.
pub(crate) fn variable(table: &'static Table, start: &str, key: &Key) -> Option<String> {
    let (mut table, mut variable, mut separator) = (Some(table), start.to_owned(), "");
    for segment in key.segments() {
        let Segment::Name(name) = segment else { return None };
        let field = table.and_then(|table| table.field(name));
        match field.and_then(|field| field.env) {
            Some(env) => env.clone_into(&mut variable),
            None => variable.extend([separator, &spelled(name)]),
        }
        (table, separator) = (field.and_then(FieldInfo::table), NESTING);
    }
    (!key.is_root()).then_some(variable)
}
