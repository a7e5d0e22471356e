//! The questions that a reloader answers at once. None of them changes anything.

use std::sync::Arc;

use super::{
    Reloader,
    differences::{Written, describe},
    history::Accepted,
    recall::recall,
    status::Status,
};
use crate::{
    error::Error,
    key::Key,
    origin::Origin,
    report::{Changed, Explanation, origins},
    section::{Class, Leaf, Reloadable, differing},
    snapshot::Generation,
};

impl<C: Reloadable> Reloader<C> {
    /// Returns the values in force, the values that the sources ask for, and the state of reloading.
    pub fn status(&self) -> Status {
        Status::new(
            &self.handle.get(),
            &self.shared.state,
            &self.watching,
            self.shared.steps.running(),
            self.shared.sources.shape,
        )
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
        self.shared.state().history.list()
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
        let past =
            |generation| recall(&self.shared, Generation(generation)).map_err(Error::invalid);
        let (old, new) = (past(old)?, past(new)?);
        let both = (old.config(), new.config());
        let leaves = differing(both.0, both.1);
        // A `restart` value that a generation asked for was not in force in it.
        let written = Written { class: Class::Hot, old: old.document(), new: new.document() };
        Ok(describe(&leaves, both, &written, self.shared.sources.shape))
    }

    /// Explains the value of a key: what each source said of it when the sources were last accepted,
    /// which one wins, and why. Where they say something else since, which is refused, its places are
    /// [of a generation](Origin::as_of), and a row names the reload that refused them; so does a row name the value that a rollback put in force.
    /// [`Boot::explain`](crate::Boot::explain) has an example.
    pub fn explain(&self, key: impl Into<Key>) -> Explanation {
        let key = C::TABLE.canonical(&key.into());
        let (document, desired, refused, rolled_back) = {
            let state = self.shared.state();
            let overrides = state.overrides.about(&key);
            let document = overrides.over(&state.desired_document(), C::TABLE);
            let refused = state.refused.as_ref();
            let refused = refused.map(|refused| (Arc::clone(&refused.document), refused.since));
            let is_rolled_back = state.blocked.after_rollback.is_some() && overrides.is_empty();
            let rolled_back = is_rolled_back.then(|| Arc::clone(&state.base));
            (document, Arc::clone(&state.desired.config), refused, rolled_back)
        };
        let mut explanation =
            Explanation::new(&document, self.shared.sources.shape, &key, &*desired);
        // A rollback puts hot values in force, and no others.
        let is_hot = |leaf: &Leaf| leaf.role.class() == Class::Hot && leaf.key.covers(&key);
        if let Some(base) = rolled_back.filter(|_| C::TABLE.leaves().iter().any(is_hot)) {
            explanation = explanation.with_rolled_back(base.document(), base.config(), &desired);
        }
        if let Some((document, since)) = refused {
            explanation = explanation.with_refused(&document, since);
        }
        explanation
    }

    /// Returns the place of every value when the sources were last accepted, in the order of the fields.
    pub fn origins(&self) -> Vec<(Key, Origin)> {
        let document = self.shared.state().desired_document();
        origins(&document, self.shared.sources.shape)
    }

    /// Returns true unless a reload was [inconsistent](crate::Verdict::Inconsistent); meant for a
    /// readiness check.
    ///
    /// Once false, it stays false for as long as the process runs, even if a later reload goes well.
    pub fn is_ready(&self) -> bool {
        self.shared.state().consistent
    }
}
