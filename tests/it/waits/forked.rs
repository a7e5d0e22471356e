//! A process that is forked after the start, as a daemon is.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    process::Command,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use dlc_reload::{
    Change, Commit, Error, HookResult, Loader, Probation, Reloadable, Reloader, Report, Request,
    Trigger, Verdict, Watch, Watching, audit::Audit,
};
use fork::{Fork, fork, waitpid};
use serde::{Deserialize, Serialize};

use super::{PATIENCE, polled_once};
use crate::{
    fixture::Dir,
    subprocess::{is_alone, passes, this_binary},
};

#[derive(Clone, Debug, Serialize, Deserialize, Reloadable)]
struct Config {
    #[reload(hot)]
    rate: u32,
}

/// A hook that waits until it is let go.
struct Waits {
    arrived: Sender<()>,
    released: Mutex<Receiver<()>>,
}

impl ConfigHooks for Waits {
    fn on_rate(&self, _: Change<'_, u32>) -> HookResult<'_> {
        self.arrived.send(())?;
        self.released.lock().unwrap().recv_timeout(PATIENCE)?;
        Ok(Commit::none())
    }
}

/// Everything that can be asked for in the process that was forked; then the reloader is dropped.
fn ask_in_the_child(reloader: Reloader<Config>, watch: &Watch<u32>, before: Request<Report>) {
    let (rate, minute) = (Config::fields().rate(), Duration::from_secs(60));
    let by = || Trigger::api("the child");
    let refused = |what: &str, error: Option<Error>| {
        let error = error.unwrap_or_else(|| panic!("{what} is not refused"));
        assert!(error.is_forked(), "{what}: {error}");
    };
    let asked = || {
        [
            reloader.reload(by()),
            reloader.rollback_to(1, by()),
            reloader.override_field(rate, 7).for_duration(minute),
            reloader.override_field(rate, 7).until_ended(),
            reloader.end_override(rate, by()),
        ]
    };
    for asked in asked() {
        refused("a request", asked.wait().err());
    }
    for asked in asked() {
        refused("a request, awaited", polled_once(asked).unwrap().err());
    }
    refused("plan", reloader.plan().wait().err());
    // One that the parent made, whose thread may have been about to answer it.
    refused("a request of the parent", before.wait().err());
    refused("wait", watch.wait().err());
    refused("wait_timeout", watch.wait_timeout(minute).err());
    refused("changed", polled_once(watch.changed()).unwrap().err());

    assert_eq!(
        (watch.get(), reloader.handle().load().rate, reloader.handle().get().rate),
        (1, 1, 1)
    );
    assert_eq!((reloader.status().running, reloader.is_ready()), (None, true));
    assert_eq!((reloader.history().len(), reloader.origins().len()), (1, 1));
    drop(reloader);
    assert_eq!(watch.get(), 1);
}

/// Returns the status with which a process ends, which has to be soon.
fn until_ended(process: i32) -> i32 {
    let (tell, ended) = mpsc::channel();
    thread::spawn(move || tell.send(waitpid(process).unwrap()));
    ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        panic!("the child is stuck")
    })
}

#[test]
fn d3_after_a_fork_calls_are_refused_reads_go_on_and_the_reloader_can_be_dropped() {
    if !is_alone() {
        let name = "waits::forked::d3_after_a_fork_calls_are_refused_reads_go_on_and_the_reloader_can_be_dropped";
        return passes(this_binary(name));
    }
    let dir = Dir::new();
    let path = dir.write("config.yaml", "rate: 1");
    let ((arrive, arrived), (release, released)) = (mpsc::channel(), mpsc::channel());
    let hooks = Waits { arrived: arrive, released: Mutex::new(released) };
    let reloader = Loader::<Config>::new()
        .file(&path)
        .load()
        .unwrap()
        .reloader()
        .hooks(Arc::new(hooks))
        .watch(Watching::Always)
        .signals(true)
        .probation(Probation::new(|| Ok(())))
        .history_file(dir.join("history.jsonl"))
        .observer(Arc::new(Audit::new(dir.join("audit.jsonl"))))
        .start()
        .unwrap();
    let watch = reloader.watch(Config::fields().rate());
    // The fork happens in the middle of a reload.
    fs::write(&path, "rate: 2").unwrap();
    let asked = reloader.reload(Trigger::api("a test"));
    arrived.recv_timeout(PATIENCE).unwrap();
    match fork().unwrap() {
        Fork::Child => {
            let ask = || ask_in_the_child(reloader, &watch, asked);
            let ended = catch_unwind(AssertUnwindSafe(ask));
            std::process::exit(i32::from(ended.is_err()))
        }
        Fork::Parent(child) => assert_eq!(until_ended(child), 0, "the child has failed"),
    }
    // Nothing of that has to do with this process.
    release.send(()).unwrap();
    drop(asked);
    assert_eq!(
        reloader.reload(Trigger::api("a test")).wait().unwrap().verdict(),
        Verdict::Unchanged
    );
    assert_eq!(watch.get(), 2);
}
