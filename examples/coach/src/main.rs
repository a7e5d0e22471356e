//! The program `coach [--config PATH]`.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// The reference service of dlc-reload.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The configuration file.
    #[arg(long, value_name = "PATH", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/config.yaml"))]
    config: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match coach::run(&args.config) {
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
