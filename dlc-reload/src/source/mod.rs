//! Sources: the files, variables and texts that a configuration is put together from.

mod aside;
mod canonical;
mod decoded;
mod directory;
mod env;
mod file;
mod files;
mod format;
mod intake;
mod interpolated;
#[cfg(feature = "json")]
mod json;
mod named;
mod parsed;
mod permission;
mod reading;
mod reference;
#[cfg(any(feature = "yaml", feature = "toml", feature = "json"))]
mod remedy;
mod set_keys;
mod surroundings;
mod text;
#[cfg(feature = "toml")]
mod toml;
mod untyped;
mod variable;
#[cfg(feature = "yaml")]
mod yaml;

use std::{any::type_name, borrow::Cow};

pub use self::{
    directory::Directory, env::Env, file::File, format::Format, format::UnknownFormat,
    intake::Intake, interpolated::Interpolated, text::Text,
};
#[cfg(feature = "watch")]
pub(crate) use self::{directory::is_drop_in, file::open};
pub(crate) use self::{
    file::{INCLUDE, trusted},
    parsed::Known,
    permission::Permissions,
    reading::{Content, Fingerprint, Reading, Watched},
    set_keys::{OVERRIDE, SetKeys, value_node},
    untyped::untyped,
    variable::variable,
};

/// A place that configuration is read from, such as a file or a service.
///
/// Sources are read in the order in which they were added to the [`Loader`](crate::Loader), again
/// at every reload; later ones win key by key. A source hands what it reads to the [`Intake`]: any
/// number of texts and values, and what is wrong.
///
/// ```
/// use dlc_reload::{Format, Loader, Origin, Problem, Reloadable, source::{Intake, Source}};
///
/// /// A document of a configuration service.
/// struct Remote { url: &'static str }
///
/// impl Source for Remote {
///     fn read(&self, intake: &mut Intake<'_>) {
///         match fetch(self.url) {
///             Ok(json) => intake.text(self.url, Format::Json, json),
///             Err(reason) => {
///                 let problem = Problem::error(format!("cannot be read: {reason}"));
///                 intake.problem(problem.with_origin(Origin::source(self.url)));
///             }
///         }
///     }
/// }
/// # fn fetch(_: &str) -> Result<&'static str, String> { Ok(r#"{"rate": 7}"#) }
///
/// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
/// # struct Config { #[reload(hot, live)] rate: u32 }
/// let remote = Remote { url: "https://config.example/billing" };
/// let config = Loader::<Config>::new().source(remote).load()?;
/// assert_eq!(config.rate, 7);
/// # Ok::<(), dlc_reload::Error>(())
/// ```
///
/// A panic in a source is an error of the load or reload.
pub trait Source: Send + Sync + 'static {
    /// Reads everything anew and hands it over.
    ///
    /// It may block. It is called by [`Loader::load`](crate::Loader::load), and on the reload thread.
    fn read(&self, intake: &mut Intake<'_>);

    /// Returns the name by which the log and the [status](crate::Status::running) call the source while it is read; that
    /// of its type unless it is implemented. It is asked for once, when the source is added.
    fn name(&self) -> Cow<'_, str> {
        type_name::<Self>().into()
    }
}
