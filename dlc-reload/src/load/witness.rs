//! A record of the templates of each configuration that is loaded, for a test that looks at them.

use std::{any::TypeId, any::type_name, collections::BTreeSet, sync::Mutex};

use serde_json::json;

use super::Loader;
use crate::{
    section::{Reloadable, differing},
    source::{Format, is_witnessed, note},
    sync::lock,
};

/// Writes down, once for each type, what comes of its template in each format.
pub(super) fn witness<C: Reloadable>() {
    static KNOWN: Mutex<BTreeSet<TypeId>> = Mutex::new(BTreeSet::new());
    if !is_witnessed() || !lock(&KNOWN).insert(TypeId::of::<C>()) {
        return;
    }
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        let text = Loader::<C>::new().env("T").template(format);
        let without = Loader::<C>::new().load();
        let outcome = match (without, Loader::<C>::new().text(format, &text).load()) {
            (Ok(without), Ok(with)) if differing::<C>(&without, &with).is_empty() => "equal".into(),
            (Ok(_), Ok(_)) => "differs".into(),
            (Err(_), Ok(_)) => "loads".into(),
            (_, Err(error)) => format!("refused: {error}"),
        };
        let (name, format) = (type_name::<C>(), format.as_str());
        note(
            "templates",
            &json!({ "type": name, "format": format, "outcome": outcome, "text": text }),
        );
    }
}
