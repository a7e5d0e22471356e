//! A configuration with something of everything, and short ways to load it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use dlc_reload::{
    Boot, Error, Format, Invalid, Loader, Problem, Reloadable, Trigger, TriggerKind,
    source::{Env, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    #[default]
    Info,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
#[reload(validate = check)]
pub struct Logging {
    #[reload(restart)]
    pub level: Level,
    #[reload(restart)]
    pub json: bool,
    #[serde(rename = "max-size", alias = "max_bytes")]
    #[reload(restart)]
    pub max_size: Option<u16>,
}

fn check(logging: &Logging) -> Result<(), Invalid> {
    if logging.max_size == Some(13) {
        return Err(Invalid::new().at("max-size", "must not be 13"));
    }
    assert!(logging.max_size != Some(14), "a mistake of the author");
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Server {
    #[reload(restart)]
    pub host: String,
    #[serde(default = "port")]
    #[reload(restart)]
    pub port: u16,
    #[serde(default)]
    #[reload(restart)]
    pub tags: Vec<String>,
}

fn port() -> u16 {
    8080
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Flat {
    #[serde(default)]
    #[reload(restart)]
    pub motd: String,
}

/// One value, for all that it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Sampler {
    pub sampler_type: String,
    pub ratio: f64,
    pub api_key: dlc_reload::Secret<String>,
    pub limits: BTreeMap<String, u32>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self {
            sampler_type: "always".into(),
            ratio: 1.0,
            api_key: String::new().into(),
            limits: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Reloadable)]
pub struct Config {
    #[reload(restart, nested)]
    pub server: Server,
    #[serde(default)]
    #[reload(restart, nested)]
    pub logging: Logging,
    #[serde(default)]
    #[reload(restart)]
    pub labels: BTreeMap<String, u32>,
    #[serde(default)]
    #[reload(restart)]
    pub sampler: Sampler,
    #[serde(default)]
    #[reload(restart)]
    pub ratio: f64,
    #[reload(restart, secret)]
    pub secret: String,
    #[serde(flatten)]
    #[reload(restart, nested)]
    pub flat: Flat,
}

/// What every test starts from, so that nothing required is missing.
pub const BASE: &str = "server: {host: a}\nsecret: s\n";

/// `BASE`, with a text over it that messages call `a`.
pub fn yaml(text: &str) -> Loader<Config> {
    Loader::new()
        .source(Text::new(Format::Yaml, BASE).named("base"))
        .source(Text::new(Format::Yaml, text).named("a"))
}

/// `BASE` under these environment variables, whose prefix is `T`.
pub fn env<const N: usize>(variables: [(&str, &str); N]) -> Loader<Config> {
    yaml("{}").source(
        Env::new("T").of(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))),
    )
}

pub fn load<C: Reloadable>(loader: Loader<C>) -> Boot<C> {
    match loader.load() {
        Ok(boot) => boot,
        Err(error) => panic!("refused:\n{error}"),
    }
}

pub fn refused<C: Reloadable>(loader: Loader<C>) -> Error {
    match loader.load() {
        Ok(_) => panic!("accepted"),
        Err(error) => error,
    }
}

/// Every problem of a load that has to fail, one a line.
pub fn problems<C: Reloadable>(loader: Loader<C>) -> String {
    refused(loader).to_string()
}

/// Every warning of a load that has to succeed, one a line.
pub fn warnings<C: Reloadable>(loader: Loader<C>) -> String {
    lines(load(loader).warnings())
}

pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The trigger of a rollback that says nothing else.
pub fn rollback() -> Trigger {
    Trigger::new(TriggerKind::Rollback)
}

/// A directory of its own for one test, which every user may enter.
pub struct Dir(tempfile::TempDir);

impl Dir {
    pub fn new() -> Self {
        // From the beginning: a change of its mode would be an event in the directory above, which other
        // tests watch.
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
        Self(builder.tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that nobody else can write or read.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        mode(&path, 0o600);
        path
    }

    /// The text with the path of this directory taken out.
    pub fn strip(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.path().display()), "")
            .replace(&self.path().display().to_string(), "DIR")
    }
}

#[cfg(unix)]
pub fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub fn mode(_: &Path, _: u32) {}
