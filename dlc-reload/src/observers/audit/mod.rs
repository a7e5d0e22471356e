//! A record of every reload, in lines that are chained by hashes, so that a later change is found.
//!
//! ```
//! use std::sync::Arc;
//! use dlc_reload::{Loader, Reloadable, Trigger, audit::{self, Audit}};
//!
//! #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, Reloadable)]
//! struct Config {
//!     #[reload(hot, live)]
//!     motd: String,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("dlc-reload-audit-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("audit.jsonl");
//! # let config = folder.join("config.yaml");
//! # std::fs::write(&config, "motd: hello\n")?;
//! let boot = Loader::<Config>::new().file(&config).load()?;
//! let reloader = boot.reloader().observer(Arc::new(Audit::new(&path))).start()?;
//! reloader.reload(Trigger::api("nightly job").actor("ops")).wait()?;
//!
//! let verified = audit::verify(&path)?;
//! println!("{verified}");
//! assert_eq!(verified.first_seq, 1);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What a line is
//!
//! One line is one JSON object: the members of a [`Report`], which are the same as everywhere, and
//! those of the chain.
//!
//! | member | meaning |
//! |---|---|
//! | `seq` | the number of the line, from 1 and without a gap, through all restarts of the service |
//! | `previous` | the `hash` of the line before; 64 zeros in line 1 |
//! | `gone` | only where the end of the log was gone when the line was written: `seq` and `hash` of the line that had been the last one |
//! | `kind` | `report`, or `intent` for what was about to happen (see [`Audit::required`]) |
//! | `left_out` | only where the report cannot be put into a line, because that would have more than 64 MiB: the `reason`, and of the report as JSON its `bytes` and its `sha256` in lower-case hex. Of the report itself, the line has `id`, `generation`, `trigger` (the beginning of its texts), `verdict`, `started_at` and `duration_us` |
//! | … | the members of the report or intent |
//! | `hash` | always last: the SHA-256, in lower-case hex, of all bytes of the line before `,"hash":` |
//!
//! Secrets are in no report, and so in no line: such a change has `"secret":true` and no values. What
//! was no secret when it was written stays in its line when the field becomes one.
//!
//! Line 3 is checked by hand like this, and prints the `hash` that stands in it:
//!
//! ```sh
//! sed -n '3s/,"hash":"[0-9a-f]*"}$//p' audit.jsonl | tr -d '\n' | sha256sum
//! ```
//!
//! If the last line is damaged, the next one follows all the same: its `previous` is the SHA-256 of
//! the whole damaged line. [`verify()`] finds the damage in its place.
//!
//! # What the chain shows, and what it cannot
//!
//! [`verify()`] finds a line that was edited, removed, inserted, repeated or moved. The lock file beside
//! the log knows the last line, so that it also finds an end that was cut off, a log that was deleted,
//! and an older copy in its place; and a log that goes on after that says so in its next line (`gone`),
//! and in the log of the service. Rotation is none of these.
//!
//! Nothing shows that the oldest files are gone for another reason than rotation, that the lock file
//! is gone as well, or that a user who may write both computed every hash anew. So note the last hash
//! ([`Verified::last_hash`]) from time to time in a place that such users cannot write, such as
//! another machine. As long as the log verifies and still has a line with that hash, everything up
//! to that line is as it was:
//!
//! ```sh
//! grep -h "\"hash\":\"$noted\"" audit.jsonl*
//! ```
//!
//! # What it costs
//!
//! Every line is on the disk before the reload goes on: one wait for the disk per report, and one
//! more per intent. Readers of the configuration never wait for it.

