//! The command line of `fleet`.

use std::{path::PathBuf, time::SystemTime};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use dlc_reload::{fleet::Goal, units::Period};

use super::{open::Access, plan::PlanName, reference::help};

/// The fleet, and what is asked of it.
#[derive(Debug, Args)]
#[command(after_long_help = help())]
pub(crate) struct FleetArgs {
    #[command(flatten)]
    pub(super) access: Access,
    /// Who you are, as the fleet remembers it; your name on this machine, where it is not given
    #[arg(long, global = true, env = "DLC_RELOAD_BY", value_name = "NAME", hide_env_values = true)]
    pub(super) by: Option<String>,
    #[command(subcommand)]
    pub(super) command: FleetCommand,
}

/// A command for a fleet.
#[derive(Debug, Subcommand)]
pub(super) enum FleetCommand {
    /// Put files into the store as a new version, which no node runs yet; prints its number
    Publish(Publish),
    /// Take a version to the nodes, stage by stage
    Start(Start),
    /// Show what the nodes run, how the rollout goes, and which nodes refused and why
    Status {
        /// Show every node, also those with nothing to tell
        #[arg(long)]
        nodes: bool,
    },
    /// Follow the fleet as it changes, until Ctrl-C
    Watch,
    /// Wait until the rollout has ended; the exit code is the verdict
    Wait(Wait),
    /// Stop a rollout for now; nodes that have the version keep it
    Pause(Change),
    /// Let a rollout go on that is paused, or that has halted
    Resume(Change),
    /// Take a rollout back: nodes return to the version of before
    Abort(Change),
    /// End a rollout at once, with all nodes on the new version
    Promote(Change),
    /// Give a node a version of its own, whatever the rollouts say
    Pin {
        /// The node
        node: String,
        /// The version
        version: u64,
        #[command(flatten)]
        why: Change,
    },
    /// Let a node that is pinned do what the others do
    Unpin {
        /// The node
        node: String,
        #[command(flatten)]
        why: Change,
    },
    /// Keep every node at what it runs, for a while
    Freeze(Freeze),
    /// End a freeze before its time
    Unfreeze(Change),
    /// Have nodes try again what they refused
    Retry(Change),
    /// Show the rollouts of before, and who changed what, the newest first
    Log {
        /// The number of rollouts to show
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        most: usize,
    },
    /// Show the versions, the newest first
    Versions {
        /// The number of versions to show
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        most: usize,
    },
    /// Show the differences between the documents of two versions
    Diff {
        /// The old version
        a: u64,
        /// The new version
        b: u64,
    },
}

/// A publication.
#[derive(Debug, Args)]
pub(super) struct Publish {
    /// The files: `.yaml`, `.yml`, `.toml` or `.json`; each is laid over those whose names come before its own
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) why: Change,
    /// Publish also what a build of the fleet would refuse, and what holds a secret
    #[arg(long)]
    pub(super) unchecked: bool,
    /// The key that signs the version, as `openssl genpkey -algorithm ed25519` writes it; nobody else may read it
    #[arg(long, env = "DLC_RELOAD_SIGN_WITH", value_name = "FILE", hide_env_values = true)]
    pub(super) sign_with: Option<PathBuf>,
}

/// The start of a rollout.
#[derive(Debug, Args)]
pub(super) struct Start {
    /// The version, as `publish` prints it
    pub(super) version: u64,
    /// `careful`, `quick` or `at-once`, or a file with a plan: YAML, TOML or JSON
    #[arg(long, value_name = "PLAN", default_value = "careful")]
    pub(super) plan: PlanName,
    #[command(flatten)]
    pub(super) why: Change,
}

/// The reason for a change.
#[derive(Debug, Args)]
pub(super) struct Change {
    /// The reason, which the fleet remembers
    #[arg(long = "why", short = 'm', value_name = "REASON", value_parser = reason)]
    pub(super) reason: String,
}

/// A freeze.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("end").required(true))]
pub(super) struct Freeze {
    /// The time at which it ends by itself, such as `2026-12-27T08:00Z`
    #[arg(long, value_name = "TIME", group = "end", value_parser = time)]
    pub(super) until: Option<SystemTime>,
    /// The time after which it ends by itself, such as `12h`
    #[arg(long = "for", value_name = "TIME", group = "end")]
    pub(super) lasts: Option<Period>,
    #[command(flatten)]
    pub(super) why: Change,
}

/// What to wait for.
#[derive(Debug, Args)]
pub(super) struct Wait {
    /// The end to wait for
    #[arg(long = "for", value_name = "END", value_enum, default_value_t = End::Promoted)]
    pub(super) goal: End,
    /// The longest time to wait
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(super) timeout: Period,
}

/// The end that is waited for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum End {
    /// The rollout has ended with every node on the version
    Promoted,
    /// It has, and every node in sight has proven what it is to run
    Converged,
}

impl From<End> for Goal {
    fn from(end: End) -> Self {
        match end {
            End::Promoted => Self::Promoted,
            End::Converged => Self::Converged,
        }
    }
}

/// Reads a reason.
fn reason(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("say why the change is made"),
        text => Ok(text.to_owned()),
    }
}

/// Reads a time.
fn time(text: &str) -> Result<SystemTime, String> {
    text.parse::<jiff::Timestamp>().map(SystemTime::from).map_err(|_| {
        "a time is a date, `T`, an hour and a zone, such as `2026-12-27T08:00Z` or `2026-12-27T09:00+01:00`"
            .to_owned()
    })
}
