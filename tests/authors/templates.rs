//! The template of a configuration: it loads as it is, has every default, and loads without the signs of its comments.

mod every_kind;
mod values;
mod witnessed;

use std::{collections::BTreeMap, fmt::Debug};

use dlc_reload::{Format, Loader, Reloadable};
use serde::{Deserialize, Serialize};

/// The formats with comments.
const COMMENTED: [Format; 2] = [Format::Yaml, Format::Toml];

/// Loads a text, and nothing else.
fn load<C: Reloadable>(format: Format, text: &str) -> Result<C, String> {
    let boot = Loader::<C>::new().text(format, text).load();
    boot.map(|boot| C::clone(&boot)).map_err(|error| format!("{error}\n\n{text}"))
}

fn template<C: Reloadable>(format: Format) -> String {
    Loader::<C>::new().env("T").template(format)
}

/// Checks the template of a type in which every key has a default.
fn has_the_defaults<C: Reloadable + PartialEq + Debug>() {
    let defaults = C::clone(&Loader::<C>::new().load().unwrap());
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        let text = template::<C>(format);
        let boot = Loader::<C>::new().text(format, &text).load().unwrap();
        assert_eq!(*boot, defaults, "{text}");
        assert_eq!(boot.warnings(), [], "{text}");
    }
    loads_in_all_forms::<C>();
}

/// Checks that each key that is a comment loads when it alone is set.
fn each_block_loads<C: Reloadable>() {
    let text = template::<C>(Format::Yaml);
    for block in blocks(&text) {
        let text = uncommented(&text, |line| block.contains(&line)).unwrap();
        load::<C>(Format::Yaml, &text).unwrap();
    }
}

/// Checks that a template loads as it is and without the signs of its comments.
fn loads_in_all_forms<C: Reloadable>() {
    for format in [Format::Yaml, Format::Toml, Format::Json] {
        load::<C>(format, &template::<C>(format)).unwrap();
    }
    for format in COMMENTED {
        let mut text = template::<C>(format);
        while let Some(more) = uncommented(&text, |_| true) {
            load::<C>(format, &more).unwrap();
            text = more;
        }
    }
}

/// Returns the indentation of a line that is a key behind signs of a comment.
fn off(line: &str) -> Option<usize> {
    let key = line.trim_start();
    let signed = key.trim_start_matches('#');
    (signed.len() < key.len() && !signed.is_empty() && !signed.starts_with(' '))
        .then(|| line.len() - key.len())
}

/// Takes a sign away from the chosen lines; `None` where there is none.
fn uncommented(text: &str, chosen: impl Fn(usize) -> bool) -> Option<String> {
    let mut has_changed = false;
    let line = |(at, line): (usize, &str)| match off(line).filter(|_| chosen(at)) {
        Some(indentation) => {
            has_changed = true;
            format!("{}{}\n", &line[..indentation], &line[indentation + 1..])
        }
        None => format!("{line}\n"),
    };
    let text: String = text.lines().enumerate().map(line).collect();
    has_changed.then_some(text)
}

/// Returns the lines of each key of a YAML file that is a comment, with the keys below it.
fn blocks(text: &str) -> Vec<Vec<usize>> {
    let mut blocks: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let indentation = line.len() - line.trim_start().len();
        match (off(line), blocks.last_mut()) {
            (Some(deep), Some((around, lines))) if deep > *around && !lines.is_empty() => {
                lines.push(at)
            }
            (Some(deep), _) => blocks.push((deep, vec![at])),
            // A key that is set ends the block.
            (None, _) if !line.trim_start().starts_with('#') && !line.trim().is_empty() => {
                blocks.push((indentation, Vec::new()));
            }
            (None, _) => {}
        }
    }
    blocks.into_iter().map(|(_, lines)| lines).filter(|lines| !lines.is_empty()).collect()
}

/// The servers of a page.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Upstream {
    /// The address of the server.
    #[reload(restart)]
    address: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Upstreams {
    #[reload(hot, entries)]
    upstreams: BTreeMap<String, Upstream>,
}

#[test]
fn the_page_shows_entries_as_they_are_printed() {
    let page = include_str!("../../docs/authors/reference-and-template.md");
    let (_, shown) = page.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let shown: String = shown
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line)))
        .collect();
    let printed = Loader::<Upstreams>::new().env("SHOP").template(Format::Yaml);
    assert!(printed.contains(&shown), "the page shows\n{shown}\nand this is printed\n{printed}");
}
