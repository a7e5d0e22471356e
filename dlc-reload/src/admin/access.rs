//! Access: who asks, and what they may do.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scheme by which operators are told apart: [`Tokens`](super::Tokens), or one of the service's own.
///
/// It is asked before each request, and again for each report of an open event stream; it has 10 seconds to answer.
/// Failed attempts are answered late, and looked at all the same, so that nobody locks others out: where credentials
/// can be guessed, as passwords can, the scheme limits the attempts for each of them itself. A service that has
/// sessions or JSON Web Tokens implements it for them:
///
/// ```
/// use axum::http::{header, request::Parts};
/// use dlc_reload::admin::{Authenticator, Denied, Operator, Role};
///
/// struct Sessions;
/// # impl Sessions {
/// #     async fn user(&self, cookie: &str) -> Option<String> {
/// #         (cookie == "session=7").then(|| "alice".to_owned())
/// #     }
/// # }
///
/// impl Authenticator for Sessions {
///     async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
///         let cookie = request.headers.get(header::COOKIE).ok_or(Denied::Missing)?;
///         let user = self.user(cookie.to_str().unwrap_or_default()).await;
///         let name = user.ok_or_else(|| Denied::refused("the session has ended: sign in again"))?;
///         Ok(Operator { name, role: Role::Operate })
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// Returns the operator that sends a request. An implementation may be an `async fn`.
    ///
    /// # Errors
    ///
    /// The reason why the request is denied.
    fn authenticate(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<Operator, Denied>> + Send;
}

impl<A: Authenticator> Authenticator for Arc<A> {
    fn authenticate(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<Operator, Denied>> + Send {
        A::authenticate(self, request)
    }
}

/// A person or program that may use the admin API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name, which is the actor in reports and in the audit.
    pub name: String,
    /// The role, which says what the operator may do.
    pub role: Role,
}

/// The role of an operator, by the things that it allows. The greater one includes the other.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Look at everything, and plan.
    Read,
    /// Reload, roll back and override as well.
    Operate,
}

impl Role {
    /// Returns the word used in configurations: `read` or `operate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
        }
    }
}

/// The reason why a request is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// The request says nothing about who sends it. It is no failed attempt.
    Missing,
    /// Its credentials are wrong, for a reason that the sender is told. Such attempts are counted and slowed.
    Refused(String),
    /// It cannot be told at the moment, for a reason that the sender is told: a service that knows the sessions is
    /// away.
    Unavailable(String),
}

impl Denied {
    /// Makes the denial of wrong credentials. The sender is told the reason, which must not help to guess.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Makes the denial of a scheme that cannot tell at the moment.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable(reason.into())
    }
}

/// An authenticator of any type.
pub(super) trait Gatekeeper: Send + Sync {
    fn admit<'r>(
        &'r self,
        request: &'r Parts,
    ) -> Pin<Box<dyn Future<Output = Result<Operator, Denied>> + Send + 'r>>;
}

impl<A: Authenticator> Gatekeeper for A {
    fn admit<'r>(
        &'r self,
        request: &'r Parts,
    ) -> Pin<Box<dyn Future<Output = Result<Operator, Denied>> + Send + 'r>> {
        Box::pin(self.authenticate(request))
    }
}
