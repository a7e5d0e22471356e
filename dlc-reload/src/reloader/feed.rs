//! The last reports, for those who follow them as they come.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
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
pub(crate) struct Feed {
    kept: Mutex<Kept>,
    told: Event,
    /// The name of this process: numbers of reports, generations and requests begin anew with each one.
    process: String,
    /// The number of requests that have a name.
    requests: AtomicU64,
}

impl Default for Feed {
    fn default() -> Self {
        // A hasher has other keys in every process, and for every one that is made.
        let process = format!("{:08x}", RandomState::new().hash_one(std::process::id()) >> 32);
        let (kept, told, requests) = (Mutex::default(), Event::new(), AtomicU64::new(0));
        Self { kept, told, process, requests }
    }
}

#[derive(Default)]
struct Kept {
    reports: VecDeque<(Arc<Report>, usize)>,
    bytes: usize,
}

/// The next thing that a follower is told.
#[derive(Debug)]
pub(crate) enum News {
    /// A report.
    Report(Arc<Report>),
    /// Reports before the one with this number are not there any more, or are those of another process.
    Missed(u64),
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

    /// Returns what comes after the report with this number; without one, after the last one of an earlier process.
    pub(crate) fn after(&self, seen: Option<u64>) -> Option<News> {
        lock(&self.kept).after(seen)
    }

    /// Returns a number that is one of this process alone, such as that of a report: `42-5f3a9c01`.
    pub(crate) fn named(&self, number: u64) -> String {
        format!("{number}-{}", self.process)
    }

    /// Returns the number of such a name, and true if it is of this process. One without a process is taken to be.
    pub(crate) fn number(&self, name: &str) -> Option<(u64, bool)> {
        let (number, process) = name.split_once('-').unwrap_or((name, &self.process));
        Some((number.parse().ok()?, process == self.process))
    }

    /// Returns the name of a request that no other one has.
    pub(crate) fn name_request(&self) -> String {
        self.named(self.requests.fetch_add(1, Ordering::Relaxed) + 1)
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

    fn after(&self, seen: Option<u64>) -> Option<News> {
        let from = seen.unwrap_or(0);
        let report =
            self.reports.iter().map(|(report, _)| report).find(|report| report.id() > from);
        let next = report.map_or(self.newest() + 1, |report| report.id());
        if seen.is_none() || next > from + 1 {
            return Some(News::Missed(next));
        }
        report.cloned().map(News::Report)
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

    /// Returns the number of the first report that is there, where some were missed, and those of all that come.
    fn since(feed: &Feed, seen: Option<u64>) -> (Option<u64>, Vec<u64>) {
        let (mut seen, mut missed, mut reports) = (seen, None, Vec::new());
        while let Some(news) = feed.after(seen) {
            seen = match news {
                News::Report(report) => {
                    reports.push(report.id());
                    Some(report.id())
                }
                News::Missed(next) => {
                    assert_eq!((missed.replace(next), &*reports), (None, &[][..]));
                    Some(next - 1)
                }
            };
        }
        (missed, reports)
    }

    #[test]
    fn a_follower_reads_on_and_learns_what_it_missed() {
        let feed = Feed::default();
        assert_eq!(
            (since(&feed, Some(0)), since(&feed, None)),
            ((None, vec![]), (Some(1), vec![]))
        );
        (1..=3).for_each(|id| feed.push(&report(id, 1)));
        assert_eq!(since(&feed, Some(0)), (None, vec![1, 2, 3]));
        assert_eq!(since(&feed, Some(2)), (None, vec![3]));
        assert_eq!(since(&feed, Some(3)), (None, vec![]));
        assert_eq!(since(&feed, None), (Some(1), vec![1, 2, 3]), "another process");
    }

    #[test]
    fn both_the_number_and_the_size_are_bounded() {
        let feed = Feed::default();
        (1..=150).for_each(|id| feed.push(&report(id, 1)));
        assert_eq!(since(&feed, Some(49)).0, Some(51));
        assert_eq!(since(&feed, Some(0)).1.len(), MOST);
        (151..=160).for_each(|id| feed.push(&report(id, MOST_BYTES / 4)));
        assert_eq!(since(&feed, Some(0)), (Some(158), vec![158, 159, 160]));
        feed.push(&report(161, 2 * MOST_BYTES));
        let last = since(&feed, Some(160));
        assert_eq!(last, (None, vec![161]), "the last one is kept whatever its size");
    }

    #[test]
    fn a_name_is_that_of_one_process() {
        let (feed, other) = (Feed::default(), Feed::default());
        let name = feed.named(42);
        assert_eq!(
            (feed.number(&name), other.number(&name)),
            (Some((42, true)), Some((42, false)))
        );
        assert_eq!(
            (feed.number("42"), feed.number("x"), feed.number("")),
            (Some((42, true)), None, None)
        );
        assert_ne!(feed.name_request(), feed.name_request());
    }
}
