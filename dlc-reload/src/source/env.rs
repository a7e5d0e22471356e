//! Environment variables.

use std::{borrow::Cow, collections::HashMap, ffi::OsString, fmt, path::Path, sync::Arc};

use super::{Intake, Source, file::Unreadable, named::Named, untyped, variable};
use crate::{
    document::{Layer, Node, Place, ScalarKind},
    environment::VARIABLE as RESERVED,
    error::{Problem, ProblemKind},
    place::{Key, Origin, Segment},
    schema::{Shape, is_plain},
    section::{NESTING, VARIABLE_FILE, spelled, variable as variable_of},
};

/// The start of the variables of the command `dlc-reload`, which a service with the prefix `DLC` meets where both run.
const OF_COMMAND: &str = "DLC_RELOAD_";

/// The name that is no key where no field has it: `BILLING_ENV` may name the environment of the service.
const ENVIRONMENT: &str = "env";

/// The environment variables with a prefix: with `DLC`, `DLC_LOGGING__LEVEL` sets `logging.level`.
///
/// A variable is the prefix, `_`, and the names of the key in upper case with `-` as `_`, joined by `__`. Below a map,
/// names are taken in lower case. A field may name its variable itself, with `#[reload(env = "PORT")]`; it is read
/// whatever the prefix is, and in place of the one that the key would have. One that sets two fields is an error.
///
/// Its text becomes what the field wants: a number, a boolean, a string, a list or a map.
///
/// - A string is the text as it is, whatever it looks like: `[a]`, `a,b`, `1.10`.
/// - A text that begins with `[` or `{` is JSON or, with the feature `yaml`, YAML, in which quotes may be left
///   out: `["a", "b"]`, `[a, 'b c']`, `{"a": 1}`, `{a: 1}`. One that does not read is an error wherever a list or
///   map is wanted; it is never split at commas.
/// - Any other text is a list of what stands between its commas: `a,b` or `a, b`. A comma at the end adds no item,
///   and an empty text is an empty list. An empty item (`a,,b`) is an error.
///
/// A secret can also be read from a file, as containers mount them: with
/// `DLC_JWT_SECRET_FILE=/run/secrets/jwt`, the content of the file is the value of `jwt_secret`,
/// without the line break at its end. It is read under the same limits and permissions as a
/// [`File`](super::File). The text of such a variable is never shown, because it may be the secret itself by
/// mistake. Where there is a key `jwt_secret_file`, the variable sets that key instead.
///
/// An empty variable sets an empty text, and one for a secret is an error: a platform that knows no value often
/// sets an empty one. So is an empty file. With [`Loader::ignore_empty_variables`] an empty variable is as if it was
/// not set, whatever its field.
///
/// Two variables for one key, a text that is not UTF-8 and a file that cannot be read are errors of
/// the load or reload. A variable that names no key is a warning, because platforms add their own.
/// `DLC_ENV` is reserved, variables of the command (`DLC_RELOAD_URL`) are passed over where they name no key, and
/// `BILLING_ENV`, where the prefix is `BILLING`, is no key unless there is a field `env`.
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
///
/// [`Loader::ignore_empty_variables`]: crate::Loader::ignore_empty_variables
#[derive(Clone)]
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

    fn variables(&self, shape: &Shape) -> Vec<(String, OsString)> {
        let (start, own) = (self.start(), variable::own_names(shape.table()));
        let is_own = |name: &str| own.iter().any(|own| variable::is_about(name, own));
        let matching = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok()?;
            let is_meant = (name.starts_with(&start) || is_own(&name)) && name != RESERVED;
            is_meant.then_some((name, value))
        };
        let mut variables: Vec<_> = match &self.variables {
            Some(given) => given.iter().cloned().filter_map(matching).collect(),
            None => std::env::vars_os().filter_map(matching).collect(),
        };
        variables.sort();
        variables
    }
}

/// Leaves out the values, which may be secrets, and names that are none.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.variables.iter().flat_map(|given| given.iter());
        let names = given.filter_map(|(name, _)| name.to_str());
        let names: Vec<_> = names.filter(|name| name.split(NESTING).all(is_plain)).collect();
        let mut shown = f.debug_struct("Env");
        shown.field("prefix", &self.prefix).field("names", &names).finish_non_exhaustive()
    }
}

impl Source for Env {
    fn read(&self, intake: &mut Intake<'_>) {
        intake.together(|intake| self.hand_over(intake));
    }

    fn variable_prefix(&self) -> Option<Cow<'_, str>> {
        Some(self.start().into())
    }

    fn name(&self) -> Cow<'_, str> {
        format!("environment variables {}…", self.start()).into()
    }
}

