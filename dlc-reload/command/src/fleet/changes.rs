//! The commands that change a fleet.

use std::{path::Path, time::SystemTime};

use dlc_reload::{
    cli::shared::{
        failure::{Failure, Fault},
        screen::{Fit, Page, To, Tone, note},
        token::read_secret,
    },
    fleet::{Desk, DeskError, Document, SigningKey, Target},
};
use serde_json::json;

use super::{
    check,
    cli::{Freeze, Publish, Start},
    documents, failed,
    output::Output,
    show,
};

/// The problems that are listed at most.
const MOST_PROBLEMS: usize = 50;

/// Publishes files, and prints the number of the version alone.
pub(super) fn publish(
    desk: Desk,
    publication: Publish,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Publish { files, why, unchecked, sign_with } = publication;
    let documents = documents::read(&files)?;
    let desk = match sign_with {
        Some(path) => desk.sign_with(signing_key(&path)?),
        None => desk,
    };
    if !unchecked {
        checked(&desk, &documents)?;
    }
    let version = desk.publish(documents, &why.reason).map_err(failed)?;
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

/// Reads the key that signs.
fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let text = read_secret(path, "key")?;
    let shown = path.display();
    SigningKey::from_pem(&text).map_err(|reason| Failure::usage(format!("`{shown}` is {reason}")))
}

/// Refuses documents that a build of the fleet would refuse.
fn checked(desk: &Desk, documents: &[Document]) -> Result<(), Failure> {
    let builds = desk.builds().map_err(failed)?;
    let checked = check::check(documents, &builds);
    if let Some((tone, text)) = checked.gap(&builds)
        && (tone != Tone::Quiet || To::Messages.is_terminal())
    {
        note(tone, &text);
    }
    let mut problems = checked.problems;
    if problems.is_empty() {
        return Ok(());
    }
    problems.truncate(MOST_PROBLEMS);
    let message = "the services would refuse these documents, so nothing was published; \
                   `--unchecked` publishes all the same";
    Err(Failure { problems, ..Failure::new(Fault::Invalid, message) })
}

pub(super) fn start(desk: &Desk, start: Start, output: &mut Output<'_>) -> Result<(), Failure> {
    let Start { version, plan, why } = start;
    tell(desk.start(version, plan.read()?, &why.reason), output)
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
