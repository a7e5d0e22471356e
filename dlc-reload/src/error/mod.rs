//! Errors and problems, each with its place and its remedy.

#[cfg(feature = "excerpts")]
mod excerpts;

use std::{fmt, ops::Range};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "excerpts")]
pub use self::excerpts::Excerpts;
use crate::place::{Key, Origin, beginning, on_one_line};

/// The target of everything that is logged, whichever module says it: operators filter for it.
pub(crate) const LOG: &str = "dlc_reload";

/// The number of characters that are displayed of a key.
const LONGEST_KEY: usize = 200;

/// The severity of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// The candidate is refused.
    Error,
    /// Worth a look, but nothing was refused because of it.
    Warning,
}

/// The kind of a [`Problem`], for programs that tell them apart; people read the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// None of the others, or not known: that of a problem that was read back from JSON, which does not have it.
    #[default]
    Other,
    /// A source cannot be read.
    Unreadable,
    /// A source must not be read, or others can change it, by the rules for files that a service trusts.
    Permission,
    /// A text is not of its format.
    Syntax,
    /// A key that no field has.
    UnknownKey,
    /// A field that no source sets, or a variable that a value refers to and that is not set; there is no default.
    Missing,
    /// A value that is not of the type of its field.
    Type,
    /// A validation function refused.
    Invalid,
    /// A hook refused, or a commit failed.
    Hook,
}

/// One thing that is wrong, with its place and its remedy.
///
/// It displays on one line: `config.yaml:7:10: logging.level: unknown variant …`, without a place
/// where no source sets the key; control characters and line breaks are escaped. It serializes as
/// `{severity, key, message, source, line, column}`; members that are not known are left out.
///
/// Two are equal that say the same, whatever their kinds.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// use dlc_reload::ProblemKind;
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
/// let error = Loader::<Config>::new().text("yaml", "{motd: hello, modt: bye}").load().unwrap_err();
/// assert_eq!(error.problems()[0].kind, ProblemKind::UnknownKey);
/// ```
#[derive(Clone, Debug, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Problem {
    /// The kind.
    #[serde(skip)]
    pub kind: ProblemKind,
    /// The severity.
    pub severity: Severity,
    /// The key that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// The fault and its remedy, in one lower-case sentence. Never holds a secret.
    pub message: String,
    /// The place of the offending text.
    #[serde(flatten)]
    pub origin: Option<Origin>,
}

impl Problem {
    /// Makes a problem that refuses the candidate.
    pub fn error(message: impl Into<String>) -> Self {
        let (kind, severity) = (ProblemKind::Other, Severity::Error);
        Self { kind, severity, key: None, message: message.into(), origin: None }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ProblemKind) -> Self {
        self.kind = kind;
        self
    }

    /// Makes a warning: worth a look, but it refuses nothing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Returns the same problem as a warning.
    pub(crate) fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Sets the key that it is about.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the place of the offending text.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Returns the place to display: none for a default, which stands in no file, and would read like
    /// the name of one.
    pub(crate) fn place(&self) -> Option<&Origin> {
        self.origin.as_ref().filter(|origin| **origin != Origin::default_value())
    }

    /// Returns true if this problem refuses the candidate.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl PartialEq for Problem {
    fn eq(&self, other: &Self) -> bool {
        let Self { kind: _, severity, key, message, origin } = self;
        (severity, key, message, origin)
            == (&other.severity, &other.key, &other.message, &other.origin)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = self.place() {
            write!(f, "{origin}: ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if let Some(key) = self.key.as_ref().filter(|key| !key.is_root()) {
            f.write_str(&beginning(&key.to_string(), LONGEST_KEY))?;
            f.write_str(": ")?;
        }
        f.write_str(&on_one_line(&self.message))
    }
}

/// The findings of a validation function: any number of messages, each at a field.
///
/// ```
/// use dlc_reload::Invalid;
///
/// struct Pool { min: u32, max: u32 }
///
/// fn check(pool: &Pool) -> Result<(), Invalid> {
///     if pool.min > pool.max {
///         return Err(Invalid::new().at("min", "must not exceed `max`"));
///     }
///     Ok(())
/// }
/// assert!(check(&Pool { min: 2, max: 1 }).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "return it as the error of the validation function"]
pub struct Invalid {
    pub(crate) found: Vec<(Key, String)>,
}

impl Invalid {
    /// Makes an empty list; add findings with [`at`](Self::at) and [`add`](Self::add).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding at a field of the struct that is validated, and returns all of them.
    ///
    /// The field is a typed path (`Logging::fields().level()`) or a key relative to the struct
    /// (`"level"`); `""` stands for the struct itself.
    pub fn at(mut self, field: impl Into<Key>, message: impl Into<String>) -> Self {
        self.add(field, message);
        self
    }

