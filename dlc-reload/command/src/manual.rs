//! Completions and manual pages, from the command line itself.

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use crate::{
    cli::CommandLine,
    failure::{Exit, Failure},
    reference::roff,
    screen::{To, print},
};

pub(crate) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    generate(shell, &mut CommandLine::command(), "dlc-reload", &mut text);
    print(To::Output, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

pub(crate) fn man(name: Option<&str>) -> Result<Exit, Failure> {
    let mut whole = CommandLine::command();
    whole.build();
    let command = match name {
        None => whole.after_long_help(None::<&str>),
        Some(name) => {
            let unknown = || Failure::usage(format!("there is no command `{name}`"));
            whole.find_subcommand(name).cloned().ok_or_else(unknown)?
        }
    };
    let mut text = Vec::new();
    let rendered = Man::new(command).render(&mut text);
    rendered.map_err(|error| Failure::new(Exit::Output, error.to_string()))?;
    if name.is_none() {
        text.extend(roff().into_bytes());
    }
    print(To::Output, &String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
