//! The cause of a reload.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::place::{beginning, on_one_line};

/// The number of characters that are displayed of an actor and a detail.
const DISPLAYED: usize = 200;

/// The number of characters that are kept of them where a trigger is too large as a whole.
const KEPT: usize = 1000;

/// The cause of a reload, and the person or program that asked for it. It displays on one line: control characters and
/// line breaks, which may come from a request, are escaped, and no more than 200 characters of each part are shown.
///
/// ```
/// use dlc_reload::Trigger;
///
/// let trigger = Trigger::api("nightly job").actor("ops");
/// assert_eq!(trigger.to_string(), "api (nightly job) for ops");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    kind: TriggerKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The name of the request, where it came through the admin API.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirms_shrinking: bool,
}

/// The kind of a [`Trigger`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TriggerKind {
    /// The service started.
    Start,
    /// A file changed.
    File,
    /// A signal arrived.
    Signal,
    /// An admin endpoint was called.
    Admin,
    /// The program called [`Reloader::reload`](crate::Reloader::reload).
    Api,
    /// A remote store announced a change.
    Remote,
    /// An earlier configuration is applied again.
    Rollback,
    /// A timed override ended.
    Expiry,
    /// Content that was refused is tried again, as [`Builder::watch`](crate::Builder::watch) says. The detail names the
    /// reload that was refused first, and the actor is the one of that.
    Retry,
}

impl TriggerKind {
    /// Returns the word used in logs, metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::File => "file",
            Self::Signal => "signal",
            Self::Admin => "admin",
            Self::Api => "api",
            Self::Remote => "remote",
            Self::Rollback => "rollback",
            Self::Expiry => "expiry",
            Self::Retry => "retry",
        }
    }
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Trigger {
    /// Makes a trigger for a call of the program, with its purpose in a few words.
    pub fn api(detail: impl Into<String>) -> Self {
        Self::new(TriggerKind::Api).detail(detail)
    }

    /// Makes a trigger for a call of an admin endpoint, with its name or purpose.
    pub fn admin(detail: impl Into<String>) -> Self {
        Self::new(TriggerKind::Admin).detail(detail)
    }

    /// Makes a trigger of any kind, without actor and detail.
    pub const fn new(kind: TriggerKind) -> Self {
        Self { kind, actor: None, detail: None, request: None, confirms_shrinking: false }
    }

    /// Makes the trigger of the retries of the reload with this number, which this trigger had caused.
    pub(crate) fn of_retries(&self, reload: u64) -> Self {
        let cause = Self { actor: None, ..self.clone() };
        let detail = format!("of reload #{reload} by {cause}");
        Self { kind: TriggerKind::Retry, detail: Some(detail), request: None, ..self.clone() }
    }

    /// Sets the person or program that asked.
    #[must_use]
    pub fn actor(mut self, name: impl Into<String>) -> Self {
        self.actor = Some(name.into());
        self
    }

    /// Sets the detail: a path, a signal, a job.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the name of the request, which no other one has.
    #[cfg(feature = "admin")]
    pub(crate) fn named(mut self, request: String) -> Self {
        self.request = Some(request);
        self
    }

    /// Confirms that a file may set far less than before, which
    /// [`Loader::refuse_shrinking`](crate::Loader::refuse_shrinking) refuses otherwise.
    ///
    /// It holds for the one reload that this trigger asks for, whatever the sources say by then: call
    /// [`Reloader::plan`](crate::Reloader::plan) before, and show the operator what is lost.
    #[must_use]
    pub fn confirm_shrinking(mut self) -> Self {
        self.confirms_shrinking = true;
        self
    }

    /// Returns true if the reload may accept a file that sets far less than before; in JSON, `confirms_shrinking`
    /// is a member of such a trigger only.
    pub const fn confirms_shrinking(&self) -> bool {
        self.confirms_shrinking
    }

    /// Returns true if a reload for this trigger does for one that an earlier trigger asked for, too.
    pub(crate) const fn does_for(&self, earlier: &Self) -> bool {
        self.confirms_shrinking || !earlier.confirms_shrinking
    }

    /// Returns the same trigger with the beginning of its texts, where it is part of what is too large.
    pub(crate) fn shortened(&self) -> Self {
        let short =
            |text: &Option<String>| text.as_deref().map(|text| beginning(text, KEPT).into_owned());
        Self { actor: short(&self.actor), detail: short(&self.detail), ..self.clone() }
    }

    /// Returns the kind.
    pub const fn kind(&self) -> TriggerKind {
        self.kind
    }

    /// Returns the person or program that asked, if known.
    pub fn actor_name(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// Returns the detail, if there is one.
    pub fn detail_text(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Returns the name of the request, such as `17-5f3a9c01`, where it came through the admin API. No other request
    /// has it, in no process, so that who asked knows the report of his own.
    pub fn request(&self) -> Option<&str> {
        self.request.as_deref()
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        let detail = self.detail.as_deref().map(|detail| beginning(detail, DISPLAYED));
        match (detail.as_deref().map(on_one_line), self.kind) {
            (Some(detail), TriggerKind::File | TriggerKind::Signal) => write!(f, " {detail}")?,
            (Some(detail), _) => write!(f, " ({detail})")?,
            (None, _) => {}
        }
        match &self.actor {
            Some(actor) => write!(f, " for {}", on_one_line(&beginning(actor, DISPLAYED))),
            None => Ok(()),
        }
    }
}
