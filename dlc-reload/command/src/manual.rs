//! Completions and manual pages, from the command line itself.

use clap::CommandFactory;
use clap_complete::Shell;
use dlc_reload::cli::shared::{
    failure::Failure,
    manual,
    screen::{To, print},
};

use crate::{cli::CommandLine, exit::Exit, reference::roff};

pub(crate) fn completions(shell: Shell) -> Result<Exit, Failure> {
    manual::completions(CommandLine::command(), shell)?;
    Ok(Exit::Done)
}

/// Prints the page of the program, with the tables of its long help as sections, or that of one command.
pub(crate) fn man(words: &[String]) -> Result<Exit, Failure> {
    let mut whole = CommandLine::command();
    if words.is_empty() {
        whole = whole.after_long_help(None::<&str>);
    }
    let mut text = manual::man(whole, words)?;
    if words.is_empty() {
        text += &roff();
    }
    print(To::Output, &text)?;
    Ok(Exit::Done)
}
