//! Lock files that another process keeps.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dlc_reload::{
    Loader, Reloadable, Reloader, Trigger, Verdict,
    testing::{Memory, Stage},
};
use serde::{Deserialize, Serialize};

use crate::fixture::Dir;

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot, live)]
    rate: u32,
}

fn start(file: &Memory, stage: &Stage, history: &Path) -> Reloader<Config> {
    let boot = Loader::<Config>::new().source(file.clone()).load().unwrap();
    boot.reloader().history_file(history).stage(stage).start().unwrap()
}

/// Takes the lock as another process would: it belongs to an open file.
fn keep(lock: PathBuf) -> File {
    let file = File::options().write(true).open(lock).unwrap();
    file.lock().unwrap();
    file
}

#[test]
fn d4_a_lock_file_that_another_process_keeps_delays_no_report() {
    let (dir, file, stage) = (Dir::new(), Memory::yaml("rate: 1"), Stage::new());
    let history = dir.join("history.jsonl");
    let reloader = start(&file, &stage, &history);
    let lines = || fs::read_to_string(&history).unwrap().lines().count();
    let kept = keep(dir.join("history.jsonl.lock"));
    let begun = Instant::now();
    for rate in 2..6 {
        file.write(format!("rate: {rate}"));
        let report = reloader.reload(Trigger::api("a test")).wait().unwrap();
        assert_eq!((report.verdict(), reloader.handle().load().rate), (Verdict::Applied, rate));
    }
    // The longest wait for a lock is ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(30), "each report waited for the lock");
    let unwritten = reloader.status().unwritten;
    assert_eq!(unwritten.len(), 1, "{unwritten:?}");
    assert!(unwritten[0].message.contains("another process keeps the lock"), "{unwritten:?}");
    stage.advance(Duration::from_secs(60));
    assert_eq!((lines(), reloader.status().unwritten.len()), (1, 1), "it is still kept");

    // A program that another test has just started has a copy of the file until it runs, so that it is not enough to
    // close it here.
    kept.unlock().unwrap();
    stage.advance(Duration::from_secs(60));
    assert_eq!((lines(), reloader.status().unwritten.len()), (5, 0), "all of them, and by itself");
    drop(reloader);
    let next = start(&file, &stage, &history);
    let generations: Vec<_> = next.history().iter().map(|past| past.generation).collect();
    assert_eq!(generations, [1, 2, 3, 4, 5, 6]);
}
