//! Every verdict and every change as `tracing` events with structured fields.

use tracing::{debug, error, info, warn};

use super::sources::{SourceState, SourceStatus};
use crate::{
    error::{LOG, Problem, Severity},
    place::{Key, beginning},
    report::{Cells, Changed, Report, Verdict, WIDEST},
    snapshot::Generation,
    store::LastKnownGood,
    time::{micros, rfc3339::displayed},
    trigger::{Trigger, TriggerKind},
};

/// Logs a report: one event for each change, waiting value and problem, and one for the verdict.
///
/// `newly_waiting` is what waits and did not before, `news` the problems that were not said before, and
/// `before` the verdict of the report before; `same` says that both looked at the same content.
pub(crate) fn report(
    report: &Report,
    newly_waiting: &[Key],
    news: &[&Problem],
    before: Option<Verdict>,
    same: bool,
) {
    for change in &report.changes {
        let (class, Cells { key, old, new, origin }) = (change.class, cells(change));
        match report.verdict {
            Verdict::Applied => {
                info!(target: LOG, reload = report.id, %key, %class, %old, %new, %origin, "configuration changed");
            }
            _ => {
                warn!(target: LOG, reload = report.id, %key, %class, %origin, "configuration change did not last")
            }
        }
    }
    let is_new = |change: &&Changed| newly_waiting.contains(&change.key);
    for change in report.pending.iter().map(|pending| &pending.change).filter(is_new) {
        let Cells { key, old, new, origin } = cells(change);
        warn!(target: LOG, reload = report.id, %key, %old, %new, %origin, "configuration change waits for a restart");
    }
    for shadowed in &report.shadowed {
        let (key, origin, by) = (shadowed.key.to_string(), &shadowed.origin, &shadowed.by);
        let key = beginning(&key, WIDEST);
        warn!(target: LOG, reload = report.id, %key, %origin, %by, "configuration value is set without effect");
    }
    problems(report.id, news.iter().copied());
    verdict(report, before, news.is_empty() && same);
}

/// Logs that a retry was refused for the reasons that were logged before.
pub(crate) fn still_refused(trigger: &Trigger) {
    debug!(target: LOG, %trigger, "configuration is still refused, it is tried again");
}

/// Logs that nothing happens by itself any more.
pub(crate) fn stopped(reload: u64) {
    error!(target: LOG, reload, "nothing reloads by itself any more, because a change could not be undone: restart the service");
}

/// Logs that the reload thread asks itself for reloads without end.
pub(crate) fn held(trigger: &Trigger) {
    warn!(target: LOG, %trigger, "an observer, a hook or a handler asks for one reload after another, they are held to ten a second");
}

/// Logs the end of a probation.
pub(crate) fn proven(generation: Generation) {
    info!(target: LOG, generation = generation.0, "configuration has proven itself");
}

/// Logs that the service runs on a configuration of an earlier time, and why.
pub(crate) fn degraded(good: &LastKnownGood) {
    let (path, accepted_at) = (good.path.display(), displayed(good.accepted_at));
    error!(target: LOG, %path, accepted_at, "the sources are refused, the last known good configuration is in force: mend them");
    problems(0, good.problems.iter());
}

/// Logs that a source has become stale, or is stale no longer.
pub(crate) fn source(source: &SourceStatus) {
    let SourceStatus { name, state, since, reason, .. } = source;
    match (state, reason) {
        (SourceState::Stale, Some(reason)) => {
            let since = displayed(*since);
            warn!(target: LOG, source = %name, since, "source is stale, what it had stays in force: {reason}");
        }
        (SourceState::Missing, Some(reason)) => {
            warn!(target: LOG, source = %name, "source is missing: {reason}");
        }
        _ => info!(target: LOG, source = %name, "source is fresh again"),
    }
}

/// Logs problems one by one.
pub(crate) fn problems<'p>(reload: u64, problems: impl Iterator<Item = &'p Problem>) {
    for problem in problems {
        match problem.severity {
            Severity::Error => error!(target: LOG, reload, "{problem}"),
            Severity::Warning => warn!(target: LOG, reload, "{problem}"),
        }
    }
}

fn verdict(report: &Report, before: Option<Verdict>, said: bool) {
    let Report { id, generation, trigger, verdict, .. } = report;
    let (changes, pending) = (report.changes.len(), report.pending.len());
    let duration_us = micros(report.duration);
    macro_rules! event {
        ($level:ident, $text:literal) => {
            $level!(target: LOG, reload = id, %verdict, generation, %trigger, changes, pending, duration_us, $text)
        };
    }
    // The sender of a signal gets no report but the log, and the reloads of an admin are looked back at.
    let by_operator = matches!(trigger.kind(), TriggerKind::Signal | TriggerKind::Admin);
    match verdict {
        Verdict::Unchanged if before.is_some_and(|before| !before.is_success()) => {
            event!(info, "configuration accepted again, nothing changed")
        }
        Verdict::Unchanged if by_operator => event!(info, "configuration reload changed nothing"),
        Verdict::Unchanged => event!(debug, "configuration reload changed nothing"),
        Verdict::Applied => event!(info, "configuration reloaded"),
        Verdict::PendingRestart => {
            event!(warn, "configuration reloaded, all of it waits for a restart")
        }
        Verdict::Rejected if said && by_operator => {
            event!(warn, "configuration is still refused, the running values stay")
        }
        Verdict::Rejected if said => {
            event!(debug, "configuration is still refused, the running values stay")
        }
        Verdict::Rejected => event!(error, "configuration refused, the running values stay"),
        Verdict::RolledBack => event!(error, "configuration change failed and was undone"),
        Verdict::Inconsistent => {
            event!(error, "configuration change failed and could not be undone")
        }
    }
}

/// Returns the texts of a change for one line, which with all else that is said of it is no wider than a row.
fn cells(change: &Changed) -> Cells {
    const ALL_ELSE: usize = 90;
    let cells = Cells::new(change, WIDEST - ALL_ELSE);
    if change.secret {
        let hidden = || "(secret)".to_owned();
        return Cells { old: hidden(), new: hidden(), ..cells };
    }
    cells
}
