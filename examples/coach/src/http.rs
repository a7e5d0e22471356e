//! The HTTP interface.

mod admin;
mod auth;
mod error;
mod greet;
mod trace;

use std::sync::Arc;

use axum::{
    Json, Router, middleware,
    routing::{get, post},
};
use dlc_reload::{Handle, Reloader};
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
}

/// Returns every route of the service.
pub fn router(app: App) -> Router {
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
    Router::new()
        .route("/api/health", get(health))
        .nest("/api/v1", v1)
        .nest("/api/v2", v2)
        .nest("/api/admin", admin)
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(middleware::from_fn(trace::request))
        .with_state(app)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
