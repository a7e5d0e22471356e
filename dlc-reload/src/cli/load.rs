//! The arguments that say where the configuration comes from.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::PathBuf,
};

use clap::{
    Arg, ArgMatches, Command, Error,
    builder::{TypedValueParser, ValueParserFactory},
    error::ErrorKind,
};

use crate::{load::Loader, place::Key, section::Reloadable, source::Given};

/// The arguments `--config PATH` and `--set KEY=VALUE`, both of which may be given more than once, for
/// [`Loader::arguments`].
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LoadArgs {
    /// A file of the configuration, or a directory of drop-ins; `-` is the standard input; later ones win
    #[arg(long, global = true, value_name = "PATH")]
    config: Vec<PathBuf>,
    /// The value of a key, such as `server.port=9090`; it wins over files and variables
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<Setting>,
}

impl LoadArgs {
    /// Returns the same arguments, with this path where no `--config` is given.
    #[must_use]
    pub fn or(&self, path: impl Into<PathBuf>) -> Self {
        let mut arguments = self.clone();
        if arguments.config.is_empty() {
            arguments.config.push(path.into());
        }
        arguments
    }

    /// Returns the name of an argument that is given; `None` where there is none.
    pub(super) const fn given(&self) -> Option<&'static str> {
        match (self.config.is_empty(), self.set.is_empty()) {
            (false, _) => Some("--config"),
            (true, false) => Some("--set"),
            (true, true) => None,
        }
    }

    /// Returns the same arguments, with other paths for `--config`.
    pub(super) fn with(&self, config: &[PathBuf]) -> Self {
        Self { config: config.to_owned(), set: self.set.clone() }
    }
}

/// Returns an error where clap has lost some of the arguments of [`LoadArgs`]: of those before and after a subcommand
/// it keeps the later ones alone.
pub(super) fn refuse_lost(
    command: &mut Command,
    kept: &ArgMatches,
    all: &[OsString],
) -> Result<(), Error> {
    let is_name = |given: &&OsString, name: &str| {
        let given = given.to_string_lossy();
        let rest = given.strip_prefix("--").and_then(|given| given.strip_prefix(name));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    for name in ["config", "set"] {
        let is_own = |arg: &Arg| arg.get_id() == name && arg.is_global_set();
        if !command.get_arguments().any(is_own) {
            continue;
        }
        let kept = kept.try_get_raw(name).ok().flatten().map_or(0, Iterator::count);
        let options = all.iter().take_while(|given| *given != "--");
        if kept > 0 && options.filter(|given| is_name(given, name)).count() > kept {
            let message = format!(
                "`--{name}` stands before and after a subcommand: write all of them at one of the two places\n"
            );
            return Err(Error::raw(ErrorKind::ArgumentConflict, message).with_cmd(command));
        }
    }
    Ok(())
}

impl<C: Reloadable> Loader<C> {
    /// Adds the files and directories of `--config` here, and sets the keys of `--set` over all sources.
    pub fn arguments(self, load: &LoadArgs) -> Self {
        let paths = load.config.iter().cloned();
        let with_files = paths.fold(self, |loader, path| loader.source(Given::new(path)));
        load.set.iter().fold(with_files, |loader, Setting { key, value }| {
            loader.set_by_argument("--set", key.clone(), value)
        })
    }
}

/// One `--set`.
#[derive(Clone)]
struct Setting {
    key: Key,
    value: String,
}

/// Leaves out the value, which may be a secret.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Setting").field(&self.key).finish()
    }
}

impl ValueParserFactory for Setting {
    type Parser = SettingParser;

    fn value_parser() -> SettingParser {
        SettingParser
    }
}

/// The parser of a `--set`. Unlike those of clap, it quotes nothing: what is malformed may hold a secret.
#[derive(Clone)]
struct SettingParser;

impl TypedValueParser for SettingParser {
    type Value = Setting;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Setting, Error> {
        let wrong = |reason: &str| {
            let message = format!("`--set` {reason}\n");
            Err(Error::raw(ErrorKind::ValueValidation, message).with_cmd(command))
        };
        let Some(text) = value.to_str() else { return wrong("is not UTF-8") };
        match text.split_once('=') {
            None => wrong("has no `=`: write `--set KEY=VALUE`, such as `--set server.port=9090`"),
            Some(("", _)) => wrong("has no key before the `=`: write `--set KEY=VALUE`"),
            Some((key, value)) => Ok(Setting { key: key.into(), value: value.to_owned() }),
        }
    }
}
