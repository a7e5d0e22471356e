//! Being told of reloads.

use std::time::SystemTime;

use serde::Serialize;

use crate::{
    hook::Veto,
    report::{Changed, Report, Trigger},
    time::rfc3339,
};

/// Is told how every reload goes: what writes an audit, counts, or tells other systems.
///
/// It runs on the reload thread, where other reloads wait for it; readers do not. A panic in it is
/// logged and changes nothing else. Added with [`Builder::observer`](crate::Builder::observer).
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use dlc_reload::{Observer, Report};
///
/// /// Counts the reloads that were refused.
/// #[derive(Default)]
/// struct Refusals(AtomicUsize);
///
/// impl Observer for Refusals {
///     fn reported(&self, report: &Report) {
///         if !report.verdict().is_success() {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A reload is about to change something, and no hook has been asked yet.
    ///
    /// # Errors
    ///
    /// A reason to refuse the reload, such as an audit that cannot be written. The report has the
    /// verdict `rejected` then.
    ///
    /// What the service takes back by itself cannot be refused: an override whose time is over, and a
    /// change that failed its probation. The reason is a warning of the report then.
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        let _ = intent;
        Ok(())
    }

    /// A reload has ended, or the service has started; the report of the start has number 0.
    fn reported(&self, report: &Report);
}

/// What a reload is about to do. It serializes with the same members as a [`Report`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Intent<'a> {
    /// The number that the report will have.
    pub id: u64,
    /// Why the reload runs.
    pub trigger: &'a Trigger,
    /// The hot fields that are to change.
    pub changes: &'a [Changed],
    /// Everything that will wait for the next start, if something new does; empty otherwise.
    pub pending: &'a [Changed],
    /// When the reload began.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub started_at: SystemTime,
}
