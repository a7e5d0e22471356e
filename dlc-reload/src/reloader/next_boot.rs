//! The next boot: the outcome of a start with what the sources hold.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    candidate::{Candidate, Rejection},
    error::Problem,
    store::Failed,
    time::{Timestamp, rfc3339},
};

/// The outcome of a start of the service with what the sources held at the last look.
///
/// Every look that reads the sources keeps it current: those by themselves, [retries](crate::NextRetry) among them, and
/// those of a reload that is asked for. Where nothing is [watched](crate::Builder::watch), it is as old as the last
/// reload; [`looked_at`](Self::looked_at) says how old.
///
/// A start asks neither hooks nor observers, so content that only they refuse would start, and so would a value that
/// waits for a restart. The environment variables are those of this process.
/// [`Reloader::is_ready`](crate::Reloader::is_ready) does not depend on it.
///
/// ```
/// # use dlc_reload::{Loader, Reloadable, Trigger};
/// use dlc_reload::BootOutcome;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(restart)] port: u16 }
/// # let path = std::env::temp_dir().join(format!("dlc-reload-next-boot-{}.yaml", std::process::id()));
/// # std::fs::write(&path, "port: 80").unwrap();
/// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
/// std::fs::write(&path, "port: http").unwrap();
/// reloader.reload(Trigger::api("nightly job")).wait()?;
///
/// let next = reloader.status().next_boot;
/// assert_eq!(next.outcome, BootOutcome::Fails);
/// assert!(next.problems[0].message.contains("expected an integer"));
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), dlc_reload::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct NextBoot {
    /// The outcome.
    pub outcome: BootOutcome,
    /// The problems that the start would tell of: warnings where it takes what the sources say, otherwise the reasons
    /// why it does not.
    pub problems: Vec<Problem>,
    /// The time since which the outcome and the problems have been the same.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub since: SystemTime,
    /// The time of the last look.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Timestamp")]
    pub looked_at: SystemTime,
}

/// The outcome of a start, in a [`NextBoot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BootOutcome {
    /// The service starts with what the sources say.
    Starts,
    /// The sources are refused, or hold what [failed its probation](crate::Builder::probation), and the service starts
    /// from the [last known good](crate::Loader::last_known_good).
    LastKnownGood,
    /// The sources are refused, and the service does not start.
    Fails,
}

impl NextBoot {
    /// Makes what a start itself has found.
    pub(super) const fn of_start(
        degraded: bool,
        problems: Vec<Problem>,
        started_at: SystemTime,
    ) -> Self {
        let outcome = if degraded { BootOutcome::LastKnownGood } else { BootOutcome::Starts };
        Self::new(outcome, problems, started_at)
    }

    /// Makes what a look has found. `failed` is remembered of the content if it failed its probation. `good` says
    /// whether there is a last known good to start from, or why it cannot be used; it is asked only where one is
    /// needed.
    pub(super) fn found<C>(
        candidate: &Result<Candidate<C>, Rejection>,
        failed: Option<&Failed>,
        good: impl FnOnce() -> Result<bool, Problem>,
        now: SystemTime,
    ) -> Self {
        match (candidate, failed) {
            (Ok(candidate), Some(failed)) => Self::ill(&candidate.warnings, failed, good, now),
            (Ok(candidate), None) => {
                Self::new(BootOutcome::Starts, candidate.warnings.clone(), now)
            }
            (Err(refused), _) => {
                let (outcome, unusable) = match good() {
                    Ok(true) => (BootOutcome::LastKnownGood, None),
                    Ok(false) => (BootOutcome::Fails, None),
                    Err(unusable) => (BootOutcome::Fails, Some(unusable)),
                };
                Self::new(outcome, refused.problems.iter().cloned().chain(unusable).collect(), now)
            }
        }
    }

    /// Makes the one of content that failed its probation, and has these warnings beside that.
    pub(super) fn ill(
        warnings: &[Problem],
        failed: &Failed,
        good: impl FnOnce() -> Result<bool, Problem>,
        now: SystemTime,
    ) -> Self {
        match good() {
            Ok(true) => Self::new(BootOutcome::LastKnownGood, vec![failed.refusal()], now),
            none => {
                let unusable = none.err().map(Problem::into_warning);
                let warnings = warnings.iter().cloned().chain(unusable).chain([failed.warning()]);
                Self::new(BootOutcome::Starts, warnings.collect(), now)
            }
        }
    }

    const fn new(outcome: BootOutcome, problems: Vec<Problem>, now: SystemTime) -> Self {
        Self { outcome, problems, since: now, looked_at: now }
    }

    /// Takes the place of what was found before.
    pub(super) fn after(self, before: &Self) -> Self {
        let same = (self.outcome, &self.problems) == (before.outcome, &before.problems);
        Self { since: if same { before.since } else { self.since }, ..self }
    }
}
