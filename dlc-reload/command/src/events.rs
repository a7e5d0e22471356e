//! The event stream of a service, followed through its interruptions.

use std::{
    io::{BufRead, BufReader, Read},
    ops::ControlFlow,
    thread,
    time::{Duration, Instant},
};

use dlc_reload::{
    Report,
    cli::shared::{
        client::Client,
        failure::Failure,
        screen::{Tone, note},
    },
};
use serde::Deserialize;

/// The pause before a stream that ended is asked for again.
const PAUSE: Duration = Duration::from_secs(2);

/// The time without a byte after which a stream counts as broken; the service sends a comment every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// The greatest length of a line of a stream; a report is far smaller.
const LONGEST_LINE: u64 = 64 << 20;

/// Something that a service tells.
#[derive(Debug)]
pub(crate) enum News {
    /// A report, as JSON and read.
    Report(String, Box<Report>),
    /// Reports are not kept any more.
    Missed(Missed),
}

/// A follower of the reports of a service.
pub(crate) struct Follower<'c> {
    client: &'c Client,
    /// The id of the last event that was seen.
    seen: String,
    /// True once the stream was open; it is tried again then.
    was_open: bool,
}

/// The data of the event `missed`.
#[derive(Debug, Deserialize)]
pub(crate) struct Missed {
    /// The number of the last report that was seen.
    pub(crate) after: u64,
    /// The number of the next one that comes.
    pub(crate) next: u64,
    /// True if the service was started anew in between.
    pub(crate) restarted: bool,
}

impl<'c> Follower<'c> {
    /// Follows the reports after the event with this id. One that is persistent is not stopped by a failure of the
    /// first attempt either, if that may pass.
    pub(crate) fn new(client: &'c Client, seen: String, is_persistent: bool) -> Self {
        Self { client, seen, was_open: is_persistent }
    }

    /// Hands over all news until it is told to stop, or the deadline has passed.
    ///
    /// # Errors
    ///
    /// The stream cannot be opened.
    pub(crate) fn follow<T>(
        &mut self,
        deadline: Option<Instant>,
        mut take: impl FnMut(News) -> ControlFlow<T>,
    ) -> Result<Option<T>, Failure> {
        let mut is_lost = false;
        loop {
            let left = || deadline.map(|end| end.saturating_duration_since(Instant::now()));
            if left() == Some(Duration::ZERO) {
                return Ok(None);
            }
            let silence = left().map_or(SILENCE, |left| left.min(SILENCE));
            match self.client.events(&self.seen, silence) {
                Ok(stream) => {
                    if is_lost {
                        note(Tone::Quiet, "· connected again");
                        is_lost = false;
                    }
                    self.was_open = true;
                    if let Some(stop) = self.read(stream, deadline, &mut take) {
                        return Ok(Some(stop));
                    }
                }
                Err(failure) if self.was_open && failure.may_pass => {
                    if !is_lost {
                        note(Tone::Waiting, &format!("? {}; trying again", failure.message));
                        is_lost = true;
                    }
                }
                Err(failure) => return Err(failure),
            }
            thread::sleep(left().map_or(PAUSE, |left| left.min(PAUSE)));
        }
    }

    /// Reads a stream to its end.
    fn read<T>(
        &mut self,
        stream: impl Read,
        deadline: Option<Instant>,
        take: &mut impl FnMut(News) -> ControlFlow<T>,
    ) -> Option<T> {
        let mut lines = BufReader::new(stream);
        let [mut kind, mut data, mut id] = [const { String::new() }; 3];
        loop {
            let mut line = String::new();
            // A stream that breaks is asked for again from the last report on, so the reason does not matter.
            if (&mut lines).take(LONGEST_LINE).read_line(&mut line).ok()? == 0
                || !line.ends_with('\n')
            {
                return None;
            }
            let line = line.trim_end_matches(['\r', '\n']);
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => value.clone_into(&mut kind),
                "data" => data += value,
                "id" => value.clone_into(&mut id),
                "" if line.is_empty() => {
                    if !id.is_empty() {
                        self.seen = std::mem::take(&mut id);
                    }
                    let news = news(&std::mem::take(&mut kind), std::mem::take(&mut data));
                    if let Some(ControlFlow::Break(stop)) = news.map(&mut *take) {
                        return Some(stop);
                    }
                }
                // The pause, or a comment.
                _ => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
        }
    }
}

fn news(kind: &str, data: String) -> Option<News> {
    match kind {
        "report" => match serde_json::from_str(&data) {
            Ok(report) => Some(News::Report(data, report)),
            Err(error) => {
                note(
                    Tone::Waiting,
                    &format!(
                        "? a report that cannot be read, which may be that of a newer service: {error}"
                    ),
                );
                None
            }
        },
        "missed" => serde_json::from_str(&data).ok().map(News::Missed),
        _ => None,
    }
}
