//! The HTTP interface.

mod admin;
mod auth;
mod error;
mod greet;
mod trace;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::header::CONTENT_TYPE,
    middleware,
    response::IntoResponse,
    routing::{get, post},
};
use dlc_reload::{Handle, Reloader, admin::Admin};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};

use crate::config::Config;
use error::HttpError;

/// The state that every request can reach.
#[derive(Clone, Debug)]
pub struct App {
    /// The configuration. Requests read it when they need a value and keep no copy.
    pub config: Handle<Config>,
    /// The reloader, for the admin.
    pub reloader: Arc<Reloader<Config>>,
    /// The metrics, for whoever scrapes them.
    pub metrics: PrometheusHandle,
}

/// Returns every route of the service. Once `stop` is ready, requests that would go on for ever end.
pub fn router(app: App, stop: impl Future<Output = ()> + Send + 'static) -> Router {
    let v2 = Router::new()
        .route("/greet/{name}", get(greet::v2))
        .route_layer(middleware::from_fn_with_state(app.clone(), greet::only_while_enabled));
    let v1 = Router::new()
        .route("/greet/{name}", get(greet::v1))
        .route("/auth/login", post(auth::login))
        .route("/me", get(auth::me));
    let admin = Router::new()
        .route("/config", get(admin::config))
        .route("/reload-config", post(admin::reload));
    let logins = auth::Logins(app.config.clone());
    let names = app.config.load().server.names.clone();
    let operators = Admin::new(&app.reloader, logins).hosts(names).until(stop).router();
    Router::new()
        .route("/api/health", get(health))
        .route("/metrics", get(metrics))
        .nest("/api/v1", v1)
        .nest("/api/v2", v2)
        .nest("/api/admin", admin)
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::wrong_method)
        .with_state(app)
        .nest_service("/admin/config", operators)
        .layer(middleware::from_fn(trace::request))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Returns the metrics in the text format of Prometheus. They tell no values of the configuration, and need no login.
async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render())
}
