//! A request to the reload thread, and the duty to answer it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use crate::{
    error::Error,
    snapshot::Writer,
    sync::{Event, EventListener, Listener, assert_may_block, lock},
};

/// Something that was asked of the reload thread, with a `T` for the answer: [`wait`](Self::wait) blocks for it, and
/// `.await` awaits it, with every runtime and without one.
///
/// It is queued by the call that returns it: dropping it does not take it back.
///
/// ```
/// use dlc_reload::{Error, Reloader, Trigger, Verdict};
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] motd: String }
///
/// fn command(reloader: &Reloader<Config>) -> Result<(), Error> {
///     println!("{}", reloader.reload(Trigger::api("a command")).wait()?);
///     Ok(())
/// }
///
/// async fn handler(reloader: &Reloader<Config>) -> Result<Verdict, Error> {
///     Ok(reloader.reload(Trigger::admin("POST /reload")).await?.verdict())
/// }
/// # let reloader = Loader::<Config>::new().text("yaml", "motd: hello").load()?.reloader().start()?;
/// # command(&reloader)?;
/// # drop(handler(&reloader));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// Both return the same ones. A configuration that is refused is none of them, but a [`Report`](crate::Report).
///
/// - [`is_stopped`](Error::is_stopped) when the reloader ends before it is done;
/// - [`is_reentrant`](Error::is_reentrant) on the reload thread, as in a hook or validator, which could wait for ever:
///   it is done after the reload that runs;
/// - [`is_forked`](Error::is_forked) in a process that was forked after the start.
///
/// # Panics
///
/// With the feature `tokio`, [`wait`](Self::wait) panics on a thread that drives the tasks of a runtime, and says what
/// to do instead. Without the feature it blocks that thread: where a hook needs it, for ever.
#[must_use = "it is done all the same; `.wait()` blocks for the answer, `.await` awaits it"]
pub struct Request<T> {
    slot: Arc<Slot<T>>,
    /// The thread that answers, for which itself cannot wait.
    writer: Arc<Writer>,
    listener: Option<EventListener>,
}

/// The place of one answer.
struct Slot<T> {
    answer: Mutex<Option<Result<T, Error>>>,
    sent: Event,
}

/// The duty to answer one request. Dropped without an answer, it says that the reloader has stopped.
pub(crate) struct Promise<T>(Arc<Slot<T>>);

/// Makes a request of the thread that answers it, and the duty to do so.
pub(super) fn request<T>(writer: &Arc<Writer>) -> (Request<T>, Promise<T>) {
    let slot = Arc::new(Slot { answer: Mutex::new(None), sent: Event::new() });
    let (promise, writer) = (Promise(Arc::clone(&slot)), Arc::clone(writer));
    (Request { slot, writer, listener: None }, promise)
}

impl<T> Request<T> {
    /// Blocks until it is done, and returns the answer.
    ///
    /// # Errors
    ///
    /// Those of a [request](Self#errors).
    ///
    /// # Panics
    ///
    /// With the feature `tokio`, on a thread that drives the tasks of a runtime: `.await` it there, or call this in
    /// `tokio::task::spawn_blocking`.
    #[track_caller]
    pub fn wait(self) -> Result<T, Error> {
        // No lock may be taken before: another thread may have had it at the moment of a fork.
        self.writer.is_here()?;
        if !self.writer.is_current() {
            assert_may_block();
        }
        loop {
            let listener = self.slot.sent.listen();
            match self.answer() {
                Some(answer) => return answer,
                None => listener.wait(),
            }
        }
    }

    /// Takes the answer if it is there; the reason where this thread cannot wait for it.
    fn answer(&self) -> Option<Result<T, Error>> {
        let answer = lock(&self.slot.answer).take();
        answer.or_else(|| self.writer.is_current().then(|| Err(Error::reentrant())))
    }
}

impl<T> Future for Request<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.writer.is_here()?;
        loop {
            let listener = self.listener.take();
            let mut listener = listener.unwrap_or_else(|| self.slot.sent.listen());
            if let Some(answer) = self.answer() {
                return Poll::Ready(answer);
            }
            if Pin::new(&mut listener).poll(context).is_pending() {
                self.listener = Some(listener);
                return Poll::Pending;
            }
        }
    }
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}

impl<T> Promise<T> {
    pub(crate) fn send(self, answer: Result<T, Error>) {
        self.0.put(answer);
    }

    /// Returns true if the request was dropped.
    pub(super) fn is_unwanted(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.0.put(Err(Error::stopped()));
    }
}

impl<T> Slot<T> {
    /// Puts the answer there, unless there is one already.
    fn put(&self, answer: Result<T, Error>) {
        lock(&self.answer).get_or_insert(answer);
        self.sent.notify(usize::MAX);
    }
}
