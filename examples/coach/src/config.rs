//! The configuration of the service.
//!
//! The class of each field says when a new value takes effect: `hot` while the service runs, `restart`
//! at the next start. The doc comments are the descriptions that an editor shows, because the JSON
//! schema is made from them.

use dlc_reload::{Invalid, Reloadable, Secret, webhooks::Endpoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ttl::Ttl;

/// The configuration of coach.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(validate = Config::check)]
pub struct Config {
    /// The address to listen on.
    #[serde(default)]
    #[reload(restart, nested)]
    pub server: Server,
    /// The log of the service: level, format and output.
    #[serde(default)]
    #[reload(nested)]
    pub logging: Logging,
    /// The optional parts of the API.
    #[serde(default)]
    #[reload(nested)]
    pub api: Api,
    /// The tracing of requests.
    #[serde(default)]
    #[reload(nested)]
    pub telemetry: Telemetry,
    /// Passwords, and the tokens that a login returns.
    // No `default`: the secrets below have to come from somewhere.
    #[reload(nested)]
    pub auth: Auth,
    /// The database. Its pool is built at start, so nothing here is hot.
    #[serde(default)]
    #[reload(restart, nested)]
    pub database: Database,
    /// The systems that are told of reloads.
    #[serde(default)]
    #[reload(restart)]
    pub webhooks: Vec<Endpoint>,
}

impl Config {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        for (at, endpoint) in self.webhooks.iter().enumerate() {
            if let Err(found) = endpoint.check() {
                invalid.add_all(format!("webhooks[{at}]"), found);
            }
        }
        invalid.into_result()
    }
}

/// The address to listen on.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Name or address to listen on.
    #[reload(restart)]
    pub host: String,
    /// Port to listen on; 0 takes any free one.
    #[reload(restart)]
    pub port: u16,
    /// Names of the service by which operators reach `/admin/config/`, beside IP addresses and `localhost`.
    #[reload(restart)]
    pub names: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { host: "0.0.0.0".to_owned(), port: 8080, names: Vec::new() }
    }
}

/// The log of the service: level, format and output.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Logging {
    /// Least severe level that is written.
    #[reload(hot)]
    pub level: Level,
    /// Write one JSON object per line instead of text.
    #[reload(restart)]
    pub json: bool,
    /// File to append to; empty stands for standard output.
    #[reload(restart)]
    pub output: String,
}

/// A severity, as `logging.level` names it.
// An enum and not a filter expression: `EnvFilter` takes `inof` without a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Single steps of the program.
    Trace,
    /// Details that help to find a fault.
    Debug,
    /// Events that an operator wants to know.
    #[default]
    Info,
    /// Conditions that an operator should look at.
    Warn,
    /// Failures.
    Error,
}

/// The optional parts of the API.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// True if `/api/v2/*` exists; while it does not, requests for it get status 404.
    // Live: the routes read it at every request, so there is nothing to do when it changes.
    #[reload(hot, live)]
    pub v2_enabled: bool,
}

/// The tracing of requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(validate = Telemetry::check)]
pub struct Telemetry {
    /// True if requests are traced at all.
    #[reload(restart)]
    pub enabled: bool,
    /// The choice of the traces that are kept.
    // One value on purpose: a new type with the old ratio is a sampler that the file never asked for,
    // so both change in one hook call.
    #[reload(hot)]
    pub sampler: Sampler,
}

impl Telemetry {
    fn check(&self) -> Result<(), Invalid> {
        let ratio = self.sampler.ratio;
        if !(0.0..=1.0).contains(&ratio) {
            return Err(
                Invalid::new().at("sampler.ratio", format!("{ratio} is not between 0 and 1"))
            );
        }
        Ok(())
    }
}

/// The choice of the traces that are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sampler {
    /// The kind of sampler.
    #[serde(rename = "type")]
    pub kind: SamplerKind,
    /// Share of the traces that the `traceidratio` samplers keep, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub ratio: f64,
}

impl Default for Sampler {
    fn default() -> Self {
        Self { kind: SamplerKind::default(), ratio: 1.0 }
    }
}

