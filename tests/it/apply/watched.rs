//! The same faults where a file is watched and no caller asks for a reload.

use std::{
    fs,
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use dlc_reload::{
    Loader, Trigger, TriggerKind, Verdict,
    source::{Intake, Source},
};

use super::harness::{LONG, stage, text, value, watched, watched_from};
use crate::{
    fixture::Dir,
    log_lines::Lines,
    subprocess::{is_alone, passes, this_binary},
};

#[test]
fn row_31_automatic_triggers_stop() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text([1; 5], 1000));
    let stage = watched(&path);
    fs::write(&path, text([2, value::STAYS, value::BREAKS, 2, 2], 1000)).unwrap();
    let report = stage.until_critical();
    assert_eq!(report.verdict(), Verdict::Inconsistent);
    assert_eq!(report.trigger().kind(), TriggerKind::File);

    // A service that is well tells when the change could have been applied.
    fs::write(&path, text([4; 5], 1000)).unwrap();
    let well = watched(&path);
    fs::write(&path, text([3; 5], 1000)).unwrap();
    well.until_applied(3);
    // Not a wait for anything: this is the time in which nothing may happen.
    std::thread::sleep(Duration::from_millis(300));
    let status = stage.reloader.status();
    assert_eq!(status.last_report.unwrap().id(), report.id(), "nothing is tried");
    assert_eq!((stage.values(), status.generation, status.consistent), ([1; 5], 1, false));
    let expected = "off: a change failed and could not be undone, restart the service";
    assert_eq!(status.watching.to_string(), expected);

    // A call is answered all the same.
    let asked = stage.reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!((asked.id(), asked.verdict()), (report.id() + 1, Verdict::Applied));
    assert_eq!(stage.values(), [3; 5]);
}

/// A source without content that says each time it is read.
struct Looks(SyncSender<()>);

impl Source for Looks {
    fn read(&self, _: &mut Intake<'_>) {
        let _ = self.0.try_send(());
    }
}

#[test]
fn row_31_the_watcher_goes_on_although_automatic_triggers_stop() {
    let dir = Dir::new();
    let path = dir.write("etc/config.yaml", text([1; 5], 1000));
    let (look, looks) = sync_channel(1000);
    let stage = watched_from(Loader::new().file(&path).source(Looks(look)));
    fs::write(&path, text([2, value::STAYS, value::BREAKS, 2, 2], 1000)).unwrap();
    stage.until_critical();
    // It knows of what has come, wherever that is: each look ends, and another one follows.
    for round in 3..6 {
        fs::rename(dir.join("etc"), dir.join(&format!("old{round}"))).unwrap();
        dir.write("etc/config.yaml", text([4; 5], 1000));
        looks.try_iter().for_each(drop);
        fs::write(&path, text([round; 5], 1000)).unwrap();
        looks.recv_timeout(LONG).expect("a look");
    }
    assert_eq!((stage.values(), stage.reloader.status().consistent), ([1; 5], false));
    stage.reloader.reload(Trigger::api("test")).wait().unwrap();
    assert_eq!(stage.values(), [5; 5]);
}

#[test]
fn row_31_the_log_says_once_that_nothing_happens_by_itself_any_more() {
    // The reload thread has no subscriber of its own.
    if !is_alone() {
        return passes(this_binary(
            "apply::watched::row_31_the_log_says_once_that_nothing_happens_by_itself_any_more",
        ));
    }
    let lines = Lines::default();
    lines.hear_all();
    let stage = stage();
    stage.reload([2, value::STAYS, value::BREAKS, 2, 2]);
    stage.reload([2, value::STAYS, value::BREAKS, 2, 3]);
    let expected = "ERROR nothing reloads by itself any more, because a change could not be undone: restart the service reload=1";
    let said = lines.take();
    assert_eq!(
        said.iter().filter(|line| line.contains("by itself any more")).collect::<Vec<_>>(),
        [expected]
    );
}

#[test]
fn row_35_an_edit_of_a_watched_file_during_a_reload_is_applied_right_after() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", text([1; 5], 1000));
    let stage = watched(&path);
    fs::write(&path, text([value::WAITS, 2, 2, 2, 2], 1000)).unwrap();
    stage.hook_waits();
    fs::write(&path, text([3; 5], 1000)).unwrap();
    stage.release.send(()).unwrap();
    stage.until_applied(3);
    stage.reloader.reload(Trigger::api("test")).wait().unwrap();
    let status = stage.reloader.status();
    assert_eq!(status.last_report.unwrap().id(), 3, "one reload for each, and the one asked for");
    assert_eq!((stage.values(), status.generation), ([3; 5], 3));
}
