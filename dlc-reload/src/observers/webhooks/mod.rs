//! Messages about reloads to other systems, over HTTP and signed, as [Standard Webhooks] has it.
//!
//! ```no_run
//! use std::sync::Arc;
//! use dlc_reload::{Loader, Reloadable, webhooks::{Endpoint, Webhooks}};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Serialize, Deserialize, Reloadable)]
//! struct Config {
//!     #[reload(hot, live)]
//!     motd: String,
//!     /// The systems that are told of reloads.
//!     #[reload(restart)]
//!     webhooks: Vec<Endpoint>,
//! }
//!
//! # fn main() -> Result<(), dlc_reload::Error> {
//! let boot = Loader::<Config>::new().file("config.yaml").load()?;
//! let webhooks = Arc::new(Webhooks::new(boot.webhooks.clone())?.service("shop"));
//! let reloader = boot.reloader().observer(webhooks.clone()).start()?;
//! # drop(reloader);
//! # Ok(())
//! # }
//! ```
//!
//! with this in the configuration, or with [`Endpoint::new`] in code:
//!
//! ```yaml
//! webhooks:
//!   - url: https://ops.example.com/hooks/config
//!     secrets: [whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazMoNBcMpuQ=]
//! ```
//!
//! # What is sent
//!
//! One `POST` for the start and for each reload whose verdict the receiver is told ([`Endpoint`]):
//!
//! ```json
//! {"type": "config.reload", "timestamp": "2026-11-27T08:15:30.123Z", "service": "shop", "data": {"id": 3, "verdict": "applied", "…": "…"}}
//! ```
//!
//! `data` is the [`Report`], with the members that it has everywhere; no secret is in it. One with more than 256 KiB is
//! sent without its values and problems. The header `webhook-id` names the message and is the same with each attempt,
//! `webhook-timestamp` has the time of the attempt in seconds since 1970, and `webhook-signature` has for each secret
//! `v1,` and the HMAC-SHA256 over `id.timestamp.body`, in base64. There are [libraries] that verify them.
//!
//! # How it is delivered
//!
//! No reload waits for it. Each receiver has a thread and a queue of its own, so that one which hangs holds up nothing
//! else. An answer `2xx` is the end. After `408`, `425`, `429`, `5xx` and where there is no answer, the message is
//! tried again, with pauses that double from half a second to five minutes or are as long as `Retry-After` asks for
//! (ten minutes at most), for an hour unless the receiver is set up otherwise. After `410` the receiver gets nothing
//! until the next start; any other answer is a failure. While one message is tried again the others wait, in order, 100
//! at most; of more, the oldest are dropped, because the newest says what is in force. The log says so, and
//! [`Webhooks::counts`] has the numbers.
//!
//! A message that waits when the reloader ends is dropped, and the process does not wait for it. A service that wants
//! it to arrive calls [`Webhooks::wait_until_sent`] before.
//!
//! # What it connects to
//!
//! The URLs that the author has listed, and of these only addresses of the internet unless
//! [`allow_private`](Endpoint::allow_private) is set: the addresses that a name leads to are checked when it is
//! connected. Redirects are not followed, and no proxy is used. Certificates are checked against those that the system
//! trusts.
//!
//! [Standard Webhooks]: https://www.standardwebhooks.com
//! [libraries]: https://github.com/standard-webhooks/standard-webhooks#reference-implementations

mod address;
mod delivery;
mod endpoint;
mod queue;
mod signature;
mod worker;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde::Serialize;
use tracing::{error, warn};

use self::{
    address::is_open,
    delivery::Target,
    queue::{LONGEST, Message, Pushed, Queue},
};
pub use self::{endpoint::Endpoint, queue::Counts};
use crate::{
    error::{Error, LOG, Problem},
    report::{Observer, Report},
    time::rfc3339,
};

/// The greatest number of bytes of a message.
const LARGEST: usize = 256 << 10;

/// An [`Observer`] that tells other systems of reloads; see the [module](self) and
/// [`Builder::observer`](crate::Builder::observer).
#[must_use = "hand it to `Builder::observer`"]
pub struct Webhooks {
    service: Option<String>,
    receivers: Vec<Receiver>,
}

/// A receiver with its queue.
struct Receiver {
    endpoint: Endpoint,
    target: Arc<Target>,
    queue: Arc<Queue>,
    /// True once the thread is there that empties the queue.
    is_started: AtomicBool,
}

/// The bytes that are sent of a report.
#[derive(Serialize)]
struct Payload<'r> {
    r#type: &'static str,
    #[serde(serialize_with = "rfc3339::serialize")]
    timestamp: SystemTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'r str>,
    data: &'r Report,
}

