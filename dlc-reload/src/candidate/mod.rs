//! Candidates: built from a document and checked, or refused with everything that is wrong.

mod add;
mod deprecated;
mod effect;
mod named;
mod opaque;
mod placeholder;
mod said;
mod settings;
mod shadow;
mod shrinking;
mod swallowed;
mod unknown;
mod unread;

use std::sync::{Arc, Mutex};

pub use self::unknown::UnknownKeys;
use self::{
    deprecated::deprecated_keys,
    placeholder::placeholders,
    said::Said,
    swallowed::without_swallowing,
    unknown::{unknown_inside, unknown_keys},
    unread::unread_inside,
};
use crate::{
    document::{Document, Finding, Limits, Node, Place, Retry, SourceId},
    error::{Error, Problem, ProblemKind},
    hook::caught,
    place::Key,
    redaction::{InForce, quotes},
    schema::Shape,
    section::{FieldKind, Probed, Reloadable, Table, differing, probe, validate_section, whole},
    source::{Freshness, INCLUDE, Intake, Known, Permissions, Reading, SetKeys, Source},
    sync::lock,
};

/// A configuration that was built and checked, but not accepted.
pub(crate) struct Candidate<C> {
    pub(crate) config: Arc<C>,
    /// The problems that refuse nothing, but are worth a look.
    pub(crate) warnings: Vec<Problem>,
}

/// The refusal of a configuration.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// Every problem, warnings included.
    pub(crate) problems: Vec<Problem>,
    /// True if the same content may be accepted later, because all that refuses it is code that may ask the world.
    pub(crate) may_pass: bool,
}

impl Rejection {
    /// Makes a refusal that lasts until the content changes.
    pub(crate) const fn lasting(problems: Vec<Problem>) -> Self {
        Self { problems, may_pass: false }
    }

    /// Makes a refusal that may pass by itself.
    pub(crate) const fn passing(problems: Vec<Problem>) -> Self {
        Self { problems, may_pass: true }
    }
}

impl From<Rejection> for Vec<Problem> {
    fn from(refused: Rejection) -> Self {
        refused.problems
    }
}

/// The sources of a configuration, in order, to be read as often as wanted.
pub(crate) struct Sources<C> {
    /// Each with its name.
    pub(crate) layers: Vec<(Arc<str>, Box<dyn Source>)>,
    pub(crate) set_keys: SetKeys,
    pub(crate) unknown_keys: UnknownKeys,
    pub(crate) limits: Limits,
    pub(crate) permissions: Permissions,
    pub(crate) ignore_empty_variables: bool,
    /// The share of the values of a file from which on their loss is refused, if it is.
    pub(crate) refuse_shrinking: Option<f64>,
    /// The key that names the files that a file includes.
    pub(crate) include_key: Option<Box<str>>,
    pub(crate) shape: &'static Shape,
    in_force: InForce,
    /// The last reading, and the configuration that was built from it.
    known: Mutex<Known>,
    built: Mutex<Option<Built<C>>>,
    /// The findings about the last reading, where no configuration could be built from it; for one candidate, because
    /// the author's types may ask the world.
    refused: Mutex<Option<(Arc<Document>, Vec<Finding>)>>,
}

/// A config of which every value fits, with all that was found in its document; validation comes after it.
struct Built<C> {
    document: Arc<Document>,
    config: Arc<C>,
    found: Vec<Finding>,
}

impl<C> Clone for Built<C> {
    fn clone(&self) -> Self {
        let (document, config) = (Arc::clone(&self.document), Arc::clone(&self.config));
        Self { document, config, found: self.found.clone() }
    }
}

/// The values in force that run together with the hot values of a candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValidatedWith {
    /// The `restart` values in force.
    Restart,
    /// The `restart` values and the overrides in force.
    Overrides,
}