    /// Adds a finding in place, for checks that run in a loop.
    pub fn add(&mut self, field: impl Into<Key>, message: impl Into<String>) {
        self.found.push((field.into(), message.into()));
    }

    /// Adds what the check of a part has found, at keys below that of the part.
    ///
    /// ```
    /// use dlc_reload::Invalid;
    ///
    /// let mut invalid = Invalid::new();
    /// invalid.add_all("servers[1]", Invalid::new().at("port", "must not be 0"));
    /// assert_eq!(invalid.into_result(), Err(Invalid::new().at("servers[1].port", "must not be 0")));
    /// ```
    pub fn add_all(&mut self, part: impl Into<Key>, found: Self) {
        let part = part.into();
        let below = |key: &Key| part.segments().iter().chain(key.segments()).cloned().collect();
        self.found.extend(found.found.into_iter().map(|(key, message)| (below(&key), message)));
    }

    /// Returns true if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns `Ok` if nothing was found.
    ///
    /// # Errors
    ///
    /// The findings themselves.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<String> for Invalid {
    fn from(message: String) -> Self {
        Self::new().at("", message)
    }
}

impl From<&str> for Invalid {
    fn from(message: &str) -> Self {
        Self::from(message.to_owned())
    }
}

/// One line of a source, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "excerpts"), allow(dead_code, reason = "only excerpts show lines"))]
pub(crate) struct Quote {
    pub(crate) line: u32,
    pub(crate) text: String,
    /// The bytes of `text` that the problem is about.
    pub(crate) span: Range<usize>,
}

/// The reason why a configuration could not be loaded, or a reload could not run.
///
/// `Display` and `Debug` both list every problem, one a line, so that
/// `fn main() -> Result<(), dlc_reload::Error>` prints something readable.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String, #[reload(restart)] port: u16 }
/// let error = Loader::<Config>::new().text("yaml", "motd: [hello]\nport: http").load().unwrap_err();
/// assert!(error.is_invalid());
/// let places: Vec<_> = error.problems().iter().flat_map(|problem| &problem.origin).collect();
/// assert_eq!([places[0].line, places[1].line], [Some(1), Some(2)]);
/// assert!(error.to_string().ends_with("expected an integer from 0 to 65535"));
/// ```
pub struct Error(Box<Kind>);

enum Kind {
    Invalid {
        problems: Vec<Problem>,
        quotes: Vec<Option<Quote>>,
    },
    Stopped,
    /// A wait on the reload thread for itself, as a sentence.
    Reentrant(&'static str),
    Forked,
    /// Another generation is in force than the caller expected.
    Superseded {
        expected: u64,
        now: u64,
    },
    Runtime {
        message: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Makes the error of a configuration that is refused. What refuses it comes before the warnings.
    pub(crate) fn invalid(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| !problem.is_error());
        Self(Box::new(Kind::Invalid { problems, quotes: Vec::new() }))
    }

    /// Adds the line of each problem.
    pub(crate) fn quoting(mut self, quotes: impl FnOnce(&[Problem]) -> Vec<Option<Quote>>) -> Self {
        if let Kind::Invalid { problems, quotes: known } = &mut *self.0 {
            *known = quotes(problems);
        }
        self
    }

    /// Returns the line that the problem at this index is about.
    #[cfg(feature = "excerpts")]
    pub(crate) fn quote(&self, at: usize) -> Option<&Quote> {
        match &*self.0 {
            Kind::Invalid { quotes, .. } => quotes.get(at)?.as_ref(),
            _ => None,
        }
    }

    pub(crate) fn stopped() -> Self {
        Self(Box::new(Kind::Stopped))
    }

    /// Makes the error of a request of the reload thread to itself.
    pub(crate) fn reentrant() -> Self {
        Self(Box::new(Kind::Reentrant(
            "a hook or validator cannot wait for a reload while one runs: it was queued and runs next",
        )))
    }

    /// Makes the error of a plan that the reload thread asks of itself.
    pub(crate) fn plans_for_itself() -> Self {
        Self(Box::new(Kind::Reentrant(
            "code on the reload thread cannot wait for a plan, which this thread makes: ask for it on another thread",
        )))
    }

    /// Makes the error of a wait on the reload thread for a value that only this thread can change.
    pub(crate) fn waits_for_itself() -> Self {
        Self(Box::new(Kind::Reentrant(
            "code on the reload thread cannot wait for a value to change, since nothing changes before it returns: wait on another thread",
        )))
    }

    /// Makes the error of a task that was asked for while another generation was in force.
    pub(crate) fn superseded(expected: u64, now: u64) -> Self {
        Self(Box::new(Kind::Superseded { expected, now }))
    }

    /// Returns the generation that the caller expected and the one in force, where they differ.
    #[cfg(feature = "admin")]
    pub(crate) fn generations(&self) -> Option<(u64, u64)> {
        match *self.0 {
            Kind::Superseded { expected, now } => Some((expected, now)),
            _ => None,
        }
    }

    pub(crate) fn forked() -> Self {
        Self(Box::new(Kind::Forked))
    }

    pub(crate) fn runtime(
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(Kind::Runtime { message: message.into(), source: Box::new(source) }))
    }

