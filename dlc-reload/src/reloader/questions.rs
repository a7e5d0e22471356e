//! The questions that a reloader answers at once. None of them changes anything.

use super::{Reloader, history::Accepted, status::Status};
use crate::{
    error::Error,
    place::{Key, Origin},
    report::{Changed, Explanation, origins},
    section::Reloadable,
};

impl<C: Reloadable> Reloader<C> {
    /// Returns the values in force, the values that the sources ask for, and the state of reloading.
    pub fn status(&self) -> Status {
        self.controls.status()
    }

    /// Returns the configurations that have been in force, oldest first; the last one is in force now.
    /// [`Builder::history`](crate::Builder::history) limits their number, and
    /// [`Builder::history_file`](crate::Builder::history_file) keeps them from one process to the next.
    ///
    /// ```
    /// # use dlc_reload::{Loader, Reloadable, Trigger};
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] motd: String }
    /// # let path = std::env::temp_dir().join(format!("dlc-reload-past-{}.yaml", std::process::id()));
    /// # std::fs::write(&path, "motd: hello").unwrap();
    /// # let reloader = Loader::<Config>::new().file(&path).load()?.reloader().start()?;
    /// std::fs::write(&path, "motd: goodbye").unwrap();
    /// reloader.reload(Trigger::api("nightly job")).wait()?;
    ///
    /// let [start, latest] = reloader.history().try_into().unwrap();
    /// assert!(start.report.is_none());
    /// assert_eq!(latest.report.unwrap().trigger().to_string(), "api (nightly job)");
    ///
    /// let differences = reloader.diff(start.generation, latest.generation)?;
    /// assert_eq!(differences[0].key.to_string(), "motd");
    /// assert_eq!(differences[0].old, Some("hello".into()));
    /// # std::fs::remove_file(&path).unwrap();
    /// # Ok::<(), dlc_reload::Error>(())
    /// ```
    pub fn history(&self) -> Vec<Accepted> {
        self.controls.history()
    }

    /// Returns the differences between two configurations of the [`history`](Self::history), which has
    /// an example.
    ///
    /// Both are compared without the overrides that held then, as [`rollback_to`](Self::rollback_to)
    /// would bring them back: a generation that only an override has made does not differ from the one
    /// before. `restart` fields only differ between processes.
    ///
    /// # Errors
    ///
    /// A generation is not in the history; or an earlier process had it in force, and it does not fit
    /// this program any more.
    pub fn diff(&self, old: u64, new: u64) -> Result<Vec<Changed>, Error> {
        self.controls.diff(old, new)
    }

    /// Explains the value of a key: what each source said of it when the sources were last accepted, which one wins,
    /// and why. Where they say something else since, which is refused, its places are [of a generation](Origin::as_of),
    /// and a row names the reload that refused them; so does a row name the value that a rollback put in force.
    /// [`Boot::explain`](crate::Boot::explain) has an example.
    pub fn explain(&self, key: impl Into<Key>) -> Explanation {
        self.controls.explain(&key.into())
    }

    /// Returns the place of every value when the sources were last accepted, in the order of the fields.
    pub fn origins(&self) -> Vec<(Key, Origin)> {
        let document = self.controls.shared.state().desired_document();
        origins(&document, self.controls.shared.sources.shape)
    }

    /// Returns true unless a reload was [inconsistent](crate::Verdict::Inconsistent); meant for a
    /// readiness check.
    ///
    /// Once false, it stays false for as long as the process runs, even if a later reload goes well.
    pub fn is_ready(&self) -> bool {
        self.controls.is_ready()
    }
}
