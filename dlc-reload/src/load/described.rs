//! The reference and the template of a configuration, for the sources of a loader.

use serde_json::Value as Json;

use super::Loader;
use crate::{
    error::{Error, Problem, ProblemKind, Severity},
    schema::{Field, Form, Outline, PLACEHOLDER, Variables},
    section::{Leaf, Reloadable, differing},
    source::Format,
};

/// The texts that may stand in a template where a type does not take the first one. Where it takes none, the last one
/// stands there, which is that again.
const TEXTS: [&str; 8] = [
    "https://example.com/",
    "127.0.0.1",
    "127.0.0.1:1",
    "example.com",
    "1s",
    "a",
    "1",
    PLACEHOLDER,
];

/// The same of numbers.
const NUMBERS: [u16; 6] = [0, 2, 10, 100, 1000, 1];

impl<C: Reloadable> Loader<C> {
    /// Returns the reference of the configuration as a Markdown page, as [`reference`](crate::reference()) does, with
    /// the environment variables that set the fields: those with the prefix of [`env`](Self::env), and those that
    /// fields name. Where two sources read variables, the prefix is that of the last one. Nothing is read.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config {
    /// /// Requests a second.
    /// # #[reload(hot)] rate: u32 }
    /// let page = Loader::<Config>::new().env("BILLING").reference();
    /// assert!(page.contains("- variable `BILLING_RATE`"));
    /// ```
    pub fn reference(&self) -> String {
        self.outline().reference()
    }

    /// Returns a file with every key, for an operator to begin with. It loads as it is. Nothing is read.
    ///
    /// Each key has its default, and before it a comment with its docs, type, class and variable. What need not be set
    /// and has no default is a comment itself: an `Option`, an optional section, an entry of a map or list without any.
    /// In such lines the name follows directly after the `#`, and to take the sign away is to set the key. JSON has no
    /// comments, so there it is the values alone.
    ///
    /// Where a field has no default, the file says `REQUIRED`, with a value that the type takes: the first word of an
    /// enum, a number in its range, the text `CHANGE-ME`. Loading warns of each value that begins with `CHANGE-ME`, so
    /// that none stays by mistake. That is so for secrets, too. A file that a `FileText` names has to be there before
    /// the template loads, and what a validation function asks of a value without a default, nobody but the author
    /// knows.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable};
    /// use dlc_reload::Format;
    ///
    /// # #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # #[serde(default)]
    /// # struct Config {
    /// /// Requests a second.
    /// # #[reload(hot)] rate: u32,
    /// /// A greeting.
    /// # #[reload(hot, live)] motd: Option<String> }
    /// # impl Default for Config { fn default() -> Self { Self { rate: 7, motd: None } } }
    /// let loader = Loader::<Config>::new().env("BILLING");
    /// let template = loader.template(Format::Yaml);
    /// assert!(template.ends_with("\
    /// ## Requests a second.
    /// ## Integer, 0 or more. Default: 7. Changes live. Variable: BILLING_RATE
    /// rate: 7
    ///
    /// ## A greeting.
    /// ## String. Optional. Changes live. Variable: BILLING_MOTD
    /// ##motd: CHANGE-ME
    /// "));
    /// let boot = Loader::<Config>::new().text("yaml", &template).load()?;
    /// assert_eq!(*boot, Config::default());
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn template(&self, format: Format) -> String {
        let mut outline = self.outline();
        // Whether a value reads back and passes validation, only the types of the author know.
        for round in 0..TEXTS.len() {
            let written = written(&outline, format);
            let mut mended = false;
            for problem in not_as_meant::<C>(&outline, format, &written) {
                mended |= mend(&mut outline, &problem, round);
            }
            let all = Self::new().text(Format::Json, outline.json_with_all()).load();
            for problem in all.err().iter().flat_map(errors) {
                let key = problem.key.iter();
                mended |= key.fold(false, |mended, key| {
                    mended | outline.on_the_way(key, &mut |field| write_another(field, round))
                });
            }
            if !mended {
                return written;
            }
        }
        written(&outline, format)
    }

    /// Returns the outline of the configuration, with the variables that the sources read.
    pub(crate) fn outline(&self) -> Outline {
        let sources = self.sources.layers.iter().rev();
        let prefix = sources.filter_map(|(_, source)| source.variable_prefix()).next();
        self.sources.shape.outline(prefix.as_deref().map_or(Variables::Unread, Variables::Prefixed))
    }
}

fn written(outline: &Outline, format: Format) -> String {
    match format {
        Format::Yaml => outline.yaml(),
        Format::Toml => outline.toml(),
        Format::Json => outline.json(),
    }
}

/// Returns a problem for each value that is refused, or is another one than without the values that have a default.
fn not_as_meant<C: Reloadable>(outline: &Outline, format: Format, text: &str) -> Vec<Problem> {
    let load = |text: &str| Loader::<C>::new().text(format, text).load();
    match load(text) {
        Ok(boot) => {
            let bare = load(&written(&outline.without_defaults(), format));
            let differing = bare.map(|bare| differing::<C>(&bare, &boot)).unwrap_or_default();
            let problem = |leaf: Leaf| Problem::error("is another one").with_key(leaf.key);
            differing.into_iter().map(problem).collect()
        }
        Err(error) => errors(&error).cloned().collect(),
    }
}

fn errors(error: &Error) -> impl Iterator<Item = &Problem> {
    error.problems().iter().filter(|problem| problem.severity == Severity::Error)
}

/// Writes something else where a value is not as it is meant, and returns false where there is nothing else. A default
/// holds where the key is a comment, or else the section around it.
fn mend(outline: &mut Outline, problem: &Problem, round: usize) -> bool {
    let Some(key) = &problem.key else { return false };
    let is_missing = problem.kind == ProblemKind::Missing;
    outline.on_the_way(key, &mut |field| {
        if !field.required && field.form != Form::Part && field.default.take().is_some() {
            return true;
        }
        // The schema does not know that it is required.
        let is_learnt = is_missing && field.default.is_none() && !field.required;
        field.required |= is_learnt;
        is_learnt || write_another(field, round)
    })
}

/// Writes another example for one that the type does not take; the text of a secret stays what it is.
fn write_another(field: &mut Field, round: usize) -> bool {
    if field.default.is_some() || field.secret {
        return false;
    }
    let another = match &field.example {
        Json::String(_) => TEXTS.get(round).map(|text| Json::from(*text)),
        Json::Number(_) => NUMBERS.get(round).map(|number| Json::from(*number)),
        _ => None,
    };
    let is_one = another.is_some();
    field.example = another.unwrap_or_else(|| field.example.take());
    is_one
}
