//! A configuration with something of everything, for the tests and for the service that is fuzzed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, mpsc::Receiver},
};

use dlc_reload::{Commit, HookResult, Invalid, Reloadable, Secret, admin::Tokens};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The secret that must be in no answer.
pub const PLANTED: &str = "pl4nted-s3cret-0f-th3-d4tab4se";

/// The token of an operator who may change things.
pub const OPERATE: &str = "b3BlcmF0ZS10b2tlbi1mb3ItdGVzdHMtb25seS0wMTIzNDU=";

/// The token of an operator who may look.
pub const READ: &str = "cmVhZC10b2tlbi1mb3ItdGVzdHMtb25seS0wMTIzNDU2Nzg=";

/// How the service logs.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Logging {
    /// The minimum severity that is written.
    #[reload(hot, live)]
    pub level: String,
    /// Lines of JSON in place of text.
    #[reload(restart, deprecated = "use `format`")]
    pub json: bool,
}

impl Default for Logging {
    fn default() -> Self {
        Self { level: "info".to_owned(), json: false }
    }
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The host.
    #[reload(restart)]
    pub host: String,
    /// The password.
    #[reload(restart, secret)]
    pub password: Secret<String>,
}

/// A server that requests are sent on to.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The name that tells it apart.
    #[reload(restart)]
    pub name: String,
    /// Its share of the requests.
    #[reload(hot)]
    pub weight: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[reload(validate = check)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the service logs.
    #[serde(default)]
    #[reload(nested)]
    pub logging: Logging,
    /// The database.
    #[reload(nested)]
    pub database: Database,
    /// Requests a second for one client.
    #[reload(hot, live)]
    pub rate: u32,
    /// The servers.
    #[serde(default)]
    #[reload(hot, entries = "name")]
    pub upstreams: Vec<Upstream>,
    /// Limits by region.
    #[serde(default)]
    #[reload(hot, live)]
    pub limits: BTreeMap<String, u64>,
    /// The operators.
    #[serde(default)]
    #[reload(hot, live)]
    pub tokens: Tokens,
}

fn check(config: &Config) -> Result<(), Invalid> {
    if config.rate == 13 {
        return Err(Invalid::new().at("rate", "must not be 13"));
    }
    Ok(())
}

pub fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The operators `olga`, who may change things, and `rita`, who may look.
pub fn tokens() -> String {
    let token = |name: &str, role: &str, token: &str| {
        format!("  - {{name: {name}, role: {role}, sha256: {}}}\n", hash(token))
    };
    format!("tokens:\n{}{}", token("olga", "operate", OPERATE), token("rita", "read", READ))
}

/// The configuration with a rate.
pub fn text(rate: u32) -> String {
    format!(
        "rate: {rate}\ndatabase: {{host: db, password: {PLANTED}}}\n\
         upstreams: [{{name: a, weight: 1}}, {{name: b.c/d, weight: 2}}]\n\
         limits: {{eu.west: 7}}\n{}",
        tokens()
    )
}

/// The hooks. A change of an upstream can be made to wait.
#[derive(Default)]
pub struct Hooks {
    /// What the next change of an upstream waits for.
    pub waits_for: Mutex<Option<Receiver<()>>>,
}

impl ConfigHooks for Hooks {
    fn on_upstreams_added<'a>(&'a self, _: &'a String, _: &'a Upstream) -> HookResult<'a> {
        Ok(Commit::none())
    }

    fn on_upstreams_removed<'a>(&'a self, _: &'a String, _: &'a Upstream) -> HookResult<'a> {
        Ok(Commit::none())
    }

    fn on_upstreams_changed<'a>(&'a self, _: &'a String, _: UpstreamDiff<'a>) -> HookResult<'a> {
        if let Some(end) = self.waits_for.lock().unwrap().take() {
            // Its sender may be gone.
            let _ = end.recv();
        }
        Ok(Commit::none())
    }
}
