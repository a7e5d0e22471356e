//! One attempt to deliver a message.

use std::{
    fmt, io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ureq::{
    Agent, Error,
    http::{HeaderMap, StatusCode, Uri, header::RETRY_AFTER},
    tls::{RootCerts, TlsConfig},
    unversioned::{resolver::DefaultResolver, transport::DefaultConnector},
};

use super::{
    address::{OnlyPrivate, PublicOnly},
    endpoint::{Endpoint, Parsed},
    queue::Message,
    signature::{SigningKey, signatures},
};

/// The time in which a connection has to be there, where an attempt may take longer.
const CONNECTING: Duration = Duration::from_secs(5);

/// The receiver, ready to be sent to.
#[derive(Debug)]
pub(super) struct Target {
    agent: Agent,
    uri: Uri,
    keys: Vec<SigningKey>,
}

/// The outcome of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// The receiver wants no messages any more.
    Gone,
    /// Another attempt would end as this one.
    Refused(String),
    /// Another attempt may succeed, after the time that the receiver asks for.
    Later(String, Option<Duration>),
}

impl Target {
    pub(super) fn new(endpoint: &Endpoint, Parsed { uri, keys }: Parsed) -> Self {
        let time = endpoint.time_of_attempt();
        let roots = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .user_agent(concat!("dlc-reload/", env!("CARGO_PKG_VERSION")))
            .tls_config(roots)
            .http_status_as_error(false)
            // A redirect could lead to any address, and a proxy would look up the name by itself.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(time))
            .timeout_connect(Some(time.min(CONNECTING)))
            // Messages are rare, so that a connection would not live until the next one.
            .max_idle_connections(0)
            .build();
        let agent = match endpoint.allows_private() {
            true => Agent::new_with_config(config),
            false => {
                let resolver = PublicOnly(DefaultResolver::default());
                Agent::with_parts(config, DefaultConnector::default(), resolver)
            }
        };
        Self { agent, uri, keys }
    }

    /// Sends a message once.
    pub(super) fn attempt(&self, message: &Message, now: SystemTime) -> Outcome {
        let timestamp = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let Message { id, body } = message;
        let request = self
            .agent
            .post(&self.uri)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signatures(&self.keys, id, timestamp, body));
        match request.send(&body[..]) {
            Ok(response) => answered(response.status(), response.headers(), now),
            Err(Error::Io(error)) if is_only_private(&error) => Outcome::Refused(error.to_string()),
            Err(Error::Timeout(_)) => Outcome::Later("no answer in time".to_owned(), None),
            Err(error) => Outcome::Later(error.to_string(), None),
        }
    }
}

/// Displays as what the log says of the receiver: no path and no query, which may have a password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}")
    }
}

fn is_only_private(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<OnlyPrivate>())
}

fn answered(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Outcome {
    let said = format!("it answers {status}");
    match status.as_u16() {
        200..300 => Outcome::Delivered,
        300..400 => Outcome::Refused(format!(
            "{said}, and redirects are not followed: write the URL that it leads to"
        )),
        410 => Outcome::Gone,
        408 | 425 | 429 | 500.. => {
            let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            Outcome::Later(said, after.and_then(|text| retry_after(text, now)))
        }
        _ => Outcome::Refused(said),
    }
}

/// Reads `Retry-After`: a number of seconds, or a date.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    SystemTime::from(date.timestamp()).duration_since(now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_no_more_than_the_host() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let endpoint = Endpoint::new("https://ops.example.com:8443/sw0rd?token=f1sh", secret);
        let target = Target::new(&endpoint, endpoint.parse().ok().unwrap());
        assert_eq!(target.to_string(), "https://ops.example.com:8443");
    }

    #[test]
    fn what_an_answer_means() {
        let now = UNIX_EPOCH + Duration::from_secs(784_887_121);
        let answer = |status: u16, after: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(after) = after {
                headers.insert(RETRY_AFTER, after.parse().unwrap());
            }
            answered(StatusCode::from_u16(status).unwrap(), &headers, now)
        };
        for status in [200, 202, 204] {
            assert_eq!(answer(status, None), Outcome::Delivered);
        }
        assert_eq!(answer(410, None), Outcome::Gone);
        for status in [301, 302, 307, 308, 400, 401, 403, 404, 422] {
            assert!(matches!(answer(status, Some("1")), Outcome::Refused(_)), "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 599] {
            assert!(matches!(answer(status, None), Outcome::Later(_, None)), "{status}");
        }
        let later = |after| match answer(503, Some(after)) {
            Outcome::Later(_, after) => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(later("120"), Some(Duration::from_secs(120)));
        assert_eq!(later("Tue, 15 Nov 1994 08:12:31 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(later("Tue, 15 Nov 1994 08:11:31 GMT"), None, "it is over");
        assert_eq!(later("soon"), None);
        assert_eq!(later("-1"), None);
    }
}
