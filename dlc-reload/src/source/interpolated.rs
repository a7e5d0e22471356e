//! Sources whose texts refer to environment variables and to files.

use std::{borrow::Cow, ffi::OsString, fmt, hash::Hash, path::Path, sync::Arc};

use super::{
    Guard, Intake, Notice, Source,
    file::{Unreadable, beside},
    named::Named,
    parsed::Parsed,
    reference::{self, Part, Variables},
};
use crate::{
    document::{self, Finding, Layer, Node, Place, Reference, Scalar, ScalarKind, Value},
    error::{Problem, ProblemKind},
    place::Key,
};

/// A source in whose texts `${NAME}` stands for an environment variable and `${file:path}` for the content of a file.
///
/// [`Loader::interpolate`](crate::Loader::interpolate) makes one of the source before it.
///
/// | written | value |
/// |---|---|
/// | `${NAME}` | the environment variable; it is an error if it is not set |
/// | `${NAME:-default}` | the variable or, if it is not set or empty, the text up to the `}` |
/// | `${file:path}` | the content of a file, without the line break at its end; a relative path is relative to the file with the value, without one to the current directory |
/// | `$${` | the text `${` itself |
///
/// It is done in values once the text has been read, and never in keys: whatever a variable holds is one value, and
/// never a key, a list or a map. What is put in is not looked at again. A value that is nothing but one reference
/// becomes what the field wants, a number or boolean included, in quotes or not. With text around it, it is a string.
/// In YAML, a value in `[…]` or `{…}` needs quotes. An editor that checks a file by its schema expects a number where
/// the field is one, and marks a reference there. The files that a [`File`](super::File) includes are read in the same
/// way, and so are their names.
///
/// A value has the place at which it is written, and an [explanation](crate::Boot::explain) names what it is from. What
/// is wrong with it is told with the name of the variable or file, and without the text, which may be a secret. It is
/// an error where a later source sets the key, too: one that is gone on some day is the wrong day to learn of it.
///
/// A file that is named so takes part like any other: it is watched, its content decides, and limits and permissions
/// hold for it. The environment is read at each reload, as it is for [`Env`](super::Env).
///
/// ```
/// use dlc_reload::{Loader, Reloadable, source::{Interpolated, Text}};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16, #[reload(hot, live)] url: String }
/// let text = Text::new("yaml", r#"
/// port: ${PORT:-80}
/// url: http://${HOST}:$${literally}
/// "#);
/// // In a test; without `of`, the variables of the process are read.
/// let text = Interpolated::new(text).of([("HOST", "a.example")]);
/// let config = Loader::<Config>::new().source(text).load()?;
/// assert_eq!((config.port, &*config.url), (80, "http://a.example:${literally}"));
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub struct Interpolated {
    /// The source; none where there is none to interpolate.
    source: Option<Box<dyn Source>>,
    variables: Variables,
}

impl Interpolated {
    /// Makes a source of another one, whose texts are interpolated.
    pub fn new(source: impl Source) -> Self {
        Self::of_any(Some(Box::new(source)))
    }

    pub(crate) fn of_any(source: Option<Box<dyn Source>>) -> Self {
        Self { source, variables: Variables::default() }
    }

    /// Takes these variables in place of those of the process.
    #[must_use]
    pub fn of<N, V>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: Variables::Given(Arc::new(variables.collect())), ..self }
    }
}

/// Leaves out the variables, which may be secrets.
impl fmt::Debug for Interpolated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpolated").field("source", &self.name()).finish_non_exhaustive()
    }
}

impl Source for Interpolated {
    fn read(&self, intake: &mut Intake<'_>) {
        let Some(source) = &self.source else {
            let message = "`interpolate` is about the source before it, and there is none";
            return intake.problem(Problem::error(message));
        };
        let first = intake.document.layers.len();
        let ending = Ending { before: intake.variables.replace(self.variables.clone()), intake };
        source.read(ending.intake);
        drop(ending);
        let are_variables = |layer: &Layer| matches!(layer, Layer::Variables { .. });
        if intake.document.layers[first..].iter().any(are_variables) {
            let message = "`interpolate` is about texts, and environment variables are none: call it right after the file that it is for";
            intake.problem(Problem::error(message));
        }
    }

    fn watch(&self, notice: Notice) -> Option<Guard> {
        self.source.as_ref()?.watch(notice)
    }

    fn name(&self) -> Cow<'_, str> {
        self.source.as_ref().map_or("nothing".into(), |source| source.name())
    }
}

/// The end of what is interpolated, also where a source panics.
struct Ending<'i, 'a> {
    intake: &'i mut Intake<'a>,
    before: Option<Variables>,
}

impl Drop for Ending<'_, '_> {
    fn drop(&mut self) {
        self.intake.variables = self.before.take();
    }
}

