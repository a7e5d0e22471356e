//! Two versions of a service: files that the old one loads, at random, against the verdict on the schemas.

mod fields;
mod files;
mod structs;

use std::collections::BTreeMap;

use dlc_reload::{Grade, Loader, Reloadable, SchemaChange, schema_changes};
use serde_json::Value;

use self::files::{File, Files};

/// The number of files of each version that are tried.
const FILES: usize = 100;

/// A version of a service: its schema, and what it says of a file.
#[derive(Clone, Copy)]
pub(crate) struct Version {
    schema: fn() -> Value,
    /// The schema of one file, and that of draft-07.
    of_file: [fn() -> Value; 2],
    load: fn(&File) -> Result<(), String>,
}

impl Version {
    pub(crate) fn of<C: Reloadable>() -> Self {
        let load = |File { format, text }: &File| {
            let loaded = Loader::<C>::new().text(*format, text).load();
            loaded.map(drop).map_err(|error| error.to_string())
        };
        let older = || dlc_reload::draft_07(&dlc_reload::file_schema::<C>()).to_value();
        let schema = || dlc_reload::schema::<C>().to_value();
        Self { schema, of_file: [|| dlc_reload::file_schema::<C>().to_value(), older], load }
    }

    /// Returns random files that this version loads, always the same ones.
    fn files(&self) -> Vec<File> {
        let schema = (self.schema)();
        let mut files = Files::new(&schema);
        let all = (0..FILES).map(|_| files.next());
        all.filter(|file| (self.load)(file).is_ok()).collect()
    }
}

/// A change of a service from one version to the next.
pub(crate) struct Pair {
    name: &'static str,
    grade: Grade,
    old: Version,
    new: Version,
}

/// The reasons for which a change counts as breaking although no file is known that the new version refuses.
const NO_FILE: &[(&str, &str)] = &[
    ("a_range_narrower", UNCHECKED),
    ("a_pattern", UNCHECKED),
    ("another_pattern", UNCHECKED),
    ("a_length", UNCHECKED),
    ("a_map_of_options", "an entry that is `null` is none, wherever its type does not take `null`"),
];

/// The limits of `schemars` attributes.
const UNCHECKED: &str = "the schema has a limit that this type does not check";

fn pairs() -> Vec<Pair> {
    fields::pairs().into_iter().chain(structs::pairs()).collect()
}

fn grade(changes: &[SchemaChange]) -> Grade {
    changes.iter().map(|change| change.grade).max().unwrap_or(Grade::Compatible)
}

fn compared(old: &Value, new: &Value) -> Vec<SchemaChange> {
    schema_changes(old, new).unwrap()
}

fn shown(changes: &[SchemaChange]) -> String {
    changes.iter().map(|change| format!("\n    {:?} {change}", change.grade)).collect()
}

#[test]
fn every_change_has_its_grade() {
    let pairs = pairs();
    assert!(pairs.len() >= 40, "{}", pairs.len());
    let mut wrong = Vec::new();
    for Pair { name, grade: expected, old, new } in &pairs {
        let changes = compared(&(old.schema)(), &(new.schema)());
        println!("{name}{}", shown(&changes));
        if grade(&changes) != *expected {
            wrong.push(format!("{name} is not {expected:?}{}", shown(&changes)));
        }
        for (old, new) in old.of_file.iter().zip(new.of_file) {
            let changes = compared(&old(), &new());
            if grade(&changes) != *expected {
                wrong.push(format!("{name} of a file is not {expected:?}{}", shown(&changes)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_breaking_refuses_no_file_of_before() {
    let mut wrong = Vec::new();
    for Pair { name, old, new, .. } in pairs() {
        let changes = compared(&(old.schema)(), &(new.schema)());
        if grade(&changes) == Grade::Breaking {
            continue;
        }
        let files = old.files();
        assert!(files.len() >= FILES / 20, "{name}: {} files are right", files.len());
        for file in files {
            if let Err(error) = (new.load)(&file) {
                wrong.push(format!("{name}: {file:?}\n    {error}{}", shown(&changes)));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_breaking_refuses_a_file_of_before() {
    let known: BTreeMap<_, _> = NO_FILE.iter().copied().collect();
    let mut wrong = Vec::new();
    for Pair { name, old, new, .. } in pairs() {
        let changes = compared(&(old.schema)(), &(new.schema)());
        if grade(&changes) != Grade::Breaking {
            continue;
        }
        let is_found = old.files().iter().any(|file| (new.load)(file).is_err());
        if is_found == known.contains_key(name) {
            let said = if is_found { "is refused" } else { "no file is refused" };
            wrong.push(format!("{name}: {said}{}", shown(&changes)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every version of the field against every other one, so that the verdict is tried where nobody thought of it.
#[test]
fn no_pair_of_types_is_wrongly_compatible() {
    let mut versions: Vec<_> = fields::pairs()
        .into_iter()
        .flat_map(|pair| [(pair.name, pair.old), (pair.name, pair.new)])
        .collect();
    let mut known = Vec::new();
    versions.retain(|(_, version)| {
        let schema = (version.schema)().to_string();
        let is_new = !known.contains(&schema);
        known.push(schema);
        is_new
    });
    let versions: Vec<_> = versions
        .into_iter()
        .map(|(name, version)| (name, (version.schema)(), version.files(), version))
        .collect();
    let (mut wrong, mut compatible) = (Vec::new(), 0);
    for (old_name, old, files, _) in &versions {
        for (new_name, new, _, version) in &versions {
            let changes = compared(old, new);
            if grade(&changes) == Grade::Breaking {
                continue;
            }
            compatible += 1;
            if let Some((file, error)) =
                files.iter().find_map(|file| Some((file, (version.load)(file).err()?)))
            {
                wrong.push(format!(
                    "{old_name} to {new_name}: {file:?}\n    {error}{}\n{old}\n{new}",
                    shown(&changes)
                ));
            }
        }
    }
    println!("{compatible} of {} pairs", versions.len() * versions.len());
    assert!(compatible > versions.len(), "{compatible}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
