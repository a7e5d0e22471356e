//! Log layers, which are the author's code and call the library, on the threads that the library logs from.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use dlc_reload::{Loader, Observer, Reloadable, Reloader, Report, Trigger, Watching, audit::Audit};
use serde::{Deserialize, Serialize};
use tracing::Event;
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry,
};

use super::{PATIENCE, in_time};
use crate::{
    fixture::{Dir, mode},
    log_lines::{said, subscribed},
    subprocess::{as_nobody, is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
}

/// A layer that does something with each line of the watch thread, and then tells of the line.
struct OnWatchThread<F> {
    run: F,
    told: Sender<String>,
    is_here: AtomicBool,
}

impl<S: tracing::Subscriber, F: Fn() + Send + Sync + 'static> Layer<S> for OnWatchThread<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if thread::current().name() != Some("dlc-reload-watch")
            || self.is_here.swap(true, Ordering::SeqCst)
        {
            return;
        }
        (self.run)();
        self.is_here.store(false, Ordering::SeqCst);
        let _ = self.told.send(said(event));
    }
}

/// Runs a test in a process of its own, as a user to whom permissions mean something; returns true in there.
fn is_ordinary(test: &str) -> bool {
    if is_alone() {
        return true;
    }
    let mut command = this_binary(&format!("waits::log_layers::{test}"));
    as_nobody(&mut command);
    passes(command);
    false
}

/// Calls a function at each line of the watch thread, and returns these lines.
fn hear(run: impl Fn() + Send + Sync + 'static) -> Receiver<String> {
    let (told, lines) = mpsc::channel();
    let layer = OnWatchThread { run, told, is_here: AtomicBool::new(false) };
    tracing::subscriber::set_global_default(registry().with(layer)).unwrap();
    lines
}

/// A service that watches a file, and the directory of that.
fn watching(dir: &Dir) -> (Reloader<Config>, PathBuf) {
    let path = dir.write("etc/config.yaml", "rate: 1");
    let boot = Loader::<Config>::new().file(&path).load().unwrap();
    let builder = boot.reloader().watch(Watching::Always);
    (builder.poll_interval(Duration::from_millis(50)).start().unwrap(), dir.join("etc"))
}

fn expect(lines: &Receiver<String>, beginning: &str) {
    let line = lines.recv_timeout(PATIENCE).unwrap();
    assert!(line.starts_with(beginning), "{line}");
}

#[test]
fn d2_a_layer_may_call_everything_while_the_watch_thread_logs() {
    if !is_ordinary("d2_a_layer_may_call_everything_while_the_watch_thread_logs") {
        return;
    }
    static RELOADER: Mutex<Weak<Reloader<Config>>> = Mutex::new(Weak::new());
    let lines = hear(|| {
        let Some(reloader) = RELOADER.lock().unwrap().upgrade() else { return };
        reloader.reload(Trigger::api("a log layer")).wait().unwrap();
        let _ = (reloader.status(), reloader.plan().wait().unwrap(), reloader.history());
    });
    in_time(move || {
        let dir = Dir::new();
        let (reloader, etc) = watching(&dir);
        let reloader = Arc::new(reloader);
        *RELOADER.lock().unwrap() = Arc::downgrade(&reloader);
        // It may be entered, but not be listed and so not be watched.
        mode(&etc, 0o300);
        expect(&lines, "WARN files are watched by comparing");
        mode(&etc, 0o700);
        expect(&lines, "INFO files are watched: a change reloads");
    });
}

#[test]
fn d2_a_layer_may_drop_the_reloader_while_the_watch_thread_logs() {
    if !is_ordinary("d2_a_layer_may_drop_the_reloader_while_the_watch_thread_logs") {
        return;
    }
    static RELOADER: Mutex<Option<Reloader<Config>>> = Mutex::new(None);
    let lines = hear(|| {
        let reloader = RELOADER.lock().unwrap().take();
        drop(reloader);
    });
    in_time(move || {
        let dir = Dir::new();
        let (reloader, etc) = watching(&dir);
        let watch = reloader.watch(Config::fields().rate());
        *RELOADER.lock().unwrap() = Some(reloader);
        mode(&etc, 0o300);
        expect(&lines, "WARN files are watched by comparing");
        assert!(watch.wait().unwrap_err().is_stopped());
    });
}

/// A layer that hands the audit one more report when the audit logs.
struct Audits {
    audit: Arc<Audit>,
    report: Report,
}

impl<S: tracing::Subscriber> Layer<S> for Audits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // What is logged within a layer comes to none.
        assert!(said(event).starts_with("ERROR the audit cannot be written"));
        self.audit.reported(&self.report);
    }
}

#[test]
fn d2_a_layer_may_hand_the_audit_a_report_while_the_audit_logs() {
    let boot = Loader::<Config>::new().text("yaml", "rate: 1").load().unwrap();
    let reloader = boot.reloader().start().unwrap();
    let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
    let dir = Dir::new();
    let path = dir.join("late/audit.jsonl");
    let audit = Arc::new(Audit::new(&path));
    in_time(move || {
        let layer = Audits { audit: Arc::clone(&audit), report: report.clone() };
        subscribed(registry().with(layer), || audit.reported(&report));
        fs::create_dir(dir.join("late")).unwrap();
        audit.reported(&report);
        assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 3);
    });
}
