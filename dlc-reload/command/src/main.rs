//! `dlc-reload`, the command of operators: it shows and changes the configuration of a running service, through its
//! admin API.
//!
//! The ways of it: [`cli`] says what was asked, [`session`] knows the service and [`events`] follows it, [`look`] and
//! [`change`] are the commands, [`show`] draws their screens; [`fleet`] has those for a fleet, which ask its store. The
//! client, and what the subcommands of a program draw as well, is that of the library. `docs/operators/command.md` is
//! for its users.

mod change;
mod cli;
mod events;
mod exit;
mod fleet;
mod look;
mod manual;
mod reference;
mod session;
mod show;
mod view;

use std::process::ExitCode;

use dlc_reload::cli::{
    parse,
    shared::{failure::Failure, show::failure as tell},
};

use crate::{
    cli::{Command, CommandLine},
    exit::Exit,
    session::Session,
};

fn main() -> ExitCode {
    let line: CommandLine = parse();
    let json = line.options.json;
    match run(line) {
        Ok(exit) => exit,
        Err(failure) => {
            tell("dlc-reload", &failure, json);
            Exit::from(failure.fault).into()
        }
    }
}

fn run(line: CommandLine) -> Result<ExitCode, Failure> {
    let CommandLine { options, command } = line;
    let session = || Session::new(&options);
    let exit = match command {
        Command::Fleet(args) => return fleet::on_its_store(&options, args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { command } => manual::man(&command),
        Command::Status => look::status(&session()?),
        Command::Config { key } => look::config(&session()?, key.as_ref()),
        Command::Plan => look::plan(&session()?),
        Command::History => look::history(&session()?),
        Command::Diff { a, b } => look::diff(&session()?, a, b),
        Command::Watch => look::watch(&session()?),
        Command::Reload { why, confirm_shrinking } => {
            change::reload(&session()?, why.reason.as_deref(), confirm_shrinking)
        }
        Command::Rollback { generation, why } => {
            change::roll_back(&session()?, generation, why.reason.as_deref())
        }
        Command::Override(asked) => change::put_override(&session()?, &asked),
        Command::Unset { key, why } => change::unset(&session()?, &key, why.reason.as_deref()),
    };
    exit.map(Into::into)
}
