//! Looking at the configuration and reloading it. For the admin only.

use axum::{Json, extract::State, http::StatusCode};
use dlc_reload::{Report, Trigger, Verdict};
use serde_json::Value;

use super::{App, HttpError, auth::Admin};

/// The configuration in force. Secrets hide themselves when they are serialized.
pub(super) async fn config(
    Admin(_): Admin,
    State(app): State<App>,
) -> Result<Json<Value>, HttpError> {
    serde_json::to_value(&*app.config.load()).map(Json).map_err(HttpError::internal)
}

/// Reloads now and answers what came of it.
pub(super) async fn reload(
    Admin(claims): Admin,
    State(app): State<App>,
) -> Result<(StatusCode, Json<Report>), HttpError> {
    let trigger = Trigger::admin("POST /api/admin/reload-config").actor(claims.sub);
    let report = app.reloader.reload_async(trigger).await.map_err(HttpError::internal)?;
    let status = match report.verdict {
        Verdict::Unchanged | Verdict::Applied | Verdict::PendingRestart => StatusCode::OK,
        // What the caller asked for is not what runs, and the report says why.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((status, Json(report)))
}
