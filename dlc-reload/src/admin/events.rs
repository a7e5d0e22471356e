//! The event stream: each report as it comes.

use std::{convert::Infallible, future::ready, pin::pin, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, request::Parts},
    response::{IntoResponse, Sse, sse::Event},
};
use futures_util::{
    StreamExt as _,
    future::{Either, select},
    stream,
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout;

use super::{
    access::Role,
    call::{Answered, App, Call, OpenStream},
    refusal::{Kind, Refusal},
};
use crate::reloader::News;

/// The greatest number of streams that are open at once.
const MOST: usize = 1000;

/// The time without a report after which a comment is sent, which keeps proxies from closing the stream.
const QUIET: Duration = Duration::from_secs(15);

/// The time after which a client asks again when a stream has ended.
const RETRY: Duration = Duration::from_secs(2);

/// The header in which a client names the last event that it has seen.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";

/// An event of the stream.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Event")]
#[expect(dead_code, reason = "it is described, and never made")]
pub(super) struct Described {
    /// The kind: `report`, whose data is a report as JSON, or `missed`.
    event: String,
    /// The place in the stream, for `Last-Event-ID`: the number of the report and the process that made it, such as
    /// `42-5f3a9c01`.
    id: String,
    /// The data, as JSON.
    data: String,
}

/// The data of an event that stands for reports that are not kept any more.
#[derive(Debug, Serialize)]
struct Missed {
    /// The number of the report that was seen last.
    after: u64,
    /// The number of the next one that comes.
    next: u64,
    /// True if the service was started anew in between, with which the numbers began anew.
    restarted: bool,
}

/// A follower of the reports.
struct Follower {
    app: Arc<App>,
    /// The request, which is authenticated again before anything more is sent.
    request: Parts,
    /// The number of the last report that was sent.
    seen: u64,
    /// True if that was one of an earlier process.
    restarted: bool,
    _open: OpenStream,
}

pub(super) async fn events(call: Call) -> Answered {
    let Call { app, request, .. } = call;
    let feed = app.service.feed();
    let newest = feed.newest();
    let (seen, is_own) = match request.headers.get(LAST_EVENT_ID) {
        None => (newest, true),
        Some(id) => id.to_str().ok().and_then(|id| feed.number(id.trim())).ok_or_else(|| {
            let message = "`Last-Event-ID` takes the `id` of an event, such as `42-5f3a9c01`, or the number of a report";
            Refusal::new(Kind::BadRequest, message)
        })?,
    };
    let open = app.streams.open(MOST).ok_or_else(|| {
        let message = format!("{MOST} event streams are open already: close some");
        Refusal::new(Kind::TooMany, message).retry_after(30)
    })?;
    let mut hello = Event::default().retry(RETRY).comment("reports follow");
    // A number that no report has is one of an earlier process.
    let restarted = !is_own || seen > newest;
    if !restarted {
        // Who has seen no event yet knows the process by this, and so whether it is another one the next time.
        hello = hello.id(feed.named(seen));
    }
    let follower = Follower { app, request, seen, restarted, _open: open };
    let events = stream::once(ready(Ok(hello))).chain(stream::unfold(follower, next));
    let mut response = Sse::new(events).into_response();
    // A proxy must not wait for more of it.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Returns the next event, or none where the stream ends: the service or the reloader stops, or the operator may not
/// read any more.
async fn next(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    loop {
        let told = follower.app.service.feed().listen();
        if let Some(news) = follower.news() {
            follower.is_admitted().await.then_some(())?;
            match follower.take(&news) {
                Ok(event) => return Some((Ok(event), follower)),
                Err(_) => continue,
            }
        }
        if follower.app.service.is_stopped() {
            return None;
        }
        match timeout(QUIET, select(told, follower.app.stopping.clone())).await {
            Ok(Either::Left(_)) => {}
            Ok(Either::Right(_)) => return None,
            Err(_) => {
                follower.is_admitted().await.then_some(())?;
                return Some((Ok(Event::default().comment("no report")), follower));
            }
        }
    }
}

impl Follower {
    /// Returns false where the operator may not read any more, or the service stops before that is known.
    async fn is_admitted(&self) -> bool {
        let asked = pin!(self.app.authenticate(&self.request));
        match select(asked, self.app.stopping.clone()).await {
            Either::Left((Ok(operator), _)) => operator.role >= Role::Read,
            _ => false,
        }
    }

    fn news(&self) -> Option<News> {
        self.app.service.feed().after((!self.restarted).then_some(self.seen))
    }

    fn take(&mut self, news: &News) -> Result<Event, axum::Error> {
        let after = self.seen;
        self.seen = match news {
            News::Report(report) => report.id(),
            News::Missed(next) => next.saturating_sub(1),
        };
        let event = Event::default().id(self.app.service.feed().named(self.seen));
        match news {
            News::Report(report) => event.event("report").json_data(report),
            News::Missed(next) => {
                let restarted = std::mem::take(&mut self.restarted);
                event.event("missed").json_data(Missed { after, next: *next, restarted })
            }
        }
    }
}