/// A sampler, by the name that OpenTelemetry gives it in `OTEL_TRACES_SAMPLER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SamplerKind {
    /// Every trace.
    #[serde(rename = "always_on")]
    AlwaysOn,
    /// No trace.
    #[serde(rename = "always_off")]
    AlwaysOff,
    /// A share of the traces, chosen by their ids.
    #[serde(rename = "traceidratio")]
    TraceIdRatio,
    /// The caller's decision; every trace that begins here.
    #[default]
    #[serde(rename = "parentbased_always_on")]
    ParentBasedAlwaysOn,
    /// The caller's decision; no trace that begins here.
    #[serde(rename = "parentbased_always_off")]
    ParentBasedAlwaysOff,
    /// The caller's decision; a share of the traces that begin here.
    #[serde(rename = "parentbased_traceidratio")]
    ParentBasedTraceIdRatio,
}

/// Passwords, and the tokens that a login returns.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(deny_unknown_fields)]
#[reload(validate = Auth::check)]
pub struct Auth {
    /// The tokens that a login returns.
    #[serde(default)]
    #[reload(nested)]
    pub jwt: Jwt,
    /// The secret that tokens are signed with. A new one makes every token void.
    #[reload(restart, secret)]
    pub jwt_secret: Secret<String>,
    /// The password of the user `admin`.
    #[reload(restart, secret)]
    pub admin_master_password: Secret<String>,
}

impl Auth {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        if self.jwt_secret.expose().is_empty() {
            invalid.add("jwt_secret", "must not be empty, or anyone could sign a token");
        }
        if self.admin_master_password.expose().is_empty() {
            invalid.add("admin_master_password", "must not be empty, or anyone could log in");
        }
        invalid.into_result()
    }
}

/// The tokens that a login returns.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(validate = Jwt::check)]
pub struct Jwt {
    /// The lifetime of a token that is issued from now on, such as `24h`.
    #[reload(hot, live)]
    pub ttl: Ttl,
}

impl Jwt {
    fn check(&self) -> Result<(), Invalid> {
        // Tokens carry their times in whole seconds.
        if self.ttl.as_secs() == 0 {
            return Err(Invalid::new().at("ttl", "must be at least one second"));
        }
        Ok(())
    }
}

impl Default for Jwt {
    fn default() -> Self {
        Self { ttl: Ttl::from_hours(24) }
    }
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(restart, validate = Database::check)]
pub struct Database {
    /// Name or address of the server.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// User to connect as.
    pub user: String,
    /// Password of that user.
    #[reload(restart, secret)]
    pub password: Secret<String>,
    /// Database to use.
    pub name: String,
    /// The encryption of the connection, and the proof of the server's identity.
    pub ssl_mode: SslMode,
    /// Most connections open at once.
    #[schemars(range(min = 1))]
    pub max_open_conns: u32,
    /// Most connections kept open while idle; no more than `max_open_conns`.
    pub max_idle_conns: u32,
}

impl Database {
    fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::new();
        if self.max_open_conns == 0 {
            invalid.add("max_open_conns", "must be at least 1");
        }
        if self.max_idle_conns > self.max_open_conns {
            invalid.add(
                "max_idle_conns",
                format!(
                    "{} is more than `max_open_conns` allows, which is {}",
                    self.max_idle_conns, self.max_open_conns
                ),
            );
        }
        invalid.into_result()
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 5432,
            user: "postgres".to_owned(),
            password: Secret::default(),
            name: "dance_lessons_coach".to_owned(),
            ssl_mode: SslMode::default(),
            max_open_conns: 25,
            max_idle_conns: 5,
        }
    }
}

/// The `sslmode` of libpq.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// Never encrypted.
    #[default]
    Disable,
    /// Encrypted where the server insists.
    Allow,
    /// Encrypted where the server can.
    Prefer,
    /// Always encrypted; the server need not prove its identity.
    Require,
    /// The certificate of the server must be signed by a known authority.
    VerifyCa,
    /// The certificate must also carry the name of the server.
    VerifyFull,
}
