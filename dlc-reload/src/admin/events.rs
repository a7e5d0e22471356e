//! The event stream: each report as it comes.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, request::Parts},
    response::{IntoResponse, Sse, sse::Event},
};
use futures_util::{
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
use crate::{reloader::News, report::Report};

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
    /// The number of the report; `missed` has none.
    #[schemars(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
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
}

/// A follower of the reports.
struct Follower {
    app: Arc<App>,
    /// The request, which is authenticated again before anything more is sent.
    request: Parts,
    /// The number of the last report that was sent.
    seen: u64,
    ready: VecDeque<Event>,
    _open: OpenStream,
}

pub(super) async fn events(call: Call) -> Answered {
    let Call { app, request, .. } = call;
    let seen = match request.headers.get(LAST_EVENT_ID) {
        None => app.service.feed().newest(),
        Some(id) => id.to_str().ok().and_then(|id| id.trim().parse().ok()).ok_or_else(|| {
            let message = "`Last-Event-ID` takes the number of a report, such as `42`";
            Refusal::new(Kind::BadRequest, message)
        })?,
    };
    let open = app.streams.open(MOST).ok_or_else(|| {
        let message = format!("{MOST} event streams are open already: close some");
        Refusal::new(Kind::TooMany, message).retry_after(30)
    })?;
    let hello = Event::default().retry(RETRY).comment("reports follow");
    let follower = Follower { app, request, seen, ready: [hello].into(), _open: open };
    let mut response = Sse::new(stream::unfold(follower, next)).into_response();
    // A proxy must not wait for more of it.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Returns the next event, or none where the stream ends: the service or the reloader stops, or the operator may not read any more.
async fn next(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    loop {
        if let Some(event) = follower.ready.pop_front() {
            return Some((Ok(event), follower));
        }
        let told = follower.app.service.feed().listen();
        let news = follower.app.service.feed().since(follower.seen);
        if news.missed.is_some() || !news.reports.is_empty() {
            follower.is_admitted().await.then_some(())?;
            follower.take(&news);
            continue;
        }
        if follower.app.service.is_stopped() {
            return None;
        }
        match timeout(QUIET, select(told, follower.app.stopping.clone())).await {
            Ok(Either::Left(_)) => {}
            Ok(Either::Right(_)) => return None,
            Err(_) => {
                follower.is_admitted().await.then_some(())?;
                follower.ready.push_back(Event::default().comment("no report"));
            }
        }
    }
}

impl Follower {
    async fn is_admitted(&self) -> bool {
        let operator = self.app.gate.admit(&self.request).await;
        operator.is_ok_and(|operator| operator.role >= Role::Read)
    }

    fn take(&mut self, news: &News) {
        if let Some(next) = news.missed {
            let missed = Missed { after: self.seen, next };
            self.ready.extend(Event::default().event("missed").json_data(missed));
            self.seen = next.saturating_sub(1);
        }
        for report in &news.reports {
            self.seen = report.id();
            self.ready.extend(event(report));
        }
    }
}

fn event(report: &Report) -> Result<Event, axum::Error> {
    Event::default().event("report").id(report.id().to_string()).json_data(report)
}
