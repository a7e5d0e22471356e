//! The rate of requests to upstreams.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::config::Rate;

/// A number of requests in each period.
#[derive(Debug)]
pub struct Limit(Mutex<Window>);

#[derive(Debug)]
struct Window {
    rate: Rate,
    began: Instant,
    taken: u32,
}

impl Window {
    fn new(rate: Rate) -> Self {
        Self { rate, began: Instant::now(), taken: 0 }
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(Mutex::new(Window::new(Rate::default())))
    }
}

impl Limit {
    /// Begins a period with another rate.
    pub fn replace(&self, rate: &Rate) {
        *self.lock() = Window::new(rate.clone());
        tracing::info!(requests = rate.requests, per = ?rate.per, "rate replaced");
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// There were enough in this period: the time until the next one.
    pub fn count(&self) -> Result<(), Duration> {
        let mut window = self.lock();
        let age = window.began.elapsed();
        if age >= window.rate.per {
            *window = Window::new(window.rate.clone());
        }
        if window.taken >= window.rate.requests {
            return Err(window.rate.per.saturating_sub(age));
        }
        window.taken += 1;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Window> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
