//! The program `coach [--config PATH] [--watch] [--fleet URL --node NAME]`, and `coach config …` for its configuration.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use coach::fleet::FleetArgs;
use dlc_reload::{
    Watching,
    cli::{self, ConfigCommand, LoadArgs},
};

/// The reference service of dlc-reload.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    load: LoadArgs,
    /// Watches the files in production too, such as those of a ConfigMap
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Checks and shows the configuration
    Config(ConfigCommand),
}

fn main() -> ExitCode {
    let args: Args = cli::parse();
    if let Some(Command::Config(config)) = &args.command {
        return config.run::<Args, _>(&args.load, coach::loader);
    }
    let watching = if args.watch { Watching::Always } else { Watching::InDevelopment };
    match coach::run(&args.load, &args.fleet, watching) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "there may be no log yet")]
            {
                eprintln!("coach: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
