//! Reading the sources, and deciding whether a reading counts: new, whole, and found twice if it is refused.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::watcher::{Watcher, Wholeness, read_whole};
use crate::{
    source::{Content, Fingerprint, Reading, Watched},
    trigger::{Trigger, TriggerKind},
};

/// The time for which content that is refused has to stay, as its writer may be about to write the rest.
const DOUBT: Duration = Duration::from_millis(90);

/// The time for which a reload without a waiting caller is put off while a file is written. It is as long as a
/// change by itself waits for a writer who was last heard of when it was asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The memory of the looks at the sources.
pub(super) struct Looks {
    watcher: Arc<dyn Watcher>,
    /// True if a source says by itself that it may have changed.
    announced: bool,
    /// The trigger of a look that could not decide, and of which the next one is the continuation.
    unended: Option<Trigger>,
    /// The content that was looked at last, accepted or not.
    seen: Fingerprint,
    /// The content of which there was a candidate last.
    pub(super) last_candidate: Content,
    /// Content that was found to be bad and is not refused yet, and the moment at which it was seen first.
    unconfirmed: Option<(Fingerprint, Instant)>,
    /// The reload that waits until a file is written to its end.
    deferred: Option<Deferred>,
}

/// A reload that was asked for while a file was being written.
pub(super) struct Deferred {
    pub(super) trigger: Trigger,
    pub(super) since: Instant,
}

impl Looks {
    pub(super) fn new(watcher: Arc<dyn Watcher>, first: Fingerprint, announced: bool) -> Self {
        Self {
            watcher,
            announced,
            unended: None,
            seen: first,
            last_candidate: first.content,
            unconfirmed: None,
            deferred: None,
        }
    }

    /// Returns true if there are looks that no caller asks for.
    pub(super) fn are_automatic(&self) -> bool {
        self.announced || self.watcher.is_watching()
    }

    /// Reads the sources, anew where files change meanwhile.
    pub(super) fn read(&self, read: impl Fn() -> Reading) -> (Reading, Wholeness) {
        read_whole(&*self.watcher, read)
    }

    /// Takes the reload that was put off.
    pub(super) const fn take_deferred(&mut self) -> Option<Deferred> {
        self.deferred.take()
    }

    /// Puts a reload off where a file is being written, unless that takes too long.
    ///
    /// # Errors
    ///
    /// The reload, where it is to run now.
    pub(super) fn defer(&mut self, reload: Deferred, wholeness: Wholeness) -> Result<(), Deferred> {
        let waits =
            !wholeness.counts() && reload.since.elapsed() < PATIENCE && self.watcher.look_again();
        if !waits {
            return Err(reload);
        }
        self.deferred = Some(reload);
        Ok(())
    }

    /// Returns true if a reading found other content than the one before, and whole files, and forgets bad content
    /// that it did not find again. Where files are not whole, the end of the writing asks for another look.
    pub(super) fn note_if_new(&mut self, reading: &Reading, wholeness: Wholeness) -> bool {
        let new = reading.fingerprint != self.seen && wholeness.counts();
        if !new || self.unconfirmed.is_some_and(|(known, _)| known != reading.fingerprint) {
            self.unconfirmed = None;
        }
        new
    }

    /// Returns true if content that is to be refused is looked at again first.
    ///
    /// A file changes a moment before its event is sent. Building a candidate takes longer than that,
    /// and what is refused, which may be the beginning of a file, has to stay for a while.
    pub(super) fn postpones_refusal(&mut self, content: Fingerprint, now: Instant) -> bool {
        let known = self.unconfirmed.filter(|(known, _)| *known == content);
        let (_, since) = *self.unconfirmed.insert(known.unwrap_or((content, now)));
        now.duration_since(since) < DOUBT && self.watcher.look_again()
    }

    /// Returns true if a file is being written since the sources were read.
    pub(super) fn is_torn(&self) -> bool {
        !self.watcher.wholeness().counts()
    }

    /// Returns the trigger of a look: that of the one before, where that was about another source and could not decide,
    /// because a file was being written or the content was about to be refused.
    pub(super) fn begun_by(&mut self, trigger: Trigger) -> Trigger {
        self.unended.take().unwrap_or(trigger)
    }

    /// Takes note that a look could not decide. The next one, which the watcher of the files asks for, goes on.
    pub(super) fn leave_unended(&mut self, trigger: &Trigger) {
        self.unended = (trigger.kind() != TriggerKind::File).then(|| trigger.clone());
    }

    /// Returns the trigger of a look that found a change, with the file that changed.
    pub(super) fn named(&self, trigger: Trigger) -> Trigger {
        match self.watcher.subject() {
            Some(path) if trigger.kind() == TriggerKind::File => {
                trigger.detail(path.display().to_string())
            }
            _ => trigger,
        }
    }

    /// Returns true if this is the content that was looked at last.
    pub(super) fn is_known(&self, content: Fingerprint) -> bool {
        self.seen == content
    }

    /// Returns true if this is the content that was found last.
    pub(super) fn holds(&self, content: Content) -> bool {
        self.seen.content == content
    }

    /// Takes note of content, and returns true if it was looked at last already.
    pub(super) fn note(&mut self, content: Fingerprint) -> bool {
        std::mem::replace(&mut self.seen, content) == content
    }

    /// Ends a look, which told of a change or did not.
    pub(super) fn end(&self, watched: &[Watched], changed: bool) {
        self.watcher.looked(watched, changed);
    }
}
