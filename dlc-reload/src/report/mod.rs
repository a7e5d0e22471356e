//! The report of one reload, for people and for machines.

mod changed;
mod explain;
mod observer;
mod origins;
mod row;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::row::{Row, length, without_effect};
pub use self::{
    changed::{Changed, Pending, Shadowed},
    explain::{Explanation, ExplanationRow, RowOutcome},
    observer::{Intent, Observer},
};
pub(crate) use self::{
    origins::origins,
    row::{Cells, WIDEST},
};
use crate::{
    error::Problem,
    place::SourceVersion,
    time::{Timestamp, microseconds, rfc3339},
    trigger::Trigger,
};

/// The greatest width of a column, in characters; a wider value stands out. Formatting cannot take an
/// unlimited width.
const WIDEST_COLUMN: usize = 100;

/// The outcome of a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The same values are in force as before, and nothing new waits.
    Unchanged,
    /// At least one hot field has its new value.
    Applied,
    /// Only values that wait for the next start changed.
    PendingRestart,
    /// The candidate was refused; everything stays as it was.
    Rejected,
    /// A commit failed, and the commits before it were undone; everything is as it was.
    RolledBack,
    /// A commit failed and so did undoing the others, or a change that failed its probation could not
    /// be taken back: the service is in a state that no configuration describes. From then on nothing is
    /// reloaded, ended or checked by itself. A reload that is asked for still runs, but only a restart
    /// makes the service [ready](crate::Reloader::is_ready) again, since the hooks may have left anything
    /// behind.
    Inconsistent,
}

impl Verdict {
    /// Returns the word used in logs, metrics and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Applied => "applied",
            Self::PendingRestart => "pending_restart",
            Self::Rejected => "rejected",
            Self::RolledBack => "rolled_back",
            Self::Inconsistent => "inconsistent",
        }
    }

    /// Returns true if the candidate was accepted, with or without an effect.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Unchanged | Self::Applied | Self::PendingRestart)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The result of one reload: its cause, its verdict, and every change and problem.
///
/// `Display` writes it for people, and `Serialize` for machines; secrets appear in neither. `Deserialize` reads
/// what `Serialize` wrote.
///
/// ```
/// use dlc_reload::{Trigger, Verdict};
/// # use dlc_reload::{Loader, Reloadable};
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32, #[reload(restart)] port: u16 }
/// # let path = std::env::temp_dir().join(format!("dlc-reload-report-{}.yaml", std::process::id()));
/// # std::fs::write(&path, "{rate: 100, port: 80}").unwrap();
/// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
///
/// std::fs::write(&path, "{rate: 50, port: 81}").unwrap();
/// let report = reloader.reload(Trigger::api("nightly job").actor("ops")).wait()?;
///
/// assert_eq!(report.verdict(), Verdict::Applied);
/// assert_eq!(report.changes()[0].key.to_string(), "rate");
/// assert_eq!(report.pending()[0].change.key.to_string(), "port");
/// assert!(report.to_string().starts_with("reload #1 by api (nightly job) for ops: applied"));
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    pub(crate) id: u64,
    pub(crate) generation: u64,
    pub(crate) trigger: Trigger,
    pub(crate) verdict: Verdict,
    pub(crate) changes: Vec<Changed>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) shadowed: Vec<Shadowed>,
    pub(crate) problems: Vec<Problem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<SourceVersion>,
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub(crate) started_at: SystemTime,
    #[serde(rename = "duration_us", with = "microseconds")]
    #[schemars(with = "u64")]
    pub(crate) duration: Duration,
}

impl Report {
    /// Returns the number of the reload in this process; the start itself is number 0.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Returns the generation in force after the reload.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns the cause.
    pub const fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    /// Returns the outcome.
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns the hot fields that changed; for `rolled_back` and `inconsistent`, those that were tried.
    pub fn changes(&self) -> &[Changed] {
        &self.changes
    }

    /// Returns every value that waits for the next start after this reload.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// Returns the values that were edited without effect.
    pub fn shadowed(&self) -> &[Shadowed] {
        &self.shadowed
    }

    /// Returns the errors and warnings.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns the versions of the sources that the report is about, of those that [have
    /// one](crate::source::Intake::version): what was read, or what is in force where nothing was.
    ///
    /// ```
    /// use dlc_reload::{Format, Loader, Reloadable, Trigger, source::{Intake, Source}};
    ///
    /// struct Store;
    ///
    /// impl Source for Store {
    ///     fn read(&self, intake: &mut Intake<'_>) {
    ///         intake.version("42");
    ///         intake.text("store", Format::Yaml, "rate: 7");
    ///     }
    ///     fn name(&self) -> std::borrow::Cow<'_, str> {
    ///         "store".into()
    ///     }
    /// }
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] rate: u32 }
    /// let reloader = Loader::<Config>::new().source(Store).load()?.reloader().start()?;
    /// let report = reloader.reload(Trigger::api("an example")).wait()?;
    /// assert_eq!((&*report.sources()[0].source, &*report.sources()[0].version), ("store", "42"));
    /// assert_eq!(reloader.status().sources[0].version.as_deref(), Some("42"));
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn sources(&self) -> &[SourceVersion] {
        &self.sources
    }

    /// Returns the time at which the reload began.
    pub const fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// Returns what is kept of a report that is too large for its place: all but the values and problems, and a warning
    /// that says so.
    pub(crate) fn shortened(&self, warning: &str) -> Self {
        Self {
            trigger: self.trigger.shortened(),
            changes: Vec::new(),
            pending: Vec::new(),
            shadowed: Vec::new(),
            problems: vec![Problem::warning(warning)],
            sources: Vec::new(),
            ..*self
        }
    }

    /// Returns the time that it took; in JSON, `duration_us` has it in microseconds.
    pub const fn duration(&self) -> Duration {
        self.duration
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, trigger, verdict, duration, .. } = self;
        write!(
            f,
            "reload #{id} by {trigger}: {} ({})",
            verdict.as_str().replace('_', " "),
            Short(*duration)
        )?;
        for problem in &self.problems {
            write!(f, "\n  {} {problem}", if problem.is_error() { '×' } else { '?' })?;
        }
        let changed = self.changes.iter().map(|change| Row::new('~', change, ""));
        let note = "   waits for a restart";
        let waiting = self.pending.iter().map(|pending| Row::new('!', &pending.change, note));
        let rows: Vec<_> = changed.chain(waiting).collect();
        let first = width(rows.iter().map(|row| &row.key));
        let second = width(rows.iter().map(|row| &row.values));
        for row in &rows {
            write!(f, "\n{}", row.aligned(first, second))?;
        }
        for shadowed in &self.shadowed {
            write!(f, "\n{}", without_effect(shadowed))?;
        }
        Ok(())
    }
}

/// Returns the width of a column: that of its widest text, up to [`WIDEST_COLUMN`].
fn width<'t>(texts: impl Iterator<Item = &'t String>) -> usize {
    texts.map(|text| length(text).min(WIDEST_COLUMN)).max().unwrap_or_default()
}

/// A duration as people read it: `3 ms`, `2.5 s`.
struct Short(Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match micros {
            0..1_000 => write!(f, "{micros} µs"),
            1_000..1_000_000 => write!(f, "{} ms", micros / 1_000),
            _ => write!(f, "{:.1} s", self.0.as_secs_f64()),
        }
    }
}
