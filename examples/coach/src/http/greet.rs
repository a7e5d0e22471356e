//! The greetings: the purpose of the service.

use axum::{
    Json,
    extract::{OriginalUri, Path, Request, State, rejection::PathRejection},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{App, HttpError, error};

/// The name in the path, or the reason why there is none: not every sequence of bytes is text.
type Name = Result<Path<String>, PathRejection>;

pub(super) async fn v1(name: Name) -> Result<Json<Value>, HttpError> {
    let Path(name) = name?;
    Ok(Json(json!({ "message": format!("Hello, {name}!") })))
}

pub(super) async fn v2(name: Name) -> Result<Json<Value>, HttpError> {
    let Path(name) = name?;
    Ok(Json(json!({ "message": format!("Hello, {name}! Shall we dance?"), "version": 2 })))
}

/// Responds as though the path did not exist while `api.v2_enabled` is off.
pub(super) async fn only_while_enabled(
    State(app): State<App>,
    uri: OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    // Read at every request: this is all it takes to make the flag hot.
    if !app.config.load().api.v2_enabled {
        return error::no_such_path(uri).await.into_response();
    }
    next.run(request).await
}
