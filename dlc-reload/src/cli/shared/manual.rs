//! Completions and manual pages, from a command line itself.

use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::{
    failure::{Failure, Fault},
    screen::{To, print},
};

/// Prints the completions of a program.
pub fn completions(mut command: Command, shell: Shell) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    generate(shell, &mut command, name, &mut text);
    print(To::Output, &String::from_utf8_lossy(&text))
}

/// Returns the manual page of a program, or of the command to which these words lead.
pub fn man(mut whole: Command, words: &[String]) -> Result<String, Failure> {
    whole.build();
    let mut command = &whole;
    for word in words {
        let unknown = || Failure::usage(format!("there is no command `{word}`"));
        command = command.find_subcommand(word).ok_or_else(unknown)?;
    }
    let mut text = Vec::new();
    let rendered = Man::new(command.clone()).render(&mut text);
    rendered.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
