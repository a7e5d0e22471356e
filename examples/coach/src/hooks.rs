//! The reactions of the service to changes of hot fields.
//!
//! A hook prepares: it may refuse, and until it returns nothing has happened. The commit that it
//! returns runs only when every hook has agreed.

use dlc_reload::{Change, Commit, HookResult};
use tracing_subscriber::filter::LevelFilter;

use crate::{
    config::{Level, LoggingHooks, Sampler, TelemetryHooks},
    logging::LogFilter,
    telemetry::LiveSampler,
};

/// The parts of the service that cannot read the configuration themselves, because the libraries
/// behind them keep a copy.
#[derive(Debug)]
pub struct Hooks {
    /// The filter in front of the log.
    pub filter: LogFilter,
    /// The sampler of the tracer.
    pub sampler: LiveSampler,
}

impl LoggingHooks for Hooks {
    fn on_level(&self, level: Change<'_, Level>) -> HookResult<'_> {
        let filter = LevelFilter::from(*level.new);
        Ok(Commit::fallible(move || Ok(self.filter.replace(filter)?)))
    }
}

impl TelemetryHooks for Hooks {
    fn on_sampler<'a>(&'a self, sampler: Change<'a, Sampler>) -> HookResult<'a> {
        let sampler = sampler.new.into();
        Ok(Commit::new(move || {
            self.sampler.replace(sampler);
            tracing::info!("trace sampler replaced");
        }))
    }
}
