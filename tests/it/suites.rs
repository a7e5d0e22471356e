//! The public test suites of the three formats, with every difference and its reason.

mod json;
mod toml;
mod tree;
mod yaml;

use std::{collections::BTreeSet, path::PathBuf};

use dlc_reload::{
    Format, Limits, Loader,
    source::{Intake, Source},
};

use self::tree::{Any, Tree};

/// The folder of a suite.
fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("suites").join(name)
}

/// A text that need not be UTF-8.
struct Bytes(Format, Vec<u8>);

impl Source for Bytes {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.text("text", self.0, &self.1);
    }
}

/// Loads a text whose root is a map, of any keys and values.
fn read(format: Format, text: impl Into<Vec<u8>>) -> Result<Tree, String> {
    let loader = Loader::<Any>::new().limits(Limits::default().with_depth(512));
    match loader.source(Bytes(format, text.into())).load() {
        Ok(boot) => Ok(Tree::Map(boot.all.clone())),
        Err(error) => Err(error.to_string()),
    }
}

/// Differences from a suite that have one reason.
struct Deviation {
    reason: &'static str,
    /// A part of the message where the case is refused; `None` where it is taken.
    refused: Option<&'static str>,
    cases: &'static [&'static str],
}

/// The differences that were found in a suite, each with the result of the load.
#[derive(Default)]
struct Differences {
    cases: usize,
    found: Vec<(String, Result<Tree, String>)>,
}

impl Differences {
    /// Compares the result of a case with the tree that the suite has; `None` where it has to be refused.
    fn compare(&mut self, name: &str, result: Result<Tree, String>, expected: Option<&Tree>) {
        let is_broken = result.as_ref().is_err_and(|message| message.contains("panicked"));
        if result.as_ref().ok() != expected || is_broken {
            self.add(name, result);
        } else {
            self.cases += 1;
        }
    }

    /// Notes the result of a case that differs, or for which the suite has no tree.
    fn add(&mut self, name: &str, result: Result<Tree, String>) {
        self.cases += 1;
        self.found.push((name.to_owned(), result));
    }

    /// Asserts that exactly the listed cases differ, each as its entry says.
    fn are(self, cases: usize, listed: &[Deviation]) {
        assert_eq!(self.cases, cases, "the number of cases");
        let mut unexpected = Vec::new();
        let mut left: BTreeSet<_> = listed.iter().flat_map(|entry| entry.cases).copied().collect();
        assert!(listed.iter().all(|entry| !entry.reason.is_empty()));
        for (name, result) in self.found {
            let entry = listed.iter().find(|entry| entry.cases.contains(&&*name));
            let fits = entry.is_some_and(|entry| match (&result, entry.refused) {
                (Ok(_), None) => true,
                (Err(message), Some(part)) => message.contains(part),
                _ => false,
            });
            left.remove(&*name);
            if !fits {
                unexpected.push(format!("{name}: {result:?}"));
            }
        }
        assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
        assert!(left.is_empty(), "these differ no more: {left:?}");
    }
}
