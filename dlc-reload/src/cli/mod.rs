//! Arguments and subcommands of a program that say where its configuration comes from, and check, show and plan it.
//!
//! ```
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use dlc_reload::{Loader, Reloadable, cli::{self, ConfigCommand, LoadArgs}};
//! # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
//! # struct Config { #[serde(default)] #[reload(restart)] port: u16 }
//!
//! #[derive(Parser)]
//! struct Args {
//!     #[command(flatten)]
//!     load: LoadArgs,
//!     #[command(subcommand)]
//!     command: Option<Command>,
//! }
//!
//! #[derive(clap::Subcommand)]
//! enum Command {
//!     /// Checks and shows the configuration
//!     Config(ConfigCommand),
//! }
//!
//! /// The loader of the service, and of all that is asked about its configuration.
//! fn loader(load: &LoadArgs) -> Loader<Config> {
//!     Loader::new().arguments(&load.or("/etc/billing/config.yaml")).env("BILLING")
//! }
//!
//! fn main() -> ExitCode {
//! # let arguments = ["billing", "--set", "port=80", "config", "man"];
//! # let from_arguments = || Args::parse_from(arguments);
//! # #[cfg(any())]
//!     let args: Args = cli::parse();
//! # let args = from_arguments();
//!     if let Some(Command::Config(config)) = &args.command {
//!         return config.run::<Args, _>(&args.load, loader);
//!     }
//!     // let boot = loader(&args.load).load()?; …
//!     ExitCode::SUCCESS
//! }
//! ```

mod check;
mod context;
mod exit;
mod github;
mod load;
mod look;
mod plan;
mod printed;
mod reference;
mod schema;
mod schema_diff;
#[doc(hidden)]
pub mod shared;
mod template;
mod values_schema;

use std::{
    env,
    ffi::OsString,
    process::{self, ExitCode},
};

use clap::{Command, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub use self::load::LoadArgs;
use self::{
    context::Context,
    exit::Exit,
    load::refuse_lost,
    shared::{
        failure::Failure,
        manual,
        screen::{To, print},
        show,
    },
};
use crate::{load::Loader, section::Reloadable};

/// Reads the arguments of the program, as [`Parser::parse`] does, but where they are wrong, the exit code is 64: that
/// of clap is 2, which says of a plan that all of it takes effect at once. It also refuses a `--config` or `--set`
/// before a subcommand where the same stands after it as well, of which clap keeps only the later ones.
pub fn parse<P: Parser>() -> P {
    parsed(env::args_os().collect()).unwrap_or_else(|error| {
        // Where it cannot be printed, the exit code says it.
        let _ = error.print();
        process::exit(if error.use_stderr() { Exit::Usage as i32 } else { Exit::Done as i32 })
    })
}

fn parsed<P: Parser>(arguments: Vec<OsString>) -> Result<P, clap::Error> {
    let mut command = P::command();
    let mut matches = command.try_get_matches_from_mut(&arguments)?;
    refuse_lost(&mut command, &matches, &arguments)?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// A subcommand that checks, shows and plans the configuration of the program around it; see the [module](self).
#[derive(Debug, clap::Args)]
pub struct ConfigCommand {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Debug, Subcommand)]
enum Asked {
    /// Check the configuration, and start nothing
    Check(check::CheckArgs),
    /// Show the values with which the service would start
    Show(look::ShowArgs),
    /// Explain one key: its value, its class, and the word of each source on it
    Explain(look::ExplainArgs),
    /// Show what a reload would do, in the service that runs or between two sets of files
    Plan(plan::PlanArgs),
    /// Print the completions for a shell, for its completion directory
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of the program, or that of one of its commands
    Man {
        /// The words of the command, such as `config check`
        command: Vec<String>,
    },
    /// Print the JSON schema of the configuration, or give it to editors
    Schema(schema::SchemaArgs),
    /// Print the reference of the configuration, as a Markdown page
    Reference(reference::ReferenceArgs),
    /// Print a file with every key, to begin with
    Template(template::TemplateArgs),
    /// Compare the schemas of two versions: does the new one accept every file that the old one accepted
    SchemaDiff(schema_diff::SchemaDiffArgs),
    /// Print the `values.schema.json` of a Helm chart that mounts the configuration
    ValuesSchema(values_schema::ValuesSchemaArgs),
}

impl ConfigCommand {
    /// Does what is asked, and returns the exit code of the program. `P` are all arguments of the program, and `loader`
    /// makes the loader that its service starts from.
    pub fn run<P: CommandFactory, C: Reloadable>(
        &self,
        load: &LoadArgs,
        loader: impl Fn(&LoadArgs) -> Loader<C>,
    ) -> ExitCode {
        let command = P::command();
        let program = program(&command);
        let context = Context { load, loader: &loader, json: self.json, command, program };
        match self.asked(&context) {
            Ok(exit) => exit.into(),
            Err(failure) => {
                show::failure(&context.program, &failure, self.json);
                Exit::from(failure.fault).into()
            }
        }
    }

    fn asked<C: Reloadable>(&self, context: &Context<'_, C>) -> Result<Exit, Failure> {
        match &self.asked {
            Asked::Check(args) => check::run(args, context),
            Asked::Show(args) => look::show(args, context),
            Asked::Explain(args) => look::explain(args, context),
            Asked::Plan(args) => plan::run(args, context),
            Asked::Completions { shell } => {
                manual::completions(context.command.clone(), *shell)?;
                Ok(Exit::Done)
            }
            Asked::Man { command } => {
                print(To::Output, &manual::man(context.command.clone(), command)?)?;
                Ok(Exit::Done)
            }
            Asked::Reference(args) => reference::run(args, context),
            Asked::Template(args) => template::run(args, context),
            Asked::Schema(args) => schema::run(args, context),
            Asked::SchemaDiff(args) => schema_diff::run(args, context),
            Asked::ValuesSchema(args) => values_schema::run(args, context),
        }
    }
}

/// Returns the words with which a user calls the subcommands, such as `coach config`.
fn program(command: &Command) -> String {
    let own = Asked::augment_subcommands(Command::new(""));
    let is_own = |command: &Command| {
        own.get_subcommands().all(|own| command.find_subcommand(own.get_name()).is_some())
    };
    let mut words = vec![command.get_name().to_owned()];
    let mut pending: Vec<_> = command.get_subcommands().map(|below| (1, below)).collect();
    while let Some((depth, below)) = pending.pop() {
        words.truncate(depth);
        words.push(below.get_name().to_owned());
        if is_own(below) {
            return words.join(" ");
        }
        pending.extend(below.get_subcommands().map(|below| (depth + 1, below)));
    }
    words.truncate(1);
    words.join(" ")
}
