//! Metrics of a reloader, for whatever recorder the service has installed.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use metrics::{Counter, Gauge, Histogram, Unit, counter, gauge, histogram};

use crate::{
    hook::{Index, Step, StepMonitor, Veto},
    place::Key,
    reloader::{Meter, Vitals},
    report::{Report, Verdict},
    section::Table,
    sync::lock,
    trigger::TriggerKind,
};

/// The instruments of one reloader. They are made at its start, so that every series is there from then on.
pub(crate) struct Metrics {
    table: &'static Table,
    last_reload_successful: Gauge,
    last_success: Gauge,
    reloads: Vec<(Verdict, TriggerKind, Counter)>,
    duration: Histogram,
    generation: Gauge,
    pending: Gauge,
    watch_degraded: Gauge,
    missed_changes: Counter,
    overrides: Gauge,
    hooks: Vec<(Key, Histogram)>,
    /// The gauges of the sources, in their order; made when they are measured first.
    sources: Mutex<Vec<Gauge>>,
    next_boot_ok: Gauge,
}

/// The words of the metrics: their names, units and descriptions.
macro_rules! described {
    ($($describe:ident $name:literal $unit:expr, $text:literal;)*) => {
        fn describe() {
            $(metrics::$describe!($name, $unit, $text);)*
        }
    };
}

#[cfg(feature = "fleet")]
pub(crate) use described;

described! {
    describe_gauge "config_last_reload_successful" Unit::Count,
        "1 if the last reload or the start took what the sources say, 0 if it was refused or failed.";
    describe_gauge "config_last_reload_success_timestamp_seconds" Unit::Seconds,
        "The time of the last reload or start that took what the sources say, in seconds since 1970.";
    describe_counter "config_reloads_total" Unit::Count,
        "Reloads by their verdict and trigger, the start included.";
    describe_histogram "config_reload_duration_seconds" Unit::Seconds,
        "The duration of reloads, from the trigger to the report.";
    describe_gauge "config_generation" Unit::Count,
        "The number of configurations that have been in force.";
    describe_gauge "config_pending_restart_fields" Unit::Count,
        "The number of values that wait for a restart.";
    describe_gauge "config_watch_degraded" Unit::Count,
        "1 if changes of files are noticed late, because the system sends no events.";
    describe_counter "config_watch_missed_changes_total" Unit::Count,
        "Changes of files that caused no event and were found by comparing the content.";
    describe_gauge "config_overrides_active" Unit::Count,
        "The number of fields that have another value for a while than the sources ask for.";
    describe_histogram "config_hook_duration_seconds" Unit::Seconds,
        "The duration of each step of a hook: that it is asked, and that its commit runs.";
    describe_gauge "config_source_last_success_timestamp_seconds" Unit::Seconds,
        "The last time at which a source handed over what its origin had then, in seconds since 1970; 0 if it never did.";
    describe_gauge "config_next_boot_ok" Unit::Count,
        "1 if the service would start with what the sources held at the last look.";
}

/// Every verdict.
const VERDICTS: [Verdict; 6] = [
    Verdict::Unchanged,
    Verdict::Applied,
    Verdict::PendingRestart,
    Verdict::Rejected,
    Verdict::RolledBack,
    Verdict::Inconsistent,
];

/// Every kind of trigger.
const TRIGGERS: [TriggerKind; 9] = [
    TriggerKind::Start,
    TriggerKind::File,
    TriggerKind::Signal,
    TriggerKind::Admin,
    TriggerKind::Api,
    TriggerKind::Remote,
    TriggerKind::Rollback,
    TriggerKind::Expiry,
    TriggerKind::Retry,
];

