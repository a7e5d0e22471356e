//! A configuration with a secret at every kind of place, and harmless values of all kinds beside them.

use std::collections::BTreeMap;

use dlc_reload::{Invalid, Reloadable, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::careless::{Part, refusal, validator};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(validate = careless)]
pub(super) struct Config {
    #[reload(restart)]
    name: String,
    #[reload(restart)]
    port: Option<u16>,
    #[reload(restart)]
    ratio: f64,
    #[reload(restart)]
    verbose: bool,
    #[reload(restart)]
    tags: Vec<String>,
    #[reload(restart)]
    labels: BTreeMap<String, String>,
    #[reload(restart)]
    weights: BTreeMap<String, u32>,
    /// A value of any kind, which the author has not marked as a secret.
    #[reload(restart)]
    extra: Value,
    #[reload(restart)]
    peer: Peer,
    #[reload(hot)]
    rate: u32,
    #[reload(hot)]
    motd: String,
    #[reload(hot, live)]
    limits: BTreeMap<String, u32>,

    #[reload(restart, secret)]
    api_key: Option<Secret<String>>,
    #[reload(restart, secret)]
    password: String,
    #[reload(restart)]
    token: Secret<String>,
    #[reload(restart, secret)]
    checked: Checked,
    #[reload(restart)]
    keys: Vec<Secret<String>>,
    /// A map whose names are as secret as its values.
    #[reload(restart, secret)]
    vault: BTreeMap<String, String>,

    #[reload(nested)]
    auth: Auth,
    #[reload(restart, nested)]
    backup: Option<Backup>,
    #[serde(flatten)]
    #[reload(nested)]
    more: More,
    #[serde(flatten)]
    #[reload(restart, nested)]
    maybe: Option<Maybe>,
    #[reload(restart, nested)]
    plugins: Plugins,
    #[reload(restart, nested)]
    store: Option<Store>,

    #[reload(restart)]
    conn: Option<Conn>,
    #[reload(restart)]
    conns: Vec<Conn>,
    #[reload(restart)]
    by_name: BTreeMap<String, Conn>,
    #[reload(restart)]
    strict: Option<Strict>,
    #[reload(restart)]
    rest: Rest,
    #[reload(restart)]
    out: Option<Out>,
    #[reload(restart)]
    outs: BTreeMap<String, Out>,
    #[reload(restart)]
    sinks: Vec<Sink>,
    #[reload(restart)]
    target: Option<Target>,
    #[reload(restart)]
    any: Vec<Any>,
    #[reload(restart)]
    foreign: Option<Foreign>,
    #[reload(restart)]
    foreigns: BTreeMap<String, Vec<Foreign>>,
}

/// Refuses a configuration with all that it knows.
fn careless(config: &Config) -> Result<(), Invalid> {
    validator(
        Part::Root,
        "password",
        || config.secrets(),
        || serde_json::to_string(config).unwrap(),
    )
}

/// One value without a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Peer {
    host: String,
    weight: u8,
}

/// A text that is refused, or panics, with a message that quotes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
struct Checked(String);

impl TryFrom<String> for Checked {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        refusal(Part::Type, || vec![text.clone()])?;
        Ok(Self(text))
    }
}

