//! Imports go one way, and only some rooms touch the world, as `docs/ARCHITECTURE.md` says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::house::{code, files, sources, words};

/// The row of a room in the document: a folder, or a file at the root of the crate.
struct Room {
    order: usize,
    touches: BTreeSet<String>,
}

/// The rooms, as the table of the document has them.
fn rooms() -> BTreeMap<String, Room> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ARCHITECTURE.md");
    let mut rooms = BTreeMap::new();
    for line in fs::read_to_string(document).unwrap().lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let Some(Ok(order)) = cells.next().map(str::parse) else { continue };
        let room = cells.next().unwrap().trim_matches('`').to_owned();
        let touches = cells.next().unwrap().split(", ").filter(|word| !word.is_empty());
        let touches = touches.map(str::to_owned).collect();
        let earlier = rooms.insert(room, Room { order, touches });
        assert!(earlier.is_none(), "two rows for one room: {line}");
    }
    let orders: BTreeSet<_> = rooms.values().map(|room| room.order).collect();
    assert_eq!(orders.len(), rooms.len(), "two rooms with one number");
    assert!(rooms.len() > 20, "the table is not where it was: {:?}", rooms.keys());
    rooms
}

/// The room that a file belongs to.
fn room(path: &Path) -> String {
    let first = path.strip_prefix(sources()).unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The rooms that code names: `crate::a::…` and `crate::{a, b::c}`.
fn named(code: &str) -> BTreeSet<String> {
    paths(code, "crate").into_iter().map(|path| path[0].clone()).collect()
}

/// The paths below `crate`, `super` or `self` that code names, each as its segments.
fn paths(code: &str, start: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let start = format!("{start}::");
    for (at, _) in code.match_indices(&start) {
        let before = code[..at].chars().next_back();
        if before.is_none_or(|letter| !(letter.is_alphanumeric() || "_:".contains(letter))) {
            tree(&code[at + start.len()..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one tree of a `use` line, or a plain path, and returns the rest of the text.
fn tree<'c>(text: &'c str, above: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'c str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = tree(rest, above, found).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if more.trim_start().starts_with('}') => rest = more.trim_start(),
                Some(more) => {
                    rest = more;
                    continue;
                }
                None => {}
            }
            return rest.strip_prefix('}').unwrap_or(rest);
        }
    }
    let length = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let (word, mut rest) = text.split_at(length.unwrap_or(text.len()));
    above.push(word.to_owned());
    match rest.strip_prefix("::") {
        Some(below) if !below.starts_with('<') => rest = tree(below, above, found),
        _ => found.push(above.clone()),
    }
    above.pop();
    // `as other`
    rest.trim_start().strip_prefix("as ").map_or(rest, |renamed| {
        renamed.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_')
    })
}

#[test]
fn imports_go_one_way() {
    let rooms = rooms();
    let mut wrong = Vec::new();
    for path in files() {
        let room = room(&path);
        let Some(Room { order, .. }) = rooms.get(&room) else {
            wrong.push(format!("`{room}` has no row"));
            continue;
        };
        let code = code(&path);
        // What is no room is an item of the root.
        let imports = named(&code).into_iter().filter(|import| *import != room);
        let back = imports.filter(|import| rooms.get(import).is_some_and(|it| it.order >= *order));
        wrong.extend(back.map(|import| format!("`{room}` imports `{import}`, which comes later")));
        // A file at the root reaches others by `crate::`, where this test sees it.
        if path.parent() == Some(&sources()) && code.contains("super::") {
            wrong.push(format!("`{room}` imports by `super::`"));
        }
    }
    let known: BTreeSet<_> = files().iter().map(|path| room(path)).collect();
    let gone = rooms.keys().filter(|room| !known.contains(*room));
    wrong.extend(gone.map(|room| format!("there is no room `{room}`")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The circles of files that are the nature of what they do, each by one of its files: the trait of a section and what
/// visits it, the two halves of a deserializer, and a value that holds values.
const CIRCLES: &[&str] = &["section/mod.rs", "document/cursor.rs", "document/node.rs"];

#[test]
fn files_of_a_room_import_one_way() {
    let arrows: BTreeMap<_, _> =
        files().into_iter().map(|path| (path.clone(), below(&path))).collect();
    let reach = |from: &Path| {
        let mut reached = BTreeSet::new();
        let mut pending: Vec<_> = arrows[from].iter().collect();
        while let Some(file) = pending.pop() {
            if reached.insert(file.clone()) {
                pending.extend(arrows.get(file).into_iter().flatten());
            }
        }
        reached
    };
    let reached: BTreeMap<_, _> = arrows.keys().map(|file| (file, reach(file))).collect();
    let allowed: Vec<_> = CIRCLES.iter().map(|file| sources().join(file)).collect();
    for file in &allowed {
        assert!(reached[file].contains(file), "{} is in no circle any more", file.display());
    }
    let in_circle = |file: &&PathBuf| reached[file].contains(*file);
    let wrong: Vec<_> = arrows
        .keys()
        .filter(in_circle)
        .filter(|file| {
            !allowed
                .iter()
                .any(|known| reached[known].contains(*file) && reached[file].contains(known))
        })
        .collect();
    assert!(wrong.is_empty(), "files that import each other in a circle: {wrong:#?}");
}

/// The files of the same room that a file takes something from.
fn below(path: &Path) -> BTreeSet<PathBuf> {
    let code = code(path);
    let is_mod = path.file_name().is_some_and(|name| name == "mod.rs");
    let (folder, stem) = (path.parent().unwrap(), path.with_extension(""));
    // The module of a file `a/b.rs` has its own modules in `a/b/`.
    let own = if is_mod { folder.to_owned() } else { stem };
    let mut found = BTreeSet::new();
    for (module, start) in [(own.clone(), "self"), (own.parent().unwrap().to_owned(), "super")] {
        for path in paths(&code, start) {
            found.extend(target(&module, &path, start == "self", &code));
        }
    }
    if path.parent() != Some(&sources()) {
        let room = room(path);
        for path in paths(&code, "crate").into_iter().filter(|path| path[0] == room) {
            found.extend(target(&sources().join(&room), &path[1..], false, &code));
        }
    }
    found.remove(path);
    found
}

/// The file that a path below a module leads to. What a module only hands on, under `self`, is no arrow.
fn target(module: &Path, path: &[String], own: bool, code: &str) -> Option<PathBuf> {
    let file_of = |module: &Path| {
        let candidates = [module.with_extension("rs"), module.join("mod.rs")];
        candidates.into_iter().find(|file| file.is_file())
    };
    let (first, rest) = path.split_first()?;
    if let Some(file) = file_of(&module.join(first)) {
        let used =
            rest.last().is_none_or(|name| words(code).filter(|word| word == name).count() > 1);
        return (!own || used).then_some(file);
    }
    // An item of the module, perhaps one that it hands on from a file of its own.
    let file = file_of(module).filter(|file| *file != sources().join("lib.rs"))?;
    let handed_on = paths(&self::code(&file), "self");
    let from = handed_on.iter().find(|path| path.len() > 1 && path.last() == Some(first));
    match from {
        Some(path) => file_of(&module.join(&path[0])),
        None => Some(file),
    }
}

/// The ways to touch the world, by the word of the document.
const WORLD: [(&str, &[&str]); 7] = [
    ("files", &["std::fs", "symlink_metadata", "read_dir", "canonicalize", ".is_dir()"]),
    ("environment", &["std::env"]),
    ("clock", &["Instant::now", "SystemTime::now", ".elapsed()"]),
    ("network", &["ureq::"]),
    ("threads", &["std::thread"]),
    ("sockets", &["UnixDatagram", "TcpStream", "UdpSocket"]),
    ("processes", &["signal_hook", "kill_process"]),
];

#[test]
fn only_some_rooms_touch_the_world() {
    let mut touched: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files() {
        let code = code(&path);
        // `use std::{env, fs::File}` as it would be written in one.
        let plain: String =
            paths(&code, "std").iter().map(|path| format!(" std::{}", path.join("::"))).collect();
        let touches =
            |patterns: &[&str]| patterns.iter().any(|it| code.contains(it) || plain.contains(it));
        let words = WORLD.iter().filter(|(_, patterns)| touches(patterns));
        touched.entry(room(&path)).or_default().extend(words.map(|(word, _)| (*word).to_owned()));
    }
    let mut wrong = Vec::new();
    for (room, Room { touches, .. }) in rooms() {
        let found = touched.remove(&room).unwrap_or_default();
        if found != touches {
            wrong.push(format!("`{room}` touches {found:?}, the document says {touches:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_read_from_every_form() {
    let code = "use crate::key;\nuse crate::{error::{Error, Problem as P}, hook,\n field::Field,};\nlet x = crate::watch::y();";
    let found: Vec<_> = named(code).into_iter().collect();
    assert_eq!(found, ["error", "field", "hook", "key", "watch"]);
    let found: Vec<_> = paths(code, "crate").iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        ["key", "error::Error", "error::Problem", "hook", "field::Field", "watch::y"]
    );
}
