//! The screens.

use dlc_reload::{
    Accepted, BootOutcome, Changed, Class, NextBoot, Report, SourceState, Status, Verdict,
    WatchingState,
    cli::shared::{
        screen::{Fit, Grid, Page, Tone, moment, stamp},
        show::{both, by, changes, count, end, problems, shadowed},
    },
};
use serde_json::Value;

use crate::view::{Differences, History};

/// Adds a report as it displays itself, with the tone of its verdict.
pub(crate) fn report(page: &mut Page, fit: Fit, report: &Report) {
    let text = report.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let tone = match report.verdict() {
        Verdict::Unchanged => Tone::Plain,
        Verdict::Applied => Tone::Good,
        Verdict::PendingRestart => Tone::Waiting,
        _ => Tone::Bad,
    };
    page.line(tone, first);
    if fit.overflows(rest) {
        let pending: Vec<_> = report.pending().iter().map(|one| one.change.clone()).collect();
        problems(page, fit, report.problems());
        changes(page, fit, report.changes(), &pending);
        shadowed(page, report.shadowed());
    } else if !rest.is_empty() {
        page.marked(rest);
    }
}

/// Adds the differences between two generations.
pub(crate) fn differences(page: &mut Page, fit: Fit, from: u64, to: u64, found: &Differences) {
    let found = &found.changes;
    let title = match found.len() {
        0 => format!("generations {from} and {to} have the same values"),
        some => {
            let some = count(some, "value differs", "values differ");
            format!("from generation {from} to {to}, {some}")
        }
    };
    page.wrapped(Tone::Heading, fit, &title);
    changes(page, fit, found, &[]);
}

/// Adds what a rollback would do: it changes what is hot, and ends the overrides.
pub(crate) fn rollback(page: &mut Page, fit: Fit, status: &Status, to: u64, found: &Differences) {
    let (hot, cold): (Vec<_>, Vec<_>) =
        found.changes.iter().cloned().partition(|change| change.class == Class::Hot);
    let (now, held) = (status.generation, status.overrides.len());
    let some = count(hot.len(), "value changes", "values change");
    let ends = count(held, "override ends", "overrides end");
    let title = match (hot.len(), held) {
        (0, 0) => format!("generation {to} has the hot values that are in force"),
        (_, 0) => format!("with a rollback from generation {now} to {to}, {some} at once"),
        (0, _) => format!("with a rollback from generation {now} to {to}, {ends}"),
        _ => {
            format!("with a rollback from generation {now} to {to}, {some} at once, and {ends}")
        }
    };
    page.wrapped(Tone::Heading, fit, &title);
    changes(page, fit, &hot, &[]);
    if hot.iter().any(is_of_tokens) {
        let text = "  ? operators are let in as then: a token that was revoked since counts again";
        page.wrapped(Tone::Waiting, fit, text);
    }
    let mut grid = Grid::new(fit).marked(2);
    for held in &status.overrides {
        let value = format!("{} ends", held.value);
        grid.row(["»".to_owned(), held.key.to_string(), value, by(held)]);
    }
    grid.add_to(page);
    for change in cold {
        page.marked(format!("  · {} stays, because only a start changes it", change.key));
    }
}

/// Returns true for a change by which the admin API has a token that it does not have now.
fn is_of_tokens(change: &Changed) -> bool {
    let is_token = |item: &Value| item.get("sha256").and(item.get("role")).is_some();
    let is_hash = change.key.to_string().ends_with(".sha256");
    change.new.as_ref().is_some_and(|new| match new {
        Value::Array(items) => items.iter().any(is_token),
        new => is_token(new) || is_hash,
    })
}

/// Adds the history, the newest first.
pub(crate) fn history(page: &mut Page, fit: Fit, history: &History) {
    let mut grid = Grid::new(fit).header(&["GENERATION", "IN FORCE SINCE", "CAUSE", "CHANGED"]);
    for Accepted { generation, accepted_at, report, .. } in history.history.iter().rev() {
        let (cause, changed) = match report {
            Some(report) => {
                let keys = report.changes().iter().map(|change| change.key.to_string());
                (report.trigger().to_string(), keys.collect::<Vec<_>>().join(", "))
            }
            None => ("start".to_owned(), String::new()),
        };
        grid.row([generation.to_string(), stamp(*accepted_at), cause, changed]);
    }
    grid.add_to(page);
}

