//! The last reports, for those who follow them as they come.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::held::held;
use crate::{
    report::Report,
    sync::{Event, EventListener, lock},
};

/// The number of reports that are kept.
const MOST: usize = 100;

/// The memory that they may take, in bytes. The last one is kept whatever it takes.
const MOST_BYTES: usize = 4 << 20;

/// The last reports. A follower keeps the number of the last one that it has seen, and nothing is kept for it here.
#[derive(Default)]
pub(crate) struct Feed {
    kept: Mutex<Kept>,
    told: Event,
}

#[derive(Default)]
struct Kept {
    reports: VecDeque<(Arc<Report>, usize)>,
    bytes: usize,
}

/// The reports since one that a follower has seen.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// The number of the first report that is there, where some before it are not there any more.
    pub(crate) missed: Option<u64>,
    pub(crate) reports: Vec<Arc<Report>>,
}

impl Feed {
    /// Adds a report, and wakes those who wait for it.
    pub(super) fn push(&self, report: &Report) {
        let (report, bytes) = (Arc::new(report.clone()), held(report));
        // Reports hold values that were freed of the author's types, so that dropping one here runs none of his code.
        lock(&self.kept).push(report, bytes);
        self.wake();
    }

    /// Wakes those who wait, because there is news or the reloader has ended.
    pub(super) fn wake(&self) {
        self.told.notify(usize::MAX);
    }

    /// Begins to wait for news. What is looked at after this call and is not there yet ends the wait.
    pub(crate) fn listen(&self) -> EventListener {
        self.told.listen()
    }

    /// Returns the number of the last report; 0 is that of the start.
    pub(crate) fn newest(&self) -> u64 {
        lock(&self.kept).newest()
    }

    /// Returns the reports after the one with this number.
    pub(crate) fn since(&self, seen: u64) -> News {
        lock(&self.kept).since(seen)
    }
}

impl Kept {
    fn push(&mut self, report: Arc<Report>, bytes: usize) {
        self.bytes += bytes;
        self.reports.push_back((report, bytes));
        while self.reports.len() > MOST || self.reports.len() > 1 && self.bytes > MOST_BYTES {
            self.bytes -= self.reports.pop_front().map_or(0, |(_, bytes)| bytes);
        }
    }

    fn newest(&self) -> u64 {
        self.reports.back().map_or(0, |(report, _)| report.id())
    }

    fn since(&self, seen: u64) -> News {
        let newest = self.newest();
        // A number that no report has is one of an earlier process.
        let from = if seen > newest { 0 } else { seen };
        let reports: Vec<_> = self
            .reports
            .iter()
            .map(|(report, _)| report)
            .filter(|report| report.id() > from)
            .cloned()
            .collect();
        let first = reports.first().map_or(newest + 1, |report| report.id());
        News { missed: (seen > newest || first > from + 1).then_some(first), reports }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Makes a report with a reason of this length.
    fn report(id: u64, length: usize) -> Report {
        let trigger = json!({ "kind": "admin", "detail": "x".repeat(length) });
        serde_json::from_value(json!({
            "id": id, "generation": 1, "trigger": trigger, "verdict": "unchanged", "changes": [], "pending": [],
            "shadowed": [], "problems": [], "started_at": "2026-11-27T00:00:00Z", "duration_us": 1,
        }))
        .unwrap()
    }

    fn since(feed: &Feed, seen: u64) -> (Option<u64>, Vec<u64>) {
        let News { missed, reports } = feed.since(seen);
        (missed, reports.iter().map(|report| report.id()).collect())
    }

    #[test]
    fn a_follower_reads_on_and_learns_what_it_missed() {
        let feed = Feed::default();
        assert_eq!((since(&feed, 0), since(&feed, 7)), ((None, vec![]), (Some(1), vec![])));
        (1..=3).for_each(|id| feed.push(&report(id, 1)));
        assert_eq!(since(&feed, 0), (None, vec![1, 2, 3]));
        assert_eq!(since(&feed, 2), (None, vec![3]));
        assert_eq!(since(&feed, 3), (None, vec![]));
        assert_eq!(since(&feed, 9), (Some(1), vec![1, 2, 3]), "another process");
    }

    #[test]
    fn both_the_number_and_the_size_are_bounded() {
        let feed = Feed::default();
        (1..=150).for_each(|id| feed.push(&report(id, 1)));
        assert_eq!(since(&feed, 49).0, Some(51));
        assert_eq!(feed.since(0).reports.len(), MOST);
        (151..=160).for_each(|id| feed.push(&report(id, MOST_BYTES / 4)));
        assert_eq!(since(&feed, 0), (Some(158), vec![158, 159, 160]));
        feed.push(&report(161, 2 * MOST_BYTES));
        assert_eq!(since(&feed, 160), (None, vec![161]), "the last one is kept whatever its size");
    }
}