impl Metrics {
    /// Describes and makes every instrument with the recorder that is installed.
    pub(crate) fn new(table: &'static Table) -> Self {
        describe();
        let kinds = VERDICTS.into_iter().flat_map(|verdict| TRIGGERS.map(|kind| (verdict, kind)));
        let reloads = kinds.map(|(verdict, kind)| {
            let (of, by) = (verdict.as_str(), kind.as_str());
            (verdict, kind, counter!("config_reloads_total", "verdict" => of, "trigger" => by))
        });
        let hook = |key: Key| {
            let label = key.to_string();
            (key, histogram!("config_hook_duration_seconds", "key" => label))
        };
        let metrics = Self {
            table,
            last_reload_successful: gauge!("config_last_reload_successful"),
            last_success: gauge!("config_last_reload_success_timestamp_seconds"),
            reloads: reloads.collect(),
            duration: histogram!("config_reload_duration_seconds"),
            generation: gauge!("config_generation"),
            pending: gauge!("config_pending_restart_fields"),
            watch_degraded: gauge!("config_watch_degraded"),
            missed_changes: counter!("config_watch_missed_changes_total"),
            overrides: gauge!("config_overrides_active"),
            hooks: table.hook_keys().into_iter().map(hook).collect(),
            sources: Mutex::default(),
            next_boot_ok: gauge!("config_next_boot_ok"),
        };
        for (.., reloads) in &metrics.reloads {
            reloads.absolute(0);
        }
        metrics.missed_changes.absolute(0);
        metrics.last_success.set(0.0);
        metrics
    }

    /// Returns the instrument of the hook that a step belongs to; those of all entries of a collection have one.
    fn hook(&self, at: &[Index]) -> Option<&Histogram> {
        let key = self.table.key_of(at);
        let covering = self.hooks.iter().filter(|(hook, _)| hook.covers(&key));
        covering.max_by_key(|(hook, _)| hook.segments().len()).map(|(_, histogram)| histogram)
    }
}

thread_local! {
    /// The beginning of the step that runs on this thread.
    static BEGUN: Cell<Option<Instant>> = const { Cell::new(None) };
}

impl StepMonitor for Metrics {
    fn begins(&self, _: Step, _: &[Index]) -> Result<(), Veto> {
        BEGUN.set(Some(Instant::now()));
        Ok(())
    }

    fn ended(&self, step: Step, at: &[Index], _: Option<&str>) {
        if let (Step::Prepare(_) | Step::Commit(_), Some(begun)) = (step, BEGUN.take())
            && let Some(histogram) = self.hook(at)
        {
            histogram.record(begun.elapsed());
        }
    }
}

impl Meter for Metrics {
    fn reported(&self, report: &Report, read: bool) {
        let (verdict, kind) = (report.verdict(), report.trigger().kind());
        for (of, by, reloads) in &self.reloads {
            if (*of, *by) == (verdict, kind) {
                reloads.increment(1);
            }
        }
        self.duration.record(report.duration());
        if !read && verdict != Verdict::Inconsistent {
            // What the sources say is as good or bad as it was.
            return;
        }
        self.last_reload_successful.set(number(verdict.is_success()));
        if verdict.is_success() {
            let ended = report.started_at().checked_add(report.duration());
            self.last_success.set(seconds(ended.unwrap_or(report.started_at())));
        }
    }

    fn measured(&self, vitals: &Vitals) {
        self.generation.set(vitals.generation as f64);
        self.pending.set(vitals.pending as f64);
        self.watch_degraded.set(number(vitals.is_degraded));
        self.missed_changes.absolute(vitals.missed);
        self.overrides.set(vitals.overrides as f64);
        self.next_boot_ok.set(number(vitals.boots));
        let mut gauges = lock(&self.sources);
        if gauges.is_empty() {
            let source = |(name, _): &(Arc<str>, _)| {
                let label = name.to_string();
                gauge!("config_source_last_success_timestamp_seconds", "source" => label)
            };
            gauges.extend(vitals.sources.iter().map(source));
        }
        for (gauge, (_, last)) in gauges.iter().zip(&vitals.sources) {
            gauge.set(last.map_or(0.0, seconds));
        }
    }
}

/// Returns a yes or no as metrics have them.
pub(crate) fn number(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Returns a time in seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}
