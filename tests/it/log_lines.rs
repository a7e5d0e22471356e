//! The log of a test, as lines.

use std::{
    fmt::{self, Write},
    sync::{Arc, Condvar, Mutex, Once},
    time::Duration,
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

/// Keeps what was logged, one line for an event: its level, its message and its fields.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Lines {
    /// Keeps what this thread logs while `run` runs.
    pub(crate) fn hear<T>(&self, run: impl FnOnce() -> T) -> T {
        subscribed(registry().with(self.clone()), run)
    }

    /// Keeps what the whole process logs. For tests that have a process to themselves.
    pub(crate) fn hear_all(&self) {
        tracing::subscriber::set_global_default(registry().with(self.clone())).unwrap();
    }

    /// The lines so far, without those that were taken before.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.0.lock().unwrap())
    }

    /// Waits for a line like this, and takes it and those before it.
    pub(crate) fn until(&self, patience: Duration, is_like: impl Fn(&str) -> bool) -> String {
        let (lines, more) = &*self.0;
        let missing = |lines: &mut Vec<String>| !lines.iter().any(|line| is_like(line));
        let (mut lines, waited) =
            more.wait_timeout_while(lines.lock().unwrap(), patience, missing).unwrap();
        assert!(!waited.timed_out(), "no such line: {lines:#?}");
        let at = lines.iter().position(|line| is_like(line)).unwrap();
        lines.drain(..=at).next_back().unwrap()
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.0.lock().unwrap().push(said(event));
        self.0.1.notify_all();
    }
}

/// Runs something with a subscriber for this thread.
pub(crate) fn subscribed<T>(
    subscriber: impl Subscriber + Send + Sync + 'static,
    run: impl FnOnce() -> T,
) -> T {
    // While no subscriber in the process wants an event, `tracing` remembers that, and takes a moment
    // to notice that another thread has one. So there always is one.
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| tracing::subscriber::set_global_default(registry()).unwrap());
    tracing::subscriber::with_default(subscriber, run)
}

/// An event as a line.
pub(crate) fn said(event: &Event<'_>) -> String {
    let mut said = Said::default();
    event.record(&mut said);
    format!("{} {}{}", event.metadata().level(), said.message, said.fields)
}

#[derive(Default)]
struct Said {
    message: String,
    fields: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
