//! `dlc-reload`, the command of operators: it shows and changes the configuration of a running service, through its admin API.
//!
//! The ways of it: [`cli`] says what was asked, [`session`] knows the service, [`client`] and [`events`] ask it, [`look`] and
//! [`change`] are the commands, [`show`] and [`fields`] draw their screens. `docs/operators/command.md` is for its users.

mod change;
mod cli;
mod client;
mod events;
mod failure;
mod fields;
mod look;
mod manual;
mod reference;
mod screen;
mod session;
mod show;
mod token;
mod view;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    cli::{Command, CommandLine},
    failure::{Exit, Failure},
    screen::{Page, To, Tone, print_json},
    session::Session,
};

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Where it cannot be printed, the exit code says it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let json = line.options.json;
    match run(line) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            tell(&failure, json);
            failure.exit.into()
        }
    }
}

fn run(line: CommandLine) -> Result<Exit, Failure> {
    let CommandLine { options, command } = line;
    let session = || Session::new(&options);
    match command {
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { command } => manual::man(command.as_deref()),
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
    }
}

fn tell(failure: &Failure, json: bool) {
    // A reader that has seen enough, such as `head`, wants no message.
    if failure.exit == Exit::Output && failure.message.contains("Broken pipe") {
        return;
    }
    if let Some(text) = failure.json.as_deref().filter(|_| json) {
        // The exit code says it all the same.
        let _ = print_json(text);
    }
    let mut page = Page::default();
    let fit = To::Messages.fit();
    page.wrapped(Tone::Bad, fit, &format!("dlc-reload: {}", failure.message));
    show::problems(&mut page, fit, &failure.problems);
    let _ = page.print(To::Messages);
}
