//! The things that a source may say to the intake: texts, values, problems, and how new all that is.

use std::{sync::Arc, time::SystemTime};

use super::{
    Format, Intake,
    parsed::Written,
    reading::{Freshness, SourceRead},
    untyped,
};
use crate::{
    document::{Finding, Layer, Naming, Node, Place},
    error::{Problem, ProblemKind},
    place::{Key, SourceVersion},
};

impl<'a> Intake<'a> {
    /// Hands over a text. Messages call it `name`.
    ///
    /// It has to be UTF-8, with or without a byte order mark, at most [`Limits::bytes`](crate::Limits::bytes) bytes
    /// long, and its root has to be a map. A text that is not, or that cannot be parsed, is an error of the load or
    /// reload.
    pub fn text(
        &mut self,
        name: impl Into<Arc<str>>,
        format: Format,
        text: impl AsRef<[u8]>,
    ) -> HandedOver<'_, 'a> {
        let interpolated = self.variables.is_some();
        let bytes = text.as_ref();
        let written = Written { format, bytes, may_include: false, interpolated };
        let (source, parsed) = self.parse(name.into(), written);
        self.lay_text(source, parsed.as_deref(), None);
        HandedOver { intake: self, tree: parsed.map(|parsed| Arc::clone(&parsed.tree)) }
    }

    /// Hands over one value as text, which becomes what the field at `key` wants: a number, a boolean, a
    /// string, a list (`a,b` or `[a, b]`) or a map (`{a: 1}`), as that of a [variable](super::Env) does. Messages
    /// call it `name`. A key that names an item of a list is an error.
    pub fn value(
        &mut self,
        name: impl Into<Arc<str>>,
        key: impl Into<Key>,
        text: &str,
    ) -> HandedOver<'_, 'a> {
        let source = self.source(name.into());
        self.layer(Layer::One(source));
        let before = self.trees.len();
        self.at(&key.into(), untyped(Place::whole(source), text, self.limits()));
        let tree = self.trees.get(before).cloned();
        HandedOver { intake: self, tree }
    }

    /// Reports that something is wrong with a source. An error refuses the candidate, and the source is
    /// [missing](crate::SourceState::Missing); a warning does neither.
    pub fn problem(&mut self, problem: Problem) {
        if problem.is_error() {
            self.incomplete();
            self.is_missing(problem.message.clone());
        }
        let Problem { kind, severity, key, message: text, origin } = problem;
        // It comes after what the sources before this one have to say.
        let (place, origin) = (Place::whole(self.next_source()), Naming::Given(origin));
        self.find(Finding { place, key, kind, severity, text, origin, may_quote: true, more: 0 });
    }

    /// Says which version all is that this source hands over, as the source counts. Reports and the status show it;
    /// another version of the same content is no change.
    ///
    /// [`Report::sources`](crate::Report::sources) has an example.
    pub fn version(&mut self, version: impl Into<Arc<str>>) {
        if let Some(read) = self.sources.last_mut() {
            read.version = Some(version.into());
        }
    }

    /// Says that the source hands over what it had at a time because it has not reached its origin since, and the
    /// reason. It refuses nothing: the [status](crate::Status::sources) shows it, and the log tells when it begins and
    /// ends.
    pub fn stale(&mut self, since: SystemTime, reason: impl Into<String>) {
        if let Some(read) = self.sources.last_mut() {
            read.freshness = Freshness::Stale(since, reason.into());
        }
    }

    /// Takes note of which source is read from now on.
    pub(crate) fn begin(&mut self, name: Arc<str>) {
        self.sources.push(SourceRead { name, version: None, freshness: Freshness::Fresh });
    }

    /// Takes note of a file or directory that may be absent, and is.
    pub(super) fn is_absent(&mut self, name: String) {
        if let Some(read) = self.sources.last_mut() {
            read.freshness = Freshness::Absent;
        }
        self.layer(Layer::Absent(name.into()));
    }

    /// Takes note that the source could not hand over all that it should. The first reason counts.
    fn is_missing(&mut self, reason: String) {
        if let Some(read) = self.sources.last_mut()
            && !matches!(read.freshness, Freshness::Missing(_))
        {
            read.freshness = Freshness::Missing(reason);
        }
    }

    /// Returns the versions of the sources that have one.
    pub(super) fn versions(&self) -> Vec<SourceVersion> {
        let version = |read: &SourceRead| {
            let version = Arc::clone(read.version.as_ref()?);
            Some(SourceVersion { source: Arc::clone(&read.name), version })
        };
        self.sources.iter().filter_map(version).collect()
    }
}

/// A text or a value that was handed over, of which more can be said.
#[derive(Debug)]
pub struct HandedOver<'i, 'a> {
    intake: &'i mut Intake<'a>,
    /// The tree of it; none where it could not be parsed.
    tree: Option<Arc<Node>>,
}

impl HandedOver<'_, '_> {
    /// Refuses it if it sets a secret: an error names the key and the place, and never the value. Meant for every
    /// source that others than the operators of this machine can read, such as a store that a fleet shares.
    ///
    /// ```
    /// use dlc_reload::{Format, Loader, Reloadable, Secret, source::{Intake, Source}};
    ///
    /// /// What the store's own thread has.
    /// struct Store(String);
    ///
    /// impl Source for Store {
    ///     fn read(&self, intake: &mut Intake<'_>) {
    ///         intake.text("store", Format::Yaml, &self.0).without_secrets();
    ///     }
    /// }
    ///
    /// # #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
    /// # struct Config { #[reload(hot, live)] rate: u32, #[reload(restart, secret)] api_key: Secret<String> }
    /// let store = Store("rate: 7\napi_key: hunter2\n".to_owned());
    /// let error = Loader::<Config>::new().source(store).load().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "store:2:10: api_key: a secret does not belong into this source, set it in a file or variable of this machine",
    /// );
    /// ```
    pub fn without_secrets(self) {
        let Self { intake, tree } = self;
        let Some(tree) = tree else { return };
        let message = "a secret does not belong into this source, set it in a file or variable of this machine";
        for (key, place) in intake.shape().secrets_in(&tree) {
            let finding = Finding::error(place, message).about(key).of(ProblemKind::Permission);
            intake.find(finding);
        }
    }
}
