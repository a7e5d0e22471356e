//! `completions` and `man`: of the whole program, from its command line.

use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::{
    context::Context,
    exit::Exit,
    shared::{
        failure::{Failure, Fault},
        screen::{To, print},
    },
};

pub(super) fn completions<C>(shell: Shell, context: &Context<'_, C>) -> Result<Exit, Failure> {
    let mut command = context.command.clone();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    generate(shell, &mut command, name, &mut text);
    print(To::Output, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

/// Prints the page of the program, or of the subcommand to which these words lead.
pub(super) fn man<C>(words: &[String], context: &Context<'_, C>) -> Result<Exit, Failure> {
    let mut whole = context.command.clone();
    whole.build();
    let mut command: &Command = &whole;
    for word in words {
        let unknown = || Failure::usage(format!("there is no command `{word}`"));
        command = command.find_subcommand(word).ok_or_else(unknown)?;
    }
    let mut text = Vec::new();
    let rendered = Man::new(command.clone()).render(&mut text);
    rendered.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
    print(To::Output, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
