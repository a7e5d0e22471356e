//! Imports go one way: a module imports from its own layer and from those before it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The layer of each module, as the table of the architecture document says.
fn layers() -> BTreeMap<String, usize> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ARCHITECTURE.md");
    let mut layers = BTreeMap::new();
    for line in fs::read_to_string(document).unwrap().lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let Some(Ok(layer)) = cells.next().map(str::parse) else { continue };
        let modules = cells.next().unwrap().split(", ").map(|module| module.trim_matches('`'));
        layers.extend(modules.map(|module| (module.to_owned(), layer)));
    }
    assert!(layers.len() > 20, "the table is not where it was: {layers:?}");
    layers
}

/// What computes and never touches the world: no files, no environment, no clock, no threads.
const PURE: &[&str] = &["change", "document", "hook", "key", "schema", "section"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-reload/src")
}

/// Every source file that is not a test, with the module at the crate's root that it belongs to.
fn files() -> Vec<(String, PathBuf)> {
    let root = sources();
    let mut found = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs")
                && path.file_stem().is_some_and(|stem| stem != "tests")
            {
                let first = path.strip_prefix(&root).unwrap().iter().next().unwrap();
                let module = first.to_str().unwrap().trim_end_matches(".rs");
                found.push((module.to_owned(), path));
            }
        }
    }
    found
}

/// The code of a file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules at the crate's root that code names: `crate::a::…` and `crate::{a, b::c}`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut expected = true;
        for (index, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => expected = true,
                letter if expected && !letter.is_whitespace() => {
                    found.insert(word(&group[index..]));
                    expected = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn imports_go_one_way() {
    let layer_of = layers();
    let files = files();
    let mut wrong = Vec::new();
    for (module, path) in &files {
        let Some(layer) = layer_of.get(module) else {
            wrong.push(format!("`{module}` has no layer"));
            continue;
        };
        let code = code(path);
        for import in named(&code) {
            // What is no module is an item of the root.
            let below = layer_of.get(&import).copied();
            if below.is_some_and(|below| below > *layer) {
                wrong.push(format!("`{module}` imports `{import}`, which is in a later layer"));
            }
        }
        // A module at the root reaches its siblings by `crate::`, where this test sees it.
        if path.parent() == Some(&sources()) && code.contains("super::") {
            wrong.push(format!("`{module}` imports by `super::`"));
        }
    }
    let known: BTreeSet<_> = files.iter().map(|(module, _)| module.as_str()).collect();
    let gone = layer_of.keys().filter(|module| !known.contains(module.as_str()));
    wrong.extend(gone.map(|module| format!("there is no module `{module}`")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_computes_does_not_touch_the_world() {
    const WORLD: [&str; 7] =
        ["std::fs", "std::env", "std::net", "std::thread", "std::process", "Instant", "SystemTime"];
    let mut wrong = Vec::new();
    for (module, path) in files().iter().filter(|(module, _)| PURE.contains(&module.as_str())) {
        let code = code(path);
        wrong.extend(
            WORLD
                .iter()
                .filter(|touched| code.contains(**touched))
                .map(|touched| format!("`{module}` uses `{touched}` in {}", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_read_from_every_form() {
    let code = "use crate::key;\nuse crate::{error::{Error, Problem}, hook,\n field::Field};\nlet x = crate::watch::y();";
    let found: Vec<_> = named(code).into_iter().collect();
    assert_eq!(found, ["error", "field", "hook", "key", "watch"]);
}
