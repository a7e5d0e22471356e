//! One span and one log line for each request.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::Response,
};
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::{SpanContext, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Instrument as _, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Runs the rest of the service inside the span of the request.
///
/// A caller that sends `traceparent` has its trace continued; every traced response says in
/// `traceresponse` which trace it belongs to and whether that was sampled.
pub(super) async fn request(request: Request, next: Next) -> Response {
    let span = tracing::info_span!(
        "request",
        otel.kind = "server",
        otel.name = %name(&request),
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        http.response.status_code = Empty,
    );
    // It fails without telemetry, and then there is no trace to continue.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(request.headers())));
    answer(request, next).instrument(span).await
}

async fn answer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let span = Span::current();
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    tracing::debug!(status, "request answered");
    if let Some(value) = traceresponse(span.context().span().span_context()) {
        response.headers_mut().insert("traceresponse", value);
    }
    response
}

/// Returns the method and the route, as OpenTelemetry names the span of a server.
fn name(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(route) => format!("{} {}", request.method(), route.as_str()),
        None => request.method().to_string(),
    }
}

/// Returns the header `traceresponse` of W3C Trace Context, level 2.
fn traceresponse(context: &SpanContext) -> Option<HeaderValue> {
    if !context.is_valid() {
        return None;
    }
    let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags());
    HeaderValue::try_from(format!("00-{trace}-{span}-{flags:02x}")).ok()
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
