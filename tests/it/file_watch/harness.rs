//! A service whose configuration is watched, which counts everything that happens to it.

use std::{
    cell::Cell,
    fs,
    io::Write,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use dlc_reload::{
    Builder, Change, Commit, HookResult, Loader, Reloadable, Reloader, Report, Status, Trigger,
    TriggerKind, Verdict, Watching, WatchingState,
    source::{Intake, Source},
};
use serde::{Deserialize, Serialize};

/// Sends a signal, like `-STOP`, to a process.
pub fn send(signal: &str, process: u32) {
    let status = Command::new("kill").arg(signal).arg(process.to_string()).status();
    assert!(status.unwrap().success());
}

/// Sends SIGHUP to this process, which has to run nothing but one test.
pub fn hang_up() {
    send("-HUP", std::process::id());
}

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two comparisons of the content, where a test does not say another one: what is found
/// within [`PATIENCE`] was found by an event.
pub const SELDOM: Duration = Duration::from_secs(3600);

/// The time for which a file may be gone, or a new one pause, before that counts.
const ABSENCE: Duration = Duration::from_secs(1);

/// The time after which a directory is looked at that was not watched before.
pub const REST: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Reloadable)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    #[reload(hot)]
    pub number: u64,
    #[reload(hot, live)]
    pub text: String,
    #[reload(restart)]
    pub port: u16,
}

/// Hooks that say what was committed.
pub struct Recorder(Sender<u64>);

