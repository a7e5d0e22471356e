//! The commands for a fleet: `cli` says what was asked, `open` finds the store, `changes` and `look` are the commands,
//! `show` draws their screens on an `output`.

mod changes;
mod check;
mod cli;
mod documents;
mod look;
mod open;
mod output;
mod person;
mod plan;
mod reference;
mod refusal;
mod show;
#[cfg(test)]
mod tests;
mod wait;

use std::{process::ExitCode, sync::Arc, time::Duration};

use dlc_reload::{
    cli::shared::{
        failure::{Failure, Fault},
        screen::{To, print},
    },
    fleet::{Desk, DeskError, Store},
};

pub(crate) use self::cli::FleetArgs;
use self::{cli::FleetCommand, output::Output, refusal::described};
use crate::{cli::Options, exit::Exit};

/// The longest time for a call of the store, whatever `--timeout` says: a third of it later another member is tried,
/// and nobody waits for minutes to read that the store is away.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Runs a command on the store that the command line names.
pub(crate) fn on_its_store(options: &Options, args: FleetArgs) -> Result<ExitCode, Failure> {
    let timeout = LONGEST_CALL.min(*options.timeout);
    let store = args.access.open(options.access.ca_file.clone(), timeout)?;
    let mut write = |text: &str| print(To::Output, text);
    let mut output = Output::new(options.json, To::Output.fit(), &mut write);
    run(args, store, &mut output)
}

/// Runs a command on a store.
fn run(
    args: FleetArgs,
    store: Arc<dyn Store>,
    output: &mut Output<'_>,
) -> Result<ExitCode, Failure> {
    carry_out(args, store, output).map_err(described)
}

fn carry_out(
    args: FleetArgs,
    store: Arc<dyn Store>,
    output: &mut Output<'_>,
) -> Result<ExitCode, Failure> {
    let by = args.by.unwrap_or_else(person::name);
    let desk = Desk::new(Arc::clone(&store), by);
    match args.command {
        FleetCommand::Publish(publication) => changes::publish(desk, publication, output)?,
        FleetCommand::Start(start) => changes::start(&desk, start, output)?,
        FleetCommand::Pause(why) => changes::tell(desk.pause(&why.reason), output)?,
        FleetCommand::Resume(why) => changes::tell(desk.resume(&why.reason), output)?,
        FleetCommand::Abort(why) => changes::tell(desk.abort(&why.reason), output)?,
        FleetCommand::Promote(why) => changes::tell(desk.promote(&why.reason), output)?,
        FleetCommand::Pin { node, version, why } => {
            changes::tell(desk.pin(&node, version, &why.reason), output)?;
        }
        FleetCommand::Unpin { node, why } => {
            changes::tell(desk.unpin(&node, &why.reason), output)?;
        }
        FleetCommand::Freeze(freeze) => changes::freeze(&desk, &freeze, output)?,
        FleetCommand::Unfreeze(why) => changes::tell(desk.unfreeze(&why.reason), output)?,
        FleetCommand::Retry(why) => changes::tell(desk.retry(&why.reason), output)?,
        FleetCommand::Status { nodes } => look::status(&desk, nodes, output)?,
        FleetCommand::Watch => look::watch(&desk, &*store, output)?,
        FleetCommand::Log { most } => look::log(&desk, most, output)?,
        FleetCommand::Versions { most } => look::versions(&desk, most, output)?,
        FleetCommand::Diff { a, b } => look::diff(&desk, a, b, output)?,
        FleetCommand::Wait(wait) => return wait::wait(&desk, &wait, output),
    }
    Ok(Exit::Done.into())
}

/// Returns what a desk has against a command as the failure of the command.
fn failed(error: DeskError) -> Failure {
    match error {
        DeskError::Store(error) => Failure::new(Fault::NoAccess, error.to_string()),
        error => Failure::new(Fault::Invalid, error.to_string()),
    }
}
