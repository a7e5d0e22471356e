//! Traces of requests, with a sampler that changes while the service runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceId, TracerProvider as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SamplingResult, SdkTracerProvider, ShouldSample, SpanData, SpanExporter},
};
use tracing_subscriber::{Layer as _, filter::Targets};

use crate::{
    config::{self, SamplerKind},
    logging::BoxedLayer,
};

/// The sampler that the tracer was built with: a shell around another one, which can be replaced.
#[derive(Clone, Debug)]
pub struct LiveSampler(Arc<ArcSwap<Sampler>>);

impl LiveSampler {
    /// Makes a sampler that begins as `config` describes it.
    pub fn new(config: &config::Sampler) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Sampler::from(config))))
    }

    /// Decides with `sampler` from the next trace on.
    pub fn replace(&self, sampler: Sampler) {
        self.0.store(Arc::new(sampler));
    }
}

impl ShouldSample for LiveSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        self.0.load().should_sample(parent, trace, name, kind, attributes, links)
    }
}

impl From<&config::Sampler> for Sampler {
    fn from(config: &config::Sampler) -> Self {
        let ratio = Self::TraceIdRatioBased(config.ratio);
        match config.kind {
            SamplerKind::AlwaysOn => Self::AlwaysOn,
            SamplerKind::AlwaysOff => Self::AlwaysOff,
            SamplerKind::TraceIdRatio => ratio,
            SamplerKind::ParentBasedAlwaysOn => Self::ParentBased(Box::new(Self::AlwaysOn)),
            SamplerKind::ParentBasedAlwaysOff => Self::ParentBased(Box::new(Self::AlwaysOff)),
            SamplerKind::ParentBasedTraceIdRatio => Self::ParentBased(Box::new(ratio)),
        }
    }
}

/// Makes a tracer that asks `sampler` about every trace.
pub fn provider(sampler: LiveSampler) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(LogExporter).build()
}

/// Makes the part of the subscriber that turns the spans of this service into traces.
///
/// It has a filter of its own: a quiet log does not mean fewer traces.
pub fn layer(provider: &SdkTracerProvider) -> BoxedLayer {
    let spans = Targets::new().with_target(env!("CARGO_CRATE_NAME"), tracing::Level::INFO);
    tracing_opentelemetry::layer().with_tracer(provider.tracer("coach")).with_filter(spans).boxed()
}

/// An exporter that writes the sampled spans to the log, so that the example needs no collector.
///
/// A real service puts `opentelemetry-otlp` here.
#[derive(Debug)]
struct LogExporter;

impl SpanExporter for LogExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch {
            let took = span.end_time.duration_since(span.start_time).unwrap_or_default();
            tracing::info!(
                trace_id = %span.span_context.trace_id(),
                span_id = %span.span_context.span_id(),
                name = %span.name,
                duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "span sampled",
            );
        }
        Ok(())
    }
}
