//! Texts that are printed, put into a file, or compared with one that is committed.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    context::Context,
    exit::Exit,
    shared::{
        failure::{Failure, Fault},
        screen::{To, print},
    },
};
use crate::{durable, section::Reloadable};

/// The arguments that say where a text goes.
#[derive(Debug, clap::Args)]
pub(super) struct PrintArgs {
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compare it with this file, and exit with 1 where it differs
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    check: Option<PathBuf>,
}

/// The result of a comparison, as JSON.
#[derive(Serialize)]
struct Compared<'c> {
    stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'c str>,
    /// The command that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'c str>,
}

impl PrintArgs {
    /// Returns true if the text is to be printed.
    pub(super) const fn is_to_print(&self) -> bool {
        self.output.is_none() && self.check.is_none()
    }

    /// Prints, writes or compares a text. `asks` are the words of the subcommand that makes it.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn put<C: Reloadable>(
        &self,
        text: &str,
        asks: &str,
        context: &Context<'_, C>,
    ) -> Result<Exit, Failure> {
        if let Some(path) = &self.check {
            let mends = format!("{} {asks} -o {}", context.program, path.display());
            return compared(durable::staleness(path, text), &mends, context);
        }
        put(text, self.output.as_deref(), durable::rewrite)
    }
}

/// Prints a text, or writes it to a file.
pub(super) fn put(
    text: &str,
    path: Option<&Path>,
    write: impl Fn(&Path, &[u8]) -> Result<(), durable::Failure>,
) -> Result<Exit, Failure> {
    match path {
        Some(path) => {
            let written = write(path, text.as_bytes());
            written.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
        }
        None => print(To::Output, text)?,
    }
    Ok(Exit::Done)
}

fn compared<C: Reloadable>(
    staleness: Option<String>,
    mends: &str,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let Some(difference) = staleness else {
        let compared = Compared { stale: false, difference: None, command: None };
        context.print(&compared, |page, _| page.marked("the file is up to date"))?;
        return Ok(Exit::Done);
    };
    let compared = Compared { stale: true, difference: Some(&difference), command: Some(mends) };
    context.print(&compared, |page, _| {
        page.marked(&difference);
        page.marked(format!("to mend it, run: {mends}"));
    })?;
    Ok(Exit::Invalid)
}
