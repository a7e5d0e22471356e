//! The configuration of the service.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use dlc_reload::{Invalid, Reloadable, Secret, units::FileText};
use serde::{Deserialize, Serialize};

use crate::tls;

/// The configuration of gateway.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(finish = Config::finish, validate = Config::check)]
pub struct Config {
    /// The address to listen on; port 0 takes any free one. Connections that are open stay when it changes.
    #[serde(default = "local")]
    #[reload(hot)]
    pub listen: SocketAddr,
    /// The certificate, for HTTPS in place of HTTP. Connections that are open stay when it changes.
    // Not `live`: no client expects the other protocol at an address that it knows, so that this waits for a restart.
    #[reload(nested, hook)]
    pub tls: Option<Tls>,
    /// The requests that are with the upstreams.
    #[serde(default)]
    #[reload(nested)]
    pub pool: Pool,
    /// The servers behind the gateway, by the names that `/u/<name>/…` calls them.
    #[serde(default)]
    #[reload(hot, entries)]
    pub upstreams: BTreeMap<String, Upstream>,
    /// Most requests to upstreams in a period.
    // One hook for both keys: twice the requests in the old period is a rate that nobody asked for.
    #[serde(default)]
    #[reload(nested, hook)]
    pub rate: Rate,
    /// The parts of the service that are switched on or off: `via` and `explain`.
    // Live: read at every request.
    #[serde(default)]
    #[reload(hot, live)]
    pub flags: BTreeMap<String, bool>,
    /// The log of requests, written as long as this section is there.
    #[reload(nested, live, hook)]
    pub access_log: Option<AccessLog>,
    /// The admin, who may see the configuration and reload it.
    #[reload(nested)]
    pub admin: Admin,
}

impl Config {
    /// Completes addresses without a port, so that `web` and `web:80` are no change.
    fn finish(&mut self) {
        for upstream in self.upstreams.values_mut() {
            if !upstream.address.contains(':') {
                upstream.address.push_str(":80");
            }
        }
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        for name in self.upstreams.keys() {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                invalid.add(
                    format!("upstreams.{name}"),
                    "is part of a path: name it with letters, digits and `-`",
                );
            }
        }
        invalid.into_result()
    }
}

fn local() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))
}

/// A certificate and its key: files, watched like the configuration, so that a renewal is a change.
// One hook for both: neither is of use without the other.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(validate = Tls::check)]
pub struct Tls {
    /// The certificate in PEM, with those between it and the authority behind it.
    #[reload(hot, live)]
    pub cert: FileText,
    /// The private key in PEM, without a password.
    // Not a secret: the content of a file is shown nowhere.
    #[reload(hot, live)]
    pub key: FileText,
}

impl Tls {
    // Here and not in the hook alone, so that a section that waits for a restart is checked before it.
    fn check(&self) -> Result<(), Invalid> {
        tls::server(&self.cert, &self.key)?;
        Ok(())
    }
}

/// The requests that are with the upstreams.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Pool {
    /// Most of them at once.
    #[reload(hot)]
    pub size: usize,
    /// The time that a request may wait for a slot and the response of its upstream.
    #[reload(hot, live)]
    pub timeout: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Self { size: 64, timeout: Duration::from_secs(5) }
    }
}

/// A server behind the gateway.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its name or address and its port, 80 by default.
    #[reload(restart)]
    pub address: String,
    /// Its share of the requests for `/any/…`, beside the shares of the others.
    #[serde(default = "one")]
    #[reload(hot)]
    pub weight: u32,
    /// The token that it wants, if it wants one.
    #[reload(restart, secret)]
    pub token: Option<Secret<String>>,
}

fn one() -> u32 {
    1
}

/// Most requests to upstreams in a period.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(validate = Rate::check)]
pub struct Rate {
    /// The number of requests.
    #[reload(hot, live)]
    pub requests: u32,
    /// The length of the period.
    #[reload(hot, live)]
    pub per: Duration,
}

impl Rate {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        if self.requests == 0 {
            invalid.add("requests", "0 would refuse every request");
        }
        if self.per.is_zero() {
            invalid.add("per", "must be longer than 0s");
        }
        invalid.into_result()
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self { requests: 1000, per: Duration::from_secs(1) }
    }
}

/// The log of requests.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(validate = AccessLog::check)]
pub struct AccessLog {
    /// The file to append to.
    #[reload(restart)]
    pub path: PathBuf,
    /// One request in this many is written.
    #[serde(default = "one")]
    #[reload(hot, live)]
    pub one_in: u32,
}

impl AccessLog {
    fn check(&self) -> Result<(), Invalid> {
        if self.one_in == 0 {
            return Err(Invalid::new().at("one_in", "must be at least 1"));
        }
        Ok(())
    }
}

/// The admin, who may see the configuration and reload it.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(validate = Admin::check)]
pub struct Admin {
    /// The token that the admin's requests carry.
    #[reload(restart, secret)]
    pub token: Secret<String>,
}

impl Admin {
    fn check(&self) -> Result<(), Invalid> {
        if self.token.expose().is_empty() {
            return Err(Invalid::new().at("token", "must not be empty, or anyone could reload"));
        }
        Ok(())
    }
}
