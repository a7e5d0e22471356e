//! Sources: what a configuration is put together from.

mod canonical;
mod directory;
mod env;
mod file;
mod format;
mod intake;
#[cfg(feature = "json")]
mod json;
mod overrides;
mod permission;
mod text;
#[cfg(feature = "toml")]
mod toml;
mod variable;
#[cfg(feature = "yaml")]
mod yaml;

pub use self::{
    directory::Directory, env::Env, file::File, format::Format, format::UnknownFormat,
    intake::Intake, text::Text,
};
#[cfg(feature = "watch")]
pub(crate) use self::{directory::is_drop_in, file::open};
pub(crate) use self::{
    file::trusted,
    intake::{Fingerprint, Reading, Watched},
    overrides::{Overrides, value_node},
    permission::Permissions,
    variable::variable,
};

/// Something that yields a piece of configuration.
///
/// Sources are read in the order in which they were added to the
/// [`Loader`](crate::Loader), again at every reload; later ones win key by key. What a source has
/// to say, it hands to the [`Intake`]: any number of texts and values, and what is wrong.
///
/// ```
/// use dlc_reload::{Format, source::{Intake, Source}};
///
/// /// The answer of a configuration service.
/// struct Remote { answer: String }
///
/// impl Source for Remote {
///     fn read(&self, intake: &mut Intake<'_>) {
///         intake.text("https://config.example/billing", Format::Json, &self.answer);
///     }
/// }
/// ```
pub trait Source: Send + Sync + 'static {
    /// Reads everything anew and hands it over. It is called on the reload thread and may block.
    fn read(&self, intake: &mut Intake<'_>);
}
