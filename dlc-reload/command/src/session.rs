//! The session of one command: the service, and the options that all commands share.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    time::Duration,
};

use dlc_reload::cli::shared::{
    client::Client,
    failure::{Failure, Fault},
    screen::{Page, To},
};

use crate::cli::Options;

/// The session of one command.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) json: bool,
    /// True if changes are made without asking.
    pub(crate) yes: bool,
    pub(crate) timeout: Duration,
}

impl Session {
    pub(crate) fn new(options: &Options) -> Result<Self, Failure> {
        let client = options.access.client(options.timeout)?;
        Ok(Self { client, json: options.json, yes: options.yes, timeout: *options.timeout })
    }

    /// Makes sure that a change can be confirmed, before anything is asked of the service.
    pub(crate) fn can_ask(&self, command: &str) -> Result<(), Failure> {
        if io::stdin().is_terminal() && To::Messages.is_terminal() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "`{command}` asks before it changes anything, and there is no terminal to ask on: add `--yes`"
        )))
    }
}

/// Shows a page and asks if it is to be.
///
/// # Errors
///
/// It is not.
pub(crate) fn confirm(page: &Page, question: &str) -> Result<(), Failure> {
    page.print(To::Messages)?;
    let mut stderr = io::stderr();
    // The answer decides, whatever becomes of the question.
    let _ = write!(stderr, "\n{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Fault::NotConfirmed, "not confirmed, so nothing was done"))
}
