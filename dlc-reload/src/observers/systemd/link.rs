//! The link to systemd, on which one thing is said after another.

use std::sync::Mutex;

use super::socket::Socket;
use crate::{error::LOG, sync::lock, trigger::Trigger};

/// The variable in which systemd names its socket.
pub(super) const SOCKET: &str = "NOTIFY_SOCKET";

/// The way to systemd, if there is one, and what was said on it.
pub(super) struct Link {
    socket: Option<Socket>,
    /// Locked while something is said, so that systemd hears it in the order in which it happened.
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) is_ready: bool,
    /// The cause of the reload that systemd was told of and that has not ended.
    pub(super) reloading: Option<Trigger>,
    /// True if the last message could not be sent.
    is_unheard: bool,
}

impl Link {
    /// Takes the socket that the environment names.
    pub(super) fn from_env() -> Self {
        let socket = Socket::from_env(SOCKET).unwrap_or_else(|error| {
            tracing::warn!(
                target: LOG,
                "cannot tell systemd of the service through `{SOCKET}`: {error}"
            );
            None
        });
        Self { socket, state: Mutex::default() }
    }

    /// Returns true if there is a systemd to be told.
    pub(super) const fn is_up(&self) -> bool {
        self.socket.is_some()
    }

    /// Says what there is to say, and logs once that it cannot be said, while that lasts.
    pub(super) fn tell(&self, say: impl FnOnce(&mut State) -> Option<String>) {
        let Some(socket) = &self.socket else { return };
        let mut state = lock(&self.state);
        let Some(message) = say(&mut state) else { return };
        let failure = socket.send(&message).err();
        let was_unheard = std::mem::replace(&mut state.is_unheard, failure.is_some());
        // A log layer is the author's code.
        drop(state);
        if let Some(error) = failure.filter(|_| !was_unheard) {
            tracing::warn!(target: LOG, "cannot tell systemd of the service: {error}");
        }
    }
}
