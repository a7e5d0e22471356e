//! The house: files that can be read in one go, and prose that names things.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the runtime's source.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-reload/src")
}

/// Every source file of the runtime that is not a test.
pub(crate) fn files() -> Vec<PathBuf> {
    below(&sources())
}

/// Returns the files of a crate but for its tests.
fn below(folder: &Path) -> Vec<PathBuf> {
    walked(folder, &["tests", "models", "simulation"], "rs")
}

/// Returns the files with an extension below a folder, but for those and the folders that have one of the names.
fn walked(folder: &Path, left_out: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|stem| left_out.iter().any(|name| stem == *name)) {
                continue;
            }
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|ext| ext == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The code of a file without its tests and comments.
pub(crate) fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The words of a text, letters, digits and underscores.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
}

/// The files of both crates.
fn both() -> Vec<PathBuf> {
    let derive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-reload-derive/src");
    files().into_iter().chain(below(&derive)).collect()
}

#[test]
fn the_root_has_few_entries_and_no_file_is_long() {
    let entries = fs::read_dir(sources()).unwrap().count();
    assert!(entries <= 30, "{entries} entries at the root of the runtime");
    for path in both() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 450, "{} has {lines} lines", path.display());
    }
}

/// Every test of the list of faults is one; a row before the 41st is a test that begins with its number.
#[test]
fn the_faults_in_the_documentation_have_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests: String = below(root).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let page = fs::read_to_string(root.join("../docs/FAULTS.md")).unwrap();
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let Ok(number) = cells[0].trim_start_matches("| ").parse::<u32>() else { continue };
        rows += 1;
        assert_eq!(number, rows);
        let named: Vec<_> = match cells.get(3) {
            Some(cell) => {
                cell.split('`').skip(1).step_by(2).map(|name| format!("fn {name}()")).collect()
            }
            None => vec![format!("fn row_{number:02}_")],
        };
        assert!(!named.is_empty(), "{row}");
        for test in named {
            assert!(tests.contains(&test), "{number}: {test}");
        }
    }
    assert_eq!(rows, 60);
}

/// Every limit of the guide names the code that it comes from, which says so.
#[test]
fn the_limits_of_the_guide_are_those_of_the_code() {
    let page = fs::read_to_string(sources().join("../docs/limits.md")).unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| limit ");
    let without: Vec<_> =
        page.lines().filter(is_row).filter(|line| !line.contains("<!-- ")).collect();
    assert!(without.is_empty(), "{without:#?}");
    let mut found = 0;
    for named in page.split("<!-- ").skip(1) {
        let (named, _) = named.split_once(" -->").unwrap();
        let (path, code) = named.split_once(' ').unwrap();
        let text = fs::read_to_string(sources().join(path)).unwrap();
        assert!(text.contains(code), "{path}: {code}");
        found += 1;
    }
    assert!(found > 30, "{found}");
}

/// Every row of the comparison with others has a test of ours, and each of these is one.
#[test]
fn the_rows_of_the_comparison_have_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "../examples/coach/tests", "../examples/gateway/tests"];
    let tests = folders.iter().flat_map(|folder| below(&root.join(folder)));
    let tests: String = tests.map(|path| fs::read_to_string(path).unwrap()).collect();
    let page = fs::read_to_string(root.join("../docs/comparison.md")).unwrap();
    let (compared, ours) = page.split_once("## What shows it").unwrap();
    let (_, compared) = compared.split_once("## Reading").unwrap();
    let (compared, better) = compared.split_once("## Where others are better").unwrap();
    let rows = |text: &str| -> Vec<Vec<String>> {
        let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
        let rows = rows.map(|row| row.trim_end_matches(" |"));
        let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
        cells.filter(|cells| !["|", "row"].iter().any(|head| cells[0].starts_with(head))).collect()
    };
    let names = |rows: &[Vec<String>]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let (compared, better, ours) = (rows(compared), rows(better), rows(ours));
    let (first, last) = ours.split_at(compared.len());
    assert_eq!(names(&compared), names(first));
    assert!(names(last).iter().all(|row| names(&better).contains(row)), "{last:?}");
    // What another library has links to what shows it, but for a number and the name of a language.
    let is_plain = |cell: &str| ["no", "–", "as written"].contains(&cell);
    for row in compared.iter().chain(&better) {
        let needs_none = row[0].starts_with("Crates ") || row[0] == "Languages";
        for cell in row.iter().skip(2).filter(|_| !needs_none) {
            assert!(is_plain(cell) || cell.contains('['), "{}: {cell} has no link", row[0]);
        }
    }
    assert!(ours.len() > 20, "{ours:?}");
    for row in ours {
        let named: Vec<_> = row[1].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{row:?}");
        for test in named {
            assert!(tests.contains(&format!("fn {test}()")), "{test}");
        }
    }
}

