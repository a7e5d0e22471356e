//! The things that go wrong and refuse nothing.

use crate::fleet::{meter::Trouble, store::Revision};

/// The things that go wrong and refuse nothing.
#[derive(Default)]
pub(super) struct Troubles {
    pub(super) missing: Option<u64>,
    pub(super) went_back: Option<(Revision, Revision)>,
    pub(super) local: Option<String>,
}

impl Troubles {
    /// Returns the kinds of those that there are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Trouble> {
        let missing = self.missing.map(|_| Trouble::VersionMissing);
        let went_back = self.went_back.map(|_| Trouble::PointerWentBack);
        let local = self.local.as_ref().map(|_| Trouble::CacheUnwritten);
        [missing, went_back, local].into_iter().flatten()
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
        missing.or_else(went_back).or_else(|| self.local.clone())
    }
}