impl Env {
    fn hand_over(&self, intake: &mut Intake<'_>) {
        let start = self.start();
        let first = intake.next_source();
        let mut seen: HashMap<Key, String> = HashMap::new();
        let names_environment = intake.shape().table().field(ENVIRONMENT).is_none();
        for (name, value) in self.variables(intake.shape()) {
            let rest = name.strip_prefix(&start);
            if names_environment && rest == Some(&*spelled(ENVIRONMENT)) {
                continue;
            }
            if intake.is_over() {
                break;
            }
            if value.is_empty() && intake.ignores_empty_variables() {
                continue;
            }
            let meaning = meaning(intake, &start, &name);
            if meaning.is_none() && name.starts_with(OF_COMMAND) {
                continue;
            }
            let key = meaning.as_ref().map(|meaning| &meaning.key);
            let shown = shown(intake.shape(), key, &start, &name);
            let source: Arc<str> = format!("environment variable {shown}").into();
            let Some(meaning) = meaning else {
                let problem = names_no_key(intake.shape(), &start, &name);
                let problem = problem.with_kind(ProblemKind::UnknownKey);
                intake.problem(problem.with_origin(Origin::source(source)));
                continue;
            };
            let text = match seen.get(&meaning.key) {
                Some(other) => {
                    Err(format!("environment variable {other} sets it too, remove one of the two"))
                }
                None => text(&shown, value, &meaning, intake),
            };
            let Meaning { key, written, is_path } = meaning;
            match text {
                Ok(text) => {
                    let place = Place::whole(intake.source(source));
                    let node = if is_path {
                        Node::strict(place, ScalarKind::String, text)
                    } else {
                        untyped(place, text, intake.limits())
                    };
                    intake.at(&written, node);
                }
                Err(message) => {
                    let problem = Problem::error(message).with_key(key.clone());
                    intake.problem(problem.with_origin(Origin::source(source)));
                }
            }
            seen.entry(key).or_insert(shown);
        }
        intake
            .layer(Layer::Variables { prefix: start.into(), sources: first..intake.next_source() });
    }
}

/// Returns the problem of a variable that names no key.
fn names_no_key(shape: &Shape, start: &str, name: &str) -> Problem {
    let rest = name.strip_prefix(start).unwrap_or_default();
    if let Some(reason) = variable::reason_for_removal(shape.table(), rest) {
        return Problem::error(format!("removed: {reason}"));
    }
    if let Some(own) = variable::renamed(shape, start, name) {
        return Problem::warning(format!("names no key and is ignored, write `{own}`"));
    }
    Problem::warning(match variable::suggestion(shape, start, name) {
        Some(meant) => format!("names no key and is ignored, did you mean `{meant}`?"),
        None => "names no key and is ignored, correct or remove it".to_owned(),
    })
}

/// The meaning of a variable.
struct Meaning {
    key: Key,
    /// The key with the names that the variable has for its fields, which may be former ones.
    written: Key,
    /// True if it names a file with the value of the key, and is not that value itself.
    is_path: bool,
}

fn meaning(intake: &Intake<'_>, start: &str, name: &str) -> Option<Meaning> {
    let shape = intake.shape();
    if name.strip_prefix(start).unwrap_or(name).matches(NESTING).count() >= intake.limits().depth {
        return None;
    }
    let named = |name: &str, is_path| {
        let written = variable::key(shape, start, name)?;
        Some(Meaning { key: shape.table().canonical(&written), written, is_path })
    };
    named(name, false).or_else(|| {
        let path = named(name.strip_suffix(VARIABLE_FILE)?, true)?;
        shape.is_secret(&path.key).then_some(path)
    })
}

/// Returns the name of a variable, up to the first part that is or may hold a secret: the name of an
/// entry of one, or a text that is no name, which a variable has only by mistake.
fn shown(shape: &Shape, key: Option<&Key>, start: &str, name: &str) -> String {
    let rest = name.strip_prefix(start).unwrap_or(name);
    let names = rest.split(NESTING).map(|name| Segment::Name(name.to_lowercase().into()));
    let key = key.map_or_else(|| names.collect(), Key::clone);
    let is_name = |segment: &&Segment| matches!(segment, Segment::Name(name) if is_plain(name));
    let shown = shape.shown_key(&key);
    let shown: Key = shown.segments().iter().take_while(is_name).cloned().collect();
    if shown == key {
        return name.to_owned();
    }
    variable_of(shape.table(), start, &shown)
        .map_or_else(|| format!("{start}…"), |name| format!("{name}{NESTING}…"))
}

/// Returns the text that a variable gives to its key.
fn text(
    name: &str,
    value: OsString,
    Meaning { key, is_path, .. }: &Meaning,
    intake: &mut Intake<'_>,
) -> Result<String, String> {
    let text = value.into_string().map_err(|_| "not UTF-8".to_owned())?;
    if text.is_empty() && intake.shape().is_secret(key) {
        return Err("a secret cannot be empty: set it, or remove the variable".to_owned());
    }
    if !is_path {
        return Ok(text);
    }
    secret(Path::new(&text), intake).map_err(|reason| {
        let reason = reason.unwrap_or_else(|| {
            let itself = name.strip_suffix(VARIABLE_FILE).unwrap_or(name);
            format!("no such file, create it, or set `{itself}` to the secret itself")
        });
        format!(
            "the file that it names (not shown, because that may be the secret itself): {reason}"
        )
    })
}

/// Reads a file that holds nothing but a secret. The error is the reason; none
/// where there is no such file.
fn secret(path: &Path, intake: &mut Intake<'_>) -> Result<String, Option<String>> {
    let Named { text, is_exposed } = intake.named(path).map_err(|unreadable| match unreadable {
        Unreadable::Absent => None,
        unreadable => Some(unreadable.message()),
    })?;
    if is_exposed {
        intake.exposed(path);
    }
    if text.is_empty() {
        return Err(Some("empty, write the secret into it or remove the variable".to_owned()));
    }
    Ok(text)
}
