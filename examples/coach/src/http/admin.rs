//! The routes that show the configuration and reload it, for the admin only.

use axum::{Json, extract::State, http::StatusCode};
use dlc_reload::{Report, Status, Trigger, Verdict};

use super::{App, HttpError, auth::Admin};

/// Returns every field with the value in force, the value that the sources ask for and its place, and
/// what waits for a restart.
///
/// Secrets are listed without their values.
pub(super) async fn config(Admin(_): Admin, State(app): State<App>) -> Json<Status> {
    Json(app.reloader.status())
}

/// Reloads now and returns the report.
pub(super) async fn reload(
    Admin(claims): Admin,
    State(app): State<App>,
) -> Result<(StatusCode, Json<Report>), HttpError> {
    let trigger = Trigger::admin("POST /api/admin/reload-config").actor(claims.sub);
    let report = app.reloader.reload(trigger).await.map_err(HttpError::internal)?;
    let status = match report.verdict() {
        verdict if verdict.is_success() => StatusCode::OK,
        Verdict::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
        // The configuration was fine; the service failed to follow it.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Ok((status, Json(report)))
}
