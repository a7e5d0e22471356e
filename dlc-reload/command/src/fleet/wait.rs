//! `wait`: until a rollout has ended.

use std::process::ExitCode;

use dlc_reload::{
    cli::shared::{
        failure::Failure,
        screen::{Fit, Grid, Page, Tone},
        show::failure,
    },
    fleet::{Complaint, Desk, Ending, Outcome},
};

use super::{cli::Wait, failed, output::Output, refusal::described};

/// The exit code of whatever is no end of a rollout.
const FAILED: u8 = 1;

/// Waits, and returns the exit code of the verdict.
pub(super) fn wait(desk: &Desk, wait: &Wait, output: &mut Output<'_>) -> Result<ExitCode, Failure> {
    let ending = match desk.wait(wait.goal.into(), *wait.timeout) {
        Ok(ending) => ending,
        Err(error) => {
            failure("dlc-reload", &described(failed(error)), output.is_json());
            return Ok(FAILED.into());
        }
    };
    output.show(&ending, |page, fit| draw(page, fit, &ending))?;
    let code = match ending.outcome {
        Outcome::Reached => 0,
        Outcome::Halted => 2,
        Outcome::Aborted => 3,
        Outcome::TimeOver => 4,
        _ => FAILED,
    };
    Ok(ExitCode::from(code))
}

fn draw(page: &mut Page, fit: Fit, ending: &Ending) {
    let Ending { outcome, rollout, version, reason, problems, .. } = ending;
    let (tone, verdict) = match outcome {
        Outcome::Reached => (Tone::Good, "is on every node"),
        Outcome::Halted => (Tone::Bad, "has halted"),
        Outcome::Aborted => (Tone::Waiting, "was taken back"),
        Outcome::TimeOver => (Tone::Waiting, "is still on its way, and goes on"),
        _ => (Tone::Bad, "is waited for no more"),
    };
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    page.wrapped(tone, fit, &format!("version {version} {verdict} ({rollout}){reason}"));
    let mut grid = Grid::new(fit).marked(2);
    for Complaint { node, problem, .. } in problems {
        grid.row(["×".to_owned(), node.clone(), problem.to_string()]);
    }
    if !problems.is_empty() {
        grid.add_to(page);
    }
    let next = match outcome {
        Outcome::Halted => "· `dlc-reload fleet abort` takes it back, `resume` lets it go on",
        Outcome::TimeOver => "· `dlc-reload fleet status` shows where it is",
        _ => return,
    };
    page.wrapped(Tone::Quiet, fit, next);
}
