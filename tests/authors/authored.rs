//! The program `authored`, whose configuration has a field of every kind. `editors.sh` shows it to editors.

use std::{collections::BTreeMap, process::ExitCode};

use clap::Parser;
use dlc_reload::{
    Loader, Reloadable, Secret,
    cli::{self, ConfigCommand, LoadArgs},
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The configuration of a service with a field of every kind.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Shown on the front page.
    #[serde(default, alias = "banner")]
    #[reload(hot, live)]
    motd: String,
    /// The time after which a session ends.
    #[serde(default)]
    #[reload(hot, live)]
    session: Period,
    /// The memory of the cache.
    #[serde(default)]
    #[reload(restart)]
    cache: Size,
    /// The store of what is uploaded.
    #[serde(default)]
    #[reload(restart)]
    store: Store,
    /// The certificate of the listener; without this section there is no TLS.
    #[serde(default)]
    #[reload(nested)]
    tls: Option<Tls>,
    /// The services behind this one, by name.
    #[serde(default)]
    #[reload(hot, live, entries)]
    services: BTreeMap<String, Service>,
    /// The machines that share the work.
    #[serde(default)]
    #[reload(hot, live, entries = "name")]
    peers: Vec<Peer>,
    /// The number of workers.
    #[serde(default)]
    #[reload(restart, renamed_from = "threads")]
    workers: u8,
    /// The number of lines that are kept.
    #[serde(default)]
    #[reload(hot, live, deprecated = "the log keeps all of them")]
    lines: Option<u32>,
    /// The key of the licence.
    #[reload(restart, secret)]
    licence: Secret<String>,
}

/// The store of what is uploaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Store {
    /// The memory of the process.
    #[default]
    Memory,
    /// A directory.
    Disk {
        /// The path of the directory.
        path: String,
    },
    /// A bucket.
    Bucket {
        /// The address of the bucket.
        url: String,
        /// The region of the bucket.
        #[serde(default)]
        region: Option<String>,
    },
}

/// The certificate of the listener.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Tls {
    /// The path of the certificate.
    #[reload(restart)]
    certificate: String,
    /// The oldest version that is spoken.
    #[serde(default)]
    #[reload(hot, live)]
    oldest: Version,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Version {
    /// Version 1.2, of 2008.
    #[default]
    #[serde(rename = "1.2")]
    V12,
    /// Version 1.3, of 2018.
    #[serde(rename = "1.3")]
    V13,
}

/// A service behind this one.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Service {
    /// The address of the service.
    #[reload(hot, live)]
    addr: String,
    /// The share of requests.
    #[serde(default)]
    #[reload(hot, live)]
    weight: u32,
}

/// A machine that shares the work.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
struct Peer {
    /// The name of the machine.
    #[reload(restart)]
    name: String,
    /// The port of the machine.
    #[reload(hot, live)]
    port: u16,
}

/// The arguments of the program.
#[derive(Parser)]
#[command(name = "authored")]
struct Args {
    #[command(flatten)]
    load: LoadArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Checks and shows the configuration
    Config(ConfigCommand),
}

fn main() -> ExitCode {
    let args: Args = cli::parse();
    let Command::Config(config) = &args.command;
    config.run::<Args, _>(&args.load, |load| Loader::<Config>::new().arguments(load))
}