/// Adds the state of the service.
pub(crate) fn status(page: &mut Page, fit: Fit, status: &Status) {
    summary(page, fit, status);
    if !status.pending.is_empty() {
        page.heading("waits for a restart");
        let mut grid = Grid::new(fit).marked(2);
        for pending in &status.pending {
            let (mark, key) = ("!".to_owned(), pending.change.key.to_string());
            let since = format!("since {}", moment(pending.since));
            grid.row([mark, key, both(&pending.change), fit.place(&pending.change.origin), since]);
        }
        grid.add_to(page);
    }
    if !status.overrides.is_empty() {
        page.heading("overridden");
        let mut grid = Grid::new(fit).marked(2);
        for held in &status.overrides {
            let (mark, key) = ("»".to_owned(), held.key.to_string());
            grid.row([mark, key, held.value.to_string(), end(held), by(held)]);
        }
        grid.add_to(page);
    }
    let ill: Vec<_> =
        status.sources.iter().filter(|source| source.state != SourceState::Fresh).collect();
    if !ill.is_empty() {
        page.heading("sources that are not fresh");
        for source in ill {
            let (name, state) = (&source.name, source.state.as_str());
            let reason = source.reason.as_deref().unwrap_or("it does not exist");
            page.marked(format!("  ? {name}: {state} since {}: {reason}", moment(source.since)));
        }
    }
    for (title, found) in [
        ("the next start", &status.next_boot.problems),
        ("files that cannot be written", &status.unwritten),
    ] {
        if !found.is_empty() {
            page.heading(title);
            problems(page, fit, found);
        }
    }
    if let Some(last) = &status.last_report {
        page.heading("the last reload");
        report(page, fit, last);
    }
    let newest = status.last_report.as_ref().map(Report::id);
    if let Some(failure) = status.last_failure.as_ref().filter(|one| Some(one.id()) != newest) {
        page.heading("the last one that failed");
        report(page, fit, failure);
    }
}

fn summary(page: &mut Page, fit: Fit, status: &Status) {
    let mut rows = vec![("generation", status.generation.to_string())];
    if !status.consistent {
        let text = "× inconsistent: a change failed and could not be undone, restart the service";
        rows.push(("state", text.to_owned()));
    }
    rows.push((
        "watching",
        match &status.watching {
            WatchingState::Active if status.missed_events > 0 => {
                format!(
                    "active, {} noticed late",
                    count(
                        usize::try_from(status.missed_events).unwrap_or(usize::MAX),
                        "change was",
                        "changes were"
                    )
                )
            }
            other => other.to_string(),
        },
    ));
    if let Some(trial) = &status.probation {
        let text = format!("generation {}, proven {}", trial.generation, moment(trial.until));
        rows.push(("probation", text));
    }
    if let Some(good) = &status.last_known_good {
        let text = format!(
            "in force since the start, as of {}: the sources were refused",
            moment(good.accepted_at)
        );
        rows.push(("last known good", text));
    }
    if let Some(retry) = &status.next_retry {
        rows.push(("next retry", moment(retry.at)));
    }
    if let Some(running) = &status.running {
        let text = format!("{} for {:.1} s", running.step, running.duration.as_secs_f64());
        rows.push(("running", text));
    }
    let NextBoot { outcome, looked_at, .. } = &status.next_boot;
    let outcome = match outcome {
        BootOutcome::Starts => "starts with what the sources say",
        BootOutcome::LastKnownGood => {
            "starts from the last known good, since the sources are refused"
        }
        _ => "fails, since the sources are refused",
    };
    rows.push(("next start", format!("{outcome}, as of {}", moment(*looked_at))));
    let fresh = status.sources.iter().filter(|source| source.state == SourceState::Fresh).count();
    rows.push(("sources", format!("{fresh} of {} fresh", status.sources.len())));
    let mut grid = Grid::new(fit);
    for (name, text) in rows {
        grid.row([name.to_owned(), text]);
    }
    grid.add_to(page);
}