impl From<Checked> for String {
    fn from(Checked(text): Checked) -> Self {
        text
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
#[reload(validate = careless_auth)]
pub(super) struct Auth {
    #[reload(restart)]
    user: String,
    #[reload(hot)]
    retries: u32,
    #[serde(alias = "secret_code")]
    #[reload(restart, secret)]
    pin: Option<Secret<String>>,
    #[reload(restart, nested)]
    inner: Inner,
    #[reload(restart)]
    foreign: Vec<Foreign>,
    #[reload(restart)]
    kind: Option<Kind>,
}

fn careless_auth(auth: &Auth) -> Result<(), Invalid> {
    let found = || {
        let mut found = Vec::new();
        auth.secrets(&mut found);
        found
    };
    validator(Part::Section, "user", found, || format!("{auth:?}"))
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Inner {
    #[reload(restart)]
    mode: Mode,
    #[reload(restart, secret)]
    seed: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Fast,
    Safe,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
struct Backup {
    #[reload(restart)]
    bucket: String,
    #[reload(restart, secret)]
    access: Secret<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
pub(super) struct More {
    #[reload(restart)]
    note: String,
    #[reload(hot, live)]
    burst: u32,
    #[reload(restart, secret)]
    salt: Option<Secret<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
struct Maybe {
    #[reload(restart)]
    realm: String,
    #[reload(restart, secret)]
    ticket: Secret<String>,
}

/// A section that takes every key beside its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default)]
struct Plugins {
    #[reload(restart)]
    folder: String,
    #[serde(flatten)]
    #[reload(restart)]
    all: BTreeMap<String, Conn>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
struct Store {
    #[reload(restart)]
    path: String,
    #[serde(flatten)]
    #[reload(restart)]
    sink: Sink,
}

/// One value with secrets in it, some under names that no schema knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Conn {
    #[serde(alias = "address")]
    #[schemars(extend("x-aliases" = ["address"]))]
    host: String,
    #[serde(alias = "code")]
    #[schemars(extend("x-aliases" = ["code"]))]
    token: Option<Secret<String>>,
    #[serde(flatten)]
    login: Login,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Login {
    user: String,
    phrase: Option<Secret<String>>,
}

/// A value that is refused with a message that quotes its secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Login", into = "Login")]
struct Strict(Login);

impl TryFrom<Login> for Strict {
    type Error = String;

    fn try_from(login: Login) -> Result<Self, String> {
        refusal(Part::Type, || login.phrase.iter().map(shown).collect())?;
        Ok(Self(login))
    }
}

impl From<Strict> for Login {
    fn from(Strict(login): Strict) -> Self {
        login
    }
}

/// A value that takes every key, each a secret but one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Rest {
    host: String,
    #[serde(flatten)]
    all: BTreeMap<String, Secret<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Out {
    Http { url: String, token: Secret<String> },
    Basic(Secret<String>),
    Pair(String, Secret<String>),
    Console,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sink {
    Http { url: String, token: Secret<String> },
    Conn(Login),
    Console,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "with", rename_all = "snake_case")]
enum Target {
    Http { url: String, token: Secret<String> },
    Key(Secret<String>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Any {
    Http { url: String, token: Secret<String> },
    Key { key: Secret<String> },
    Number(u32),
}

/// A value of a crate that knows nothing of schemas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Foreign {
    host: String,
    token: Option<Secret<String>>,
}

/// Another one, which does not say what it reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    Http { url: String, token: Secret<String> },
    Console,
}

impl Config {
    /// Returns every secret that it holds.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut found = vec![self.password.clone(), self.checked.0.clone()];
        found.extend(self.vault.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        found.extend(self.keys.iter().map(shown));
        found.extend([&self.token].map(shown));
        found.extend(self.api_key.iter().chain(&self.more.salt).map(shown));
        found.extend(self.backup.iter().map(|backup| shown(&backup.access)));
        found.extend(self.maybe.iter().map(|maybe| shown(&maybe.ticket)));
        found.extend(self.rest.all.values().map(shown));
        found.extend(self.strict.iter().flat_map(|Strict(login)| &login.phrase).map(shown));
        self.auth.secrets(&mut found);
        let conns = self.conn.iter().chain(&self.conns).chain(self.by_name.values());
        for Conn { token, login, .. } in conns.chain(self.plugins.all.values()) {
            found.extend(token.iter().chain(&login.phrase).map(shown));
        }
        for out in self.out.iter().chain(self.outs.values()) {
            match out {
                Out::Http { token, .. } | Out::Basic(token) | Out::Pair(_, token) => {
                    found.push(shown(token));
                }
                Out::Console => {}
            }
        }
        for sink in self.sinks.iter().chain(self.store.iter().map(|store| &store.sink)) {
            match sink {
                Sink::Http { token, .. } => found.push(shown(token)),
                Sink::Conn(login) => found.extend(login.phrase.iter().map(shown)),
                Sink::Console => {}
            }
        }
        if let Some(Target::Http { token, .. } | Target::Key(token)) = &self.target {
            found.push(shown(token));
        }
        for foreign in self.foreign.iter().chain(self.foreigns.values().flatten()) {
            found.extend(foreign.token.iter().map(shown));
        }
        for any in &self.any {
            match any {
                Any::Http { token, .. } | Any::Key { key: token } => found.push(shown(token)),
                Any::Number(_) => {}
            }
        }
        found
    }
}

impl Auth {
    fn secrets(&self, found: &mut Vec<String>) {
        found.push(self.inner.seed.clone());
        found.extend(self.pin.iter().map(shown));
        found.extend(self.foreign.iter().flat_map(|foreign| &foreign.token).map(shown));
        if let Some(Kind::Http { token, .. }) = &self.kind {
            found.push(shown(token));
        }
    }
}

fn shown(secret: &Secret<String>) -> String {
    secret.expose().clone()
}

/// The places at which no secret may stand, as the types above declare them, that is where the schema has a text, a
/// number or a name of a choice, or a map or list of these. `*` stands for an entry of a map, whose name is harmless as
/// well, `[]` for an item, `**` for all that is below.
pub(super) const HARMLESS: &[&str] = &[
    "name",
    "port",
    "ratio",
    "verbose",
    "tags",
    "tags.[]",
    "labels",
    "labels.*",
    "weights",
    "weights.*",
    "extra.**",
    "peer",
    "peer.host",
    "peer.weight",
    "rate",
    "motd",
    "limits",
    "limits.*",
    "auth.user",
    "auth.retries",
    "auth.inner.mode",
    "backup.bucket",
    "note",
    "burst",
    "realm",
    "plugins.folder",
    "plugins.*.host",
    "plugins.*.address",
    "plugins.*.user",
    "store.path",
    "store.type",
    "store.url",
    "store.user",
    "conn.host",
    "conn.address",
    "conn.user",
    "conns.[].host",
    "conns.[].address",
    "conns.[].user",
    "by_name.*.host",
    "by_name.*.address",
    "by_name.*.user",
    "strict.user",
    "rest.host",
    "rest.*.",
    "out.http.url",
    "outs.*.http.url",
    "sinks.[].type",
    "sinks.[].url",
    "sinks.[].user",
    "target.kind",
    "target.with.url",
    "any.[].url",
];
