//! The sign of life that the watchdog of systemd waits for.

use std::{
    env, process,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::link::Link;
use crate::{
    error::{Error, LOG},
    reloader::Controls,
    section::Reloadable,
    sync::join,
};

/// Returns the time within which systemd wants a sign of life of this process, if it wants one.
pub(super) fn wanted() -> Option<Duration> {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>());
    let process = number("WATCHDOG_PID");
    let is_ours = process.is_none_or(|process| process == Ok(process::id().into()));
    let usec = number("WATCHDOG_USEC").and_then(Result::ok).filter(|usec| *usec > 0);
    usec.filter(|_| is_ours).map(Duration::from_micros)
}

/// The guard of the thread that sends the sign of life: dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Watchdog {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts the thread. It is silent while a step of the reload thread takes longer than `limit`.
    ///
    /// # Errors
    ///
    /// A thread that cannot be started.
    pub(super) fn start<C: Reloadable>(
        link: Arc<Link>,
        controls: Controls<C>,
        wanted: Duration,
        limit: Duration,
    ) -> Result<Self, Error> {
        let (end, ended) = channel();
        let pause = (wanted / 2).max(Duration::from_millis(1));
        let thread = thread::Builder::new()
            .name("dlc-reload-dog".to_owned())
            .spawn(move || give_signs(&link, &controls, &ended, pause, limit))
            .map_err(|error| {
                Error::runtime(
                    format!("cannot start the thread for the watchdog of systemd: {error}"),
                    error,
                )
            })?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

fn give_signs<C: Reloadable>(
    link: &Link,
    controls: &Controls<C>,
    ended: &Receiver<()>,
    pause: Duration,
    limit: Duration,
) {
    let mut is_named = false;
    loop {
        let hangs = controls.running().filter(|running| running.duration > limit);
        if let Some(running) = &hangs {
            if !is_named {
                tracing::error!(
                    target: LOG,
                    "{} has been running for more than {limit:?}: the watchdog of systemd gets no sign of life until it ends",
                    running.step
                );
            }
        } else if !controls.is_stopped() {
            link.tell(|_| Some("WATCHDOG=1\n".to_owned()));
        }
        is_named = hangs.is_some();
        if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}
