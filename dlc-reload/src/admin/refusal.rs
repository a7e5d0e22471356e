//! The one shape of all that is refused: problem details (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    error::{Error, Problem},
    place::Key,
};

/// The media type of a refusal.
pub(super) const PROBLEM: &str = "application/problem+json";

/// The refusal of a request.
#[derive(Debug)]
pub(super) struct Refusal(Box<Details>);

/// The reason why a request was refused, as problem details of RFC 9457. Programs go by `type`, people read `detail`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
pub(super) struct Details {
    /// The kind, as a name that stays the same.
    #[serde(rename = "type")]
    kind: Kind,
    /// The kind in a few words.
    title: &'static str,
    /// The status code of the answer.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// The fault and its remedy.
    detail: String,
    /// The problems of a configuration that is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
    /// The generation in force, where another one was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    /// The generation that was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
    /// The key that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    meant: Option<Key>,
    /// The seconds after which asking again makes sense; a header, not a member.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// The kinds of refusals, with the name that stays the same, the status code, and the title of each.
macro_rules! kinds {
    ($($(#[$docs:meta])* $kind:ident $name:literal $status:ident $title:literal)*) => {
        /// The kind of a refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        pub(super) enum Kind {
            $($(#[$docs])* #[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            pub(super) const fn status(self) -> StatusCode {
                match self {
                    $(Self::$kind => StatusCode::$status,)*
                }
            }

            const fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)*
                }
            }
        }
    };
}

kinds! {
    /// Some part of the request is malformed.
    BadRequest "urn:dlc-reload:bad-request" BAD_REQUEST "bad request"
    /// The request has no valid token.
    Unauthenticated "urn:dlc-reload:unauthenticated" UNAUTHORIZED "not authenticated"
    /// The operator may read, and not change.
    WrongRole "urn:dlc-reload:wrong-role" FORBIDDEN "not allowed"
    /// A page of another site sent the request.
    CrossSite "urn:dlc-reload:cross-site" FORBIDDEN "sent by another site"
    /// The path is none of the API.
    UnknownPath "urn:dlc-reload:unknown-path" NOT_FOUND "no such path"
    /// No field has the key, or nothing is there.
    UnknownKey "urn:dlc-reload:unknown-key" NOT_FOUND "no such key"
    /// The generation is not in the history.
    UnknownGeneration "urn:dlc-reload:unknown-generation" NOT_FOUND "no such generation"
    /// The service is no node of a fleet.
    #[cfg_attr(not(feature = "fleet"), allow(dead_code, reason = "there are no fleets"))]
    NoFleet "urn:dlc-reload:no-fleet" NOT_FOUND "no fleet"
    /// The path has other methods.
    WrongMethod "urn:dlc-reload:wrong-method" METHOD_NOT_ALLOWED "no such method"
    /// The body did not arrive in time.
    TooSlow "urn:dlc-reload:too-slow" REQUEST_TIMEOUT "too slow"
    /// Another generation is in force than `If-Match` names.
    Superseded "urn:dlc-reload:superseded" PRECONDITION_FAILED "another generation is in force"
    /// The body is too large.
    TooLarge "urn:dlc-reload:too-large" PAYLOAD_TOO_LARGE "too large"
    /// The body is not JSON by its content type.
    NotJson "urn:dlc-reload:not-json" UNSUPPORTED_MEDIA_TYPE "not JSON"
    /// The `Host` is none of this service.
    WrongHost "urn:dlc-reload:wrong-host" MISDIRECTED_REQUEST "another host"
    /// The sources are refused.
    Invalid "urn:dlc-reload:invalid" UNPROCESSABLE_ENTITY "the configuration is refused"
    /// Too many attempts failed, or too many streams are open.
    TooMany "urn:dlc-reload:too-many" TOO_MANY_REQUESTS "too many requests"
    /// Code of the service panicked.
    Panicked "urn:dlc-reload:panicked" INTERNAL_SERVER_ERROR "a panic"
    /// The service is not ready.
    NotReady "urn:dlc-reload:not-ready" SERVICE_UNAVAILABLE "not ready"
    /// The reload thread has too much to do.
    Busy "urn:dlc-reload:busy" SERVICE_UNAVAILABLE "busy"
    /// The reloader has stopped.
    Stopped "urn:dlc-reload:stopped" SERVICE_UNAVAILABLE "stopped"
    /// The store of the fleet cannot be read, and never was.
    #[cfg_attr(not(feature = "fleet"), allow(dead_code, reason = "there are no fleets"))]
    FleetOutOfReach "urn:dlc-reload:fleet-out-of-reach" SERVICE_UNAVAILABLE "the fleet is out of reach"
    /// Operators cannot be told apart at the moment.
    NoAccess "urn:dlc-reload:no-access" SERVICE_UNAVAILABLE "access cannot be checked"
}

impl Refusal {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind,
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            problems: Vec::new(),
            generation: None,
            expected: None,
            meant: None,
            retry_after: None,
        }))
    }

    /// Sets the seconds after which asking again makes sense.
    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Sets the key that was probably meant.
    pub(super) fn meant(mut self, meant: Option<Key>) -> Self {
        self.0.meant = meant;
        self
    }

    /// Makes the refusal of a change that expects something else than a generation.
    pub(super) fn superseded(now: u64) -> Self {
        let message = format!(
            "generation {now} is in force, and `If-Match` does not have the `ETag` of one, such as `\"{now}\"`"
        );
        let mut refusal = Self::new(Kind::Superseded, message);
        refusal.0.generation = Some(now);
        refusal
    }

    /// Makes the refusal of a reloader that was dropped.
    pub(super) fn stopped() -> Self {
        Self::new(
            Kind::Stopped,
            "nothing reloads in this process any more: it is ending, or it has to be restarted",
        )
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Some((expected, now)) = error.generations() {
            let mut refusal = Self::new(Kind::Superseded, error.to_string());
            refusal.0.generation = Some(now);
            refusal.0.expected = Some(expected);
            return refusal;
        }
        if !error.is_invalid() {
            return Self::stopped();
        }
        let count = error.problems().iter().filter(|problem| problem.is_error()).count();
        let detail = match count {
            1 => "1 problem, see `problems`".to_owned(),
            count => format!("{count} problems, see `problems`"),
        };
        let mut refusal = Self::new(Kind::Invalid, detail);
        refusal.0.problems = error.problems().to_vec();
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Details { retry_after, kind, .. } = *self.0;
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if kind == Kind::Unauthenticated {
            let scheme = HeaderValue::from_static("Bearer realm=\"configuration\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