impl ConfigHooks for Recorder {
    fn on_number(&self, number: Change<'_, u64>) -> HookResult<'_> {
        let number = *number.new;
        Ok(Commit::new(move || {
            let _ = self.0.send(number);
        }))
    }
}

/// A source without content that counts how often it was read.
#[derive(Clone, Default)]
struct Looks(Arc<AtomicU64>);

impl Source for Looks {
    fn read(&self, _: &mut Intake<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A service that watches, and what is expected to have happened to it so far.
pub struct Service {
    reloader: Reloader<Config>,
    committed: Receiver<u64>,
    looks: Looks,
    reports: Cell<u64>,
    generation: Cell<u64>,
}

impl Service {
    /// Watches one file.
    pub fn of(path: &Path) -> Self {
        Self::start(Loader::new().file(path))
    }

    /// Watches these sources.
    pub fn start(loader: Loader<Config>) -> Self {
        let service = Self::start_with(loader, |builder| builder);
        assert_eq!(service.status().watching, WatchingState::Active);
        service
    }

    /// Watches, with more to be said to the builder.
    pub fn start_with(
        loader: Loader<Config>,
        set_up: impl FnOnce(Builder<Config, Recorder>) -> Builder<Config, Recorder>,
    ) -> Self {
        let service = Self::start_after(loader, set_up, || ());
        // That look may be under way yet, and would find what is changed from now on by itself.
        service.expect_nothing_more();
        service
    }

    /// Watches, after something has happened between the first read and that.
    pub fn start_after(
        loader: Loader<Config>,
        set_up: impl FnOnce(Builder<Config, Recorder>) -> Builder<Config, Recorder>,
        meanwhile: impl FnOnce(),
    ) -> Self {
        let watched =
            |builder: Builder<_, _>| set_up(builder.watch(Watching::Always).poll_interval(SELDOM));
        let service = Self::build(loader, watched, meanwhile);
        // The first thing it does is to look again.
        service.expect_looks(2);
        service
    }

    /// Starts without a word on watching.
    pub fn start_unwatched(
        loader: Loader<Config>,
        set_up: impl FnOnce(Builder<Config, Recorder>) -> Builder<Config, Recorder>,
    ) -> Self {
        Self::build(loader, set_up, || ())
    }

    fn build(
        loader: Loader<Config>,
        set_up: impl FnOnce(Builder<Config, Recorder>) -> Builder<Config, Recorder>,
        meanwhile: impl FnOnce(),
    ) -> Self {
        let (sender, committed) = channel();
        let looks = Looks::default();
        let boot = loader.source(looks.clone()).load().unwrap();
        meanwhile();
        let builder = boot.reloader().hooks(Arc::new(Recorder(sender)));
        let reloader = set_up(builder).start().unwrap();
        Self { reloader, committed, looks, reports: Cell::new(0), generation: Cell::new(1) }
    }

    pub fn status(&self) -> Status {
        self.reloader.status()
    }

    /// Waits until the status is as it should be.
    pub fn until(&self, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if holds(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "{what} in time: {status:#?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The number in force.
    pub fn number(&self) -> u64 {
        self.reloader.handle().load().number
    }

    /// Returns the number of times that the sources were read.
    pub fn looks(&self) -> u64 {
        self.looks.0.load(Ordering::SeqCst)
    }

    /// Waits until the sources were read so often.
    pub fn expect_looks(&self, looks: u64) {
        self.until("a look", |_| self.looks() >= looks);
    }

    /// Makes sure that it is known what the content was, by a change of it that means nothing.
    pub fn expect_compared(&self, change: impl FnOnce()) {
        let looks = self.looks();
        change();
        self.expect_looks(looks + 1);
    }

    /// Waits for exactly one more report.
    fn report(&self, verdict: Verdict) -> Report {
        let id = self.reports.get() + 1;
        let of = |status: &Status| status.last_report.as_ref().map_or(0, |report| report.id());
        let status = self.until("a report", |status| of(status) >= id);
        let report = status.last_report.unwrap();
        self.reports.set(id);
        assert_eq!((report.id(), report.verdict()), (id, verdict), "{report}");
        report
    }

    /// Takes note of reports that may come before one with this verdict and these words: those of the moment for which
    /// a file is absent, which a busy machine makes long.
    pub fn skip_until(&self, verdict: Verdict, words: &str) {
        let is_it =
            |report: &&Report| report.verdict() == verdict && report.to_string().contains(words);
        let found = |status: &Status| status.last_report.as_ref().filter(is_it).map(Report::id);
        let status = self.until(words, |status| found(status).is_some());
        self.reports.set(found(&status).unwrap() - 1);
    }

    /// Waits for one report that says that this number was applied, by a file.
    pub fn expect_applied(&self, number: u64) -> Report {
        self.expect_applied_by(TriggerKind::File, number)
    }

    /// Waits for one report that says that this number was applied, and why.
    pub fn expect_applied_by(&self, kind: TriggerKind, number: u64) -> Report {
        let report = self.report(Verdict::Applied);
        assert_eq!(report.trigger().kind(), kind);
        self.generation.set(self.generation.get() + 1);
        assert_eq!(report.generation(), self.generation.get());
        assert_eq!(self.committed.try_iter().collect::<Vec<_>>(), [number], "{report}");
        assert_eq!(self.reloader.handle().load().number, number);
        report
    }

    /// Makes a change that goes through states which count once they last, like a file that is gone, and
    /// waits for one report that says that its end was applied.
    pub fn expect_applied_across(&self, number: u64, change: impl FnOnce()) {
        let begun = Instant::now();
        change();
        if begun.elapsed() < ABSENCE {
            self.expect_applied(number);
        } else {
            self.take_over(number);
        }
    }

    /// Waits for a number where a busy machine kept the thread of the test in the middle of a change for so
    /// long that there may be reports of that as well.
    fn take_over(&self, number: u64) {
        self.until("the end of the change", |_| self.number() == number);
        self.reload();
        self.catch_up();
    }

    /// Waits for one report that says that the content was refused for this reason.
    pub fn expect_rejected(&self, because: &str) -> Report {
        let report = self.report(Verdict::Rejected);
        let problems: Vec<_> = report.problems().iter().map(ToString::to_string).collect();
        assert!(problems.iter().any(|problem| problem.contains(because)), "{problems:?}");
        self.expect_no_hook();
        report
    }

    /// Waits for one report that says that the content means the same as before.
    pub fn expect_unchanged(&self) -> Report {
        let report = self.report(Verdict::Unchanged);
        self.expect_no_hook();
        report
    }

    fn expect_no_hook(&self) {
        assert_eq!(self.committed.try_iter().count(), 0);
        assert_eq!(self.reloader.handle().load().snapshot().generation(), self.generation.get());
    }

    /// Sees that the watcher is alive, that a change is one reload, and that nothing happened which
    /// was not expected.
    pub fn expect_alive(&self, path: &Path) {
        let number = 1_000_000 + self.reports.get();
        let begun = Instant::now();
        fs::write(path, text(number)).unwrap();
        // Where its directory is a new one, it is perhaps not watched yet, and half of the write may count.
        if begun.elapsed() < REST {
            self.expect_applied(number);
            self.expect_nothing_more();
        } else {
            self.take_over(number);
        }
    }

    /// Sees that there were no other reports than those that were expected.
    pub fn expect_nothing_more(&self) {
        let report = self.reload();
        assert_eq!(report.id(), self.reports.get(), "{report}");
        assert_eq!(report.verdict(), Verdict::Unchanged, "{report}");
        self.expect_no_hook();
    }

    /// Sees that every change was either told by an event or to be found without one.
    pub fn expect_nothing_missed(&self) {
        // By then whatever was under way has been counted.
        self.expect_nothing_more();
        assert_eq!(self.status().missed_events, 0);
    }

    /// Reloads by a call.
    pub fn reload(&self) -> Report {
        self.reports.set(self.reports.get() + 1);
        self.reloader.reload(Trigger::api("test")).wait().unwrap()
    }

    /// Every number that was committed since the last expectation, without any further one.
    pub fn committed(&self) -> &Receiver<u64> {
        &self.committed
    }

    /// Takes over what happened while nothing was expected in particular.
    pub fn catch_up(&self) {
        let status = self.status();
        self.reports.set(status.last_report.map_or(0, |report| report.id()));
        self.generation.set(status.generation);
        self.committed.try_iter().for_each(drop);
    }
}

/// Returns true if a thread of this process waits for something, by the first letters of its name.
pub fn sleeps_now(name: &str) -> bool {
    let sleeps = |task: fs::DirEntry| {
        let of = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        of("comm").trim() == name && of("status").contains("State:\tS")
    };
    fs::read_dir("/proc/self/task").unwrap().any(|task| sleeps(task.unwrap()))
}

/// The text of a configuration.
pub fn text(number: u64) -> String {
    format!("number: {number}\n")
}

/// Writes over a file at once, without cutting it off before: who compares the content never finds half
/// of it. It must not become shorter.
pub fn write_over(path: &Path, content: impl AsRef<[u8]>) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    assert!(file.metadata().unwrap().len() <= content.as_ref().len() as u64);
    assert_eq!(file.write(content.as_ref()).unwrap(), content.as_ref().len());
}

/// Writes a file beside another one and renames it over that.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) {
    let beside = path.with_extension("new");
    fs::write(&beside, content).unwrap();
    fs::rename(beside, path).unwrap();
}
