//! The options of a connection.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use dlc_reload::Secret;
use etcd_client::{Certificate, ConnectOptions, Identity, TlsOptions};

/// The options of a connection to etcd.
///
/// ```
/// use dlc_reload_etcd::Options;
///
/// let options = Options::new().user("node", "from the environment");
/// assert!(!format!("{options:?}").contains("environment"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    user: Option<(String, Secret<String>)>,
    ca: Option<PathBuf>,
    identity: Option<(PathBuf, PathBuf)>,
    timeout: Option<Duration>,
}

/// The time after which a call is given up, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time without a sign of life after which a connection is asked for one. etcd hangs up on those who ask more often
/// than each five seconds.
const ASKED_AFTER: Duration = Duration::from_secs(6);

/// The time within which a connection must answer then.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

impl Options {
    /// Makes the options of a connection without TLS and without a user.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a user with a password. The token that etcd gives for them is renewed when it ends.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.user = Some((name.into(), Secret::from(password.into())));
        self
    }

    /// Turns TLS on, and trusts servers with a certificate of this authority. The file has certificates as PEM, and is
    /// read again for each connection.
    #[must_use]
    pub fn ca(mut self, certificates: impl Into<PathBuf>) -> Self {
        self.ca = Some(certificates.into());
        self
    }

    /// Sets the certificate by which etcd knows this client, and its key, both as PEM: the user is the common name. The
    /// files are read again for each connection. It needs [`ca`](Self::ca).
    #[must_use]
    pub fn identity(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Sets the time after which a call is given up, five seconds unless it is set. Another member is tried after a
    /// third of it.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns the time after which a call is given up.
    pub(crate) fn deadline(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// Returns the time after which another member is tried.
    pub(crate) fn attempt(&self) -> Duration {
        self.deadline() / 3
    }

    /// Returns the URL of a member.
    pub(crate) fn url(&self, member: &str) -> String {
        let scheme = if self.ca.is_some() { "https" } else { "http" };
        format!("{scheme}://{member}")
    }

    /// Returns the options of the client, with what the files have now.
    pub(crate) fn read(&self) -> Result<ConnectOptions, Error> {
        let mut options = ConnectOptions::new()
            .with_require_leader(true)
            .with_auto_token_refresh(true)
            .with_connect_timeout(self.attempt())
            .with_keep_alive(ASKED_AFTER, ANSWERED_WITHIN)
            .with_keep_alive_while_idle(false);
        if let Some((name, password)) = &self.user {
            options = options.with_user(name, password.expose().clone());
        }
        match (&self.ca, &self.identity) {
            (None, None) => {}
            (None, Some(_)) => {
                return Err(Error::new(
                    "a client certificate needs TLS: say which authority the servers have their certificates from",
                ));
            }
            (Some(ca), identity) => {
                let mut tls = TlsOptions::new().ca_certificate(Certificate::from_pem(read(ca)?));
                if let Some((certificate, key)) = identity {
                    tls = tls.identity(Identity::from_pem(read(certificate)?, read(key)?));
                }
                options = options.with_tls(tls);
            }
        }
        Ok(options)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path)
        .map_err(|error| Error::new(format!("cannot read `{}`: {error}", path.display())))
}

/// An address or options that cannot be right. That etcd cannot be reached is none: it may come.
#[derive(Clone, Debug)]
pub struct Error(String);

impl Error {
    /// Makes an error of its message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
