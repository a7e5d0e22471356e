//! The bound of the requests that are with the upstreams at once.

use std::{error::Error, fmt, sync::Arc};

use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most slots that there can be: each request has two sockets, and a process few thousand of them.
const MOST: usize = 1024;

/// Slots, of which each request that is with an upstream has one.
#[derive(Debug)]
pub struct Slots(ArcSwap<Semaphore>);

/// A number of slots that there cannot be.
#[derive(Debug)]
pub struct OutOfBounds(usize);

impl Slots {
    /// Makes a bound that lets nothing through.
    pub fn none() -> Self {
        Self(ArcSwap::from_pointee(Semaphore::new(0)))
    }

    /// Changes the number of slots for requests from now on, and returns the slots of before.
    ///
    /// # Errors
    ///
    /// There cannot be as many, or there would be none.
    pub fn resize(&self, size: usize) -> Result<Arc<Semaphore>, OutOfBounds> {
        if !(1..=MOST).contains(&size) {
            return Err(OutOfBounds(size));
        }
        Ok(self.0.swap(Arc::new(Semaphore::new(size))))
    }

    /// Goes back to the slots of before.
    pub fn restore(&self, before: Arc<Semaphore>) {
        self.0.store(before);
    }

    /// Waits for a slot.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        self.0.load_full().acquire_owned().await.ok()
    }
}

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} slots are not possible, take 1 to {MOST}", self.0)
    }
}

impl Error for OutOfBounds {}
