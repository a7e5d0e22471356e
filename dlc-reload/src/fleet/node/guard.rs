//! The end of a node.

use std::{
    sync::{Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use super::input::Input;
use crate::sync::{join, lock};

/// The time for which the end of a reloader waits for the node to tell that it leaves.
const GRACE: Duration = Duration::from_secs(2);

/// The orderly end of a node, which comes with the drop.
pub(super) struct Leaving {
    inbox: mpsc::Sender<Input>,
    /// Is disconnected once the thread has ended.
    ends: Mutex<mpsc::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Leaving {
    pub(super) fn new(
        inbox: mpsc::Sender<Input>,
        ends: mpsc::Receiver<()>,
        thread: JoinHandle<()>,
    ) -> Self {
        Self { inbox, ends: Mutex::new(ends), thread: Some(thread) }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        // Where the thread has ended already, there is nothing to tell it.
        let _ = self.inbox.send(Input::Stop);
        let ended = lock(&self.ends).recv_timeout(GRACE);
        // Otherwise it waits for a store that does not answer, and ends once that call does.
        if ended == Err(mpsc::RecvTimeoutError::Disconnected) {
            self.thread.take().into_iter().for_each(join);
        }
    }
}