/// Every test of the faults of a fleet is one: those of the engine and of processes in the crate that has real members
/// of etcd, those of what nobody should have written wherever they need no more than a store in memory.
#[test]
fn the_faults_of_a_fleet_have_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |folder: &str| -> String {
        let files = walked(&root.join(folder), &[], "rs");
        files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    };
    let page = fs::read_to_string(root.join("docs/FAULTS.md")).unwrap();
    let (_, fleet) = page.split_once("## The fleet").unwrap();
    let (real, written) = fleet.split_once("## The fleet, against what nobody").unwrap();
    let elsewhere = ["tests/fleet", "dlc-reload/src/fleet", "dlc-reload/command/src"].map(read);
    for (rows, tests) in
        [(real, read("dlc-reload/stores/etcd/tests")), (written, elsewhere.concat())]
    {
        let rows: Vec<_> = rows.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert!(rows.len() > 10, "{rows:?}");
        for row in rows {
            let cell = row.split(" | ").nth(2).unwrap();
            let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{row}");
            for test in named {
                assert!(tests.contains(&format!("fn {test}()")), "{test}");
            }
        }
    }
}

/// Every test that a page of promises names is one, and so is every mistake that the compiler refuses.
#[test]
fn the_promises_in_the_documentation_have_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [
        "tests",
        "dlc-reload/src",
        "dlc-reload/command/tests",
        "dlc-reload/stores/etcd",
        "examples",
    ];
    let sources = folders.iter().flat_map(|folder| walked(&root.join(folder), &["target"], "rs"));
    let tests: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    for (page, least) in [("promises.md", 35), ("security.md", 30)] {
        let text = fs::read_to_string(root.join("docs").join(page)).unwrap();
        let mut rows = 0;
        let mut holds_tests = false;
        for row in text.lines() {
            let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            holds_tests = match cells.last() {
                Some(&"test") => true,
                _ => holds_tests && row.starts_with('|'),
            };
            if !holds_tests || cells.last() == Some(&"test") || row.starts_with("|--") {
                continue;
            }
            rows += 1;
            let named: Vec<_> = cells.last().unwrap().split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{page}: {row}");
            for test in named {
                let is_there = if test.ends_with(".rs") {
                    root.join(test).exists()
                } else {
                    tests.contains(&format!("fn {test}()"))
                };
                assert!(is_there, "{page}: {test}");
            }
        }
        assert!(rows >= least, "{page} has {rows} rows with tests");
    }
}

