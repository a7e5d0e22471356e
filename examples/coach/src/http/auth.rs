//! The login, and the check of its token.

use axum::{
    Json,
    extract::{FromRequestParts, State, rejection::JsonRejection},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use dlc_reload::{
    Handle, Secret,
    admin::{Authenticator, Denied, Operator, Role},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, HttpError};
use crate::{
    config::{Auth, Config},
    token::{self, Claims},
};

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
        match claims(&parts.headers, &app.config.load().auth) {
            Some(Ok(claims)) => Ok(Self(claims)),
            Some(Err(refused)) => Err(HttpError::unauthorized(refused)),
            None => Err(HttpError::unauthorized(
                "send the token of a login as `Authorization: Bearer <token>`",
            )),
        }
    }
}

/// The login as the scheme of the admin API of dlc-reload: the admin may do everything there.
pub(super) struct Logins(pub(super) Handle<Config>);

impl Authenticator for Logins {
    async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        match claims(&request.headers, &self.0.load().auth) {
            Some(Ok(claims)) => Ok(Operator { name: claims.sub, role: Role::Operate }),
            Some(Err(refused)) => Err(Denied::refused(refused)),
            None => Err(Denied::Missing),
        }
    }
}

/// Returns the claims of the admin that a request has the token of, or the reason why that is refused; `None` without a
/// token.
fn claims(headers: &HeaderMap, auth: &Auth) -> Option<Result<Claims, &'static str>> {
    let token = bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)?;
    let claims = token::verify(token, auth).ok().filter(|claims| claims.sub == ADMIN);
    Some(claims.ok_or("the token is not valid or has ended: log in again"))
}

/// Returns the token in `Bearer <token>`; the scheme is written in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
