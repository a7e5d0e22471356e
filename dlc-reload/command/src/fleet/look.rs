//! The commands that look at a fleet.

use std::{
    collections::BTreeSet,
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, SystemTime},
};

use dlc_reload::{
    cli::shared::{
        failure::Failure,
        screen::{Tone, note, stamp},
    },
    fleet::{Desk, DocumentDiff, Hint, Overview, Store},
};
use serde_json::json;
use similar::TextDiff;

use super::{failed, output::Output, show};

/// The longest time between two looks at a fleet that is followed.
const LOOK: Duration = Duration::from_secs(5);

/// The time in which changes that come together are told as one.
const TOGETHER: Duration = Duration::from_millis(100);

/// The unchanged lines around a difference.
const AROUND: usize = 3;

pub(super) fn status(desk: &Desk, all: bool, output: &mut Output<'_>) -> Result<(), Failure> {
    let overview = desk.overview().map_err(failed)?;
    output.show(&overview, |page, fit| show::overview(page, fit, &overview, all))
}

/// Prints a line for whatever changes, for ever.
pub(super) fn watch(
    desk: &Desk,
    store: &dyn Store,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let mut told = Told::default();
    told.tell(desk.overview().map_err(failed)?, output)?;
    let (hints, heard) = mpsc::channel();
    let hear = move |hint| drop(hints.send(hint));
    let _watching = store.watch("", Box::new(hear));
    loop {
        match heard.recv_timeout(LOOK) {
            Ok(Hint::CutOff(reason)) => note(Tone::Waiting, &format!("? {reason}; trying again")),
            Ok(Hint::Back) => note(Tone::Quiet, "· connected again"),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
        std::thread::sleep(TOGETHER);
        while heard.try_recv().is_ok_and(|hint| hint == Hint::Changed) {}
        // That the store is away is told by its hints.
        if let Ok(overview) = desk.overview() {
            told.tell(overview, output)?;
        }
    }
}

/// What was told of a fleet that is followed.
#[derive(Default)]
struct Told {
    line: String,
    refused: BTreeSet<(String, u64)>,
}

impl Told {
    /// Tells what is new of a fleet.
    fn tell(&mut self, overview: Overview, output: &mut Output<'_>) -> Result<(), Failure> {
        let line = show::line(&overview);
        let refused: Vec<_> = overview
            .refused()
            .filter(|(node, refused)| self.refused.insert(((*node).to_owned(), refused.version)))
            .collect();
        if line == self.line && refused.is_empty() {
            return Ok(());
        }
        self.line.clone_from(&line);
        output.follow(&overview, |page, fit| {
            let now = stamp(SystemTime::now());
            page.wrapped(Tone::Plain, fit, &format!("{now} {line}"));
            for (node, refused) in refused {
                show::one_refused(page, fit, node, refused);
            }
        })
    }
}

pub(super) fn log(desk: &Desk, most: usize, output: &mut Output<'_>) -> Result<(), Failure> {
    let log = desk.log(most).map_err(failed)?;
    output.show(&log, |page, fit| show::log(page, fit, &log))
}

pub(super) fn versions(desk: &Desk, most: usize, output: &mut Output<'_>) -> Result<(), Failure> {
    let versions = desk.versions(most).map_err(failed)?;
    let stable = desk.target().map_err(failed)?.1.stable;
    output.show(&json!({ "stable": stable, "versions": versions }), |page, fit| {
        show::versions(page, fit, stable, &versions);
    })
}

pub(super) fn diff(
    desk: &Desk,
    from: u64,
    to: u64,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let documents = desk.diff(from, to).map_err(failed)?;
    output.show(&json!({ "from": from, "to": to, "documents": documents }), |page, _| {
        if documents.is_empty() {
            page.line(Tone::Quiet, format!("versions {from} and {to} have the same documents"));
        }
        for DocumentDiff { name, before, after, .. } in &documents {
            let (old, new) = (before.as_deref().unwrap_or(""), after.as_deref().unwrap_or(""));
            let side = |version, text: &Option<String>| match text {
                Some(_) => format!("{name}@{version}"),
                None => "/dev/null".to_owned(),
            };
            let diff = TextDiff::from_lines(old, new);
            let mut diff = diff.unified_diff();
            let diff = diff.context_radius(AROUND).header(&side(from, before), &side(to, after));
            for line in diff.to_string().lines() {
                page.line(tone(line), line);
            }
        }
    })
}

/// Returns the tone of a line of a diff.
fn tone(line: &str) -> Tone {
    match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => Tone::Heading,
        [b'@', ..] => Tone::Quiet,
        [b'-', ..] => Tone::Bad,
        [b'+', ..] => Tone::Good,
        _ => Tone::Plain,
    }
}
