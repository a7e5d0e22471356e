//! Applying a change through real reloads: the faults of the row that each test names.
//!
//! The value that a hook is asked about tells it what to do (see [`value`]), so that one set of
//! hooks plays every part. Nothing sleeps: threads meet at channels and wait for no longer than
//! [`LONG`].

mod at_start;
mod commit_order;
#[cfg(unix)]
mod critical_handler;
mod harness;
mod section_hook;
mod slow_hooks;
mod watched;

use std::{
    collections::BTreeSet,
    pin::pin,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use dlc_reload::{Key, Problem, Reloadable, Report, Trigger, Verdict};

use self::harness::{Config, LONG, Stage, stage, text, value};

/// What is wrong, as `key: message`.
fn problems(report: &Report) -> Vec<String> {
    let line = |problem: &Problem| {
        let key = problem.key.as_ref().map(Key::to_string).unwrap_or_default();
        format!("{key}: {}", problem.message)
    };
    report.problems().iter().map(line).collect()
}

/// Runs a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park_timeout(LONG),
        }
    }
}

#[test]
fn row_29_two_hooks_of_five_refuse() {
    let stage = stage();
    let report = stage.reload([2, value::REFUSED, 2, value::REFUSED, 2]);
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(problems(&report), ["b: no (refused: 901)", "d: no (refused: 901)"]);
    assert_eq!(
        stage.hooks.heard(),
        [
            "ask a 1>2",
            "ask b 1>901",
            "ask c 1>2",
            "ask d 1>901",
            "ask e 1>2",
            "drop a",
            "drop c",
            "drop e"
        ],
        "all five are asked, nothing is committed"
    );
    assert_eq!((stage.values(), report.generation()), ([1; 5], 1));
    assert!(stage.reloader.is_ready());

    let report = stage.reload([2; 5]);
    assert_eq!((report.verdict(), stage.values()), (Verdict::Applied, [2; 5]), "the next good one");
}

#[test]
fn row_30_a_commit_fails_after_two_succeeded() {
    let stage = stage();
    let watch = stage.reloader.watch(Config::fields().a());
    let report = stage.reload([2, 2, value::BREAKS, 2, 2]);
    assert_eq!(report.verdict(), Verdict::RolledBack);
    assert_eq!(problems(&report), ["c: the commit fails"]);
    let heard = stage.hooks.heard();
    assert_eq!(
        heard[5..],
        [
            "commit a 2 @1",
            "commit b 2 @1",
            "drop d",
            "drop e",
            "ask a 2>1",
            "ask b 2>1",
            "commit b 1 @1",
            "commit a 1 @1",
        ],
        "undone in reverse, and readers see the first generation all along"
    );
    assert_eq!((stage.values(), watch.get(), report.generation()), ([1; 5], 1, 1));
    assert!(stage.reloader.is_ready());
    assert!(stage.critical().is_none());
}

#[test]
fn row_31_the_undo_fails() {
    let stage = stage();
    let report = stage.reload([2, value::STAYS, value::BREAKS, 2, 2]);
    assert_eq!(report.verdict(), Verdict::Inconsistent);
    assert_eq!(
        problems(&report),
        ["c: the commit fails", "b: could not be undone: it cannot be left"]
    );
    let heard = stage.hooks.heard();
    assert!(heard.contains(&"commit a 1 @1".to_owned()), "the others are undone: {heard:?}");
    assert_eq!(stage.values(), [1; 5]);
    assert!(!stage.reloader.is_ready());
    assert!(!stage.reloader.status().consistent);
    assert_eq!(stage.critical().unwrap().id(), report.id());
    let again = stage.reload([2, value::STAYS, value::BREAKS, 2, 2]);
    assert_eq!(again.verdict(), Verdict::Inconsistent);
    assert!(stage.critical().is_none(), "the handler runs once");
    assert_eq!(stage.reload([2; 5]).verdict(), Verdict::Applied);
    assert!(!stage.reloader.is_ready(), "nobody knows what the hooks have left behind");
}

