//! `schema-diff`: if a new version of the service accepts every file that the old one accepted.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    context::{Context, Form},
    exit::Exit,
    github,
    shared::{
        failure::{Failure, Fault},
        screen::{Fit, Grid, Page, Tone},
        show::count,
    },
};
use crate::{
    schema::{Grade, SchemaChange, file_schema, schema, schema_changes},
    section::Reloadable,
};

/// The arguments of `schema-diff`.
#[derive(Debug, clap::Args)]
pub(super) struct SchemaDiffArgs {
    /// The schema of the old version, or `-` for the standard input
    old: PathBuf,
    /// The schema of the new version; without this, that of this program
    new: Option<PathBuf>,
    /// The form of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Form::Text)]
    format: Form,
}

/// The result, as JSON.
#[derive(Serialize)]
struct Compared<'c> {
    /// The weight of all changes together.
    grade: Grade,
    changes: &'c [SchemaChange],
}

pub(super) fn run<C: Reloadable>(
    args: &SchemaDiffArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let old = read(&args.old)?;
    let new = match &args.new {
        Some(path) => read(path)?,
        None => own::<C>(&old),
    };
    let changes = schema_changes(&old, &new)
        .map_err(|error| Failure::new(Fault::Invalid, error.to_string()))?;
    let grade = changes.iter().map(|change| change.grade).max().unwrap_or(Grade::Compatible);
    match args.format {
        Form::Github if !context.json => {
            github::schema_changes(&changes, args.new.as_deref(), &verdict(&changes, grade))?;
        }
        _ => context.print(&Compared { grade, changes: &changes }, |page, fit| {
            draw(page, fit, &changes, grade);
        })?,
    }
    Ok(match grade {
        Grade::Compatible => Exit::Done,
        Grade::Notable => Exit::Hot,
        Grade::Breaking => Exit::Restart,
    })
}

/// Returns the schema of this program in the form of another one: of one file, or of all sources together. Only the
/// first names the key by which a file names its schema.
fn own<C: Reloadable>(like: &Json) -> Json {
    let is_of_file = like.pointer("/properties/$schema").is_some();
    if is_of_file { file_schema::<C>().to_value() } else { schema::<C>().to_value() }
}

fn read(path: &Path) -> Result<Json, Failure> {
    let is_input = path.as_os_str() == "-";
    let text = if is_input { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    let name = if is_input { "the standard input".into() } else { path.display().to_string() };
    let text = text.map_err(|error| {
        Failure::new(Fault::Invalid, format!("cannot read the schema from {name}: {error}"))
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("{name} is no JSON schema, give a file that `schema` wrote: {error}");
        Failure::new(Fault::Invalid, message)
    })
}

/// Returns the result in words.
fn verdict(changes: &[SchemaChange], grade: Grade) -> String {
    let number = changes.iter().filter(|change| change.grade == grade).count();
    match grade {
        Grade::Compatible => {
            "every file of the old version is accepted, and means the same".to_owned()
        }
        Grade::Notable => {
            let changes = count(number, "change", "changes");
            format!("every file of the old version is accepted, and operators notice {changes}")
        }
        Grade::Breaking => {
            let changes = count(number, "change", "changes");
            format!("a file of the old version may be refused, because of {changes}")
        }
    }
}

fn draw(page: &mut Page, fit: Fit, changes: &[SchemaChange], grade: Grade) {
    let groups = [
        (Grade::Breaking, "×", "breaking: a file of the old version may be refused"),
        (Grade::Notable, "!", "notable: accepted, and operators notice it"),
        (Grade::Compatible, "·", "compatible"),
    ];
    for (grade, mark, heading) in groups {
        let mut grid = Grid::new(fit).marked(2);
        let mut is_empty = true;
        for change in changes.iter().filter(|change| change.grade == grade) {
            is_empty = false;
            let key = if change.key.is_empty() { "(root)" } else { &change.key };
            grid.row([mark.to_owned(), key.to_owned(), change.said()]);
            if let Some(remedy) = &change.remedy {
                grid.row([String::new(), String::new(), format!("→ {remedy}")]);
            }
        }
        if !is_empty {
            page.heading(heading);
            grid.add_to(page);
        }
    }
    page.gap();
    let tone = match grade {
        Grade::Compatible => Tone::Good,
        Grade::Notable => Tone::Waiting,
        Grade::Breaking => Tone::Bad,
    };
    page.wrapped(tone, fit, &verdict(changes, grade));
}