use std::{
    borrow::Cow,
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;

use crate::{
    durable::{Appended, BRIEFLY, Failure, Log, Rotation},
    error::LOG,
    hook::Veto,
    report::{Intent, Observer, Report},
    sync::{Unlogged, lock},
};

mod chain;
mod damage;
mod left_out;
mod verify;

use self::{chain::Link, left_out::Head};
pub use self::{
    damage::Damage,
    verify::{Broken, Finding, Verified, verify},
};

/// The time for which another process may keep the lock, which it needs for one line.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of reports that wait in memory for a log that can be written again.
const WAITING: usize = 100;

/// The number of lines at which the search for the last one as it was written ends, and that for the one that had
/// been the last one.
const LOOKED_AT: usize = 1000;

/// An [`Observer`] that writes one line for every reload into a file; see
/// [`Builder::observer`](crate::Builder::observer).
///
/// ```
/// use dlc_reload::audit::Audit;
///
/// let audit = Audit::new("/var/log/app/audit.jsonl").rotate(64 << 20, 30).required();
/// ```
///
/// The file is created for the user of the process alone (mode 0600). Its directory has to exist.
/// Several processes may write the same log; a file beside it, `audit.jsonl.lock`, keeps them apart.
/// A process that ends in the middle of a line leaves nothing behind that the next line does not put
/// in order.
///
/// A process that hangs with the lock holds up one report for a second, and none after it.
///
/// A report that cannot be written is an error in the log of the service. It waits in memory, is
/// written before the next line, and still has the time of its reload. The last 100 wait; what is
/// older, or waits when the process ends, is lost. A line has at most 64 MiB: one for a longer report has its digest
/// in place of the report (`left_out`), which the log of the service says, too.
///
/// It has to be a regular file, no link and no pipe. Leave the lock where it is, which knows the last line,
/// and do not let another program rotate the file: the chain begins anew where the file before is not found, and
/// then says that its end was gone.
#[derive(Debug)]
#[must_use = "hand it to `Builder::observer`"]
pub struct Audit {
    log: Log,
    is_required: bool,
    /// Reports that could not be written yet, as JSON objects, the oldest first.
    waiting: Mutex<VecDeque<String>>,
    /// True if another process kept the lock at the last attempt: one that hangs holds up one report, and none after
    /// it.
    is_locked_out: AtomicBool,
}

impl Audit {
    /// Makes an audit in the file `path`, which is created with the first line when there is none.
    ///
    /// Files of 16 MiB are kept, ten of them besides the one that is written, unless
    /// [`rotate`](Self::rotate) says otherwise.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let rotation = Rotation { bytes: 16 << 20, keep: 10 };
        Self {
            log: Log::new(path.into(), chain::BEGINNING, rotation),
            is_required: false,
            waiting: Mutex::default(),
            is_locked_out: AtomicBool::new(false),
        }
    }

    /// Begins a new file before one has more than `bytes` bytes, and keeps `keep` of those before it.
    ///
    /// `audit.jsonl` is renamed to `audit.jsonl.000001`, the next one to `audit.jsonl.000002`, and so
    /// on; a higher number is newer. The oldest beyond `keep` are deleted. The chain goes on across
    /// files. A line alone may be longer than `bytes`.
    pub fn rotate(mut self, bytes: u64, keep: usize) -> Self {
        self.log.rotation = Rotation { bytes, keep };
        self
    }

    /// Refuses a reload that cannot be written down.
    ///
    /// Before any hook is asked, a line of the kind `intent` says what is about to happen; the report follows as usual.
    /// A line that has only the digest of one that is too large is as good. While such a line, or the report of an
    /// earlier reload, cannot be written, reloads that would change something have the verdict `rejected`, with the
    /// reason. Only what the service takes back by itself goes on (an override whose time is over, a change that failed
    /// its probation): its report has the reason as a warning, and waits like any other.
    ///
    /// What was refused is [tried again](crate::Builder::watch) by itself. A retry has its line `intent`, and no
    /// report if it is refused for the same reasons as before: several intents with one number are retries of one
    /// change, and nothing has changed between them.
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Returns the path of the file that is written.
    pub fn path(&self) -> &Path {
        self.log.path()
    }

    fn append(&self, kind: &str, body: &str, unlogged: &mut Unlogged) -> Result<(), Failure> {
        let mut lost = None;
        let patience = if self.is_locked_out.load(Ordering::Relaxed) { BRIEFLY } else { PATIENCE };
        let appended = self.log.append(patience, unlogged, |before, note| {
            let (last, gone) = Link::after(before, Link::noted(note), LOOKED_AT)?;
            let (line, link) = last.line(kind, gone.as_ref(), body);
            lost = gone;
            Ok(Appended { line: line.into_bytes(), note: Some(link.note()) })
        });
        let is_locked_out = appended.as_ref().is_err_and(Failure::is_locked_out);
        self.is_locked_out.store(is_locked_out, Ordering::Relaxed);
        appended?;
        if let Some(Link { seq, hash }) = lost {
            let path = self.path().to_owned();
            unlogged.push(move || {
                tracing::error!(target: LOG, path = %path.display(), seq, hash,
                    "the audit had another end, which is gone: its file was deleted, cut off or replaced, look for a copy that has the line with this hash"
                );
            });
        }
        Ok(())
    }

    /// Writes the reports that could not be written when they were due.
    fn catch_up(
        &self,
        waiting: &mut VecDeque<String>,
        unlogged: &mut Unlogged,
    ) -> Result<(), Failure> {
        while let Some(body) = waiting.front() {
            self.append("report", body, unlogged)?;
            waiting.pop_front();
        }
        Ok(())
    }

    /// Writes what is about to happen.
    fn write_intent(&self, intent: &Intent<'_>, unlogged: &mut Unlogged) -> Result<(), Failure> {
        let body = body(intent.id, intent);
        let mut waiting = lock(&self.waiting);
        self.catch_up(&mut waiting, unlogged)?;
        self.append("intent", &body, unlogged)
    }

    /// Writes a report, or keeps it in memory for later.
    fn write_report(&self, report: &Report, unlogged: &mut Unlogged) {
        let body = body(report.id, report);
        let mut waiting = lock(&self.waiting);
        let reload = report.id;
        waiting.push_back(body);
        let Err(failure) = self.catch_up(&mut waiting, unlogged) else { return };
        let count = waiting.len();
        unlogged.push(move || {
            tracing::error!(target: LOG, reload, waiting = count, "the audit cannot be written: {failure}");
        });
        while waiting.len() > WAITING {
            waiting.pop_front();
            unlogged.push(|| {
                tracing::error!(target: LOG, "too many reports wait for the audit, the oldest one is lost");
            });
        }
    }
}

impl Observer for Audit {
    fn name(&self) -> Cow<'_, str> {
        format!("audit {}", self.path().display()).into()
    }

    fn intended(&self, intent: &Intent<'_>) -> Result<(), Veto> {
        if !self.is_required {
            return Ok(());
        }
        let mut unlogged = Unlogged::default();
        let written = self.write_intent(intent, &mut unlogged);
        unlogged.log();
        written.map_err(|failure| format!("the required audit cannot be written: {failure}").into())
    }

    fn reported(&self, report: &Report) {
        let mut unlogged = Unlogged::default();
        self.write_report(report, &mut unlogged);
        unlogged.log();
    }
}

/// Returns the members of a line, and logs it where they are not all.
fn body<'r, R>(reload: u64, members: &'r R) -> String
where
    R: Serialize,
    Head: From<&'r R>,
{
    let (body, left_out) = left_out::body(members);
    if let Some(reason) = left_out {
        tracing::warn!(target: LOG, reload, "the audit has only the digest of a report or intent: {reason}");
    }
    body
}

#[cfg(test)]
mod tests;