impl<C: Reloadable> Sources<C> {
    pub(crate) fn new() -> Self {
        Self {
            layers: Vec::new(),
            set_keys: SetKeys::default(),
            unknown_keys: UnknownKeys::default(),
            limits: Limits::default(),
            permissions: Permissions::default(),
            ignore_empty_variables: false,
            refuse_shrinking: None,
            include_key: Some(INCLUDE.into()),
            shape: Shape::of::<C>(),
            in_force: InForce::default(),
            known: Mutex::default(),
            built: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Reads all sources, each within a call of `step` with its name. This reaches outside of the process; all after it
    /// only computes.
    pub(crate) fn read(&self, step: impl Fn(&Arc<str>, &mut dyn FnMut())) -> Reading {
        self.read_for(false, step)
    }

    /// Reads all sources, and says whether a service starts with them.
    pub(crate) fn read_for(
        &self,
        is_start: bool,
        step: impl Fn(&Arc<str>, &mut dyn FnMut()),
    ) -> Reading {
        let include_key = self.include_key.as_deref();
        // Taken out while it is read and written: a source is the author's code, which runs under no lock.
        let known = std::mem::take(&mut *lock(&self.known));
        let mut intake =
            Intake::new(self.shape, &self.limits, &self.permissions, include_key, known)
                .ignore_empty_variables(self.ignore_empty_variables)
                .at_start(is_start);
        for (name, source) in &self.layers {
            let mut panicked = false;
            intake.begin(Arc::clone(name));
            step(name, &mut || panicked = caught(|| source.read(&mut intake)).is_err());
            // The values that it handed over before a panic stay, and the problem refuses the whole.
            if panicked {
                intake.problem(Problem::error(
                    "a source panicked while it was read, see the error output of the process",
                ));
            }
        }
        if !self.set_keys.is_empty() {
            intake.begin(self.set_keys.name().into());
        }
        self.set_keys.read(&mut intake);
        let (mut reading, known) = intake.finish();
        *lock(&self.known) = known;
        for read in &mut reading.sources {
            if let Freshness::Stale(_, reason) | Freshness::Missing(reason) = &mut read.freshness {
                self.said(&reading.document).clean(reason);
            }
        }
        reading
    }

    /// Builds and checks a config. The same document gives the same result, unless a validation function asks the
    /// world.
    ///
    /// # Errors
    ///
    /// Every problem: errors before warnings, both in the order of the sources.
    pub(crate) fn candidate(&self, document: &Arc<Document>) -> Result<Candidate<C>, Rejection> {
        // Deserializing runs the author's code. The message of its panic is left out: it may quote a secret.
        let checked = caught(|| self.checked(document)).unwrap_or_else(|_| {
            Err(Rejection::lasting(vec![Problem::error(
                "deserializing the configuration panicked, see the error output of the process",
            )]))
        });
        #[cfg(feature = "testing")]
        {
            let problems = match &checked {
                Ok(candidate) => &candidate.warnings,
                Err(refused) => &refused.problems,
            };
            crate::source::witness::<C>(&lock(&self.known), document, problems);
        }
        checked
    }

    /// Runs every check over a document, and builds the config unless one of them refuses it. The one of the same
    /// document is not built twice.
    fn checked(&self, document: &Arc<Document>) -> Result<Candidate<C>, Rejection> {
        let known = lock(&self.built).clone();
        let known = known.filter(|known| Arc::ptr_eq(&known.document, document));
        let refused = lock(&self.refused).take().filter(|(of, _)| Arc::ptr_eq(of, document));
        let built = match (known, refused) {
            (Some(built), _) => Ok(built),
            (None, Some((_, found))) => Err(found),
            (None, None) => self.built(document),
        };
        let (config, mut found) = match built {
            Ok(built) => (Some(built.config), built.found),
            Err(found) => (None, found),
        };
        let fits = config.is_some() && !found.iter().any(Finding::is_error);
        // Where a source could not be read, the rest is not the configuration that the operator wrote.
        if let Some(config) = config.as_ref().filter(|_| document.complete) {
            let invalid = validate_whole(&**config, document).into_iter();
            // What a source says twice is found in its text, and again in the values.
            let is_new = |one: &Finding| {
                !found.iter().any(|known| known.kind == one.kind && known.place == one.place)
            };
            let new: Vec<_> = invalid.filter(is_new).collect();
            found.extend(new);
        }
        let refused = found.iter().any(Finding::is_error);
        let listed = Finding::listed(found, self.limits.problems);
        let said = self.said(document);
        let problems = listed.into_iter().map(|finding| said.problem(finding)).collect();
        match config {
            Some(config) if !refused => Ok(Candidate { config, warnings: problems }),
            _ => Err(Rejection { problems, may_pass: fits }),
        }
    }

    /// Builds the config of a document.
    ///
    /// # Errors
    ///
    /// All that was found, where a value does not fit.
    fn built(&self, document: &Arc<Document>) -> Result<Built<C>, Vec<Finding>> {
        let said = self.said(document);
        let mut found = document.findings.clone();
        found.extend(deprecated_keys(&document.root, C::TABLE));
        found.extend(placeholders(&document.root));
        let config = self.typed(document, &said, &mut found);
        found.extend(shadow::findings::<C>(&said));
        let Some(config) = config else { return Err(found) };
        let built = Built { document: Arc::clone(document), config: Arc::new(config), found };
        // A value of the author's type is dropped once the lock is released.
        let before = lock(&self.built).replace(built.clone());
        drop(before);
        Ok(built)
    }

    /// Builds the config of a document that is not that of the sources, and validates nothing.
    ///
    /// # Errors
    ///
    /// Every error.
    pub(crate) fn typed_apart(&self, document: &Document) -> Result<C, Vec<Problem>> {
        let (said, mut found) = (self.said(document), Vec::new());
        let config = self.typed(document, &said, &mut found);
        found.retain(Finding::is_error);
        let listed = Finding::listed(found, self.limits.problems);
        let problems: Vec<_> = listed.into_iter().map(|one| said.problem(one)).collect();
        config.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// Returns the problem of a key that `name` means and no field has.
    pub(crate) fn unknown_key(&self, key: &Key, name: String) -> Option<Problem> {
        let mut document = Document::new();
        document.put(key, name, Node::null);
        let mut found = unknown_keys(&document.root, C::TABLE, UnknownKeys::Refuse, None);
        found.pop().map(|one| self.said(&document).problem(one))
    }

    /// Returns the words for what is found in a document.
    fn said<'d>(&'d self, document: &'d Document) -> Said<'d> {
        Said::new(document, self.shape, &self.in_force)
    }

    /// Validates an overlay, the config that would run now; returns its problems, or `None`.
    ///
    /// The candidate was validated before, but never together with the values in force.
    pub(crate) fn overlay_problems(
        &self,
        overlay: &C,
        document: &Document,
        with: ValidatedWith,
    ) -> Option<Vec<Problem>> {
        let mut found = validate_whole(overlay, document);
        for finding in &mut found {
            finding.text.push_str(match with {
                ValidatedWith::Restart => {
                    " (together with the `restart` values that stay in force until the next start)"
                }
                ValidatedWith::Overrides => " (together with the overrides in force)",
            });
        }
        let said = self.said(document);
        let listed = Finding::listed(found, self.limits.problems);
        (!listed.is_empty()).then(|| listed.into_iter().map(|one| said.problem(one)).collect())
    }

    /// Returns an error of these problems, with the lines they are about.
    pub(crate) fn refusal(
        &self,
        problems: Vec<Problem>,
        document: &Document,
        texts: &[(SourceId, Arc<str>)],
    ) -> Error {
        Error::invalid(problems).quoting(|problems| quotes(problems, document, texts, self.shape))
    }

    /// Keeps the secrets of the document that is in force from now on.
    pub(crate) fn keep_secrets_of(&mut self, document: &Arc<Document>) {
        self.in_force = InForce::of(Arc::clone(document));
    }

    /// Finds the secrets in force while the document they are in is there anyway.
    pub(crate) fn find_secrets(&self) {
        self.in_force.find(self.shape);
    }

    /// Takes the secrets of a document and those in force out of what authors said.
    pub(crate) fn redact(&self, document: &Document, problems: &mut [Problem]) {
        if !problems.is_empty() {
            let said = self.said(document);
            for problem in problems {
                said.clean(&mut problem.message);
            }
        }
    }

    /// Returns a text without the secrets of a document and those in force.
    pub(crate) fn redacted(&self, document: &Document, mut text: String) -> String {
        self.said(document).clean(&mut text);
        text
    }

    /// Builds the config, or finds everything that does not fit.
    fn typed(&self, document: &Document, said: &Said<'_>, found: &mut Vec<Finding>) -> Option<C> {
        let retry = Retry::of(document);
        let config = self.typed_with(&retry, document, said, found);
        found.extend(unknown_inside(retry.ignored(), C::TABLE, self.unknown_keys));
        found.extend(unread_inside(config.as_ref(), said, &retry, self.unknown_keys));
        let finished = config.map(|config| finished(config, document))?;
        finished.map_err(|panicked| found.push(panicked)).ok()
    }

    fn typed_with(
        &self,
        retry: &Retry,
        document: &Document,
        said: &Said<'_>,
        found: &mut Vec<Finding>,
    ) -> Option<C> {
        let mut built = whole::<C>(&document.root, retry);
        let read = built.is_ok().then_some(retry);
        found.extend(unknown_keys(&document.root, C::TABLE, self.unknown_keys, read));
        // A section that is flattened and absent hides what is wrong with its fields.
        if built.is_err() || sets_flattened_option(&document.root, C::TABLE) {
            let Probed { mut mismatches, invalid } = probe::<C>(&document.root, retry, self.shape);
            if !document.complete {
                // The source that cannot be read may set what is missing, and what could not be filled was told of.
                mismatches.retain(|mismatch| {
                    !mismatch.is_missing() && !document.is_unfilled(mismatch.place())
                });
            }
            if !mismatches.is_empty() {
                found.extend(mismatches.iter().map(|mismatch| said.mismatch(mismatch)));
                if document.complete {
                    found.extend(invalid.into_iter().map(|one| placed(one, document)));
                }
                return None;
            }
            // Every field fits alone: either a `null` only had to be left out, or the struct itself refuses.
            built = whole::<C>(&document.root, retry);
        }
        match built {
            Ok(config) => {
                let (config, swallowed) = without_swallowing(config, said, retry);
                found.extend(swallowed);
                Some(config)
            }
            Err(mismatch) => {
                if !found.iter().any(Finding::is_error) {
                    found.push(said.mismatch(&mismatch));
                }
                None
            }
        }
    }
}

/// Returns a config after its `finish` functions have run. The document learns of the leaves that they set.
///
/// # Errors
///
/// A panic in one of them.
fn finished<C: Reloadable>(mut config: C, document: &Document) -> Result<C, Finding> {
    if C::FINISHES {
        let read = config.clone();
        caught(|| config.finish()).map_err(|_| {
            // The message of the panic is left out: it may quote a secret.
            let text = "a `finish` function panicked, see the error output of the process";
            Finding::error(Place::NONE, text)
        })?;
        let derived = differing(&read, &config).into_iter().map(|leaf| leaf.key);
        document.note_derived(derived.collect());
    }
    Ok(config)
}

/// Returns true if a source sets a field of an optional section that is flattened.
fn sets_flattened_option(root: &Node, table: &'static Table) -> bool {
    table.fields.iter().any(|field| {
        let FieldKind::Section { table: below, is_optional, .. } = field.kind else { return false };
        if !field.flatten {
            let node = root.as_map().and_then(|map| map.get(field.name));
            return node.is_some_and(|entry| sets_flattened_option(&entry.node, below));
        }
        let is_set = |name: &str| below.field(name).is_some();
        is_optional && root.as_map().is_some_and(|map| map.keys().any(|name| is_set(name)))
            || sets_flattened_option(root, below)
    })
}

/// Runs every validation function of a config, and returns what they find.
fn validate_whole<C: Reloadable>(config: &C, document: &Document) -> Vec<Finding> {
    let found = validate_section(config, Key::root());
    found.into_iter().map(|one| placed(one, document)).collect()
}

/// Returns a finding at the place of a key or, where no source sets it, of the section around it.
fn placed((key, message): (Key, String), document: &Document) -> Finding {
    let place = document.nearest_place(&key).unwrap_or(Place::NONE);
    Finding::error(place, message).about(key).said_by_author().of(ProblemKind::Invalid)
}
