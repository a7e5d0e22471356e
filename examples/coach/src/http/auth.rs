//! The login, and the check of its token.

use axum::{
    Json,
    extract::{FromRequestParts, State, rejection::JsonRejection},
    http::{header::AUTHORIZATION, request::Parts},
};
use dlc_reload::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, HttpError};
use crate::token::{self, Claims};

const ADMIN: &str = "admin";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    username: String,
    password: Secret<String>,
}

pub(super) async fn login(
    State(app): State<App>,
    login: Result<Json<Login>, JsonRejection>,
) -> Result<Json<Value>, HttpError> {
    // Worded here, so that nothing of the request can be in the response.
    let Json(login) = login.map_err(|rejection| {
        HttpError::new(
            rejection.status(),
            r#"send JSON, as `content-type: application/json`: {"username": "…", "password": "…"}"#,
        )
    })?;
    let config = app.config.load();
    // `Secret` compares in constant time. One response for both mistakes: a guesser learns nothing.
    if login.password != config.auth.admin_master_password || login.username != ADMIN {
        tracing::warn!("login refused");
        return Err(HttpError::unauthorized("wrong user name or password"));
    }
    let token = token::issue(ADMIN, &config.auth).map_err(HttpError::internal)?;
    Ok(Json(json!({ "token": token })))
}

pub(super) async fn me(Admin(claims): Admin) -> Json<Value> {
    Json(json!({ "username": claims.sub, "issued_at": claims.iat, "expires_at": claims.exp }))
}

/// The claims of the admin who sent the request. A handler that takes it refuses all other requests.
pub(super) struct Admin(pub(super) Claims);

impl FromRequestParts<App> for Admin {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, HttpError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(bearer) else {
            return Err(HttpError::unauthorized(
                "send the token of a login as `Authorization: Bearer <token>`",
            ));
        };
        match token::verify(token, &app.config.load().auth) {
            Ok(claims) if claims.sub == ADMIN => Ok(Self(claims)),
            Ok(_) | Err(_) => {
                Err(HttpError::unauthorized("the token is not valid or has ended: log in again"))
            }
        }
    }
}

/// Returns the token in `Bearer <token>`; the scheme is written in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
