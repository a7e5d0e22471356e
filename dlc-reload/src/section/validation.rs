//! The validation functions of a configuration, and the code that runs them.
//!
//! The derive writes, for the section as a whole and for each field that is a section:
//!
//! ```text
//! fn run_validators(&self, cx: &mut Validation) {
//!     cx.check(self, path);               // `#[reload(validate = path)]`; path: fn(&Self) -> Result<(), Invalid>
//!     cx.section(i, &self.field, run);    // i: index into `Self::TABLE.fields`; run: the section's own `run_validators`
//! }
//! ```
//!
//! `Option<S>` forwards `run_validators` to the section it holds.

use std::collections::HashMap;

use super::{Entries, Parts as _, Reloadable, Table, entries::way};
use crate::{
    error::Invalid,
    hook::caught,
    place::{Key, Segment},
};

/// The collector of the findings of validation functions, each at its key.
#[derive(Debug)]
pub struct Validation {
    table: &'static Table,
    key: Key,
    found: Vec<(Key, String)>,
}

impl Validation {
    /// Runs one validation function on a section.
    pub fn check<S>(&mut self, section: &S, check: impl FnOnce(&S) -> Result<(), Invalid>) {
        match caught(|| check(section)) {
            Ok(Ok(())) => {}
            Ok(Err(invalid)) => {
                let at = |key: &Key| self.key.join(&self.table.written(key));
                let found = invalid.found.into_iter().map(|(key, message)| (at(&key), message));
                self.found.extend(found);
            }
            // The message of the panic is left out: it may quote a secret.
            Err(_) => self.found.push((
                self.key.clone(),
                "its validation panicked, see the error output of the process".to_owned(),
            )),
        }
    }

    /// Validates the section that the field `index` holds.
    pub fn section<S>(&mut self, index: u16, section: &S, run: fn(&S, &mut Self)) {
        let Some(field) = self.table.at(index) else { return };
        let Some(below) = field.table() else { return };
        let table = std::mem::replace(&mut self.table, below);
        if field.flatten {
            run(section, self);
        } else {
            self.key.push(Segment::Name(field.name.into()));
            run(section, self);
            self.key.pop();
        }
        self.table = table;
    }
}

impl Validation {
    /// Validates the entries of the collection that the field `index` holds: each by itself, and that no two items of a
    /// list have one identity.
    pub fn entries<E: Entries<B>, B>(&mut self, index: u16, all: &E) {
        let Some(field) = self.table.at(index) else { return };
        let table = std::mem::replace(&mut self.table, E::Entry::TABLE);
        self.key.push(Segment::Name(field.name.into()));
        let mut known = HashMap::<Segment, usize>::new();
        for (index, (key, entry)) in all.all().into_iter().enumerate() {
            let step = way::<E, B>(key, index).written.clone();
            // As values: texts that differ may mean the same, and a default or a `finish` function may make it so.
            let first = *known.entry(step.clone()).or_insert(index);
            if let Some((by, _)) = E::IDENTITY.filter(|_| first != index) {
                let at = self.key.item(index).child(by);
                let other = self.key.item(first).child(by);
                self.found.push((at, format!("it is the same as `{other}`: each has its own")));
                continue;
            }
            self.key.push(step);
            entry.run_validators(self);
            self.key.pop();
        }
        self.key.pop();
        self.table = table;
    }
}

/// Validates a section by the rules of [garde], which its fields carry as `#[garde(…)]`.
///
/// It is meant for `#[reload(validate = …)]`, on every section that derives `garde::Validate`. Rules
/// that take a context get its default.
///
/// ```
/// use dlc_reload::{Loader, Reloadable};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize, Reloadable, garde::Validate)]
/// #[reload(validate = dlc_reload::garde)]
/// struct Pool {
///     /// The number of connections that are kept open.
///     #[garde(range(min = 1, max = 100))]
///     #[reload(restart)]
///     size: u32,
/// }
///
/// let error = Loader::<Pool>::new().text("yaml", "size: 0").load().err().unwrap();
/// assert_eq!(error.to_string(), "text:1:7: size: lower than 1");
/// ```
///
/// What the rules say about ranges, lengths and patterns is in the [schema](crate::schema()) as
/// well. Sections validate themselves: `#[garde(skip)]` the fields that are sections.
///
/// [garde]: https://docs.rs/garde
///
/// # Errors
///
/// Every rule that is not met, at the field that breaks it.
#[cfg(feature = "garde")]
pub fn garde<S>(section: &S) -> Result<(), Invalid>
where
    S: ::garde::Validate<Context: Default>,
{
    let Err(report) = section.validate() else {
        return Ok(());
    };
    let mut invalid = Invalid::new();
    for (path, error) in report.iter() {
        invalid.add(path.to_string(), error.message());
    }
    Err(invalid)
}

/// Runs every validation function of a section and of those below it, and returns what they find.
pub(crate) fn validate_section<S: Reloadable>(section: &S, key: Key) -> Vec<(Key, String)> {
    let mut cx = Validation { table: S::TABLE, key, found: Vec::new() };
    section.run_validators(&mut cx);
    cx.found
}
