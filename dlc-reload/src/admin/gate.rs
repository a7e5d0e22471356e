//! The gate: what a request has to pass before its route runs.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::ConnectInfo,
    http::{Request, header, request::Parts},
    response::Response,
};
use tokio::time::{sleep, timeout};

use super::{
    access::{Denied, Operator, Role},
    attempts::{Answer, Source},
    call::{Answered, App, Call, Parameters},
    refusal::{Kind, Refusal},
    routes::{Access, Route},
    site::{check_host, check_origin},
};
use crate::{error::LOG, units::Period};

/// Lets a request in and runs its route.
pub(super) async fn pass(
    app: Arc<App>,
    route: &'static Route,
    parameters: Parameters,
    request: Request<Body>,
) -> Answered {
    let (request, body) = request.into_parts();
    let operator = match route.access {
        Access::Open => None,
        Access::Needs(role) => {
            check_host(&request, &app.hosts)?;
            if !route.is_safe() {
                check_origin(&request, &app.hosts)?;
            }
            let operator = admit(&app, &request).await?;
            allows(&operator, role)?;
            if app.service.is_stopped() {
                return Err(Refusal::stopped());
            }
            Some(operator)
        }
    };
    let body = match &route.body {
        Some(_) => read(body, &request, &app).await?,
        None => Bytes::new(),
    };
    (route.run)(Call { app, operator, request, parameters, body }).await
}

fn allows(operator: &Operator, role: Role) -> Result<(), Refusal> {
    if operator.role >= role {
        return Ok(());
    }
    let message = format!(
        "`{}` has the role `{}`, and this needs `{}`",
        operator.name,
        operator.role.as_str(),
        role.as_str()
    );
    Err(Refusal::new(Kind::WrongRole, message))
}

/// Returns the operator that sends a request. Who may come in is never held back, whatever others at his address try.
/// An answer to a failed attempt may come late.
async fn admit(app: &App, request: &Parts) -> Result<Operator, Refusal> {
    let reason = match app.authenticate(request).await {
        Ok(operator) => return Ok(operator),
        Err(Denied::Missing) => {
            let message = "this needs a token: send it as `Authorization: Bearer <token>`";
            return Err(Refusal::new(Kind::Unauthenticated, message));
        }
        Err(Denied::Unavailable(reason)) => {
            return Err(Refusal::new(Kind::NoAccess, reason).retry_after(10));
        }
        Err(Denied::Refused(reason)) => reason,
    };
    let address = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let source = Source::of(address.map(|ConnectInfo(address)| address.ip()));
    match app.attempts.fail(source, Instant::now()) {
        Answer::AtOnce => tracing::warn!(target: LOG, "an operator from {source} was refused"),
        Answer::After(pause, held_back) => {
            sleep(pause).await;
            drop(held_back);
        }
        Answer::TooMany => {
            let message = "too many attempts from this address failed: ask again later";
            return Err(Refusal::new(Kind::TooMany, message).retry_after(3));
        }
    }
    Err(Refusal::new(Kind::Unauthenticated, reason))
}

/// Reads a body, within bounds of size and time.
async fn read(body: Body, request: &Parts, app: &App) -> Result<Bytes, Refusal> {
    let (limit, time) = (app.body_limit, app.body_time);
    let too_large = || {
        let message = format!("the body has more than the {limit} bytes that it may have");
        Refusal::new(Kind::TooLarge, message)
    };
    let length = request.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let Ok(bytes) = timeout(time, to_bytes(body, limit)).await else {
        let message = format!("the body did not arrive within {}", Period::new(time));
        return Err(Refusal::new(Kind::TooSlow, message));
    };
    bytes.map_err(|error| {
        // The limit is the only error that this one can be told from, by its name.
        let is_limit = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if is_limit {
            too_large()
        } else {
            Refusal::new(Kind::BadRequest, "the body did not arrive")
        }
    })
}

/// Adds what every answer says to browsers and proxies.
pub(super) async fn harden(mut response: Response) -> Response {
    const HEADERS: [(header::HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    response
}
