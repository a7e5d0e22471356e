//! The command line.

use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;
use dlc_reload::{Key, cli::shared::client::Access, units::Period};

use crate::{fleet::FleetArgs, reference::help};

/// Shows and changes the configuration of a running service.
///
/// It asks the admin API of the service. Give its address and your token in the environment, and every command is one
/// word.
#[derive(Debug, Parser)]
#[command(name = "dlc-reload", version, after_long_help = help(), max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) access: Access,
    /// Print exactly the JSON of the API
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Change without asking
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// The longest time to wait for an answer, and for a change to end
    #[arg(long, global = true, value_name = "TIME", default_value = "2m")]
    pub(crate) timeout: Period,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the state of the configuration: what waits, what is overridden, how the last reload ended
    Status,
    /// Show every field, or one key with where its value comes from
    Config {
        /// A field, a section or a value in a field, such as `logging.level` or `upstreams["a"].weight`
        key: Option<Key>,
    },
    /// Show what a reload would do, and do nothing
    Plan,
    /// Read the sources again and apply what changed; shows the plan and asks before
    Reload {
        #[command(flatten)]
        why: Why,
        /// Accept a file that sets far less than before
        #[arg(long)]
        confirm_shrinking: bool,
    },
    /// Show the configurations that have been in force, the newest first
    History,
    /// Show the differences between two generations of the history
    Diff {
        /// The generation of the old values
        a: u64,
        /// The generation of the new values
        b: u64,
    },
    /// Put the hot values of an earlier generation in force again; shows the differences and asks before
    Rollback {
        /// The generation, as `history` lists it
        generation: u64,
        #[command(flatten)]
        why: Why,
    },
    /// Give a hot field another value for a while
    Override(Override),
    /// End an override before its time
    Unset {
        /// The field
        key: Key,
        #[command(flatten)]
        why: Why,
    },
    /// Follow the reloads of the service as they happen, until Ctrl-C
    Watch,
    /// Publish versions for a fleet of services, take them to the nodes stage by stage, and see how that goes
    Fleet(FleetArgs),
    /// Print the completions for a shell, for its completion directory
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or that of one command
    Man {
        /// The command
        command: Vec<String>,
    },
}

/// An override.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("end").required(true))]
pub(crate) struct Override {
    /// The field
    pub(crate) key: Key,
    /// The value, as a source would write it; `--` before one that begins with a dash
    #[arg(allow_negative_numbers = true)]
    pub(crate) value: String,
    /// The time after which it ends by itself, such as `15m`
    #[arg(long = "for", value_name = "TIME", group = "end")]
    pub(crate) lasts: Option<Period>,
    /// Keep it until it is ended by `unset`
    #[arg(long, group = "end")]
    pub(crate) until_ended: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// The reason for a change.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The reason, which stands in the report and in the audit
    #[arg(long = "why", value_name = "REASON")]
    pub(crate) reason: Option<String>,
}
