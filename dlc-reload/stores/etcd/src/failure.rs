//! The failures of calls, sorted by what is to be done about them.

use std::{error::Error as _, time::Duration};

use dlc_reload::fleet::StoreError;
use etcd_client::Error;

/// A call that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// The reason, for people.
    pub(crate) reason: String,
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The member is gone, silent or cut off from the others: try another one.
    Unreachable,
    /// The member does not know who asks any more: connect anew.
    Unknown,
    /// The lease is over.
    NoLease,
    /// The answer is longer than what is taken: ask for less.
    TooLong,
    /// Trying again would not help by itself.
    Refused,
}

impl Failure {
    /// Makes the failure of a member that cannot be reached.
    pub(crate) fn unreachable(reason: impl Into<String>) -> Self {
        Self { kind: Kind::Unreachable, reason: reason.into() }
    }

    /// Makes the failure of a member that has not answered in time.
    pub(crate) fn silent(after: Duration) -> Self {
        Self::unreachable(format!("no answer within {after:.1?}"))
    }

    /// Returns true if another try, with another member or another token, may succeed.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Unknown)
    }

    /// Returns the failure of a call with what was wanted, and of whom.
    pub(crate) fn told(&self, members: &str, wanted: &str) -> StoreError {
        let reason = &self.reason;
        if self.is_passing() {
            return StoreError::unreachable(format!(
                "cannot {wanted}: etcd at {members} cannot be reached: {reason}"
            ));
        }
        StoreError::refused(format!("cannot {wanted}: etcd at {members} refuses: {reason}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::GRpcStatus(status) => {
                let (kind, advice) = sorted(status.code() as i32, status.message());
                let reason = advice.map_or_else(
                    || chain(&error),
                    |advice| format!("{}; {advice}", status.message()),
                );
                Self { kind, reason }
            }
            Error::LeaseKeepAliveError(reason) if reason == "lease not found" => {
                Self { kind: Kind::NoLease, reason: reason.clone() }
            }
            Error::InvalidArgs(reason) => Self { kind: Kind::Refused, reason: reason.clone() },
            _ => Self::unreachable(chain(&error)),
        }
    }
}

/// Returns the kind of an answer of etcd by its code of gRPC and its message, and what to do about it, if there is
/// something.
fn sorted(code: i32, message: &str) -> (Kind, Option<&'static str>) {
    const INVALID_ARGUMENT: i32 = 3;
    const NOT_FOUND: i32 = 5;
    const PERMISSION_DENIED: i32 = 7;
    const RESOURCE_EXHAUSTED: i32 = 8;
    const FAILED_PRECONDITION: i32 = 9;
    const OUT_OF_RANGE: i32 = 11;
    const UNAUTHENTICATED: i32 = 16;

    // The same message comes with one code or another from different versions and calls.
    let has = |part: &str| message.contains(part);
    let known = [
        ("invalid auth token", Kind::Unknown, None),
        ("revision of auth store is old", Kind::Unknown, None),
        ("revision in header is old", Kind::Unknown, None),
        ("requested lease not found", Kind::NoLease, None),
        ("message length too large", Kind::TooLong, None),
        ("too large", Kind::Refused, Some(TOO_LARGE)),
        ("larger than max", Kind::Refused, Some(TOO_LARGE)),
        ("permission denied", Kind::Refused, Some("grant it to a role of the user")),
        (
            "user name is empty",
            Kind::Refused,
            Some("it wants a user with a password, or a client certificate for one"),
        ),
        (
            "authentication failed",
            Kind::Refused,
            Some("look at the name of the user and at the password"),
        ),
        (
            "database space exceeded",
            Kind::Refused,
            Some("compact and defragment it, then disarm its alarm"),
        ),
        ("too many requests", Kind::Unreachable, None),
    ];
    if let Some((_, kind, advice)) = known.into_iter().find(|(part, ..)| has(part)) {
        return (kind, advice);
    }
    let kind = match code {
        UNAUTHENTICATED => Kind::Unknown,
        NOT_FOUND | INVALID_ARGUMENT | PERMISSION_DENIED | RESOURCE_EXHAUSTED
        | FAILED_PRECONDITION | OUT_OF_RANGE => Kind::Refused,
        _ => Kind::Unreachable,
    };
    (kind, None)
}

const TOO_LARGE: &str =
    "its limit is 1.5 MiB a request, unless it was started with another one (--max-request-bytes)";

/// Returns what an error says with its causes, each once.
fn chain(error: &Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = match error {
        Error::GRpcStatus(status) => {
            said.push(status.message().to_owned());
            status.source()
        }
        Error::TransportError(error) => Some(error),
        error => Some(error),
    };
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|said| said.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.retain(|said| !said.is_empty());
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_by_what_is_to_be_done() {
        for (code, message, expected) in [
            (14, "etcdserver: no leader", Kind::Unreachable),
            (14, "etcdserver: request timed out", Kind::Unreachable),
            (2, "transport error", Kind::Unreachable),
            (16, "etcdserver: invalid auth token", Kind::Unknown),
            (2, "etcdserver: invalid auth token", Kind::Unknown),
            (3, "etcdserver: revision of auth store is old", Kind::Unknown),
            (7, "etcdserver: permission denied", Kind::Refused),
            (3, "etcdserver: user name is empty", Kind::Refused),
            (3, "etcdserver: request is too large", Kind::Refused),
            (8, "grpc: received message larger than max (3145777 vs. 2097152)", Kind::Refused),
            (8, "etcdserver: mvcc: database space exceeded", Kind::Refused),
            (8, "etcdserver: too many requests", Kind::Unreachable),
            (5, "etcdserver: requested lease not found", Kind::NoLease),
            (
                11,
                "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
                Kind::TooLong,
            ),
        ] {
            assert_eq!(sorted(code, message).0, expected, "{message}");
        }
    }
}
