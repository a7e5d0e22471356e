//! Environment variables.

use std::{
    collections::HashMap,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Intake, Source, file, variable};
use crate::{
    document::{Layer, Node, Place, ScalarKind},
    environment::VARIABLE as RESERVED,
    error::Problem,
    key::Key,
    origin::Origin,
};

/// The environment variables with a prefix: with `DLC`, `DLC_LOGGING__LEVEL` sets `logging.level`.
///
/// A variable is the prefix, `_`, and the names of the key in upper case with `-` as `_`, joined by
/// `__`. Its text becomes what the field wants: a number, a boolean, a string, a list (`a,b` or
/// `[a, b]`) or a map (`{a: 1}`). Below a map, names are taken in lower case.
///
/// A secret can also be read from a file, as containers mount them: with
/// `DLC_JWT_SECRET_FILE=/run/secrets/jwt`, the content of the file is the value of `jwt_secret`,
/// without the line break at its end. It is read under the same limits and permissions as a
/// [`File`](super::File). Where there is a key `jwt_secret_file`, the variable sets that key instead.
///
/// Two variables for one key, a text that is not UTF-8 and a file that cannot be read are errors of
/// the load or reload. A variable that names no key is a warning, because platforms add their own.
/// `DLC_ENV` is reserved.
///
/// ```
/// use dlc_reload::{Loader, Reloadable, source::Env};
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Logging { #[reload(hot, live)] level: String }
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(nested)] logging: Logging, #[reload(restart)] peers: Vec<String> }
/// // In a test; without `of`, the variables of the process are read.
/// let variables = [("DLC_LOGGING__LEVEL", "debug"), ("DLC_PEERS", "a.example, b.example")];
/// let config = Loader::<Config>::new().source(Env::new("DLC").of(variables)).load()?;
/// assert_eq!(config.logging.level, "debug");
/// assert_eq!(config.peers, ["a.example", "b.example"]);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Env {
    prefix: String,
    variables: Option<Arc<[(OsString, OsString)]>>,
}

impl Env {
    /// Makes a source of the variables of this process that start with `prefix` and `_`. The prefix
    /// may be written with the `_` at its end or without: `DLC_` is `DLC`.
    pub fn new(prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        if prefix.ends_with('_') {
            prefix.pop();
        }
        Self { prefix, variables: None }
    }

    /// Reads these variables in place of those of the process.
    #[must_use]
    pub fn of<N, V>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: Some(variables.collect()), ..self }
    }

    fn start(&self) -> String {
        format!("{}_", self.prefix)
    }

    fn variables(&self) -> Vec<(String, OsString)> {
        let start = self.start();
        let matching = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok()?;
            (name.starts_with(&start) && name != RESERVED).then_some((name, value))
        };
        let mut variables: Vec<_> = match &self.variables {
            Some(given) => given.iter().cloned().filter_map(matching).collect(),
            None => std::env::vars_os().filter_map(matching).collect(),
        };
        variables.sort();
        variables
    }
}

impl Source for Env {
    fn read(&self, intake: &mut Intake<'_>) {
        let start = self.start();
        let first = intake.next_source();
        let mut seen: HashMap<Key, String> = HashMap::new();
        for (name, value) in self.variables() {
            let source: Arc<str> = format!("environment variable {name}").into();
            let Some(meaning) = meaning(intake, &name[start.len()..]) else {
                let message = match variable::suggestion(intake.shape(), &name[start.len()..]) {
                    Some(meant) => {
                        format!("names no key and is ignored, did you mean `{start}{meant}`?")
                    }
                    None => "names no key and is ignored, correct or remove it".to_owned(),
                };
                intake.problem(Problem::warning(message).with_origin(Origin::source(source)));
                continue;
            };
            let Meaning { key, is_path } = meaning;
            let refuse = |intake: &mut Intake<'_>, message: String| {
                let origin = Origin::source(Arc::clone(&source));
                intake.problem(Problem::error(message).with_key(key.clone()).with_origin(origin));
            };
            if let Some(other) = seen.get(&key) {
                let message =
                    format!("environment variable {other} sets it too, remove one of the two");
                refuse(intake, message);
                continue;
            }
            seen.insert(key.clone(), name);
            let Ok(text) = value.into_string() else {
                refuse(intake, "not UTF-8".to_owned());
                continue;
            };
            if !is_path {
                let place = Place::whole(intake.source(source));
                intake.at(&key, Node::untyped(place, text));
                continue;
            }
            match secret(Path::new(&text), intake) {
                Ok(secret) => {
                    let place = Place::whole(intake.source(source));
                    intake.at(&key, Node::strict(place, ScalarKind::String, secret));
                }
                Err(message) => refuse(intake, format!("{text}: {message}")),
            }
        }
        intake
            .layer(Layer::Variables { prefix: start.into(), sources: first..intake.next_source() });
    }
}

/// The meaning of a variable.
struct Meaning {
    key: Key,
    /// True if it names a file with the value of the key, and is not that value itself.
    is_path: bool,
}

fn meaning(intake: &Intake<'_>, rest: &str) -> Option<Meaning> {
    let shape = intake.shape();
    if let Some(key) = variable::key(shape, rest) {
        return Some(Meaning { key, is_path: false });
    }
    let key = variable::key(shape, rest.strip_suffix(variable::FILE)?)?;
    shape.is_secret(&key).then_some(Meaning { key, is_path: true })
}

/// Reads a file that holds nothing but a secret, without the line break at its end.
fn secret(path: &Path, intake: &mut Intake<'_>) -> Result<String, String> {
    intake.watch_file(PathBuf::from(path));
    let content = file::content(path, intake.limits().bytes, intake.permissions())
        .map_err(|unreadable| unreadable.message())?;
    if content.is_exposed {
        intake.exposed(path);
    }
    let mut text = String::from_utf8(content.text).map_err(|_| "not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
