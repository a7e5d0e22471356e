//! `check`: every problem of the configuration, and nothing is started.

use super::{
    context::{Context, Form, Judged, counted, excerpts, json, line},
    exit::Exit,
    github::{self, REFUSED},
    shared::{failure::Failure, screen::Tone, show::count},
};
use crate::{
    document::{Document, Layer, Place},
    section::Reloadable,
};

/// The number of files that are named where all is well.
const NAMED: usize = 8;

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Refuse a configuration that has warnings, too
    #[arg(long)]
    deny_warnings: bool,
    /// The form of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Form::Text)]
    format: Form,
}

pub(super) fn run<C: Reloadable>(
    args: &CheckArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let examined = match context.loader().examine() {
        Ok(examined) => examined,
        Err(error) => {
            context.refused_as(args.format, &error)?;
            return Ok(Exit::Invalid);
        }
    };
    let warnings = examined.problems(examined.boot.warnings().to_vec());
    let refused = args.deny_warnings && !warnings.problems().is_empty();
    let exit = if refused { Exit::Invalid } else { Exit::Done };
    if context.json {
        json(&Judged::new(!refused, &warnings))?;
        return Ok(exit);
    }
    if args.format == Form::Github {
        let result = if refused { REFUSED } else { "the configuration is valid" };
        github::problems(warnings.problems(), result)?;
        return Ok(exit);
    }
    excerpts(&warnings)?;
    let counted = counted(warnings.problems());
    let read = read(&examined.boot.loaded.document);
    match (refused, &*counted) {
        (true, _) => line(Tone::Bad, &format!("the configuration is refused: {counted}"))?,
        (false, "") => line(Tone::Good, &format!("the configuration is valid: {read}"))?,
        _ => line(Tone::Waiting, &format!("the configuration is valid, with {counted}: {read}"))?,
    }
    Ok(exit)
}

/// Returns all that was read, in words.
fn read(document: &Document) -> String {
    let (mut read, mut files, mut variables, mut set) = (Vec::new(), 0, 0, 0);
    for layer in &document.layers {
        let sources = layer.sources();
        let number = sources.end.0 - sources.start.0;
        match layer {
            Layer::One(source) => {
                files += 1;
                if files <= NAMED {
                    read.push(document.place(Place::whole(*source)).to_string());
                }
            }
            Layer::Absent(_) => {}
            Layer::Variables { .. } => variables += number as usize,
            Layer::Overrides { .. } => set += number as usize,
        }
    }
    if files > NAMED {
        read.push(count(files - NAMED, "more file", "more files"));
    }
    if variables > 0 {
        read.push(count(variables, "environment variable", "environment variables"));
    }
    if set > 0 {
        read.push(count(set, "argument", "arguments"));
    }
    match &read[..] {
        [] => "no source, so every key has its default".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