#[test]
fn no_function_is_long() {
    let mut long = Vec::new();
    for path in both() {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let indent = &line[..line.len() - code.len()];
            let is_function =
                words(code).take(6).any(|word| word == "fn") && !code.starts_with("//");
            let (end, declared) = (format!("{indent}}}"), format!("{indent})"));
            if is_function && !code.ends_with([';', '}']) {
                let ends = |line: &&str| {
                    **line == end || line.starts_with(&declared) && line.ends_with(';')
                };
                let length = lines[start..].iter().position(ends).unwrap_or_default() + 1;
                if length > 60 {
                    long.push(format!("{}:{}: {length} lines", path.display(), start + 1));
                }
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// A crate is built from its package, which holds nothing of the folders around it.
#[test]
fn a_crate_includes_only_what_is_in_its_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = 0;
    for package in
        ["dlc-reload", "dlc-reload-derive", "dlc-reload/command", "dlc-reload/stores/etcd"]
    {
        let package = root.join(package).canonicalize().unwrap();
        for path in walked(&package.join("src"), &[], "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for named in
                text.split("include_str!(\"").skip(1).map(|rest| rest.split('"').next().unwrap())
            {
                let folder = path.parent().unwrap().join(named);
                let folder = folder.parent().unwrap().canonicalize().unwrap();
                assert!(folder.starts_with(&package), "{}: {named}", path.display());
                found += 1;
            }
        }
    }
    assert!(found > 10, "{found}");
}

/// The words with which a riddle begins.
const RIDDLES: [&str; 9] =
    ["What", "Whether", "Who", "Whoever", "Where", "When", "Why", "How", "Somebody"];

/// Returns the number of the doc comments of files, and the first lines that are riddles.
fn riddles(files: &[PathBuf]) -> (usize, Vec<String>) {
    let (mut first_lines, mut riddles) = (0, Vec::new());
    for path in files {
        let text = fs::read_to_string(path).unwrap();
        let mut before = None;
        for (line, number) in text.lines().map(str::trim_start).zip(1..) {
            let mark = ["///", "//!"].into_iter().find(|mark| line.starts_with(mark));
            if let Some(mark) = mark.filter(|_| mark != before) {
                first_lines += 1;
                let first = words(line[mark.len()..].trim_start()).next().unwrap_or_default();
                if RIDDLES.contains(&first) {
                    riddles.push(format!("{}:{number}: {line}", path.display()));
                }
            }
            before = mark;
        }
    }
    (first_lines, riddles)
}

#[test]
fn doc_comments_name_the_thing() {
    let (first_lines, found) = riddles(&both());
    assert!(first_lines > 1000, "{first_lines} doc comments were found");
    let most = first_lines / 20;
    assert!(found.len() <= most, "more than {most} begin with a question:\n{}", found.join("\n"));
    // What readers copy has none at all: the code on the pages of the book, and what follows these.
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let files = [walked(&docs, &[], "md"), walked(&docs, &[], "rs")].concat();
    let (first_lines, found) = riddles(&files);
    assert!(first_lines > 100, "{first_lines} doc comments were found");
    assert!(found.is_empty(), "these begin with a question:\n{}", found.join("\n"));
}

/// Returns the names of the interface, and of features, that stand in backticks in a line of code.
fn named_for_authors(line: &str) -> Vec<&str> {
    let is_path = |name: &str| name.contains("::") && !name.contains(['{', ' ']);
    let is_call = |name: &str| name.starts_with('.') && name.ends_with(')');
    let names = line.split('`').skip(1).step_by(2);
    let mut named: Vec<_> = names.filter(|name| is_path(name) || is_call(name)).collect();
    named.extend(line.contains("feature `").then_some("feature"));
    named
}

#[test]
fn case_18_13_messages_for_operators_name_nothing_that_only_an_author_can_change() {
    /// What the compiler and a panic tell an author.
    const FOR_AUTHORS: [&str; 7] = [
        "note = ",
        "message = ",
        "label = ",
        "#[must_use",
        "reason = ",
        "panic!(",
        "spawn_blocking",
    ];
    let mut found = Vec::new();
    for path in files() {
        for line in code(&path).lines() {
            let is_for_authors = FOR_AUTHORS.iter().any(|mark| line.contains(mark));
            if line.contains('"') && !is_for_authors && !named_for_authors(line).is_empty() {
                found.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
