//! One call of a route: the request, once it has been let in, and the answer.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::future::Shared;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    access::{Denied, Gatekeeper, Operator},
    attempts::Attempts,
    refusal::{Kind, Refusal},
    service::Service,
};
use crate::{
    error::Error,
    place::Key,
    schema::{Outline, Variables},
    trigger::Trigger,
};

/// The greatest number of characters of the reason that an operator gives.
pub(super) const LONGEST_REASON: usize = 1000;

/// The time in which an author's scheme has to tell who asks.
const ACCESS_TIME: Duration = Duration::from_secs(10);

/// The moment at which the service stops, which any number of streams may wait for.
pub(super) type Stopping = Shared<Pin<Box<dyn Future<Output = ()> + Send>>>;

/// All that the routes share.
pub(super) struct App {
    pub(super) service: Box<dyn Service>,
    pub(super) gate: Box<dyn Gatekeeper>,
    pub(super) hosts: Vec<String>,
    /// The time for which a change is waited for.
    pub(super) patience: Duration,
    pub(super) body_limit: usize,
    /// The time in which a body has to arrive.
    pub(super) body_time: Duration,
    /// Is ready once the service stops.
    pub(super) stopping: Stopping,
    pub(super) attempts: Arc<Attempts>,
    pub(super) streams: Arc<Streams>,
    pub(super) outline: OnceLock<Outline>,
    pub(super) openapi: OnceLock<Value>,
    #[cfg(feature = "fleet")]
    pub(super) last_look: super::fleet::LastLook,
    /// The function that makes the OpenAPI document, which knows the routes.
    pub(super) document: fn(&Outline) -> Value,
}

impl App {
    pub(super) fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| self.service.shape().outline(Variables::Own))
    }

    pub(super) fn openapi(&self) -> &Value {
        self.openapi.get_or_init(|| (self.document)(self.outline()))
    }

    /// Returns the operator that sends a request.
    pub(super) async fn authenticate(&self, request: &Parts) -> Result<Operator, Denied> {
        let late = || Denied::unavailable("it takes too long to tell who asks: ask again later");
        timeout(ACCESS_TIME, self.gate.admit(request)).await.unwrap_or_else(|_| Err(late()))
    }
}

/// The event streams that are open.
#[derive(Debug, Default)]
pub(super) struct Streams(AtomicUsize);

/// An event stream that is open.
#[derive(Debug)]
pub(super) struct OpenStream(Arc<Streams>);

impl Streams {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Opens a stream, unless as many are open as may be.
    pub(super) fn open(self: &Arc<Self>, most: usize) -> Option<OpenStream> {
        let stream = OpenStream(Arc::clone(self));
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        (before < most).then_some(stream)
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The parameters of a path, by name and as text.
pub(super) type Parameters = Vec<(String, String)>;

/// A request that was let in.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    /// The sender; none on a route that is open to all.
    pub(super) operator: Option<Operator>,
    /// The request but for its body, to authenticate it again.
    pub(super) request: Parts,
    pub(super) parameters: Parameters,
    pub(super) body: Bytes,
}

/// The answer to a call, or its refusal.
pub(super) type Answered = Result<Response, Refusal>;

/// An answer that is on its way.
pub(super) type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;

impl Call {
    fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Returns the key that the path names.
    pub(super) fn key(&self) -> Key {
        Key::parse(self.parameter("key"))
    }

    /// Returns a number that the path names.
    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        let text = self.parameter(name);
        text.parse().map_err(|_| {
            let message = format!("`{}` is not the number of a generation", text.escape_debug());
            Refusal::new(Kind::BadRequest, message)
        })
    }

    /// Returns the body, which is JSON. A route whose body may be left out has the default then.
    pub(super) fn json<T: DeserializeOwned>(&self, default: Option<T>) -> Result<T, Refusal> {
        if let Some(default) = default.filter(|_| self.body.is_empty()) {
            return Ok(default);
        }
        let content_type = self.request.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let message = "the body has to be JSON: send it with `Content-Type: application/json`";
            return Err(Refusal::new(Kind::NotJson, message));
        }
        // A list would do for a struct, member by member.
        if !self.body.trim_ascii_start().starts_with(b"{") {
            return Err(Refusal::new(Kind::BadRequest, "the body has to be a JSON object"));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::new(Kind::BadRequest, format!("the body: {error}")))
    }

    /// Returns the generation that `If-Match` expects, if it expects one.
    pub(super) fn expected(&self) -> Result<Option<u64>, Refusal> {
        let values = self.request.headers.get_all(header::IF_MATCH).iter();
        let lists = values.map(|list| list.to_str().unwrap_or_default());
        let tags: Vec<_> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
        if matches!(*tags, [] | ["*"]) {
            return Ok(None);
        }
        let (now, _) = self.app.service.generation();
        let inner = |tag: &&str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        let named: Vec<u64> = tags.iter().filter_map(inner).collect();
        match named.iter().max() {
            Some(_) if named.contains(&now) => Ok(Some(now)),
            Some(newest) => Err(Error::superseded(*newest, now).into()),
            None => Err(Refusal::superseded(now)),
        }
    }

    /// Returns the trigger of a change: the operator, the route and the reason.
    pub(super) fn trigger(&self, route: &str, why: Option<String>) -> Result<Trigger, Refusal> {
        let reason = why.as_deref().map(str::trim).filter(|why| !why.is_empty());
        if reason.is_some_and(|why| why.chars().count() > LONGEST_REASON) {
            let message = format!("`why` has {LONGEST_REASON} characters at most");
            return Err(Refusal::new(Kind::BadRequest, message));
        }
        let method = &self.request.method;
        let trigger = Trigger::admin(match reason {
            Some(why) => format!("{method} {route}: {why}"),
            None => format!("{method} {route}"),
        });
        let name = self.operator.as_ref().map(|operator| operator.name.clone());
        Ok(trigger.actor(name.unwrap_or_default()).named(self.app.service.feed().name_request()))
    }
}

/// Returns an answer in JSON, with the generation as its `ETag`.
pub(super) fn json(generation: u64, body: &impl Serialize) -> Answered {
    json_as("application/json", generation, body)
}

pub(super) fn json_as(media: &'static str, generation: u64, body: &impl Serialize) -> Answered {
    let body = serde_json::to_vec(body).map_err(|error| {
        Refusal::new(Kind::Panicked, format!("the answer cannot be written as JSON: {error}"))
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    let tag = HeaderValue::try_from(format!("\"{generation}\""));
    headers.extend(tag.map(|tag| (header::ETAG, tag)));
    Ok((headers, body).into_response())
}