impl Intake<'_> {
    /// Returns true if the value at a place could not be filled, which was told.
    pub(super) fn is_unfilled(&self, place: Place) -> bool {
        self.document.references.is_unfilled(place)
    }

    /// Returns a tree of a text with all that it refers to put in; `file` is the file of the text.
    pub(super) fn filled(&mut self, parsed: &Parsed, file: Option<&Path>) -> Arc<Node> {
        if !parsed.refers {
            return Arc::clone(&parsed.tree);
        }
        let mut tree = Node::clone(&parsed.tree);
        self.fill(&mut tree, document::Path::Root, file);
        Arc::new(tree)
    }

    /// Puts in what the values at and below a node refer to.
    pub(super) fn fill(&mut self, node: &mut Node, at: document::Path<'_>, file: Option<&Path>) {
        let place = node.place;
        match &mut node.value {
            Value::Map(map) => {
                for (name, entry) in map.iter_mut() {
                    self.fill(&mut entry.node, at.name(name), file);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.fill(item, at.item(index), file);
                }
            }
            Value::Scalar(scalar) if reference::refers(scalar) => {
                self.fill_in(scalar, place, &at.key(), file)
            }
            Value::Scalar(_) | Value::Untyped(_) | Value::Null => {}
        }
    }

    /// Puts in what one value refers to. One that cannot be filled stays as it is written.
    fn fill_in(&mut self, scalar: &mut Scalar, place: Place, key: &Key, file: Option<&Path>) {
        if self.is_unfilled(place) {
            // An alias repeats it, and it was told of.
            return;
        }
        let filled = self.filled_scalar(&scalar.text, place, key, file);
        match filled {
            Ok((filled, reference)) => {
                *scalar = filled;
                if !reference.is_empty() {
                    self.document.references.note(place, reference);
                }
            }
            Err(findings) => {
                self.incomplete();
                self.document.references.note(place, Reference::unfilled());
                findings.into_iter().for_each(|one| self.find(one.about(key.clone())));
            }
        }
    }

    /// Returns a value with what it refers to put in.
    ///
    /// # Errors
    ///
    /// The findings for which there is none, all that were not noted on the way.
    fn filled_scalar(
        &mut self,
        written: &str,
        place: Place,
        key: &Key,
        file: Option<&Path>,
    ) -> Result<(Scalar, Reference), Vec<Finding>> {
        if self.is_over() {
            return Err(Vec::new());
        }
        let parts = reference::parts(written)
            .map_err(|reason| vec![Finding::error(place, reason).of(ProblemKind::Syntax)])?;
        let (mut text, mut reference) = (String::new(), Reference::default());
        let (mut findings, mut is_over) = (Vec::new(), false);
        for part in &parts {
            if let Part::Literal(literal) = part {
                text.push_str(literal);
                continue;
            }
            match self.value_of(part, place, key, file) {
                Ok(value) => {
                    text.push_str(&value);
                    is_over |= !self.takes_in(&value, place);
                    reference.add(part.to_string(), value);
                }
                Err(finding) => findings.push(finding),
            }
        }
        if is_over || !findings.is_empty() {
            return Err(findings);
        }
        if text.is_empty() && self.shape().is_secret(key) {
            let names = reference.in_words();
            let message = format!("a secret cannot be empty, and {names} is: set it");
            return Err(vec![Finding::error(place, message)]);
        }
        let is_whole = matches!(&*parts, [Part::Variable { .. } | Part::File(_)]);
        let kind = ScalarKind::String;
        let scalar = if is_whole {
            Scalar::item(&text)
        } else {
            Scalar { text: text.into(), kind, plain: false }
        };
        Ok((scalar, reference))
    }

    /// Counts a value that is put in, and takes note that it decides; returns false where it is too large.
    fn takes_in(&mut self, value: &str, place: Place) -> bool {
        value.hash(&mut self.content);
        self.affords(value.len(), place)
    }

    /// Returns the text that a reference stands for.
    fn value_of(
        &mut self,
        part: &Part<'_>,
        place: Place,
        key: &Key,
        file: Option<&Path>,
    ) -> Result<String, Finding> {
        match *part {
            Part::Literal(text) => Ok(text.to_owned()),
            Part::Variable { name, default } => self.variable(name, default, place),
            Part::File(written) => {
                let path = beside(file, written);
                let content = self.content_of(&path, key);
                content.map_err(|unreadable| {
                    let resolved = match path.display().to_string() {
                        same if same == written => String::new(),
                        other => format!(" ({other})"),
                    };
                    let text = format!("`{part}`{resolved}: {}", unreadable.message());
                    Finding::error(place, text).of(unreadable.kind())
                })
            }
        }
    }

    fn variable(&self, name: &str, default: Option<&str>, place: Place) -> Result<String, Finding> {
        let value = self.variables.as_ref().and_then(|variables| variables.get(name));
        let value = value.map(|value| {
            let message = format!("environment variable {name} is not UTF-8");
            value.into_string().map_err(|_| Finding::error(place, message))
        });
        let is_unset = |value: &String| {
            value.is_empty() && (default.is_some() || self.ignores_empty_variables())
        };
        let value = value.transpose()?.filter(|value| !is_unset(value));
        value.or_else(|| default.map(str::to_owned)).ok_or_else(|| {
            let message = format!(
                "environment variable {name} is not set: set it, or write `${{{name}:-default}}`"
            );
            Finding::error(place, message).of(ProblemKind::Missing)
        })
    }

    /// Returns the content of a file that stands for the value of a key.
    fn content_of(&mut self, path: &Path, key: &Key) -> Result<String, Unreadable> {
        let Named { text, is_exposed } = self.named(path)?;
        if is_exposed && self.shape().is_secret(key) {
            self.exposed(path);
        }
        Ok(text)
    }
}
