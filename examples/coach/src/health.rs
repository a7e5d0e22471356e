//! The health of the service while a configuration is on trial: the share of requests that fail, or ask for what is not
//! there.

use std::{
    collections::VecDeque,
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

/// The time between two looks, and the time before each whose requests it judges.
const LOOK: Duration = Duration::from_millis(250);
const WINDOW: Duration = Duration::from_secs(2);

/// The requests that must have failed: fewer say nothing, above all where there are few.
const FEWEST: u64 = 3;

/// The counts of requests.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answered: AtomicU64,
    failed: AtomicU64,
    /// The looks of this trial within the window: when each was, and both counts.
    seen: Mutex<VecDeque<(Instant, u64, u64)>>,
}

impl Health {
    /// Returns the trial of every change: one with which more than a tenth of the requests fail, and not only one or
    /// two, is taken back.
    pub fn probation(&self) -> Probation {
        let health = self.clone();
        Probation::new(move || health.look(Instant::now())).lasting(TRIAL).every(LOOK)
    }

    fn look(&self, now: Instant) -> Result<(), Veto> {
        let Counts { answered, failed, seen } = &*self.0;
        let (answered, failed) = (answered.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        // The first look of a trial has nothing to compare with: what was counted before it is another configuration's.
        if seen.back().is_some_and(|(last, ..)| now - *last >= 4 * LOOK) {
            seen.clear();
        }
        seen.push_back((now, answered, failed));
        while seen.front().is_some_and(|(first, ..)| now - *first > WINDOW) {
            seen.pop_front();
        }
        let Some((_, answered_then, failed_then)) = seen.front() else { return Ok(()) };
        let (answered, failed) = (answered - answered_then, failed - failed_then);
        if failed >= FEWEST && failed * 10 > answered {
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
    fn a_trial_judges_the_share_of_requests_that_failed_of_late() {
        let health = Health::default();
        let mut now = Instant::now();
        let asked = |status, times| (0..times).for_each(|_| health.count(status));
        let mut looks = |looks: u32| {
            (0..looks).try_for_each(|_| {
                now += LOOK;
                health.look(now)
            })
        };
        asked(StatusCode::NOT_FOUND, 100);
        looks(1).unwrap();
        // One that fails is chance where few ask, and so is a second one.
        asked(StatusCode::NOT_FOUND, 2);
        looks(1).unwrap();
        // A tenth of many is little.
        asked(StatusCode::OK, 27);
        asked(StatusCode::NOT_FOUND, 1);
        looks(1).unwrap();
        // All of that was long ago.
        looks(9).unwrap();
        asked(StatusCode::INTERNAL_SERVER_ERROR, 2);
        looks(1).unwrap();
        asked(StatusCode::INTERNAL_SERVER_ERROR, 1);
        let veto = looks(1).unwrap_err();
        assert!(veto.to_string().contains("3 of 3 requests failed"), "{veto}");
        // What happens between two trials is nobody's.
        asked(StatusCode::NOT_FOUND, 100);
        now += 4 * LOOK;
        health.look(now).unwrap();
    }
}
