//! `template`: a file with every key, for an operator to begin with.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{context::Context, exit::Exit, printed::put, shared::failure::Failure};
use crate::{durable, section::Reloadable, source::Format};

/// The arguments of `template`.
#[derive(Debug, clap::Args)]
pub(super) struct TemplateArgs {
    /// The format of the file; without it, that of the file's name, or YAML. JSON has no comments, and is the values
    /// alone
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Write it to this file, which is not there yet, for this user alone
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    Yaml,
    Toml,
    Json,
}

impl TemplateArgs {
    fn format(&self, json: bool) -> Format {
        match self.format {
            Some(FileFormat::Json) => Format::Json,
            Some(FileFormat::Toml) => Format::Toml,
            Some(FileFormat::Yaml) => Format::Yaml,
            None if json => Format::Json,
            None => self.output.as_ref().and_then(Format::from_path).unwrap_or(Format::Yaml),
        }
    }
}

pub(super) fn run<C: Reloadable>(
    args: &TemplateArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    if let Some(path) = args.output.as_deref().filter(|path| path.symlink_metadata().is_ok()) {
        let shown = path.display();
        let message = format!("{shown} is there already: name another file, or remove it");
        return Err(Failure::usage(message));
    }
    // Secrets will be in it.
    let text = context.loader().template(args.format(context.json));
    put(&text, args.output.as_deref(), durable::replace)
}
