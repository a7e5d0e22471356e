//! Whether files are watched, and by whom.

use std::{any::Any, sync::Arc, time::Duration};

use crate::{
    environment::{Environment, VARIABLE, Watching},
    error::Error,
    reloader::{
        queue::Queue,
        status::{WatchState, WatchStatus},
        watcher::{Unwatched, Watcher},
    },
    source::Watched,
};

/// Why files are not watched, and how to switch it on; a newcomer must never wonder why an edit
/// does nothing.
fn off_reason(watching: Watching, environment: Option<Environment>) -> Option<String> {
    match (watching, environment.unwrap_or_else(Environment::from_env)) {
        (Watching::Always, _) | (Watching::InDevelopment, Environment::Development) => None,
        (Watching::Off, _) => {
            Some("the program switched it off with `.watch(Watching::Off)`".to_owned())
        }
        // The variable would change nothing.
        (Watching::InDevelopment, Environment::Production) if environment.is_some() => Some(
            "the environment is production, says the program with `.environment(…)`; use `.watch(Watching::Always)` to watch in every environment".to_owned()
        ),
        (Watching::InDevelopment, Environment::Production) => Some(format!(
            "the environment is production; set `{VARIABLE}=development`, or use `.watch(Watching::Always)` to watch in every environment"
        )),
    }
}

/// Who watches the files, if anyone, and how that is going.
pub(super) struct WatchSetup {
    pub(super) status: Arc<WatchStatus>,
    pub(super) watcher: Arc<dyn Watcher>,
    pub(super) guard: Option<Box<dyn Any + Send + Sync>>,
}

impl WatchSetup {
    pub(super) fn new(
        (watching, poll): (Watching, Option<Duration>),
        environment: Option<Environment>,
        queue: &Arc<Queue>,
        watched: &[Watched],
    ) -> Result<Self, Error> {
        match off_reason(watching, environment) {
            Some(reason) => {
                tracing::info!(target: "dlc_reload", "files are not watched: {reason}");
                Ok(Self::off(reason))
            }
            None => Self::on(queue, watched, poll),
        }
    }

    #[cfg(feature = "watch")]
    fn on(queue: &Arc<Queue>, watched: &[Watched], poll: Option<Duration>) -> Result<Self, Error> {
        let status = Arc::new(WatchStatus::new(WatchState::Off("not started yet".to_owned())));
        let watcher = crate::watch::start(Arc::clone(queue), Arc::clone(&status), watched, poll)?;
        Ok(Self { status, watcher: watcher.link(), guard: Some(Box::new(watcher)) })
    }

    #[cfg(not(feature = "watch"))]
    fn on(_: &Arc<Queue>, _: &[Watched], _: Option<Duration>) -> Result<Self, Error> {
        let reason = "dlc-reload is built without its feature `watch`".to_owned();
        tracing::warn!(target: "dlc_reload", "files are not watched: {reason}");
        Ok(Self::off(reason))
    }

    fn off(reason: String) -> Self {
        Self {
            status: Arc::new(WatchStatus::new(WatchState::Off(reason))),
            watcher: Arc::new(Unwatched),
            guard: None,
        }
    }
}
