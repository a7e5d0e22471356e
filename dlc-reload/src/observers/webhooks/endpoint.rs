//! A receiver, as an author builds it and an operator writes it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ureq::http::Uri;

use super::{
    address::{is_public, literal},
    signature::SigningKey,
};
use crate::{
    error::Invalid,
    place::Key,
    report::{Report, Verdict},
    secret::Secret,
    units::Period,
};

/// A receiver of webhooks. It is built in code, or read as a part of the configuration:
///
/// ```yaml
/// webhooks:
///   - url: https://ops.example.com/hooks/config
///     secrets: [whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMoNBcMpuQ=]
///     verdicts: [rejected, rolled_back, inconsistent]  # all but `unchanged` unless said
///     keys: [http, limits.rate]                        # all unless said
///     allow_private: true                              # a receiver of one's own network
///     timeout: 10s
///     retry_for: 1h
/// ```
///
/// The URL is shown like any other value of a configuration, so there should be no password in it; what the log says of
/// it is its host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[must_use = "hand it to `Webhooks::new`"]
pub struct Endpoint {
    /// The URL that reports are posted to, with `https` or `http`.
    #[schemars(extend("examples" = ["https://example.com/hooks"]))]
    url: String,
    /// The secrets that sign each message, as the receiver has them; two while one replaces the other.
    #[schemars(length(min = 1))]
    secrets: Vec<Secret<String>>,
    /// The verdicts that are told; all but `unchanged` where there are none.
    #[serde(default)]
    verdicts: Vec<Verdict>,
    /// The keys that reports have to be about: these, and what lies below or around them. All where there are none.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    keys: Vec<Key>,
    /// Allows addresses that are no part of the internet, such as `10.0.0.7` and `127.0.0.1`.
    #[serde(default)]
    allow_private: bool,
    /// The time that one attempt may take, from the name of the host to the answer.
    #[serde(default = "timeout")]
    timeout: Period,
    /// The time for which a message is tried again, while no answer says that it was taken.
    #[serde(default = "retry_for")]
    retry_for: Period,
}

fn timeout() -> Period {
    Period::new(Duration::from_secs(10))
}

fn retry_for() -> Period {
    Period::new(Duration::from_secs(60 * 60))
}

/// The parts of a receiver that are read from texts.
pub(super) struct Parsed {
    pub(super) uri: Uri,
    pub(super) keys: Vec<SigningKey>,
}

impl Endpoint {
    /// Makes a receiver with a URL and the secret that signs what it gets, `whsec_` and 24 to 64 bytes in base64.
    ///
    /// ```
    /// use dlc_reload::{Verdict, webhooks::Endpoint};
    ///
    /// # let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMoNBcMpuQ=".to_owned();
    /// let pager = Endpoint::new("https://ops.example.com/hooks/config", secret)
    ///     .verdicts([Verdict::Rejected, Verdict::Inconsistent])
    ///     .keys(["http", "limits.rate"]);
    /// assert!(pager.check().is_ok());
    /// ```
    pub fn new(url: impl Into<String>, secret: impl Into<Secret<String>>) -> Self {
        Self {
            url: url.into(),
            secrets: vec![secret.into()],
            verdicts: Vec::new(),
            keys: Vec::new(),
            allow_private: false,
            timeout: timeout(),
            retry_for: retry_for(),
        }
    }

    /// Signs each message with another secret as well, while receivers go from one to the other.
    pub fn secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Tells these verdicts alone.
    pub fn verdicts(mut self, verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        self.verdicts = verdicts.into_iter().collect();
        self
    }

    /// Tells reports about these keys alone, and about what lies below or around them. What concerns no key, such as a
    /// file that cannot be read, is told too.
    pub fn keys<K: Into<Key>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Allows addresses that are no part of the internet.
    pub fn allow_private(mut self) -> Self {
        self.allow_private = true;
        self
    }

    /// Sets the time that one attempt may take; 10 seconds unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Period::new(timeout);
        self
    }

    /// Sets the time for which a message is tried again; an hour unless said, and no more than once with none.
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.retry_for = Period::new(time);
        self
    }

    /// Checks the URL and the secrets, as [`Webhooks::new`](super::Webhooks::new) does: for the validation function of
    /// a configuration, so that a mistake is found by the reload and not by the next start.
    ///
    /// # Errors
    ///
    /// All that is wrong, each at its field.
    pub fn check(&self) -> Result<(), Invalid> {
        self.parse().map(drop)
    }

    pub(super) fn parse(&self) -> Result<Parsed, Invalid> {
        let mut wrong = Invalid::new();
        let uri = self.uri().map_err(|message| wrong.add("url", message));
        if self.secrets.is_empty() {
            wrong.add("secrets", "a receiver needs a secret, to know who sent a message");
        }
        let mut keys = Vec::new();
        for (at, secret) in self.secrets.iter().enumerate() {
            match SigningKey::parse(secret.expose()) {
                Ok(key) => keys.push(key),
                Err(message) => wrong.add(Key::root().child("secrets").item(at), message),
            }
        }
        if self.timeout.is_zero() {
            wrong.add("timeout", "an attempt needs some time");
        }
        match uri {
            Ok(uri) if wrong.is_empty() => Ok(Parsed { uri, keys }),
            _ => Err(wrong),
        }
    }

    /// Reads the URL. A message never has a part of it, because there may be a password in it.
    fn uri(&self) -> Result<Uri, &'static str> {
        const FORM: &str = "a URL has the form `https://host/path`";
        let uri: Uri = self.url.parse().map_err(|_| FORM)?;
        let authority = uri.authority().ok_or(FORM)?;
        if !matches!(uri.scheme_str(), Some("https" | "http")) || authority.host().is_empty() {
            return Err(FORM);
        }
        if authority.as_str().contains('@') {
            return Err(
                "no user and password may stand in the URL: the signature says who sends a message",
            );
        }
        if !self.allow_private && literal(&uri).is_some_and(|address| !is_public(address)) {
            return Err(
                "this address is no part of the internet: set `allow_private` for a receiver of your own network",
            );
        }
        Ok(uri)
    }

    pub(super) const fn allows_private(&self) -> bool {
        self.allow_private
    }

    pub(super) fn time_of_attempt(&self) -> Duration {
        *self.timeout
    }

    pub(super) fn time_of_retries(&self) -> Duration {
        *self.retry_for
    }

    /// Returns true if a report is told to this receiver.
    pub(super) fn is_told(&self, report: &Report) -> bool {
        let is_told = match self.verdicts.is_empty() {
            true => report.verdict() != Verdict::Unchanged,
            false => self.verdicts.contains(&report.verdict()),
        };
        is_told && (self.keys.is_empty() || self.concerns(report))
    }

    fn concerns(&self, report: &Report) -> bool {
        let changed = report.changes().iter().map(|change| Some(&change.key));
        // Those that waited before are not what this report is about.
        let waiting = report.pending().iter().filter(|it| it.since >= report.started_at());
        let waiting = waiting.map(|pending| Some(&pending.change.key));
        let problems = report.problems().iter().filter(|problem| problem.is_error());
        let mut about = changed.chain(waiting).chain(problems.map(|it| it.key.as_ref()));
        about.any(|key| {
            let Some(key) = key else { return true };
            self.keys.iter().any(|asked| asked.covers(key) || key.covers(asked))
        })
    }
}