impl Webhooks {
    /// Makes the observer of these receivers. Nothing is connected yet. A receiver on another machine that is reached
    /// by plain `http` is logged as a warning: keys and values can be read on the way.
    ///
    /// # Errors
    ///
    /// Every mistake in a URL or a secret, and every private address that is not allowed.
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Result<Self, Error> {
        let (mut receivers, mut problems) = (Vec::new(), Vec::new());
        for (endpoint, number) in endpoints.into_iter().zip(1..) {
            match endpoint.parse() {
                Ok(parsed) => receivers.push(Receiver::new(endpoint, parsed)),
                Err(wrong) => problems.extend(wrong.found.into_iter().map(|(field, message)| {
                    Problem::error(format!("`{field}` of webhook {number}: {message}"))
                })),
            }
        }
        match problems.is_empty() {
            true => Ok(Self { service: None, receivers }),
            false => Err(Error::invalid(problems)),
        }
    }

    /// Sets the name of the service, which each message has as `service`.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = Some(name.into());
        self
    }

    /// Returns the numbers of messages, one for each receiver, in the order in which they were given to
    /// [`new`](Self::new).
    #[must_use]
    pub fn counts(&self) -> Vec<Counts> {
        self.receivers.iter().map(|receiver| receiver.queue.counts()).collect()
    }

    /// Blocks until no message waits any more, and returns true; false if that takes longer.
    #[must_use]
    pub fn wait_until_sent(&self, time: Duration) -> bool {
        let until = Instant::now().checked_add(time);
        self.receivers.iter().all(|receiver| receiver.queue.is_done_by(until))
    }

    /// Returns the message about a report, or logs why there is none.
    fn message(&self, report: &Report) -> Option<Arc<Message>> {
        let bytes = |data: &Report| {
            let (service, timestamp) = (self.service.as_deref(), report.started_at());
            serde_json::to_vec(&Payload { r#type: "config.reload", timestamp, service, data })
        };
        let body = bytes(report).and_then(|body| match body.len() {
            0..=LARGEST => Ok(body),
            _ => bytes(&report.shortened(
                "the report is too long for a webhook, which leaves out its values and problems",
            )),
        });
        let body = body.map_err(|error| {
            error!(target: LOG, "reload #{} is told by no webhook: {error}", report.id());
        });
        let id = format!("msg_{:016x}{:016x}", worker::random(), worker::random());
        Some(Arc::new(Message { id, body: body.ok()? }))
    }
}

impl Receiver {
    fn new(endpoint: Endpoint, parsed: endpoint::Parsed) -> Self {
        let is_open = is_open(&parsed.uri);
        let target = Arc::new(Target::new(&endpoint, parsed));
        if is_open {
            warn!(
                target: LOG,
                "webhook to {target}: keys and values go over the network for everybody to read: use `https`"
            );
        }
        Self { endpoint, target, queue: Arc::default(), is_started: AtomicBool::new(false) }
    }

    fn push(&self, message: Arc<Message>) {
        if !self.is_started.swap(true, Ordering::Relaxed) {
            self.start();
        }
        if self.queue.push(message) == Pushed::InPlaceOfTheOldest(true) {
            let to = &self.target;
            warn!(target: LOG, "webhook to {to}: more than {LONGEST} wait, the oldest are dropped");
        }
    }

    /// Starts the thread. It holds nothing that keeps the observer alive, and ends with it.
    fn start(&self) {
        let (queue, target) = (Arc::clone(&self.queue), Arc::clone(&self.target));
        let retry_for = self.endpoint.time_of_retries();
        let thread = thread::Builder::new().name("dlc-reload-hook".to_owned());
        if let Err(error) = thread.spawn(move || worker::run(&queue, &target, retry_for)) {
            self.is_started.store(false, Ordering::Relaxed);
            error!(target: LOG, "webhook to {}: its thread cannot start: {error}", self.target);
        }
    }
}

impl Observer for Webhooks {
    fn reported(&self, report: &Report) {
        let mut told = self.receivers.iter().filter(|it| it.endpoint.is_told(report)).peekable();
        if told.peek().is_none() {
            return;
        }
        let Some(message) = self.message(report) else { return };
        told.for_each(|receiver| receiver.push(Arc::clone(&message)));
    }
}

impl Drop for Webhooks {
    fn drop(&mut self) {
        for Receiver { queue, target, .. } in &self.receivers {
            let dropped = queue.close();
            if dropped > 0 {
                warn!(target: LOG, "webhook to {target}: {dropped} are dropped, because the reloader ends");
            }
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receivers = self.receivers.iter().map(|it| (it.target.to_string(), it.queue.counts()));
        f.debug_map().entries(receivers).finish()
    }
}
