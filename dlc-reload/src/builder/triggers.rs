//! The triggers that run by themselves: changes of files, and signals.

use std::{sync::Arc, time::Duration};

use crate::{
    environment::{Environment, VARIABLE, Watching},
    error::{Error, LOG},
    reloader::{FileWatch, Queue, Reloader, Unwatched, WatchStatus, WatchingState},
    section::Reloadable,
    source::Watched,
};

/// The triggers that run by themselves.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    pub(super) watching: Watching,
    pub(super) poll_interval: Option<Duration>,
    pub(super) environment: Option<Environment>,
    pub(super) signals: bool,
}

impl Triggers {
    /// Watches the files, if that is wanted here, and notes in the status whether it does.
    pub(super) fn watch(
        &self,
        queue: &Arc<Queue>,
        files: &[Watched],
        status: Arc<WatchStatus>,
    ) -> Result<FileWatch, Error> {
        let Self { watching, poll_interval, environment, .. } = *self;
        match off_reason(watching, environment) {
            Some(reason) => {
                tracing::info!(target: LOG, "files are not watched: {reason}");
                Ok(not_watched(&status, reason))
            }
            None => watched(queue, files, status, poll_interval),
        }
    }

    /// Listens to signals, if that is wanted.
    pub(super) fn listen<C: Reloadable>(
        &self,
        reloader: &mut Reloader<C>,
        queue: Arc<Queue>,
    ) -> Result<(), Error> {
        #[cfg(all(feature = "signal", unix))]
        if self.signals {
            reloader.attach(Box::new(crate::triggers::signal::Hangup::listen(queue)?));
        }
        #[cfg(not(all(feature = "signal", unix)))]
        let _ = (self.signals, reloader, queue);
        Ok(())
    }
}

/// Returns the reason why files are not watched, with what an operator can do about it: nobody must have to wonder why
/// an edit does nothing.
fn off_reason(watching: Watching, environment: Option<Environment>) -> Option<String> {
    match (watching, environment.unwrap_or_else(Environment::from_env)) {
        (Watching::Always, _) | (Watching::InDevelopment, Environment::Development) => None,
        (Watching::Off, _) => Some("the program switched it off".to_owned()),
        // The variable would change nothing.
        (Watching::InDevelopment, Environment::Production) if environment.is_some() => {
            Some("the program says that the environment is production".to_owned())
        }
        (Watching::InDevelopment, Environment::Production) => Some(format!(
            "the environment is production; set `{VARIABLE}=development` to have them watched"
        )),
    }
}

/// Watches the files.
#[cfg(feature = "watch")]
fn watched(
    queue: &Arc<Queue>,
    files: &[Watched],
    status: Arc<WatchStatus>,
    poll: Option<Duration>,
) -> Result<FileWatch, Error> {
    let watcher = crate::triggers::file_watch::start(queue.notices(), status, files, poll)?;
    Ok(FileWatch { watcher: watcher.link(), guard: Some(Box::new(watcher)) })
}

#[cfg(not(feature = "watch"))]
fn watched(
    _: &Queue,
    _: &[Watched],
    status: Arc<WatchStatus>,
    _: Option<Duration>,
) -> Result<FileWatch, Error> {
    let reason = "this program was built without a watcher".to_owned();
    tracing::warn!(target: LOG, "files are not watched: {reason}");
    Ok(not_watched(&status, reason))
}

fn not_watched(status: &WatchStatus, reason: String) -> FileWatch {
    let _ = status.set(WatchingState::Off(reason));
    FileWatch { watcher: Arc::new(Unwatched), guard: None }
}