#[test]
fn row_32_a_hook_panics() {
    let stage = stage();
    let report = stage.reload([2, value::PANICS, 2, 2, 2]);
    assert_eq!(report.verdict(), Verdict::Rejected);
    assert_eq!(problems(&report), ["b: the hook panicked: the hook panics (refused: 902)"]);
    assert_eq!(stage.values(), [1; 5]);

    let report = stage.reload([2, value::COMMIT_PANICS, 2, 2, 2]);
    assert_eq!(report.verdict(), Verdict::RolledBack);
    assert_eq!(problems(&report), ["b: the commit panicked: the commit panics"]);
    assert_eq!(stage.values(), [1; 5]);

    assert_eq!(stage.reload([2; 5]).verdict(), Verdict::Applied, "the thread is alive");
}

#[test]
fn row_32_readers_do_not_wait_for_a_slow_hook() {
    let stage = stage();
    stage.board.write(text([2, value::WAITS, 2, 2, 2], 1000));
    let report = stage.reloader.reload(Trigger::api("test"));
    stage.hook_waits();
    // The hook runs for as long as it likes; this thread reads all the same.
    let watch = stage.reloader.watch(Config::fields().a());
    assert_eq!((stage.values(), watch.get()), ([1; 5], 1));
    let status = stage.reloader.status();
    assert_eq!(status.generation, 1);
    assert_eq!(
        status.running.map(|running| running.step.to_string()).as_deref(),
        Some("the hook of `b`")
    );
    stage.release.send(()).unwrap();
    assert_eq!(block_on(report).unwrap().verdict(), Verdict::Applied);
    assert_eq!(watch.get(), 2);
    assert_eq!(stage.reloader.status().running, None);
}

#[test]
fn row_33_a_hook_asks_for_a_reload() {
    let stage = stage();
    let watch = stage.reloader.watch(Config::fields().a());
    let report = stage.reload([2, value::REENTERS, 2, 2, 2]);
    assert_eq!(report.verdict(), Verdict::Applied);
    let error = stage.hooks.reentered.lock().unwrap().take().unwrap();
    assert!(error.is_reentrant(), "{error}");
    while watch.get() != 7 {
        assert!(watch.wait_timeout(LONG).unwrap(), "what the hook asked for runs after it");
    }
    assert_eq!(stage.values(), [7; 5]);
}

#[test]
fn row_34_a_hundred_threads_trigger_at_once() {
    let stage = stage();
    let barrier = Barrier::new(100);
    let last = Mutex::new(1_u32);
    let reports = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                barrier.wait();
                let mine = {
                    let mut last = last.lock().unwrap();
                    *last += 1;
                    stage.board.write(text([*last; 5], 1000));
                    *last
                };
                let name = mine.to_string();
                let report = stage.reloader.reload(Trigger::api(name.as_str())).wait().unwrap();
                assert_eq!(report.trigger().detail_text(), Some(name.as_str()), "its own report");
                assert!(stage.values()[0] >= mine, "which covers what it asked for");
                assert!(report.problems().is_empty());
                assert!(reports.lock().unwrap().insert(report.id()), "and no other's");
            });
        }
    });
    assert_eq!(reports.into_inner().unwrap(), (1..=100).collect());
    assert_eq!(stage.hooks.overlaps.load(Ordering::SeqCst), 0, "one reload at a time");
    assert_eq!(stage.values(), [101; 5]);
}

#[test]
fn row_35_an_edit_during_a_reload_is_applied_right_after() {
    let stage = stage();
    stage.board.write(text([value::WAITS, 2, 2, 2, 2], 1000));
    let first = stage.reloader.reload(Trigger::api("first"));
    stage.hook_waits();
    stage.board.write(text([3; 5], 1000));
    let second = stage.reloader.reload(Trigger::api("second"));
    stage.release.send(()).unwrap();
    let (first, second) = (block_on(first).unwrap(), block_on(second).unwrap());
    assert_eq!(first.changes()[0].new, Some(value::WAITS.into()));
    assert_eq!((second.id(), second.verdict()), (first.id() + 1, Verdict::Applied));
    assert_eq!(stage.values(), [3; 5]);
}

