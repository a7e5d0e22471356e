//! Errors, sent as `{"error": "…"}`.

use std::borrow::Cow;

use axum::{
    Json,
    extract::{OriginalUri, rejection::PathRejection},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The status and the message of a request that failed.
#[derive(Debug)]
pub(crate) struct HttpError {
    status: StatusCode,
    message: Cow<'static, str>,
}

impl HttpError {
    /// Makes an error that the caller is told in full.
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into() }
    }

    /// Makes the error of a caller that has to log in.
    pub(crate) fn unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// Makes the error of a fault of the service: the log has the details, the caller does not.
    pub(crate) fn internal(error: impl std::error::Error + 'static) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error, see the log of the service")
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.message }));
        if self.status == StatusCode::UNAUTHORIZED {
            return (self.status, [(header::WWW_AUTHENTICATE, "Bearer")], body).into_response();
        }
        (self.status, body).into_response()
    }
}

impl From<PathRejection> for HttpError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

pub(crate) async fn no_such_path(OriginalUri(uri): OriginalUri) -> HttpError {
    HttpError::new(StatusCode::NOT_FOUND, format!("no such path: {}", uri.path()))
}

pub(crate) async fn wrong_method(method: Method, OriginalUri(uri): OriginalUri) -> HttpError {
    HttpError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}
