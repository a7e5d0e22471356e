//! The commands that change a fleet.

use std::time::SystemTime;

use dlc_reload::{
    cli::shared::{
        failure::Failure,
        screen::{Fit, Page, To, Tone, note},
    },
    fleet::{Desk, DeskError, Target},
};
use serde_json::json;

use super::{
    cli::{Freeze, Publish, Start},
    documents, failed,
    output::Output,
    show,
};

/// Publishes files, and prints the number of the version alone.
pub(super) fn publish(
    desk: &Desk,
    publication: Publish,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Publish { files, why, unchecked } = publication;
    let documents = documents::read(&files)?;
    let _ = unchecked;
    let version = desk.publish(documents, &why).map_err(failed)?;
    output.show(&json!({ "version": version }), |page, _| {
        page.line(Tone::Plain, version.to_string())
    })?;
    if To::Messages.is_terminal() {
        let text = format!(
            "· no node runs it yet: `dlc-reload fleet start {version} --why …` takes it to the nodes"
        );
        note(Tone::Quiet, &text);
    }
    Ok(())
}

pub(super) fn start(desk: &Desk, start: Start, output: &mut Output<'_>) -> Result<(), Failure> {
    let Start { version, plan, why } = start;
    tell(desk.start(version, plan.read()?, &why), output)
}

pub(super) fn freeze(desk: &Desk, freeze: &Freeze, output: &mut Output<'_>) -> Result<(), Failure> {
    let Freeze { until, lasts, why } = freeze;
    let after = lasts.and_then(|lasts| SystemTime::now().checked_add(*lasts));
    let until =
        until.or(after).ok_or_else(|| Failure::usage("that is too far away for a freeze"))?;
    tell(desk.freeze(until, &why.reason), output)
}

/// Prints the pointer after a change.
pub(super) fn tell(
    changed: Result<Target, DeskError>,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let target = changed.map_err(failed)?;
    output.show(&target, |page: &mut Page, fit: Fit| show::changed(page, fit, &target))
}
