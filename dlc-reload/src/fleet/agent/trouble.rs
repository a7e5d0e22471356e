//! The things that go wrong and refuse nothing.

use crate::fleet::{meter::Trouble, state::NodeProblem, store::Revision};

/// The things that go wrong and refuse nothing.
#[derive(Default)]
pub(super) struct Troubles {
    pub(super) missing: Option<u64>,
    pub(super) went_back: Option<(Revision, Revision)>,
    pub(super) local: Option<String>,
    /// The version that was taken back and is in force all the same, and the reason.
    pub(super) bound: Option<String>,
}

impl Troubles {
    /// Takes note that a version was taken back, and that the service does not go without it.
    pub(super) fn bind(&mut self, version: Option<u64>, problems: &[NodeProblem]) {
        let version = version.unwrap_or_default();
        let problem = problems.first().map(|problem| format!(": {problem}")).unwrap_or_default();
        self.bound = Some(format!(
            "version {version} was taken back and is still in force, since nothing else is accepted{problem}"
        ));
    }

    /// Returns the kinds of those that there are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Trouble> {
        let missing = self.missing.map(|_| Trouble::VersionMissing);
        let went_back = self.went_back.map(|_| Trouble::PointerWentBack);
        let local = self.local.as_ref().map(|_| Trouble::CacheUnwritten);
        let bound = self.bound.as_ref().map(|_| Trouble::NotTakenBack);
        [missing, went_back, bound, local].into_iter().flatten()
    }

    /// Returns the one that matters most, in a sentence.
    pub(super) fn text(&self) -> Option<String> {
        let missing = self.missing.map(|version| format!("missing version {version}"));
        let went_back = || {
            let (from, to) = self.went_back?;
            Some(format!(
                "the pointer went back from revision {from} to {to}, was the store restored?"
            ))
        };
        let bound = || self.bound.clone();
        missing.or_else(went_back).or_else(bound).or_else(|| self.local.clone())
    }
}
