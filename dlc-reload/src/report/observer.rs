//! The interface through which a service is told of reloads.

use std::{any::type_name, borrow::Cow, time::SystemTime};

use serde::Serialize;

use crate::{
    hook::Veto,
    report::{Changed, Report},
    time::rfc3339,
    trigger::Trigger,
};

/// A listener to the start and to every reload: it writes an audit, counts, or tells other systems.
///
/// It runs on the reload thread (for the report of the start, on the thread that calls `start`). Other reloads wait for
/// it; readers do not. A panic in it is logged and changes nothing else. Added with
/// [`Builder::observer`](crate::Builder::observer).
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
/// # use dlc_reload::{Loader, Reloadable};
/// use dlc_reload::{Observer, Report, Trigger};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
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
///
/// # let boot = Loader::<Config>::new().text("yaml", "motd: hello").load()?;
/// let refusals = Arc::new(Refusals::default());
/// let reloader = boot.reloader().observer(refusals.clone()).start()?;
/// reloader.rollback_to(4711, Trigger::api("an example")).wait()?; // no such generation
/// assert_eq!(refusals.0.load(Ordering::Relaxed), 1);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Is called when a reload is about to change something and no hook has been asked yet. It does
    /// nothing unless it is implemented.
    ///
    /// # Errors
    ///
    /// A reason to refuse the reload, such as an audit that cannot be written. The report has the
    /// verdict `rejected` then.
    ///
    /// Two kinds of reload cannot be refused, because with them the service takes something back by
    /// itself: the end of an override, and the rollback of a change that failed its probation. The
    /// reason is a warning of the report then.
    ///
    /// Content that was refused is [tried again](crate::Builder::watch) by itself, and an observer is asked each time.
    /// There is no report where the reasons are those of the last one; the next intent has the same number then.
    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        let _ = intent;
        Ok(())
    }

    /// Is called when the service has started and when a reload has ended; the report of the start has number 0. What
    /// asks for a reload in it at every report is held to ten a second: it has to ask only when something has changed.
    fn reported(&self, report: &Report);

    /// Is called when a configuration that was on [probation](crate::Builder::probation) has proven itself, with its
    /// generation. It does nothing unless it is implemented. Without a probation, nothing is to be proven.
    fn proved(&self, generation: u64) {
        let _ = generation;
    }

    /// Returns the name by which the log and the [status](crate::Status::running) call the observer while it is told;
    /// that of its type unless it is implemented. It is asked for once, at the start.
    fn name(&self) -> Cow<'_, str> {
        type_name::<Self>().into()
    }
}

/// The change that a reload is about to make. It serializes with the same members as a [`Report`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Intent<'a> {
    /// The number that the report will have.
    pub id: u64,
    /// The cause of the reload.
    pub trigger: &'a Trigger,
    /// The hot fields that are to change.
    pub changes: &'a [Changed],
    /// The changes that will wait for the next start, if a new one does; empty otherwise.
    pub pending: &'a [Changed],
    /// The time at which the reload began.
    #[serde(serialize_with = "rfc3339::serialize")]
    pub started_at: SystemTime,
}
