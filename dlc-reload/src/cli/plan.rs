//! `plan`: what a reload would do, in the service that runs or between two sets of files.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    context::{Context, Form, Judged, json, to_json},
    exit::Exit,
    github,
    shared::{
        client::{Access, Ask},
        failure::{Failure, Fault},
        screen::{Page, To, print_json},
        show,
    },
};
use crate::{reloader::Plan, section::Reloadable, units::Period};

/// The arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// A file or directory of the configuration that runs, in place of that of a service
    #[arg(long, value_name = "PATH", requires = "to")]
    from: Vec<PathBuf>,
    /// A file or directory of the configuration that is to come
    #[arg(long, value_name = "PATH", requires = "from")]
    to: Vec<PathBuf>,
    /// Plan for a service that refuses a configuration of which something needs a restart
    #[arg(long, requires = "from")]
    reject_restarts: bool,
    /// The form of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Form::Text)]
    format: Form,
    #[command(flatten)]
    access: Access,
    /// The longest time to wait for the answer of the service
    #[arg(long, value_name = "TIME", default_value = "2m")]
    timeout: Period,
}

pub(super) fn run<C: Reloadable>(
    args: &PlanArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    if args.from.is_empty() {
        return of_service(args, context);
    }
    let examine = |paths: &[PathBuf]| (context.loader)(&context.load.with(paths)).examine();
    let from = match examine(&args.from) {
        Ok(from) => from,
        Err(error) => {
            let message = "nothing runs with the configuration of `--from`, which is refused";
            let failure = Failure::new(Fault::Invalid, message);
            if context.json {
                return Err(Failure {
                    json: Some(to_json(&Judged::new(false, &error))?),
                    ..failure
                });
            }
            context.refused_as(args.format, &error)?;
            return Err(failure);
        }
    };
    let renamed = |name: &str| renamed(Path::new(name), &args.from, &args.to);
    match examine(&args.to)
        .and_then(|to| Plan::between(&from.boot, &to, renamed, args.reject_restarts))
    {
        Ok(plan) => {
            if context.json {
                json(&plan)?;
            } else {
                draw(args, &plan)?;
            }
            Ok(exit(&plan))
        }
        Err(error) => {
            context.refused_as(args.format, &error)?;
            Ok(Exit::Invalid)
        }
    }
}

/// Asks the service that runs.
fn of_service<C: Reloadable>(args: &PlanArgs, context: &Context<'_, C>) -> Result<Exit, Failure> {
    if let Some(given) = context.load.given() {
        let message = format!(
            "the service that runs is asked, and knows nothing of `{given}`: leave it out, or plan between files with `--from` and `--to`"
        );
        return Err(Failure::usage(message));
    }
    let client = args.access.client(args.timeout)?;
    let answer = match client.ask(&Ask::post("/plan", json!({}))) {
        Err(failure) if failure.fault == Fault::Invalid && args.format == Form::Github => {
            github::problems(&failure.problems, github::REFUSED)?;
            return Ok(Exit::Invalid);
        }
        answer => answer?,
    };
    let plan: Plan = answer.read()?;
    if context.json {
        print_json(&answer.json)?;
    } else {
        draw(args, &plan)?;
    }
    Ok(exit(&plan))
}

const fn exit(plan: &Plan) -> Exit {
    match (plan.changes.is_empty(), plan.pending.is_empty()) {
        (_, false) => Exit::Restart,
        (false, true) => Exit::Hot,
        (true, true) => Exit::Done,
    }
}

fn draw(args: &PlanArgs, plan: &Plan) -> Result<(), Failure> {
    match args.format {
        Form::Github => github::plan(plan),
        Form::Text => {
            let mut page = Page::default();
            show::plan(&mut page, To::Output.fit(), plan);
            page.print(To::Output)
        }
    }
}

/// Returns the name that a file has among those that are to come: that of the path at the same place of the list, or
/// the same one below it or beside it.
fn renamed(name: &Path, from: &[PathBuf], to: &[PathBuf]) -> Option<String> {
    let found = from.iter().zip(to).find_map(|(from, to)| {
        if name == from {
            return Some(to.clone());
        }
        let below = name.strip_prefix(from).map(|below| to.join(below));
        let beside = || Some(to.parent()?.join(name.strip_prefix(from.parent()?).ok()?));
        below.ok().or_else(beside)
    });
    found.map(|path| path.display().to_string())
}
