//! Waits that would never end: each returns instead.

#[cfg(target_os = "linux")]
mod forked;
#[cfg(target_os = "linux")]
mod hangs;
mod locked_out;
#[cfg(target_os = "linux")]
mod log_layers;
mod own_code;
mod own_thread;
#[cfg(target_os = "linux")]
mod pace;

use std::{
    future::Future,
    pin::pin,
    sync::mpsc,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

/// The time after which something counts as stuck, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs something that must not get stuck.
fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    let thread = thread::spawn(move || done.send(run()));
    match ended.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it is stuck"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panicked) => std::panic::resume_unwind(panicked),
            Ok(_) => unreachable!("it has sent nothing"),
        },
    }
}

/// The result of a future that is ready at once; none for another.
fn polled_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}