#[test]
fn row_36_hot_and_restart_fields_change_together() {
    let stage = stage();
    let report = stage.reload_with([2; 5], 500);
    assert_eq!((report.verdict(), report.changes().len()), (Verdict::Applied, 5));
    let pending: Vec<_> = report.pending().iter().map(|one| one.change.key.to_string()).collect();
    assert_eq!(pending, ["limit"]);
    let config = stage.reloader.handle().get();
    assert_eq!((config.a, config.limit, config.generation()), (2, 1000, 2));

    let report = stage.reload_with([2; 5], 400);
    assert_eq!(report.verdict(), Verdict::PendingRestart);
    assert_eq!(report.pending()[0].change.new, Some(400.into()));
    assert_eq!(stage.reload_with([2; 5], 400).verdict(), Verdict::Unchanged);
    assert_eq!(stage.reloader.status().pending.len(), 1, "it still waits");

    let report = stage.reload_with([2; 5], 1000);
    assert_eq!((report.verdict(), report.pending().len()), (Verdict::Unchanged, 0));
    assert!(stage.reloader.status().pending.is_empty());
    assert_eq!(report.generation(), 2, "it grows on `applied` only");
}

#[test]
fn row_37_a_candidate_whose_overlay_is_invalid() {
    let stage = stage();
    assert_eq!(stage.reload_with([1; 5], 2000).verdict(), Verdict::PendingRestart);
    stage.hooks.heard();
    // It would be a valid configuration to start with, but not beside the limit that is in force.
    let report = stage.reload_with([1500, 1, 1, 1, 1], 2000);
    assert_eq!(report.verdict(), Verdict::Rejected);
    let problems = problems(&report);
    assert!(problems[0].starts_with("a: above the limit of 1000"), "{problems:?}");
    assert!(problems[0].contains("`restart` values"), "{problems:?}");
    assert!(stage.hooks.heard().is_empty(), "no hook is asked");
    assert_eq!(stage.values(), [1; 5]);
}

#[test]
fn row_38_a_leaked_subscriber_holds_nothing() {
    let stage = stage();
    let slow = stage.reloader.watch(Config::fields().a());
    std::mem::forget(slow.clone());
    std::mem::forget(slow.changed());
    let mut snapshots = Vec::new();
    for value in 2..500 {
        assert_eq!(stage.reload([value; 5]).verdict(), Verdict::Applied);
        snapshots.push(Arc::downgrade(&stage.reloader.handle().get()));
    }
    let alive = snapshots.iter().filter(|one| one.strong_count() > 0).count();
    assert!(alive < 32, "{alive} of {} snapshots are kept", snapshots.len());
    assert_eq!(slow.get(), 499, "the latest value");
}

#[test]
fn row_39_shutdown_during_a_reload() {
    let stage = stage();
    let handle = stage.reloader.handle();
    let watch = stage.reloader.watch(Config::fields().a());
    stage.board.write(text([2, 2, value::WAITS, 2, 2], 1000));
    let running = stage.reloader.reload(Trigger::api("running"));
    stage.hook_waits();
    let Stage { hooks, reloader, release, .. } = stage;
    let waiting = reloader.reload(Trigger::api("waiting"));
    let reloader = Arc::into_inner(reloader).unwrap();
    let ending = thread::spawn(move || drop(reloader));
    // Whoever waits is told at once, although the hook still runs.
    assert!(block_on(waiting).unwrap_err().is_stopped());
    release.send(()).unwrap();
    ending.join().unwrap();
    assert_eq!(block_on(running).unwrap().verdict(), Verdict::Applied, "finished, not cut off");
    assert_eq!(handle.load().values(), [2, 2, value::WAITS, 2, 2]);
    assert_eq!(hooks.heard().iter().filter(|heard| heard.starts_with("commit")).count(), 5);
    watch.wait().unwrap();
    assert!(watch.wait().unwrap_err().is_stopped());
    assert!(watch.wait_timeout(Duration::MAX).unwrap_err().is_stopped(), "no end of time");
}

#[test]
fn row_40_readers_never_see_a_mixed_generation() {
    const SWAPS: u32 = 10_000;
    let stage = stage();
    let done = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let handle = stage.reloader.handle();
                let mut latest = 0;
                while !done.load(Ordering::Relaxed) {
                    let guard = handle.load();
                    let [first, ..] = guard.values();
                    assert_eq!(guard.values(), [first; 5]);
                    let generation = guard.snapshot().generation();
                    assert!(generation >= latest, "time goes one way");
                    latest = generation;
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for swap in 0..SWAPS {
            // From 2 to 801, then anew: no value means anything to a hook.
            stage.reload([2 + swap % 800; 5]);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(stage.reloader.status().generation, u64::from(SWAPS) + 1);
    assert!(reads.into_inner() > 1000);
}
