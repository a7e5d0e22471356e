//! `schema`: the JSON schema of the configuration, for editors and for other programs.

mod edit;
mod install;
mod mark;
mod paths;
mod settings;

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use self::install::{Plan, Wanted, Written};
use super::{
    context::Context,
    exit::Exit,
    printed::PrintArgs,
    shared::{
        failure::{Failure, Fault},
        screen::{Page, Tone},
    },
};
use crate::{
    schema::{draft_07, file_schema, schema},
    section::Reloadable,
};

/// The arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// The edition of JSON schema; most editors read no later one than draft-07
    #[arg(long, value_enum, default_value_t, value_name = "EDITION")]
    draft: Draft,
    /// The schema of all files and variables together, which requires keys; without this, it is that of one file,
    /// beside which others may set them
    #[arg(long)]
    whole: bool,
    #[command(flatten)]
    printed: PrintArgs,
    /// Write it, and name it to editors in these files and in those of these directories; without a path, in all that
    /// the service reads
    #[arg(long, num_args = 0.., value_name = "PATH", conflicts_with_all = ["check", "output", "whole"])]
    install: Option<Vec<PathBuf>>,
    /// The file that `--install` writes the schema to; without this, it lies beside the first file
    #[arg(long, value_name = "FILE", requires = "install")]
    schema: Option<PathBuf>,
    /// The directory that VS Code opens, for the settings about files to come; without this, the nearest one with
    /// `.vscode` or `.git`
    #[arg(long, value_name = "DIRECTORY", requires = "install")]
    workspace: Option<PathBuf>,
    /// Show what `--install` would write, and write nothing
    #[arg(long, requires = "install")]
    dry_run: bool,
}

/// An edition of JSON schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Draft {
    #[default]
    #[value(name = "07")]
    Seven,
    #[value(name = "2020-12")]
    Twelve,
}

pub(super) fn run<C: Reloadable>(
    args: &SchemaArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let text = text::<C>(args)?;
    if let Some(paths) = &args.install {
        let read = context.loader().watched();
        let wanted = Wanted {
            text: &text,
            program: context.command.get_name(),
            schema: args.schema.as_deref(),
            workspace: args.workspace.as_deref(),
            paths,
            read: &read,
        };
        return install(&Plan::new(&wanted)?, args.dry_run, context);
    }
    args.printed.put(&text, &asked(args), context)
}

fn text<C: Reloadable>(args: &SchemaArgs) -> Result<String, Failure> {
    let made = if args.whole { schema::<C>() } else { file_schema::<C>() };
    let made = if args.draft == Draft::Seven { draft_07(&made) } else { made };
    let text = serde_json::to_string_pretty(made.as_value());
    let text = text.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
    Ok(text + "\n")
}

/// Returns the words that ask for the same schema.
fn asked(args: &SchemaArgs) -> String {
    let mut words = vec!["schema"];
    words.extend((args.draft == Draft::Twelve).then_some("--draft 2020-12"));
    words.extend(args.whole.then_some("--whole"));
    words.join(" ")
}

/// The result of an installation, as JSON.
#[derive(Serialize)]
struct Installed<'p> {
    /// False if it was only to be shown.
    written: bool,
    #[serde(flatten)]
    plan: &'p Plan,
}

fn install<C: Reloadable>(
    plan: &Plan,
    is_dry: bool,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    if !is_dry {
        plan.write()?;
    }
    context.print(&Installed { written: !is_dry, plan }, |page, _| {
        for file in &plan.files {
            draw(page, file, is_dry);
        }
        for note in &plan.notes {
            page.marked(format!("! {note}"));
        }
    })?;
    Ok(Exit::Done)
}

fn draw(page: &mut Page, file: &Written, is_dry: bool) {
    let path = file.path.display();
    let done = match (file.changed, is_dry) {
        (false, _) => return page.marked(format!("· {path}  as it is")),
        (true, false) => "written",
        (true, true) => "would be written",
    };
    page.marked(format!("~ {path}  {done}"));
    for piece in &file.pieces {
        let line = piece.line.map(|line| format!("{line}: ")).unwrap_or_default();
        if let Some(old) = &piece.old {
            page.line(Tone::Bad, format!("    {line}- {old}"));
        }
        page.line(Tone::Good, format!("    {line}+ {}", piece.new));
    }
}
