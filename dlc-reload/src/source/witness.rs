//! A record of what was read and how it ended, for a test that compares both with the schema.

use std::{
    any::{TypeId, type_name},
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs::{File, create_dir_all, rename, write},
    hash::{BuildHasher as _, DefaultHasher, Hash, Hasher, RandomState},
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::parsed::Known;
use crate::{
    document::Document, error::Problem, schema::file_schema, section::Reloadable, sync::lock,
};

/// True in a build of the repository itself, where `.cargo/config.toml` sets the variable. The records have the texts
/// of sources, secrets included: no build of a service writes any, whatever its environment.
const IS_OWN_BUILD: bool = option_env!("DLC_RELOAD_OWN_BUILD").is_some();

/// Returns the folder to which records are written; without it, there are none.
fn folder() -> Option<OsString> {
    env::var_os("DLC_RELOAD_TEST_WITNESSED").filter(|_| IS_OWN_BUILD)
}

/// The files of this process, by the kind of their records, and the names of the schemas that are written.
static WRITTEN: Mutex<(BTreeMap<String, File>, BTreeMap<TypeId, String>)> =
    Mutex::new((BTreeMap::new(), BTreeMap::new()));

/// Writes down the texts of a reading, each as it is written, and the problems of the candidate that was built from it.
pub(crate) fn witness<C: Reloadable>(
    known: &Known,
    document: &Arc<Document>,
    problems: &[Problem],
) {
    let Some(folder) = folder() else { return };
    let Some(texts) = known.texts_of(document) else { return };
    let texts = texts.map(|(source, parsed)| {
        json!({
            "source": document.sources.get(usize::try_from(source.0).unwrap_or(usize::MAX)).map(|source| &*source.name),
            "format": format!("{:?}", parsed.format),
            "refers": parsed.refers,
            "text": &*parsed.text,
        })
    });
    let problems = problems.iter().map(|problem| {
        json!({
            "kind": format!("{:?}", problem.kind),
            "severity": format!("{:?}", problem.severity),
            "key": problem.key.as_ref().map(ToString::to_string),
            "message": problem.message,
            "source": problem.origin.as_ref().map(|origin| &*origin.source),
        })
    });
    let (texts, problems): (Vec<_>, Vec<_>) = (texts.collect(), problems.collect());
    let mut record = json!({ "type": C::TABLE.name, "path": type_name::<C>(), "texts": texts, "problems": problems });
    let schema = lock(&WRITTEN)
        .1
        .entry(TypeId::of::<C>())
        .or_insert_with(|| write_schema::<C>(folder.as_ref()))
        .clone();
    record["schema"] = Value::from(schema);
    note("records", &record);
}

/// Returns true if records are written.
pub(crate) fn is_witnessed() -> bool {
    folder().is_some()
}

/// Writes down what is known, as a line of a file that only this process has: one that is killed leaves half a line,
/// which must not run into that of another.
pub(crate) fn note(kind: &str, record: &Value) {
    let Some(folder) = folder() else { return };
    let mut written = lock(&WRITTEN);
    let files = &mut written.0;
    if !files.contains_key(kind) {
        let folder = Path::new(&folder).join(kind);
        let file = create_dir_all(&folder).and_then(|()| File::create(folder.join(unique())));
        files.extend(file.ok().map(|file| (kind.to_owned(), file)));
    }
    // The test that reads the records misses those that could not be written.
    let _ = files.get_mut(kind).map(|file| file.write_all(format!("{record}\n").as_bytes()));
}

/// Returns a name that no other process has.
fn unique() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// Writes the schema of a type, and returns the name of its file.
fn write_schema<C: Reloadable>(folder: &Path) -> String {
    let text = file_schema::<C>().to_value().to_string();
    let mut state = DefaultHasher::new();
    text.hash(&mut state);
    let name = format!("{:x}.json", state.finish());
    let part = folder.join(unique());
    let _ = create_dir_all(folder)
        .and_then(|()| write(&part, text))
        .and_then(|()| rename(&part, folder.join(&name)));
    name
}
