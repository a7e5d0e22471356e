//! The HTTP interface: requests for upstreams, and those of the admin.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{AUTHORIZATION, RETRY_AFTER, VIA},
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use dlc_reload::{Handle, Reloader, Secret, Status, Trigger, Verdict};
use tokio::time::timeout;

use crate::{config::Config, hooks::Parts, upstreams::Target};

/// The state that every request can reach.
#[derive(Clone, Debug)]
pub struct App {
    /// The configuration. Requests read it when they need a value and keep no copy.
    pub config: Handle<Config>,
    /// The reloader, for the admin.
    pub reloader: Arc<Reloader<Config>>,
    /// The parts that hooks change.
    pub parts: Arc<Parts>,
}

impl App {
    fn has(&self, flag: &str) -> bool {
        self.config.load().flags.get(flag).copied().unwrap_or_default()
    }
}

/// A refusal, as a status and a text.
type Refused = (StatusCode, String);

/// Returns every route of the service.
pub fn router(app: App) -> Router {
    let upstreams = Router::new()
        .route("/u/{*path}", any(to_named))
        .route("/any/{*path}", any(to_any))
        .layer(middleware::from_fn_with_state(app.clone(), limited))
        .layer(middleware::from_fn_with_state(app.clone(), logged));
    let admin = Router::new()
        .route("/status", get(status))
        .route("/reload", post(reload))
        .layer(middleware::from_fn_with_state(app.clone(), only_admin));
    upstreams.merge(admin).with_state(app)
}

/// Writes the access log, while there is one.
async fn logged(State(app): State<App>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    let response = next.run(request).await;
    if let Some(access_log) = &app.config.load().access_log {
        let status = response.status().as_u16();
        app.parts.access_log.write(access_log.one_in, format_args!("{line} {status}"));
    }
    response
}

async fn limited(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Err(wait) = app.parts.limit.count() {
        let seconds = wait.as_secs() + 1;
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())])
            .into_response();
    }
    let mut response = next.run(request).await;
    if app.has("via") {
        response.headers_mut().append(VIA, HeaderValue::from_static("1.1 gateway"));
    }
    response
}

async fn to_named(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (name, path) = below("/u/", request.uri());
    match app.parts.upstreams.named(&name).await {
        Some(target) => forward(&app, &target, request, &path).await,
        None => Err((StatusCode::NOT_FOUND, format!("no upstream `{name}`"))),
    }
}

async fn to_any(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (_, path) = below("/", request.uri());
    match app.parts.upstreams.any().await {
        Some(target) => forward(&app, &target, request, &path).await,
        None => Err((StatusCode::SERVICE_UNAVAILABLE, "no upstream has a weight".to_owned())),
    }
}

/// Returns the first part of a path after `prefix`, and the rest with the query.
fn below(prefix: &str, uri: &Uri) -> (String, String) {
    let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
    let whole = whole.strip_prefix(prefix).unwrap_or(whole);
    let (first, rest) = whole.split_at(whole.find(['/', '?']).unwrap_or(whole.len()));
    let slash = if rest.starts_with('/') { "" } else { "/" };
    (first.to_owned(), format!("{slash}{rest}"))
}

async fn forward(
    app: &App,
    target: &Target,
    request: Request,
    path: &str,
) -> Result<Response<Body>, Refused> {
    let patience = app.config.load().pool.timeout;
    let answered = async {
        let _slot = app.parts.slots.take().await;
        target.send(request, path).await
    };
    match timeout(patience, answered).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(reason)) if app.has("explain") => Err((StatusCode::BAD_GATEWAY, reason.to_string())),
        Ok(Err(_)) => Err((StatusCode::BAD_GATEWAY, "no answer".to_owned())),
        Err(_) => Err((StatusCode::GATEWAY_TIMEOUT, format!("no answer for {patience:?}"))),
    }
}

/// Refuses requests without the token of the admin.
async fn only_admin(
    State(app): State<App>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    // `Secret` compares in constant time.
    if Secret::from(token.to_owned()) != app.config.load().admin.token {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

async fn status(State(app): State<App>) -> Json<Status> {
    Json(app.reloader.status())
}

/// Reloads now and returns the report.
async fn reload(State(app): State<App>) -> Result<Response, Refused> {
    let trigger = Trigger::admin("POST /reload").actor("admin");
    let report = app.reloader.reload(trigger).await.map_err(|error| {
        tracing::error!(%error, "cannot reload");
        (StatusCode::INTERNAL_SERVER_ERROR, "see the log of the service".to_owned())
    })?;
    let status = match report.verdict() {
        verdict if verdict.is_success() => StatusCode::OK,
        Verdict::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        // The configuration was fine; the service failed to follow it.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Ok((status, Json(report)).into_response())
}
