//! The listener for SIGHUP, which reloads.

use std::{sync::Arc, thread::JoinHandle};

use signal_hook::{
    consts::SIGHUP,
    iterator::{Handle, Signals},
};

use crate::{
    error::Error,
    reloader::Queue,
    sync::join,
    trigger::{Trigger, TriggerKind},
};

/// A listener for SIGHUP, which asks for a reload each time, until it is dropped. Other listeners
/// in the process hear it as well.
#[derive(Debug)]
pub(crate) struct Hangup {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Hangup {
    pub(crate) fn listen(queue: Arc<Queue>) -> Result<Self, Error> {
        let cannot = |error: std::io::Error| {
            Error::runtime(format!("cannot listen for SIGHUP: {error}"), error)
        };
        let mut signals = Signals::new([SIGHUP]).map_err(cannot)?;
        let handle = signals.handle();
        let thread = std::thread::Builder::new()
            .name("dlc-reload-signal".to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    queue.detach(Trigger::new(TriggerKind::Signal).detail("SIGHUP"));
                }
            })
            .map_err(cannot)?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for Hangup {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}
