//! The secrets in a type that has no schema: the type itself is asked, with values that are made up.
//!
//! A [`Secret`](crate::Secret) is heard when something reads it, and each part of a type is read from a value that has
//! nothing but that part. A part that is not reached, or whose type takes whatever is there and looks at it later (an
//! enum with a tag, a struct with `flatten`), may hold one.

use std::cell::Cell;

use serde_json::{Value as Json, json};

use super::{
    Read, Table,
    made_up::{NO_NAME, Step, asked},
    probe::hand_over,
};
use crate::{
    document::{Heard, Known, Node, Place},
    secret,
};

/// The greatest depth of a part. Beyond it, a type holds itself.
const MAX_DEPTH: usize = 16;

/// The greatest number of attempts to read values that are made up.
const MAX_ATTEMPTS: usize = 4_096;

/// The secrets in the values of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There are none.
    Harmless,
    /// There may be some.
    Secret,
    /// It is not known.
    Unknown,
}

impl Table {
    /// Returns what the type of the leaf at an index says of secrets when it is read.
    pub(crate) fn content_of(&'static self, index: u16) -> Content {
        let content = Cell::new(Content::Unknown);
        hand_over(self, index, &|_, read| content.set(Search::of(read).content()));
        content.get()
    }
}

/// The way to a part of a value.
type Way = Vec<Step>;

/// The search through the parts of a type.
struct Search<'r> {
    read: Read<'r>,
    attempts: usize,
    found_secret: bool,
}

impl<'r> Search<'r> {
    fn of(read: Read<'r>) -> Self {
        Self { read, attempts: 0, found_secret: false }
    }

    fn content(mut self) -> Content {
        let mut content = Content::Harmless;
        let mut pending = vec![Way::new()];
        while let Some(way) = pending.pop() {
            match self.parts(&way) {
                Some(parts) => pending.extend(parts),
                None => content = Content::Unknown,
            }
            if self.found_secret {
                return Content::Secret;
            }
        }
        content
    }

    /// Returns the ways to the parts of a part; `None` where it cannot be looked into.
    fn parts(&mut self, way: &[Step]) -> Option<Vec<Way>> {
        let heard = self.ask(way);
        if way.len() > MAX_DEPTH || !(heard.is_read || way.is_empty()) {
            return None;
        }
        let below = |step| [way, &[step]].concat();
        Some(match heard.known {
            // A text or a number.
            None => Vec::new(),
            Some(Known::Fields(names) | Known::Variants(names)) => {
                names.iter().map(|name| below(Step::entry(name))).collect()
            }
            // The names of some maps are numbers. A struct with `flatten` is a map, too, and keeps what is none of its
            // own.
            Some(Known::Map) => {
                let mut named = [NO_NAME, "1"].map(|name| below(Step::entry(name))).into_iter();
                vec![named.find(|way| self.ask(way).is_read)?]
            }
            Some(Known::List) => vec![below(Step::item())],
            Some(Known::Tuple(len)) => self.items(way, len)?,
            Some(Known::Anything) if heard.wants_entries => return None,
            Some(Known::Anything) => {
                let item = below(Step::item());
                if self.ask(&item).is_read { vec![item] } else { Vec::new() }
            }
        })
    }

    /// Returns the ways to the items of a tuple, each of which is read once those before it fit.
    fn items(&mut self, way: &[Step], len: usize) -> Option<Vec<Way>> {
        let some = [json!(1), json!("1"), json!(true), json!([]), json!({}), Json::Null];
        let below = |before: &[Json]| [way, &[Step::Item { before: before.to_vec() }]].concat();
        let mut before = Vec::new();
        let mut items = Vec::new();
        while items.len() < len {
            items.push(below(&before));
            if items.len() < len {
                let mut longer =
                    some.iter().map(|value| [&*before, std::slice::from_ref(value)].concat());
                before = longer.find(|before| self.ask(&below(before)).is_read)?;
            }
        }
        Some(items)
    }

    /// Reads the leaf with an empty map at the end of a way.
    fn ask(&mut self, way: &[Step]) -> Heard {
        let mut heard = Heard::default();
        self.attempts += 1;
        if self.attempts <= MAX_ATTEMPTS {
            let ask = || heard = asked(way, Node::empty_map(Place::NONE), self.read);
            self.found_secret |= secret::is_read_by(ask);
        }
        heard
    }
}
