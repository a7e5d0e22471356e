//! What a watch has heard, and up to where.

/// A message of a watch, as far as it matters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The watch was opened.
    pub(crate) created: bool,
    /// The watch was ended, which one message may say together with its opening.
    pub(crate) canceled: bool,
    /// The first revision that is still there, if the one to watch from is gone; or else 0.
    pub(crate) compacted: i64,
    /// The reason why it was ended.
    pub(crate) reason: String,
    /// The revision of the member.
    pub(crate) revision: i64,
    /// The revision of the latest event.
    pub(crate) latest: Option<i64>,
}

/// The meaning of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The watch was opened, which is no proof of life yet.
    Opened,
    /// Something changed.
    Changed,
    /// Nothing happened: progress.
    Nothing,
    /// The revision to watch from is gone.
    Compacted,
    /// The watch was ended, for this reason.
    Ended(String),
}

/// The revision up to which a watch has heard, and of which cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    revision: Option<i64>,
    cluster: Option<u64>,
}

impl Held {
    /// Returns the revision to watch from; `None` for now.
    pub(crate) fn from(&self) -> Option<i64> {
        self.revision.map(|revision| revision + 1)
    }

    /// Takes a message.
    pub(crate) fn hear(&mut self, message: &Message) -> Heard {
        // In this order: a message may be all at once.
        if message.compacted > 0 {
            self.revision = None;
            return Heard::Compacted;
        }
        if message.canceled {
            return Heard::Ended(message.reason.clone());
        }
        if message.created {
            self.revision.get_or_insert(message.revision);
            return Heard::Opened;
        }
        match message.latest {
            Some(latest) => {
                self.revision = self.revision.max(Some(latest));
                Heard::Changed
            }
            // Progress may overtake events: what is held stays.
            None => Heard::Nothing,
        }
    }

    /// Takes what a majority has now, and returns true if that is another history than what was heard: another cluster,
    /// or one that was restored from a backup. Then it is to be watched from now.
    pub(crate) fn compare(&mut self, cluster: u64, revision: i64) -> bool {
        let other = self.cluster.replace(cluster).is_some_and(|before| before != cluster);
        let restored = other || self.revision.is_some_and(|held| held > revision);
        if restored {
            self.revision = None;
        }
        restored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(revision: i64) -> Message {
        Message { created: true, revision, ..Message::default() }
    }

    fn event(latest: i64) -> Message {
        Message { latest: Some(latest), revision: latest, ..Message::default() }
    }

    #[test]
    fn it_is_watched_on_from_the_event_after_the_last() {
        let mut held = Held::default();
        assert_eq!(held.from(), None);
        assert_eq!(held.hear(&created(7)), Heard::Opened);
        assert_eq!(held.from(), Some(8));
        assert_eq!(held.hear(&event(9)), Heard::Changed);
        assert_eq!(held.from(), Some(10));
        assert_eq!(held.hear(&created(30)), Heard::Opened);
        assert_eq!(held.from(), Some(10));
    }

    #[test]
    fn progress_does_not_move_what_is_held() {
        let mut held = Held::default();
        held.hear(&created(7));
        let progress = Message { revision: 40, ..Message::default() };
        assert_eq!(held.hear(&progress), Heard::Nothing);
        assert_eq!(held.from(), Some(8));
        assert_eq!(held.hear(&event(9)), Heard::Changed);
        assert_eq!(held.from(), Some(10));
    }

    #[test]
    fn one_message_may_open_and_end_a_watch() {
        let mut held = Held::default();
        held.hear(&created(7));
        let reason = "etcdserver: invalid auth token".to_owned();
        let message = Message { canceled: true, reason: reason.clone(), ..created(40) };
        assert_eq!(held.hear(&message), Heard::Ended(reason));
        assert_eq!(held.from(), Some(8));
    }

    #[test]
    fn after_a_compaction_it_is_watched_from_now() {
        let mut held = Held::default();
        held.hear(&created(7));
        let message = Message { canceled: true, compacted: 30, ..created(40) };
        assert_eq!(held.hear(&message), Heard::Compacted);
        assert_eq!(held.from(), None);
    }

    #[test]
    fn another_history_is_seen_by_the_cluster_or_by_the_revision() {
        let mut held = Held::default();
        held.hear(&created(41));
        assert!(!held.compare(1, 41));
        assert!(!held.compare(1, 60));
        assert_eq!(held.from(), Some(42));
        assert!(held.compare(1, 25));
        assert_eq!(held.from(), None);

        held.hear(&created(25));
        assert!(held.compare(2, 60));
        assert_eq!(held.from(), None);
        assert!(!held.compare(2, 60));
    }
}
