//! A configuration as services have one.

use std::collections::BTreeMap;

use dlc_reload::{
    Invalid, Reloadable, Secret,
    admin::Tokens,
    units::{Period, Size},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The secret that must be nowhere on the page.
pub const PLANTED: &str = "pl4nted-s3cret-0f-th3-d4tab4se";

/// The token of an operator who may change things.
pub const OPERATE: &str = "b3BlcmF0ZS10b2tlbi1mb3ItdGVzdHMtb25seS0wMTIzNDU=";

/// The token of an operator who may look.
pub const READ: &str = "cmVhZC10b2tlbi1mb3ItdGVzdHMtb25seS0wMTIzNDU2Nzg=";

/// The levels of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Errors alone.
    Error,
    /// And warnings.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
}

/// How the service logs.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// The minimum severity that is written. `debug` writes the queries to the database, too.
    #[reload(hot, live)]
    level: Level,
    /// The file, or nothing for the standard output.
    #[serde(default)]
    #[reload(restart)]
    file: Option<String>,
    /// Lines of JSON in place of text.
    #[serde(default)]
    #[reload(restart, deprecated = "use `format`")]
    json: bool,
    /// Other levels for some modules.
    #[serde(default)]
    #[reload(hot, live)]
    modules: BTreeMap<String, Level>,
}

/// The times after which the server gives up.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// The time in which the head of a request has to arrive.
    #[reload(hot, live)]
    head: Period,
    /// The time that a request may take as a whole.
    #[reload(hot, live)]
    request: Period,
    /// The time that a connection is kept open without a request.
    #[reload(hot, live)]
    idle: Period,
}

/// The HTTP server.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address that it listens on.
    #[reload(restart)]
    listen: String,
    /// The number of threads.
    #[reload(restart)]
    workers: u16,
    /// The names under which the service is known to its clients and to the certificate.
    #[reload(hot, live)]
    names: Vec<String>,
    /// The greatest body of a request.
    #[reload(hot, live)]
    body_limit: Size,
    /// When it gives up.
    #[reload(nested)]
    timeouts: Timeouts,
}

/// The connections that are kept open.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The number of connections that are kept open without a use.
    #[reload(hot, live)]
    idle: u32,
    /// The greatest number of connections.
    #[reload(hot, live)]
    most: u32,
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The address.
    #[reload(restart)]
    url: String,
    /// The password.
    #[reload(restart, secret)]
    password: Secret<String>,
    /// The connections that are kept open.
    #[reload(nested)]
    pool: Pool,
}

/// How much one client may ask for.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests a second for one client.
    #[reload(hot, live)]
    rate: u32,
    /// Requests that a client may have beyond its rate for a moment.
    #[reload(hot, live)]
    burst: u32,
    /// Other rates for some regions.
    #[serde(default)]
    #[reload(hot, live)]
    by_region: BTreeMap<String, u32>,
}

/// What is switched on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Features {
    /// The new search.
    #[reload(hot, live)]
    search: bool,
    /// The share of the users who get the new checkout, in percent.
    #[reload(hot, live)]
    checkout_percent: u8,
    /// The export as a spreadsheet.
    #[reload(hot, live)]
    export: bool,
    /// The number that tells users apart in the new search, which a number of JavaScript does not hold.
    #[reload(hot, live)]
    seed: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The line that is shown above every page, such as a warning of planned work.
    #[reload(hot, live)]
    banner: String,
    /// The HTTP server.
    #[reload(nested)]
    server: Server,
    /// How the service logs.
    #[reload(nested)]
    logging: Logging,
    /// The database.
    #[reload(nested)]
    database: Database,
    /// How much one client may ask for.
    #[reload(nested)]
    limits: Limits,
    /// What is switched on.
    #[serde(default)]
    #[reload(nested)]
    features: Features,
    /// The operators.
    #[reload(hot, live)]
    tokens: Tokens,
}

fn check(config: &Config) -> Result<(), Invalid> {
    if config.limits.burst < config.limits.rate {
        return Err(Invalid::new().at("limits.burst", "must not be less than `limits.rate`"));
    }
    Ok(())
}

fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The configuration of the start. The operator `olga` may change things, `rita` may look.
pub fn text() -> String {
    format!(
        "banner: Welcome back
server:
  listen: 0.0.0.0:8443
  workers: 8
  names: [shop.example.org, www.shop.example.org]
  body_limit: 2 MiB
  timeouts:
    head: 5s
    request: 30s
    idle: 90s
logging:
  level: info
  modules: {{http: warn}}
database:
  url: postgres://shop@db.internal:5432/shop
  password: {PLANTED}
  pool:
    idle: 4
    most: 32
limits:
  rate: 100
  burst: 400
  by_region: {{eu: 150, us: 120}}
features:
  search: true
  seed: 9007199254740993
tokens:
  - {{name: olga, role: operate, sha256: {}}}
  - {{name: rita, role: read, sha256: {}}}
",
        hash(OPERATE),
        hash(READ)
    )
}
