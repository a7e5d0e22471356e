//! The health of the service while a configuration is on trial: the share of requests that fail, or ask for what is not there.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use dlc_reload::{Probation, Veto};

/// The time for which a change is on trial.
const TRIAL: Duration = Duration::from_secs(3);

/// The time between two looks, each of which judges the requests since the one before.
const LOOK: Duration = Duration::from_millis(250);

/// The counts of requests.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answered: AtomicU64,
    failed: AtomicU64,
    /// The last look: when it was, and both counts.
    seen: Mutex<Option<(Instant, u64, u64)>>,
}

impl Health {
    /// Returns the trial of every change: one with which more than a tenth of the requests fail is taken back.
    pub fn probation(&self) -> Probation {
        let health = self.clone();
        Probation::new(move || health.look(Instant::now())).lasting(TRIAL).every(LOOK)
    }

    fn look(&self, now: Instant) -> Result<(), Veto> {
        let Counts { answered, failed, seen } = &*self.0;
        let (answered, failed) = (answered.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
        let before =
            seen.lock().unwrap_or_else(PoisonError::into_inner).replace((now, answered, failed));
        // The first look of a trial has nothing to compare with: what was counted before it is another configuration's.
        let Some((_, answered_then, failed_then)) =
            before.filter(|(then, ..)| now - *then < 4 * LOOK)
        else {
            return Ok(());
        };
        let (answered, failed) = (answered - answered_then, failed - failed_then);
        if failed * 10 > answered {
            return Err(format!("{failed} of {answered} requests failed").into());
        }
        Ok(())
    }

    fn count(&self, status: StatusCode) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        if status.is_server_error() || status == StatusCode::NOT_FOUND {
            self.0.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts a request once it is answered.
pub async fn count(State(health): State<Health>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    health.count(response.status());
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_trial_judges_the_requests_since_the_last_look() {
        let health = Health::default();
        let start = Instant::now();
        let asked = |status, times| (0..times).for_each(|_| health.count(status));
        asked(StatusCode::NOT_FOUND, 100);
        health.look(start).unwrap();
        asked(StatusCode::OK, 9);
        asked(StatusCode::NOT_FOUND, 1);
        health.look(start + LOOK).unwrap();
        health.look(start + 2 * LOOK).unwrap();
        asked(StatusCode::INTERNAL_SERVER_ERROR, 1);
        let veto = health.look(start + 3 * LOOK).unwrap_err();
        assert!(veto.to_string().contains("1 of 1 requests failed"), "{veto}");
        // What happens between two trials is nobody's.
        asked(StatusCode::NOT_FOUND, 100);
        health.look(start + 9 * LOOK).unwrap();
    }
}
