//! The log: text or JSON, to standard output or a file, with a level that changes while it runs.

use std::{
    fs::OpenOptions,
    io::{self, IsTerminal},
    sync::Arc,
};

use anyhow::Context as _;
use tracing_subscriber::{
    Layer, Registry,
    filter::LevelFilter,
    fmt::{self, writer::BoxMakeWriter},
    layer::SubscriberExt as _,
    reload,
    util::SubscriberInitExt as _,
};

use crate::config::{Level, Logging};

/// A part of the subscriber; the log is one, tracing is another.
pub type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// The filter in front of the log, which can be replaced while the service runs.
// Only the filter is reloadable. A reloadable layer around a filtered one would panic, because the
// subscriber numbers its filters once.
#[derive(Clone, Debug)]
pub struct LogFilter(reload::Handle<LevelFilter, Registry>);

impl LogFilter {
    /// Replaces the least severe level that is written, from the next log line on.
    ///
    /// # Errors
    ///
    /// The subscriber is gone.
    pub fn replace(&self, level: LevelFilter) -> Result<(), reload::Error> {
        self.0.reload(level)
    }
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::TRACE,
            Level::Debug => Self::DEBUG,
            Level::Info => Self::INFO,
            Level::Warn => Self::WARN,
            Level::Error => Self::ERROR,
        }
    }
}

/// Makes the log and `others` the subscriber of this process.
///
/// # Errors
///
/// The file of `logging.output` cannot be opened, or the process has a subscriber already.
pub fn install(config: &Logging, others: Option<BoxedLayer>) -> anyhow::Result<LogFilter> {
    let log = fmt::layer().with_writer(writer(&config.output)?);
    let log: BoxedLayer = if config.json {
        log.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        log.with_ansi(config.output.is_empty() && io::stdout().is_terminal()).boxed()
    };
    let (filter, handle) = reload::Layer::new(LevelFilter::from(config.level));
    let mut layers = vec![log.with_filter(filter).boxed()];
    layers.extend(others);
    tracing_subscriber::registry().with(layers).try_init()?;
    Ok(LogFilter(handle))
}

fn writer(output: &str) -> anyhow::Result<BoxMakeWriter> {
    if output.is_empty() {
        return Ok(BoxMakeWriter::new(io::stdout));
    }
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(output)
        .with_context(|| format!("logging.output: cannot open `{output}`"))?;
    Ok(BoxMakeWriter::new(Arc::new(file)))
}