    /// Returns every problem of the configuration; none unless [`is_invalid`](Self::is_invalid).
    pub fn problems(&self) -> &[Problem] {
        match &*self.0 {
            Kind::Invalid { problems, .. } => problems,
            _ => &[],
        }
    }

    /// Returns true if the configuration itself is refused: unreadable, malformed, mistyped or invalid.
    pub fn is_invalid(&self) -> bool {
        matches!(*self.0, Kind::Invalid { .. })
    }

    /// Returns true if the reloader has stopped, so that nothing reloads any more.
    pub fn is_stopped(&self) -> bool {
        matches!(*self.0, Kind::Stopped)
    }

    /// Returns true if code on the reload thread, such as a hook or validator, would have waited for that
    /// thread, which could never end. A reload that it asked for was queued and runs after the current one.
    pub fn is_reentrant(&self) -> bool {
        matches!(*self.0, Kind::Reentrant(_))
    }

    /// Returns true if the process was forked after the reloader had started. A fork takes no threads along:
    /// nothing reloads in the new process, while reads go on. Start the reloader after the fork.
    pub fn is_forked(&self) -> bool {
        matches!(*self.0, Kind::Forked)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Invalid { problems, .. } => {
                for (at, problem) in problems.iter().enumerate() {
                    if at > 0 {
                        f.write_str("\n")?;
                    }
                    problem.fmt(f)?;
                }
                Ok(())
            }
            Kind::Stopped => f.write_str("the reloader has stopped: keep the `Reloader` guard for as long as the service runs"),
            Kind::Reentrant(message) => f.write_str(message),
            Kind::Forked => f.write_str("this process was forked from the one that reloads, and nothing reloads in it: start the reloader after the fork"),
            Kind::Superseded { expected, now } => write!(f, "generation {now} is in force and not {expected}: look at what has changed, and ask again"),
            Kind::Runtime { message, .. } => f.write_str(message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Runtime { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
