//! The parts of screens: what changes, what waits, and what is wrong.

use serde_json::Value;

use super::{
    failure::Failure,
    screen::{Fit, Grid, Page, To, Tone, moment, print_json},
};
use crate::{
    error::Problem,
    reloader::{Overridden, Plan},
    report::{Changed, Shadowed},
};

/// The note of a value that waits.
const WAITS: &str = "waits for a restart";

/// Adds values that were edited without effect.
pub fn shadowed(page: &mut Page, shadowed: &[Shadowed]) {
    for Shadowed { key, origin, by, .. } in shadowed {
        page.marked(format!("  · {key} is set in {origin} but {by} wins"));
    }
}

/// Returns a value, or words for one that is not shown.
fn value(value: Option<&Value>, is_secret: bool) -> String {
    match value {
        _ if is_secret => "(secret)".to_owned(),
        Some(value) => value.to_string(),
        None => "(absent)".to_owned(),
    }
}

/// Returns the old and the new value of a change.
pub fn both(change: &Changed) -> String {
    let Changed { old, new, secret, .. } = change;
    if *secret {
        return "(secret, not shown)".to_owned();
    }
    format!("{} → {}", value(old.as_ref(), false), value(new.as_ref(), false))
}

/// Adds values that differ, one a row: those that change at once, and those that wait for the next start.
pub fn changes(page: &mut Page, fit: Fit, hot: &[Changed], waiting: &[Changed]) {
    let mut grid = Grid::new(fit).marked(2);
    let hot = hot.iter().map(|change| ('~', change, ""));
    let waiting = waiting.iter().map(|change| ('!', change, WAITS));
    let mut rows = hot.chain(waiting).peekable();
    if rows.peek().is_none() {
        return;
    }
    for (mark, change, note) in rows {
        let (mark, key) = (mark.to_string(), change.key.to_string());
        grid.row([mark, key, both(change), fit.place(&change.origin), note.to_owned()]);
    }
    grid.add_to(page);
}

/// Adds problems, one a row.
pub fn problems(page: &mut Page, fit: Fit, problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    let mut grid = Grid::new(fit).marked(2);
    for problem in problems {
        let mark = if problem.is_error() { '×' } else { '?' };
        grid.row([mark.to_string(), problem.to_string()]);
    }
    grid.add_to(page);
}

/// Returns a number of things, in words.
pub fn count(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// Adds the plan of a reload.
pub fn plan(page: &mut Page, fit: Fit, plan: &Plan) {
    let (hot, waiting) = (plan.changes.len(), plan.pending.len());
    let at_once = count(hot, "value changes", "values change");
    let later = count(waiting, "value waits for a restart", "values wait for a restart");
    let title = match (hot, waiting) {
        (0, 0) => "a reload would change nothing".to_owned(),
        (_, 0) => format!("with a reload, {at_once} at once"),
        (0, _) => format!("with a reload, {later}"),
        (..) => format!("with a reload, {at_once} at once, and {later}"),
    };
    page.wrapped(Tone::Heading, fit, &title);
    problems(page, fit, &plan.warnings);
    changes(page, fit, &plan.changes, &plan.pending);
    shadowed(page, &plan.shadowed);
}

/// Returns the end of an override.
pub fn end(held: &Overridden) -> String {
    match held.until {
        Some(until) => format!("until {}", moment(until)),
        None => "until it is unset".to_owned(),
    }
}

/// Returns who asked for an override, and the reason.
pub fn by(held: &Overridden) -> String {
    let Some(name) = held.by.actor_name() else { return format!("by {}", held.by) };
    let route = format!("PUT /overrides/{}: ", held.key);
    match held.by.detail_text().and_then(|detail| detail.strip_prefix(&route)) {
        Some(reason) => format!("by {name}: {reason}"),
        None => format!("by {name}"),
    }
}

/// Tells of the failure of a program.
pub fn failure(program: &str, failure: &Failure, json: bool) {
    if failure.is_end_of_reader() {
        return;
    }
    if json {
        let own = || serde_json::json!({ "error": failure.message }).to_string();
        // The exit code says it all the same.
        let _ = print_json(&failure.json.clone().unwrap_or_else(own));
    }
    let mut page = Page::default();
    let fit = To::Messages.fit();
    page.wrapped(Tone::Bad, fit, &format!("{program}: {}", failure.message));
    problems(&mut page, fit, &failure.problems);
    let _ = page.print(To::Messages);
}
