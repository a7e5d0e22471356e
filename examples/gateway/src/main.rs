//! The program `gateway [--config PATH] [--set KEY=VALUE]…`.

use std::process::ExitCode;

use clap::Parser as _;
use gateway::Args;

fn main() -> ExitCode {
    match gateway::run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "there may be no log yet")]
            {
                eprintln!("gateway: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
