//! A record of what was read and how it ended, for a test that compares both with the schema.

use std::{
    any::{TypeId, type_name},
    collections::BTreeMap,
    env,
    fs::{File, create_dir_all, write},
    hash::{DefaultHasher, Hash, Hasher},
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::parsed::Known;
use crate::{
    document::Document, error::Problem, schema::file_schema, section::Reloadable, sync::lock,
};

/// The variable with the folder to which records are written; without it, there are none.
const FOLDER: &str = "DLC_RELOAD_TEST_WITNESSED";

/// The file of the records, and the names of the schemas that are written.
static WRITTEN: Mutex<(Option<File>, BTreeMap<TypeId, String>)> =
    Mutex::new((None, BTreeMap::new()));

/// Writes down the texts of a reading, each as it is written, and the problems of the candidate that was built from it.
pub(crate) fn witness<C: Reloadable>(
    known: &Known,
    document: &Arc<Document>,
    problems: &[Problem],
) {
    let Some(folder) = env::var_os(FOLDER) else { return };
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
    let mut written = lock(&WRITTEN);
    let (file, schemas) = &mut *written;
    let schema =
        schemas.entry(TypeId::of::<C>()).or_insert_with(|| write_schema::<C>(folder.as_ref()));
    record["schema"] = Value::from(schema.as_str());
    let open =
        || File::options().append(true).create(true).open(Path::new(&folder).join("records"));
    if file.is_none() {
        *file = open().ok();
    }
    // The test that reads the records misses those that could not be written.
    let _ = file.as_mut().map(|file| file.write_all(format!("{record}\n").as_bytes()));
}

/// Returns true if records are written.
pub(crate) fn is_witnessed() -> bool {
    env::var_os(FOLDER).is_some()
}

/// Writes down what is known of a type, as a line of a file.
pub(crate) fn note(file: &str, record: &Value) {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let path = Path::new(&folder).join(file);
    // The test that reads the records misses those that could not be written.
    let _ = create_dir_all(&folder)
        .and_then(|()| File::options().append(true).create(true).open(path))
        .and_then(|mut file| file.write_all(format!("{record}\n").as_bytes()));
}

/// Writes the schema of a type, and returns the name of its file.
fn write_schema<C: Reloadable>(folder: &Path) -> String {
    let text = file_schema::<C>().to_value().to_string();
    let mut state = DefaultHasher::new();
    text.hash(&mut state);
    let name = format!("{:x}.json", state.finish());
    let _ = create_dir_all(folder).and_then(|()| write(folder.join(&name), text));
    name
}
