//! Every verdict and every change as `tracing` events with structured fields.

use std::fmt;

use serde_json::Value;
use tracing::{debug, error, info, warn};

use crate::{
    error::{Problem, Severity},
    report::{Changed, Report, TriggerKind, Verdict},
};

/// How the reload before ended, as far as it matters for what is worth saying now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// It was accepted, or there was none.
    Accepted,
    /// It was not accepted.
    Failed,
    /// It was refused for the same reasons, and so was the same content.
    RefusedTheSame,
}

/// Logs a report: one event for each change, waiting value and problem, and one for the verdict.
///
/// What was logged before, because the same bad input was looked at again, is not said again.
pub(crate) fn report(report: &Report, before: Before) {
    for change in &report.changes {
        let Changed { key, class, old, new, origin, .. } = change;
        match report.verdict {
            Verdict::Applied => {
                info!(reload = report.id, %key, %class, old = %Shown(old, change), new = %Shown(new, change), %origin, "configuration changed");
            }
            _ => {
                warn!(reload = report.id, %key, %class, %origin, "configuration change did not last")
            }
        }
    }
    for pending in report.pending.iter().filter(|pending| pending.since >= report.started_at) {
        let change = &pending.change;
        let Changed { key, old, new, origin, .. } = change;
        warn!(reload = report.id, %key, old = %Shown(old, change), new = %Shown(new, change), %origin, "configuration change waits for a restart");
    }
    for shadowed in &report.shadowed {
        let (key, origin, by) = (&shadowed.key, &shadowed.origin, &shadowed.by);
        warn!(reload = report.id, %key, %origin, %by, "configuration value is set without effect");
    }
    if before != Before::RefusedTheSame {
        problems(report.id, &report.problems);
    }
    verdict(report, before);
}

/// Logs problems one by one.
pub(crate) fn problems(reload: u64, problems: &[Problem]) {
    for problem in problems {
        match problem.severity {
            Severity::Error => error!(reload, "{problem}"),
            Severity::Warning => warn!(reload, "{problem}"),
        }
    }
}

fn verdict(report: &Report, before: Before) {
    let Report { id, generation, trigger, verdict, .. } = report;
    let (changes, pending) = (report.changes.len(), report.pending.len());
    let duration_us = u64::try_from(report.duration.as_micros()).unwrap_or(u64::MAX);
    macro_rules! event {
        ($level:ident, $text:literal) => {
            $level!(reload = id, %verdict, generation, %trigger, changes, pending, duration_us, $text)
        };
    }
    // Whoever sends a signal has no other answer than the log, and what an admin does is audited.
    let asked = matches!(trigger.kind(), TriggerKind::Signal | TriggerKind::Admin);
    match verdict {
        Verdict::Unchanged if before == Before::Failed => {
            event!(info, "configuration accepted again, nothing changed")
        }
        Verdict::Unchanged if asked => event!(info, "configuration reload changed nothing"),
        Verdict::Unchanged => event!(debug, "configuration reload changed nothing"),
        Verdict::Applied => event!(info, "configuration reloaded"),
        Verdict::PendingRestart => {
            event!(warn, "configuration reloaded, all of it waits for a restart")
        }
        Verdict::Rejected if before == Before::RefusedTheSame && asked => {
            event!(warn, "configuration is still refused, the running values stay")
        }
        Verdict::Rejected if before == Before::RefusedTheSame => {
            event!(debug, "configuration is still refused, the running values stay")
        }
        Verdict::Rejected => event!(error, "configuration refused, the running values stay"),
        Verdict::RolledBack => event!(error, "configuration change failed and was undone"),
        Verdict::Inconsistent => {
            event!(error, "configuration change failed and could not be undone")
        }
    }
}

/// A value on one line; a secret is not shown.
struct Shown<'a>(&'a Option<Value>, &'a Changed);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            _ if self.1.secret => f.write_str("(secret)"),
            Some(value) => value.fmt(f),
            None => f.write_str("(absent)"),
        }
    }
}
